"""How much of a lot is accounted for: of all that was made or came in, what was used, sent to a known place, or counted in stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from algorithms.answer import Gap
from algorithms.find import lots_of
from algorithms.flow import Flow
from algorithms.names import lot_name, place_name
from algorithms.pools import Ints
from algorithms.rests import Rests, told_amounts
from algorithms.rows import Amounts
from algorithms.trace import Start


class Count(NamedTuple):
    """What was counted of a lot at a place (None = not told) when it was counted last, as told."""

    lot: str
    place: str | None
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Accounted:
    """Of what came (made, or received where nothing made it), in one unit: what processes used, what rests at known places that it was sent to, what
    a count of stock confirms where it came; `uncounted` should lie there by the books alone. `share` may exceed 1: more left than came.
    """

    unit: str
    came: float
    used: float
    sent: float
    counted: float
    uncounted: float
    gaps: tuple[Gap, ...]

    @property
    def share(self) -> float:
        """The share that is accounted for."""
        return (self.used + self.sent + self.counted) / self.came


def accounted(flow: Flow, starts: Sequence[Start], counts: Sequence[Count] = ()) -> Accounted | None:
    """How much is accounted for of the lots that are recalled; None where no lot is, or no record tells how much of it came.

    In kilograms where masses are told, else in the unit in which most came.
    """
    rests = flow.once(Rests)
    goods = np.unique(np.array([lot for one in starts for lot in lots_of(flow, one.kind, one.key)], np.int64))
    came = rests.total(rests.entered(goods))
    if not came.any():
        return None
    unit = 0 if came[0] > 0 else int(np.argmax(came))
    used = rests.used(goods)
    mine, known = np.isin(rests.came.good, goods), rests.known
    sent = mine & rests.came.sent & known
    held = rests.shares(sent)[rests.unit == unit].sum() + rests.total(sent & rests.gone)[unit]
    counted, uncounted, gaps = _stock(flow, rests, goods, unit, counts)
    went = used.value[used.unit == unit].sum()
    all_, used_, sent_, sure, open_ = (round(float(value), 6) for value in (came[unit], went, held, counted, uncounted))
    return Accounted(rests.units.names[unit], all_, used_, sent_, sure, open_, tuple(gaps))


def _stock(flow: Flow, rests: Rests, goods: Ints, unit: int, counts: Sequence[Count]) -> tuple[float, float, list[Gap]]:
    """What a count confirms of the lots where they were made, what stands in the books alone, and where that is."""
    made = np.isin(rests.came.good, goods) & ~rests.came.sent & ~rests.came.used
    shares, confirmed, uncounted = rests.shares(made), 0.0, 0.0
    gaps = []
    for code in np.flatnonzero((rests.unit == unit) & (shares > 0)).tolist():
        row = int(np.flatnonzero(made & (rests.came.rest == rests.rest[code]))[0])
        lot, place = flow.keys[int(rests.came.good[row])], int(rests.came.place[row])
        where, held = flow.keys[place] if place >= 0 else None, float(shares[code])
        told = [one for one in counts if flow.lots.get(one.lot, one.lot) == lot and _at(flow, one, where)]
        found = min(held, sum(told_amounts(rests.units, one.amounts).get(unit, 0.0) for one in told))
        confirmed, uncounted = confirmed + found, uncounted + held - found
        if held > found:
            left = f"{held - found:g} {rests.units.names[unit]} of {lot_name(flow, lot)}"
            words = f"not counted: {left} should lie at {place_name(flow, where)}, and no count says so"
            gaps.append(Gap("not counted", words, ("Lot", lot), flow.acts[int(rests.came.act[row])]))
    return confirmed, uncounted, gaps


def _at(flow: Flow, count: Count, place: str | None) -> bool:
    return count.place is None or place is None or flow.nesting.nested(count.place, place)
