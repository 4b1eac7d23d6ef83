"""Broken links of a material flow: what became what, and which lots and places are one, where no record says so; each with how likely it is and why.

Nothing here is a fact: a person confirms or refuses (`resolvers/repairing.py`). Counts behind the odds: `algorithms/likelihood.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from algorithms import alike
from algorithms.acts import main
from algorithms.charted import chart
from algorithms.columns import MADE, USED
from algorithms.flow import Flow
from algorithms.likelihood import AMONG, LINK, LOT, Pair, Sight, among, factor, probability
from algorithms.names import any_name, place_name
from algorithms.pools import Bools, Floats, Ints
from algorithms.rows import Act, Key

FED, SAME_AS = "FED", "SAME_AS"
MOST_ENDS = 5_000
"""Loose ends that are looked at; more are counted and left."""
NEAREST = 30
"""Candidates of a loose end: the nearest in time."""
LEAST = 0.05
"""What is less likely is not proposed."""
BEST = 5
"""Proposals for one loose end."""
_SAME_NAME, _SAME_WORDS = 0.95, 0.6
"""How likely two places are one whose names are the same but for case, blanks and signs; or have the same words in another order (our choice)."""
_SAID = {
    "product": {"same": "the same product", "akin": "products of one word", "other": "another product"},
    "code": {
        "same": "the same lot code",
        "within": "one lot code within the other",
        "alike": "lot codes one slip apart",
        "other": "another lot code",
    },
    "lag": {"untold": "a date is missing"},
    "amount": {"equal": "as much as came left", "less": "less left than came", "more": "more left than came"},
    "turn": {"latest": "the last that came before", "earlier": "others came later"},
    "habit": {"usual": "such food became such food there before", "unusual": "other food became it there before"},
    "sender": {"same": "the same sender", "other": "another sender"},
}


class Proposal(NamedTuple):
    """A link that no record tells: FED from one act to another, or SAME_AS between two lots or places; among how many it was chosen."""

    relation: str
    start: Key
    end: Key
    probability: float
    reasons: tuple[str, ...]
    candidates: int


class Proposed(NamedTuple):
    """All that is proposed, the likeliest first; how many loose ends there are, and how many of them were looked at."""

    proposals: tuple[Proposal, ...]
    ends: int
    looked: int

    def without(self, settled: Iterable[tuple[Key, Key]]) -> "Proposed":
        """But for what a person confirmed or refused, either way round."""
        known = {frozenset(pair) for pair in settled}
        return self._replace(proposals=tuple(one for one in self.proposals if frozenset((one.start, one.end)) not in known))


def proposed(flow: Flow) -> Proposed:
    """The broken links of a flow, worked out once."""
    return flow.once(_proposed)


def _proposed(flow: Flow) -> Proposed:
    links, lots, places = Loose(flow), list(same_lots(flow)), list(same_places(flow))
    found = sorted([*links.proposals(), *lots, *places], key=lambda one: (-one.probability, one.relation, one.start, one.end))
    unsettled = len({one.start for one in lots}) + len({one.start for one in places})
    return Proposed(tuple(found), links.count + unsettled, links.looked + unsettled)


class Loose:
    """Acts that nothing leads to, or that lead to nothing, at places where other food came or left: their loose ends, tied as well as can be."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.chart = flow, chart(flow, "conceivable")
        network, acts = self.chart.network, self.chart.acts
        self.start, self.goal = network.start[:acts], network.goal[:acts]
        self.arrives, self.departs = network.arrives[:acts], network.departs[:acts]
        led = [np.zeros(network.deliveries, np.bool_) for _ in range(2)]
        led[0][network.before], led[1][network.after] = True, True
        self._leads, self._led = led[0][:acts], led[1][:acts]
        nowhere, (takes, puts) = network.stations - 1, self._sides(acts)
        self._came, self._left = _Grouped(self.goal, self.arrives, puts, nowhere), _Grouped(self.start, self.departs, takes, nowhere)
        self._takes = takes & (self.start < nowhere) & self._came.any[self.start]
        unfed = np.flatnonzero(~self._led & self._takes)
        idle = np.flatnonzero(~self._leads & puts & (self.goal < nowhere) & self._left.any[self.goal])
        self.count = len(unfed) + len(idle)
        self._unfed, self._idle = unfed[:MOST_ENDS], idle[:MOST_ENDS]
        self.looked = len(self._unfed) + len(self._idle)
        self._closed = np.append(flow.columns.own["closed"][flow.entry], np.zeros(acts - len(flow.entry), np.bool_))
        self._sights: dict[tuple[int, int], Sight] = {}
        self._foods: dict[int, _Food] = {}
        self._habits: dict[tuple[int, str, str], set[int]] = defaultdict(set)
        for one, other in zip(flow.way_start.tolist(), flow.way_end.tolist(), strict=True):
            place, became = int(self.start[other]), self._food(other).called
            self._habits[place, self._food(one).called, became].add(other)
            self._habits[place, "", became].add(other)

    def _sides(self, acts: int) -> tuple[Bools, Bools]:
        """Which acts take food that came from somewhere, and which bring food that goes somewhere: a harvest takes none, waste brings none."""
        goods, (takes, puts) = self.flow.columns.parts["goods"], (np.zeros(acts, np.bool_) for _ in range(2))
        number = main(self.flow, goods["act"])
        takes[number[(number >= 0) & (goods["relation"] != MADE)]] = True
        puts[number[(number >= 0) & (goods["relation"] != USED)]] = True
        return takes, puts

    def proposals(self) -> list[Proposal]:
        """The likeliest links of each loose end."""
        best: dict[tuple[int, int], Proposal] = {}
        for act in self._unfed.tolist():
            self._keep(best, [(one, act) for one in self.before(act)])
        for act in self._idle.tolist():
            self._keep(best, [(act, one) for one in self._after(act)])
        return list(best.values())

    def _keep(self, best: dict[tuple[int, int], Proposal], pairs: list[tuple[int, int]]) -> None:
        made = [self._proposal(pair) for pair in pairs]
        for proposal in sorted(made, key=lambda one: -one.probability)[:BEST]:
            pair = self.flow.number[proposal.start], self.flow.number[proposal.end]
            if proposal.probability >= LEAST and (pair not in best or best[pair].probability < proposal.probability):
                best[pair] = proposal

    def _proposal(self, pair: tuple[int, int]) -> Proposal:
        count = len(self.before(pair[1]))
        sight = {**self.sight(*pair), AMONG: among(count)}
        ends = self.flow.acts[pair[0]], self.flow.acts[pair[1]]
        return Proposal(FED, *ends, probability(LINK, sight), reasons(LINK, sight), count)

    def taking(self) -> list[int]:
        """The acts that take food where other food came."""
        found: list[int] = np.flatnonzero(self._takes).tolist()
        return found

    def before(self, act: int) -> list[int]:
        """What came to where an act left, no later than it left: the nearest in time."""
        return [one for one in self._came.until(int(self.start[act]), float(self.departs[act])) if one != act]

    def _after(self, act: int) -> list[int]:
        """What left where an act arrived, no earlier, and is loose itself or tells its own links alone; of the same or akin food."""
        there = (one for one in self._left.since(int(self.goal[act]), float(self.arrives[act])) if one != act)
        near = [one for one in there if not self._led[one] or (self._closed[one] and self._closed[act])]
        return [
            one for one in near if self.sight(act, one)["product"] in ("same", "akin") or self.sight(act, one)["code"] in ("same", "alike", "within")
        ]

    def sight(self, came: int, left: int) -> Sight:
        """What is seen of an arrival and a departure at one place."""
        if (came, left) not in self._sights:
            one, other = self._food(came), self._food(left)
            self._sights[came, left] = {
                "product": alike.product(one.product, other.product),
                "code": alike.code(one.code, other.code),
                "lag": alike.lag(float(self.arrives[came]), float(self.departs[left])),
                "amount": alike.amount(one.amounts, other.amounts),
                "turn": self._turn(came, left),
                "habit": self._habit(one.called, other.called, left),
            }
        return self._sights[came, left]

    def _food(self, act: int) -> "_Food":
        if act not in self._foods:
            self._foods[act] = _Food(self.flow, act)
        return self._foods[act]

    def _habit(self, came: str, left: str, act: int) -> str:
        """Whether such food became such food at this place before, as other acts tell."""
        place = int(self.start[act])
        if self._habits.get((place, came, left), set()) - {act}:
            return "usual"
        return "unusual" if self._habits.get((place, "", left), set()) - {act} else "untold"

    def _turn(self, came: int, left: int) -> str:
        """Whether it is the last that came before the other left: first in, first out at a place that keeps little."""
        last = self.arrives[self.before(left)].max(initial=-np.inf)
        return "untold" if not np.isfinite(self.arrives[came]) else "latest" if self.arrives[came] >= last else "earlier"


class _Grouped:
    """Acts by place, in the order of time."""

    def __init__(self, place: Ints, at: Floats, wanted: Bools, nowhere: int) -> None:
        mine = np.flatnonzero(wanted)
        self._order = mine[np.lexsort((at[mine], place[mine]))]
        self._at = at[self._order]
        self._first = np.searchsorted(place[self._order], np.arange(nowhere + 2))
        self.any: Bools = np.diff(self._first) > 0

    def until(self, place: int, at: float) -> list[int]:
        """The latest acts at a place up to a time."""
        first, last = self._first[place], self._first[place + 1]
        last = first + np.searchsorted(self._at[first:last], at, side="right")
        found: list[int] = self._order[max(first, last - NEAREST) : last].tolist()
        return found

    def since(self, place: int, at: float) -> list[int]:
        """The first acts at a place from a time on."""
        first, last = self._first[place], self._first[place + 1]
        first = first + np.searchsorted(self._at[first:last], at, side="left")
        found: list[int] = self._order[first : min(last, first + NEAREST)].tolist()
        return found


class _Food:
    """What an act moved, by the first food that its record names."""

    def __init__(self, flow: Flow, number: int) -> None:
        act: Act = flow.told[number]
        good = act.goods[0] if act.goods else None
        lot = flow.row("Lot", good.key) if good and good.kind == "Lot" else None
        product = flow.row("Product", lot.product) if lot else None
        self.code, self.product = (lot.code if lot else None), (product.name if product else None)
        self.amounts = good.amounts if good else []
        self.called = alike.plain(self.product) if self.product else "?"


def known(flow: Flow) -> Iterator[Pair]:
    """What is seen of pairs of which the records say whether they belong together, for `likelihood.counted`.

    Of each act that takes food where other food came: all that came before it. Of each lot that was shipped more than once: its first shipment
    as if its code were unknown, beside the lots that it could be.
    """
    loose, ways = Loose(flow), set(zip(flow.way_start.tolist(), flow.way_end.tolist(), strict=True))
    for act in loose.taking():
        before = loose.before(act)
        for one in before:
            yield Pair(LINK, {**loose.sight(one, act), AMONG: among(len(before))}, (one, act) in ways)
    books = Books(flow)
    for lot in books.several():
        others = list(books.others(lot))
        for other, ships in others:
            yield Pair(LOT, {**books.seen(books.ships(lot)[:1], ships), AMONG: among(len(others))}, lot == other)


def reasons(asked: str, sight: Sight) -> tuple[str, ...]:
    """What speaks for and against, the strongest first, each with by how much it raises the odds."""
    weighed = sorted(
        ((factor(asked, feature, seen), feature, seen) for feature, seen in sight.items() if feature != AMONG),
        key=lambda one: -max(one[0], 1 / one[0]),
    )
    said = ((weight, _SAID[feature].get(seen, seen if feature == "lag" else "")) for weight, feature, seen in weighed)
    listed = [f"{words} (odds x {weight:.2g})" for weight, words in said if words]
    return (*listed, f"chosen among {sight[AMONG]}")


def same_lots(flow: Flow) -> Iterator[Proposal]:
    """For each lot of unknown code the lots of such a product that it may be."""
    books = Books(flow)
    for number in books.unknown[:MOST_ENDS]:
        yield from sorted(_for_lot(flow, books, number), key=lambda one: -one.probability)[:BEST]


def _for_lot(flow: Flow, books: "Books", number: int) -> Iterator[Proposal]:
    near = books.candidates(number)
    for other in near:
        sight = {**books.sight(number, other), AMONG: among(len(near))}
        chance = probability(LOT, sight)
        if chance >= LEAST:
            yield Proposal(SAME_AS, ("Lot", flow.keys[number]), ("Lot", flow.keys[other]), chance, reasons(LOT, sight), len(near))


class Books:
    """Lots by the name of their product, with their shipments in the order of time: from where and when."""

    def __init__(self, flow: Flow) -> None:
        self._flow, held = flow, flow.others["Lot"]
        charted = chart(flow, "certain")
        carrier, lots = charted.network.carriers, charted.lots[charted.network.lot]
        self._start, self._departs = charted.network.start, charted.network.departs
        order = np.lexsort((self._departs[carrier], lots))
        self._lots, self._acts = lots[order], carrier[order]
        shipped = np.isin(held["key"], lots)
        keys: list[int] = held["key"][shipped].tolist()
        self._product = dict(zip(keys, held["product"][shipped].tolist(), strict=True))
        self._names: dict[int, str] = {}
        self.unknown, self._named = list[int](), defaultdict[str, list[int]](list)
        for key in keys:
            told = flow.keys[key]
            if not told.startswith("line:"):
                self._named[self._name(key)].append(key)
            elif told not in flow.lots:
                self.unknown.append(key)

    def _name(self, lot: int) -> str:
        product = self._product[lot]
        if product not in self._names:
            row = self._flow.row("Product", self._flow.keys[product]) if product >= 0 else None
            self._names[product] = alike.plain(row.name) if row and row.name else ""
        return self._names[product]

    def candidates(self, lot: int) -> list[int]:
        """Lots of known code whose product is called the same: the nearest in time."""
        mine, name = self._left(lot), self._name(lot)
        near = ((abs(self._left(one) - mine) if np.isfinite(mine) else 0.0, one) for one in (self._named[name] if name else ()) if one != lot)
        return [one for _, one in sorted(near)[:NEAREST]]

    def ships(self, lot: int) -> Ints:
        """The acts that carried or used a lot."""
        found: Ints = self._acts[np.searchsorted(self._lots, lot) : np.searchsorted(self._lots, lot, side="right")]
        return found

    def _left(self, lot: int) -> float:
        departs = self._departs[self.ships(lot)]
        return float(departs.min()) if len(departs) else np.inf

    def sight(self, lot: int, other: int) -> Sight:
        """What is seen of two lots of one product."""
        return self.seen(self.ships(lot), self.ships(other))

    def seen(self, mine: Ints, theirs: Ints) -> Sight:
        """What is seen of the shipments of two lots of one product."""
        gaps = np.abs(self._departs[mine][:, None] - self._departs[theirs][None, :])
        near = float(np.nanmin(gaps)) if gaps.size and np.isfinite(gaps).any() else np.inf
        senders = [set(self._start[acts].tolist()) for acts in (mine, theirs)]
        return {"sender": "same" if senders[0] & senders[1] else "other", "lag": alike.lag(0.0, near)}

    def several(self) -> list[int]:
        """Lots of known code that were shipped more than once."""
        return [one for named in self._named.values() for one in named if len(self.ships(one)) > 1]

    def others(self, lot: int) -> Iterator[tuple[int, Ints]]:
        """A lot without its first shipment, and the other lots that it could be, each with its shipments."""
        yield lot, self.ships(lot)[1:]
        yield from ((one, self.ships(one)) for one in self.candidates(lot))


def same_places(flow: Flow) -> Iterator[Proposal]:
    """For each place that no act names the places of acts that are called alike."""
    charted = chart(flow, "certain")
    visited = charted.visited[: len(charted.places)]
    named: dict[str, list[str]] = defaultdict(list)
    sorted_: dict[str, list[str]] = defaultdict(list)
    for key in charted.places[visited].tolist():
        name = alike.plain(place_name(flow, flow.keys[key]))
        named[name].append(flow.keys[key])
        sorted_[" ".join(sorted(name.split()))].append(flow.keys[key])
    lonely = charted.places[~visited].tolist()
    for key in lonely[:MOST_ENDS]:
        place = flow.row("Place", flow.keys[key])
        name = alike.plain(place.name) if place and place.name else ""
        exact, loose = named.get(name, []), sorted_.get(" ".join(sorted(name.split())), [])
        found, sure, why = (exact, _SAME_NAME, "the same name") if exact else (loose, _SAME_WORDS, "the same words in the name")
        for other in found[:BEST] if name else ():
            yield Proposal(SAME_AS, ("Place", flow.keys[key]), ("Place", other), sure / len(found), (why,), len(found))


def said(flow: Flow, proposal: Proposal) -> str:
    """A proposal as a sentence."""
    became = "may have become" if proposal.relation == FED else "may be"
    return f"{any_name(flow, *proposal.start)} {became} {any_name(flow, *proposal.end)}"
