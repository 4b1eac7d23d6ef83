"""The norovirus story in the browser: opened from the cases of a file, followed to lot 108, assumed, undone, held and recalled."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from dashboards.investigations.drawing import arranged
from tests.dashboards.conftest import Demo
from tests.dashboards.looking import DESKTOP, SCREENS, Screen, Visit, looked_at

TENANT = "norovirus"


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_no_two_places_of_the_picture_stand_on_each_other(columns: list[int]) -> None:
    level = {f"p{number}": column for number, column in enumerate(columns)}
    where = arranged(level, [("p0", name) for name in level])
    assert where.keys() == level.keys() and len(set(where.values())) == len(where)
    for name, (across, _) in where.items():
        assert all(across < where[other][0] for other in level if level[other] > level[name])


@pytest.fixture(scope="module")
def company(demo: Demo, data: Path) -> str:
    """A company of the demo that holds the norovirus scenario."""
    for line in (("tenants", "create", TENANT), ("import", str(data / "fcl/Norovirus_Scenario.json"), "--tenant", TENANT)):
        done = demo.shell(*line)
        assert done.returncode == 0, done.stderr
    return TENANT


def opened(visit: Visit, company: str, name: str, screen: Screen = DESKTOP) -> Page:
    """An investigation that was just opened with all marked cases, or was before."""
    page = visit(f"/investigations?tenant={company}", screen)
    expect(page.get_by_role("heading", name="Investigations", level=1)).to_be_visible()
    known = page.get_by_role("link", name=name, exact=True)
    if known.count():
        known.click()
    else:
        page.get_by_label("Name").fill(name)
        page.get_by_label("Hazard, if known").fill("norovirus")
        page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return page


def test_the_norovirus_story_is_worked_through_to_lot_108(visit: Visit, company: str) -> None:
    page = opened(visit, company, "Norovirus in schools")
    expect(page.get_by_text("31 cases; all of them can have come from 5 places and 5 lots.")).to_be_visible()
    expect(page.locator(".network canvas").first).to_be_visible()
    likely = page.get_by_role("region", name="Lots by all that is known").get_by_role("row").nth(1)
    expect(likely).to_contain_text("Frozen Strawberries 108")
    expect(likely).to_contain_text("95%")
    lots = page.get_by_role("region", name="Lots", exact=True)
    assert lots.get_by_role("row").filter(has_text="common link").count() == 5

    page.get_by_role("region", name="Places").get_by_role("link", name="Spices and Dried Products Sales").click()
    chosen = page.get_by_role("complementary", name="What is chosen")
    expect(chosen.get_by_role("heading", name="Spices and Dried Products Sales")).to_be_visible()
    page.get_by_label("Name of a what-if").fill("Salt is safe")
    page.get_by_role("button", name="Begin it").click()
    expect(page.get_by_text("It changes nothing yet")).to_be_visible()
    chosen.get_by_role("button", name="Ends contamination").click()
    expect(page.get_by_text("can have come from 4 places")).to_be_visible()
    changes = page.get_by_role("region", name="What the what-if changes")
    expect(changes.get_by_role("row").nth(1)).to_contain_text("100%")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("can have come from 5 places")).to_be_visible()
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_text("can have come from 4 places")).to_be_visible()
    page.get_by_role("link", name="Without a what-if").click()
    expect(page.get_by_text("can have come from 5 places")).to_be_visible()

    lots.get_by_role("link", name="Frozen Strawberries 108").click()
    expect(chosen.get_by_role("heading", name="Frozen Strawberries 108")).to_be_visible()
    recall_sizes = chosen.get_by_role("region", name="A recall in three scopes")
    expect(recall_sizes.get_by_role("row").filter(has_text="certain")).to_contain_text("33")
    chosen.get_by_role("button", name="Put it on hold").click()
    expect(page.locator("#investigation-said")).to_contain_text("Say why")
    chosen.get_by_label("Why").fill("Suspected: norovirus")
    chosen.get_by_role("button", name="Put it on hold").click()
    orders = page.get_by_role("region", name="Holds and recalls")
    expect(orders.get_by_role("row").filter(has_text="Suspected: norovirus")).to_contain_text("held")
    chosen.get_by_label("Why").fill("Norovirus found")
    chosen.get_by_role("button", name="Start a recall").click()
    recall = orders.get_by_role("row").filter(has_text="recall, class I, down to consumers")
    expect(recall).to_contain_text("under way")
    traced = page.get_by_role("region", name="Clocks of recalls").get_by_role("row").filter(has_text="all food is traced forward and back")
    expect(traced).to_contain_text("3 h 59 min left")
    traced.get_by_label("How: full trace").fill("traced here")
    traced.get_by_role("button", name="It is done").click()
    expect(traced).to_contain_text("before it was due")
    expect(traced).to_contain_text(": traced here")
    recall.get_by_label("Why").fill("Half of the lot came back.")
    recall.get_by_role("button", name="Close").click()
    expect(recall).to_contain_text("Half of the lot came back.")

    page.get_by_label("What it came to").fill("Strawberries, lot 108.")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("button", name="Reopen it")).to_be_visible()
    assert page.get_by_role("button", name="Undo").count() == 0
    page.get_by_role("button", name="Reopen it").click()
    expect(page.get_by_role("button", name="Close it")).to_be_visible()


def test_a_case_is_added_by_hand_and_a_place_that_is_none_is_said(visit: Visit, company: str) -> None:
    page = opened(visit, company, "By hand")
    page.get_by_text("Add a case").click()
    page.get_by_label("Place, by name or code").fill("Frozen Fruit Salse")
    page.get_by_role("button", name="Add the case").click()
    expect(page.locator("#investigation-said")).to_contain_text("Near misses")
    page.get_by_label("Place, by name or code").fill("Frozen Fruit Sales")
    page.get_by_label("What to call it").fill("Canteen")
    page.get_by_role("button", name="Add the case").click()
    expect(page.get_by_text("32 cases; all of them can have come from 4 places")).to_be_visible()


def test_a_positive_test_of_salt_makes_it_the_likeliest_until_it_is_taken_out(visit: Visit, company: str) -> None:
    page = opened(visit, company, "In the laboratory")
    likely = page.get_by_role("region", name="Lots by all that is known").get_by_role("row").nth(1)
    expect(likely).to_contain_text("Frozen Strawberries 108")
    page.get_by_text("Add a test").click()
    page.get_by_label("Lot, by code").fill("112")
    page.get_by_label("What was looked for").fill("Norovirus")
    page.get_by_role("button", name="Positive").click()
    expect(likely).to_contain_text("Salt 112")
    page.get_by_label("Why a test is taken out").fill("The wrong sample")
    page.get_by_role("region", name="Laboratory tests").get_by_role("button", name="Take it out").click()
    expect(likely).to_contain_text("Frozen Strawberries 108")


def test_its_report_is_handed_out_as_a_document_and_a_workbook(visit: Visit, demo: Demo, company: str) -> None:
    page = opened(visit, company, "To be reported")
    expect(page.get_by_role("region", name="Lots", exact=True)).to_be_visible()
    for kind, begins in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        with page.expect_download() as handed:
            page.get_by_role("link", name=f"Report ({kind.upper()})").click()
        assert handed.value.suggested_filename.endswith(f".{kind}")
        assert Path(handed.value.path()).read_bytes().startswith(begins)
    link = page.get_by_role("link", name="Report (PDF)").get_attribute("href") or ""
    refused = page.request.get(demo.url + link.replace("id=", "id=x"))
    assert refused.status == 400 and refused.text().strip().endswith(".") and "content-disposition" not in refused.headers
    assert page.request.get(demo.url + link.replace(".pdf", ".doc")).status == 404


def test_an_investigation_that_is_not_there_is_said(visit: Visit, company: str) -> None:
    page = visit(f"/investigations?tenant={company}&id=SW52ZXN0aWdhdGlvbjpudW1iZXI6eC95")
    expect(page.get_by_text("There is no such investigation")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_it_is_looked_at(visit: Visit, company: str, screen: Screen) -> None:
    page = opened(visit, company, "Schools and day-care centres", screen)
    page.get_by_role("region", name="Places").get_by_role("link", name="Frozen Fruit Sales").click()
    expect(page.get_by_role("complementary", name="What is chosen")).to_contain_text("a common link")
    page.wait_for_timeout(600)
    looked_at(page, "investigation", screen)
    page.get_by_role("link", name="All investigations").click()
    expect(page.get_by_role("button", name="Open it")).to_be_visible()
    looked_at(page, "investigations", screen)


@pytest.fixture(scope="module")
def raw(demo: Demo, data: Path) -> str:
    """A company of the demo that holds the raw workbooks of the outbreak and its list of cases, with their faults."""
    left_out = ("Backtrace_request_Caterer 2_complete2.xlsx", "Start_Tracing.xlsx")
    files = [str(path) for path in sorted((data / "fcl/norovirus_workbooks").glob("*.xlsx")) if path.name not in left_out]
    assert demo.shell("tenants", "create", "raw").returncode == 0
    for file in files:
        text = Path(file).read_bytes()  # a copy: what is refused is written beside the file
        (demo.shell.folder / Path(file).name).write_bytes(text)
        assert demo.shell("import", Path(file).name, "--dataset", "norovirus", "--tenant", "raw").returncode in (0, 3)
    return "raw"


def test_broken_links_are_confirmed_on_the_page_and_count_at_once(visit: Visit, raw: str) -> None:
    page = opened(visit, raw, "Raw files")
    expect(page.get_by_text("31 places with cases stand in no record of food: see the broken links below.")).to_be_visible()
    broken = page.get_by_role("region", name="Broken links").first
    page.get_by_label("Why links are confirmed or refused").fill("The same schools")
    page.get_by_role("button", name="Confirm the 30 places of one name").click()
    expect(page.get_by_text("1 place with cases stands in no record of food")).to_be_visible()
    school = broken.get_by_role("row").filter(has_text="may be Grammar school 04")
    school.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("31 cases; all of them can have come from 5 places and 5 lots.")).to_be_visible()
    likely = page.get_by_role("region", name="Lots by all that is known").get_by_role("row").nth(1)
    expect(likely).to_contain_text("Frozen Strawberries 108")
    pepper = page.get_by_role("row").filter(has_text="Pepper (no lot code) may be Pepper 113")
    pepper.get_by_role("button", name="Refuse").click()
    expect(pepper).to_have_count(0)


def test_what_is_shown_is_taken_along_as_a_file_of_foodchain_lab(visit: Visit, company: str) -> None:
    page = opened(visit, company, "Taken along")
    for name, ending in (("FoodChain-Lab JSON", ".fcl.json"), ("FoodChain-Lab workbook", ".fcl.xlsx")):
        with page.expect_download() as loaded:
            page.get_by_role("link", name=name).click()
        assert loaded.value.suggested_filename == f"{TENANT}{ending}"
    with page.expect_download() as loaded:
        page.get_by_role("link", name="FoodChain-Lab JSON").click()
    file = json.loads(Path(loaded.value.path()).read_bytes())
    assert len(file["data"]["deliveries"]["data"]) == 93 and sum(one.get("weight", 0) for one in file["tracing"]["nodes"]) == 31
