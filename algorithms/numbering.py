"""Which acts there are: twins once, cancelled ones not, a departure and its only arrival together."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from algorithms.columns import ACT_KINDS, DEPARTURE, SHIPMENT
from algorithms.duplicates import twins
from algorithms.matching import Match, matches
from algorithms.pools import Bools, Floats, Ints
from algorithms.rows import Key

if TYPE_CHECKING:
    from algorithms.flow import Flow


class Numbered(NamedTuple):
    """Acts by number: the entry of the columns that each is (`entry`), the act of each entry (`number_of`, -1 = none; twins and both ends of one
    shipment have one), the entry of each act's arrival where a second record tells it, and the matches of ends that have other partners too.
    """

    entry: Ints
    number_of: Ints
    arrived: Ints
    arrived_sure: Floats
    matches: list[Match]


def numbering(flow: "Flow") -> Numbered:
    """Number the acts of a flow in the order of their kinds and keys."""
    own = flow.columns.own
    there: Bools = ~own["void"]
    same = twins(flow.all("Event"), lambda: _keys(flow), flow.rows)
    twin, stays = _entries(flow, list(same)), _entries(flow, list(same.values()))
    there[twin] = False
    there[_cancelled(flow, set(twin.tolist()))] = False
    sided = np.flatnonzero(there & (own["side"] > 0))
    found = matches(((entry, flow.row_at(entry)) for entry in sided.tolist()), flow.nesting.nested, flow.contents.unpacked)
    partner = [match for match in found if match.alone]
    there[np.array([match.arrival for match in partner], np.int64)] = False
    entry = np.flatnonzero(there)
    number_of = np.full(len(flow.columns), -1, np.int64)
    number_of[entry] = np.arange(len(entry))
    arrived, sure = np.full(len(entry), -1, np.int64), np.zeros(len(entry))
    for match in partner:
        number = number_of[match.arrival] = number_of[match.departure]
        arrived[number], sure[number] = match.arrival, match.confidence
    number_of[twin] = number_of[stays]
    return Numbered(entry, number_of, arrived, sure, [match for match in found if not match.alone])


def _keys(flow: "Flow") -> list[Key]:
    own = flow.columns.own
    return [(ACT_KINDS[kind], flow.keys[key]) for kind, key in zip(own["kind"].tolist(), own["key"].tolist(), strict=True)]


def _entries(flow: "Flow", keys: list[Key]) -> Ints:
    """Where acts stand in the columns."""
    found = [flow.number.entry(key) for key in keys]
    return np.array(found, np.int64)


def _cancelled(flow: "Flow", left_out: set[int]) -> Ints:
    """Departures that a later void_shipping of the same goods from the same place cancels."""
    own = flow.columns.own
    gone: list[int] = []
    for void in np.flatnonzero(own["void"] & (own["kind"] == SHIPMENT)).tolist():
        told = flow.row_at(void)
        if told.step != "void_shipping" or void in left_out:
            continue
        goods = {good.key for good in told.goods}
        same = np.flatnonzero((own["side"] == DEPARTURE) & ~own["void"] & (own["start"] == own["start"][void]))
        fit = [
            ((act.first[1] or 0.0, entry), entry)
            for entry, act in ((one, flow.row_at(one)) for one in same.tolist() if one not in gone and one not in left_out)
            if goods & {good.key for good in act.goods} and (told.first[2] is None or (act.first[1] or 0.0) <= told.first[2])
        ]
        if fit:
            gone.append(max(fit)[1])
    return np.array(gone, np.int64)
