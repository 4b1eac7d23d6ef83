"""What an import checked, kept as JSON lines in a folder of its own until it is recorded.

Checking needs no graph: it runs where it holds nobody up, in a thread (`here`) or in a process of its own (`resolvers.checking`).
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import orjson

from graph_core import messages
from graph_core.lanes import RECORDING
from graph_core.plan import Item, checked, record_of, record_told
from ontology.kinds import KINDS
from ontology.language import Fact, Ref, Refusal, Retraction, Source

BATCH = 5_000
_BATCH_BYTES = 4_000_000
MOST_NOTED = 1_000
"""Findings of an import that are kept to be read; all of them stand on their facts."""
MOST_OF_RECORD = 50_000
"""Facts of one record: they are recorded together, in one entry of the journal, so they must fit into memory and a message."""
Told = Fact | Retraction | Refusal


def check(folder: Path, told: Iterable[Told]) -> Generator[tuple[int, int]]:
    """Check a whole stream into the folder of an import; yields after each batch how many facts are good and how many were refused so far.

    Left before its end, nothing counts as checked.
    """
    spool = Spool(folder)
    good = bad = 0
    with spool.begun():
        for batch in _record_batches(told):
            kept, refused = _checked_into(spool, batch)
            good, bad = good + kept, bad + refused
            yield good, bad
    yield good, bad


def here(tell: Callable[[], Iterable[Told]]) -> Callable[[Path], AsyncGenerator[tuple[int, int]]]:
    """Checks in a thread what `tell` tells."""

    async def checking(folder: Path) -> AsyncGenerator[tuple[int, int]]:
        with closing(check(folder, tell())) as counts:
            while count := await asyncio.to_thread(next, counts, None):
                yield count

    return checking


def _checked_into(spool: "Spool", batch: list[Told]) -> tuple[int, int]:
    good, bad = checked(batch)
    kept = 0
    for record, group in groupby(good, key=record_of):
        items = list(group)
        lines = [_line(item) for item in items]
        if len(lines) > MOST_OF_RECORD or sum(map(len, lines)) > messages.MOST:
            bad.append(_too_much(record, items[0]))
        else:
            spool.keep(lines)
            spool.note(items)
            kept += len(lines)
    spool.refuse(bad)
    return kept, len(bad)


def _too_much(record: str, first: Item) -> Refusal:
    source = first.source if isinstance(first, Retraction) else Source(first["source"], first["record"], first.get("document"), first.get("line"))
    rule = f"this one record tells more than {MOST_OF_RECORD:,} facts, or more than {messages.MOST // 1_000_000} MB"
    remedy = "What a record tells is recorded together: part it into records with names of their own."
    return Refusal(f"{source.document or source.name} line {source.line or '?'}", rule, remedy, record=record)


class Spool:
    """What an import checked, as JSON lines in a folder of its own; `done` when the whole file was checked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._file, self._refused = folder, folder / "checked.jsonl", folder / "refused.jsonl"
        self._odd, self._noted = folder / "odd.jsonl", 0

    @property
    def done(self) -> bool:
        """Whether the check came to its end."""
        return self._file.exists()

    @contextmanager
    def begun(self) -> Iterator[None]:
        """The check of a file from its beginning; it counts only when it comes to its end."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._refused.unlink(missing_ok=True)
        self._odd.unlink(missing_ok=True)
        part = self._file.with_suffix(".part")
        with part.open("wb") as self._part:
            yield
        part.replace(self._file)

    def keep(self, lines: Iterable[bytes]) -> None:
        """Keep what is good."""
        self._part.writelines(lines)

    def refuse(self, refused: Iterable[Refusal]) -> None:
        """Keep what was refused."""
        lines = [orjson.dumps({name: getattr(one, name) for name in ("place", "rule", "remedy", "text", "record")}) + b"\n" for one in refused]
        if lines:
            with self._refused.open("ab") as file:
                file.writelines(lines)

    def note(self, items: Iterable[Item]) -> None:
        """Keep what is odd about what is good, up to `MOST_NOTED` findings."""
        told = (one for one in items if not isinstance(one, Retraction))
        odd = [{"place": _place(one), "said": said, "record": one["record"]} for one in told for said in one.get("findings") or ()]
        lines = [orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in odd[: MOST_NOTED - self._noted]]
        if lines:
            self._noted += len(lines)
            with self._odd.open("ab") as file:
                file.writelines(lines)

    async def batches(self, position: int) -> AsyncIterator[list[Item]]:
        """What is good, from a position on, in batches that never part the facts of one record."""
        with self._file.open("rb") as lines:
            batches = _batches(islice(lines, position, None))
            while batch := await RECORDING.do(next, batches, None):
                yield batch

    def drop(self) -> None:
        """Forget what was checked; the refusals stay."""
        for path in self.folder.glob("checked.*"):
            path.unlink()
        if self.folder.exists() and not any(self.folder.iterdir()):
            shutil.rmtree(self.folder)


def _place(fact: dict[str, Any]) -> str:
    return " ".join(filter(None, (fact.get("document") or fact["source"], f"line {fact['line']}" if fact.get("line") else "")))


def _line(item: Item) -> bytes:
    if not isinstance(item, Retraction):
        return orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE)
    source = item.source
    of = [item.of.kind.kind.name, item.of.key] if item.of else None
    told = [[source.name, source.record, source.document, source.line], item.reason, of, item.record, item.fact]
    return orjson.dumps({"retraction": told}, option=orjson.OPT_APPEND_NEWLINE)


def _item(line: bytes) -> Item:
    told: dict[str, Any] = orjson.loads(line)
    if "retraction" not in told:
        return told
    source, reason, of, record, fact = told["retraction"]
    return Retraction(Source(*source), reason, Ref(KINDS[of[0]].thing, of[1]) if of else None, record, fact)


def _record_batches(items: Iterable[Told]) -> Iterator[list[Told]]:
    """Batches that never part the facts of one record; of a record that tells too much, only so many that it is seen."""
    batch: list[Told] = []
    before: str | None = None
    told = 0
    for item in items:
        record = record_told(item)
        told = told + 1 if record == before else 1
        if len(batch) >= BATCH and record != before:
            yield batch
            batch = []
        if told <= MOST_OF_RECORD + 1 or isinstance(item, Refusal):
            batch.append(item)
        before = record
    if batch:
        yield batch


def _batches(lines: Iterable[bytes]) -> Iterator[list[Item]]:
    """What was checked, in batches for an entry each."""
    batch: list[Item] = []
    before: str | None = None
    held = 0
    for line in lines:
        item = _item(line)
        record = record_of(item)
        if record != before and (len(batch) >= BATCH or held + len(line) > _BATCH_BYTES) and batch:
            yield batch
            batch, held = [], 0
        batch.append(item)
        before, held = record, held + len(line)
    if batch:
        yield batch
