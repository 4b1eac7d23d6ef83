"""The rows of the things that a flow is made of, packed kind by kind; a version shares all that did not change with the one before."""

import mmap
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from algorithms import rows
from algorithms.rows import Key, Row, Told
from algorithms.texts import Arrays, Texts

_REPACKED = 20_000
"""From so many changed rows on, and an eighth of all, a shelf is packed anew."""
_AT_HAND = 50_000
"""How many rows are kept unpacked."""


class Shelf(Mapping[str, Any]):
    """The rows of one kind by key: packed ones, and those changed since."""

    def __init__(
        self,
        kind: str,
        keys: Texts,
        held: Arrays | None = None,
        changed: dict[int, bytes | None] | None = None,
        at_hand: dict[int, Any] | None = None,
    ) -> None:
        self.kind, self._keys, self._held = kind, keys, held or _packed({})
        self._changed = changed or {}
        self._blob = memoryview(self._held["blob"]).cast("B")
        self._numbers, self._ends = self._held["numbers"], self._held["ends"]
        gone = sum(row is None for row in self._changed.values())
        known = int(np.isin(np.fromiter(self._changed, np.int64, len(self._changed)), self._numbers).sum())
        self._count = len(self._numbers) + len(self._changed) - known - gone
        self._at_hand = {} if at_hand is None else at_hand

    def told(self, number: int) -> bytes | None:
        """The packed row of a key's number."""
        if number in self._changed:
            return self._changed[number]
        at = int(np.searchsorted(self._numbers, number))
        if at == len(self._numbers) or int(self._numbers[at]) != number:
            return None
        return bytes(self._blob[int(self._ends[at]) : int(self._ends[at + 1])])

    def row(self, number: int) -> Any:
        """The row of a key's number, None where there is none."""
        found = self._at_hand.get(number)
        if found is None and number >= 0 and (told := self.told(number)) is not None:
            if len(self._at_hand) > _AT_HAND:
                self._at_hand.clear()
            found = self._at_hand[number] = rows.loaded(self.kind, orjson.loads(told))
        return found

    def numbers(self) -> Iterator[int]:
        """The numbers of all keys that have a row."""
        changed = self._changed
        yield from (number for number in self._numbers.tolist() if number not in changed)
        yield from (number for number, row in changed.items() if row is not None)

    def __getitem__(self, key: str) -> Any:
        found = self.row(self._keys.find(key))
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:
        """The row of a key."""
        found = self.row(self._keys.find(key))
        return default if found is None else found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.told(self._keys.find(key)) is not None

    def __iter__(self) -> Iterator[str]:
        return (self._keys[number] for number in self.numbers())

    def __len__(self) -> int:
        return self._count

    def with_(self, changed: dict[int, bytes | None]) -> "Shelf":
        """This shelf after rows changed (None = gone)."""
        if not changed:
            return self
        at_hand = dict(self._at_hand)  # in one step: others read from this shelf meanwhile
        for number in changed:
            at_hand.pop(number, None)
        shelf = Shelf(self.kind, self._keys, self._held, {**self._changed, **changed}, at_hand)
        return shelf.packed() if len(shelf._changed) > max(_REPACKED, len(self._numbers) // 8) else shelf

    @classmethod
    def together(cls, shelves: "list[Shelf]", folder: Path | None = None) -> "Shelf":
        """One shelf of several that hold different things; its rows lie in a nameless file of the folder where one is given, else in memory."""
        parts = [shelf.arrays() for shelf in shelves]
        numbers = np.concatenate([held["numbers"] for held in parts])
        of = np.repeat(np.arange(len(parts)), [len(held["numbers"]) for held in parts])
        begins = np.concatenate([held["ends"][:-1] for held in parts])
        sizes, order = np.concatenate([np.diff(held["ends"]) for held in parts]), np.argsort(numbers)
        ends = np.zeros(len(numbers) + 1, np.int64)
        np.cumsum(sizes[order], out=ends[1:])
        blobs = [memoryview(held["blob"]).cast("B") for held in parts]
        places = zip(of[order].tolist(), begins[order].tolist(), sizes[order].tolist(), strict=True)
        # row by row: the places of all bytes as numbers would take eight times as much as the bytes
        blob = _laid((blobs[part][begin : begin + size] for part, begin, size in places), folder)
        return cls(shelves[0].kind, shelves[0]._keys, {"blob": blob, "ends": ends, "numbers": numbers[order]})

    def packed(self) -> "Shelf":
        """The same with every row packed."""
        return Shelf(self.kind, self._keys, self.arrays()) if self._changed else self

    def arrays(self) -> Arrays:
        """All rows packed, to be kept."""
        return _packed({number: self.told(number) or b"" for number in self.numbers()}) if self._changed else self._held


def _laid(pieces: Iterable[memoryview], folder: Path | None) -> Any:
    """Pieces as one array of bytes: in memory, or in a nameless file of a folder that is mapped."""
    if folder is None:
        return np.frombuffer(b"".join(pieces), np.uint8)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.writelines(pieces)
        file.flush()
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8) if file.tell() else np.zeros(0, np.uint8)


def _packed(told: dict[int, bytes]) -> Arrays:
    numbers = np.fromiter(told, np.int64, len(told))
    order = np.argsort(numbers)
    listed = list(told.values())
    listed = [listed[at] for at in order.tolist()]
    ends = np.zeros(len(told) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, listed), np.int64, len(listed)), out=ends[1:])
    return {"blob": np.frombuffer(b"".join(listed), np.uint8), "ends": ends, "numbers": numbers[order]}


def told(row: Row) -> bytes:
    """A row packed."""
    return orjson.dumps(row, default=tuple)


Changes = dict[str, dict[int, bytes | None]]
"""Packed rows by kind and key's number (None = gone)."""


def changes(keys: Texts, changed: Iterable[tuple[Key, Told | None]]) -> tuple[Changes, dict[Key, Row | None]]:
    """What changed, packed for the shelves, and as rows."""
    packed: Changes = {}
    made: dict[Key, Row | None] = {}
    for (kind, key), node in changed:
        if kind in rows.KINDS:
            row = made[(kind, key)] = rows.row(node) if node is not None else None
            packed.setdefault(kind, {})[keys.number(key)] = None if row is None else told(row)
    return packed, made
