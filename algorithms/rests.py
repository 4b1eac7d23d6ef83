"""What rests where by the books: food that came to a place and is not known to have left it, so that no amount is counted at two hops."""

from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

import numpy as np

from algorithms.amounts import shipped_between
from algorithms.columns import PIECES, PROCESS
from algorithms.flow import Flow
from algorithms.pools import SHARED_PLACE, Bools, Floats, Ints, spread
from algorithms.portions import Portions
from algorithms.rows import Amounts, value_of
from ontology.codes import multipliers

KILOGRAMS = {unit: multipliers()[unit] for unit in ("KGM", "GRM", "MGM", "TNE", "LBR", "ONZ")}
"""Mass units of UNECE recommendation 20, in kilograms."""
_STEP = 1 << 20
_UNITS, _GOODS = 1 << 16, 1 << 32
_SLACK = 1e-6


class Lines(NamedTuple):
    """Quantities as told: whose they are (a position), in which of `Units`, and how much."""

    of: Ints
    unit: Ints
    value: Floats

    @classmethod
    def listed(cls, rows: list[tuple[int, int, float]]) -> "Lines":
        """Lines from rows."""
        of, unit, value = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(np.array(of, np.int64), np.array(unit, np.int64), np.array(value, np.float64))


class Units:
    """Units by number: kilograms are 0, whatever unit of mass was told; every other unit stands alone."""

    def __init__(self) -> None:
        self.names = ["KGM"]
        self._numbers = {"KGM": 0}

    def of(self, unit: str) -> tuple[int, float]:
        """The number of a unit, and by what its values are multiplied."""
        if unit in KILOGRAMS:
            return 0, KILOGRAMS[unit]
        if unit not in self._numbers:
            self._numbers[unit] = len(self.names)
            self.names.append(unit)
        return self._numbers[unit], 1.0


class Came(NamedTuple):
    """Food that came to rest: by which act, of which lot, at which place (-1 = none told), in which rest.

    A rest is the food of one lot at one place; or, where records tell their links themselves, the destination or nothing further, what one act
    brought. `sent` says that a shipment brought it, `used` that a process used it and made nothing of it; `value` lines of what is `gone` are 0.
    """

    act: Ints
    good: Ints
    place: Ints
    rest: Ints
    sent: Bools
    used: Bools


class Rests:
    """What came and what is left, over all records of a flow, whatever is recalled.

    What is left is what came less what takes of the same lot tell that followed. Where a shipment tells no quantity (`untold`) the rest stands where
    it left, for it is counted nowhere else; where a process tells none it used all, for what it made is counted. Where food can have gone on but need
    not have (a shared place, a lot that was not plainly read) it is counted at both ends, for both must be asked.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow, self.units = flow, Units()
        puts, takes = flow.sides.puts, flow.sides.takes
        process = self._process = np.zeros(len(flow.acts), np.bool_)
        process[: len(flow.entry)] = flow.columns.own["kind"][flow.entry] == PROCESS
        pool, size = self._pooled(len(puts)), flow.pools.count
        self._group = self._groups(puts, pool)
        rows = np.flatnonzero(_at_first_place(puts))
        self.row = np.full(len(puts), -1, np.int64)
        self.row[rows] = np.arange(len(rows))
        alone = np.ones(len(flow.acts), np.bool_)
        alone[puts.act] = False
        ends = np.flatnonzero(alone[takes.act] & _at_first_place(takes))
        act, number = np.concatenate([puts.act[rows], takes.act[ends]]), size + np.arange(len(rows) + len(ends))
        rest = number.copy()
        rest[: len(rows)] = np.where(pool[rows] >= 0, self._group[pool[rows]], rest[: len(rows)])
        goal = np.full(len(flow.acts), -1, np.int64)
        goal[: len(flow.entry)] = shipped_between(flow)[1]
        place = np.concatenate([puts.place[rows], np.where(process[takes.act[ends]], takes.place[ends], goal[takes.act[ends]])])
        end = np.arange(len(act)) >= len(rows)
        self.came = Came(act, np.concatenate([puts.good[rows], takes.good[ends]]), place, rest, ~process[act], end & process[act])
        told, beyond = _lines(flow, self.units, puts, rows), _lines(flow, self.units, takes, ends)
        self.lines = Lines(np.append(told.of, beyond.of + len(rows)), np.append(told.unit, beyond.unit), np.append(told.value, beyond.value))
        self._first_loose, self._size = size, size + len(act)
        self._leave()

    def _pooled(self, count: int) -> Ints:
        """The pool of each put as told, -1 for one that lies in none."""
        laid = self._flow.pools
        mine = laid.base[laid.puts.pool] != SHARED_PLACE
        pool = np.full(count, -1, np.int64)
        pool[laid.puts.told[mine]] = laid.puts.pool[mine]
        return pool

    def _groups(self, puts: Portions, pool: Ints) -> Ints:
        """Pools that are one because a process told two places for the same food."""
        group: Ints = np.arange(self._flow.pools.count + 1)
        again = np.flatnonzero(~_at_first_place(puts) & (pool >= 0))
        one, other = pool[again], pool[_first(puts)[again]]
        one, other = one[other >= 0], other[other >= 0]
        while (group[one] != group[other]).any():
            least = np.minimum(group[one], group[other])
            np.minimum.at(group, one, least)
            np.minimum.at(group, other, least)
        return group

    def _leave(self) -> None:
        """What is left of each rest in each unit, and which rests hold food at all."""
        flow, came, side = self._flow, self.came, self._flow.sides.takes
        takes, of = self._gone_on()
        fed = np.bincount(of, minlength=self._size)
        onward = np.zeros(len(flow.acts), np.bool_)
        onward[flow.way_start[flow.way_scope == 0]] = True
        gone = (fed[came.rest] == 0) & onward[came.act] & (came.sent | (came.rest >= self._first_loose))
        lines = _lines(flow, self.units, side, takes)
        self.gone, self.took = gone, np.unique(side.act[takes] * _GOODS + side.good[takes])
        self._value = np.where(gone[self.lines.of], 0.0, self.lines.value)
        self.codes, self._code = np.unique(came.rest[self.lines.of] * _UNITS + self.lines.unit, return_inverse=True)
        self.rest, self.unit = self.codes // _UNITS, self.codes % _UNITS
        out = of[lines.of] * _UNITS + lines.unit
        at = np.searchsorted(self.codes, out)
        known = np.append(self.codes, -1)[at] == out
        brought = np.bincount(self._code, self._value, len(self.codes))
        left = brought - np.bincount(at[known], lines.value[known], len(self.codes))
        used = self._process[side.act[takes]]
        tell = np.unique(at[known] * (len(takes) + 1) + lines.of[known])
        tell = tell[used[tell % (len(takes) + 1)]] // (len(takes) + 1)
        every = np.bincount(tell, minlength=len(self.codes)) == np.bincount(of[used], minlength=self._size)[self.rest]
        self.left: Floats = np.where(every & (left > brought * _SLACK), left, 0.0)
        some = np.bincount(self.rest, self.left > 0, self._size) > 0
        silent = np.bincount(lines.of, minlength=len(takes)) == 0
        self.holds: Bools = ~gone & ((fed == 0) | some)[came.rest]
        self.untold: Bools = (np.bincount(of[silent], minlength=self._size) > 0)[came.rest]

    def _gone_on(self) -> tuple[Ints, Ints]:
        """Takes that had something to take, and from which rest."""
        laid, side = self._flow.pools, self._flow.sides.takes
        had = laid.first_put[laid.takes.pool] + laid.own_before < laid.before
        had &= (laid.base[laid.takes.pool] != SHARED_PLACE) & _at_first_place(side)[laid.takes.told]
        takes, of = laid.takes.told[had], self._group[laid.takes.pool[had]]
        elsewhere = self._from_elsewhere(set(takes.tolist()))
        found = np.array(list(elsewhere.items()), np.int64).reshape(-1, 2)
        return np.append(takes, found[:, 0]), np.append(of, found[:, 1])

    def _from_elsewhere(self, had: set[int]) -> dict[int, int]:
        """Takes that found nothing there before them, and the rest of the same lot that they must have come from (F6, F7)."""
        flow, side, came = self._flow, self._flow.sides.takes, self.came
        assumed = [way for way in flow.ways.others if way.rule in ("F6", "F7")]
        mine = np.flatnonzero(np.isin(side.act, [way.end for way in assumed]) & _at_first_place(side)).tolist()
        takes: dict[int, list[int]] = defaultdict(list)
        for take in mine:
            if take not in had:
                takes[int(side.act[take])].append(take)
        puts: dict[tuple[int, int], int] = {}
        for at in np.flatnonzero(np.isin(came.act, [way.start for way in assumed])).tolist():
            puts.setdefault((int(came.act[at]), int(came.good[at])), int(came.rest[at]))
        found: dict[int, int] = {}
        for way in assumed:
            for take in takes[way.end]:
                if (way.start, int(side.good[take])) in puts:
                    found.setdefault(take, puts[(way.start, int(side.good[take]))])
        return found

    def used(self, goods: Ints) -> Lines:
        """What processes used of some lots."""
        side = self._flow.sides.takes
        rows = np.flatnonzero(np.isin(side.good, goods) & self._process[side.act] & _at_first_place(side))
        return _lines(self._flow, self.units, side, rows)

    def entered(self, goods: Ints) -> Bools:
        """Rows of `came` by which some lots came into the records: what made them; of a lot that nothing made, shipments from outside."""
        came = self.came
        mine = np.isin(came.good, goods)
        made = mine & ~came.sent & ~came.used
        unmade = mine & came.sent & ~np.isin(came.good, came.good[made]) & ~np.isin(came.act * _GOODS + came.good, self.took)
        return made | unmade

    @cached_property
    def known(self) -> Bools:
        """Rows of `came` of which a record tells the place or party that the food went to."""
        came, found = self.came, self.came.place >= 0
        for row in np.flatnonzero(~found & came.sent).tolist():
            arrived = self._flow.arrived.get(int(came.act[row]))
            ends = (self._flow.told[int(came.act[row])], *((arrived.act,) if arrived else ()))
            found[row] = any(end.parties[1] for end in ends)
        return found

    def total(self, rows: Bools) -> Floats:
        """What rows of `came` brought, by unit."""
        mine = rows[self.lines.of]
        return np.bincount(self.lines.unit[mine], self.lines.value[mine], len(self.units.names)).astype(np.float64)

    def shares(self, hit: Bools) -> Floats:
        """How much of what is left, for each of `codes` (a rest and a unit), can be food of these rows of `came`."""
        share: Floats = np.minimum(np.bincount(self._code, np.where(hit[self.lines.of], self._value, 0.0), len(self.codes)), self.left)
        return share


def _first(side: Portions) -> Ints:
    """For each portion the first of its act and lot."""
    _, first, inverse = np.unique(side.act * (int(side.good.max(initial=0)) + 1) + side.good, return_index=True, return_inverse=True)
    found: Ints = first[inverse]
    return found


def _at_first_place(side: Portions) -> Bools:
    """Portions but for those that tell the same food of an act at a second place."""
    kept: Bools = side.place == side.place[_first(side)]
    return kept


def _lines(flow: Flow, units: Units, side: Portions, rows: Ints) -> Lines:
    """The quantities of some portions, by their position among these; the least that is told where a record gives bounds alone."""
    goods, amounts = flow.columns.parts["goods"], flow.columns.parts["amounts"]
    at = side.good_row[rows]
    plain = np.flatnonzero(at >= 0)
    told, name = amounts["act"] * _STEP + amounts["nth"], goods["act"][at[plain]] * _STEP + goods["nth"][at[plain]]
    line, owner = spread(*(np.searchsorted(told, name, side=end) for end in ("left", "right")))
    numbers, which = np.unique(amounts["unit"][line], return_inverse=True)
    meant = [units.of(flow.keys[int(number)]) for number in numbers]
    unit, factor = np.array([one for one, _ in meant], np.int64)[which], np.array([by for _, by in meant], np.float64)[which]
    listed = Lines.listed(_apart(units, side, rows, np.flatnonzero(at < 0)))
    return Lines(np.append(plain[owner], listed.of), np.append(unit, listed.unit), np.append(amounts["value"][line] * factor, listed.value))


def _apart(units: Units, side: Portions, rows: Ints, positions: Ints) -> list[tuple[int, int, float]]:
    """The quantities of portions that do not stand in columns: what was in a unit, or one of two records told."""
    told = ((position, told_amounts(units, side.amounts_of(int(rows[position])))) for position in positions.tolist())
    return [(position, unit, value) for position, amounts in told for unit, value in amounts.items()]


def told_amounts(units: Units, amounts: Amounts) -> dict[int, float]:
    """A quantity as told, by unit."""
    found: dict[int, float] = {}
    for one in amounts:
        value = value_of(one)
        if value is not None:
            unit, factor = units.of(one.get("unit") or PIECES)
            found[unit] = value * factor
    return found
