"""What the command line does with the ontology: show what is derived from it, and write the committed files."""

from collections.abc import Callable
from pathlib import Path

import ontology.kinds  # noqa: F401  every kind and relation is declared when it is imported
from ontology import derive
from ontology.errors import Refused


def shown(what: str) -> str:
    """A derivation as text: glossary, context or constraints. Raises Refused for any other word."""
    derivations: dict[str, Callable[[], str]] = {
        "glossary": derive.glossary,
        "context": derive.context_text,
        "constraints": lambda: "\n".join(derive.constraints()) + "\n",
    }
    if what not in derivations:
        raise Refused(f"{what!r} is not derived from the ontology: choose one of {', '.join(derivations)}.")
    return derivations[what]()


def write(root: Path) -> list[Path]:
    """Write the derived files that are committed; answers which."""
    files = {root / "ontology" / "context.jsonld": derive.context_text(), root / "docs" / "glossary.md": derive.glossary()}
    for file, text in files.items():
        file.write_text(text)
    return list(files)
