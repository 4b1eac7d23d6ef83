"""The work of an investigation: what stands in its file, and the facts that each step of it records; what the state does not allow is refused."""

import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from algorithms import investigated
from algorithms.columns import ACT_KINDS
from algorithms.investigated import Assumption, Evidence
from algorithms.rows import Key
from graph_core.callers import Caller
from graph_core.fold import Node
from graph_core.foodgraph import FoodGraph
from ontology.codes import Clock, recall_clocks
from ontology.errors import Refused, Unknown
from ontology.kinds import RELATIONS, ref
from ontology.language import Fact, Link, Ref, Retraction, Source, Thing
from ontology.quality import Case, Decision, Hold, Investigation, Recall, Sample, TestResult
from ontology.relations import CONCERNS, IN_INVESTIGATION, TOOK_PLACE_AT
from ontology.values import Time, instant, stamp
from resolvers.loading import things

SOURCE = "investigation"
"""The source of all that an investigation records; who did it stands in the thing (its issuer) and in the journal."""
MOST_THINGS = 1_000
_SCORED = ("Place", *ACT_KINDS)
_OF = {
    investigated.CONTAMINATES: ("Place", "Shipment"),
    investigated.CLEAR: _SCORED,
    investigated.WEIGHS: (*_SCORED, "Case"),
    investigated.HIDDEN: _SCORED,
}
"""What each assumption can be made of."""
MET = "met"
"""The change of a decision that says that a clock of a recall is met."""
POSITIVE, NEGATIVE = "confirmed", "negative"
"""The words for what a test found."""
_HELD = ("Lot", "LogisticUnit", "Place", "Shipment")
_MARKED = "MATCH (n:{kind}) WHERE n.weight IS NOT NULL AND n.weight <> 0 RETURN n.key, n.weight ORDER BY n.key"
_SAME = "MATCH (a:Place)-[:SAME_AS]-(b:Place) RETURN a.key, b.key ORDER BY a.key, b.key"
_PARTS = "MATCH (:Investigation {key: $key})<-[:IN_INVESTIGATION]-(n) RETURN labels(n)[0], n.key"
Made = TypeVar("Made", Investigation, Case, Decision, Hold, Recall)


class WrongState(Refused):
    """What is asked does not go with the state that the thing is in."""

    code = "WRONG_STATE"


@dataclass(frozen=True)
class File:
    """An investigation with its cases, its decisions in the order they were made, and the holds and recalls that came of it."""

    node: Node
    cases: list[Node]
    decisions: list[Node]
    holds: list[Node]
    recalls: list[Node]
    tests: list[Node]
    same: Mapping[Key, Sequence[Key]]

    @classmethod
    async def of(cls, graph: FoodGraph, key: str) -> "File":
        """The file of an investigation. Raises Unknown where there is none."""
        node = await graph.node("Investigation", key)
        if node is None:
            raise Unknown("There is no such investigation: `investigations` lists them.")
        parts = await things(graph, [(str(kind), str(part)) for kind, part in await graph.read(_PARTS, key=key)])
        sorts = {sort: [part for part in parts.values() if part.kind == sort] for sort in ("Case", "Decision", "Hold", "Recall", "TestResult")}
        decisions = sorted(sorts["Decision"], key=lambda one: ((one.values.get("decided") or ["", ""])[1] or "", one.key))
        same: dict[Key, list[Key]] = {}
        for one, other in await graph.read(_SAME):
            same.setdefault(("Place", str(one)), []).append(("Place", str(other)))
        return cls(node, sorted(sorts["Case"], key=lambda one: one.key), decisions, sorts["Hold"], sorts["Recall"], sorts["TestResult"], same)

    @property
    def is_open(self) -> bool:
        """Whether it was not closed."""
        return self.node.values.get("closed") is None

    @property
    def ref(self) -> "Ref[Investigation]":
        """The investigation."""
        return Ref(Investigation, self.node.key)

    def need_open(self) -> None:
        """Raises WrongState for one that is closed."""
        if not self.is_open:
            raise WrongState("The investigation is closed: reopen it first.")

    @property
    def what_ifs(self) -> list[str]:
        """The names of its what-ifs, in the order they were begun."""
        return list(dict.fromkeys(one.values["what_if"] for one in self.decisions if one.values.get("what_if")))

    def evidence(self, what_if: str | None, last: int | None = None) -> Evidence:
        """What its cases and decisions make, in a what-if or without one; of the first `last` decisions where that is told."""
        if last is not None and last < 0:
            raise Refused(f"decisions is {last}; it counts decisions from the first.")
        if what_if is not None and what_if not in self.what_ifs:
            raise Unknown(f"The investigation has no what-if {what_if!r}; it has {', '.join(self.what_ifs) or 'none'}.", tuple(self.what_ifs))
        cases = [
            investigated.Case((one.kind, one.key), tuple(end for end in ends(one) if end[0] in _SCORED), weight_of(one), _onset(one))
            for one in self.cases
        ]
        return Evidence.of(cases, [_assumption(one) for one in self.decisions[:last] if _counts(one, what_if)], self.same, self._found())

    def _found(self) -> list[tuple[Key, bool]]:
        """What tests found in lots."""
        return [(end, is_positive(one)) for one in self.tests for end in ends(one) if end[0] == "Lot"]


def is_positive(test: Node) -> bool:
    """Whether a test found what was looked for."""
    return str(test.values.get("kind_of_result")) == POSITIVE


def weight_of(case: Node) -> float:
    """How much a case counts: 1 where nothing is told."""
    told = case.values.get("weight")
    return 1.0 if told is None else float(told)


def _onset(case: Node) -> float:
    """By when it began, in seconds since 1970; NaN where it is not told."""
    latest = instant((case.values.get("onset") or ["", "", None])[2])
    return latest.timestamp() if latest else math.nan


def _counts(decision: Node, what_if: str | None) -> bool:
    values = decision.values
    return values.get("change") in _OF and not values.get("undone") and values.get("what_if") in (None, what_if)


def _assumption(decision: Node) -> Assumption:
    values = decision.values
    return Assumption(values["change"], ends(decision), values.get("holds", True), values.get("weight") or 0.0)


def ends(node: Node) -> tuple[Key, ...]:
    """What a case, decision, hold or recall is about."""
    return tuple((link[1], link[2]) for link in node.links if link[0] in ("CONCERNS", "TOOK_PLACE_AT"))


@dataclass(frozen=True)
class Step:
    """What to record, the thing that it is about, and the investigation that it belongs to."""

    facts: Sequence[Fact | Retraction]
    about: Key
    file: str | None


class Work:
    """Steps that a caller takes, as facts to record; nothing is recorded here."""

    def __init__(self, graph: FoodGraph, caller: Caller) -> None:
        self.graph, self._caller, self._now = graph, caller, datetime.now(UTC)

    async def open(self, name: str, hazard: str | None, number: str | None, note: str | None, *, marked: bool) -> Step:
        """Open an investigation; `marked` takes in all cases that are in none, and whatever its sources gave a weight."""
        if not name.strip():
            raise Refused("An investigation has a name.")
        made = Investigation(issuer=self._caller.name, number=number or self._number("INV"), name=name, hazard=hazard, opened=self._moment, note=note)
        if await self.graph.node("Investigation", made.key):
            raise WrongState(f"{self._caller.name} has opened an investigation {made.number} before: give another number, or none.")
        facts = [self._fact(made)]
        return Step(facts + (await self._marked(made) if marked else []), ("Investigation", made.key), made.key)

    async def _marked(self, made: Investigation) -> list[Fact]:
        free = await self.graph.read("MATCH (n:Case) WHERE NOT (n)-[:IN_INVESTIGATION]->() RETURN n.key ORDER BY n.key LIMIT $most", most=MOST_THINGS)
        facts = [self._joined(Ref(Case, str(key)), made.ref) for (key,) in free]
        for kind in ("Place", "Shipment"):
            for key, weight in await self.graph.read(f"{_MARKED.format(kind=kind)} LIMIT {MOST_THINGS}"):
                facts.append(self._case(made.ref, str(key), [(kind, str(key))], weight=float(weight), assumed="Marked by its source."))
        return facts

    async def add_case(self, file: File, at: list[Key], **told: Any) -> Step:
        """People who fell ill at places, or after shipments or processes."""
        file.need_open()
        for kind, _ in at:
            if kind not in _SCORED:
                raise Refused(f"A case is at a place, or after a shipment or process; a {kind} was named. Name the place where its food was eaten.")
        if not at:
            raise Refused("A case is somewhere: name at least one place, shipment or process.")
        number, onset = told.pop("number", None) or self._number("CASE"), told.pop("onset", None)
        told["onset"] = Time.told(onset) if onset else None
        fact = self._case(file.ref, number, at, **told)
        assert isinstance(fact.about, Case)
        if any(one.key == fact.about.key for one in file.cases):
            raise WrongState(f"The investigation has a case {number}: give another number, or none.")
        return Step([fact], ("Case", fact.about.key), file.node.key)

    async def join_case(self, file: File, case: str) -> Step:
        """A case that was recorded before."""
        file.need_open()
        if await self._file(await self._node("Case", case)):
            raise WrongState("The case is in an investigation already: take it out there first.")
        return Step([self._joined(Ref(Case, case), file.ref)], ("Case", case), file.node.key)

    async def remove_case(self, key: str, reason: str) -> Step:
        """Take a case out of its investigation: all that was told of it here."""
        node = await self._node("Case", key)
        file = await self._file(node)
        if file is None:
            raise WrongState("The case is in no investigation.")
        file.need_open()
        _need_reason(reason)
        records = {fact["record"] for fact in node.facts if fact["source"] == SOURCE}
        if not records:
            raise WrongState(f"The case is told by {node.facts[0]['source']}, and so taken out there, by its source: assume here that it weighs 0.")
        taken = [Retraction(Source(self._caller.name, self._number("ACT")), reason, Ref(Case, key), record) for record in sorted(records)]
        return Step(taken, ("Case", key), file.node.key)

    async def test(self, file: File, of: list[Key], result: str, positive: bool, sample: Sample, **told: Any) -> Step:
        """What a laboratory found in food or at a place, and the sample that it was found in, if its time or material is told."""
        file.need_open()
        _need_kinds("A test is", of, ("Lot", "Place"))
        if not result.strip():
            raise Refused("Say what was looked for or found, such as norovirus.")
        number, kind = told.pop("number", None) or self._number("TEST"), POSITIVE if positive else NEGATIVE
        made = TestResult(issuer=file.node.key, number=number, result=result, kind_of_result=kind, **told)
        if any(one.key == made.key for one in file.tests):
            raise WrongState(f"The investigation has a test {number}: give another number, or none.")
        links = [CONCERNS(ref(*one)) for one in of]
        facts = []
        if sample.taken or sample.material:
            sample = replace(sample, issuer=file.node.key, number=number)
            facts.append(self._fact(sample, *links, IN_INVESTIGATION(file.ref)))
            links.append(CONCERNS(sample, role="sample"))
        return Step([*facts, self._fact(made, *links, IN_INVESTIGATION(file.ref))], ("TestResult", made.key), file.node.key)

    async def remove_test(self, key: str, reason: str) -> Step:
        """Take the result of a test back, with its sample."""
        node = await self._node("TestResult", key)
        file = await self._file(node)
        if file is None or not any(fact["source"] == SOURCE for fact in node.facts):
            raise WrongState("The test was not told here: take it out where it was.")
        file.need_open()
        _need_reason(reason)
        source = Source(self._caller.name, self._number("ACT"))
        of = [("TestResult", key), *(end for end in ends(node) if end[0] == "Sample")]
        return Step([Retraction(source, reason, ref(*one), one[1]) for one in of], ("TestResult", key), file.node.key)

    async def met(self, key: str, clock: str, why: str | None) -> Step:
        """Say that what a clock of a recall asks for is done."""
        node = await self._node("Recall", key)
        running = [one.name for one in clocks_of(node)]
        if clock not in running:
            raise Unknown(f"The recall has no clock {clock!r}; it has {', '.join(running)}.", tuple(running))
        if node.values.get("closed"):
            raise WrongState("The recall is closed.")
        made = Decision(issuer=self._caller.name, number=f"{key} {clock}", decided=self._moment, change=MET, text=why)
        file = await self._file(node)
        links = [CONCERNS(ref("Recall", key), role=clock)] + ([IN_INVESTIGATION(file.ref)] if file else [])
        return Step([self._fact(made, *links)], ("Decision", made.key), file.node.key if file else None)

    async def decide(self, file: File, change: str, of: list[Key], **told: Any) -> Step:
        """Assume something of places, acts or cases, without touching the facts about them."""
        file.need_open()
        _need_kinds(f"{change} is said", of, _OF[change])
        if (told.get("weight") is None) == (change == investigated.WEIGHS):
            raise Refused("A weight is given with WEIGHS, and only there.")
        decision = Decision(issuer=self._caller.name, number=self._number("DEC"), decided=self._moment, change=change, **told)
        return self._about(decision, of, file)

    async def undo(self, key: str, reason: str | None, *, undone: bool) -> Step:
        """Undo a decision, or do it again."""
        node = await self._node("Decision", key)
        file = await self._file(node)
        if file is None:
            raise Unknown("The decision is in no investigation.")
        file.need_open()
        if bool(node.values.get("undone")) == undone:
            raise WrongState("The decision is undone already." if undone else "The decision holds: it was not undone.")
        again = self._again(node, Decision, undone=self._moment if undone else None)
        return Step([replace(again, reason=reason)], ("Decision", key), file.node.key)

    async def close(self, file: File, note: str | None, *, closed: bool) -> Step:
        """Close an investigation with what it came to, or open it again."""
        if file.is_open != closed:
            raise WrongState("The investigation is closed already." if closed else "The investigation is open.")
        changed = {"closed": self._moment if closed else None} | ({"note": note} if note else {})
        return Step([self._again(file.node, Investigation, **changed)], ("Investigation", file.node.key), file.node.key)

    async def hold(self, file: File | None, of: list[Key], reason: str) -> Step:
        """Order that food must not move."""
        _need_kinds("A hold is", of, _HELD)
        _need_reason(reason)
        made = Hold(issuer=self._caller.name, number=self._number("HOLD"), since=self._moment, reason=reason)
        return self._ordered(made, of, file)

    async def release(self, key: str, reason: str) -> Step:
        """Let held food move again."""
        node = await self._node("Hold", key)
        _need_reason(reason)
        if node.values.get("until"):
            raise WrongState("The hold is released already.")
        file = await self._file(node)
        return Step([self._again(node, Hold, until=self._moment, release=reason)], ("Hold", key), file.node.key if file else None)

    async def recall(self, file: File | None, of: list[Key], reason: str, level: str, depth: str) -> Step:
        """Call food back."""
        _need_kinds("A recall is", of, ("Lot", "LogisticUnit"))
        _need_reason(reason)
        number = self._number("REC")
        made = Recall(issuer=self._caller.name, number=number, announced=self._moment, reason=reason, level=level, depth=depth, status="started")
        return self._ordered(made, of, file)

    async def end_recall(self, key: str, note: str) -> Step:
        """Close a recall with what it came to."""
        node = await self._node("Recall", key)
        if not note.strip():
            raise Refused("A recall is closed with what it came to.")
        if node.values.get("closed"):
            raise WrongState("The recall is closed already.")
        file = await self._file(node)
        fact = self._again(node, Recall, closed=self._moment, status="closed", note=note)
        return Step([fact], ("Recall", key), file.node.key if file else None)

    def _ordered(self, made: Hold | Recall, of: list[Key], file: File | None) -> Step:
        if file:
            file.need_open()
        return self._about(made, of, file)

    def _about(self, made: Decision | Hold | Recall, of: list[Key], file: File | None) -> Step:
        links = [CONCERNS(ref(*one)) for one in of] + ([IN_INVESTIGATION(file.ref)] if file else [])
        return Step([self._fact(made, *links)], (made.kind.name, made.key), file.node.key if file else None)

    async def _node(self, kind: str, key: str) -> Node:
        node = await self.graph.node(kind, key)
        if node is None:
            raise Unknown(f"There is no such {kind.lower()}.")
        return node

    async def _file(self, node: Node) -> File | None:
        inside = next((link[2] for link in node.links if link[0] == "IN_INVESTIGATION"), None)
        return await File.of(self.graph, inside) if inside else None

    @property
    def _moment(self) -> Time:
        return Time.told(stamp(self._now) or "")

    def _number(self, letters: str) -> str:
        return f"{letters}-{self._now:%Y%m%d}-{secrets.token_hex(3)}"

    def _fact(self, thing: Thing, *links: Link) -> Fact:
        return Fact(thing, Source(SOURCE, thing.key), links, told=self._now)

    def _case(self, file: "Ref[Investigation]", number: str, at: Iterable[Key], **told: Any) -> Fact:
        case = Case(issuer=file.key, number=number, **told)
        ends = [TOOK_PLACE_AT(ref(*one)) if one[0] == "Place" else CONCERNS(ref(*one)) for one in at]
        return self._fact(case, *ends, IN_INVESTIGATION(file))

    def _joined(self, case: "Ref[Case]", file: "Ref[Investigation]") -> Fact:
        return Fact(case, Source(SOURCE, f"{file.key} {case.key}"), (IN_INVESTIGATION(file),), told=self._now)

    def _again(self, node: Node, kind: type[Made], **changed: Any) -> Fact:
        """What was told here of a thing, told again with a change; its links stay."""
        before: dict[str, Any] = next((fact for fact in node.facts if fact["source"] == SOURCE), {"values": {}, "links": []})
        times = (name for name, field in kind.kind.fields.items() if field.type == "Time" and name in before["values"])
        told = {**kind.kind.parts(node.key), **before["values"], **{name: Time.from_told(before["values"][name]) for name in times}, **changed}
        links = [Link(RELATIONS[link[0]], ref(link[1], link[2]), link[3]) for link in before["links"]]
        return self._fact(kind(**told), *links)


def clocks_of(recall: Node) -> list[Clock]:
    """The clocks that run for a recall of its class."""
    return [one for one in recall_clocks() if one.level in ("", recall.values.get("level"))]


def _need_kinds(what: str, of: list[Key], kinds: tuple[str, ...]) -> None:
    """Raises Refused for nothing, and for what it cannot be of."""
    if not of:
        raise Refused(f"{what} of something: name at least one thing.")
    for kind, _ in of:
        if kind not in kinds:
            raise Refused(f"{what} of a {', '.join(kinds)}; a {kind} was named.")


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why: a reason is kept with it.")
