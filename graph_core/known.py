"""Which things stand in a graph, as far as its one writer knows: what is known to be absent need not be asked for."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np

from graph_core.fold import NodeKey
from graph_core.registry import GENESIS

_NONE = np.zeros(0, "S16")


class Known:
    """The things that stand; when `whole`, all others are known to be absent.

    A thing is kept as a digest of 128 bits, sorted among all others: 16 bytes, and two things that share one are not to be met.
    """

    LIMIT = 5_000_000
    """Things; a larger graph is asked each time."""
    LOOSE = 50_000
    """From so many things on that came since, and an eighth of all, they are sorted in."""

    def __init__(self) -> None:
        self.head, self.whole = (0, GENESIS), True
        self._forget()

    def at(self, head: tuple[int, str]) -> None:
        """Forget everything when the graph is not at the entry up to which this is known."""
        if self.head != head:
            self.head, self.whole = head, head[0] == 0
            self._forget()

    def _forget(self) -> None:
        self._sorted: Any = _NONE
        self._loose: set[NodeKey] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._loose)

    def add(self, keys: Iterable[NodeKey]) -> None:
        """These stand now."""
        self._loose.update(keys)
        if len(self) > self.LIMIT:
            self._forget()
            self.whole = False

    def drop(self, keys: Iterable[NodeKey]) -> None:
        """These stand no more."""
        gone = list(keys)
        self._loose.difference_update(gone)
        if gone and len(self._sorted):
            self._sorted = self._sorted[~_among(self._sorted, np.sort(_digests(gone)))]

    def among(self, keys: Iterable[NodeKey]) -> set[NodeKey]:
        """Which of these are known to stand."""
        asked = list(keys)
        found = self._loose.intersection(asked)
        if len(self._sorted):
            found.update(asked[number] for number in np.flatnonzero(_among(_digests(asked), self._sorted)).tolist())
        return found

    @property
    def is_loose(self) -> bool:
        """Whether so much came that it should be sorted in."""
        return len(self._loose) > max(self.LOOSE, len(self._sorted) // 8)

    def sort(self) -> None:
        """Sort in what came, which takes a moment; things may be added meanwhile, but none dropped."""
        before, loose, came = self._sorted, self._loose, list(self._loose)
        told = _digests(came)
        news = np.sort(told[~_among(told, before)])
        merged = np.sort(np.concatenate([before, news]), kind="stable")  # two runs: one pass
        if loose is self._loose:  # else all was forgotten meanwhile
            self._sorted = merged
            loose.difference_update(came)


def _digests(keys: list[NodeKey]) -> Any:
    told = b"".join(blake2b(f"{kind} {key}".encode(errors="surrogatepass"), digest_size=16).digest() for kind, key in keys)
    return np.frombuffer(told, "S16")


def _among(told: Any, held: Any) -> Any:
    """Which of these are in sorted ones."""
    return held[np.minimum(np.searchsorted(held, told), len(held) - 1)] == told if len(held) else np.zeros(len(told), np.bool_)
