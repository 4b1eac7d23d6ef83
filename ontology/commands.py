"""What the command line does with the ontology: show what is derived from it, and write the committed files."""

from pathlib import Path
from typing import Annotated

from ontology.errors import Refused

ROOT = Path(__file__).parents[1]
WHAT = ("glossary", "context", "constraints")


def shown(
    what: Annotated[str, "glossary, context (JSON-LD) or constraints.", "WHAT"] = "glossary",
    *,
    write: Annotated[bool, "Write the committed files instead."] = False,
) -> list[str]:
    """Show what is derived from the ontology."""
    import ontology.kinds  # noqa: F401  every kind and relation is declared when it is imported
    from ontology import derive

    if what not in WHAT:
        raise Refused(f"{what!r} is not derived from the ontology: choose one of {', '.join(WHAT)}.")
    if not write:
        return derive.constraints() if what == "constraints" else (derive.glossary() if what == "glossary" else derive.context_text()).splitlines()
    files = {ROOT / "ontology" / "context.jsonld": derive.context_text(), ROOT / "docs" / "glossary.md": derive.glossary()}
    for file, text in files.items():
        file.write_text(text)
    return list(map(str, files))
