"""Where the marks of a trace stand: columns from farm to fork, few crossings, no overlap, the same picture every time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

COLUMN = 136.0
"""Pixels between two columns."""
ROW = 100.0
"""Pixels between two marks of a column."""
_SWEEPS = 6

Pair = tuple[str, str]
Place = tuple[float, float]


def levels(marks: Sequence[str], links: Iterable[Pair]) -> dict[str, int]:
    """The column of each mark: food goes to the right, along every link that is not part of a circle; what feeds one use stands next to it."""
    onward, backward = _straight(marks, links)
    order = _topological(marks, onward, backward)
    level = dict.fromkeys(marks, 0)
    for mark in order:
        for after in onward[mark]:
            level[after] = max(level[after], level[mark] + 1)
    tributary: dict[str, bool] = {}
    for mark in order:
        tributary[mark] = all(tributary[before] and len(onward[before]) == 1 for before in backward[mark])
    for mark in reversed(order):
        if tributary[mark] and onward[mark]:
            level[mark] = min(level[after] for after in onward[mark]) - 1
    return level


def _straight(marks: Sequence[str], links: Iterable[Pair]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The links without those that close a circle, by start and by end."""
    told: dict[str, list[str]] = {mark: [] for mark in marks}
    fed = set()
    for start, end in dict.fromkeys(links):
        if start != end and start in told and end in told:
            told[start].append(end)
            fed.add(end)
    onward: dict[str, list[str]] = {mark: [] for mark in marks}
    backward: dict[str, list[str]] = {mark: [] for mark in marks}
    state: dict[str, int] = {}
    for root in sorted(marks, key=lambda mark: mark in fed):
        if root in state:
            continue
        state[root], stack = 1, [(root, iter(told[root]))]
        while stack:
            mark, ahead = stack[-1]
            after = next(ahead, None)
            if after is None:
                state[mark] = 2
                stack.pop()
            elif state.get(after) != 1:  # a link back into the way that leads here closes a circle
                onward[mark].append(after)
                backward[after].append(mark)
                if after not in state:
                    state[after] = 1
                    stack.append((after, iter(told[after])))
    return onward, backward


def _topological(marks: Sequence[str], onward: Mapping[str, list[str]], backward: Mapping[str, list[str]]) -> list[str]:
    waiting = {mark: len(backward[mark]) for mark in marks}
    order = [mark for mark in marks if not waiting[mark]]
    for mark in order:
        for after in onward[mark]:
            waiting[after] -= 1
            if not waiting[after]:
                order.append(after)
    return order


def placed(level: Mapping[str, int], links: Iterable[Pair]) -> dict[str, Place]:
    """The place of each mark, given its column: neighbours stand near each other, and two marks of a column at least a row apart."""
    beside: dict[str, set[str]] = defaultdict(set)
    for start, end in links:
        if start in level and end in level and level[start] != level[end]:
            beside[start].add(end)
            beside[end].add(start)
    columns: dict[int, list[str]] = defaultdict(list)
    for mark, number in level.items():
        columns[number].append(mark)
    height = {mark: ROW * row for column in columns.values() for row, mark in enumerate(column)}
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for number in sorted(columns, reverse=not forward):
            wanted = {mark: _wanted(mark, beside[mark], level, height, forward) for mark in columns[number]}
            columns[number].sort(key=lambda mark, wanted=wanted: (wanted[mark], mark))  # type: ignore[misc]
            height |= _apart(columns[number], wanted)
    lowest = min(height.values(), default=0.0)
    return {mark: (COLUMN * level[mark], round(height[mark] - lowest, 1)) for mark in level}


def _wanted(mark: str, beside: Iterable[str], level: Mapping[str, int], height: Mapping[str, float], forward: bool) -> float:
    """The mean height of the neighbours on the side that the sweep comes from; of all neighbours where there are none."""
    before = [height[other] for other in beside if (level[other] < level[mark]) == forward]
    near = before or [height[other] for other in beside]
    return sum(near) / len(near) if near else height[mark]


def _apart(column: Sequence[str], wanted: Mapping[str, float]) -> dict[str, float]:
    """Heights as near as can be to those wanted, in this order, a row apart: blocks that would overlap share their mean."""
    blocks: list[tuple[float, int]] = []  # the sum of what the members want for the block's first one, and how many they are
    for row, mark in enumerate(column):
        total, count = wanted[mark] - ROW * row, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before = blocks.pop()
            total, count = total + before[0], count + before[1]
        blocks.append((total, count))
    firsts = [total / count for total, count in blocks for _ in range(count)]
    return {mark: first + ROW * row for row, (mark, first) in enumerate(zip(column, firsts, strict=True))}
