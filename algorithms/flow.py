"""The material flow of one tenant: acts, the links told or assumed between them, and the pools of one lot at one place.

Rules are those of reference/model.md sections 3 to 5: F1 (told links), F2 (departure to arrival, `algorithms.matching`), F3 (by lot),
F4 (by logistic unit, `algorithms.units`), F5 (shared places), F6 (implied moves), F7 (dates contradict) and F8 (unread lots; these three in
`algorithms.assumed`). Nothing here is stored in the graph. A departure and an arrival that have no other partner are one act.

All of it is worked out anew from columns whenever a thing changes: exact whatever the change was, and fast because it is done column by column.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from algorithms import columns, rows
from algorithms.acts import ActKeys, Arrivals, Index, Numbers, ToldActs, acts_at, acts_with, index
from algorithms.assumed import presences, suppositions
from algorithms.called import Called
from algorithms.columns import ACT_KINDS, Acts
from algorithms.laid import cleanings, items, joined_lots, portions
from algorithms.numbering import numbering
from algorithms.pools import BY_LOT, SHARED_PLACE, Floats, Ints, Numbered, Pools, pools
from algorithms.portions import Nesting, Portions, at_the_finest_both_know
from algorithms.rows import Act, Key, Row, Told
from algorithms.saved import Saved, let_go
from algorithms.shelves import Changes, Shelf, changes
from algorithms.texts import Arrays, Texts
from algorithms.units import Contents
from algorithms.ways import matched, told_ways

FORMAT = 6
Made = TypeVar("Made")


@dataclass
class Sides:
    """All puts and takes of the acts, and the units of which nothing tells what they held, by act."""

    puts: Portions
    takes: Portions
    unknown_units: dict[int, str]


class Flow:
    """Acts as numbers; ways told or assumed between them as arrays in both directions; pools; names of all that is spoken of."""

    KINDS = rows.KINDS

    def __init__(self, keys: Texts, shelves: dict[str, Shelf], told: Acts, others: dict[str, Arrays], called: Called, seq: int) -> None:
        """What a flow is made of: `keys` by number, the rows of each kind, the columns of acts and of other things, and what things are called;
        `seq` is the journal entry that they stand at. It is worked out by `worked_out`, or read from where it was saved.
        """
        self.keys, self.rows, self.columns, self.others, self.called, self.seq = keys, shelves, told, others, called, seq
        self._made: dict[Any, Any] = {}

    @classmethod
    def none(cls) -> "Flow":
        """The flow of no things."""
        keys = Texts()
        others = {kind: columns.others(keys, kind, None, {}) for kind in columns.OTHERS}
        return cls(keys, {kind: Shelf(kind, keys) for kind in cls.KINDS}, Acts.none(), others, Called(), 0)

    @classmethod
    def of(cls, nodes: Iterable[Told], seq: int = 0) -> "Flow":
        """The flow of these things; their order does not matter."""
        return cls.none().updated((((node.kind, node.key), node) for node in nodes), seq)

    @classmethod
    def together(cls, parts: "list[Flow]", folder: Path | None = None) -> "Flow":
        """All things of several flows that share their keys and hold different things, before it is worked out; it empties `parts`.

        Rows lie in nameless files of the folder where one is given, else in memory.
        """
        keys, seq = parts[0].keys, parts[0].seq
        shelves = {kind: Shelf.together([part.rows.pop(kind) for part in parts], folder) for kind in cls.KINDS}
        others = {
            kind: {name: np.concatenate([part.others[kind][name] for part in parts]) for name in held} for kind, held in parts[0].others.items()
        }
        columns_, called = Acts.together(keys, [part.columns for part in parts]), Called.together([part.called for part in parts])
        parts.clear()
        keys.pack()
        return cls(keys, shelves, columns_, others, called, seq)

    def packed(self) -> "Flow":
        """The same with its rows packed: of a flow that waits for others to be put together with, it takes a third of the memory."""
        shelves = {kind: shelf.packed() for kind, shelf in self.rows.items()}
        return Flow(self.keys, shelves, self.columns, self.others, self.called, self.seq)

    def updated(self, changed: Iterable[tuple[Key, Told | None]], seq: int) -> "Flow":
        """The flow after things changed (None = gone); this one stays as it is."""
        return self.taken_in(changed, seq).worked_out()

    def taken_in(self, changed: Iterable[tuple[Key, Told | None]], seq: int) -> "Flow":
        """The things of a flow after some changed, before the flow is worked out: many can be taken in one after the other."""
        with undisturbed():
            return self._taken_in(*changes(self.keys, changed), seq)

    def _taken_in(self, packed: Changes, made: dict[Key, Row | None], seq: int) -> "Flow":
        shelves = {kind: shelf.with_(packed.get(kind, {})) for kind, shelf in self.rows.items()}
        of_kind = {kind: {key: row for key, row in made.items() if key[0] == kind} for kind in columns.OTHERS}
        others = {kind: columns.others(self.keys, kind, held, of_kind[kind]) if of_kind[kind] else held for kind, held in self.others.items()}
        return Flow(self.keys, shelves, self.columns.changed(self.keys, made), others, self.called.with_(self.keys, made), seq)

    def worked_out(self, between: Callable[[], None] = lambda: None) -> "Flow":
        """Number the acts, lay out portions and pools, and find the links; `between` is called between these steps."""
        with undisturbed():
            self._work_out(between)
        return self

    def _work_out(self, between: Callable[[], None]) -> None:
        self.lots = joined_lots(self)
        self.present: list[tuple[Key, Act]] = []
        found = numbering(self)
        self.opened(found.entry, found.number_of, found.arrived, found.arrived_sure)
        between()
        match_ways = [matched(match, found.number_of) for match in found.matches]
        puts, takes, unknown = portions(self, {way.start for way in match_ways}, {way.end for way in match_ways})
        self.hold_sides(puts.done(self.keys, self.amounts_at), takes.done(self.keys, self.amounts_at), unknown)
        if presences(self, puts, takes):
            self.hold_sides(puts.done(self.keys, self.amounts_at), takes.done(self.keys, self.amounts_at), unknown)
        del puts, takes
        between()
        self._pool()
        between()
        supposed, self.unfed = suppositions(self)
        self.ways = told_ways(self, [*match_ways, *supposed])
        self.indexed()

    @cached_property
    def nesting(self) -> Nesting:
        """Which place lies in which."""
        held = self.others["Place"]
        lie = held["within"] >= 0
        return Nesting({self.keys[one]: self.keys[other] for one, other in zip(held["key"][lie].tolist(), held["within"][lie].tolist(), strict=True)})

    @cached_property
    def number(self) -> Numbers:
        """The number of each act by its key."""
        return Numbers(self)

    @cached_property
    def contents(self) -> Contents:
        """What units held at a time."""
        return Contents(self.all("LogisticUnit"), self.all("Event").values())

    def opened(self, entry: Ints, number_of: Ints, arrived_entry: Ints, arrived_sure: Floats) -> None:
        """Keep which act is which entry of the columns."""
        self.entry, self.number_of, self.arrived_entry, self.arrived_sure = entry, number_of, arrived_entry, arrived_sure
        self.acts, self.told, self.arrived = ActKeys(self), ToldActs(self), Arrivals(self)

    def hold_sides(self, puts: Portions, takes: Portions, unknown_units: dict[int, str]) -> None:
        """Keep all portions."""
        self.sides = Sides(puts, takes, unknown_units)

    def amounts_at(self, good_row: int) -> rows.Amounts:
        """The quantities that a row of goods tells."""
        goods = self.columns.parts["goods"]
        amounts: rows.Amounts = self.row_at(int(goods["act"][good_row])).goods[int(goods["nth"][good_row])].amounts
        return amounts

    def acts_with(self, key: str) -> list[int]:
        """The acts that carry, use or make a lot or unit."""
        return self.once(acts_with).of(self.keys.find(key))

    def acts_at(self, place: str) -> list[int]:
        """The acts whose records name a place."""
        return self.once(acts_at).of(self.keys.find(place))

    def add(self, key: Key, act: Act) -> int:
        """Number one act more: a presence that implies a move."""
        self.present.append((key, act))
        return len(self.entry) + len(self.present) - 1

    def _pool(self) -> None:
        """Lay out pools as arrays."""
        told = self.sides.puts, self.sides.takes
        self.sides.puts, self.sides.takes = at_the_finest_both_know(told, self.nesting, self.keys)
        numbered = Numbered(self.sides.puts, self.sides.takes, len(self.keys))
        segments = cleanings(self, told, numbered)
        items(self, numbered)
        base = [*np.full(len(numbered), BY_LOT), *np.full(segments, SHARED_PLACE)]
        self.pools: Pools = pools(*numbered.sides, base)

    def indexed(self) -> None:
        """Group ways and portions by act."""
        own, acts = self.columns.own, len(self.acts)
        self.way_start, self.way_end, self.way_sure, self.way_scope = self.ways.start, self.ways.end, self.ways.sure, self.ways.scope
        here = [(act.first[1], act.last[2]) for _, act in self.present]
        low, high = (np.array([default if one[at] is None else one[at] for one in here], np.float64) for at, default in ((0, -np.inf), (1, np.inf)))
        self.earliest: Floats = np.concatenate([own["first_low"][self.entry], low])
        self.latest: Floats = np.concatenate([own["last_high"][self.entry], high])
        self.onward: Index = index(self.way_start, acts)
        self.backward: Index = index(self.way_end, acts)
        self.puts_of: Index = index(self.pools.puts.act, acts)
        self.takes_of: Index = index(self.pools.takes.act, acts)

    def save(self, file: Path) -> None:
        """Write what the flow is made of and all that was worked out, beside its position."""
        Saved.write(file, FORMAT, self)

    @classmethod
    def load(cls, file: Path) -> "Flow | None":
        """The flow that `save` wrote; None where there is none, or it is cut off or of another format."""
        return Saved.read(file, FORMAT, cls)

    def let_go(self) -> None:
        """Hold none of it in memory that lies in its file, but for what is looked at from now on."""
        let_go(self.columns.own["key"])

    def all(self, kind: str) -> Mapping[str, Any]:
        """The rows of a kind by key."""
        return self.rows.get(kind, {})

    def row(self, kind: str, key: str | None) -> Any:
        """The row of a thing, None where no record speaks of it."""
        return self.rows[kind].get(key) if key and kind in self.rows else None

    def row_at(self, entry: int) -> Act:
        """The row of an act by its position in the columns."""
        act: Act = self.rows[ACT_KINDS[int(self.columns.own["kind"][entry])]].row(int(self.columns.own["key"][entry]))
        return act

    def once(self, make: "Callable[[Flow], Made]") -> "Made":
        """What `make` yields of this flow, worked out once and kept with it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection while very many small things are made that all stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
