"""EPCIS 2.0 JSON-LD: what trading partners say happened (derivation rules: reference/model.md section 3)."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from ingest.connector import Connector, Document, Told
from ontology.acts import Document as Paper
from ontology.acts import Event, Process, Shipment
from ontology.errors import FoodFlowError, Refused
from ontology.food import LogisticUnit, Lot, Product
from ontology.identifiers import identified
from ontology.language import Fact, Link, Ref, Refusal, Retraction, Source, Thing
from ontology.places import Party, Place
from ontology.relations import (
    CARRIES,
    CONCERNS,
    CONTAINS,
    DOCUMENTED_BY,
    MADE,
    OF_PRODUCT,
    SENT_BY,
    SENT_TO,
    SHIPPED_FROM,
    SHIPPED_TO,
    TOOK_PLACE_AT,
    USED,
)
from ontology.values import Coordinates, Quantity, Time

Json = dict[str, Any]
Good = tuple[Thing, tuple[Quantity, ...] | None]
_LARGEST = 400_000_000
_DEEPEST = 64
_OUT = {"shipping", "departing", "transporting", "consigning"}
_IN = {"receiving", "arriving", "accepting"}
_END = {"destroying", "decommissioning", "retail_selling", "dispensing"}
_KINDS = {"ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"}
_LISTS = (
    ("epcList", "quantityList", "what"),
    ("inputEPCList", "inputQuantityList", "input"),
    ("outputEPCList", "outputQuantityList", "output"),
    ("childEPCs", "childQuantityList", "child"),
)
_GEO = re.compile(r"geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")

SAMPLE = """{"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], "type": "EPCISDocument", "schemaVersion": "2.0",
 "creationDate": "2025-03-02T10:00:00Z", "epcisBody": {"eventList": [
 {"type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001", "eventTime": "2025-03-01T08:00:00+01:00",
  "eventTimeZoneOffset": "+01:00", "action": "ADD", "bizStep": "commissioning",
  "quantityList": [{"epcClass": "https://id.gs1.org/01/09521234000020/10/L42", "quantity": 20, "uom": "KGM"}],
  "readPoint": {"id": "https://id.gs1.org/414/9521234000013"}, "bizLocation": {"id": "https://id.gs1.org/414/9521234000013"}}]}}"""


class Epcis(Connector):
    """EPCISDocument and EPCISQueryDocument; every event is kept as received, beside the acts that it tells."""

    name = "epcis"
    sample = SAMPLE

    def recognises(self, document: Document) -> bool:
        """A JSON document of EPCIS type."""
        return re.search(rb'"(?:type|isA)"\s*:\s*"EPCIS(?:Query)?Document"', document.head(2_000_000)) is not None

    def facts(self, document: Document) -> Iterator[Told]:
        """The events' facts in their order; a bad event is refused and the rest goes on."""
        try:
            events = _events(document)
        except Refused as error:
            yield Refusal(document.name, str(error), "Export it again, whole, as UTF-8 JSON-LD.")
            return
        for line, event in enumerate(events, 1):
            try:
                yield from list(_Reading(event, document.name, line).facts())
            except (FoodFlowError, KeyError, TypeError, ValueError, AttributeError) as error:
                rule = str(error) if isinstance(error, FoodFlowError) else f"it lacks or misspells {error}"
                number = event.get("eventID") if isinstance(event, dict) else None
                yield Refusal(f"{document.name} event {line}", rule, "Mend the event and send it again.", str(event)[:300], record=number)


def _events(document: Document) -> list[Any]:
    if document.size > _LARGEST:
        raise Refused(f"it has {document.size} bytes; documents are read up to {_LARGEST // 1_000_000} MB: split it")
    try:
        whole = orjson.loads(document.open().read())
    except orjson.JSONDecodeError as error:
        raise Refused(f"it is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    if _depth(whole) > _DEEPEST:
        raise Refused(f"it nests deeper than {_DEEPEST} levels")
    body = whole.get("epcisBody", {}) if isinstance(whole, dict) else {}
    if "queryResults" in body:
        body = body["queryResults"].get("resultsBody", {})
    events = body.get("eventList", [body["event"]] if "event" in body else None)
    if not isinstance(events, list):
        raise Refused("it has no epcisBody with an eventList")
    return events


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        held, depth = waiting.pop()
        if isinstance(held, dict | list):
            deepest = max(deepest, depth)
            waiting.extend((one, depth + 1) for one in (held.values() if isinstance(held, dict) else held))
    return deepest


class _Reading:
    """One event being read."""

    def __init__(self, event: Json, name: str, line: int) -> None:
        if not isinstance(event, dict):
            raise Refused("an event is a JSON object")
        self.event, self.kind = event, event.get("type")
        if self.kind not in _KINDS:
            raise Refused(f"{self.kind!r} is no EPCIS event type: it is one of {', '.join(sorted(_KINDS))}")
        self.id = event.get("eventID") or _hash(event)
        self.source = Source("epcis", self.id, name, line)
        self.time = Time.told(event["eventTime"], event.get("eventTimeZoneOffset"))
        self.step, self.action = _last(event.get("bizStep")), event.get("action")
        self.findings: dict[str, Fact] = {}
        self.classes: dict[str, Product] = {}
        self.goods = {role: self._listed(epcs, amounts) for epcs, amounts, role in _LISTS}
        self.parent = self._thing(event.get("parentID"))
        self.read_point, self.location = (self._place(event.get(name)) for name in ("readPoint", "bizLocation"))

    def facts(self) -> Iterator[Told]:
        acts = _merged(self._acts())
        error = self.event.get("errorDeclaration")
        told_at = (error or {}).get("declarationTime") or self.event.get("recordTime")
        told = Time.told(told_at, self.event.get("eventTimeZoneOffset")).earliest if told_at else None
        yield self._event(error, told)
        for thing, links in acts:
            if error:
                of = thing if isinstance(thing, Ref) else thing.ref
                yield Retraction(self.source, "error declaration", of=of, record=self.id)
            else:
                yield Fact(thing, self.source, links=links, at=self.time, told=told)
        yield from self.findings.values()

    def _event(self, error: Json | None, told: datetime | None) -> Fact:
        links: dict[tuple[str, str], Link] = {}
        for role, goods in self.goods.items():
            for thing, amount in goods:
                links.setdefault(("CONCERNS", thing.key), CONCERNS(thing, role=role, quantity=amount))
        if self.parent is not None and isinstance(self.parent, Lot | LogisticUnit):
            links[("CONCERNS", self.parent.key)] = CONCERNS(self.parent, role="parent")
        for role, place in (("read point", self.read_point), ("business location", self.location)):
            if place is not None:
                links[("AT", place.key)] = TOOK_PLACE_AT(place, role=role)
        for paper in self._papers():
            links[("PAPER", paper.key)] = DOCUMENTED_BY(paper)
        event = Event(
            event_id=self.id,
            type=self.kind,
            action=self.action,
            step=self.step,
            disposition=_last(self.event.get("disposition")),
            happened=self.time,
            coordinates=self._point(),
            declared_error=error,
            received=self.event,
        )
        return Fact(event, self.source, links=tuple(links.values()), at=self.time, told=told)

    def _acts(self) -> Iterator[tuple[Any, tuple[Link, ...]]]:
        for role in self.goods:
            for thing, _ in self.goods[role]:
                if isinstance(thing, Lot) and thing.line:
                    yield thing, (OF_PRODUCT(self.classes[thing.line]),)
        if self.kind == "TransformationEvent":
            number = self.event.get("transformationID")
            process = Process(transformation_id=number, record=None if number else self.id, step=self.step, started=self.time, ended=self.time)
            yield process, self._process_links(self.goods["input"], self.goods["output"])
        elif self.kind in ("AggregationEvent", "AssociationEvent") and isinstance(self.parent, LogisticUnit):
            seen = {"ADD": "opened", "DELETE": "closed"}.get(self.action or "", "seen")
            associated = True if self.kind == "AssociationEvent" else None
            inside = tuple(CONTAINS(t, seen=seen, at=self.time, quantity=q, associated=associated) for t, q in self.goods["child"])
            if inside:
                yield self.parent.ref, inside
        if self.step in _OUT | _IN:
            goods = self.goods["what"] or ([(self.parent, None)] if isinstance(self.parent, LogisticUnit) else [])
            for thing, amount in goods:
                yield self._end(thing, amount, "departure" if self.step in _OUT else "arrival")
        elif self.kind == "ObjectEvent" and (self.action in ("ADD", "DELETE") or self.step in _END):
            made = self.action == "ADD"
            process = Process(record=self.id, step=self.step, started=self.time, ended=self.time)
            goods = [(t, q) for t, q in self.goods["what"] if isinstance(t, Lot)]
            if goods:
                yield process, self._process_links([] if made else goods, goods if made else [])
        yield from self._master()

    def _process_links(self, used: list[Good], made: list[Good]) -> tuple[Link, ...]:
        links = [relation(thing, quantity=amount) for relation, goods in ((USED, used), (MADE, made)) for thing, amount in goods]
        place = self.location or self.read_point
        return (*links, TOOK_PLACE_AT(place)) if place else tuple(links)

    def _end(self, thing: Thing, amount: tuple[Quantity, ...] | None, end: str) -> tuple[Shipment, tuple[Link, ...]]:
        lot, unit = (thing.ref, None) if isinstance(thing, Lot) else (None, thing.ref)
        departed, arrived = (self.time, None) if end == "departure" else (None, self.time)
        shipment = Shipment(record=self.id, what=thing.key, end=end, lot=lot, unit=unit, step=self.step, departed=departed, arrived=arrived)
        source, destination = self._partner("sourceList", "source", "location"), self._partner("destinationList", "destination", "location")
        start = source or (self.read_point or self.location if end == "departure" else None)
        goal = destination if end == "departure" else self.location or destination or self.read_point
        links = [CARRIES(thing, quantity=amount)]
        links += [SHIPPED_FROM(start)] if isinstance(start, Place) else []
        links += [SHIPPED_TO(goal)] if isinstance(goal, Place) else []
        for relation, listed, name in ((SENT_BY, "sourceList", "source"), (SENT_TO, "destinationList", "destination")):
            for role in ("owning_party", "possessing_party"):
                party = self._partner(listed, name, role)
                if isinstance(party, Party) and all(link.relation is not relation or link.end.key != party.key for link in links):
                    links.append(relation(party, role=role.partition("_")[0]))
        links += [DOCUMENTED_BY(paper) for paper in self._papers()]
        return shipment, tuple(links)

    def _master(self) -> Iterator[tuple[Any, tuple[Link, ...]]]:
        """Instance master data (ILMD) goes on the lots that the event made."""
        ilmd = self.event.get("ilmd")
        if isinstance(ilmd, dict) and ilmd:
            for thing, _ in self.goods["output"] or self.goods["what"]:
                if isinstance(thing, Lot) and not thing.line:
                    yield Lot(product=thing.product, code=thing.code, serial=thing.serial, grain=thing.grain, extra=ilmd), ()

    def _papers(self) -> list[Paper]:
        listed = self.event.get("bizTransactionList") or []
        papers = [Paper(type=_last(one.get("type")) or "document", number=one["bizTransaction"]) for one in listed]
        return list({paper.key: paper for paper in papers}.values())

    def _partner(self, listed: str, name: str, role: str) -> Thing | None:
        for one in self.event.get(listed) or []:
            if _last(one.get("type")) == role:
                thing = self._thing(one.get(name))
                if role != "location" and isinstance(thing, Place) and thing.gln:
                    return Party(gln=thing.gln)
                return thing
        return None

    def _listed(self, epcs: str, amounts: str) -> list[Good]:
        goods: dict[str, Good] = {}
        for text in self.event.get(epcs) or []:
            thing = self._thing(text)
            if isinstance(thing, Lot | LogisticUnit):
                goods.setdefault(thing.key, (thing, None))
        for row in self.event.get(amounts) or []:
            thing = self._thing(row["epcClass"], row)
            if isinstance(thing, Lot | LogisticUnit):
                value = row.get("quantity")
                amount = (Quantity(value, row.get("uom")),) if isinstance(value, int | float) else None
                goods[thing.key] = (thing, (*(goods.get(thing.key, (thing, None))[1] or ()), *(amount or ())) or None)
        return list(goods.values())

    def _thing(self, text: Any, row: Json | None = None) -> Thing | None:
        if not isinstance(text, str):
            return None
        found = identified(text)
        if found is None:
            return None
        thing: Thing = found.thing
        if found.finding:
            says = Source("epcis", f"identifier:{text}", self.source.document, self.source.line)
            self.findings[text] = Fact(thing, says, findings=(found.finding,))
        if isinstance(thing, Product) and row is not None:
            line = f"{self.id}/{thing.key}"
            self.classes[line] = thing
            return Lot(line=line, grain="product", code_known=False)
        return thing

    def _place(self, told: Any) -> Place | None:
        thing = self._thing(told.get("id")) if isinstance(told, dict) else None
        if isinstance(thing, Place):
            return thing
        if isinstance(told, dict) and isinstance(told.get("id"), str) and thing is None and not told["id"].startswith("geo:"):
            return Place(code_id=told["id"])
        return None

    def _point(self) -> Coordinates | None:
        told = self.event.get("readPoint")
        found = _GEO.match(str(told.get("id"))) if isinstance(told, dict) else None
        point = Coordinates(float(found[1]), float(found[2])) if found else None
        return point if point and not point.problem() else None


def _merged(acts: Iterator[tuple[Any, tuple[Link, ...]]]) -> list[tuple[Any, tuple[Link, ...]]]:
    """A record tells one fact about a thing: what it says twice is put together."""
    held: dict[tuple[str, str], tuple[Any, tuple[Link, ...]]] = {}
    for thing, links in acts:
        kind = thing.kind.kind.name if isinstance(thing, Ref) else thing.kind.name
        before = held.get((kind, thing.key))
        held[(kind, thing.key)] = (thing, (*(before[1] if before else ()), *links))
    return list(held.values())


def _hash(event: Json) -> str:
    """An id of ours for an event without one: the same content gives the same id (the CBV 2.0 event hash comes with its own issue)."""
    content = {name: value for name, value in event.items() if name not in ("recordTime", "eventID", "errorDeclaration")}
    return f"ni:///sha-256;{hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()}?ver=foodflow"


def _last(text: Any) -> str | None:
    """The short name at the end of a CBV URN or web URI."""
    return (
        re.split(r"[:/]", text)[-1].removeprefix("BizStep-").removeprefix("Disp-").removeprefix("BTT-").removeprefix("SDT-")
        if isinstance(text, str)
        else None
    )
