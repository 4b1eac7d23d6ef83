"""The event trace of GDST and EPCIS: every event that names an identifier reached, in any role, regardless of time."""

from collections import defaultdict
from collections.abc import Iterable

from algorithms.answer import Key
from algorithms.flow import Flow

_DOWN = {"output": "input", "parent": "child"}


def event_trace(flow: Flow, starts: Iterable[Key]) -> list[str]:
    """Keys of the events of a trace back from lots or units, sorted.

    From an output the walk goes on to all inputs of its event, from a parent to all its children, and never the other way
    (GDST trace-back; reference/model.md section 5, second answer). Linear in the identifiers named.
    """
    named = flow.once(_named)
    events = flow.all("Event")
    reached, waiting = set(starts), list(starts)
    while waiting:
        one = waiting.pop()
        for key in named.get(one, ()):
            told = events[key].named
            below = {_DOWN[role] for kind, thing, role, _ in told if (kind, thing) == one and role in _DOWN}
            for kind, thing, role, _ in told:
                if role in below and (kind, thing) not in reached:
                    reached.add((kind, thing))
                    waiting.append((kind, thing))
    return sorted({key for one in reached for key in named.get(one, ())})


def _named(flow: Flow) -> dict[Key, list[str]]:
    """The events that name each thing."""
    held: dict[Key, list[str]] = defaultdict(list)
    for key, event in flow.all("Event").items():
        for kind, thing, _, _ in event.named:
            held[(kind, thing)].append(key)
    return held
