"""Looking at a page as people do: on a desk and a phone, in light and dark, and with the eyes of axe."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCREENSHOTS = Path(os.environ.get("FOODFLOW_SCREENSHOTS", Path(__file__).parent / "screenshots"))


@dataclass(frozen=True)
class Screen:
    """A screen in a theme."""

    name: str
    width: int
    height: int
    theme: Literal["light", "dark"]


DESKTOP = Screen("desktop-light", 1280, 800, "light")
DARK = Screen("desktop-dark", 1280, 800, "dark")
PHONE = Screen("phone-light", 390, 844, "light")
DARK_PHONE = Screen("phone-dark", 390, 844, "dark")
SCREENS = (DESKTOP, DARK, PHONE, DARK_PHONE)

Visit = Callable[..., Page]
"""What the fixture `visit` is: an address, and the screen to open it on."""


def looked_at(page: Page, name: str, screen: Screen) -> None:
    """Keep a picture of the page, and let axe look for what people with disabilities cannot use. Fails the test on any finding."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{screen.name}.png")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= screen.width, f"the page is {width} pixels wide on a screen of {screen.width}"
