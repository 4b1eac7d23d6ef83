"""Food put into places and taken from them: what each act does to the pools of one lot at one place (reference/model.md sections 1 and 3)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, overload

import numpy as np

from algorithms.columns import PIECES
from algorithms.rows import Act, Amounts, Good
from algorithms.texts import Arrays, Texts
from algorithms.units import EARLY, LATE, Contents

CERTAIN = 0.9
"""From this confidence on the match of a departure and an arrival is certain (rule F2)."""


class Portion(NamedTuple):
    """Food of one lot (or of a unit with unknown contents) that an act put into a place or took from it, and how sure that is.

    `at` is the earliest instant of a put and the latest of a take, seconds since 1970. What a put is less sure of (the match of a shipment's
    ends, an act that is only assumed) counts for every link that leads on from it.
    """

    act: int
    good: str
    place: str | None
    at: float
    amounts: Amounts
    sure: float = 1.0
    by_unit: bool = False
    closed: bool = False
    probable: bool = False


class Portions(Sequence[Portion]):
    """The portions of one side in the order of their acts, as columns; one of them is made when it is asked for.

    `good` and `place` are numbers of `Flow.keys` (-1 = no place), `good_row` is the row of the act's goods that tells the amounts (-1 - n: the
    n-th of `amounts`), `value` and `unit` the one plain quantity (unit -1 = none, or not one, or told by a unit's contents).
    """

    COLUMNS: ClassVar = {
        "act": np.int64, "nth": np.int64, "good": np.int64, "place": np.int64, "at": np.float64, "sure": np.float64, "by_unit": np.bool_,
        "closed": np.bool_, "probable": np.bool_, "good_row": np.int64, "value": np.float64, "unit": np.int64,
    }  # fmt: skip

    def __init__(self, columns: Arrays, amounts: list[Amounts], keys: Texts, told: Callable[[int], Amounts]) -> None:
        self.columns, self.amounts, self._keys, self._told = columns, amounts, keys, told

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["columns"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __len__(self) -> int:
        return len(self.columns["act"])

    @overload
    def __getitem__(self, number: int) -> Portion: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Portion]: ...

    def __getitem__(self, number: int | slice) -> Portion | Sequence[Portion]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        row: dict[str, Any] = {name: values[number].item() for name, values in self.columns.items()}
        place = self._keys[row["place"]] if row["place"] >= 0 else None
        rest = row["at"], self.amounts_of(number), row["sure"], row["by_unit"], row["closed"], row["probable"]
        return Portion(row["act"], self._keys[row["good"]], place, *rest)

    def amounts_of(self, number: int) -> Amounts:
        """The quantities of a portion as told."""
        row = int(self.columns["good_row"][number])
        return self._told(row) if row >= 0 else self.amounts[-1 - row]

    def at_places(self, place: Any) -> "Portions":
        """The same portions at other places."""
        return Portions({**self.columns, "place": place}, self.amounts, self._keys, self._told)


class Making:
    """Portions of one side that are being made, from columns and one by one."""

    def __init__(self) -> None:
        self._parts: list[Arrays] = []
        self._one: dict[str, list[Any]] = {name: [] for name in Portions.COLUMNS}
        self.amounts: list[Amounts] = []

    def many(self, **columns: Any) -> None:
        """Portions as columns; one value stands for a whole column."""
        size = len(columns["act"])
        self._parts.append({name: np.broadcast_to(np.asarray(columns[name], kind), size) for name, kind in Portions.COLUMNS.items()})

    def one(self, keys: Texts, portion: Portion) -> None:
        """A portion after all others of its act."""
        value, unit = _plain(portion)
        self.amounts.append(portion.amounts)
        rest = portion.at, portion.sure, portion.by_unit, portion.closed, portion.probable, -len(self.amounts), value
        row = portion.act, _LAST + len(self.amounts), keys.number(portion.good), keys.number(portion.place), *rest, keys.number(unit)
        for name, told in zip(self._one, row, strict=True):
            self._one[name].append(told)

    def done(self, keys: Texts, told: Callable[[int], Amounts]) -> Portions:
        """All of them, in the order of the acts."""
        parts = [*self._parts, {name: np.array(self._one[name], kind) for name, kind in Portions.COLUMNS.items()}]
        order = np.lexsort([np.concatenate([part[name] for part in parts]) for name in ("nth", "act")])
        columns = {name: np.concatenate([part[name] for part in parts])[order] for name in Portions.COLUMNS}
        return Portions(columns, self.amounts, keys, told)


_LAST = 1 << 40


def _plain(portion: Portion) -> tuple[float, str | None]:
    """The one plain value of a portion with its unit; no unit where it has none, or is told by a unit's contents."""
    if len(portion.amounts) != 1 or portion.by_unit or portion.amounts[0].get("value") is None:
        return 0.0, None
    return portion.amounts[0]["value"], portion.amounts[0].get("unit") or PIECES


class Arrived(NamedTuple):
    """The other end of a shipment that two records tell: its act, and the confidence of the match."""

    act: Act
    confidence: float


class Sides:
    """Puts and takes of acts that columns cannot tell alone: with logistic units, or of shipments that two records tell."""

    def __init__(self, contents: Contents, lots: Mapping[str, str]) -> None:
        self._contents, self._lots = contents, lots
        self.puts: list[Portion] = []
        self.takes: list[Portion] = []
        self.unknown_units: dict[int, str] = {}

    def process(self, number: int, act: Act) -> None:
        """What a process took and gave at each of its places."""
        earliest, latest = _earliest(act.first[1]), _latest(act.last[2])
        for place in act.places or (None,):
            for good in act.goods:
                if good.relation == "MADE":
                    self.puts.extend(self._portions(number, good, place, earliest, (latest, earliest), act.closed, act.confidence))
                else:
                    self.takes.extend(self._portions(number, good, place, latest, (latest, earliest), act.closed))

    def shipment(self, number: int, act: Act, arrived: Arrived | None, sends: bool, lands: bool) -> None:
        """What a shipment took from one place and put into another; `sends` and `lands` say which of the two its record tells."""
        last = arrived.act.last if arrived else act.last if act.side != "departure" else (None, act.first[1], None)
        moments = (_latest(act.first[2]), _earliest(act.first[1]))
        goal = (arrived.act.goal or act.goal) if arrived else act.goal
        for good in act.goods:
            if sends and (act.start or act.side == "arrival"):
                self.takes.extend(self._portions(number, good, act.start, _latest(act.first[2]), moments, act.closed))
            if lands and goal:
                sure = act.confidence * (arrived.confidence if arrived else 1.0)
                landed = next((other for other in arrived.act.goods if other.key == good.key), good) if arrived else good
                self.puts.extend(self._portions(number, landed, goal, _earliest(last[1]), moments, act.closed, sure))

    def _portions(
        self, number: int, good: Good, place: str | None, at: float, moments: tuple[float, float], closed: bool, sure: float = 1.0
    ) -> Iterable[Portion]:
        if good.kind == "Lot":
            return (Portion(number, self._lots.get(good.key, good.key), place, at, good.amounts, sure, False, closed, sure < CERTAIN),)
        return self._inside(number, good, place, at, moments, closed, sure)

    def _inside(
        self, number: int, good: Good, place: str | None, at: float, moments: tuple[float, float], closed: bool, sure: float
    ) -> Iterator[Portion]:
        inside = self._contents.lots(good.key, moments[0]) or self._contents.lots(good.key, moments[1])
        for lot, amounts, surely in inside:
            yield Portion(number, self._lots.get(lot, lot), place, at, amounts, sure * surely, True, closed, sure < CERTAIN)
        if not inside:
            self.unknown_units[number] = good.key
            yield Portion(number, good.key, place, at, good.amounts, sure, True, closed, sure < CERTAIN)


class Nesting:
    """Which place lies in which."""

    def __init__(self, within: Mapping[str, str]) -> None:
        self.within = within

    def __bool__(self) -> bool:
        return bool(self.within)

    def above(self, place: str) -> list[str]:
        """A place and the places it lies in, inmost first; cycles end."""
        above: list[str] = []
        waiting: str | None = place
        while waiting and waiting not in above:
            above.append(waiting)
            waiting = self.within.get(waiting)
        return above

    def nested(self, one: str, other: str) -> bool:
        """Whether two places are one, or one lies in the other."""
        return one == other or (bool(self.within) and (other in self.above(one) or one in self.above(other)))


def at_the_finest_both_know(sides: Sequence[Portions], nesting: Nesting, keys: Texts) -> list[Portions]:
    """Portions with a zone replaced by its site where another record of the same lot names the site (model section 3)."""
    if not nesting or not any(len(side) for side in sides):
        return list(sides)
    zones = {keys.number(place): [keys.number(one) for one in nesting.above(place)] for place in nesting.within}
    count = len(keys)
    named = np.unique(np.concatenate([side.good[side.place >= 0] * count + side.place[side.place >= 0] for side in sides]))
    row_of = np.full(count + 1, -1, np.int64)
    row_of[list(zones)] = np.arange(len(zones))
    chains = np.full((len(zones), max(map(len, zones.values()))), -1, np.int64)
    for row, chain in enumerate(zones.values()):
        chains[row, : len(chain)] = chain
    moved = []
    for side in sides:
        place = side.place.copy()
        inside = np.flatnonzero(row_of[place] >= 0)
        rows = row_of[place[inside]]
        for level in range(chains.shape[1]):
            outer = chains[rows, level]
            known = (outer >= 0) & _among(side.good[inside] * count + outer, named)
            place[inside[known]] = outer[known]
        moved.append(side.at_places(place))
    return moved


def _among(codes: Any, sorted_: Any) -> Any:
    at = np.minimum(np.searchsorted(sorted_, codes), len(sorted_) - 1)
    return sorted_[at] == codes


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Which lot stands for each lot that SAME_AS joins with others: the lowest key of the group."""
    stands: dict[str, str] = {}

    def root(one: str) -> str:
        while stands.get(one, one) != one:
            one = stands[one]
        return one

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        stands[high] = low
        stands.setdefault(low, low)
    return {one: root(one) for one in stands}


def _earliest(at: float | None) -> float:
    return EARLY if at is None else at


def _latest(at: float | None) -> float:
    return LATE if at is None else at
