"""The acts of a flow by number and by key: each is read from its row when it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from algorithms.columns import ACT_KINDS
from algorithms.pools import Ints
from algorithms.portions import Arrived
from algorithms.rows import Act, Key

if TYPE_CHECKING:
    from algorithms.flow import Flow


class ActKeys(Sequence[Key]):
    """Kind and key of each act."""

    def __init__(self, flow: "Flow") -> None:
        self._flow, self._count = flow, len(flow.entry)

    def __len__(self) -> int:
        return self._count + len(self._flow.present)

    @overload
    def __getitem__(self, number: int) -> Key: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Key]: ...

    def __getitem__(self, number: int | slice) -> Key | Sequence[Key]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        if number >= self._count:
            return self._flow.present[number - self._count][0]
        own, entry = self._flow.columns.own, int(self._flow.entry[number])
        return ACT_KINDS[int(own["kind"][entry])], self._flow.keys[int(own["key"][entry])]


class ToldActs(Sequence[Act]):
    """Each act as its row tells it."""

    def __init__(self, flow: "Flow") -> None:
        self._flow, self._count = flow, len(flow.entry)

    def __len__(self) -> int:
        return self._count + len(self._flow.present)

    @overload
    def __getitem__(self, number: int) -> Act: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Act]: ...

    def __getitem__(self, number: int | slice) -> Act | Sequence[Act]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        if number >= self._count:
            return self._flow.present[number - self._count][1]
        return self._flow.row_at(int(self._flow.entry[number]))


class Numbers(Mapping[Key, int]):
    """The number of each act by its key; twins and the two ends of one shipment have one number."""

    def __init__(self, flow: "Flow") -> None:
        self._flow = flow
        own = flow.columns.own
        self._position = []
        for kind in range(len(ACT_KINDS)):
            position, mine = np.full(len(flow.keys), -1, np.int64), np.flatnonzero(own["kind"] == kind)
            position[own["key"][mine]] = mine
            self._position.append(position)

    def entry(self, key: Key) -> int:
        """Where an act stands in the columns; -1 for one that is not there."""
        if key[0] not in ACT_KINDS:
            return -1
        position, number = self._position[ACT_KINDS.index(key[0])], self._flow.keys.find(key[1])
        return int(position[number]) if 0 <= number < len(position) else -1

    def many(self, kinds: Any, keys: Ints) -> Ints:
        """The numbers of several acts by kind and number of their key; -1 for one that is not there."""
        entry = np.where(kinds == 0, *(position[keys] for position in self._position))
        found: Ints = np.where(entry >= 0, self._flow.number_of[entry], -1) if len(self._flow.number_of) else entry
        return found

    def __getitem__(self, key: Key) -> int:
        entry = self.entry(key)
        number = int(self._flow.number_of[entry]) if entry >= 0 else self._present.get(key, -1)
        if number < 0:
            raise KeyError(key)
        return number

    @property
    def _present(self) -> dict[Key, int]:
        present = self._flow.present
        return {key: at for at, (key, _) in reversed(list(enumerate(present, len(self._flow.entry))))} if present else {}

    def __iter__(self) -> Iterator[Key]:
        own = self._flow.columns.own
        for entry in np.flatnonzero(self._flow.number_of >= 0).tolist():
            yield ACT_KINDS[int(own["kind"][entry])], self._flow.keys[int(own["key"][entry])]
        yield from self._present

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Arrivals(Mapping[int, Arrived]):
    """The other end of each shipment that two records tell, by the number of its act."""

    def __init__(self, flow: "Flow") -> None:
        self._flow = flow

    def __getitem__(self, number: int) -> Arrived:
        entry = int(self._flow.arrived_entry[number]) if 0 <= number < len(self._flow.arrived_entry) else -1
        if entry < 0:
            raise KeyError(number)
        return Arrived(self._flow.row_at(entry), float(self._flow.arrived_sure[number]))

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self._flow.arrived_entry >= 0).tolist())

    def __len__(self) -> int:
        return int((self._flow.arrived_entry >= 0).sum())


class Index(NamedTuple):
    """Positions grouped by a number: those of `n` are `order[starts[n]:starts[n + 1]]`."""

    starts: Ints
    order: Ints

    def of(self, numbers: Ints) -> Ints:
        """The positions of several numbers, one after the other."""
        low, high = self.starts[numbers], self.starts[numbers + 1]
        sizes = high - low
        offsets = np.cumsum(sizes) - sizes
        found: Ints = self.order[np.arange(int(sizes.sum())) - np.repeat(offsets - low, sizes)]
        return found

    def at(self, number: int) -> Ints:
        """The positions of one number; none for one that is not there."""
        if not 0 <= number < len(self.starts) - 1:
            return self.order[:0]
        return self.order[self.starts[number] : self.starts[number + 1]]


def index(numbers: Ints, count: int) -> Index:
    """Group positions by the number (from 0, below `count`) that stands at each: in their order."""
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(numbers, minlength=count), out=starts[1:])
    bits = len(numbers).bit_length()  # number and position in one word sort faster than an argsort that keeps the order
    both = np.sort(numbers.astype(np.int64) << bits | np.arange(len(numbers)))
    return Index(starts, both & ((1 << bits) - 1))


class Grouped(NamedTuple):
    """Positions grouped by numbers that are few among many."""

    numbers: Ints
    order: Ints

    @classmethod
    def of(cls, numbers: Ints) -> "Grouped":
        """Group positions by the number that stands at each."""
        order = np.argsort(numbers, kind="stable")
        return cls(numbers[order], order)

    def at(self, number: int) -> Ints:
        """The positions of a number; none for -1."""
        low, high = (int(np.searchsorted(self.numbers, number, side=side)) for side in ("left", "right"))
        return self.order[low:high] if number >= 0 else self.order[:0]


class Places(NamedTuple):
    """Acts by what they carry or use and by where they are: a column of numbers of keys, and the act at each."""

    by: Grouped
    act: Ints

    def of(self, number: int) -> list[int]:
        """The acts of a key's number, in order, each once."""
        return sorted(set(self.act[self.by.at(number)].tolist()))


def acts_with(flow: "Flow") -> Places:
    """Acts by the goods they carry, use or make."""
    goods = flow.columns.parts["goods"]
    number = main(flow, goods["act"])
    seen = [(flow.keys.find(good.key), at) for at, (_, act) in enumerate(flow.present, len(flow.entry)) for good in act.goods]
    return _places([(goods["key"][number >= 0], number[number >= 0])], seen)


def acts_at(flow: "Flow") -> Places:
    """Acts by the places that their records name."""
    own, places = flow.columns.own, flow.columns.parts["places"]
    number = main(flow, places["act"])
    columns = [(places["key"][number >= 0], number[number >= 0])]
    for entry, acts in (
        (flow.entry, np.arange(len(flow.entry))),
        (flow.arrived_entry[flow.arrived_entry >= 0], np.flatnonzero(flow.arrived_entry >= 0)),
    ):
        for end in ("start", "goal"):
            told = own[end][entry] >= 0
            columns.append((own[end][entry][told], acts[told]))
    seen = [(flow.keys.find(place), at) for at, (_, act) in enumerate(flow.present, len(flow.entry)) for place in act.places]
    return _places(columns, seen)


def _places(columns: list[tuple[Ints, Ints]], seen: list[tuple[int, int]]) -> Places:
    keys, acts = (np.concatenate([*(column[at] for column in columns), np.array([one[at] for one in seen], np.int64)]) for at in (0, 1))
    return Places(Grouped.of(keys), acts)


def main(flow: "Flow", entry: Ints) -> Ints:
    """The act that an entry of the columns is; -1 for one that is another's twin or second end."""
    number = flow.number_of[entry]
    if not len(flow.entry):
        return number
    found: Ints = np.where((number >= 0) & (flow.entry[number] == entry), number, -1)
    return found
