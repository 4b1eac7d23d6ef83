"""What is derived from the declarations: graph constraints, the JSON-LD context, the glossary page."""

import csv
import json
from functools import cache
from pathlib import Path

from ontology.language import KINDS, RELATIONS, FieldOf

_DATATYPES = {
    "int": "xsd:integer",
    "float": "xsd:double",
    "bool": "xsd:boolean",
    "date": "xsd:date",
    "Json": "@json",
    "Quantity": "@json",
    "Coordinates": "@json",
    "Time": "@json",
}


@cache
def namespaces() -> dict[str, str]:
    """Prefix to namespace of every vocabulary that the declarations point to."""
    with (Path(__file__).parent / "codes" / "namespaces.csv").open(encoding="utf-8", newline="") as rows:
        return {row["prefix"]: row["namespace"] for row in csv.DictReader(rows)}


def expanded(curie: str) -> str:
    """A compact IRI written out. Raises KeyError for an undeclared prefix."""
    prefix, _, name = curie.partition(":")
    return namespaces()[prefix] + name


def constraints() -> list[str]:
    """Cypher that makes every kind's key unique; engines build their index from it."""
    return [f"CREATE CONSTRAINT {name.lower()}_key IF NOT EXISTS FOR (n:{name}) REQUIRE n.key IS UNIQUE" for name in KINDS]


def context() -> dict[str, object]:
    """The JSON-LD 1.1 context of kinds, fields and relations."""
    terms: dict[str, object] = {"@version": 1.1, **dict(sorted(namespaces().items()))}
    for name, kind in sorted(KINDS.items()):
        scoped = {field.name: _term(field) for field in kind.fields.values()}
        terms[name] = {"@id": kind.iri, "@context": scoped}
    for name, relation in sorted(RELATIONS.items()):
        terms[name] = {"@id": relation.iri, "@type": "@id"}
    return {"@context": terms}


def _term(field: FieldOf) -> object:
    iri = field.iri or f"ff:{field.name}"
    if field.is_ref:
        return {"@id": iri, "@type": "@id"}
    return {"@id": iri, "@type": _DATATYPES[field.type]} if field.type in _DATATYPES else {"@id": iri}


def context_text() -> str:
    """The context as committed in ontology/context.jsonld."""
    return json.dumps(context(), indent=1, ensure_ascii=False) + "\n"


def glossary() -> str:
    """The glossary page: every kind with its fields, every relation with its ends."""
    lines = ["# Glossary", "", "Written by `foodflow ontology --write`; the docstrings of `ontology/` are its source.", "", "## Kinds", ""]
    for name, kind in sorted(KINDS.items()):
        also = f" Also: {', '.join(kind.also)}." if kind.also else ""
        keys = " or ".join(" + ".join(part) for part in kind.keys)
        lines += [
            f"### {name}",
            "",
            f"{kind.definition}{also} Key: {keys}. IRI: `{kind.iri}`.",
            "",
            "| field | is | holds | IRI |",
            "|---|---|---|---|",
        ]
        lines += [f"| {f.name} | {f.definition} | {_holds(f)} | {f'`{f.iri}`' if f.iri else f'`ff:{f.name}`'} |" for f in kind.fields.values()]
        lines += [""]
    lines += ["## Relations", "", "| relation | is | from | to | carries | IRI |", "|---|---|---|---|---|---|"]
    for name, relation in sorted(RELATIONS.items()):
        ends = "any" if len(relation.ends) == len(KINDS) else ", ".join(relation.ends)
        starts = "any" if len(relation.starts) >= len(KINDS) - 1 else ", ".join(relation.starts)
        lines.append(f"| {name} | {relation.definition} | {starts} | {ends} | {', '.join(relation.carries) or '–'} | `{relation.iri}` |")
    return "\n".join(lines) + "\n"


def _holds(field: FieldOf) -> str:
    return f"list of {field.type}" if field.many else field.type
