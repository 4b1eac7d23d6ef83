"""What logistic units held at a time: intervals from what records tell as opened, closed or seen (reference/model.md section 3)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from algorithms.rows import Amounts, Content, Event, Unit

EARLY, LATE = float("-inf"), float("inf")
WEAK = 0.8 / 0.95
"""How much less sure contents are that only a later sight or opening of the unit tells (rule F4: 0.8 instead of 0.95)."""


class Inside(NamedTuple):
    """A lot inside a unit at a moment, how much of it, and how sure that is."""

    lot: str
    amounts: Amounts
    sure: float


class Contents:
    """The contents of every unit over time."""

    def __init__(self, units: Mapping[str, Unit], events: Iterable[Event] = ()) -> None:
        self._held = {key: sorted(unit.contents, key=_order) for key, unit in units.items() if unit.contents}
        self._emptied: dict[str, list[float]] = defaultdict(list)
        self._opened: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
        for key, contents in self._held.items():
            for content in contents:
                if content.seen == "opened" and not content.associated:
                    self._opened[(content.kind, content.key)].append((_at(content), key))
        for event in events:
            if event.type == "AggregationEvent" and event.action == "DELETE" and all(named[2] == "parent" for named in event.named):
                for _, parent, _, _ in event.named:
                    self._emptied[parent].append(event.happened[1] or EARLY)
        for opened in self._opened.values():
            opened.sort()

    def lots(self, unit: str, moment: float) -> list[Inside]:
        """Lots inside a unit at a moment (seconds since 1970), units in units expanded, each once; cycles end."""
        found: dict[str, Inside] = {}
        waiting, done = [(unit, 1.0)], set()
        while waiting:
            one, sure = waiting.pop()
            if one in done:
                continue
            done.add(one)
            inside, surely = self._inside(one, moment)
            for content in inside:
                if content.kind == "Lot":
                    found.setdefault(content.key, Inside(content.key, content.amounts, min(sure, surely)))
                else:
                    waiting.append((content.key, min(sure, surely)))
        return sorted(found.values(), key=lambda one: one.lot)

    def unpacked(self, unit: str, after: float, before: float) -> bool:
        """Whether something was taken out of the unit between two moments."""
        closed = [_at(content) for content in self._held.get(unit, ()) if content.seen == "closed"]
        return any(after < at < before for at in (*closed, *self._emptied.get(unit, ())))

    def _inside(self, unit: str, moment: float) -> tuple[list[Content], float]:
        """What was opened or seen by then and not closed since; else what is seen or closed next, if nothing was put in between."""
        inside: dict[tuple[str, str, bool], Content] = {}
        later: list[Content] = []
        emptied = max((at for at in self._emptied.get(unit, ()) if at < moment), default=None)
        for content in self._held.get(unit, ()):
            name, at = (content.kind, content.key, content.associated), _at(content)
            if at > moment or (at == moment and content.seen == "closed"):
                later.append(content)
            elif content.seen == "closed":
                inside.pop(name, None)
            elif emptied is None or at > emptied or content.associated:
                inside[name] = content
        kept = [content for content in inside.values() if not self._moved(content, unit, moment)]
        if kept or not later or later[0].seen == "opened":
            return kept, 1.0
        return [content for content in later if _at(content) == _at(later[0])], WEAK

    def _moved(self, content: Content, unit: str, moment: float) -> bool:
        """Whether the child was put into another unit since: putting it elsewhere closes the old interval."""
        opened = self._opened.get((content.kind, content.key), ())
        number = bisect_right(opened, (moment, "\uffff")) - 1
        return number >= 0 and not content.associated and content.kind != "Lot" and opened[number][1] != unit and opened[number][0] > _at(content)


def _at(content: Content) -> float:
    return EARLY if content.at is None else content.at


def _order(content: Content) -> tuple[float, int, str, str]:
    return _at(content), ("opened", "seen", "closed").index(content.seen), content.kind, content.key
