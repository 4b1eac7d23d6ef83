"""Stations that count as one by a rule: sources, targets and simple chains of a network (reference/tracing.md section 1.7).

Stations with evidence and those without are never put together, so that collapsing what bears none changes no score of what is left.
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from algorithms.pools import Bools, Ints

SOURCES, TARGETS, CHAINS = "sources", "targets", "chains"
RULES = (SOURCES, TARGETS, CHAINS)


def collapsed(start: Ints, goal: Ints, weighted: Bools, apart: Bools, rules: Iterable[str]) -> list[tuple[str, list[int]]]:
    """The stations that each rule puts together, two or more each, with the rule; `start` and `goal` are the stations of each delivery.

    Sources send and receive nothing; those that send to the same stations are one. Targets receive and send nothing; those that receive from the same
    stations are one. A chain are stations of which each but the last sends to the next alone, which receives from it alone. `weighted` stations are
    put together with such alone (a chain holds none), `apart` ones with none.
    """
    others = start != goal
    sends, receives = _partners(start[others], goal[others]), _partners(goal[others], start[others])
    stations = [one for one in np.unique(np.concatenate([start, goal])).tolist() if not apart[one]]
    found: list[tuple[str, list[int]]] = []
    taken: set[int] = set()
    for rule in RULES:
        if rule in rules:
            free = [one for one in stations if one not in taken]
            made = (
                _chains(free, sends, receives, weighted)
                if rule == CHAINS
                else _ends(free, *((sends, receives), (receives, sends))[rule == TARGETS], weighted)
            )
            found += [(rule, members) for members in made]
            taken.update(one for members in made for one in members)
    return found


def _partners(start: Ints, goal: Ints) -> dict[int, frozenset[int]]:
    held: dict[int, set[int]] = defaultdict(set)
    for one, other in zip(start.tolist(), goal.tolist(), strict=True):
        held[one].add(other)
    return {one: frozenset(others) for one, others in held.items()}


def _ends(free: list[int], toward: dict[int, frozenset[int]], back: dict[int, frozenset[int]], weighted: Bools) -> list[list[int]]:
    """Stations with partners on one side alone, by these partners and by whether they bear evidence."""
    groups: dict[tuple[frozenset[int], bool], list[int]] = defaultdict(list)
    for one in free:
        if one in toward and one not in back:
            groups[toward[one], bool(weighted[one])].append(one)
    return [members for members in groups.values() if len(members) > 1]


def _chains(free: list[int], sends: dict[int, frozenset[int]], receives: dict[int, frozenset[int]], weighted: Bools) -> list[list[int]]:
    may = {one for one in free if not weighted[one]}
    onward: dict[int, int] = {}
    for one in may:
        others = sends.get(one, frozenset())
        if len(others) == 1:
            (other,) = others
            if other in may and receives[other] == {one}:
                onward[one] = other
    found, seen = [], set[int]()
    for first in sorted(onward.keys() - set(onward.values())):
        chain = [first]
        while chain[-1] in onward and onward[chain[-1]] not in seen:
            chain.append(onward[chain[-1]])
            seen.add(chain[-1])
        found.append(chain)
    return found
