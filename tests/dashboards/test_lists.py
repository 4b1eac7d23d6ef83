"""The trace as rows, files, words and a map."""

import csv
import zipfile
from io import BytesIO, StringIO
from xml.etree import ElementTree

import pytest

from dashboards.explorer.asked import Question
from dashboards.explorer.rows import COLUMNS, RECIPIENT_COLUMNS, recipients, rows
from dashboards.explorer.words import amount, amounts, count, day, kilograms, number, share, short
from dashboards.explorer.workbook import separated, workbook
from dashboards.explorer.world import figure, outlines, spots, where_else
from dashboards.page import Address
from tests.dashboards.sample import act, good, link, place, trace

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"value": 75, "unit": "KGM"}, "75 kg"),
        ({"value": 282.64, "unit": "KGM"}, "282.6 kg"),
        ({"value": 0.4512, "unit": "KGM"}, "0.451 kg"),
        ({"about": 400, "unit": "KGM", "text": "about 400 kg"}, "about 400 kg"),
        ({"low": 15000, "unit": "KGM"}, "at least 15,000 kg"),
        ({"low": 5, "high": 8, "unit": "TNE"}, "5 to 8 t"),
        ({"high": 8, "unit": "LTR"}, "at most 8 l"),
        ({"value": 3, "unit": None}, "3 pieces"),
        ({"value": 2, "unit": "ZZ"}, "2 ZZ"),
        ({"text": "a few"}, "a few"),
    ],
)
def test_an_amount_reads_as_people_write_it(told: dict[str, object], said: str) -> None:
    assert amount(told) == said


def test_small_words_are_right() -> None:
    assert (number(1234.5), number(0), share(0.857), day("2025-03-01T06:00:00Z"), day("2010-10"), day(None)) == (
        "1,234",
        "0",
        "86 %",
        "2025-03-01",
        "2010-10",
        "",
    )
    assert (count(1, "act"), count(1200, "act"), count(2, "thing missing", "things missing")) == ("1 act", "1,200 acts", "2 things missing")
    assert short("Distribution centre (north)", 20) == "Distribution centre…" and amounts([]) == ""


def test_kilograms_add_weights_of_all_units_and_nothing_else() -> None:
    assert kilograms([{"value": 1, "unit": "TNE"}, {"about": 500, "unit": "GRM"}, {"value": 9, "unit": "LTR"}]) == 1000.5
    assert kilograms([{"value": 9, "unit": "LTR"}]) is None and kilograms([]) is None


def test_a_table_has_a_row_for_each_good_and_tells_what_is_not_known() -> None:
    mixed = act(
        "mix", "Process", to="Bakery", goods=[good("Flour", "L1", role="used"), good("Dough", "D1", {"value": 2, "unit": "TNE"}, role="made")]
    )
    sent = act("sent", to=None, assumed="assumed: usual reading")
    gap = {"sort": "unknown destination", "words": "unknown destination: nobody knows", "about": "sent", "act": "sent"}
    table = rows(trace([mixed, sent], [link("mix", "sent")], [gap]))
    assert [(row["what"], row["product"], row["lot"], row["kilograms"]) for row in table] == [
        ("baking", "Flour", "L1", None),
        ("baking", "Dough", "D1", 2000.0),
        ("shipping", "Flour", "L1", 20.0),
    ]
    assert table[2]["note"] == "unknown destination; assumed: usual reading" and table[2]["to"] == "unknown"
    assert all(field in row for row in table for field, _ in COLUMNS)


def _listed() -> list[dict[str, object]]:
    where = {"PBakery": {"sort": "plant", "country": "DE", "address": "Mill Road 1", "name": "Bakery"}}
    shipped = [
        act("b", to=None, goods=[]),
        act("a", receiver={"name": "=cmd|' /C calc'!A0"}, goods=[good("Flour", "-1+2", {"value": 20, "unit": "KGM"}), good("Salt", None)], end=True),
    ]
    return recipients(shipped, where)


def test_recipients_are_listed_with_amount_date_and_where_to_reach_them_and_the_unknown_last() -> None:
    first, second, third = _listed()
    assert [first[name] for name in ("recipient", "country", "address", "product", "amount", "kilograms", "sent", "arrived", "last")] == [
        "Bakery", "DE", "Mill Road 1", "Flour", "20 kg", 20.0, "2025-03-01", "2025-03-02", "yes",
    ]  # fmt: skip
    assert second["lot"] == "no lot code" and third["recipient"] == "unknown"


def test_the_workbook_holds_the_rows_as_text_and_numbers_and_never_a_formula() -> None:
    made = workbook("Who got it", RECIPIENT_COLUMNS, _listed(), [("Of", "lot Flour L1"), ("Not known", "=1+1")])
    with zipfile.ZipFile(BytesIO(made)) as book:
        sheets = [book.read(name).decode() for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml")]
        words = ["".join(text.itertext()) for text in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")]
        names = [sheet.get("name") for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
    assert names == ["Who got it", "About this list"]
    assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)
    assert {"=cmd|' /C calc'!A0", "=1+1", "Recipient", "Bakery"} <= set(words)
    cells = [cell for cell in ElementTree.fromstring(sheets[0]).iter(f"{MAIN}c") if cell.get("t") is None]
    assert [cell.findtext(f"{MAIN}v") for cell in cells] == ["20", "100", "100", "100"], "kilograms, and how sure each row is"
    assert "autoFilter" in sheets[0] and 'state="frozen"' in sheets[0]


def test_a_csv_file_disarms_what_a_spreadsheet_would_calculate() -> None:
    table = list(csv.reader(StringIO(separated(RECIPIENT_COLUMNS, _listed()))))
    assert table[0][:2] == ["Recipient", "Company"] and len(table) == 4
    assert table[1][1] == "'=cmd|' /C calc'!A0" and table[1][6] == "'-1+2" and table[1][8] == "20.0"


def test_the_outlines_are_lines_on_the_globe() -> None:
    east, north = outlines()
    points = [(x, y) for x, y in zip(east, north, strict=True) if x is not None and y is not None]
    assert len(points) > 8_000 and all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in points)
    assert any(abs(x + 17.5) < 0.6 and abs(y - 14.7) < 0.6 for x, y in points), "Cape Verde peninsula, the west of Africa"


def test_a_map_shows_places_with_coordinates_and_says_which_have_none() -> None:
    places = {
        "PMill": {"name": "Mill", "country": "NL", "at": {"latitude": 52.0, "longitude": 5.0}},
        "PBakery": {"name": "Bakery", "country": "DE", "at": {"latitude": 53.5, "longitude": 10.0}},
        "PShop": {"name": "Shop", "country": "DE", "at": None},
    }
    told = trace([act("a"), act("b", left="Bakery", to="Shop"), act("c")], [], places=places)
    assert spots(told) == {"PMill": (5.0, 52.0), "PBakery": (10.0, 53.5)}
    assert where_else(told) == "1 place of 3 has no coordinates (DE 1)."
    land, way, marks = figure(told, "dark").data
    assert len(land.x) > 8_000 and list(way.x) == [5.0, 7.5, 10.0] and way.text == "Mill → Bakery: 2 shipments"
    assert list(marks.x) == [5.0, 10.0] and marks.hovertext[1] == "Bakery (DE): 3 acts"
    assert {one.type for one in figure(told, "light").data} == {"scatter"}, "maps of other kinds fetch their outlines"


def test_the_question_is_read_from_the_address_and_nonsense_is_not_asked() -> None:
    address = Address.of("/explore", "?tenant=t&start=id%3Aabc&direction=backward&depth=2&confidence=0.5&scope=certain&since=2011&knownAt=2012-01-01")
    assert Question.of(address).input() == {
        "starts": [{"id": "abc"}],
        "direction": "BACKWARD",
        "scope": "CERTAIN",
        "lowestConfidence": 0.5,
        "since": "2011",
        "knownAt": "2012-01-01",
        "mostDepth": 2,
    }
    odd = Question.of(Address.of("/explore", "?start=a&direction=up&depth=many&confidence=9&scope=sure"))
    assert odd.input("forward") == {"starts": [{"code": "a"}], "direction": "FORWARD", "scope": "CONCEIVABLE", "lowestConfidence": 1.0}
    assert place(None) is None
