"""The facts of one EPCIS event: the Event as received, the acts it tells, and what is odd about it."""

from collections.abc import Iterator

from ingest.connector import Told
from ingest.epcis.acts import acts, cte, documented
from ingest.epcis.document import Part
from ingest.epcis.event import EpcisEvent
from ingest.epcis.gdst import missing
from ingest.epcis.lots import Described
from ingest.epcis.shape import MEMBERS, oddities
from ingest.said import Said
from ontology.acts import Event
from ontology.errors import FoodFlowError, Refused
from ontology.food import LogisticUnit
from ontology.language import Fact, Link, Ref, Refusal, Retraction, Source
from ontology.relations import CONCERNS, PART_OF, TOOK_PLACE_AT


def event_facts(part: Part, name: str, said: Said) -> Iterator[Told]:
    """The facts of one event; one that breaks a rule is refused with its place.

    An event with an error declaration stays, and what it told ends.
    """
    told = part.record.value
    try:
        if part.record.problem:
            raise Refused(part.record.problem)
        facts = list(_facts(part, name, said))
    except (FoodFlowError, KeyError, TypeError, ValueError, AttributeError) as error:
        rule = str(error) if isinstance(error, FoodFlowError) else f"it lacks or misspells {error}"
        record = told.get("eventID") if isinstance(told, dict) and isinstance(told.get("eventID"), str) else None
        facts = [Refusal(f"{name} event {part.number}", rule, "Mend the event and send it again.", part.record.text(), record=record)]
    yield from facts


def _facts(part: Part, name: str, said: Said) -> Iterator[Told]:
    event = EpcisEvent(part.record.value, name, part.number)
    described = Described(event)
    done = acts(event, described)
    findings = [
        *_twice(event, said),
        *oddities(event.received),
        *missing(event.received),
        *described.findings,
        *_unknown(event, described, said),
        *_corrections(event, said),
    ]
    _contain(event, said)
    if not part.head.get("@context") and said.first("document", "context") is None:
        findings.append("/@context: the document names none before its events; short names are read as those of EPCIS and CBV")
    if part.record.repeated:
        findings.append(f"the member {part.record.repeated!r} stands twice in one object; the last one counts")
    yield _event(event, tuple(findings))
    for thing, links in done:
        if event.error:
            yield Retraction(event.source, "error declaration", of=thing if isinstance(thing, Ref) else thing.ref, record=event.id)
        else:
            yield Fact(thing, event.source, links=links, at=event.time, told=event.told)
    yield from _named(event, name, part.number, said)


def _event(event: EpcisEvent, findings: tuple[str, ...]) -> Fact:
    links: dict[tuple[str, str, str], Link] = {}
    for role, goods in event.goods.items():
        for thing, amount in goods:
            links.setdefault(("CONCERNS", thing.kind.name, thing.key), CONCERNS(thing, role=role, quantity=amount))
    if event.parent is not None:
        links[("CONCERNS", event.parent.kind.name, event.parent.key)] = CONCERNS(event.parent, role="parent")
    for role, place in (("read point", event.read_point), ("business location", event.location)):
        if place is not None:
            links[("AT", "", place.key)] = TOOK_PLACE_AT(place, role=role)
    kept = Event(
        event_id=event.id,
        type=event.kind,
        action=event.action,
        step=event.step,
        disposition=event.disposition,
        happened=event.time,
        cte=cte(event),
        coordinates=event.point,
        declared_error=event.error,
        received=event.received,
    )
    return Fact(kept, event.source, links=(*links.values(), *documented(event)), at=event.time, told=event.told, findings=findings)


def _twice(event: EpcisEvent, said: Said) -> list[str]:
    """A finding for an event that stands twice in its document. Raises Refused where the two differ: the first stands."""
    before = said.first("event", event.id, event.content)
    if before is None:
        return []
    if before != event.content:
        raise Refused(f"/eventID: {event.id} stands before in this document with other content; the first stands")
    return [] if event.error else [f"/eventID: {event.id} stands twice in this document"]


def _unknown(event: EpcisEvent, described: Described, said: Said) -> Iterator[str]:
    """Extensions, each name once per document; they are kept in the Event, those of ILMD also on the lots."""
    for name in event.received:
        if name not in MEMBERS and said.first("extension", name) is None:
            plain = "" if ":" in name else " without a namespace"
            yield f"/{name}: extension{plain}; it is kept in the Event"
    for name in described.unmapped():
        if said.first("ilmd", name) is None:
            plain = "" if ":" in name else " without a namespace"
            yield f"/ilmd/{name}: extension{plain}; it is kept in `extra` of the lots"


def _corrections(event: EpcisEvent, said: Said) -> Iterator[str]:
    for number in (event.error or {}).get("correctiveEventIDs") or ():
        if said.get("event", number) is None:
            yield f"/errorDeclaration/correctiveEventIDs: {number} does not stand before in this document"


def _contain(event: EpcisEvent, said: Said) -> None:
    """Keep which unit is in which, as far as this document tells. Raises Refused for a unit inside itself."""
    units = [thing for thing, _ in event.goods["child"] if isinstance(thing, LogisticUnit)]
    parent = event.parent
    if not isinstance(parent, LogisticUnit) or event.error:
        return
    if event.action == "DELETE":
        for unit in units:
            if said.get("unit", unit.key) == parent.key:
                said.drop("unit", unit.key)
        if not event.goods["child"]:
            said.drop_under("unit", parent.key)
        return
    for unit in units:
        circle = said.circle("unit", unit.key, parent.key)
        if circle:
            raise Refused(f"/parentID: {unit.key} would be inside itself: {' in '.join([unit.key, *circle])}")
    for unit in units:
        said.put("unit", unit.key, parent.key)


def _named(event: EpcisEvent, name: str, number: int, said: Said) -> Iterator[Fact]:
    """What identifiers say of themselves, once per document: an odd form, or what they are part of."""
    for text, found in event.named.items():
        if said.first("identifier", text) is None:
            links = (PART_OF(found.part_of),) if found.part_of else ()
            findings = (found.finding,) if found.finding else ()
            yield Fact(found.thing, Source("epcis", f"identifier:{text}", name, number), links=links, findings=findings)
