"""Where food came from and where it went: a walk over the material flow, any depth, cycles allowed."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from algorithms.flow import Flow, Way

Direction = Literal["forward", "backward", "both"]
SCOPES = ("certain", "probable", "conceivable")


@dataclass(frozen=True)
class Limits:
    """What bounds a trace: the last instant (ISO UTC), the lowest confidence and the widest scope of a link, the most links."""

    until: str | None = None
    lowest_confidence: float = 0.0
    scope: str = "conceivable"
    most_links: int = 1_000_000

    def allow(self, way: Way) -> bool:
        """Whether a link may be walked."""
        return way.confidence >= self.lowest_confidence and SCOPES.index(way.scope) <= SCOPES.index(self.scope)


@dataclass
class Reach:
    """One direction of a trace: the depth of every act reached, the link each was first reached by, all links, and the ends."""

    depth: dict[int, int] = field(default_factory=dict)
    by: dict[int, Way] = field(default_factory=dict)
    links: list[Way] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    cut: bool = False

    def path(self, act: int, backward: bool) -> list[Way]:
        """One shortest path between the start and an act, in the direction of the food."""
        ways: list[Way] = []
        while act in self.by:
            way = self.by[act]
            ways.append(way)
            act = way.end if backward else way.start
        return ways if backward else ways[::-1]


@dataclass
class Trace:
    """The answer: acts walked over in each direction, and what is missing, in words."""

    starts: list[int]
    forward: Reach
    backward: Reach
    missing: list[str]

    @property
    def acts(self) -> list[int]:
        """Every act of the trace, starts first, then by depth."""
        depths = {**self.forward.depth, **{act: depth for act, depth in self.backward.depth.items() if act not in self.forward.depth}}
        return sorted(depths, key=lambda act: (depths[act], act))

    @property
    def links(self) -> list[Way]:
        """Every link of the trace, once."""
        return list(dict.fromkeys([*self.backward.links, *self.forward.links]))


def confidence(path: list[Way]) -> float:
    """The confidence of a path: the product of its links."""
    product = 1.0
    for way in path:
        product *= way.confidence
    return product


def trace(flow: Flow, starts: Iterable[int], direction: Direction = "both", limits: Limits | None = None) -> Trace:
    """Everything the acts `starts` came from or went into.

    Guarantees: ends for every graph, cycles included; backward is the mirror of forward; adding a link never shrinks the answer.
    Cost: linear in the links walked.
    """
    bounds = limits or Limits()
    begin = sorted(set(starts))
    forward = _walk(flow, begin, flow.onward, lambda way: way.end, bounds) if direction != "backward" else Reach()
    backward = _walk(flow, begin, flow.backward, lambda way: way.start, bounds) if direction != "forward" else Reach()
    return Trace(begin, forward, backward, _missing(flow, forward, backward))


def _walk(flow: Flow, starts: list[int], ways: Callable[[int], list[Way]], far: Callable[[Way], int], limits: Limits) -> Reach:
    reach = Reach(dict.fromkeys(starts, 0))
    waiting = deque(starts)
    while waiting:
        act = waiting.popleft()
        found = [way for way in ways(act) if limits.allow(way) and _in_time(flow, far(way), limits)]
        if not found:
            reach.ends.append(act)
        for way in found:
            if len(reach.links) >= limits.most_links:
                reach.cut = True
                return reach
            reach.links.append(way)
            other = far(way)
            if other not in reach.depth:
                reach.depth[other] = reach.depth[act] + 1
                reach.by[other] = way
                waiting.append(other)
    return reach


def _in_time(flow: Flow, act: int, limits: Limits) -> bool:
    if limits.until is None:
        return True
    values = flow.acts[act].values
    first = values.get("departed") or values.get("started") or values.get("arrived")
    return not first or not first[1] or first[1] <= limits.until


def _missing(flow: Flow, forward: Reach, backward: Reach) -> list[str]:
    said = []
    for act in backward.ends:
        if flow.takes.get(act) or flow.acts[act].kind == "Shipment":
            said.append(f"unknown origin: nothing tells where {name(flow, act)} came from")
    for act in forward.ends:
        if flow.puts.get(act) and flow.acts[act].kind == "Process":
            said.append(f"unknown destination: nothing tells where what {name(flow, act)} made went")
    for way in (*backward.links, *forward.links):
        if way.rule == "F7":
            said.append(f"dates contradict: {name(flow, way.end)} used food before {name(flow, way.start)} brought it")
    if forward.cut or backward.cut:
        said.append("the limit of links was reached: the trace goes on beyond what is shown")
    return list(dict.fromkeys(said))


def common_origins(flow: Flow, starts: list[list[int]], limits: Limits | None = None) -> list[tuple[int, str, int]]:
    """Acts that every start reaches backward: (act, scope, depth), certain ones first, then the furthest upstream."""
    shared: dict[int, tuple[int, int]] = {}
    for scope in SCOPES:
        bounds = Limits(scope=scope) if limits is None else Limits(limits.until, limits.lowest_confidence, scope, limits.most_links)
        reaches = [_walk(flow, sorted(set(one)), flow.backward, lambda way: way.start, bounds).depth for one in starts]
        for act in set.intersection(*(set(reach) for reach in reaches)) if reaches else set():
            shared.setdefault(act, (SCOPES.index(scope), max(reach[act] for reach in reaches)))
    return [(act, SCOPES[scope], depth) for act, (scope, depth) in sorted(shared.items(), key=lambda item: (item[1][0], -item[1][1], item[0]))]


def name(flow: Flow, act: int) -> str:
    """An act in words: what it carries or does, and where."""
    told = flow.acts[act]
    goods = [link[2] for link in told.links if link[0] in ("CARRIES", "USED", "MADE")]
    lots = ", ".join(dict.fromkeys(lot_name(flow, lot) for lot in goods[:3])) or "food"
    if told.kind == "Shipment":
        ends = {link[0]: place_name(flow, link[2]) for link in told.links if link[0].startswith("SHIPPED")}
        return f"{lots} from {ends.get('SHIPPED_FROM', 'an unknown place')} to {ends.get('SHIPPED_TO', 'an unknown place')}"
    return f"{told.values.get('step') or 'a process'} ({lots})"


def lot_name(flow: Flow, key: str) -> str:
    """A lot in words: product and code."""
    lot = flow.things.get(("Lot", key))
    if lot is None:
        return key
    product = next((link[2] for link in lot.links if link[0] == "OF_PRODUCT"), None)
    return f"{_called(flow, 'Product', product)} {lot.values.get('code') or lot.values.get('serial') or '(no lot code)'}".strip()


def place_name(flow: Flow, key: str) -> str:
    """A place in words."""
    return _called(flow, "Place", key)


def _called(flow: Flow, kind: str, key: str | None) -> str:
    thing: Any = flow.things.get((kind, key or ""))
    return str((thing and (thing.values.get("name") or thing.values.get("code"))) or key or "")
