"""What logistic units held at a time: intervals from what records tell as opened, closed or seen (reference/model.md section 3)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

EARLY, LATE = "", "9999"


class Held(NamedTuple):
    """A record of a unit's contents: when, whether opened, closed or seen, and what."""

    at: str
    seen: str
    kind: str
    key: str
    quantity: Any


class Contents:
    """The contents of every unit over time."""

    def __init__(self, things: Iterable[Any]) -> None:
        self._held: dict[str, list[Held]] = defaultdict(list)
        for thing in things:
            if thing.kind == "LogisticUnit":
                for link in _told(thing):
                    at = link[3].get("at")
                    self._held[thing.key].append(
                        Held((at[1] or EARLY) if at else EARLY, link[3].get("seen", "seen"), link[1], link[2], link[3].get("quantity"))
                    )
        for held in self._held.values():
            held.sort(key=lambda one: (one.at, one.kind, one.key, one.seen))

    def lots(self, unit: str, moment: str) -> list[tuple[str, Any]]:
        """Lots with quantities inside a unit at a moment, units in units expanded; cycles end."""
        found: dict[str, Any] = {}
        waiting, done = [unit], set()
        while waiting:
            one = waiting.pop()
            if one in done:
                continue
            done.add(one)
            for held in self._at(one, moment):
                if held.kind == "Lot":
                    found.setdefault(held.key, held.quantity)
                else:
                    waiting.append(held.key)
        return sorted(found.items(), key=lambda item: item[0])

    def _at(self, unit: str, moment: str) -> list[Held]:
        """What was opened or seen by then and not closed since; else what is seen or closed next, if nothing was put in between."""
        inside: dict[tuple[str, str], Held] = {}
        later: list[Held] = []
        for held in self._held.get(unit, ()):
            if held.at > moment:
                later.append(held)
            elif held.seen == "closed":
                inside.pop((held.kind, held.key), None)
            else:
                inside[(held.kind, held.key)] = held
        if inside or not later or later[0].seen == "opened":
            return list(inside.values())
        return [held for held in later if held.at == later[0].at]


def _told(thing: Any) -> list[list[Any]]:
    """All CONTAINS links that facts tell: a number is used again, so the fold alone would lose earlier contents."""
    facts = getattr(thing, "facts", ())
    links = [link for fact in facts for link in fact["links"]] if facts else thing.links
    return [link for link in links if link[0] == "CONTAINS"]
