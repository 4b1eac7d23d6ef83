"""Where food came from and where it went: the answer of a walk over the material flow, in pages and in words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from algorithms import gaps
from algorithms.acts import main
from algorithms.amounts import Ledger, excess_words, excesses
from algorithms.answer import Amount, Common, Direction, Gap, Key, TracedAct, TracedEnd, TracedLink
from algorithms.columns import MADE, PROCESS, SCOPES
from algorithms.flow import Flow
from algorithms.laid import stand
from algorithms.linked import told
from algorithms.names import act_name, ends, lot_name, place_name, when
from algorithms.pools import Bools, Ints
from algorithms.walk import Limits, Reach, Walk

MOST_GAPS = 200


class Start(NamedTuple):
    """Where a trace begins: a thing, in words, with the acts that its food came by and those that it went on by."""

    kind: str
    key: str
    label: str
    upstream: tuple[int, ...]
    downstream: tuple[int, ...]


@dataclass(frozen=True)
class Odd:
    """What a flow tells of itself, worked out once: amounts, impossible quantities, codes used twice."""

    ledger: Ledger
    gaps: dict[int, list[Gap]]

    @classmethod
    def of(cls, flow: Flow) -> "Odd":
        """The oddities of a flow."""
        listed = [(one.acts, Gap("impossible quantity", excess_words(flow, one), ("Lot", one.good))) for one in excesses(flow)]
        gaps: dict[int, list[Gap]] = defaultdict(list)
        for acts, gap in (*listed, *_used_twice(flow)):
            for act in acts:
                gaps[act].append(gap)
        return cls(Ledger(flow), gaps)


class Trace:
    """Everything the starts came from or went into, within the limits; what is asked for is worked out when it is asked for."""

    def __init__(self, flow: Flow, starts: Sequence[Start], direction: Direction, limits: Limits) -> None:
        self.flow, self.starts, self.direction, self.limits = flow, starts, direction, limits
        self.walk = Walk(flow, limits)
        self.backward = self.walk.reach((a for one in starts for a in one.upstream), forward=False) if direction != "forward" else None
        self.forward = self.walk.reach((a for one in starts for a in one.downstream), forward=True) if direction != "backward" else None

    @property
    def limited(self) -> bool:
        """Whether a limit of links or steps cut the walk."""
        return any(reach.cut for reach in (self.backward, self.forward) if reach)

    @cached_property
    def reached(self) -> Bools:
        """Which acts belong to the trace."""
        mask = np.zeros(len(self.flow.acts), np.bool_)
        for reach in (self.backward, self.forward):
            if reach:
                mask |= reach.depth >= 0
        return mask

    @cached_property
    def order(self) -> Ints:
        """The acts of the trace, starts first, then by depth."""
        acts = np.flatnonzero(self.reached)
        return acts[np.lexsort((acts, self._depths(acts)))]

    def _depths(self, acts: Ints) -> Ints:
        depths: list[Ints] = [
            np.where(reach.depth[acts] < 0, np.iinfo(np.int64).max, reach.depth[acts]) for reach in (self.backward, self.forward) if reach
        ]
        nearest: Ints = np.minimum.reduce(depths)
        return nearest

    @property
    def total_acts(self) -> int:
        """How many acts the trace has."""
        return len(self.order)

    @property
    def total_links(self) -> int:
        """How many links the trace has, each counted once."""
        return len(self.numbers)

    @cached_property
    def numbers(self) -> Ints:
        """The links of the trace, backward ones first, each once."""
        every = np.concatenate([self._backward_links, self._forward_links])
        _, first = np.unique(every, return_index=True)
        return every[np.sort(first)][: self.limits.most_links]

    @cached_property
    def _backward_links(self) -> Ints:
        return self.walk.links(self.backward.acts, forward=False) if self.backward else np.zeros(0, np.int64)

    @cached_property
    def _forward_links(self) -> Ints:
        return self.walk.links(self.forward.acts, forward=True) if self.forward else np.zeros(0, np.int64)

    def acts(self, first: int = 100, offset: int = 0) -> list[TracedAct]:
        """A page of acts, starts first, then by depth."""
        return [self.act(number) for number in self.order[offset : offset + first].tolist()]

    def links(self, first: int = 100, offset: int = 0, among: int | None = None) -> list[TracedLink]:
        """A page of links; with `among`, of those between the first so many acts."""
        numbers = self.numbers if among is None else self._among(among)
        return told(self.walk, numbers[offset : offset + first])

    def _among(self, first: int) -> Ints:
        kept = np.zeros(len(self.flow.acts), np.bool_)
        kept[self.order[:first]] = True
        starts, goals = self.walk.ends(self.numbers)
        return self.numbers[kept[starts] & kept[goals]]

    def act(self, number: int) -> TracedAct:
        """An act of the trace as it is shown, by the nearer of its two directions."""
        reach, direction = self._nearer(number)
        depth = int(reach.depth[number])
        start, goal = ends(self.flow, number)
        at = next((place for place in (goal, start, *self.flow.told[number].places) if place), None)
        return TracedAct(
            act=self.flow.acts[number],
            direction=direction if depth else "start",
            depth=depth,
            what=act_name(self.flow, number),
            when=when(self.flow, number),
            place=("Place", at) if at else None,
            confidence=round(float(reach.sure[number]), 6),
            scope=SCOPES[int(reach.scope[number])],
            end=bool((self._origins if direction == "backward" else self._holders)[number]) or (depth == 0 and self._is_end(number)),
            assumed=self.flow.told[number].assumed,
        )

    def ends_at(self, act: Key, forward: bool) -> bool:
        """Whether an act of the trace is a last holder (forward) or an origin."""
        return bool((self._holders if forward else self._origins)[self.flow.number[act]])

    def _is_end(self, number: int) -> bool:
        return bool(self._origins[number] or self._holders[number])

    def _nearer(self, number: int) -> tuple[Reach, str]:
        sides = [(reach, name) for reach, name in ((self.backward, "backward"), (self.forward, "forward")) if reach and reach.depth[number] >= 0]
        return min(sides, key=lambda side: int(side[0].depth[number]))

    @cached_property
    def _origins(self) -> Bools:
        return self._stops[0] & ~self._beyond[0]

    @cached_property
    def _holders(self) -> Bools:
        return self._stops[1] & ~self._beyond[1]

    @cached_property
    def _stops(self) -> tuple[Bools, Bools]:
        """Acts from which no link goes on that the limits allow, backward and forward."""
        found = [np.zeros(len(self.flow.acts), np.bool_) if reach is None else reach.depth >= 0 for reach in (self.backward, self.forward)]
        found[0][self.walk.ends(self._backward_links)[1]] = False
        found[1][self.walk.ends(self._forward_links)[0]] = False
        return found[0], found[1]

    @cached_property
    def _beyond(self) -> tuple[Bools, Bools]:
        """Those of them that links go on from which the time, confidence or scope asked for leaves out."""
        found = np.zeros(len(self.flow.acts), np.bool_), np.zeros(len(self.flow.acts), np.bool_)
        if self.limits.bounded:
            free = Walk(self.flow, Limits())
            for mask, stops, forward in zip(found, self._stops, (False, True), strict=True):
                starts, after = free.ends(free.links(np.flatnonzero(stops), forward))
                mask[starts if forward else after] = True
        return found

    def origins(self, first: int = 100) -> list[TracedEnd]:
        """Acts that nothing leads to, the nearest first, each with one shortest path from it."""
        return self._ends(self.backward, self._origins, first)

    def holders(self, first: int = 100) -> list[TracedEnd]:
        """Acts that lead nowhere further: the last that is known of the food, each with one shortest path to it."""
        return self._ends(self.forward, self._holders, first)

    def total_ends(self) -> tuple[int, int]:
        """How many origins and how many last holders there are."""
        return int(self._origins.sum()), int(self._holders.sum())

    def _ends(self, reach: Reach | None, mask: Bools, first: int) -> list[TracedEnd]:
        if reach is None:
            return []
        acts = reach.acts[mask[reach.acts]][:first].tolist()
        paths = [self._path(reach, number) for number in acts]
        used = sorted({link for path in paths for link in path})
        shown = dict(zip(used, told(self.walk, np.asarray(used, np.int64)), strict=True))
        return [
            TracedEnd(self.act(number), tuple(shown[link] for link in path), round(float(reach.sure[number]), 6))
            for number, path in zip(acts, paths, strict=True)
        ]

    def _path(self, reach: Reach, act: int) -> list[int]:
        """One shortest path between a start and an act, in the direction of the food."""
        found = []
        while reach.by[act] >= 0:
            found.append(int(reach.by[act]))
            act = int(reach.parent[act])
        return found[::-1] if reach is self.forward else found

    def amounts(self) -> list[Amount]:
        """What each place received and sent within the trace, per product and unit; units are never added together."""
        return self.flow.once(Odd.of).ledger.of(self.reached)

    def lots(self) -> list[Key]:
        """Every lot that an act of the trace moved, used or made."""
        keys = {good.key for number in self.order.tolist() for good in self.flow.told[number].goods if good.kind == "Lot"}
        return [("Lot", key) for key in sorted(keys)]

    def places(self) -> list[Key]:
        """Every place that an act of the trace left, reached or happened at."""
        keys: set[str | None] = set()
        for number in self.order.tolist():
            keys |= {*ends(self.flow, number), *self.flow.told[number].places}
        return [("Place", key) for key in sorted(key for key in keys if key)]

    def missing(self) -> list[Gap]:
        """What is unknown or odd, at most 200 and then how many more."""
        found = list(dict.fromkeys(self._gaps()))
        more = [Gap("more", f"and {len(found) - MOST_GAPS} more")] if len(found) > MOST_GAPS else []
        return found[:MOST_GAPS] + more

    def _gaps(self) -> Iterator[Gap]:
        flow = self.flow
        for one in self.starts:
            if not (one.upstream or one.downstream):
                yield Gap("no acts", f"no acts: nothing is recorded that moved, made or used {one.label}", (one.kind, one.key))
        if self.limited:
            yield Gap("limit reached", "a limit of links or steps was reached: the trace goes on beyond what is shown")
        for number in np.flatnonzero(self._beyond[0] | self._beyond[1]).tolist():
            words = f"limit reached: the records lead on from {act_name(flow, number)}, outside the time, confidence or scope asked for"
            yield Gap("limit reached", words, flow.acts[number], flow.acts[number])
        for number in np.flatnonzero(self._origins).tolist():
            if flow.acts[number][0] == "Shipment" and number not in flow.unfed:
                yield gaps.origin(flow, number)
        if self.backward:
            for number in self.backward.acts.tolist():
                for good in flow.unfed.get(number, ()):
                    yield gaps.origin_of_good(flow, number, good)
        for number in np.flatnonzero(self._holders).tolist():
            if flow.acts[number][0] == "Shipment" and ends(flow, number)[1] is None:
                yield gaps.destination(flow, number)
        yield from self._contradictions()
        odd = flow.once(Odd.of)
        for number in self.order.tolist():
            yield from odd.gaps.get(number, ())  # one that several acts show is told once, so it names none
            unit = flow.sides.unknown_units.get(number)
            if unit is not None:
                yield gaps.contents(flow, number, unit)

    def _contradictions(self) -> Iterator[Gap]:
        for number in self.numbers[self.numbers < len(self.flow.ways)].tolist():
            way = self.flow.ways[number]
            if way.rule == "F7":
                yield gaps.contradiction(self.flow, way)


def trace(flow: Flow, starts: Sequence[Start], direction: Direction = "both", limits: Limits | None = None) -> Trace:
    """Everything the starts came from or went into.

    Guarantees: it ends for every graph, cycles included; backward is the mirror of forward; a link more never shrinks the answer.
    Cost: linear in acts, portions and told links reached.
    """
    return Trace(flow, starts, direction, limits or Limits())


def common_origins(flow: Flow, starts: Sequence[Start], limits: Limits | None = None) -> list[Common]:
    """Acts that every start came from: those that certain links reach first, then probable and conceivable; the furthest upstream first."""
    found: dict[int, Common] = {}
    bounds = limits or Limits()
    widest = SCOPES.index(bounds.scope)
    for scope in SCOPES[: widest + 1]:
        traces = [Trace(flow, [one], "backward", replace(bounds, scope=scope)) for one in starts]
        reaches = [one.backward for one in traces if one.backward]
        shared = np.logical_and.reduce([reach.depth >= 0 for reach in reaches]) if reaches else np.zeros(0, np.bool_)
        for number in np.flatnonzero(shared).tolist():
            if number not in found:
                found[number] = Common(traces[0].act(number), scope, max(int(reach.depth[number]) for reach in reaches))
    return sorted(found.values(), key=lambda one: (SCOPES.index(one.scope), -one.depth, one.act.act))


def _makers(flow: Flow) -> dict[str, dict[str, list[int]]]:
    """Lots that acts at several places made: the acts by the first place of each."""
    goods, places, own = flow.columns.parts["goods"], flow.columns.parts["places"], flow.columns.own
    place = np.full(len(flow.columns), -1, np.int64)
    first = places["nth"] == 0
    place[places["act"][first]] = places["key"][first]
    number, made = main(flow, goods["act"]), goods["lot"] & (goods["relation"] == MADE) & (own["kind"][goods["act"]] == PROCESS)
    row = np.flatnonzero(made & (number >= 0) & (place[goods["act"]] >= 0))
    lot, where, act = stand(flow)[goods["key"][row]], place[goods["act"][row]], number[row]
    pairs = np.unique(lot * len(flow.keys) + where)
    lots, count = np.unique(pairs // max(len(flow.keys), 1), return_counts=True)
    found: dict[str, dict[str, list[int]]] = {}
    for at in np.flatnonzero(np.isin(lot, lots[count > 1])).tolist():
        found.setdefault(flow.keys[int(lot[at])], {}).setdefault(flow.keys[int(where[at])], []).append(int(act[at]))
    return found


def _used_twice(flow: Flow) -> Iterator[tuple[tuple[int, ...], Gap]]:
    """Lots whose code two places assigned: stated sources, else the places of the acts that made them (model section 2, TLC source)."""
    makers = _makers(flow)
    held = flow.others["Lot"]
    for key in {*makers, *(flow.keys[lot] for lot in held["key"][held["sources"] > 1].tolist())}:
        lot = flow.row("Lot", key)
        places = sorted(lot.sources if lot and lot.sources else makers.get(key, {}))
        apart = [place for place in places if not any(other != place and flow.nesting.nested(place, other) for other in places)]
        if len(apart) > 1:
            acts = tuple(flow.acts_with(key)) or tuple(number for numbers in makers.get(key, {}).values() for number in numbers)
            named = " and ".join(place_name(flow, place) for place in apart[:3])
            yield acts, Gap("code used twice", f"code used twice: {lot_name(flow, key)} was assigned at {named}", ("Lot", key))
