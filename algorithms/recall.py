"""How large a recall is: what lies at the ends of all that food went into, in three scopes, and how much of its way is accounted for.

What is counted is what is to be called back from each holder, once: food that came there less what is known to have left (`algorithms.rests`).
Food that was destroyed is called back from nobody. Amounts are the largest that can be affected: food of one lot at one place is not told apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from algorithms.acts import main
from algorithms.answer import Gap, Key
from algorithms.assumed import candidates_of
from algorithms.columns import SCOPES, USED
from algorithms.find import lots_of
from algorithms.flow import Flow
from algorithms.names import lot_name, place_name, thing_name
from algorithms.pools import SHARED_PLACE, Bools, Floats, Ints, spread
from algorithms.rests import Rests
from algorithms.trace import Start, trace
from algorithms.walk import Limits, Reach, Walk

Amounts = tuple[tuple[str, float], ...]
"""Unit and value; units are never added together, but for masses, which stand in kilograms (KGM)."""
DESTROYED = frozenset({"destroying", "decommissioning"})
_PLACES, _MOST_UNTOLD = 6, 200


@dataclass(frozen=True, slots=True)
class Size:
    """How large a recall is in one scope and those surer: lots and acts that are affected, customers, countries, and what is called back.

    A customer is a place (or party, where no place is told) that food was sent to and rests at, or that used it up.
    """

    scope: str
    lots: int
    acts: int
    customers: int
    countries: tuple[str, ...]
    kilograms: float
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Consignee:
    """Who holds or got affected food last: how much, when it came first and last, the surest scope that leads there.

    `customer` is false where food lies that was made there. Where `who` is none nothing tells where the food went.
    """

    who: Key | None
    name: str
    country: str | None
    customer: bool
    scope: str
    amounts: Amounts
    first: str | None
    last: str | None


class Measure(NamedTuple):
    """Kilograms to be called back, and from how many customers."""

    kilograms: float
    customers: int


class Recall:
    """What a recall of the starts takes in, over what they went into; each part is worked out when it is asked for.

    Guarantees: no figure shrinks from certain to conceivable; the order of facts does not matter. Cost: linear in the acts of the flow.
    """

    def __init__(self, flow: Flow, starts: Sequence[Start], limits: Limits | None = None) -> None:
        self.flow, self.starts, self.limits, self.rests = flow, starts, limits or Limits(), flow.once(Rests)
        self._begin = {act for one in starts for act in (one.downstream if _food(one) else (*one.upstream, *one.downstream))}
        self.doubtful_ways, self.doubtful_puts = self._beside()
        walks = [self.walk(scope) for scope in SCOPES]
        reaches = [self._reach(walk) for walk in walks]
        self._reached = [reach.depth >= 0 for reach in reaches]
        self._sure = np.where(self._reached[-1], reaches[-1].sure, 0.0)
        self._came = [self._met(walk, reached) for walk, reached in zip(walks, self._reached, strict=True)]

    def walk(self, scope: str = SCOPES[-1]) -> Walk:
        """The links that a scope and the limits allow."""
        return Walk(self.flow, replace(self.limits, scope=scope))

    def depth(self, walk: Walk) -> Ints:
        """How many of some links each act lies from the starts; -1 for one that none of their food can have gone into."""
        return self._reach(walk).depth

    def _reach(self, walk: Walk) -> Reach:
        pools, puts = self.flow.pools, self.doubtful_puts[walk.put_ok[self.doubtful_puts]]
        takes, _ = spread(pools.after[puts], pools.last_take[pools.puts.pool[puts]])
        met = pools.takes.act[takes[walk.take_ok[takes]]]
        unread = self.flow.way_end[self.doubtful_ways[walk.way_ok[self.doubtful_ways]]]
        return walk.reach({*self._begin, *met.tolist(), *unread.tolist()}, forward=True)

    def _met(self, walk: Walk, reached: Bools) -> Bools:
        """The food that came somewhere by affected acts, is recalled itself, or met either of them at a shared place."""
        came, laid = self.rests.came, self.flow.pools
        found: Bools = reached[came.act] | self._own
        shared = np.flatnonzero((laid.base[laid.puts.pool] == SHARED_PLACE) & walk.put_ok)
        brought = reached[laid.puts.act[shared]] | np.isin(shared, self.doubtful_puts)
        met = shared[np.isin(laid.puts.pool[shared], laid.puts.pool[shared[brought]])]
        rows = self.rests.row[laid.puts.told[met]]
        found[rows[rows >= 0]] = True
        return found

    def _beside(self) -> tuple[Ints, Ints]:
        """Ways and puts by which the recalled food itself can be in other food, for what made it is not walked: lots that were not plainly read (F8),
        and shared places (F5).
        """
        flow, laid = self.flow, self.flow.pools
        rows = np.unique(self.rests.came.act[self._own])
        lots = {flow.keys[int(good)] for good in np.unique(self.rests.came.good[self._own])}
        unread = {act for act, of, _ in candidates_of(flow) if lots.intersection(of)} if lots else set()
        ways = flow.onward.of(rows)
        ways = ways[np.isin(flow.way_end[ways], list(unread)) & (flow.way_scope[ways] == len(SCOPES) - 1)]
        shared = np.flatnonzero((laid.base[laid.puts.pool] == SHARED_PLACE) & np.isin(laid.puts.act, rows))
        return ways, shared[np.isin(flow.sides.puts.good[laid.puts.told[shared]], [flow.keys.find(lot) for lot in lots])]

    @cached_property
    def _own(self) -> Bools:
        """Which food that came somewhere is the recalled food itself."""
        came, own = self.rests.came, np.zeros(len(self.rests.came.act), np.bool_)
        for one in self.starts:
            goods = lots_of(self.flow, one.kind, one.key)
            if goods:
                own |= np.isin(came.good, goods) & np.isin(came.act, [*one.upstream, *one.downstream])
        return own

    def _affected(self, scope: str) -> Bools:
        return self._came[SCOPES.index(scope)] & ~self._destroyed

    @cached_property
    def _destroyed(self) -> Bools:
        came, gone = self.rests.came, np.zeros(len(self.rests.came.act), np.bool_)
        for row in np.flatnonzero(came.used & self._reached[-1][came.act]).tolist():
            gone[row] = self.flow.told[int(came.act[row])].step in DESTROYED
        return gone

    @cached_property
    def _holders(self) -> tuple[list[Key | None], Ints]:
        """Who holds what is affected in the widest scope, and the number of the holder of each row (-1 = not affected)."""
        hit = np.flatnonzero(self._affected(SCOPES[-1]) & self.rests.holds)
        _, first, rest = np.unique(self.rests.came.rest[hit], return_index=True, return_inverse=True)
        who = [self._holder(row) for row in hit[first].tolist()]
        listed = list(dict.fromkeys(who))
        number = {one: at for at, one in enumerate(listed)}
        of = np.full(len(self.rests.came.act), -1, np.int64)
        of[hit] = np.array([number[one] for one in who], np.int64)[rest]
        return listed, of

    def _holder(self, row: int) -> Key | None:
        place, act = int(self.rests.came.place[row]), int(self.rests.came.act[row])
        if place >= 0:
            return "Place", self.flow.keys[place]
        arrived = self.flow.arrived.get(act)
        party = self.flow.told[act].parties[1] or (arrived.act.parties[1] if arrived else None)
        return ("Party", party) if party else None

    def measure(self, walk: Walk) -> Measure:
        """How much is called back from how many customers, if food goes by these links alone."""
        return self._measured(self._met(walk, self.depth(walk) >= 0) & ~self._destroyed)

    def expected(self) -> tuple[float, float]:
        """Kilograms and customers in the widest scope, each counted by how sure the surest of the shortest ways there is."""
        came, rests, of = self.rests.came, self.rests, self._holders[1]
        affected, sure = self._affected(SCOPES[-1]), np.where(self._own, 1.0, self._sure[came.act])
        surest = np.zeros(int(came.rest.max(initial=0)) + 1)
        np.maximum.at(surest, came.rest[affected], sure[affected])
        kilograms = (rests.shares(affected) * surest[rests.rest])[rests.unit == 0].sum()
        asked = affected & (of >= 0) & (came.sent | came.used)
        whom = np.zeros(len(self._holders[0]))
        np.maximum.at(whom, of[asked], sure[asked])
        return round(float(kilograms), _PLACES), round(float(whom.sum()), _PLACES)

    def worst(self) -> Measure:
        """How much is called back from how many customers in the widest scope."""
        return self._measured(self._affected(SCOPES[-1]))

    def _measured(self, affected: Bools) -> Measure:
        return Measure(round(float(self.rests.shares(affected)[self.rests.unit == 0].sum()), _PLACES), len(self._customers(affected)))

    def _customers(self, affected: Bools) -> Ints:
        came, of = self.rests.came, self._holders[1]
        found: Ints = np.unique(of[affected & (of >= 0) & (came.sent | came.used)])
        return found

    def size(self, scope: str) -> Size:
        """How large the recall is in a scope."""
        reached = self._reached[SCOPES.index(scope)]
        affected, came = self._affected(scope), self.rests.came
        kilograms, customers = self._measured(affected)
        countries = {self.country(self._holders[0][one]) for one in self._customers(affected).tolist()}
        acts = reached.copy()
        acts[came.act[self._own]] = True
        named = tuple(sorted(one for one in countries if one))
        amounts = self._amounts(self.rests.shares(affected), np.ones(len(self.rests.codes), np.bool_))
        return Size(scope, self._lots(reached, affected), int(acts.sum()), customers, named, kilograms, amounts)

    def _lots(self, reached: Bools, affected: Bools) -> int:
        """How many lots affected acts made or moved, and the recalled ones."""
        goods, came, flow = self.flow.columns.parts["goods"], self.rests.came, self.flow
        number = main(flow, goods["act"])
        moved = goods["lot"] & (number >= 0) & (goods["relation"] != USED)
        moved[moved] = reached[number[moved]]
        stands = [flow.keys.find(flow.lots.get(key, key)) for key in map(flow.keys.__getitem__, np.unique(goods["key"][moved]).tolist())]
        own = [lot for one in self.starts for lot in lots_of(flow, one.kind, one.key)]
        put = np.unique(came.good[affected | reached[came.act]])
        return len({*stands, *own, *put[np.isin(put, flow.others["Lot"]["key"])].tolist()})

    def country(self, who: Key | None) -> str | None:
        """The country that a holder is in, as its master data tell."""
        row = self.flow.row(*who) if who else None
        return row.country if row else None

    def _amounts(self, shares: Floats, codes: Bools) -> Amounts:
        found = np.bincount(self.rests.unit[codes], shares[codes], len(self.rests.units.names))
        return tuple((self.rests.units.names[at], round(float(found[at]), _PLACES)) for at in np.flatnonzero(found > 0).tolist())

    def consignees(self, scope: str, first: int = 100, offset: int = 0) -> list[Consignee]:
        """A page of those who hold or got affected food last: whom the surest links lead to first, then the largest amounts."""
        level, (listed, of) = SCOPES.index(scope), self._holders
        affected = self._affected(scope) & (of >= 0)
        surest = np.full(len(listed), len(SCOPES))
        for at in range(level, -1, -1):
            surest[of[affected & self._affected(SCOPES[at])]] = at
        whose = np.full(int(self.rests.came.rest.max(initial=0)) + 1, -1)
        whose[self.rests.came.rest[affected]] = of[affected]
        held, shares = whose[self.rests.rest], self.rests.shares(affected)
        weighed = (held >= 0) & (self.rests.unit == 0)
        weight = np.bincount(held[weighed], shares[weighed], len(listed))
        order = sorted(np.flatnonzero(surest < len(SCOPES)).tolist(), key=lambda one: (surest[one], -weight[one], self._name(listed[one]), one))
        return [
            self._consignee(listed[one], SCOPES[surest[one]], np.flatnonzero(affected & (of == one)), self._amounts(shares, held == one))
            for one in order[offset : offset + first]
        ]

    def _name(self, who: Key | None) -> str:
        return place_name(self.flow, None) if who is None else thing_name(self.flow, *who)

    def _consignee(self, who: Key | None, scope: str, rows: Ints, amounts: Amounts) -> Consignee:
        came, flow = self.rests.came, self.flow
        acts = np.unique(came.act[rows])
        first, last = (int(acts[at]) for at in (np.argmin(flow.earliest[acts]), np.argmax(flow.latest[acts])))
        customer = bool((came.sent[rows] | came.used[rows]).any())
        return Consignee(who, self._name(who), self.country(who), customer, scope, amounts, self._when(first), self._when(last))

    def _when(self, act: int) -> str | None:
        arrived = self.flow.arrived.get(act)
        return (arrived.act if arrived else self.flow.told[act]).last[0]

    def total(self, scope: str) -> int:
        """How many consignees a scope has."""
        of = self._holders[1]
        return len(np.unique(of[self._affected(scope) & (of >= 0)]))

    def missing(self) -> list[Gap]:
        """What is missing or odd on the way from the starts, and shipments of affected food that tell no quantity."""
        found = [gap for gap in trace(self.flow, self.starts, "forward", self.limits).missing() if gap.sort != "no acts"]
        return [*found, *self._untold()]

    def _untold(self) -> Iterator[Gap]:
        came, of = self.rests.came, self._holders[1]
        rows = np.flatnonzero((of >= 0) & self.rests.untold)
        for row in rows[np.unique(came.rest[rows], return_index=True)[1]][:_MOST_UNTOLD].tolist():
            lot, place = self.flow.keys[int(came.good[row])], self._name(self._holders[0][int(of[row])])
            words = f"quantity not told: {lot_name(self.flow, lot)} left {place}, and no record tells how much each time"
            yield Gap("quantity not told", words, ("Lot", lot), self.flow.acts[int(came.act[row])])


def _food(one: Start) -> bool:
    """Whether a start is food itself: what else its makers made is not recalled with it."""
    return one.kind in ("Lot", "Product", "LogisticUnit")
