"""Scores of an outbreak the obvious way, word by word as the specification says it: what the fast ones are compared with."""

from algorithms.outbreak import Marks, Network


def onward(network: Network, marks: Marks, one: int) -> set[int]:
    """The deliveries that may carry what a delivery brought."""
    before, after, goal, start = network.before.tolist(), network.after.tolist(), network.goal.tolist(), network.start.tolist()
    if marks.delivery_kill[one] or marks.station_kill[goal[one]]:
        return set()

    def in_time(other: int) -> bool:
        return not marks.dates or bool(network.arrives[one] <= network.departs[other])

    found = {other for given, other in zip(before, after, strict=True) if given == one}
    if marks.station_cross[goal[one]]:
        found |= {other for other in range(network.deliveries) if start[other] == goal[one] and other != one and in_time(other)}
    if marks.delivery_cross[one]:
        for other in range(network.deliveries):
            if marks.delivery_cross[other] and goal[other] == goal[one] and not marks.delivery_kill[other]:
                found |= {last for given, last in zip(before, after, strict=True) if given == other and in_time(last)}
    return found


def reached(network: Network, marks: Marks, one: int) -> tuple[set[int], set[int]]:
    """The stations and the deliveries that a delivery reaches, itself included."""
    deliveries, waiting = {one}, [one]
    while waiting:
        for other in onward(network, marks, waiting.pop()) - deliveries:
            deliveries.add(other)
            waiting.append(other)
    return {int(network.goal[other]) for other in deliveries if not marks.delivery_kill[other]}, deliveries


def station_reaches(network: Network, marks: Marks, station: int) -> tuple[set[int], set[int]]:
    """The stations and deliveries that a station reaches, itself included."""
    stations, deliveries = {station}, set[int]()
    for one in range(network.deliveries):
        if network.start[one] == station and not marks.station_kill[station]:
            more = reached(network, marks, one)
            stations |= more[0]
            deliveries |= more[1]
    return stations, deliveries


def weights(marks: Marks, found: tuple[set[int], set[int]]) -> tuple[float, float]:
    """The sum of the positive weights of these stations and deliveries, and of the negative ones."""
    told = [float(marks.station_weight[one]) for one in found[0]] + [float(marks.delivery_weight[one]) for one in found[1]]
    return sum(one for one in told if one > 0), -sum(one for one in told if one < 0)
