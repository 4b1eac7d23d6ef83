"""The pages: documentation as HTML, and GraphiQL in a real browser that loads nothing from outside."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from graph_core.platform import Platform
from resolvers.pages import documents, rendered
from resolvers.server import application
from tests.chromium import chromium, watched
from tests.resolvers.conftest import Desk

Run = Callable[[Any], Any]


def test_every_page_of_the_documentation_is_shown_and_its_links_lead_somewhere(at_desk: Run) -> None:
    async def work(desk: Desk) -> None:
        for name in [*documents(), "schema"]:
            page = await desk.client.get("/docs" if name == "README" else f"/docs/{name}")
            assert page.status_code == 200 and "<h1" in page.text
            for link in set(re.findall(r'href="(/[^"#]*)', page.text)) - {"/graphql", "/"}:
                assert (await desk.client.get(link)).status_code == 200, f"{name} points to {link}"

    at_desk(work)


@pytest.mark.parametrize("name", ["../pyproject.toml", "..%2f..%2fREADME", "changes/x", "none", "%00"])
def test_nothing_but_a_page_of_the_documentation_is_shown(name: str, at_desk: Run) -> None:
    async def work(desk: Desk) -> None:
        for folder in ("docs", "assets"):
            assert (await desk.client.get(f"/{folder}/{name}")).status_code == 404

    at_desk(work)


def test_an_example_of_each_kind_of_table_is_there_to_be_filled_in(at_desk: Run) -> None:
    async def work(desk: Desk) -> None:
        for kind in ("deliveries", "lots", "places", "cases", "recipes"):
            answer = await desk.client.get(f"/examples/{kind}.csv")
            assert answer.status_code == 200 and answer.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
        assert (await desk.client.get("/examples/none.csv")).status_code == 400

    at_desk(work)


def test_html_and_scripts_in_markdown_are_shown_as_text() -> None:
    shown = rendered("# A\n\n<script>alert(1)</script> [x](javascript:alert(1)) [guide](architecture.md#how)\n\n|a|b|\n|---|---|\n|1|2|\n")
    assert "<script" not in shown and 'href="javascript' not in shown
    assert '<h1 id="a">' in shown and 'href="/docs/architecture#how"' in shown and "<td>1</td>" in shown


@pytest.fixture
def address(platform: Platform) -> Iterator[str]:
    """The application on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(application(platform), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A page of a real Chromium; any error in it and any request to another host fails."""
    with chromium() as browser:
        page = browser.new_page()
        problems = watched(page, address)
        yield page
    assert problems == []


def test_a_person_logs_in_to_graphiql_and_is_answered_and_nothing_comes_from_outside(
    page: Page, address: str, platform: Platform, company: str
) -> None:
    key = platform.registry.create_key(company, "person")
    page.goto(f"{address}/graphql")
    expect(page.locator("#who")).to_contain_text("No key, no data")
    page.locator("#key").fill(key)
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator("#who")).to_have_class("good")
    page.locator(".graphiql-query-editor .CodeMirror").evaluate("one => one.CodeMirror.setValue('{ lots { totalCount } }')")
    page.locator(".graphiql-execute-button").click()
    expect(page.locator(".result-window")).to_contain_text('"totalCount": 120')
    assert key not in page.content() and key not in page.evaluate("Object.keys(localStorage).join()")
    page.goto(f"{address}/docs/schema")
    expect(page.locator("#Lot")).to_be_visible()


def test_who_is_signed_in_asks_graphiql_without_a_key_in_the_company_of_the_address(
    page: Page, address: str, platform: Platform, company: str, tenant: str
) -> None:
    for name in (tenant, company):
        page.goto(f"{address}/sign-in?next=/graphql%3Ftenant={quote(company)}")
        page.locator("#key").fill(platform.registry.create_key(name, "person"))
        page.locator("form:has(#key) button").click()
        expect(page.locator("#who")).to_have_class("good")
    expect(page.locator("#who")).to_contain_text(f"person of {company}")
    page.locator("#company").select_option(tenant)
    expect(page.locator("#who")).to_contain_text(f"person of {tenant}")
