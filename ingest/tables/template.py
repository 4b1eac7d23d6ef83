"""An example of each kind of table, with every heading and what it means: to be filled in and imported."""

from collections.abc import Iterator

from ingest.sheets.writing import csv_of
from ingest.tables.fields import KINDS, fields
from ontology.errors import Refused


def template(kind: str) -> str:
    """A commented CSV of one kind of table. Raises Refused for a kind that there is none of."""
    if kind not in KINDS:
        raise Refused(f"There is no template {kind!r}: choose one of {', '.join(KINDS)}.")
    return b"".join(csv_of(_rows(kind))).decode()


def _rows(kind: str) -> Iterator[list[str]]:
    listed = fields(kind)
    yield [f"# {KINDS[kind]}"]
    yield ["# Lines that begin with # are passed over; columns without values may go; others may stand beside them and are kept as told."]
    for one in listed:
        yield [f"# {heading(one.name)}: {one.said}"]
    yield [heading(one.name) for one in listed]
    yield [one.example for one in listed]


def heading(name: str) -> str:
    """The heading of a field in a template."""
    words = name.replace("_", " ").capitalize()
    for key in ("gln", "gtin", "sscc", "tlc"):
        words = " ".join(key.upper() if word.lower() == key else word for word in words.split())
    return words
