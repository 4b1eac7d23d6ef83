"""By which words things are called: found by the checksum of the word, and always looked up in the thing itself."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zlib import crc32

import numpy as np

from algorithms.rows import Key, Row
from algorithms.texts import Arrays, Texts

if TYPE_CHECKING:
    from algorithms.flow import Flow

SPOKEN_OF = ("Lot", "LogisticUnit", "Place", "Product", "Shipment", "Process", "Case", "Event")
_KIND = 1 << 40
_REPACKED = 20_000


class Called:
    """Things by the words they are called by, in any case. A thing that changed or went may still stand here: who asks looks at the thing."""

    def __init__(self, held: Arrays | None = None, new: dict[int, list[int]] | None = None, fresh: int = 0) -> None:
        self.held = held or {"sums": np.zeros(0, np.int64), "things": np.zeros(0, np.int64)}
        self._new, self._fresh = new or {}, fresh

    def with_(self, keys: Texts, made: Mapping[Key, Row | None]) -> "Called":
        """With things that came or changed."""
        sums, things = [], []
        for (kind, key), row in made.items():
            if row is not None and kind in SPOKEN_OF:
                thing = SPOKEN_OF.index(kind) * _KIND + keys.number(key)
                for word in {word.casefold() for word in words(key, row)}:
                    sums.append(crc32(word.encode()))
                    things.append(thing)
        if not sums:
            return self
        if self._fresh + len(sums) > max(_REPACKED, len(self.held["sums"]) // 8):
            added = {"sums": np.array(sums, np.int64), "things": np.array(things, np.int64)}
            return Called(_sorted(self.arrays(), added))
        new = dict(self._new)
        for one, thing in zip(sums, things, strict=True):
            new[one] = [*new.get(one, ()), thing]
        return Called(self.held, new, self._fresh + len(sums))

    @classmethod
    def together(cls, several: "list[Called]") -> "Called":
        """All of several."""
        held = [one.arrays() for one in several]
        return cls(
            _sorted({name: values[:0] for name, values in held[0].items()}, {name: np.concatenate([one[name] for one in held]) for name in held[0]})
        )

    def things(self, word: str) -> Iterator[tuple[str, int]]:
        """Kind and number of the key of what may be called so."""
        checksum = crc32(word.casefold().encode())
        low, high = (int(np.searchsorted(self.held["sums"], checksum, side=side)) for side in ("left", "right"))
        for thing in {*self.held["things"][low:high].tolist(), *self._new.get(checksum, ())}:
            yield SPOKEN_OF[thing // _KIND], thing % _KIND

    def arrays(self) -> Arrays:
        """All of it, to be kept."""
        fresh = [(one, thing) for one, things in self._new.items() for thing in things]
        return _sorted(self.held, {"sums": np.array([one for one, _ in fresh], np.int64), "things": np.array([one for _, one in fresh], np.int64)})


def _sorted(held: Arrays, added: Arrays) -> Arrays:
    if not len(added["sums"]):
        return held
    both = {name: np.concatenate([held[name], added[name]]) for name in held}
    order = np.argsort(both["sums"], kind="stable")
    return {name: values[order] for name, values in both.items()}


def words(key: str, row: object) -> set[str]:
    """What a thing is called: its key, the last part of it, its code, name or record."""
    told = (getattr(row, name, None) for name in ("code", "name", "record"))
    return {key, unquote(key.rpartition("/")[2].rpartition(":")[2]), *(str(word) for word in told if word)}


def called(flow: "Flow", text: str) -> list[Key]:
    """The things that are called exactly so; where there are none, those called so in another case; by kind and key."""
    found = []
    for kind, number in flow.called.things(text):
        key = flow.keys[number]
        row = flow.rows[kind].row(number)
        if row is not None:
            told = words(key, row)
            exact = text in told
            if exact or text.casefold() in {word.casefold() for word in told}:
                found.append((not exact, SPOKEN_OF.index(kind), key))
    best = min((one[0] for one in found), default=False)
    return [(SPOKEN_OF[kind], key) for _, kind, key in sorted(one for one in found if one[0] == best)]


def every_word(flow: "Flow") -> Iterable[str]:
    """All words that things are called by."""
    return (word for kind in SPOKEN_OF for key, row in flow.all(kind).items() for word in words(key, row))
