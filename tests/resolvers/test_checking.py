"""A large file is checked by a process of its own: with the same result, ended with who asked for it, and within its memory."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from graph_core import usage
from graph_core.spool import BATCH, check
from ontology.errors import Refused, Unavailable
from resolvers import checking as program
from resolvers.checking import ROOT, Reading, checking

COLUMNS = "Number,From name,To name,Product name,Lot,Amount,Unit,Departed,Arrived"


def deliveries(folder: Path, rows: int) -> Reading:
    file = folder / "deliveries.csv"
    lines = [COLUMNS, *(f"D{n},Mill,Bakery {n % 9},Flour,F{n},{n if n % 1000 else 'much'},kg,2026-01-10,2026-01-11" for n in range(rows))]
    file.write_text("\n".join(lines))
    return Reading(str(file), file.name, file.stat().st_size, None, None, "table")


def company(folder: Path, shipments: int) -> Reading:
    file = folder / "company.json"
    file.write_text(json.dumps({"format": "foodflow-company/1", "shipments": shipments, "seed": 7}))
    return Reading(str(file), file.name, file.stat().st_size, None, None, "company")


def children() -> set[int]:
    return set(usage.tree(os.getpid())) - {os.getpid()}


async def counts(reading: Reading, folder: Path, still: Callable[[float], None] = lambda read: None) -> AsyncIterator[tuple[int, int]]:
    async with aclosing(checking(reading, folder, still)) as found:
        async for count in found:
            yield count


async def to_the_end(reading: Reading, folder: Path) -> tuple[int, int]:
    return [count async for count in counts(reading, folder)][-1]


def test_a_large_file_is_checked_apart_with_the_same_result(tmp_path: Path) -> None:
    reading, before = deliveries(tmp_path, 6_000), children()

    async def work() -> None:
        apart, shares = False, list[float]()
        count = 0, 0
        async for count in counts(reading, tmp_path / "apart", shares.append):  # noqa: B007 - the last one is looked at
            apart = apart or bool(children() - before)
        assert apart and count[0] > BATCH and count[1] == 6
        assert any(0 < share < 1 for share in shares) and shares[-1] == 1.0

    asyncio.run(work())
    assert children() == before
    with reading.opened() as (told, read):
        *_, last = check(tmp_path / "here", told)
        assert read() == 1.0
    for name in ("checked.jsonl", "refused.jsonl"):
        assert (tmp_path / "apart" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert last[1] == 6


def test_a_small_file_is_checked_without_a_process_of_its_own(tmp_path: Path) -> None:
    before = children()

    async def work() -> None:
        async for good, bad in counts(deliveries(tmp_path, 20), tmp_path / "job"):
            assert children() == before and good and bad == 1

    asyncio.run(work())
    assert (tmp_path / "job" / "checked.jsonl").exists()


def test_a_check_that_is_not_wanted_any_more_ends_with_its_process(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    before = children()

    def wanted(read: float) -> None:
        if children() - before:
            raise Enough

    async def work() -> None:
        with pytest.raises(Enough):
            async for _ in counts(company(tmp_path, 1_000_000), tmp_path / "job", wanted):
                pass

    asyncio.run(work())
    assert children() == before and not (tmp_path / "job" / "checked.jsonl").exists()


def test_a_killed_process_is_told_of_and_nothing_counts_as_checked(tmp_path: Path) -> None:
    before = children()

    async def work() -> None:
        with pytest.raises(Unavailable, match=r"company\.json ended before its time.*go on"):
            async for _ in counts(company(tmp_path, 1_000_000), tmp_path / "job"):
                for pid in children() - before:
                    os.kill(pid, 9)

    asyncio.run(work())
    assert not (tmp_path / "job" / "checked.jsonl").exists()


def test_a_file_that_takes_more_memory_than_it_may_is_refused_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MEMORY", 30_000_000)

    async def work() -> None:
        with pytest.raises(Refused, match="part it into smaller files"):
            await to_the_end(company(tmp_path, 1_000_000), tmp_path / "job")

    asyncio.run(work())


def test_the_process_ends_with_who_asked_for_it(tmp_path: Path) -> None:
    asked = {"reading": company(tmp_path, 1_000_000).__dict__, "folder": str(tmp_path / "job"), "memory": program.MEMORY}
    with subprocess.Popen([sys.executable, "-m", "resolvers.checking"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin and child.stdout
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline())[0] >= BATCH  # at work
        child.stdin.close()
        assert child.wait(10) == 0
    assert not (tmp_path / "job" / "checked.jsonl").exists()
