"""The pages as people use them: one real demo for the whole run, a real Chromium, and pages that fail on any error or outside request."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.cli.shell import Shell, ended, free_port, read_until
from tests.dashboards.looking import DESKTOP, Screen, Visit
from tests.resolvers.browser import CHROMIUM

expect.set_options(timeout=30_000)  # what is awaited comes at once, unless the machine is busy with other things


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
    if not CHROMIUM:
        pytest.fail("there is no chromium on this machine: the pages cannot be tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, demo: Demo) -> Iterator[Visit]:
    """Opens an address of the demo, signed in, on a screen; the test fails on any error in the page and any request to another host.

    `refusing` names paths at which the server is meant to refuse what the test does.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def opened(address: str, screen: Screen = DESKTOP, signed_in: bool = True, refusing: tuple[str, ...] = ()) -> Page:
        context = browser.new_context(viewport={"width": screen.width, "height": screen.height}, color_scheme=screen.theme, accept_downloads=True)
        contexts.append(context)
        if signed_in:
            context.add_cookies([{"name": name, "value": value, "url": demo.url} for name, value in demo.cookies.items()])
        page = context.new_page()
        page.on("console", lambda told: problems.append(f"console: {told.text}") if _wrong(told, refusing) else None)
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("request", lambda asked: problems.append(f"outside: {asked.url}") if _outside(asked.url, demo.url) else None)
        page.goto(demo.url + address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def _wrong(told: ConsoleMessage, refusing: tuple[str, ...]) -> bool:
    """Whether a line of the console is an error, and none that the browser writes when the server refuses what is meant to be refused."""
    refused = "the server responded with a status of 40" in told.text and urlsplit(told.location["url"]).path in refusing
    return told.type == "error" and not refused


def _outside(url: str, ours: str) -> bool:
    return urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != urlsplit(ours).netloc
