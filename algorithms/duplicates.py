"""Near duplicates: events that tell the same thing under two ids are one act (reference/model.md section 7)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote

import orjson

from algorithms.rows import Event, Key, Row, Span

_WHOLE_DAY = 86_399.0


def twins(events: Mapping[str, Event], acts: Callable[[], Iterable[Key]], held: Mapping[str, Mapping[str, Row]]) -> dict[Key, Key]:
    """Acts that stand for the same doing as an act of another event, by the act that stays (the one of the lower event id).

    Events are near duplicates when type, action, step, place, things and quantities are equal and the times are equal, or one is a whole day
    that covers the other.
    """
    groups: dict[bytes, list[tuple[str, Event]]] = defaultdict(list)
    for key, event in sorted(events.items()):
        if event.named and event.happened[1] is not None:
            told = orjson.dumps([event.type, event.action, event.step, event.place, sorted(map(orjson.dumps, event.named)).__repr__()])
            groups[told].append((key, event))
    first: dict[str, str] = {}
    for group in groups.values():
        for number, (key, event) in enumerate(group):
            other = next((one for one, before in group[:number] if one not in first and _same_time(event.happened, before.happened)), None)
            if other is not None:
                first[_written(key)] = _written(other)
    if not first:
        return {}
    return {(kind, key): twin for kind, key in acts() if (twin := _twin(kind, key, first)) and twin[1] in held[kind]}


def _written(event: str) -> str:
    return event.partition(":")[2]


def _twin(kind: str, key: str, first: Mapping[str, str]) -> Key | None:
    tag, _, rest = key.partition(":")
    record, slash, more = rest.partition("/")
    other = first.get(record) or first.get(unquote(record))
    return (kind, f"{tag}:{other}{slash}{more}") if other else None


def _same_time(one: Span, other: Span) -> bool:
    if one[1:] == other[1:]:
        return True
    return any(_covers(a, b) for a, b in ((one, other), (other, one)))


def _covers(day: Span, moment: Span) -> bool:
    if None in (day[1], day[2], moment[1], moment[2]):
        return False
    return day[2] - day[1] == _WHOLE_DAY and day[1] <= moment[1] and moment[2] <= day[2]  # type: ignore[operator]
