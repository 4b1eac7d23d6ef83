"""Killed at any moment: no acknowledged record is lost, and graph and journal stay equal."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from graph_core.platform import Platform
from graph_core.verify import verify

ROOT = Path(__file__).parents[2]


def wait_for(what: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def running(pid: int) -> bool:
    """Whether a process lives (and is no zombie)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Recording:
    """The recording program as a child of ours."""

    def __init__(self, folder: Path, first: int, log: Path) -> None:
        self._log = log
        with log.open("w") as out:
            self.program = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("recording_program.py")), str(folder), str(first)],
                stdout=out,
                stderr=out,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        assert wait_for(lambda: "engine " in log.read_text(), 60), log.read_text()
        self.engine = int(log.read_text().split("engine ")[1].split()[0])

    def said(self) -> list[str]:
        """The lines that it wrote whole."""
        return [line[:-1] for line in self._log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def acknowledged(self) -> list[int]:
        """The numbers of the records that it was told are recorded."""
        return [int(line.split()[1]) for line in self.said() if line.startswith("recorded ")]

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.program.kill()
        self.program.wait()


def stands(folder: Path) -> set[int]:
    """The numbers that the graph holds whole, after a verification that accepts one pending entry."""
    platform = Platform.start(folder, "tests", wait=20)
    try:

        async def look() -> set[int]:
            graph = platform.open(platform.owner("acme"))
            try:
                assert (await verify(graph, graph.head())).problems == []
                rows = await graph.read("MATCH (n:Place) WITH split(n.code, '-')[0] AS number, count(n) AS parts RETURN number, parts")
                assert {parts for _, parts in rows} <= {40}, "a record is torn"
                return {int(number) for number, _ in rows}
            finally:
                await graph.close()

        return asyncio.run(look())
    finally:
        platform.close()


def test_a_killed_program_loses_no_acknowledged_record_and_leaves_no_engine_behind(tmp_path: Path) -> None:
    chance, acknowledged = random.Random(7), set[int]()
    for turn, whom in enumerate(("program", "both", "program")):
        child = Recording(tmp_path / "data", 1_000 * turn, tmp_path / "log")
        assert wait_for(lambda child=child: len(child.acknowledged()) >= 3, 60)  # type: ignore[misc]
        time.sleep(chance.random())
        if whom == "both":
            os.kill(child.engine, signal.SIGKILL)
        child.kill()
        acknowledged |= set(child.acknowledged())
        assert wait_for(lambda child=child: not running(child.engine), 15), "the engine outlived its parent"  # type: ignore[misc]
    held = stands(tmp_path / "data")
    assert acknowledged <= held and len(held) <= len(acknowledged) + 3


def test_a_killed_engine_is_started_again_while_the_program_goes_on(tmp_path: Path) -> None:
    chance = random.Random(8)
    child = Recording(tmp_path / "data", 0, tmp_path / "log")
    try:
        for _ in range(2):
            before = len(child.acknowledged())
            assert wait_for(lambda before=before: len(child.acknowledged()) >= before + 3, 60), child.said()[-3:]  # type: ignore[misc]
            time.sleep(chance.random())
            engine = next(pid for pid in children(child.program.pid) if running(pid))
            os.kill(engine, signal.SIGKILL)
            assert wait_for(lambda engine=engine: not running(engine), 5)  # type: ignore[misc]
        before = len(child.acknowledged())
        assert wait_for(lambda: len(child.acknowledged()) >= before + 3, 60), child.said()[-3:]
    finally:
        child.kill()
    away = [line for line in child.said() if line.startswith("unavailable")]
    assert all("did not carry this out: try again" in line or "does not answer" in line for line in away)
    held = stands(tmp_path / "data")
    assert set(child.acknowledged()) <= held and len(held) <= len(child.acknowledged()) + 1


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
