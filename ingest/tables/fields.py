"""What the columns of a table can mean: the fields of its kinds, and the headings that mean them in English and German.

The lists lie in `fields.csv`, beside `words.csv`: a heading there such as `<from> <gln>` stands for every word of the one list before every of the
other.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

KINDS = {
    "deliveries": "One delivery of a lot a row: who sent what to whom, when and how much.",
    "lots": "One lot a row: its product, its code, when it was made and how long it keeps.",
    "places": "One place a row: its number and name, where it lies, who runs it.",
    "cases": "One ill person or cluster of cases a row: where people fell ill, how many, since when.",
    "recipes": "One use of a lot a row: which lot went into which, in which production order; without any lots, which product is made of which.",
}
_FOLDER = Path(__file__).parent
_LIST = re.compile(r"<([a-z ]+)>")


@dataclass(frozen=True)
class Field:
    """A field: its name in a mapping, what sort of value it holds, a sentence, an example, and the headings that mean it."""

    name: str
    sort: str
    said: str
    example: str
    headings: tuple[str, ...]


@cache
def fields(kind: str) -> tuple[Field, ...]:
    """The fields of a kind of table, in the order of its template."""
    lists = _lists()
    return tuple(
        Field(row["name"], row["sort"], row["said"], row["example"], tuple(_spelt(row["headings"], lists)))
        for row in _rows("fields.csv")
        if row["kind"] == kind
    )


@cache
def _lists() -> dict[str, list[str]]:
    return {row["name"]: row["words"].split("|") for row in _rows("words.csv")}


def word_list(name: str) -> list[str]:
    """A list of words by its name in `words.csv`."""
    return _lists()[name]


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _spelt(headings: str, lists: dict[str, list[str]]) -> list[str]:
    found = []
    for heading in headings.split("|"):
        parts = _LIST.split(heading)
        choices = [lists[part] if at % 2 else [part] for at, part in enumerate(parts)]
        found += [" ".join("".join(chosen).split()) for chosen in product(*choices)]
    return list(dict.fromkeys(one for one in found if one))


@cache
def field(kind: str, name: str) -> Field | None:
    """A field by name."""
    return next((one for one in fields(kind) if one.name == name), None)
