"""What was refused of a FoodChain-Lab workbook, as an all-in-one workbook to be mended: the rows, and the rows that they need."""

from collections.abc import Iterator

from ingest.connector import Document, rows
from ingest.fcl import workbook, written
from ingest.fcl.tables import Row
from ingest.sheets.cells import Unreadable
from ontology.language import Refusal

WHY = "Why refused"


def all_in_one(document: Document, refusals: list[Refusal]) -> Iterator[bytes]:
    """The workbook; a refused row says why in its last column, which reading passes over."""
    why = {place: one.rule for one in refusals for place in rows([one])}
    chosen: dict[str, list[Row]] = {"relation": [], "delivery": [], "station": []}
    needed: dict[str, set[str]] = {"relation": set(), "delivery": set(), "station": set()}
    try:
        for sort, under in (("relation", "delivery"), ("delivery", "station"), ("station", "station")):
            for line in workbook.lines(document, {sort}):
                told, refused = line.record.value, why.get((sort, line.number), "")
                if refused or told.get("ID") in needed[sort]:
                    chosen[sort].append({**told, WHY: refused})
                    needed[under] |= {str(told[end]) for end in ("from", "to") if told.get(end) and sort != "station"}
    except Unreadable:
        pass
    further = {sort: [WHY] for sort in chosen}
    yield from written.all_in_one(chosen["station"], chosen["delivery"], chosen["relation"], further)
