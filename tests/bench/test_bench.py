"""The benchmarks run: a small company, so that nothing is measured, only shown to work."""

import subprocess
import sys
from pathlib import Path

ROWS = (
    "company through record()",
    "company as a first import",
    "memory of the process tree while it imports",
    "disk",
    "trace of one lot, p50",
    "trace of one lot, p99",
    "recall of one lot with consignees, savings and balance, slowest of 10",
    "first trace after a start, from the snapshot",
    "memory of the process tree while it traces",
    "traces while three of 10 tenants of 10 shipments import",
    "10 tenants of 10 shipments in one engine take",
    "a tenant is made in",
    "chain of 300, traced forward (300 acts, 299 links shown)",
    "hub in x out of 60, traced forward (61 acts, 60 links shown)",
    "28 cases over 300 deliveries",
    "the same network laid out, once",
    "a case more, scored again",
    "a station cleared, scored again",
    "a late document: a link more, scored again",
    "100 cases over 3,000 deliveries",
    "the same network laid out, once",
    "50 cases behind a hub of 60 x 60",
    "the same hub laid out, once",
    "explorer, first view of the outbreak",
    "explorer, trace of ",
)


def test_the_table_names_what_was_measured_and_against_what() -> None:
    """Counts first, then one row for each figure with the reference of the same run."""
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--shipments", "300", "--traces", "10"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    counts, head, *rows = run.stdout.splitlines()
    assert "300 shipments" in counts
    assert head.split() == ["what", "ours", "reference", "in", "the", "same", "run", "ratio", "target"]
    assert [row.startswith(name) for row, name in zip(rows, ROWS, strict=True)] == [True] * len(ROWS)
    assert "bare CREATE" in rows[0]
    assert "hop by hop" in rows[4]
