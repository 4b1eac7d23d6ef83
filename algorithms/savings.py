"""What one record would save: how much smaller a recall were if a single doubt were settled, the largest saving first."""

from dataclasses import dataclass, field

import numpy as np

from algorithms.answer import Key
from algorithms.flow import Flow
from algorithms.names import act_name, place_name
from algorithms.pools import SHARED_PLACE
from algorithms.recall import Recall
from algorithms.walk import Walk

MOST_LOOKED_AT = 40
"""Doubts that are looked at: the nearest to the start. Each costs one walk."""
_DOUBTFUL = "an act"
_WORDS = {
    "F1": "a record that confirms the link to {0}",
    "F2": "a document number on both the departure and the arrival of {0}",
    "F5": "proof that what met at {1} was kept apart (lines, a validated cleaning) after {0}",
    "F6": "a record of how the food of {0} came there",
    "F7": "the right dates of {0}, which took food before it was made",
    "F8": "the lot code of the food in {0}",
    _DOUBTFUL: "a record that confirms {0}, or joins its two ends",
}


@dataclass(frozen=True, slots=True)
class Saving:
    """Which record would settle a doubt, about what, and how many kilograms and customers would leave the recall at most.

    At most, for the record may also show that the food did take that way. Savings cannot be added up.
    """

    about: Key
    words: str
    kilograms: float
    customers: int


@dataclass(frozen=True, slots=True)
class Savings:
    """Savings, the largest first; how many doubts there are on the way, and how many of them, the nearest, were looked at."""

    found: list[Saving]
    doubts: int
    looked_at: int


@dataclass
class _Doubt:
    """Links that one missing record leaves uncertain: the act where it shows, by which rule, how far from the start, at which shared place."""

    act: int
    rule: str
    depth: int
    place: str | None = None
    ways: list[int] = field(default_factory=list)
    puts: list[int] = field(default_factory=list)

    def about(self, flow: Flow) -> Key:
        """What the record would be about."""
        return ("Place", self.place) if self.place else flow.acts[self.act]

    def words(self, flow: Flow) -> str:
        """Which record would settle it."""
        return _WORDS[self.rule].format(act_name(flow, self.act), place_name(flow, self.place))


def savings(recall: Recall, most: int = MOST_LOOKED_AT) -> Savings:
    """What settling each of the nearest doubts would save, in the widest scope. Cost: one walk for each that is looked at."""
    flow, walk = recall.flow, recall.walk()
    doubts = sorted([*_by_act(recall, walk), *_by_place(recall, walk)], key=lambda one: (one.depth, one.act, one.rule))
    whole = recall.measure(walk)
    found = []
    for one in doubts[:most]:
        left = recall.measure(_without(recall, one))
        if left != whole:
            saved = round(whole.kilograms - left.kilograms, 6), whole.customers - left.customers
            found.append(Saving(one.about(flow), one.words(flow), *saved))
    found.sort(key=lambda one: (-one.kilograms, -one.customers, one.about, one.words))
    return Savings(found, len(doubts), min(len(doubts), most))


def _without(recall: Recall, doubt: _Doubt) -> Walk:
    walk = recall.walk()
    walk.way_ok, walk.put_ok = walk.way_ok.copy(), walk.put_ok.copy()
    walk.way_ok[doubt.ways] = False
    walk.put_ok[doubt.puts] = False
    return walk


def _by_act(recall: Recall, walk: Walk) -> list[_Doubt]:
    """Doubtful links told or assumed between two acts, by the act that they lead to and the rule."""
    flow, depth = recall.flow, recall.depth(walk)
    walked = depth[flow.way_start] >= 0
    walked[recall.doubtful_ways] = True
    found: dict[tuple[int, str], _Doubt] = {}
    for number in np.flatnonzero(walked & (walk.way_scope > 0) & walk.way_ok).tolist():
        way = flow.ways[number]
        far = max(int(depth[way.start]), 0)
        doubt = found.setdefault((way.end, way.rule), _Doubt(way.end, way.rule, far))
        doubt.depth = min(doubt.depth, far)
        doubt.ways.append(number)
    return list(found.values())


def _by_place(recall: Recall, walk: Walk) -> list[_Doubt]:
    """Doubtful links through pools: of each act that is itself doubtful, and of each shared place between two validated cleanings."""
    flow, pools, depth = recall.flow, recall.flow.pools, recall.depth(walk)
    walked = depth[pools.puts.act] >= 0
    walked[recall.doubtful_puts] = True
    found: dict[tuple[str, int], _Doubt] = {}
    leads = pools.after < pools.last_take[pools.puts.pool]
    puts = np.flatnonzero(walked & (walk.put_scope > 0) & walk.put_ok & leads)
    for put in puts[np.lexsort((puts, depth[pools.puts.act[puts]]))].tolist():
        act, pool = int(pools.puts.act[put]), int(pools.puts.pool[put])
        shared = pools.base[pool] == SHARED_PLACE
        place = flow.sides.puts[int(pools.puts.told[put])].place if shared else None
        name = ("F5", pool) if shared else (_DOUBTFUL, act)
        found.setdefault(name, _Doubt(act, name[0], max(int(depth[act]), 0), place)).puts.append(put)
    return list(found.values())
