"""Links between two acts that do not lead through a pool: told by a record, matched, or assumed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from algorithms.columns import SCOPES
from algorithms.matching import Match
from algorithms.pools import Floats, Ints
from algorithms.portions import CERTAIN
from algorithms.rows import Amounts

if TYPE_CHECKING:
    from algorithms.flow import Flow

_RULES = ("F1", "F2", "F6", "F7", "F8")


class Way(NamedTuple):
    """A link between two acts (numbers into `Flow.acts`)."""

    start: int
    end: int
    rule: str
    method: str
    confidence: float
    scope: str
    amounts: Amounts = []  # noqa: RUF012 - never changed
    candidates: tuple[int, ...] = ()


class Ways(Sequence[Way]):
    """All of them, as columns. `source` is the row of the acts' told links that tells it, or -1 - n for the n-th of `others`."""

    def __init__(self, flow: "Flow", start: Ints, end: Ints, sure: Floats, scope: Ints, source: Ints, others: list[Way]) -> None:
        self._flow, self.start, self.end, self.sure, self.scope, self.source, self.others = flow, start, end, sure, scope, source, others

    def __len__(self) -> int:
        return len(self.start)

    @overload
    def __getitem__(self, number: int) -> Way: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Way]: ...

    def __getitem__(self, number: int | slice) -> Way | Sequence[Way]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        source = int(self.source[number])
        if source < 0:
            return self.others[-1 - source]
        told = self._flow.columns.parts["told"]
        carried = self._flow.row_at(int(told["act"][source])).told[int(told["nth"][source])][3]
        method, rule = self._flow.keys[int(told["method"][source])], "F1" if told["fed"][source] else "F2"
        ends = int(self.start[number]), int(self.end[number])
        return Way(*ends, rule, method, float(self.sure[number]), SCOPES[int(self.scope[number])], carried.get("quantity") or [])


def told_ways(flow: "Flow", others: list[Way]) -> Ways:
    """F1 and told matches (what a source or user says became what), and the others beside them; each once."""
    told = flow.columns.parts["told"]
    start, end = flow.number_of[told["act"]], flow.number.many(told["kind"], told["key"])
    main = flow.entry[start] == told["act"] if len(flow.entry) else np.zeros(len(start), np.bool_)
    row = np.flatnonzero((start >= 0) & (end >= 0) & (start != end) & main)
    scope = np.where(told["scope"] >= 0, told["scope"], np.where(told["sure"] >= CERTAIN, 0, 1))
    columns = {
        "start": np.concatenate([start[row], _column(others, 0)]),
        "end": np.concatenate([end[row], _column(others, 1)]),
        "sure": np.concatenate([told["sure"][row], np.array([way.confidence for way in others], np.float64)]),
        "scope": np.concatenate([scope[row], np.array([SCOPES.index(way.scope) for way in others], np.int64)]),
        "source": np.concatenate([row, -1 - np.arange(len(others))]),
    }
    rule = np.concatenate([np.where(told["fed"][row], 0, 1), np.array([_RULES.index(way.rule) for way in others], np.int64)])
    name = (columns["start"] * max(len(flow.acts), 1) + columns["end"]) * len(_RULES) + rule
    _, first = np.unique(name, return_index=True)
    _, last = np.unique(name[::-1], return_index=True)
    kept = (len(name) - 1 - last)[np.argsort(first, kind="stable")]
    return Ways(flow, **{one: values[kept] for one, values in columns.items()}, others=others)


def _column(ways: list[Way], at: int) -> Ints:
    return np.array([way[at] for way in ways], np.int64)


def matched(match: Match, position: Ints) -> Way:
    """A match of a departure and an arrival that has other partners too, as a link."""
    scope = "certain" if match.confidence >= CERTAIN else "probable"
    others = tuple(int(position[one]) for one in match.candidates)
    return Way(int(position[match.departure]), int(position[match.arrival]), "F2", match.method, match.confidence, scope, [], others)
