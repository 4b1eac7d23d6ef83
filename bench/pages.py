"""How long a visitor waits for the explorer in a real Chromium: the demo is started, its pages are opened again and again."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from bench.machine import CHROMIUM, Row
from graph_core.embedded import ROOT, free_ports

_DRAWN = "() => { const graph = document.getElementById('graph'); return graph && graph._cyreg && graph._cyreg.cy.nodes().length > 0 }"
_TIMES = 7


def rows(shipments: int) -> list[Row]:
    """Rows of the table: the first view of the outbreak, and of all that went through one plant. Raises RuntimeError without Chromium."""
    if not CHROMIUM:
        raise RuntimeError("There is no chromium on this machine: install it, or choose another part with --only.")
    with demo(shipments) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(link)
        base = link.partition("/enter/")[0]
        outbreak = opened(page, base, tenant="outbreak-2011", start="48088")
        plant = opened(page, base, tenant="demo-company", start="Plant North")
        acts = page.locator("#explorer-head").inner_text().partition(" act")[0].split()[-1]
        browser.close()
    return [
        ("explorer, first view of the outbreak of 2011, warm", f"{statistics.median(outbreak):.2f} s", f"{outbreak[0]:.2f} s cold", "-", "1 s"),
        (f"explorer, trace of {acts} acts, warm", f"{statistics.median(plant):.2f} s", f"{plant[0]:.2f} s at first", "-", "-"),
    ]


def opened(page: Page, base: str, **asked: str) -> list[float]:
    """Seconds from the address until the graph is drawn, the first time and some times more."""
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        page.goto(f"{base}/explore?{urlencode({**asked, 'direction': 'both'})}")
        page.wait_for_function(_DRAWN, timeout=120_000)
        took.append(time.perf_counter() - began)
    return took


@contextmanager
def demo(shipments: int) -> Iterator[str]:
    """A demo of its own; the link that signs its visitor in."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "foodflow", "demo", "--port", str(free_ports(1)[0]), "--shipments", str(shipments)]
        environment = {**os.environ, "FOODFLOW_DATA": folder, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            said = ""
            while "Ctrl-C stops." not in said:
                if not (line := process.stdout.readline()):
                    raise RuntimeError(f"The demo ended: {said}")
                said += line
            try:
                yield re.findall(r"http://\S+/enter/\S+", said)[0]
            finally:
                process.send_signal(2)
                process.wait(30)
