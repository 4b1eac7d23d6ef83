"""A stranger's tour, from `make demo` on: the link, an import with bad rows, mending them, tracing a lot, who else got it, taking it back."""

import csv
import os
import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.shell import ROOT, free_port, read_until
from tests.dashboards.looking import DESKTOP, looked_at

TABLE = """Delivery;From;To;Product;Lot;Amount;Unit;Departed;Arrived
T1;Mill on the hill;Wholesaler;Spelt flour;TOUR-7;1.200,5;kg;01.03.2025;02.03.2025
T2;Wholesaler;Corner shop;Spelt flour;TOUR-7;forty;kg;03.03.2025;04.03.2025
T3;Wholesaler;Station kiosk;Spelt flour;TOUR-7;30,5;kg;31.02.2025;04.03.2025
T4;Wholesaler;School kitchen;Spelt flour;TOUR-7;12;kg;03.03.2025;04.03.2025
T5;Wholesaler;Hospital;;;8;kg;03.03.2025;04.03.2025
"""
MENDED = {"T2": {"Amount": "40"}, "T3": {"Departed": "03.03.2025"}, "T5": {"Product": "Spelt flour", "Lot": "TOUR-7"}}
FIRST = ("Wholesaler", "School kitchen")
LATER = ("Corner shop", "Station kiosk", "Hospital")


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """The one-time link that `make demo` prints."""
    settings = {**os.environ, "FOODFLOW_DATA": str(tmp_path / "data")}
    command = ["make", "demo", f"ARGS=--port {free_port()} --shipments 200"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    said = read_until(process.stdout, "Ctrl-C stops.")
    yield re.findall(r"http://\S+/enter/\S+", said)[0]
    os.killpg(process.pid, signal.SIGINT)
    assert "Stopped." in process.communicate(timeout=60)[0]


def test_a_stranger_imports_mends_traces_says_who_else_got_it_and_takes_it_all_back(browser: Browser, link: str, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": DESKTOP.width, "height": DESKTOP.height}, accept_downloads=True)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Fenugreek seed 48088")
    page.get_by_role("link", name="Imports", exact=True).click()
    (tmp_path / "deliveries.csv").write_text(TABLE)
    bring(page, tmp_path / "deliveries.csv", "recorded, 3 rows refused")
    looked_at(page, "tour-refused", DESKTOP)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download 3 refused rows").click()
    taken.value.save_as(tmp_path / "mended.csv")
    mend(tmp_path / "mended.csv")
    bring(page, tmp_path / "mended.csv", "recorded")
    trace(page)
    for place in (*FIRST, *LATER):
        expect(page.locator("#steps")).to_contain_text(place)
    looked_at(page, "tour-forward", DESKTOP)
    page.get_by_role("link", name="Table", exact=True).click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Who got it, XLSX").click()
    taken.value.save_as(tmp_path / "got.xlsx")
    with zipfile.ZipFile(tmp_path / "got.xlsx") as book:
        told = book.read("xl/sharedStrings.xml").decode()
    assert [place for place in (*FIRST, *LATER) if place not in told] == [] and "30.5 kg" in told
    for file in ("mended.csv", "deliveries.csv"):
        undo(page, file)
    page.keyboard.press("Control+k")
    page.keyboard.type("TOUR-7")
    expect(page.locator("#finder-found")).not_to_contain_text("Spelt flour")
    assert problems == []
    page.close()


def bring(page: Page, file: Path, state: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(file)
    page.get_by_role("heading", name=file.name, exact=True).wait_for()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-panel .state")).to_have_text(state, timeout=20_000)


def mend(file: Path) -> None:
    """Put the refused rows right, as a person does in a spreadsheet; the column that says why stays."""
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, dialect=csv.Sniffer().sniff(lines[0])))
    assert [row["Delivery"] for row in rows] == list(MENDED)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, **MENDED[row["Delivery"]]} for row in rows)


def trace(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("TOUR-7")
    page.locator("#finder-found a").filter(has_text="TOUR-7").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("TOUR-7")
    page.get_by_role("link", name="Went to", exact=True).click()
    page.get_by_role("link", name="Steps", exact=True).click()


def undo(page: Page, file: str) -> None:
    page.get_by_role("link", name="Imports", exact=True).click()
    page.get_by_role("region", name="All imports").get_by_role("link", name=file, exact=True).first.click()
    page.get_by_role("button", name="Undo this import").click()
    asked = page.get_by_role("region", name="Undo this import?")
    expect(asked).to_contain_text(f"of {file} will be taken back")
    asked.get_by_role("button", name="Take it back").click()
    expect(page.locator("#import-panel .state")).to_have_text("undone")
