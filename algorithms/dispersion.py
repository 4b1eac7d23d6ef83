"""How large the recall of each lot in stock would be, before there is one: expected and at worst, so that a planner sees which lots went far.

The worst case is all that can be affected (scope conceivable). Expected is the same with every amount and customer counted by how sure the way there
is (the confidence of its links multiplied, reference/model.md section 5): food that went there for certain counts whole, an assumed way in part.
"""

from typing import NamedTuple

import numpy as np

from algorithms.amounts import shipped_between
from algorithms.columns import PROCESS
from algorithms.find import start as start_of
from algorithms.flow import Flow
from algorithms.pools import Bools, Floats, Ints
from algorithms.recall import Recall
from algorithms.rests import Rests

MOST, _WORK = 1_000, 40_000_000
"""Lots that are worked out, those of which most is in stock; fewer in a large flow (lots times acts), so that it takes seconds."""


class Dispersed(NamedTuple):
    """A lot in stock: how many kilograms of it are there, what a recall of it is expected to take in and at worst, and of how many customers."""

    lot: str
    stock: float
    expected_kilograms: float
    expected_customers: float
    worst_kilograms: float
    worst_customers: int


class Ranking(NamedTuple):
    """Lots in stock, those with the largest recall at worst first; how many are in stock, and how many of them were worked out."""

    lots: tuple[Dispersed, ...]
    in_stock: int
    looked: int


def ranking(flow: Flow) -> Ranking:
    """The recalls of the lots in stock, worked out once."""
    return flow.once(_ranking)


def _ranking(flow: Flow) -> Ranking:
    goods, stock = in_stock(flow)
    order = np.lexsort((goods, -stock))[: min(MOST, max(_WORK // max(len(flow.acts), 1), 1))]
    found = [_dispersed(flow, flow.keys[int(goods[one])], float(stock[one])) for one in order.tolist()]
    found.sort(key=lambda one: (-one.worst_kilograms, -one.worst_customers, one.lot))
    return Ranking(tuple(found), len(goods), len(found))


def in_stock(flow: Flow) -> tuple[Ints, Floats]:
    """Lots that lie, by the books, where food is made or sent on from (numbers of their keys), and how many kilograms of each."""
    rests = flow.once(Rests)
    came, own = rests.came, _own(flow)
    here = rests.holds & (came.place >= 0) & own[np.maximum(came.place, 0)] & ~came.used
    goods = np.unique(came.good[here])
    good_of = np.zeros(int(came.rest.max(initial=0)) + 1, np.int64)
    good_of[came.rest] = came.good
    shares, mass = rests.shares(here), rests.unit == 0
    at = np.searchsorted(goods, good_of[rests.rest[mass]])
    known = np.append(goods, -1)[at] == good_of[rests.rest[mass]]
    stock: Floats = np.bincount(at[known], shares[mass][known], len(goods)).astype(np.float64)
    return goods, stock


def _own(flow: Flow) -> Bools:
    """Places where something was made, or from which something was sent on that had come there; by the number of their key."""
    own, places = np.zeros(len(flow.keys) + 1, np.bool_), flow.columns.parts["places"]
    own[places["key"][flow.columns.own["kind"][places["act"]] == PROCESS]] = True
    start, goal = shipped_between(flow)
    own[np.intersect1d(start[start >= 0], goal[goal >= 0])] = True
    return own


def _dispersed(flow: Flow, lot: str, stock: float) -> Dispersed:
    found = Recall(flow, [start_of(flow, "Lot", lot)])
    worst, (kilograms, customers) = found.worst(), found.expected()
    return Dispersed(lot, round(stock, 6), kilograms, customers, worst.kilograms, worst.customers)
