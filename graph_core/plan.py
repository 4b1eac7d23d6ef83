"""What a batch of facts changes: which are new, known, replacing or refused; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

from graph_core.fold import NodeKey
from ontology.errors import OntologyViolation
from ontology.facts import Told, told
from ontology.kinds import KINDS
from ontology.language import Fact, Refusal, Retraction

_UNCOMPARED = ("errorDeclaration", "recordTime")


@dataclass
class Change:
    """The facts of one thing before and after."""

    before: dict[str, Told]
    after: dict[str, Told]


@dataclass
class Plan:
    """What is to be written: changed things, accepted facts, ended ones, and what was refused or known."""

    changes: dict[NodeKey, Change] = field(default_factory=dict)
    facts: list[Told] = field(default_factory=list)
    ended: list[Told] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    known: int = 0
    findings: int = 0


Item = Told | Retraction


def checked(items: Iterable[Fact | Retraction | Refusal]) -> tuple[list[Item], list[Refusal]]:
    """Facts in wire form and what the ontology refuses, by record: a record with one bad fact is refused as a whole."""
    good: list[Item] = []
    refused: list[Refusal] = []
    for record, group in groupby(items, key=record_told):
        told_here: list[Item] = []
        bad: Refusal | None = None
        for item in group:
            if isinstance(item, Refusal):
                refused.append(item)
            elif isinstance(item, Retraction):
                told_here.append(item)
            else:
                try:
                    told_here.append(told(item))
                except OntologyViolation as error:
                    place = f"{item.source.document or item.source.name} line {item.source.line or '?'}"
                    bad = bad or Refusal(place, str(error), "Mend the record and send it again.", record=record)
        if bad:
            refused.append(bad)
        else:
            good.extend(told_here)
    return good, refused


def record_told(item: Fact | Retraction | Refusal) -> str | None:
    """The record that what a connector tells stands in."""
    return item.record if isinstance(item, Refusal) else item.source.record


def record_of(item: Item) -> str:
    """The record that a checked item stands in."""
    return item.source.record if isinstance(item, Retraction) else str(item["record"])


def subjects(items: Iterable[Item]) -> set[NodeKey]:
    """The things whose present facts a plan needs to know."""
    named: set[NodeKey] = set()
    for item in items:
        if isinstance(item, Retraction):
            if item.of:
                named.add((item.of.kind.kind.name, item.of.key))
        else:
            named.add((item["kind"], item["key"]))
    return named


def plan(items: Iterable[Item], held: Mapping[NodeKey, Iterable[Told]]) -> Plan:
    """What these items change, given the present facts of their subjects."""
    made = Plan()
    for _, group in groupby(items, key=record_of):
        _record_group(made, list(group), held)
    return made


def _record_group(made: Plan, group: list[Item], held: Mapping[NodeKey, Iterable[Told]]) -> None:
    verdict = next((v for v in (_immutable(made, item, held) for item in group) if v), None)
    if isinstance(verdict, Refusal):
        made.refused.append(verdict)
        return
    if verdict == "known":
        made.known += len(group)
        return
    for item in group:
        if isinstance(item, Retraction):
            _retract(made, item, held)
        else:
            _tell(made, item, held)


def change_of(made: Plan, key: NodeKey, held: Mapping[NodeKey, Iterable[Told]]) -> Change:
    """The facts of a thing before and after, noted in the plan."""
    change = made.changes.get(key)
    if change is None:
        before = {fact["id"]: fact for fact in held.get(key, ())}
        change = made.changes[key] = Change(before, dict(before))
    return change


def _tell(made: Plan, fact: Told, held: Mapping[NodeKey, Iterable[Told]]) -> None:
    change = change_of(made, (fact["kind"], fact["key"]), held)
    after = change.after
    if fact["id"] in after:
        made.known += 1
        return
    if after:
        for other in [f for f in after.values() if f["record"] == fact["record"] and f["source"] == fact["source"]]:
            end(made, change, other)
    after[fact["id"]] = fact
    made.facts.append(fact)
    made.findings += len(fact.get("findings", ()))


def end(made: Plan, change: Change, fact: Told) -> None:
    """A fact of a thing holds no more."""
    del change.after[fact["id"]]
    if fact["id"] in change.before:
        made.ended.append(fact)
    else:
        made.facts.remove(fact)


def _retract(made: Plan, retraction: Retraction, held: Mapping[NodeKey, Iterable[Told]]) -> None:
    if retraction.of is None:
        return
    change = change_of(made, (retraction.of.kind.kind.name, retraction.of.key), held)
    for fact in list(change.after.values()):
        if fact["id"] == retraction.fact or (retraction.fact is None and fact["record"] == retraction.record):
            end(made, change, fact)


def _immutable(made: Plan, item: Item, held: Mapping[NodeKey, Iterable[Told]]) -> Refusal | str | None:
    """The verdict on a record that stands already: None (go on), "known", or a refusal that names the difference.

    A record whose error was declared stays so: the original told again, or for the first time, says nothing.
    """
    if isinstance(item, Retraction) or not KINDS[item["kind"]].immutable:
        return None
    standing = list(change_of(made, (item["kind"], item["key"]), held).after.values())
    if not standing:
        return None
    received, declares = item["values"].get("received", {}), "declared_error" in item["values"]
    differs = _difference(standing[0]["values"].get("received", {}), received)
    if differs:
        place = f"{item.get('document') or item['source']} line {item.get('line', '?')}"
        rule = f"{item['kind']} {item['record']} was received before with other content: {', '.join(differs)} differ"
        remedy = "The first stands. Send a correction as an event with an id of its own and an error declaration."
        return Refusal(place, rule, remedy, orjson.dumps(received).decode(), item["record"])
    declared = any("declared_error" in fact["values"] for fact in standing)
    again = any(fact["id"] == item["id"] for fact in standing)
    return None if declares > declared or (again and declares == declared) else "known"


def _difference(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in sorted({*one, *other}) if name not in _UNCOMPARED and one.get(name) != other.get(name)]
