"""The report of an investigation: equal bytes for equal records, and all that it holds, as PDF and as XLSX."""

import asyncio
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from dashboards.asking import Failed
from dashboards.investigations.asked import View
from dashboards.report import asked, book, files
from dashboards.report.lands import around, close, rounded
from dashboards.report.letters import legible
from graph_core.platform import Platform
from ingest.connector import Document
from ingest.sheets.workbook import book as read
from resolvers.client import Api
from resolvers.commands import have

COMMON = ["Frozen Fruit Sales", "Spices and Dried Products Sales", "Strawberry Farm 1", "Strawberry Farm 2", "Strawberry Farm 3"]


class Ask:
    """The API of this process in the test's tenant, asked as a report asks it."""

    def __init__(self, api: Api) -> None:
        self.api, self.loop = api, asyncio.new_event_loop()

    def __call__(self, document: str, **variables: Any) -> Any:
        return self.loop.run_until_complete(self.api.ask(document, variables))

    def imported(self, file: Path) -> None:
        self.loop.run_until_complete(have(self.api, file, {}))

    def close(self) -> None:
        self.loop.run_until_complete(self.api.close())
        self.loop.close()


@pytest.fixture
def ask(platform: Platform, tenant: str) -> Iterator[Ask]:
    """Asks the API."""
    made = Ask(Api.in_process(platform, tenant))
    yield made
    made.close()


def step(ask: Ask, name: str, kind: str, /, **told: Any) -> str:
    """Take a step of an investigation; what was made."""
    done = ask(f"mutation($input: {kind}!) {{ {name}(input: $input) {{ id userErrors {{ message }} }} }}", input=told)[name]
    assert not done["userErrors"], done
    return str(done["id"])


def written(ask: asked.Asks, id: str, kind: str, what_if: str = "", scope: str = "certain") -> bytes:
    """A report."""
    made = io.BytesIO()
    files.report(ask, View(id, what_if, scope, True, ""), kind, made)
    return made.getvalue()


def words(pdf: bytes) -> str:
    """The text of a document, however it is broken into lines."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def sheets(xlsx: bytes) -> dict[str, list[dict[str, Any]]]:
    """The sheets of a workbook: rows by the headings of the first."""
    found = {}
    for sheet in read(Document("report.xlsx", io.BytesIO(xlsx), len(xlsx))).sheets:
        heads, *rows = (list(row.cells) for row in sheet.rows())
        found[sheet.name] = [dict(zip(map(str, heads), row, strict=False)) for row in rows]
    return found


@pytest.fixture
def norovirus(ask: Ask, data: Path) -> str:
    """The investigation of the norovirus scenario: two decisions, one undone, one of a what-if; a hold and a recall of lot 108."""
    ask.imported(data / "fcl" / "Norovirus_Scenario.json")
    id = step(ask, "openInvestigation", "OpenInvestigationInput", name="Norovirus in schools", hazard="norovirus", number="N1", marked=True)
    spices = {"investigation": id, "of": [{"code": "Spices and Dried Products Sales"}]}
    step(ask, "decide", "DecideInput", **spices, change="CLEAR", whatIf="Salt is safe", why="Dry goods, says Frau Müller-Łoś.")
    undone = step(ask, "decide", "DecideInput", **spices, change="CONTAMINATES", why="One line for all.")
    step(ask, "undoDecision", "ChangeInput", id=undone, why="Cleaned between lots.")
    found = ask("query($id: ID!) { investigation(id: $id) { scores { suspects(first: 1) { id } } } }", id=id)
    lot = found["investigation"]["scores"]["suspects"][0]["id"]
    step(ask, "placeHold", "HoldInput", investigation=id, of=[{"id": lot}], reason="Suspected")
    recall = step(ask, "startRecall", "RecallInput", investigation=id, of=[{"id": lot}], reason="Norovirus found", level="I", depth="CONSUMERS")
    step(ask, "closeRecall", "ChangeInput", id=recall, why="Half of the lot came back.")
    return id


def test_the_document_holds_the_answer_and_is_the_same_a_second_time(ask: Ask, norovirus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = written(ask, norovirus, "pdf")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert written(ask, norovirus, "pdf") == made
    finally:
        monkeypatch.undo()
        time.tzset()
    recorded = ask("{ journal { entries(last: 1) { recorded } } }")["journal"]["entries"][0]["recorded"]
    assert str(PdfReader(io.BytesIO(made)).metadata.creation_date)[:19] == recorded[:19].replace("T", " ")  # type: ignore[union-attr]
    first = " ".join(PdfReader(io.BytesIO(made)).pages[0].extract_text().split())
    assert "Norovirus in schools" in first and "leads to 5 places" in first and all(name in first for name in COMMON)
    assert "The likeliest lot is Frozen Strawberries 108: with 95.1%" in first and "explains 31 of 31 cases" in first
    assert "Called back: Frozen Strawberries 108 (class I, down to consumers)" in first and "Half of the lot came back." in first
    assert (
        "On hold: Frozen Strawberries 108" in first and "Of 2 decisions in the log these do not count here: 1 undone, 1 of another what-if." in first
    )
    text = words(made)
    assert "Spices and Dried Products Sales ends contamination" in text and "Dry goods, says Frau Müller-Łoś." in text
    assert "Where it happened" in text and "From farm to fork" in text and f"Page 1 of {len(PdfReader(io.BytesIO(made)).pages)}" in text
    head = ask("{ journal { head { seq hash } } }")["journal"]["head"]
    assert f"as of journal entry {head['seq']}, recorded 20" in first and head["hash"][:16] in first


def test_the_workbook_holds_every_row_and_is_the_same_a_second_time(ask: Ask, norovirus: str) -> None:
    told: dict[str, Any] = {"result": "Norovirus", "positive": False, "found": "2014-09-15", "method": "RT-PCR"}
    step(ask, "addTest", "AddTestInput", investigation=norovirus, of=[{"code": "112"}], **told)
    made = written(ask, norovirus, "xlsx")
    time.sleep(2.1)  # a ZIP file tells times of two seconds
    assert written(ask, norovirus, "xlsx") == made
    found = sheets(made)
    names = ["Report", "Cases", "Laboratory", "Decisions", "Holds and recalls", "Lots weighed", "Places", "Lots", "Deliveries", "Links"]
    assert list(found) == names
    assert [len(found[name]) for name in names[1:]] == [31, 1, 2, 2, 10, 48, 38, 93, 467]
    assert sorted(row["Place"] for row in found["Places"] if row["Common link"] == "yes") == COMMON
    assert {row["Lot code"] for row in found["Lots"] if row["Common link"] == "yes"} == {"105", "106", "107", "108", "112"}
    tested = found["Laboratory"][0]
    assert (tested["Of"], tested["Found"], tested["When"], tested["Method"]) == ("Salt 112", "negative", "2014-09-15", "RT-PCR")
    assert found["Lots weighed"][0]["Lot"] == "Frozen Strawberries 108" and found["Lots weighed"][0]["Went through it"] > 0.9
    assert [(row["Counts here"], row["Why"], bool(row.get("Undone"))) for row in found["Decisions"]] == [
        ("no", "Dry goods, says Frau Müller-Łoś.", False),
        ("no", "One line for all.", True),
    ]
    assert {(row["Order"], row["State"]) for row in found["Holds and recalls"]} == {("hold", "on hold"), ("recall", "closed")}
    numbers = {row["No."]: row for row in found["Deliveries"]}
    link = found["Links"][0]
    assert numbers[link["From No."]]["Id"] == link["From id"] and numbers[link["Into No."]]["Id"] == link["Into id"]
    farm = next(row for row in found["Places"] if row["Place"] == "Strawberry Farm 2")
    assert (farm["Address"], farm["Country"], farm["Score"]) == ("Venloer Straße 1, 50259 Pulheim", "DE", 1)
    assert 50 < farm["Latitude"] < 52


def test_a_what_if_and_a_record_more_make_another_report(ask: Ask, norovirus: str) -> None:
    plain = written(ask, norovirus, "pdf")
    supposed = words(written(ask, norovirus, "pdf", what_if="Salt is safe"))
    assert "In the what-if “Salt is safe”" in supposed and "leads to 4 places" in supposed
    step(ask, "openInvestigation", "OpenInvestigationInput", name="Another")
    assert written(ask, norovirus, "pdf") != plain


def test_rows_beyond_the_most_are_counted_and_said(ask: Ask, norovirus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST", 40)
    monkeypatch.setattr(asked, "PAGES", dict.fromkeys(asked.PAGES, 7))
    found = sheets(written(ask, norovirus, "xlsx"))
    assert [len(found[name]) for name in ("Places", "Lots", "Deliveries", "Links")] == [40, 38, 40, 40]
    said = {key: text for row in found["Report"] for key, text in [tuple(row.values())] if str(key).startswith("Sheet")}
    assert said["Sheet Deliveries"] == "40 rows, the highest scores; 53 more are left out" and said["Sheet Lots"] == "38 rows: all there are"
    assert len({row["Id"] for row in found["Deliveries"]}) == 40


def test_a_report_is_of_one_state_and_begun_anew_when_something_is_recorded(ask: Ask, norovirus: str) -> None:
    calls = 0

    def busy(document: str, **variables: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls in (3, 8) or calls > 100:
            step(ask, "openInvestigation", "OpenInvestigationInput", name=f"Meanwhile {calls}")
        return ask(document, **variables)

    assert written(busy, norovirus, "xlsx") == written(ask, norovirus, "xlsx")
    calls = 100
    with pytest.raises(Failed, match="wait until the import has ended"):
        written(busy, norovirus, "pdf")


def test_hostile_and_foreign_text_is_text(ask: Ask) -> None:
    named = "<b>Bad & \x01worse</b> 中文 =1+1"
    id = step(ask, "openInvestigation", "OpenInvestigationInput", name=named, number="=1+1", note="word " * 4_000 + "x" * 5_000)
    text = words(written(ask, id, "pdf"))
    assert "<b>Bad & worse</b> ■■ =1+1" in text and "No case lies at a place" in text and "Nothing was called back." in text
    found = sheets(written(ask, id, "xlsx"))
    (first, *_), heading = found["Report"], next(iter(found["Report"][0]))
    assert heading == "Report of an investigation" and list(first.values()) == ["Number", "=1+1"]
    assert found["Cases"] == [] and found["Places"] == []


def test_places_without_coordinates_stand_in_layers(ask: Ask) -> None:
    ask.imported(Path(__file__).parents[2] / "ingest" / "ehec_2011.json")
    id = asked.known(ask, "EFSA-Q-2011-00817")
    text = words(written(ask, id, "pdf", scope="probable"))
    assert "From farm to fork" in text and "Where it happened" not in text and "so there is no map" in text
    assert "Exporter (EG)" in text and "over certain and probable links" in text
    with pytest.raises(Failed, match="There is no investigation 'N9'; there are:\n  EFSA-Q-2011-00817"):
        asked.known(ask, "N9")


def test_a_file_appears_as_a_whole_or_not_at_all(ask: Ask, norovirus: str, tmp_path: Path) -> None:
    def broken(document: str, **variables: Any) -> Any:
        if "LINKS" in document:
            raise Failed("The server does not answer.", "UNAVAILABLE")
        return ask(document, **variables)

    for name, asks, said in (("a.docx", ask, "neither"), ("a.pdf", broken, "not answer"), ("a.xlsx", broken, "not answer")):
        with pytest.raises(Failed, match=said):
            files.kept(asks, "N1", tmp_path / name, "", "certain", dates=True)
    assert list(tmp_path.iterdir()) == []
    made = files.kept(ask, "N1", tmp_path / "a.pdf", "", "certain", dates=True)
    assert made["bytes"] == len((tmp_path / "a.pdf").read_bytes()) and [one.name for one in tmp_path.iterdir()] == ["a.pdf"]


def test_places_that_stand_close_get_a_map_of_their_own() -> None:
    near = {f"n{number}": (9.0 + number / 100, 48.0 + number / 90) for number in range(9)}
    assert set(close({**near, "far": (13.0, 54.0)})) == set(near)
    assert close(near) == [] and close({f"f{number}": (float(number), 50.0) for number in range(9)}) == []
    assert around([(9.0, 48.0)]) == (8.9, 47.9, 9.1, 48.1)
    assert [rounded(most) for most in (0.13, 0.25, 1, 7, 10, 49, 99)] == [0.1, 0.2, 1, 5, 10, 20, 50]


def test_text_is_cut_and_letters_that_lack_are_marked() -> None:
    assert legible("a\u0308 \u200bÄ\n\tŁ Ж Ω 中") == "ä Ä Ł Ж Ω ■" and legible(None) == "" and legible("x" * 700) == "x" * 599 + "…"
