"""Workbooks: XLSX as programs and people write it, files made to harm, and the workbooks of FoodChain-Lab with their known answers."""

import io
import re
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ingest.connector import Document, connector_for
from ingest.fcl import Workbook
from ingest.sheets import package
from ingest.sheets.workbook import book
from ingest.sheets.writing import xlsx_of
from ingest.tables import Tables, understood
from ontology.facts import told
from ontology.language import Fact, Link, Refusal

HEAD = ["Delivery number", "Ship date", "Sender", "Receiver", "Product", "Lot", "Quantity", "Unit"]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def document(content: bytes, name: str = "deliveries.xlsx") -> Document:
    return Document(name, io.BytesIO(content), len(content), mapping=None)


def packed(parts: dict[str, str | bytes], base: bytes | None = None) -> bytes:
    """A workbook with these parts in the place of its own."""
    with zipfile.ZipFile(io.BytesIO(base or b"".join(xlsx_of([("Sheet1", [HEAD])])))) as whole:
        held: dict[str, str | bytes] = {name: whole.read(name) for name in whole.namelist()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in (held | parts).items():
            written.writestr(name, text)
    return file.getvalue()


def sheet(rows: str, behind: str = "") -> dict[str, str | bytes]:
    return {"xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{rows}</sheetData>{behind}</worksheet>"}


def row(number: int, *cells: str) -> str:
    """A row of cells: plain texts, or XML that begins with <c."""
    written = [cell if cell.startswith("<c") else f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells]
    return f'<row r="{number}">{"".join(written)}</row>'


def shipments(content: bytes) -> list[dict[str, object]]:
    return [told(one) for one in Tables().facts(document(content)) if isinstance(one, Fact) and type(one.about).__name__ == "Shipment"]


def refusals(content: bytes) -> list[Refusal]:
    return [one for one in Tables().facts(document(content)) if isinstance(one, Refusal)]


STYLES = f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
STYLES += '<numFmt numFmtId="165" formatCode="0.00 &quot;days&quot;"/></numFmts>'
STYLES += '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>'


def styled(rows: str, epoch: str = "") -> bytes:
    base = b"".join(xlsx_of([("Sheet1", [HEAD])]))
    with zipfile.ZipFile(io.BytesIO(base)) as whole:
        leads = whole.read("xl/_rels/workbook.xml.rels").decode()
        start = whole.read("xl/workbook.xml").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"
    leads = leads.replace("</Relationships>", f'<Relationship Id="rId99" Type="{kind}" Target="styles.xml"/></Relationships>')
    parts = sheet(rows) | {
        "xl/styles.xml": STYLES,
        "xl/_rels/workbook.xml.rels": leads,
        "xl/workbook.xml": start.replace("<sheets>", f"{epoch}<sheets>"),
    }
    return packed(parts, base)


def test_numbers_dates_and_truths_of_a_workbook_are_read_as_what_they_are() -> None:
    cells = ["<c><v>7</v></c>", "<c><v>1.5</v></c>", '<c s="1"><v>45717</v></c>', '<c s="2"><v>45717.5</v></c>', '<c s="3"><v>45717</v></c>']
    cells += ['<c t="b"><v>1</v></c>', '<c t="e"><v>#N/A</v></c>', '<c t="str"><f>A1</f><v>x_x000D_y</v></c>', "<c><f>A1</f></c>", "<c/>"]
    read = next(book(document(styled(row(1, *cells)))).sheets[0].rows())
    plain = [str(cell) for cell in read.cells[:6]]
    assert plain == ["7", "1.5", "2025-03-01 00:00:00", "2025-03-01 12:00:00", "45717", "True"]
    assert [getattr(cell, "said", cell) for cell in read.cells[6:]] == [
        "it holds the error #N/A",
        "x\ry",
        "it holds a formula that was never computed: open the file, let it compute, and save it",
        None,
    ]


@pytest.mark.parametrize(("epoch", "day"), [("", "2025-03-01"), ('<workbookPr date1904="1"/>', "2029-03-02")])
def test_days_count_from_1900_or_1904(epoch: str, day: str) -> None:
    cells = ["D1", '<c s="1"><v>45717</v></c>', "Mill", "Bakery", "Flour", "L1", "<c><v>1234.5</v></c>", "kg"]
    (shipment,) = shipments(styled(row(1, *HEAD) + row(2, *cells), epoch))
    assert shipment["values"]["departed"][0] == day  # type: ignore[index]


def test_a_merged_cell_holds_for_all_its_rows_and_a_formula_without_value_refuses_its_row() -> None:
    rows = row(1, *HEAD) + row(2, "D1", "2025-03-01", "Mill", "Bakery", "Flour", "L1", "20", "kg")
    rows += row(3, "D2", "2025-03-01", '<c r="C3"/>', "Bakery", "Flour", "L2", "20", "kg")
    rows += row(4, "D3", "2025-03-01", "Mill", "Bakery", "Flour", "L3", "<c><f>1+1</f></c>", "kg")
    content = packed(sheet(rows, '<mergeCells count="1"><mergeCell ref="C2:C3"/></mergeCells>'))
    assert [[link[2] for link in one["links"]][1] for one in shipments(content)] == ["name:own/Mill"] * 2  # type: ignore[attr-defined]
    (refused,) = refusals(content)
    assert refused.place == "deliveries.xlsx Sheet1 row 4" and "a formula that was never computed" in refused.rule


def test_the_sheet_that_fits_best_is_read_and_macros_never() -> None:
    sheets = [("Notes", [["Our deliveries", "of March"]]), ("März", [HEAD, ["D1", "2025-03-01", "Mill", "Bakery", "Flour", "L1", "20", "kg"]])]
    content = packed({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macro"}, b"".join(xlsx_of(sheets)))
    found = understood(document(content))
    assert found.table.sheet.name == "März" and found.notes == ("it holds macros, which were not looked at", "the sheet 'März' is read, 'Notes' not")
    assert len(shipments(content)) == 1


def test_prefixed_names_odd_order_and_sparse_rows_are_read() -> None:
    cells = "".join(f'<x:c t="inlineStr" r="{chr(65 + at)}1"><x:is><x:r><x:t>{text}</x:t></x:r></x:is></x:c>' for at, text in enumerate(HEAD))
    ship = '<x:c r="F1048576" t="inlineStr"><x:is><x:t>L1</x:t></x:is></x:c><x:c r="C1048576" t="inlineStr"><x:is><x:t>Mill</x:t></x:is></x:c>'
    rows = f'<x:row r="1">{cells}</x:row><x:row r="1048576">{ship}</x:row>'
    xml = f"<x:worksheet {MAIN.replace('xmlns', 'xmlns:x')}><x:sheetData>{rows}</x:sheetData></x:worksheet>"
    content = packed({"xl/worksheets/sheet1.xml": xml})
    (shipment,) = shipments(content)
    assert [link[2] for link in shipment["links"]] == ["code:name:own/unnamed/L1", "name:own/Mill"]  # type: ignore[attr-defined]


ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + str(
    sheet('<row r="1"><c t="inlineStr"><is><t>&x;</t></is></c></row>').popitem()[1]
)
HOSTILE = {
    "an old XLS": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "XLS of Excel 97-2003"),
    "a ZIP that is no workbook": (b"PK\x05\x06" + bytes(18), ""),
    "half a file": (packed({})[:200], "no whole XLSX file"),
    "entities": (packed({"xl/worksheets/sheet1.xml": ENTITY}), "declares entities"),
    "UTF-16": (packed({"xl/workbook.xml": f"<workbook {MAIN}/>".encode("utf-16")}), "not UTF-8"),
    "broken XML": (packed(sheet("<row><c></row>")), "is broken"),
    "a part that is missing": (packed({"xl/_rels/workbook.xml.rels": "<Relationships/>"}), "holds no table"),
    "a sheet without rows": (packed(sheet("")), "holds no table"),
    "a row that is none": (packed(sheet(row(1, *HEAD) + '<row r="99999999"><c t="inlineStr"><is><t>x</t></is></c></row>')), "a sheet has at most"),
    "texts that are missing": (packed(sheet(row(1, *HEAD) + row(2, '<c t="s"><v>5</v></c>'))), "points to a text 5"),
    "an XLSB": (packed({"xl/workbook.bin": b"x"}), "XLSB"),
}


@pytest.mark.parametrize(("content", "rule"), HOSTILE.values(), ids=HOSTILE)
def test_files_that_are_broken_or_made_to_harm_are_refused_with_words(content: bytes, rule: str) -> None:
    items = list(Tables().facts(document(content)))
    found = [one for one in items if isinstance(one, Refusal)]
    assert len(found) == 1 == len(items) and rule in found[0].rule and found[0].remedy and "passwd" not in found[0].text
    assert not Workbook().recognises(document(content))


def test_a_zip_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "FREE_BYTES", 3_000_000)
    bomb = packed({"xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>" + " " * 40_000_000 + "</sheetData></worksheet>"})
    assert len(bomb) < 100_000
    (refused,) = refusals(bomb)
    assert "like a ZIP bomb" in refused.rule
    lying = bytearray(bomb)
    for match in re.finditer(rb"PK\x01\x02", bomb):
        lying[match.start() + 24 : match.start() + 28] = (1000).to_bytes(4, "little")  # it says that it unpacks to 1,000 bytes
    assert refusals(bytes(lying))


def test_a_sheet_of_one_row_that_never_ends_is_refused() -> None:
    content = packed(sheet(f'<row r="1">{"<c/>" * 20_000_000}</row>'))
    assert any("of more than" in one.rule or "like a ZIP bomb" in one.rule for one in refusals(content))


def read(path: Path, dataset: str = "norovirus") -> tuple[list[Fact], list[Refusal]]:
    with path.open("rb") as file:
        items = list(Workbook().facts(Document(path.name, file, path.stat().st_size, dataset)))
    return [one for one in items if isinstance(one, Fact)], [one for one in items if isinstance(one, Refusal)]


def sorts(facts: list[Fact]) -> dict[str, int]:
    counted = Counter("relation" if isinstance(one.about, Link) else type(one.about).__name__ for one in facts)
    return {name: counted[name] for name in ("Place", "Shipment", "relation")}


def test_the_all_in_one_workbooks_are_read_whole(data: Path) -> None:
    for name, counts in (("FCL_Example.xlsx", (252, 475, 548)), ("All_In_One_Template_Example.xlsx", (6, 7, 6))):
        facts, refused = read(data / "fcl" / "xlsx" / name)
        assert refused == [] and tuple(sorts(facts).values()) == counts
        with (data / "fcl" / "xlsx" / name).open("rb") as file:
            found = connector_for(Document(name, file, 0))
            assert found is not None and found.name == "fcl-workbook"


def test_the_faulty_workbook_is_read_whole_with_its_fault_named(data: Path) -> None:
    folder = data / "fcl" / "norovirus_workbooks"
    facts, refused = read(folder / "Backtrace_request_Caterer 2_complete.xlsx")
    assert refused == []
    odd = [(one.source.line, said) for one in facts for said in one.findings if "lot number is missing" in said]
    assert [line for line, _ in odd] == [57] and odd[0][1].startswith("Pepper: its lot number is missing; ask for it")
    whole, none = read(folder / "Backtrace_request_Caterer 2_complete2.xlsx")
    assert none == [] and not any("lot number is missing" in said for one in whole for said in one.findings)
    assert sorts(whole) == sorts(facts)  # the shipment stands, with a lot of unknown code, and with the nine deliveries that it became


def test_the_raw_workbooks_of_the_norovirus_outbreak_lead_to_lot_108_alone(data: Path) -> None:
    folder = data / "fcl" / "norovirus_workbooks"
    left_out = ("Backtrace_request_Caterer 2_complete.xlsx", "Start_Tracing.xlsx", "Cases aggregated by Educational Institution.xlsx")
    after, goals, lots = defaultdict(set), {}, defaultdict(set)
    for path in sorted(folder.glob("*.xlsx")):
        facts, refused = read(path) if path.name not in left_out else ([], [])
        assert refused == []
        for one in facts:
            if isinstance(one.about, Link):
                assert one.about.start is not None
                after[one.about.start.key].add(one.about.end.key)
            elif type(one.about).__name__ == "Shipment":
                goals[one.about.key] = next(link.end.key for link in one.links if link.relation.name == "SHIPPED_TO")
                lots[one.about.lot.key.rpartition("%2F")[2]].add(one.about.key)  # type: ignore[union-attr]

    def reached(acts: set[str]) -> set[str]:
        seen: set[str] = set()
        waiting = list(acts)
        while waiting:
            act = waiting.pop()
            waiting += after[act] - seen
            seen.add(act)
        return {goals[act] for act in seen if re.search("[Ss]chool|centre", goals[act])}

    struck = {goal for goal in goals.values() if re.search("[Ss]chool|centre", goal)}
    share = {lot: len(reached(acts)) / len(struck) for lot, acts in lots.items()}
    first = sorted((lot for lot, reach in share.items() if reach == 1), key=str)
    assert first == ["Frozen Fruit Sales/Frozen Strawberries/108", *(f"Strawberry Farm {n}/Strawberries/{104 + n}" for n in (1, 2, 3))]
    assert max(reach for lot, reach in share.items() if lot not in first) < 1


def test_a_case_list_is_no_workbook_of_foodchain_lab_and_an_empty_template_says_so(data: Path) -> None:
    folder = data / "fcl" / "norovirus_workbooks"
    with (folder / "Cases aggregated by Educational Institution.xlsx").open("rb") as file:
        assert not Workbook().recognises(Document("cases.xlsx", file, 0))
    facts, refused = read(folder / "Start_Tracing.xlsx")
    assert facts == [] and refused[0].rule == "it holds no stations and no deliveries"
