"""Keys and settings as an administrator uses them, and what others see of them; companies are changed by their keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.conftest import Demo
from tests.dashboards.looking import SCREENS, Screen, Visit, looked_at


def make(page: Page, name: str, *permissions: str) -> str:
    page.get_by_label("For whom").fill(name)
    for permission in permissions:
        page.get_by_label(f"{permission}: ").check()
    page.get_by_role("button", name="Make a key").click()
    expect(page.locator("#key-made")).to_contain_text(f"The key of {name}. It is shown this once")
    return page.locator("#key-secret").inner_text()


def sign_in(page: Page, secret: str) -> None:
    page.get_by_label("Key").fill(secret)
    page.get_by_role("button", name="Sign in").click()


def row(page: Page, name: str) -> str:
    return page.get_by_role("region", name="Keys").get_by_role("row").filter(has_text=name).first.inner_text()


def test_a_key_is_made_shown_once_used_given_a_new_secret_and_ended(visit: Visit, demo: Demo) -> None:
    page = visit("/settings?tenant=demo-company")
    secret = make(page, "Night shift", "record")
    page.get_by_role("button", name="Copy").click()
    other = visit("/settings", signed_in=False)
    sign_in(other, secret)
    expect(other.get_by_text("Night shift may not administer")).to_be_visible()
    expect(other.get_by_text("You are Night shift. You may read, record.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Keys")).to_contain_text("Night shift")
    assert secret not in page.content() and "valid" in row(page, "Night shift") and "local:" in row(page, "Night shift")
    page.get_by_role("row").filter(has_text="Night shift").get_by_role("button", name="New secret").click()
    page.get_by_role("region", name="Give this key a new secret?").get_by_role("button", name="Give it a new secret").click()
    fresh = page.locator("#key-secret")
    expect(fresh).to_be_visible()
    again = visit("/sign-in", signed_in=False, refusing=("/sign-in", "/_dash-update-component"))
    sign_in(again, secret)
    expect(again.locator("#problem")).to_contain_text("unknown, expired or revoked")
    sign_in(again, fresh.inner_text())
    expect(again.get_by_role("heading", name="demo-company", level=1)).to_be_visible()
    page.get_by_role("row").filter(has_text="Night shift").filter(has_text="valid").get_by_role("button", name="End it").click()
    asked = page.get_by_role("region", name="End this key?")
    expect(asked).to_contain_text("browsers that signed in with it are signed out")
    asked.get_by_role("button", name="End it").click()
    expect(page.get_by_role("row").filter(has_text="Night shift").filter(has_text="revoked")).to_be_visible()
    again.get_by_role("link", name="Imports", exact=True).click()
    again.wait_for_url("**/sign-in?next=*")
    page.get_by_text("What was done to keys, and by whom").click()
    expect(page.get_by_role("region", name="What was done")).to_contain_text("revoked key")


def test_the_last_key_that_may_administer_is_not_ended_without_saying_so(visit: Visit) -> None:
    page = visit("/settings?tenant=outbreak-2011")
    page.get_by_role("row").filter(has_text="first key").get_by_role("button", name="End it").click()
    asked = page.get_by_role("region", name="End this key?")
    expect(asked).to_contain_text("It is the last key that may administer")
    asked.get_by_role("button", name="Leave it").click()
    expect(asked).to_be_hidden()
    assert "valid" in row(page, "first key")


def test_a_key_for_nobody_is_refused_in_words(visit: Visit) -> None:
    page = visit("/settings?tenant=outbreak-2011")
    page.get_by_role("button", name="Make a key").click()
    expect(page.locator("#key-made")).to_contain_text("say in 1 to 80 printable characters which person or service the key is for")


def test_the_journal_is_checked_on_the_page(visit: Visit) -> None:
    page = visit("/settings?tenant=outbreak-2011")
    page.get_by_role("button", name="Check the journal").click()
    expect(page.get_by_text("The journal is whole")).to_be_visible(timeout=20_000)


def test_a_second_company_is_entered_by_its_key_and_left_by_the_menu(visit: Visit, demo: Demo) -> None:
    page = visit("/", signed_in=False)
    sign_in(page, demo.keys["outbreak-2011"])
    expect(page.get_by_role("heading", name="outbreak-2011", level=1)).to_be_visible()
    page.goto(demo.url + "/?tenant=demo-company")
    expect(page.get_by_text("You are not signed in to demo-company")).to_be_visible()
    page.get_by_title("Who you are here").click()
    page.get_by_role("link", name="Another company, by its key").click()
    sign_in(page, demo.keys["demo-company"])
    expect(page.get_by_role("heading", name="demo-company", level=1)).to_be_visible()
    page.get_by_title("Who you are here").click()
    page.get_by_role("link", name="outbreak-2011").click()
    expect(page.get_by_role("heading", name="outbreak-2011", level=1)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_everybody_can_read_and_use_the_page(visit: Visit, screen: Screen) -> None:
    page = visit("/settings?tenant=demo-company", screen)
    make(page, f"Line {screen.name}")
    page.get_by_role("row").filter(has_text=f"Line {screen.name}").get_by_role("button", name="End it").click()
    expect(page.get_by_role("region", name="End this key?")).to_be_visible()
    looked_at(page, "settings", screen)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_signing_in_and_its_refusal_are_for_everybody(visit: Visit, screen: Screen) -> None:
    page = visit("/sign-in", screen, signed_in=False, refusing=("/sign-in",))
    looked_at(page, "sign-in", screen)
    with page.expect_response("**/sign-in"):
        sign_in(page, "ffk_nothing")
    expect(page.locator("#problem")).to_contain_text("unknown, expired or revoked")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_page_that_is_not_there_says_so(visit: Visit, screen: Screen) -> None:
    page = visit("/nowhere?tenant=demo-company", screen)
    expect(page.get_by_text("There is no page /nowhere")).to_be_visible()
    looked_at(page, "not-found", screen)
