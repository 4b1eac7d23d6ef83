"""When deliveries may have left and arrived: as told, or within limits that their links set, or not asked (reference/tracing.md section 1.3)."""

from typing import NamedTuple

import numpy as np

from algorithms.pools import Bools, Floats, Ints
from algorithms.reach import Reach


class Days(NamedTuple):
    """The earliest and the latest possible day of each delivery's departure and arrival; -inf and +inf where not told."""

    departs_low: Floats
    departs_high: Floats
    arrives_low: Floats
    arrives_high: Floats

    def one_for_both(self) -> "Days":
        """Where only one of the two is told, both take it."""
        left, came = (np.isfinite(low) | np.isfinite(high) for low, high in (self[:2], self[2:]))
        departs = (np.where(came & ~left, other, own) for own, other in zip(self[:2], self[2:], strict=True))
        arrives = (np.where(left & ~came, other, own) for own, other in zip(self[2:], self[:2], strict=True))
        return Days(*departs, *arrives)

    def inferred(self, before: Ints, after: Ints) -> tuple["Days", Bools, Bools]:
        """Narrowed by the links: nothing arrives before it left, or leaves before what became it arrived.

        Our rule where the published outline leaves it open: of dates that cannot all be true every one is ignored that contradicts another. Answers
        which departures and arrivals those are, too.
        """
        size = len(self.departs_low)
        low, high = np.concatenate([self.departs_low, self.arrives_low]), np.concatenate([self.departs_high, self.arrives_high])
        own = np.arange(size)
        one, other = np.concatenate([own, size + before]), np.concatenate([size + own, after])
        onward, back = Reach(2 * size, one, other), Reach(2 * size, other, one)
        odd = (back.most(low) > high) | (-onward.most(-high) < low)
        low, high = np.where(odd, -np.inf, low), np.where(odd, np.inf, high)
        low, high = back.most(low), -onward.most(-high)
        return Days(low[:size], high[:size], low[size:], high[size:]), odd[:size], odd[size:]
