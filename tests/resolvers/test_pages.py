"""The pages: documentation as HTML, and GraphiQL in a real browser that loads nothing from outside."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn

from graph_core.platform import Platform
from resolvers.pages import documents, rendered
from resolvers.server import application
from tests.resolvers.browser import CHROMIUM, Browser
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
        for kind in ("deliveries", "lots", "places", "recipes"):
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


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install it to test GraphiQL in a real browser")
def test_a_person_logs_in_to_graphiql_and_is_answered_and_nothing_comes_from_outside(
    address: str, platform: Platform, company: str, tmp_path: Path
) -> None:
    key = platform.registry.create_key(company, "person")
    with Browser(tmp_path) as page:
        page.open(f"{address}/graphql")
        page.until("document.querySelector('.graphiql-execute-button')")
        assert "No key, no data" in page.run("document.getElementById('who').textContent")
        page.run(f"document.getElementById('key').value = '{key}'; document.querySelector('#login button').click()")
        page.until("document.getElementById('who').className == 'good'")
        page.until("document.querySelector('.graphiql-query-editor .CodeMirror')")
        page.run("document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue('{ lots { totalCount } }')")
        page.run("document.querySelector('.graphiql-execute-button').click()")
        page.until("document.querySelector('.result-window').textContent.includes('\"totalCount\": 120')")
        assert key not in page.run("document.documentElement.outerHTML") and page.run("Object.keys(localStorage).join()").find(key) < 0
        page.open(f"{address}/docs/schema")
        page.until("document.getElementById('Lot')")
        assert page.problems == []
        assert [one for one in page.asked if not one.startswith((address, "data:", "about:"))] == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install it to test GraphiQL in a real browser")
def test_who_is_signed_in_asks_graphiql_without_a_key_in_the_company_of_the_address(
    address: str, platform: Platform, company: str, tenant: str, tmp_path: Path
) -> None:
    keys = [platform.registry.create_key(name, "person") for name in (tenant, company)]
    with Browser(tmp_path) as page:
        for key in keys:
            page.open(f"{address}/sign-in?next=/graphql%3Ftenant={quote(company)}")
            page.until("document.getElementById('key')?.form")
            page.run(f"document.getElementById('key').value = '{key}'; document.querySelector('form button').click()")
            page.until("document.getElementById('who')?.className == 'good'")
        assert f"person of {company}" in page.run("document.getElementById('who').textContent")
        page.run(f"document.getElementById('company').value = '{tenant}'; document.getElementById('company').dispatchEvent(new Event('change'))")
        page.until(f"document.getElementById('who').textContent.includes('person of {tenant}')")
        assert page.problems == []
