"""Importing as people do: drop a file, see it checked, mend what was refused, take it back."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ingest.sheets.writing import xlsx_of
from tests.dashboards.looking import DESKTOP, SCREENS, Screen, Visit, looked_at


def bakery(number: int, amount: object = 20) -> bytes:
    """A delivery of a lot of its own."""
    lot, mill = {"product": "@flour", "code": f"PAGE-{number}"}, {"owner": "bakery", "name": "Mill"}
    delivery = {"record": f"bakery/P{number}", "end": "both", "lot": "@lot", "departed": "2025-03-01"}
    carries = ["CARRIES", "@lot", {"quantity": [{"value": amount, "unit": "KGM"}]}]
    things = [
        {"as": "flour", "kind": "Product", "values": {"owner": "bakery", "name": f"Flour {number}"}},
        {"as": "lot", "kind": "Lot", "values": lot},
        {"as": "mill", "kind": "Place", "values": mill},
        {"as": "delivery", "kind": "Shipment", "values": delivery, "links": [carries, ["SHIPPED_FROM", "@mill"]]},
    ]
    return json.dumps({"format": "foodflow-demo/1", "source": f"bakery {number}", "things": things}).encode()


def choose(page: Page, name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(folder / name)
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible()


def panel(page: Page, state: str) -> None:
    expect(page.locator("#import-panel .state")).to_have_text(state, timeout=20_000)


def test_a_file_is_checked_then_imported_its_bad_row_mended_and_all_of_it_undone(visit: Visit, tmp_path: Path) -> None:
    page = visit("/imports?tenant=outbreak-2011")
    choose(page, "bakery-1.json", bakery(1, "forty"), tmp_path)
    page.get_by_role("button", name="Check only").click()
    panel(page, "checked only, 1 row refused")
    expect(page.locator("#import-panel")).to_contain_text("3 facts would be recorded, 1 row refused")
    page.get_by_role("button", name="Import it now").click()
    panel(page, "recorded, 1 row refused")
    expect(page.get_by_role("region", name="Refused rows")).to_contain_text("bakery-1.json thing 4")
    expect(page.get_by_role("region", name="Refused rows")).to_contain_text("'forty' is none")
    with page.expect_download() as loaded:
        page.get_by_role("link", name="Download 1 refused row").click()
    assert loaded.value.suggested_filename == "refused-bakery-1.json"
    mended = loaded.value.path().read_bytes().replace(b'"forty"', b"40")
    choose(page, "refused-bakery-1.json", mended, tmp_path)
    page.get_by_role("button", name="Import", exact=True).click()
    panel(page, "recorded")
    expect(page.locator("#import-panel")).to_contain_text("1 fact recorded; 3 facts known already.")
    undo(page, "1 fact of refused-bakery-1.json", "1 shipment")
    page.go_back()
    expect(page.get_by_role("heading", name="Choose the file again")).to_be_visible()
    page.get_by_role("link", name="bakery-1.json", exact=True).first.click()
    panel(page, "recorded, 1 row refused")
    undo(page, "3 facts of bakery-1.json", "1 product, 1 lot, 1 place")
    expect(page.locator("#import-list")).to_contain_text("undone")


def undo(page: Page, said: str, gone: str) -> None:
    page.get_by_role("button", name="Undo this import").click()
    asked = page.get_by_role("region", name="Undo this import?")
    expect(asked).to_contain_text(said)
    expect(asked).to_contain_text(f"Nothing else tells of {gone}")
    asked.get_by_role("button", name="Keep it").click()
    expect(asked).to_be_hidden()
    page.get_by_role("button", name="Undo this import").click()
    asked.get_by_role("button", name="Take it back").click()
    panel(page, "undone")


def test_a_dropped_file_is_taken_and_one_of_no_known_format_is_refused_in_words(visit: Visit) -> None:
    page = visit("/imports?tenant=demo-company")
    dropped = page.evaluate_handle("() => { const all = new DataTransfer(); all.items.add(new File(['Dear Sir'], 'letter.txt')); return all; }")
    expect(page.locator("#drop")).to_be_visible()
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(page.locator("#sending-problem")).to_contain_text("letter.txt is of no format that we read")


def test_all_or_nothing_records_nothing_and_says_what_to_mend(visit: Visit, tmp_path: Path) -> None:
    page = visit("/imports?tenant=outbreak-2011")
    choose(page, "bakery-2.json", bakery(2, "forty"), tmp_path)
    page.get_by_label("All or nothing").check()
    page.get_by_label("Data set").fill("bakery")
    page.get_by_role("button", name="Import", exact=True).click()
    panel(page, "refused")
    expect(page.locator("#import-panel")).to_contain_text("Nothing was recorded")
    expect(page.locator("#import-panel")).to_contain_text("data set bakery")


def test_a_checked_file_is_imported_later_without_being_sent_again(visit: Visit, tmp_path: Path) -> None:
    page = visit("/imports?tenant=outbreak-2011")
    choose(page, "bakery-3.json", bakery(3), tmp_path)
    page.get_by_role("button", name="Check only").click()
    panel(page, "checked only")
    page.reload()
    page.get_by_role("button", name="Import it now").click()
    panel(page, "recorded")
    page.go_back()
    panel(page, "checked only")


TABLE = """Sent;From;To;What;Batch;How much;Day;Colour
D1;Mill;Bakery;Rye flour;TABLE-1;1.200,5 kg;01.03.2025;red
D2;Bakery;Corner shop;Rye bread;TABLE-2;30,5 kg;03.03.2025;
D3;Bakery;School;Rye bread;TABLE-3;forty;03.03.2025;
"""


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_the_columns_of_a_table_are_told_what_they_mean_before_it_is_imported(visit: Visit, screen: Screen, tmp_path: Path) -> None:
    page = visit("/imports?tenant=outbreak-2011", screen)
    text = TABLE.replace("TABLE", screen.name.upper()).replace("Sent", f"Sent {screen.name}")
    choose(page, f"{screen.name}.csv", text.encode(), tmp_path)
    for heading, meaning in (("Batch", "lot"), ("How much", "amount"), ("What", "product name"), ("Day", "departed")):
        mean(page, heading, meaning)
    rows = page.get_by_role("region", name="First rows")
    expect(rows).to_contain_text("carries 30.5 KGM")
    expect(rows).to_contain_text("would be refused")
    looked_at(page, "imports-table", screen)
    page.get_by_label("Keep this reading as").fill(f"From the {screen.name}")
    page.get_by_role("button", name="Import", exact=True).click()
    panel(page, "recorded, 1 row refused")
    choose(page, f"again-{screen.name}.csv", text.encode(), tmp_path)
    expect(page.get_by_text(f"Read by the kept reading From the {screen.name}.")).to_be_visible()


def test_another_sheet_of_a_workbook_is_chosen_and_imported(visit: Visit, tmp_path: Path) -> None:
    page = visit("/imports?tenant=outbreak-2011")
    heads = ["Number", "From name", "To name", "Product name", "Lot", "Amount", "Unit", "Departed"]
    sheets = [
        (name, [heads, *([f"{name}-{n}", "Mill", "Bakery", "Flour", f"{name} {n}", "5", "kg", "2025-03-01"] for n in range(rows))])
        for name, rows in (("January", 2), ("February", 3))
    ]
    choose(page, "months.xlsx", b"".join(xlsx_of([*sheets, ("Notes", [["Only words"]])])), tmp_path)
    sheet = page.get_by_role("textbox", name="Which sheet is read")
    expect(sheet).to_have_value("January")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("January 1")
    for name in ("Notes", "February"):
        sheet.click()
        page.get_by_role("option", name=name, exact=True).click()
        if name == "Notes":
            expect(page.locator("#upload-panel")).to_contain_text("'Notes' holds no table")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("February 2")
    page.get_by_role("button", name="Import", exact=True).click()
    panel(page, "recorded")


def mean(page: Page, heading: str, meaning: str) -> None:
    field = page.get_by_role("textbox", name=f"What {heading} means", exact=True)
    if field.input_value() != meaning:
        field.click()
        page.get_by_role("option", name=meaning, exact=True).click()
        expect(field).to_have_value(meaning)


def test_an_import_of_another_company_is_not_shown(visit: Visit) -> None:
    page = visit("/imports?tenant=outbreak-2011&id=imp_none")
    expect(page.locator("#import-panel")).to_contain_text("There is no such import")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_everybody_can_read_and_use_the_page(visit: Visit, screen: Screen, tmp_path: Path) -> None:
    page = visit("/imports?tenant=demo-company", screen)
    choose(page, "bakery-9.json", bakery(90 + SCREENS.index(screen), "forty"), tmp_path)
    looked_at(page, "imports-chosen", screen)
    page.get_by_role("button", name="Check only").click()
    panel(page, "checked only, 1 row refused")
    page.get_by_role("button", name="Import it now").click()
    panel(page, "recorded, 1 row refused")
    looked_at(page, "imports-done", screen)
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_role("region", name="Undo this import?")).to_contain_text("Nothing else tells of")
    looked_at(page, "imports-undo", screen)


def test_everything_is_reached_by_the_keyboard(visit: Visit) -> None:
    page = visit("/imports?tenant=demo-company", DESKTOP)
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.title || document.activeElement.ariaLabel"))
    assert seen[0] == "Skip to the page" and {"Home", "Explore", "Imports", "Choose a file", "Sign out"} <= set(seen)
