"""The demo's own file format: things by label with their links, and what is assumed said to be assumed."""

from collections.abc import Iterator
from typing import Any

import orjson

from ingest.connector import Connector, Document, Told
from ontology.errors import FoodFlowError
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


class Demo(Connector):
    """Things in a readable list: `{"as": label, "kind", "values", "links": [[relation, "@label", properties]], "assumed": why}`."""

    name = "demo"
    sample = SAMPLE

    def recognises(self, document: Document) -> bool:
        """A JSON file that names the format."""
        return f'"{FORMAT}"'.encode() in document.head(1000)

    def facts(self, document: Document) -> Iterator[Told]:
        """One fact per thing; a thing with `assumed` has the source `assumption`."""
        try:
            whole = orjson.loads(document.open().read(50_000_000))
            things = list(whole["things"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            place = f"{document.name} line {error.lineno}" if isinstance(error, orjson.JSONDecodeError) else document.name
            yield Refusal(place, f"it is no {FORMAT} file: {error}", "It is JSON with a list `things`.")
            return
        known: dict[str, Ref[Any]] = {}
        for line, entry in enumerate(things, 1):
            try:
                yield _fact(entry, known, document.name, line, str(whole.get("source", document.dataset)))
            except (FoodFlowError, KeyError, TypeError, ValueError, AttributeError) as error:
                rule = str(error) if isinstance(error, FoodFlowError) else f"it lacks or misspells {error}"
                yield Refusal(f"{document.name} thing {line}", rule, "Labels begin with @ and stand before they are used.", str(entry)[:200])


def _fact(entry: dict[str, Any], known: dict[str, Ref[Any]], name: str, line: int, source: str) -> Fact:
    kind = KINDS[entry["kind"]]
    values = {field: _value(kind.fields[field], told, known) for field, told in entry.get("values", {}).items()}
    thing = kind.thing(**values)
    known[entry["as"]] = thing.ref
    links = tuple(_link(told, known) for told in entry.get("links", ()))
    says = Source("assumption" if entry.get("assumed") else source, f"{source}/{entry['as']}", name, line)
    findings = (f"assumed: {entry['assumed']}",) if entry.get("assumed") else ()
    return Fact(thing, says, links=links, findings=findings)


def _link(told: list[Any], known: dict[str, Ref[Any]]) -> Link:
    relation = RELATIONS[told[0]]
    carried = told[2] if len(told) > 2 else {}
    return Link(relation, known[told[1][1:]], {name: _value(relation.carries[name], value, known) for name, value in carried.items()})


def _value(field: FieldOf, told: Any, known: dict[str, Ref[Any]]) -> Any:
    if field.many:
        return tuple(_one(field, one, known) for one in told)
    return _one(field, told, known)


def _one(field: FieldOf, told: Any, known: dict[str, Ref[Any]]) -> Any:
    if field.is_ref:
        return known[told[1:]]
    if field.type == "Time":
        return Time.told(told)
    if field.type == "Quantity":
        return Quantity(**told)
    return Coordinates(*told) if field.type == "Coordinates" else told
