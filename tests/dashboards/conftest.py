"""The pages as people use them: one real demo for the whole run, a real Chromium, and pages that fail on any error or outside request."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import chromium, watched
from tests.cli.shell import Shell, ended, free_port, read_until
from tests.dashboards.looking import DESKTOP, Screen, Visit


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, its keys by tenant, and the cookie of the owner's browser."""

    url: str
    shell: Shell
    keys: dict[str, str]
    cookies: dict[str, str]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`foodflow demo` as a process; the one-time link that it prints is used for the cookie."""
    shell = Shell(tmp_path_factory.mktemp("demo"))
    process = shell.start("demo", "--port", str(free_port()))
    said = read_until(process.stdout, "Ctrl-C stops.")
    link = re.findall(r"(http://\S+?)(/enter/\S+)", said)[0]
    keys = dict(re.findall(r"^  (\S+) +(ffk_\S+)$", said, re.MULTILINE))
    cookies = dict(httpx.get("".join(link), trust_env=False).cookies)
    yield Demo(link[0], shell, keys, cookies)
    status, rest = ended(process)
    assert (status, rest.strip()) == (0, "Stopped.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium. One per file: while Playwright holds it, no other test of this process can run an event loop."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, demo: Demo) -> Iterator[Visit]:
    """Opens an address of the demo, signed in, on a screen; the test fails on any error in the page and any request to another host.

    `refusing` names paths at which the server is meant to refuse what the test does.
    """
    contexts: list[BrowserContext] = []
    problems: list[list[str]] = []

    def opened(address: str, screen: Screen = DESKTOP, signed_in: bool = True, refusing: tuple[str, ...] = ()) -> Page:
        context = browser.new_context(viewport={"width": screen.width, "height": screen.height}, color_scheme=screen.theme, accept_downloads=True)
        contexts.append(context)
        if signed_in:
            context.add_cookies([{"name": name, "value": value, "url": demo.url} for name, value in demo.cookies.items()])
        page = context.new_page()
        problems.append(watched(page, demo.url, refusing))
        page.goto(demo.url + address)
        return page

    yield opened
    for context in contexts:
        context.close()
    told = [problem for of in problems for problem in of]
    assert not told, "\n".join(told)
