"""FoodChain-Lab files are written so that reading finds the same: partial dates, amounts in words, free columns, flags."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.connector import Document
from ingest.fcl import FoodChainLab, Workbook, written
from ingest.fcl.tables import Row
from ingest.fcl.written import Tables, amounts, blocks, day, json_of, workbook_of
from ingest.sheets.workbook import book
from ontology.errors import Refused
from ontology.facts import told
from ontology.language import Fact

MILL: Row = {"ID": "S1", "Name": "Mill", "Latitude": 52.5, "Longitude": 13.25, "Weight": 2.0, "Observed": True}
STREET: Row = {"ID": "S2", "Name": "=1+1", "City": "Milltown", "Beds": 12}
FLOUR: Row = {
    "ID": "D1",
    "from": "S1",
    "to": "S2",
    "Name": "Flour",
    "Lot Number": "0042",
    "Date Delivery": "2025-03",
    "Amount": "20 kg",
    "Weight": "many",
}


def tables(*deliveries: Row, **more: Any) -> Tables:
    return Tables(lambda: [MILL, STREET], lambda: deliveries, list, **more)


def values(connector: FoodChainLab | Workbook, text: bytes) -> list[Any]:
    """Kind and values of what a file tells, the findings apart."""
    facts = connector.facts(Document("x", io.BytesIO(text), len(text)))
    forms = [told(one) for one in facts if isinstance(one, Fact)]
    return [(form["kind"], form["values"]) for form in forms if form["values"]]


@pytest.mark.parametrize(
    ("told_", "expected"),
    [
        (["2025-03", "2025-03-01T00:00:00Z", "2025-03-31T23:59:59Z"], "2025-03"),
        (["2025-03-01T23:30:00-05:00", "2025-03-02T04:30:00Z", "2025-03-02T04:30:00Z"], "2025-03-01"),
        (["01.03.2025", "2025-03-01T00:00:00Z", "2025-03-01T23:59:59Z"], "2025-03-01"),
        (["2025-03-01/2025-03-09", "2025-03-01T00:00:00Z", "2025-03-09T23:59:59Z"], "2025-03"),
        (["2024-11-24/2024-12-31", "2024-11-24T00:00:00Z", "2024-12-31T23:59:59Z"], "2024"),
        (["after Easter", None, None], "after Easter"),
        (None, None),
    ],
)
def test_a_time_is_the_part_of_a_date_that_is_sure(told_: list[str | None] | None, expected: str | None) -> None:
    assert day(told_) == expected


@pytest.mark.parametrize(
    ("told_", "expected"),
    [
        ([{"value": 20.0, "unit": "KGM"}], ("20 kg", None)),
        ([{"value": 5250.0, "unit": "GRM", "text": "7 750g Packets"}], ("7 750g Packets", None)),
        ([{"value": 40.0}, {"value": 1.5, "unit": "TNE"}], ("40 pieces", "1.5 t")),
        ([{"low": 10000.0, "unit": "KGM"}], ("over 10000 kg", None)),
        ([{"about": 400.0, "unit": "XPX"}, {}], ("about 400 XPX", None)),
        ([], (None, None)),
    ],
)
def test_an_amount_is_said_as_it_is_read(told_: list[dict[str, Any]], expected: tuple[str | None, str | None]) -> None:
    assert amounts(told_) == expected


def test_free_columns_are_listed_with_their_types_and_flags_stand_apart_unless_they_cannot_be_read() -> None:
    file = json.loads(b"".join(json_of(tables(FLOUR, notes=("3 links left out.",), hidden={"station": ["S2"], "delivery": ["D1"]}))))
    stations, deliveries = (file["data"][name]["columnProperties"] for name in ("stations", "deliveries"))
    assert {"id": "Beds", "type": "int"} in stations and {"id": "Latitude", "type": "double"} in stations
    assert file["tracing"] == {"enforceTemporalOrder": True, "nodes": [{"id": "S1", "weight": 2.0, "observed": True}], "deliveries": []}
    assert {"id": "Weight", "type": "string"} in deliveries and not {"Weight", "Observed"} & {column["id"] for column in stations}
    assert not {"Weight", "Observed"} & {cell["id"] for row in file["data"]["stations"]["data"] for cell in row}
    assert file["settings"]["view"] == {"edge": {"invisibleEdges": ["D1"]}, "node": {"invisibleNodes": ["S2"]}} and file["notes"] == [
        "3 links left out."
    ]
    assert [row[0] for row in file["data"]["stations"]["data"]] == [{"id": "ID", "value": "S1"}, {"id": "ID", "value": "S2"}]


def test_a_workbook_keeps_flags_and_points_as_what_they_are_and_renames_what_it_would_read_otherwise() -> None:
    text = b"".join(workbook_of(tables(FLOUR, notes=("3 links left out.",))))
    (_, mill), (_, street), (_, shipment), *_ = values(Workbook(), text)
    assert (mill["at"], mill["weight"], mill["observed"]) == ([52.5, 13.25], 2.0, True) and "extra" not in mill
    assert street["name"] == "=1+1" and "address" not in street and street["extra"] == {"_City": "Milltown", "Beds": "12"}
    assert shipment["departed"][0] == "2025-03" and shipment["extra"] == {"Weight": "many"}
    assert [sheet.name for sheet in book(Document("x", io.BytesIO(text), len(text))).sheets][3:] == ["Notes"]
    unread = b"".join(workbook_of(tables({**FLOUR, "Weight": "nan"})))
    assert values(Workbook(), unread)[2][1]["extra"] == {"Weight": "nan"}


def test_the_two_forms_tell_the_same() -> None:
    plain = {**FLOUR, "Weight": 1.0, "CrossContamination": True}
    told_ = tables(plain)
    json_, workbook = values(FoodChainLab(), b"".join(json_of(told_))), values(Workbook(), b"".join(workbook_of(told_)))
    json_[1][1]["extra"] = {"_City": "Milltown", "Beds": "12"}
    assert json_ == workbook


def test_a_sheet_that_would_be_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_ROWS", 4)
    assert b"".join(workbook_of(tables(FLOUR, {**FLOUR, "ID": "D2"})))
    with pytest.raises(Refused, match="at most 4 rows"):
        next(workbook_of(tables(*({**FLOUR, "ID": f"D{number}"} for number in range(3)))))


def test_small_pieces_go_on_in_blocks_and_nothing_is_asked_before_its_time() -> None:
    assert list(blocks([b"ab", b"c", b"def", b"g"], 3)) == [b"abc", b"def", b"g"]
    asked = []

    def many() -> Iterator[Row]:
        for number in range(100_000):
            asked.append(number)
            yield {**MILL, "ID": f"S{number}"}

    first = next(json_of(Tables(many, list, list)))
    assert len(first) < 100_000 and len(asked) < 2_000
