"""Which lot carried the contamination the obvious way, term by term as docs/outbreak.md says it: what the fast one is compared with."""

from algorithms.outbreak import Marks, Network
from algorithms.posterior import CLEARED, OTHER_CAUSE, SENSITIVITY, SPARED, SPECIFICITY, Known
from tests.algorithms.slow_outbreak import onward, weights


def posterior(network: Network, marks: Marks, known: Known) -> tuple[dict[int, float], dict[int, float]]:
    """How likely the contamination began with each lot that reaches a case, and how likely it went through it."""
    told = [*marks.station_weight.tolist(), *marks.delivery_weight.tolist()]
    ill, clear = ({thing for thing, weight in enumerate(told) if sign * weight > 0} for sign in (1, -1))
    got, sent = set(network.goal.tolist()), set(network.start.tolist())
    ends = {one for one in got - sent if told[one] == 0}
    reach = {lot: _reached(network, marks, known, lot) for lot in set(network.lot.tolist())}
    candidates = [lot for lot, (things, _) in reach.items() if _scores(network, marks, things)]
    likely = {lot: _likely(known, lot, reach[lot], (ill, clear, ends)) for lot in candidates}
    for tested, positive in known.tests:
        carries = {network.stations + one for one, lot in enumerate(network.lot.tolist()) if lot == tested}
        for lot in candidates:
            likely[lot] *= _result(positive, lot == tested or bool(reach[lot][0] & carries))
    none = OTHER_CAUSE ** len(ill)
    for _, positive in known.tests:
        none *= _result(positive, False)
    began = {lot: one / (none + sum(likely.values())) for lot, one in likely.items()}
    carried = dict(began)
    for one in candidates:
        for other in candidates:
            if one != other and reach[one][1] & ill and not _reached(network, marks, known, one, other)[1] & ill:
                carried[other] += began[one]
    return began, carried


def leads_back(network: Network, marks: Marks) -> bool:
    """Whether some delivery may carry on what it brought itself."""
    return any(one in _walked(network, marks, onward(network, marks, one), set()) for one in range(network.deliveries))


def _likely(known: Known, lot: int, reach: tuple[set[int], set[int]], things: tuple[set[int], set[int], set[int]]) -> float:
    (reached, in_time), (ill, clear, ends) = reach, things
    explained = {thing for thing in in_time & ill if not known.onset[thing] < known.left[lot]}
    cases = (1 - OTHER_CAUSE) ** len(explained) * OTHER_CAUSE ** len(ill - explained)
    return float(known.rates[lot].factor) * cases * (1 - CLEARED) ** len(reached & clear) / (1 + len(reached & ends) * SPARED / (1 - SPARED))


def _result(positive: bool, contaminated: bool) -> float:
    found = SENSITIVITY if contaminated else 1 - SPECIFICITY
    return found if positive else 1 - found


def _scores(network: Network, marks: Marks, things: set[int]) -> bool:
    stations = {thing for thing in things if thing < network.stations}
    plus, minus = weights(marks, (stations, {thing - network.stations for thing in things - stations}))
    return plus > minus


def _reached(network: Network, marks: Marks, known: Known, lot: int, without: int = -1) -> tuple[set[int], set[int]]:
    """What a lot reaches (stations, then deliveries), and what of it before people fell ill there; without passing through another lot."""
    barred = {one for one, other in enumerate(network.lot.tolist()) if other == without}
    starts = {one for one, other in enumerate(network.lot.tolist()) if other == lot}
    deliveries = _walked(network, marks, starts, barred)
    lands = {one for one in deliveries if not marks.delivery_kill[one]}
    late = {one for one in lands if marks.dates and network.arrives[one] > known.onset[network.goal[one]]}
    itself = {network.stations + one for one in deliveries}
    stations, in_time = ({int(network.goal[one]) for one in some} for some in (lands, lands - late))
    return stations | itself, in_time | itself


def _walked(network: Network, marks: Marks, starts: set[int], barred: set[int]) -> set[int]:
    found = starts - barred
    waiting = list(found)
    while waiting:
        more = onward(network, marks, waiting.pop()) - found - barred
        found |= more
        waiting.extend(more)
    return found
