"""The demo's own file format: things by label with their links, and what is assumed said to be assumed."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from ingest.connector import Connector, Document, Told, rows
from ingest.json_stream import Broken, JsonStream, Record
from ingest.said import Said
from ontology.errors import FoodFlowError
from ontology.facts import told as checked
from ontology.kinds import KINDS, RELATIONS
from ontology.language import Fact, FieldOf, Link, Ref, Refusal, Source
from ontology.values import Coordinates, Quantity, Time

FORMAT = "foodflow-demo/1"
SAMPLE = """{"format": "foodflow-demo/1", "source": "example", "things": [
 {"as": "flour", "kind": "Product", "values": {"owner": "example", "name": "Flour"}},
 {"as": "lot", "kind": "Lot", "values": {"product": "@flour", "code": "L42"}},
 {"as": "mill", "kind": "Place", "values": {"owner": "example", "name": "Mill"}},
 {"as": "milling", "kind": "Process", "values": {"owner": "example", "order": "1", "step": "milling", "started": "2025-03-01"},
  "links": [["MADE", "@lot", {"quantity": [{"value": 20, "unit": "KGM"}]}], ["TOOK_PLACE_AT", "@mill"]]}]}"""
_NUMBERS = {"value", "low", "high", "about"}
_MEMBERS = {"as", "kind", "values", "links", "assumed"}


class Demo(Connector):
    """Things in a readable list: `{"as": label, "kind", "values", "links": [[relation, "@label", properties]], "assumed": why}`."""

    name = "demo"
    sample = SAMPLE

    def recognises(self, document: Document) -> bool:
        """A JSON file that names the format."""
        return f'"{FORMAT}"'.encode() in document.head(1000)

    def facts(self, document: Document) -> Iterator[Told]:
        """One fact per thing; a thing with `assumed` has the source `assumption`."""
        with Said() as said:
            try:
                for number, thing, head in _things(document):
                    yield _told(thing, _Labels(said), document, number, str(head.get("source", document.dataset)))
            except Broken as error:
                yield Refusal(f"{document.name} {error.place}", str(error), f"A {FORMAT} file is JSON with a list `things`.")

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """The refused things with those that they speak of."""
        wanted = {number for _, number in rows(refusals)}
        labels: set[str] = set()
        try:
            for number, thing, _ in _things(document):
                labels |= set(_mentioned(thing.value)) if number in wanted else set()
            while labels != (
                more := labels | {label for _, thing, _ in _things(document) if _label(thing) in labels for label in _mentioned(thing.value)}
            ):
                labels = more
        except Broken:
            pass  # what stands before the break can be mended
        yield from _written(document, wanted, labels)


def _written(document: Document, wanted: set[int], labels: set[str]) -> Iterator[bytes]:
    lead = b""
    try:
        for number, thing, head in _things(document):
            if number in wanted or _label(thing) in labels:
                yield (lead or orjson.dumps({"format": FORMAT, **head})[:-1] + b', "things": [\n') + thing.text().encode()
                lead = b",\n"
    except Broken:
        pass
    yield b"]}\n" if lead else orjson.dumps({"format": FORMAT, "things": []})


def _things(document: Document) -> Iterator[tuple[int, Record, dict[str, Any]]]:
    """Number, thing and the members that stand before the things."""
    stream = JsonStream(document.open())
    head: dict[str, Any] = {}
    listed = False
    for name in stream.members():
        if name == "things" and stream.peek() == "start_array":
            listed = True
            for number in stream.items():
                yield number, stream.record(), head
        elif name != "format" and stream.peek() == "string":
            head[name] = stream.take()[1]
    if stream.peek() == "end" and not listed:
        raise Broken(f"it is no {FORMAT} file: it has no list `things`", "member 'things'")


def _label(thing: Record) -> str:
    return str(thing.value.get("as")) if isinstance(thing.value, dict) else ""


def _mentioned(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("@"):
        yield value[1:]
    elif isinstance(value, dict | list):
        for held in value.values() if isinstance(value, dict) else value:
            yield from _mentioned(held)


class _Labels:
    """The things told so far, by label."""

    def __init__(self, said: Said) -> None:
        self._said = said

    def __getitem__(self, label: str) -> Ref[Any]:
        kind, _, key = (self._said.get("label", str(label)) or "").partition(" ")
        if not kind:
            raise ValueError(f"the label @{label}, which no thing before it has")
        return Ref(KINDS[kind].thing, key)

    def keep(self, label: str, ref: Ref[Any]) -> None:
        """Let a label name a thing; raises ValueError where it names another already."""
        told = f"{ref.kind.kind.name} {ref.key}"
        before = self._said.first("label", label, told)
        if before is not None:
            raise ValueError(f"the label {label!r} a second time")


def _told(thing: Record, known: _Labels, document: Document, number: int, source: str) -> Told:
    entry = thing.value
    try:
        if thing.problem:
            raise ValueError(thing.problem)
        if not isinstance(entry, dict) or not isinstance(entry.get("as"), str):
            raise ValueError("a thing without a label `as`")
        fact = _fact(entry, known, document.name, number, source)
        checked(fact)
        known.keep(entry["as"], fact.about.ref)  # type: ignore[union-attr]
    except (FoodFlowError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        rule = str(error) if isinstance(error, FoodFlowError) else f"it lacks or misspells {error}"
        return Refusal(f"{document.name} thing {number}", rule, "Labels begin with @ and stand before they are used.", thing.text())
    return fact


def _fact(entry: dict[str, Any], known: _Labels, name: str, number: int, source: str) -> Fact:
    kind = KINDS[entry["kind"]]
    values = {field: _value(kind.fields[field], told, known) for field, told in entry.get("values", {}).items()}
    links = tuple(_link(told, known) for told in entry.get("links", ()))
    assumed = entry.get("assumed")
    says = Source("assumption" if assumed else source, f"{source}/{entry['as']}", name, number)
    unknown = [f"member {other!r} of a thing has no meaning here" for other in entry if other not in _MEMBERS]
    return Fact(kind.thing(**values), says, links=links, findings=(*((f"assumed: {assumed}",) if assumed else ()), *unknown))


def _link(told: list[Any], known: _Labels) -> Link:
    relation = RELATIONS[told[0]]
    carried = told[2] if len(told) > 2 else {}
    return Link(relation, known[told[1][1:]], {name: _value(relation.carries[name], value, known) for name, value in carried.items()})


def _value(field: FieldOf, told: Any, known: _Labels) -> Any:
    if field.many:
        return tuple(_one(field, one, known) for one in told)
    return _one(field, told, known)


def _one(field: FieldOf, told: Any, known: _Labels) -> Any:
    if field.is_ref:
        return known[told[1:]]
    if field.type == "Time":
        return Time.told(told)
    if field.type == "Quantity":
        members: dict[str, Any] = {name: _number(held) if name in _NUMBERS else str(held) for name, held in told.items()}
        return Quantity(**members)
    return Coordinates(*told) if field.type == "Coordinates" else told


def _number(told: Any) -> int | float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise ValueError(f"a number: {told!r} is none")
    return told
