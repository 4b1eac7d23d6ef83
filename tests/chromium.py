"""A real Chromium, and pages of it that tell of every error and every request to another host."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from bench.machine import CHROMIUM

expect.set_options(timeout=30_000)  # what is awaited comes at once, unless the machine is busy with other things


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. While Playwright holds it, nothing else in its thread can run an event loop."""
    if not CHROMIUM:
        pytest.fail("there is no chromium on this machine: the pages cannot be tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def watched(page: Page, url: str, refusing: tuple[str, ...] = ()) -> list[str]:
    """What goes wrong in a page of the server at `url` from now on; `refusing` names paths at which the server is meant to refuse."""
    problems: list[str] = []
    page.on("console", lambda told: problems.append(f"console: {told.text}") if _wrong(told, refusing) else None)
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on("request", lambda asked: problems.append(f"outside: {asked.url}") if _outside(asked.url, url) else None)
    return problems


def _wrong(told: ConsoleMessage, refusing: tuple[str, ...]) -> bool:
    """Whether a line of the console is an error, and none that the browser writes when the server refuses what is meant to be refused."""
    refused = "the server responded with a status of 40" in told.text and urlsplit(told.location["url"]).path in refusing
    return told.type == "error" and not refused


def _outside(url: str, ours: str) -> bool:
    return urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != urlsplit(ours).netloc
