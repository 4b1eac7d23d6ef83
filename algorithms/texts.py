"""The keys of millions of things as numbers: packed, found again by their checksum."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

import numpy as np

Arrays = dict[str, Any]
"""Columns of numpy by name, all of one length."""


class Texts:
    """Texts numbered in the order they came. Numbers stay; flows of one tenant share one.

    n texts take their bytes and 24 bytes each; a text or its number is found in log n steps.
    """

    def __init__(self, held: Arrays | None = None) -> None:
        """None yet, or those of `arrays`."""
        self._hold(held or _packed([]))
        self._turn = threading.Lock()

    def _hold(self, held: Arrays) -> None:
        self._held = held
        self._blob, self._ends = memoryview(held["blob"]).cast("B"), memoryview(held["ends"]).cast("B").cast("q")
        self._sums, self._order = (memoryview(held[name]).cast("B").cast("q") for name in ("sums", "order"))
        self._base = len(self._order)
        self._new: list[str] = []
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return self._base + len(self._new)

    def __getitem__(self, number: int) -> str:
        if number >= self._base:
            return self._new[number - self._base]
        return str(self._blob[self._ends[number] : self._ends[number + 1]], "utf-8")

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def find(self, text: str | None) -> int:
        """The number of a text; -1 for one that never came, and for None."""
        if text is None:
            return -1
        found = self._numbers.get(text)
        if found is not None or not self._base:
            return -1 if found is None else found
        told = text.encode()
        checksum = crc32(told)
        at = bisect_left(self._sums, checksum)
        while at < self._base and self._sums[at] == checksum:
            number = self._order[at]
            if self._blob[self._ends[number] : self._ends[number + 1]] == told:
                return number
            at += 1
        return -1

    def number(self, text: str | None) -> int:
        """The number of a text, which gets one if it has none; -1 for None."""
        found = self.find(text)
        if found >= 0 or text is None:
            return found
        with self._turn:
            found = self._numbers.get(text, -1)
            if found < 0:
                found = self._base + len(self._new)
                self._new.append(text)
                self._numbers[text] = found
            return found

    def numbers(self, texts: Iterable[str | None]) -> list[int]:
        """The numbers of several."""
        return [self.number(text) for text in texts]

    def pack(self) -> None:
        """Keep all of them packed; only before others read them."""
        self._hold(self.arrays())

    def arrays(self) -> Arrays:
        """All of them packed, to be kept."""
        return _packed([text.encode() for text in self]) if self._new else self._held


def _packed(told: list[bytes]) -> Arrays:
    ends = np.zeros(len(told) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, told), np.int64, len(told)), out=ends[1:])
    sums = np.fromiter(map(crc32, told), np.int64, len(told))
    order = np.argsort(sums, kind="stable")
    return {"blob": np.frombuffer(b"".join(told), np.uint8), "ends": ends, "sums": sums[order], "order": order}
