"""What an EPCIS event says was done: acts of the food chain with their links (reference/model.md section 3)."""

from collections.abc import Iterator
from typing import Any

from ingest.epcis.event import Amount, EpcisEvent, Good, word
from ingest.epcis.lots import Described
from ontology.acts import Device, Disposition, Process, Shipment
from ontology.food import LogisticUnit, Lot, StockCount
from ontology.language import Link, Ref, Thing
from ontology.places import Place
from ontology.relations import (
    ATTACHED_TO,
    CARRIES,
    CONCERNS,
    CONTAINS,
    DOCUMENTED_BY,
    MADE,
    SENT_BY,
    SENT_TO,
    SHIPPED_FROM,
    SHIPPED_TO,
    TOOK_PLACE_AT,
    USED,
)

Act = tuple[Thing | Ref[Any], tuple[Link, ...]]
_OUT = {"shipping", "departing", "transporting", "consigning"}
_IN = {"receiving", "arriving", "accepting"}
_END = {"destroying", "decommissioning", "retail_selling", "dispensing"}
_COUNT = {"stock_taking", "cycle_counting"}
_VOID = "void_shipping"


def acts(event: EpcisEvent, described: Described) -> list[Act]:
    """The acts of an event, one entry per thing: what it says twice about a thing is put together."""
    held: dict[tuple[str, str], Act] = {}
    for thing, links in (*described.lots(), *_acts(event, described), *_counts(event), *_dispositions(event), *_papers(event)):
        kind = thing.kind.kind.name if isinstance(thing, Ref) else thing.kind.name
        before, had = held.get((kind, thing.key), (thing, ()))
        held[(kind, thing.key)] = (before if isinstance(thing, Ref) else thing, (*had, *links))
    return list(held.values())


def _acts(event: EpcisEvent, described: Described) -> Iterator[Act]:
    moves = event.step in _OUT | _IN | {_VOID}
    if event.kind == "TransformationEvent":
        number = event.received.get("transformationID") or None
        yield _process(event, described, Process(transformation_id=number, record=None if number else event.id, **_when(event, described)))
    elif event.kind in ("AggregationEvent", "AssociationEvent"):
        yield from _contents(event)
    elif event.kind == "ObjectEvent" and (event.action == "ADD" or event.step in _END or (event.action == "DELETE" and not moves)):
        yield from _origin_or_end(event, described)
    if moves:
        yield from _movement(event)


def _when(event: EpcisEvent, described: Described) -> dict[str, Any]:
    """The attributes of a step: what it was, from when to when (a harvest or catch may have taken days), and where, when only a point is told."""
    started, ended = described.span
    return {"step": event.step, "started": started or event.time, "ended": ended or event.time, "coordinates": event.point, "cte": cte(event)}


def cte(event: EpcisEvent) -> str | None:
    """The critical tracking event of FSMA 204 or GDST, where type and step leave no doubt, or an extension states it."""
    for name, value in event.received.items():
        if name.rpartition(":")[2].lower() in ("cte", "criticaltrackingevent") and isinstance(value, str):
            return value
    if event.kind == "ObjectEvent" and event.action == "OBSERVE" and event.step in ("shipping", "receiving"):
        return event.step
    return _CTE.get(event.step or "")


_CTE = {
    "fishingEvent": "fishing",
    "transshipment": "transshipment",
    "landing": "landing",
    "hatching": "hatching",
    "farmHarvest": "farm harvest",
    "feedmillObject": "feed mill",
    "feedMill": "feed mill",
    "commingling": "commingling",
    "harvesting": "harvesting",
    "cooling": "cooling",
}


def _process(event: EpcisEvent, described: Described, process: Process) -> Act:
    links = [USED(thing, quantity=amount) for thing, amount in _food(event.goods["input"])]
    links += [MADE(thing, quantity=amount) for thing, amount in _food(event.goods["output"])]
    return process, (*links, *_at(event.place, described))


def _origin_or_end(event: EpcisEvent, described: Described) -> Iterator[Act]:
    made = event.action == "ADD"
    process = Process(record=event.id, **_when(event, described))
    goods = [(thing, amount) for thing, amount in _food(event.goods["what"]) if isinstance(thing, Lot) or (not made and event.step in _END)]
    links = [(MADE if made else USED)(thing, quantity=amount) for thing, amount in goods]
    sources = event.partners("source", "location") if made and event.step not in _IN | _OUT else []
    links += [TOOK_PLACE_AT(place, role="source") for place in sources]
    if goods:
        yield process, (*links, *_at(event.place, described if made else None))


def _at(place: Place | None, described: Described | None) -> list[Link]:
    areas = [TOOK_PLACE_AT(area, role="source") for area in (described.areas if described else ())]
    return [*areas, *([TOOK_PLACE_AT(place)] if place else [])]


def _food(goods: list[Good]) -> list[tuple[Lot | LogisticUnit, Amount]]:
    return [(thing, amount) for thing, amount in goods if isinstance(thing, Lot | LogisticUnit)]


def _contents(event: EpcisEvent) -> Iterator[Act]:
    """What a unit held, and which devices were attached to it or to a place."""
    seen = {"ADD": "opened", "DELETE": "closed"}.get(event.action or "", "seen")
    associated = True if event.kind == "AssociationEvent" else None
    if isinstance(event.parent, LogisticUnit):
        inside = [CONTAINS(t, seen=seen, at=event.time, quantity=q, associated=associated) for t, q in _food(event.goods["child"])]
        if inside:
            yield event.parent.ref, tuple(inside)
    holder = event.parent if isinstance(event.parent, LogisticUnit | Place) else None
    for thing, _ in event.goods["child"] if holder else ():
        if isinstance(thing, Device):
            yield thing.ref, (ATTACHED_TO(holder, **_since(event)),)  # type: ignore[arg-type]


def _since(event: EpcisEvent) -> dict[str, Any]:
    return {"ADD": {"since": event.time}, "DELETE": {"until": event.time}}.get(event.action or "", {})


def _movement(event: EpcisEvent) -> Iterator[Act]:
    """One end of a shipment per lot and unit listed; contents of units are for the reader of the graph to see."""
    goods = _food(event.goods["what"]) or ([(event.parent, None)] if isinstance(event.parent, LogisticUnit) else _food(event.goods["child"]))
    sources, destinations = (event.partners(side, "location") for side in ("source", "destination"))
    source, destination = sources[0] if sources else None, destinations[0] if destinations else None
    if event.step in _IN:
        goal = event.location or destination or event.read_point
        ways = [("arrival", source, goal)]
        if destination is not None and goal is not None and destination.key != goal.key:
            ways.append(("both", destination, goal))
    else:
        ways = [("departure", source or event.read_point or event.location, destination)]
    for thing, amount in goods:
        for end, start, goal in ways:
            links = (CARRIES(thing, quantity=amount), *_ends(start, goal), *(_partners(event) if end != "both" else ()))
            yield _shipment(event, thing, end), links


def _shipment(event: EpcisEvent, thing: Lot | LogisticUnit, end: str) -> Shipment:
    return Shipment(
        record=event.id,
        what=thing.key,
        end=end,
        lot=thing.ref if isinstance(thing, Lot) else None,
        unit=thing.ref if isinstance(thing, LogisticUnit) else None,
        step=event.step,
        departed=None if end == "arrival" else event.time,
        arrived=None if end == "departure" else event.time,
        void=True if event.step == _VOID else None,
        cte=cte(event),
    )


def _ends(start: Thing | None, goal: Thing | None) -> tuple[Link, ...]:
    return (*((SHIPPED_FROM(start),) if start else ()), *((SHIPPED_TO(goal),) if goal else ()))


def _partners(event: EpcisEvent) -> Iterator[Link]:
    for relation, side in ((SENT_BY, "source"), (SENT_TO, "destination")):
        told: dict[str, Link] = {}
        for role in ("owning_party", "possessing_party"):
            for party in event.partners(side, role):
                told.setdefault(party.key, relation(party, role=role.partition("_")[0]))
        yield from told.values()
    yield from (DOCUMENTED_BY(paper, **_paper_time(event)) for paper in event.papers)


def _papers(event: EpcisEvent) -> Iterator[Act]:
    """The lots that a TransactionEvent ties to business documents, or parts from them."""
    if event.kind == "TransactionEvent":
        for lot, _ in event.lots("what"):
            yield lot.ref, tuple(DOCUMENTED_BY(paper, **_paper_time(event)) for paper in event.papers)


def _paper_time(event: EpcisEvent) -> dict[str, Any]:
    return _since(event) if event.kind == "TransactionEvent" else {}


def _counts(event: EpcisEvent) -> Iterator[Act]:
    for thing, amount in _food(event.goods["what"]) if event.step in _COUNT else ():
        count = StockCount(record=event.id, line=thing.key, counted=event.time, quantity=amount)
        yield count, (CONCERNS(thing), *_at(event.place, None))


def _dispositions(event: EpcisEvent) -> Iterator[Act]:
    """A state of goods from the event's time on: until another record says otherwise."""
    about = [thing for role in ("what", "output") for thing, _ in event.goods[role]]
    if event.kind in ("AggregationEvent", "AssociationEvent"):
        about += [event.parent] if event.parent else [thing for thing, _ in event.goods["child"]]
    persistent = event.received.get("persistentDisposition") or {}
    told: list[tuple[str, str | None]] = [(event.disposition, None)] if event.disposition else []
    told += [(state, how) for how in ("set", "unset") for state in persistent.get(how) or ()]
    for state, how in told:
        for thing in about:
            disposition = Disposition(record=event.id, value=word(state) or state, what=thing.key, since=event.time, set_or_unset=how)
            yield disposition, (CONCERNS(thing), *_at(event.place, None))


def documented(event: EpcisEvent) -> tuple[Link, ...]:
    """The business documents of an event, for its own record."""
    return tuple(DOCUMENTED_BY(paper, **_paper_time(event)) for paper in event.papers)
