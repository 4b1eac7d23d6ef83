"""The one place that asks the tracing algorithms: what the API shows of a trace, in the dataclasses of `algorithms.answer`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from algorithms import trace as walk
from algorithms import words as saying
from algorithms.answer import Amount, Common, Direction, Gap, Key, TracedAct, TracedEnd, TracedLink
from algorithms.event_trace import event_trace
from algorithms.find import Found, find
from algorithms.flow import Flow, Way
from ontology.errors import Refused

MOST_LINKS = 1_000_000


@dataclass(frozen=True)
class Bounds:
    """What bounds a trace; instants are ISO 8601 UTC."""

    since: str | None = None
    until: str | None = None
    lowest_confidence: float = 0.0
    scope: str = "conceivable"
    most_links: int = MOST_LINKS
    most_depth: int | None = None


def started(flow: Flow, text: str, since: str | None, until: str | None) -> Found:
    """What a code, name or key names. Raises Ambiguous with the choices, Refused with near misses."""
    if since or until:
        raise Refused("Starts with a span of time are not answered yet: give the lot.")
    return find(flow, text)


class Answer:
    """A trace from several starts; everything but the walk is computed when it is asked for."""

    def __init__(self, flow: Flow, starts: Sequence[Found], direction: Direction, bounds: Bounds) -> None:
        if bounds.since or bounds.most_depth is not None:
            raise Refused("Traces since a time or to a depth are not answered yet.")
        self.flow, self.starts = flow, starts
        self._limits = walk.Limits(bounds.until, bounds.lowest_confidence, bounds.scope, bounds.most_links)
        self._trace = walk.trace(flow, [act for one in starts for act in one.acts], direction, self._limits)
        self.cut = self._trace.forward.cut or self._trace.backward.cut

    @cached_property
    def _acts(self) -> list[TracedAct]:
        return [
            TracedAct(
                (row["kind"], row["key"]),
                row["direction"],
                row["depth"],
                row["what"],
                row["when"],
                None,
                row["confidence"],
                "conceivable",
                row["end"],
            )
            for row in saying.rows(self.flow, self._trace)
        ]

    @property
    def total_acts(self) -> int:
        """How many acts."""
        return len(self._acts)

    @property
    def total_links(self) -> int:
        """How many links."""
        return len(self._trace.links)

    def acts(self, first: int, offset: int) -> list[TracedAct]:
        """A page of acts, starts first, then by depth."""
        return self._acts[offset : offset + first]

    def links(self, first: int, offset: int) -> list[TracedLink]:
        """A page of links."""
        return [self._link(way) for way in self._trace.links[offset : offset + first]]

    def _key(self, act: int) -> Key:
        return (self.flow.acts[act].kind, self.flow.acts[act].key)

    def _link(self, way: Way) -> TracedLink:
        return TracedLink(self._key(way.start), self._key(way.end), way.rule, way.method, way.confidence, way.scope, way.quantity or ())

    def origins(self) -> list[TracedEnd]:
        """Where the food began."""
        return self._ends(self._trace.backward, True)

    def holders(self) -> list[TracedEnd]:
        """Who held it last."""
        return self._ends(self._trace.forward, False)

    def _ends(self, reach: walk.Reach, backward: bool) -> list[TracedEnd]:
        ends = {self._key(act): reach.path(act, backward) for act in reach.ends}
        side = "backward" if backward else "forward"
        shown = [act for act in self._acts if act.act in ends and act.direction in ("start", side)]
        return [TracedEnd(act, tuple(self._link(way) for way in ends[act.act]), walk.confidence(ends[act.act])) for act in shown]

    def common(self) -> list[Common]:
        """Acts that every start came from."""
        by_key = {act.act: act for act in self._acts}
        found = walk.common_origins(self.flow, [list(one.acts) for one in self.starts], self._limits)
        return [Common(by_key[self._key(act)], scope, depth) for act, scope, depth in found if self._key(act) in by_key]

    def amounts(self) -> list[Amount]:
        """What places received and sent."""
        return []

    def missing(self) -> list[Gap]:
        """What is missing or odd."""
        return [Gap(text.partition(":")[0], text) for text in self._trace.missing]

    def words(self) -> str:
        """The trace in plain words."""
        return saying.words(self.flow, self._trace, " and ".join(one.label for one in self.starts))

    def events(self) -> list[Key]:
        """The event trace of the lots and units started from (GDST, EPCIS)."""
        reached = {key for start in self.start_things() for key in event_trace(self.flow.things.values(), start)}
        return [("Event", key) for key in sorted(reached)]

    def start_things(self) -> list[Key]:
        """What the starts name: kind and key."""
        return [next((kind, one.id) for kind in ("Lot", "Place", "Shipment", "Process") if (kind, one.id) in self.flow.things) for one in self.starts]
