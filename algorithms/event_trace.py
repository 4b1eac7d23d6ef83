"""The event trace of GDST and EPCIS: every event that names an identifier reached, in any role, regardless of time."""

from collections import defaultdict
from collections.abc import Iterable

from algorithms.flow import Told

_DOWN = {"output": "input", "parent": "child"}


def event_trace(things: Iterable[Told], start: tuple[str, str]) -> list[str]:
    """Keys of the events of a trace back from (kind, key), sorted.

    From an output the walk goes on to all inputs of its event, from a parent to all its children, and never the other way
    (GDST trace-back; reference/model.md section 5, second answer). Linear in the identifiers named.
    """
    named: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for event in things:
        if event.kind == "Event":
            for relation, kind, key, _ in event.links:
                if relation == "CONCERNS":
                    named[(kind, key)].append(event)
    reached, waiting = {start}, [start]
    while waiting:
        one = waiting.pop()
        for event in named[one]:
            roles = {carried.get("role") for relation, kind, key, carried in event.links if relation == "CONCERNS" and (kind, key) == one}
            below = {_DOWN[role] for role in roles if role in _DOWN}
            for relation, kind, key, carried in event.links:
                if relation == "CONCERNS" and carried.get("role") in below and (kind, key) not in reached:
                    reached.add((kind, key))
                    waiting.append((kind, key))
    return sorted({event.key for one in reached for event in named[one]})
