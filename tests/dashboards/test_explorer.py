"""The explorer as people use it, in a real browser over a real demo: find, trace, look closer, take along."""

import re
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.looking import DARK, DESKTOP, PHONE, SCREENS, Screen, Visit, looked_at

FIRST = "/explore?tenant=outbreak-2011&start=48088&direction=both"
COMPANY = "/explore?tenant=demo-company"


def drawn(page: Page) -> Page:
    """The page, when its graph stands."""
    page.wait_for_selector("#canvas[data-ready]")
    return page


def cy(page: Page, script: str) -> Any:
    """What a line of script says of the graph."""
    return page.evaluate(f"(() => {{ const cy = document.getElementById('graph')._cyreg.cy; return {script}; }})()")


def until(page: Page, script: str) -> None:
    """Wait until a line of script is true of the graph; the page's own policy forbids Playwright's way, which evaluates text."""
    end = time.monotonic() + 15
    while not cy(page, script):
        assert time.monotonic() < end, f"{script} did not become true"
        page.wait_for_timeout(50)


def click_mark(page: Page, words: str) -> None:
    """Click the first mark whose label holds these words."""
    x, y = cy(
        page, f"(() => {{ const p = cy.nodes().filter((n) => n.data('label').includes({words!r}))[0].renderedPosition(); return [p.x, p.y]; }})()"
    )
    frame = page.locator("#graph").bounding_box()
    assert frame
    page.mouse.click(frame["x"] + x, frame["y"] + y)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_the_first_view_shows_the_trace_without_a_click(visit: Visit, screen: Screen) -> None:
    page = visit(FIRST, screen)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lot Fenugreek seed 48088")
    expect(page.get_by_text("99 acts, 99 links")).to_be_visible()
    if screen.width < 768:  # a phone shows the steps first, the graph on demand
        expect(page.locator("#steps li").first).to_contain_text("origin in Egypt")
        looked_at(page, "explorer-steps", screen)
        page.get_by_role("link", name="Graph", exact=True).click()
    drawn(page)
    marks = cy(page, "cy.nodes().length")
    assert 15 <= marks <= 40 and cy(page, "cy.nodes('.open').length") == 5
    assert cy(page, "cy.nodes().every((n) => n.data('said').endsWith('.'))")
    looked_at(page, "explorer", screen)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_an_act_tells_its_facts_sources_times_and_neighbours_and_a_link_shows_the_same_to_a_colleague(visit: Visit, screen: Screen) -> None:
    page = visit(f"{FIRST}&show=steps", screen)
    page.get_by_role("link", name="Fenugreek seed 48088 from Exporter to Importer").click()
    panel = page.locator("#explorer-panel")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Fenugreek seed 48088 from Exporter to Importer")
    for words in (
        "2009-11-24",
        "Exporter",
        "at least 15,000 kg",
        "Came from",
        "Certain link, 95 %",
        "Sources and history",
        "ehec_2011.json",
        "recorded 20",
    ):
        expect(panel).to_contain_text(words)
    looked_at(page, "explorer-panel", screen)
    colleague = visit(page.url.partition("/explore")[1] + page.url.partition("/explore")[2], screen)
    expect(colleague.locator("#explorer-panel")).to_contain_text("ehec_2011.json")
    page.go_back()
    expect(panel).to_be_empty()


def test_a_click_on_a_mark_opens_its_panel_dims_the_rest_and_escape_closes_it(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    click_mark(page, "Distributor")
    expect(page.locator("#explorer-panel")).to_contain_text("Fenugreek seed 6832 from Importer to Distributor")
    assert cy(page, "cy.nodes('.dim').length") > 3 and cy(page, "cy.nodes(':selected').length") == 1
    assert cy(page, "cy.nodes(':selected').renderedPosition('x')") < page.locator("#canvas").bounding_box()["width"]  # type: ignore[index]
    page.keyboard.press("Escape")
    expect(page.locator("#explorer-panel")).to_be_empty()
    until(page, "cy.nodes('.dim').length === 0")


def test_alike_acts_stand_together_open_on_a_click_and_close_again(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    before = cy(page, "cy.nodes().length")
    click_mark(page, "41 × Mixed sprouts")
    until(page, f"cy.nodes().length === {before + 40}")
    assert "open=" in page.url
    page.get_by_role("link", name="Close the groups again").click()
    until(page, f"cy.nodes().length === {before}")
    page.go_back()
    until(page, f"cy.nodes().length === {before + 40}")


def test_the_legend_leaves_links_of_a_scope_out_in_picture_table_and_address(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    page.get_by_role("link", name="probable 2").click()
    expect(page.get_by_text(re.compile("99 acts, 99 links; [0-9]+ acts shown"))).to_be_visible()
    assert "hide=probable" in page.url
    until(page, "cy.edges('.probable').length === 0")


def test_a_trace_is_narrowed_by_steps_and_says_that_it_goes_on(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    page.get_by_text("Narrow", exact=True).click()
    page.get_by_label("Steps from the start, at most").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator("#cut")).to_contain_text("goes on beyond 2 steps")
    expect(page.get_by_text("12 acts, ")).to_be_visible()
    page.get_by_role("link", name="Show all steps").click()
    expect(page.get_by_text("99 acts, 99 links")).to_be_visible()


def test_as_we_knew_it_before_anything_was_recorded_nothing_is_known(visit: Visit) -> None:
    page = visit(f"{FIRST}&knownAt=2001-01-01")
    expect(page.locator("#failure")).to_contain_text("So it was known at 2001-01-01")
    looked_at(page, "explorer-refused", DESKTOP)


def test_arrow_keys_go_through_the_graph_and_enter_shows_an_act(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#hint")).to_contain_text("Fenugreek seed 48088 from Exporter to Importer, 2009-11-24")
    page.keyboard.press("Enter")
    expect(page.locator("#explorer-panel")).to_contain_text("Exporter")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, DARK], ids=lambda screen: screen.name)
def test_anything_is_found_from_the_keyboard(visit: Visit, screen: Screen) -> None:
    page = visit("/?tenant=demo-company", screen)
    page.get_by_role("button", name="Find anything").wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("croissants 4")
    found = page.locator("#finder-found a").first
    expect(found).to_contain_text("Butter croissants 4 pieces")
    looked_at(page, "finder", screen)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Butter croissants 4 pieces")
    assert "tenant=demo-company" in page.url and page.locator("#finder").is_hidden()


def test_the_keys_are_listed_and_none_works_while_one_writes(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("find a lot, product, place or unit")
    looked_at(page, "keys", DESKTOP)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("#steps")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("gt?")
    assert page.locator("#finder-text").input_value() == "gt?" and page.locator("#keys-help").is_hidden()


def test_a_near_miss_offers_what_is_called_nearly_so(visit: Visit) -> None:
    page = visit("/explore?tenant=outbreak-2011&start=4808")
    page.locator("#which").get_by_role("link", name="48088").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lot Fenugreek seed 48088")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=lambda screen: screen.name)
def test_a_name_of_several_things_asks_which_is_meant(visit: Visit, screen: Screen) -> None:
    page = visit("/explore?tenant=outbreak-2011&start=Mixed sprouts", screen)
    page.locator("h1").wait_for()
    if page.locator("#which").count():
        looked_at(page, "explorer-which", screen)
        page.locator("#which a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mixed sprouts")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, DARK], ids=lambda screen: screen.name)
def test_who_else_got_it_is_a_table_and_a_workbook(visit: Visit, screen: Screen, tmp_path: Path) -> None:
    page = visit(f"{FIRST}&show=table", screen)
    expect(page.locator(".ag-row").first).to_contain_text("Fenugreek seed")
    looked_at(page, "explorer-table", screen)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Who got it, XLSX").click()
    taken.value.save_as(tmp_path / "got.xlsx")
    assert taken.value.suggested_filename == "recipients-48088.xlsx"
    with zipfile.ZipFile(tmp_path / "got.xlsx") as book:
        words = book.read("xl/sharedStrings.xml").decode()
    for told in ("Sprout producer, Lower Saxony", "Chain of garden centres, France", "75 kg", "lot Fenugreek seed 48088", "unknown destination"):
        assert told in words
    with page.expect_download() as taken:
        page.get_by_role("button", name="This table, CSV").click()
    taken.value.save_as(tmp_path / "trace.csv")
    assert (tmp_path / "trace.csv").read_text("utf-8-sig").count("\n") == 103


def test_a_row_of_the_table_opens_the_panel_of_its_act(visit: Visit) -> None:
    page = visit(f"{FIRST}&show=table")
    page.locator(".ag-row").nth(3).locator(".ag-cell").first.click()
    expect(page.locator("#explorer-panel")).to_contain_text("Sources and history")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, DARK], ids=lambda screen: screen.name)
def test_the_map_shows_places_with_coordinates_over_outlines_of_our_own(visit: Visit, screen: Screen) -> None:
    page = visit(f"{COMPANY}&start=Butter croissants 4 pieces&show=map", screen)
    page.wait_for_selector("#map .scatterlayer .point")
    assert page.locator("#map .scatterlayer .point").count() >= 2
    expect(page.get_by_text("have no coordinates")).to_be_visible()
    looked_at(page, "explorer-map", screen)


def test_without_coordinates_the_map_says_so_and_claims_nothing(visit: Visit) -> None:
    page = visit(f"{FIRST}&show=map")
    expect(page.locator("#no-map")).to_contain_text("No place of this trace has coordinates")
    expect(page.locator("#no-map")).to_contain_text("DE 4")
    looked_at(page, "explorer-no-map", DESKTOP)


def test_the_picture_is_taken_along_as_png_and_svg(visit: Visit, tmp_path: Path) -> None:
    page = drawn(visit(FIRST))
    for name, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg xmlns")):
        with page.expect_download() as taken:
            page.get_by_role("button", name=name, exact=True).click()
        taken.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begins) and taken.value.suggested_filename == f"trace.{name.lower()}"


@pytest.mark.parametrize("screen", [DESKTOP, DARK_PHONE := SCREENS[-1]], ids=lambda screen: screen.name)
def test_a_trace_of_hundreds_of_acts_is_drawn_in_few_marks(visit: Visit, screen: Screen) -> None:
    page = drawn(visit(f"{COMPANY}&start=Wheat flour&show=graph", screen))
    expect(page.get_by_text(re.compile(r"^8\d\d acts, 1,\d\d\d links$"))).to_be_visible()
    assert cy(page, "cy.nodes().length") <= 200 and cy(page, "cy.nodes('.group').length") > 10
    looked_at(page, "explorer-large", screen)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=lambda screen: screen.name)
def test_without_a_start_the_page_says_what_would_be_here_and_offers_lots(visit: Visit, screen: Screen) -> None:
    page = visit(COMPANY, screen)
    expect(page.locator("#nothing-asked")).to_contain_text("Where did a lot come from")
    looked_at(page, "explorer-empty", screen)
    page.locator("#nothing-asked li a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lot ")


def test_the_theme_changes_the_picture_too(visit: Visit) -> None:
    page = drawn(visit(FIRST))
    assert cy(page, "cy.nodes()[0].style('color')") == "rgb(30,41,59)"
    page.get_by_role("button", name="Light or dark").click()
    until(page, "cy.nodes()[0].style('color') === 'rgb(226,232,240)'")
