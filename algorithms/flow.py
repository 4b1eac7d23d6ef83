"""The material flow of one tenant: acts, the links told or assumed between them, and the pools of one lot at one place.

Rules are those of reference/model.md sections 3 to 5: F1 (told links), F2 (departure to arrival, `algorithms.matching`), F3 (by lot),
F4 (by logistic unit, `algorithms.units`), F5 (shared places), F6 (implied moves), F7 (dates contradict) and F8 (unread lots; these three in
`algorithms.assumed`). Nothing here is stored in the graph. A departure and an arrival that have no other partner are one act.
"""

import gc
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import orjson

from algorithms import rows
from algorithms.assumed import presences, suppositions
from algorithms.duplicates import twins
from algorithms.matching import Match, matches
from algorithms.pools import BY_LOT, SHARED_PLACE, Floats, Ints, Laid, Pool, Pools, pools
from algorithms.portions import CERTAIN, Arrived, Nesting, Sides, joined, named_places
from algorithms.rows import Act, Amounts, Key, Row, Told
from algorithms.units import EARLY, LATE, Contents

SCOPES = ("certain", "probable", "conceivable")
FORMAT = 3
Made = TypeVar("Made")


class Way(NamedTuple):
    """A link between two acts (numbers into `Flow.acts`)."""

    start: int
    end: int
    rule: str
    method: str
    confidence: float
    scope: str
    amounts: Amounts = []  # noqa: RUF012 - never changed
    candidates: tuple[int, ...] = ()


class Flow:
    """Acts as numbers; ways told or assumed between them as arrays in both directions; pools; names of all that is spoken of."""

    KINDS = rows.KINDS

    def __init__(self, held: dict[str, dict[str, Row]], seq: int = 0) -> None:
        """The flow of these rows by kind and key; `seq` is the journal entry that they stand at."""
        with undisturbed():
            self._build(held, seq)

    def _build(self, held: dict[str, dict[str, Row]], seq: int) -> None:
        self.rows, self.seq = held, seq
        self._made: dict[Any, Any] = {}
        self.nesting = Nesting(self.all("Place"))
        self.contents = Contents(self.all("LogisticUnit"), self.all("Event").values())
        self.lots = joined(self._same())
        self.acts: list[Key] = []
        self.told: list[Act] = []
        self.number: dict[Key, int] = {}
        self.arrived: dict[int, Arrived] = {}
        self.by_good: dict[str, list[int]] = defaultdict(list)
        self.by_place: dict[str, list[int]] = defaultdict(list)
        ways = self._number()
        self.sides = self._portions(ways)
        self._pool(ways)

    @classmethod
    def of(cls, nodes: Iterable[Told], seq: int = 0) -> "Flow":
        """The flow of these things; their order does not matter."""
        held: dict[str, dict[str, Row]] = {kind: {} for kind in cls.KINDS}
        with undisturbed():
            for node in nodes:
                if node.kind in held:
                    held[node.kind][node.key] = rows.row(node)
            return cls(held, seq)

    def updated(self, changed: Iterable[tuple[Key, Told | None]], seq: int) -> "Flow":
        """The flow after things changed (None = gone); this one stays as it is."""
        held = {kind: dict(of_kind) for kind, of_kind in self.rows.items()}
        for (kind, key), node in changed:
            if kind in held:
                held[kind].pop(key, None)
                if node is not None:
                    held[kind][key] = rows.row(node)
        return Flow(held, seq)

    def save(self, file: Path) -> None:
        """Write the rows beside their position; the arrays are made again when it is read."""
        part = file.with_suffix(".part")
        with part.open("wb") as out:
            out.write(orjson.dumps({"format": FORMAT, "seq": self.seq}) + b"\n")
            for kind, held in self.rows.items():
                for key, row in held.items():
                    out.write(orjson.dumps([kind, key, row], default=tuple) + b"\n")
            out.write(b'"end"\n')
        part.replace(file)

    @classmethod
    def load(cls, file: Path) -> "Flow | None":
        """The flow that `save` wrote; None where there is none, or it is cut off or of another format."""
        held: dict[str, dict[str, Row]] = {kind: {} for kind in cls.KINDS}
        try:
            with undisturbed(), file.open("rb") as lines:
                head = orjson.loads(next(lines))
                if head["format"] != FORMAT:
                    return None
                for line in lines:
                    told = orjson.loads(line)
                    if told == "end":
                        return cls(held, head["seq"])
                    held[told[0]][told[1]] = rows.loaded(told[0], told[2])
        except (OSError, StopIteration, ValueError, KeyError, TypeError):
            return None
        return None

    def all(self, kind: str) -> Mapping[str, Any]:
        """The rows of a kind by key."""
        return self.rows.get(kind, {})

    def row(self, kind: str, key: str | None) -> Any:
        """The row of a thing, None where no record speaks of it."""
        return self.rows.get(kind, {}).get(key) if key else None

    def once(self, make: "Callable[[Flow], Made]") -> "Made":
        """What `make` yields of this flow, worked out once and kept with it."""
        if make not in self._made:
            with undisturbed():
                self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def _same(self) -> Iterator[tuple[str, str]]:
        """Lots joined as stated, or by equal code, a known cross-reference of their products and a shipment (model section 2)."""
        products = joined((key, other) for key, product in self.all("Product").items() for other in product.same)
        by_code: dict[tuple[str, str], list[str]] = defaultdict(list)
        for key, lot in self.all("Lot").items():
            yield from ((key, other) for other in lot.same)
            if products and lot.code and lot.product in products:
                by_code[(products[lot.product], lot.code)].append(key)
        if any(len(group) > 1 for group in by_code.values()):
            shipped = {good.key for act in self.all("Shipment").values() for good in act.goods}
            for group in by_code.values():
                if shipped & set(group):
                    yield from ((group[0], other) for other in group[1:])

    def _number(self) -> list[Way]:
        """Number the acts: twins once, cancelled ones not, a departure and its only arrival together. Answers the other matches as ways."""
        keys = [(kind, key) for kind in ("Process", "Shipment") for key in sorted(self.all(kind))]
        alias = twins(self.all("Event"), keys, self.rows)
        held: list[tuple[Key, Act]] = [(key, self.rows[key[0]][key[1]]) for key in keys if key not in alias]  # type: ignore[misc]
        gone = _cancelled(held)
        held = [one for one in held if one[0] not in gone and not one[1].void]
        found = matches(((number, act) for number, (_, act) in enumerate(held)), self.nesting.nested, self.contents.unpacked)
        partner = {match.arrival: match for match in found if match.alone}
        position: dict[int, int] = {}
        for number, (key, act) in enumerate(held):
            if number not in partner:
                position[number] = self.number[key] = len(self.acts)
                self.acts.append(key)
                self.told.append(act)
        for match in partner.values():
            self.number[held[match.arrival][0]] = position[match.arrival] = position[match.departure]
            self.arrived[position[match.departure]] = Arrived(held[match.arrival][1], match.confidence)
        self.number |= {key: self.number[other] for key, other in alias.items() if other in self.number}
        return [_matched(match, position) for match in found if not match.alone]

    def _portions(self, ways: list[Way]) -> Sides:
        sides = Sides(self.contents, self.lots)
        sent, landed = {way.start for way in ways}, {way.end for way in ways}
        for number, act in enumerate(self.told):
            if self.acts[number][0] == "Process":
                sides.process(number, act)
            else:
                sides.shipment(number, act, self.arrived.get(number), number not in landed, number not in sent)
            self._name(number, act)
        presences(self, sides)
        return sides

    def _name(self, number: int, act: Act) -> None:
        """Note by which goods and places an act can be found."""
        for good in act.goods:
            self.by_good[good.key].append(number)
        arrived = self.arrived.get(number)
        ends = {act.start, act.goal, *act.places}
        if arrived:
            ends |= {arrived.act.start, arrived.act.goal}
        for place in ends:
            if place is not None:
                self.by_place[place].append(number)

    def add(self, key: Key, act: Act) -> int:
        """Number one act more: a presence that implies a move."""
        self.number[key] = number = len(self.acts)
        self.acts.append(key)
        self.told.append(act)
        self._name(number, act)
        return number

    def _pool(self, ways: list[Way]) -> None:
        """Lay out pools and ways as arrays."""
        told = self.sides.puts, self.sides.takes
        if self.nesting:
            named = named_places([*self.sides.puts, *self.sides.takes])
            self.sides.puts, self.sides.takes = (self.nesting.at_the_finest_both_know(side, named) for side in told)
        numbers: dict[Pool, int] = {}
        sides = [Laid.of(portions, numbers) for portions in (self.sides.puts, self.sides.takes)]
        base = [BY_LOT] * len(numbers)
        cleaned = self._cleaned()
        for side, portions in zip(sides, told, strict=True):
            for position, portion in enumerate(portions if cleaned else ()):
                ended = cleaned.get(portion.place or "")
                if ended is not None:  # the time between two validated cleanings of a shared place
                    segment = f"{portion.place}/{bisect_right(ended, portion.at)}"
                    side.add(numbers.setdefault(("", segment), len(numbers)), position)
        base += [SHARED_PLACE] * (len(numbers) - len(base))
        self._items(numbers, sides[1])
        self.pools: Pools = pools(sides[0], sides[1], base)
        supposed, self.unfed = suppositions(self)
        self._ways([*self._links(), *ways, *(Way(*one) for one in supposed)])

    def _cleaned(self) -> dict[str, list[float]]:
        """When validated cleanings of each shared place ended, in order."""
        ended: dict[str, list[float]] = {key: [] for key, place in self.all("Place").items() if place.shared}
        for mark in self.all("Cleaning").values() if ended else ():
            for place in mark.places:
                if mark.validated and mark.when[2] is not None and place in ended:
                    ended[place].append(mark.when[2])
        for times in ended.values():
            times.sort()
        return ended

    def _items(self, numbers: dict[Pool, int], side: Laid) -> None:
        """An item that nobody put where it was taken came from its lot there: its take hangs in the lot's pool too."""
        items = {key: lot.part_of for key, lot in self.all("Lot").items() if lot.part_of}
        put = {(portion.good, portion.place) for portion in self.sides.puts} if items else set()
        for told, take in enumerate(self.sides.takes if items else ()):
            lot = items.get(take.good)
            pool = numbers.get((self.lots.get(lot, lot), take.place)) if lot else None
            if pool is not None and not take.closed and (take.good, take.place) not in put:
                side.add(pool, told)

    def _links(self) -> Iterator[Way]:
        """F1 and told matches: what a source or user says became what."""
        for number, act in enumerate(self.told):
            for relation, kind, key, carried in act.told:
                end = self.number.get((kind, key))
                if end is not None and end != number:
                    sure = carried.get("confidence", 1.0)
                    scope = carried.get("scope") or ("certain" if sure >= CERTAIN else "probable")
                    rule, method = "F1" if relation == "FED" else "F2", carried.get("method") or "reported"
                    yield Way(number, end, rule, method, sure, scope, carried.get("quantity") or [])

    def _ways(self, listed: list[Way]) -> None:
        self.ways = list({(way.start, way.end, way.rule): way for way in listed}.values())
        count = len(self.ways)
        self.way_start: Ints = np.fromiter((way.start for way in self.ways), np.int64, count)
        self.way_end: Ints = np.fromiter((way.end for way in self.ways), np.int64, count)
        self.way_sure: Floats = np.fromiter((way.confidence for way in self.ways), np.float64, count)
        self.way_scope: Ints = np.fromiter((SCOPES.index(way.scope) for way in self.ways), np.int64, count)
        acts = len(self.acts)
        self.earliest: Floats = np.fromiter((EARLY if act.first[1] is None else act.first[1] for act in self.told), np.float64, acts)
        self.latest: Floats = np.fromiter((LATE if act.last[2] is None else act.last[2] for act in self.told), np.float64, acts)
        self.onward = index(self.way_start, acts)
        self.backward = index(self.way_end, acts)
        self.puts_of = index(self.pools.puts.act, acts)
        self.takes_of = index(self.pools.takes.act, acts)


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


def index(numbers: Ints, count: int) -> Index:
    """Group positions by the number that stands at each."""
    order = np.argsort(numbers, kind="stable")
    return Index(np.searchsorted(numbers[order], np.arange(count + 1)), order)


def _matched(match: Match, position: dict[int, int]) -> Way:
    scope = "certain" if match.confidence >= CERTAIN else "probable"
    others = tuple(position[one] for one in match.candidates)
    return Way(position[match.departure], position[match.arrival], "F2", match.method, match.confidence, scope, [], others)


def _cancelled(held: list[tuple[Key, Act]]) -> set[Key]:
    """Departures that a later void_shipping of the same goods from the same place cancels."""
    gone: set[Key] = set()
    for _, void in held:
        if not (void.void and void.step == "void_shipping"):
            continue
        goods = {good.key for good in void.goods}
        fit = [
            (act.first[1] or 0.0, key)
            for key, act in held
            if act.side == "departure" and not act.void and key not in gone and act.start == void.start and goods & {good.key for good in act.goods}
        ]
        before = [one for one in fit if void.first[2] is None or one[0] <= void.first[2]]
        if before:
            gone.add(max(before)[1])
    return gone
