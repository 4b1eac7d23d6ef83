"""Home: what is here, what is missing, and the first steps of a new company."""

import pytest
from playwright.sync_api import expect

from ingest.demo import SAMPLE
from tests.dashboards.conftest import Demo
from tests.dashboards.looking import PHONE, SCREENS, Screen, Visit, looked_at


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_the_first_page_says_what_is_here_what_came_lately_and_what_is_missing(visit: Visit, screen: Screen) -> None:
    page = visit("/?tenant=demo-company", screen)
    expect(page.get_by_role("heading", name="demo-company", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="2,000 shipments")).to_be_visible()
    expect(page.get_by_text("Records reach from 2023-12-30 to 2025-12-31.")).to_be_visible()
    page.get_by_text("lot codes used twice").click()
    expect(page.get_by_role("link", name="Wheat flour M0-25054-284 was assigned at Mill 1 and Mill 2")).to_be_visible()
    expect(page.get_by_role("region", name="Recent imports")).to_contain_text("company-2000.json")
    assert page.title() == "Home · demo-company · FoodFlow OS"
    looked_at(page, "home", screen)


def test_what_is_missing_leads_to_its_trace(visit: Visit) -> None:
    page = visit("/?tenant=outbreak-2011")
    page.get_by_text("without a receiver").click()
    page.get_by_role("link", name="Nothing tells where Fenugreek seed 6832 from Distributor").first.click()
    page.wait_for_url("**/explore?tenant=outbreak-2011&start=*")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_new_company_is_led_to_its_first_import(visit: Visit, demo: Demo, screen: Screen) -> None:
    name = f"new-{screen.name}"
    (demo.shell.folder / "sample.json").write_text(SAMPLE)
    assert demo.shell("import", "sample.json", "--tenant", name, "--create", "--dry-run").returncode == 0
    page = visit(f"/?tenant={name}", screen)
    expect(page.get_by_role("heading", name="Three steps to the first trace")).to_be_visible()
    looked_at(page, "home-new", screen)
    page.get_by_role("link", name="Import the first file").click()
    expect(page.get_by_role("region", name="All imports")).to_contain_text("checked only")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_count_leads_to_its_things_page_by_page_and_each_to_its_trace(visit: Visit, screen: Screen) -> None:
    page = visit("/?tenant=demo-company", screen)
    page.get_by_role("link", name="1,232 lots").click()
    expect(page.get_by_role("heading", name="Lots", level=1)).to_be_visible()
    expect(page.get_by_text("1,232 lots, by key")).to_be_visible()
    looked_at(page, "browse", screen)
    first = page.get_by_role("region", name="Lots").get_by_role("link").first.inner_text()
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url("**after=*")
    expect(page.get_by_role("region", name="Lots").get_by_role("link").first).not_to_have_text(first)
    page.get_by_role("region", name="Lots").get_by_role("link").first.click()
    page.wait_for_url("**/explore?*start=*")


@pytest.mark.parametrize("kind", ["Party", "Process", "StockCount", "LogisticUnit", "TestResult", "Event"])
def test_every_kind_has_its_list_even_an_empty_one(visit: Visit, kind: str) -> None:
    page = visit(f"/browse?tenant=demo-company&kind={kind}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#problem")).to_be_empty()


def test_on_a_phone_the_pages_are_in_a_menu_that_closes_behind_the_chosen_one(visit: Visit) -> None:
    page = visit("/?tenant=demo-company", PHONE)
    imports = page.get_by_role("link", name="Imports", exact=True)
    expect(page.get_by_role("heading", name="demo-company", level=1)).to_be_visible()
    expect(imports).not_to_be_in_viewport()
    page.get_by_role("button", name="Pages").click()
    imports.click()
    expect(page.get_by_role("heading", name="Imports", level=1)).to_be_visible()
    expect(imports).not_to_be_in_viewport()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_the_documentation_looks_like_the_workspace_and_leads_back_to_it(visit: Visit, screen: Screen) -> None:
    page = visit("/docs/workspace", screen)
    looked_at(page, "docs", screen)
    page.goto(page.url.replace("/workspace", "/formats"))
    looked_at(page, "docs-formats", screen)
    page.get_by_role("link", name="Back to the workspace").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
