"""Master data of an EPCIS document: what the products, places and parties of its vocabularies are called, and which place lies in which."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from ingest.connector import Told
from ingest.epcis.document import Part
from ingest.said import Said
from ontology import codes
from ontology.errors import FoodFlowError, Refused
from ontology.food import Lot, Product
from ontology.identifiers import identified
from ontology.language import Fact, Link, Refusal, Source, Thing
from ontology.places import Party, Place
from ontology.relations import OPERATED_BY, PART_OF
from ontology.values import Coordinates, Time

Attributes = dict[str, Any]
_SORTS = (("epcclass", Product), ("class", Product), ("item", Product), ("location", Place), ("readpoint", Place), ("party", Party))
_ADDRESS = ("streetAddress", "streetAddressOne", "streetAddressTwo", "postalCode", "city", "addressLocality", "state", "addressRegion")
_WITHIN = ("site", "partOf", "locatedIn")
_FIELDS: dict[type[Thing], dict[str, str]] = {
    Product: {
        "descriptionShort": "name",
        "productName": "name",
        "tradeItemDescription": "description",
        "description": "description",
        "variety": "variety",
        "speciesForFisheryStatisticsPurposesName": "scientific_name",
        "scientificName": "scientific_name",
        "countryOfOrigin": "country_of_origin",
    },
    Place: {"name": "name", "countryCode": "country"},
    Party: {"name": "name", "organizationName": "name", "countryCode": "country"},
}


def element_facts(part: Part, name: str, said: Said) -> Iterator[Told]:
    """The facts of one element; one that names nothing of ours, or a place inside itself, is refused."""
    element = part.record.value
    number = element.get("id") if isinstance(element, dict) else None
    record = f"masterdata:{number}"
    try:
        if part.record.problem:
            raise Refused(part.record.problem)
        yield from list(_facts(part, name, said))
    except (FoodFlowError, TypeError, ValueError, AttributeError) as error:
        rule = str(error) if isinstance(error, FoodFlowError) else f"it misspells {error}"
        yield Refusal(f"{name} element {part.number}", rule, "Mend the element and send it again.", part.record.text(), record=record)


def _facts(part: Part, name: str, said: Said) -> Iterator[Told]:
    thing = _thing(part.record.value, part.vocabulary)
    listed = part.record.value.get("attributes") or []
    told = {_local(one["id"]): one.get("attribute") for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)}
    children = part.record.value.get("children") or []
    if not isinstance(children, list) or not isinstance(listed, list):
        raise Refused("/children and /attributes are lists")
    digest = hashlib.sha256(orjson.dumps([listed, children], option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
    source = Source("epcis", f"masterdata:{part.record.value['id']}/{digest}", name)
    when = _created(part.head)
    described, findings = _described(thing, told)
    yield Fact(described, source, links=tuple(_operators(thing, told)), told=when, findings=findings)
    for inner, outer in (*((_place(child), thing) for child in children), *((thing, _place(told[n])) for n in _WITHIN if told.get(n))):
        if isinstance(inner, Place) and isinstance(outer, Place) and (nested := _nested(inner, outer, said)):
            yield Fact(inner.ref, Source("epcis", f"masterdata:{inner.key}/part of", name), links=nested, told=when)


def _thing(element: Any, vocabulary: str) -> Thing:
    if not isinstance(element, dict) or not isinstance(element.get("id"), str) or not element["id"]:
        raise Refused("/id: an element of master data has a text as id")
    found = identified(element["id"])
    if found is not None:
        thing: Thing = found.thing
        return thing
    sort = _local(vocabulary).lower()
    kind = next((kind for word, kind in _SORTS if sort.endswith(word)), None)
    if kind is None:
        raise Refused(f"/id: {element['id']!r} names nothing of ours, and its vocabulary {vocabulary!r} is none of products, places and parties")
    if kind is Product:
        return Product(class_id=element["id"])
    return Place(code_id=element["id"]) if kind is Place else Party(code_id=element["id"])


def _place(told: Any) -> Place:
    if not isinstance(told, str) or not told:
        raise Refused(f"/children: {told!r} names no place")
    if re.fullmatch(r"\d{13}", told):
        return Place(gln=told)
    found = identified(told)
    return found.thing if found and isinstance(found.thing, Place) else Place(code_id=told)


def _nested(inner: Place, outer: Place, said: Said) -> tuple[Link, ...]:
    """The link that puts a place into another: into the innermost of those that list it. Raises Refused for a circle."""
    circle = said.circle("place", inner.key, outer.key)
    if circle:
        raise Refused(f"/children: {inner.key} would lie inside itself: {' in '.join([inner.key, *circle])}")
    before = said.get("place", inner.key)
    if before is not None and said.circle("place", outer.key, before):
        return ()  # what lists it already lies inside this one
    said.put("place", inner.key, outer.key)
    return (PART_OF(outer),)


def _described(thing: Thing, told: Attributes) -> tuple[Thing, tuple[str, ...]]:
    """The thing with the attributes that have a field; the others go into `extra`."""
    fields = _FIELDS.get(type(thing), {})
    known: Attributes = {}
    for name, field in fields.items():
        if isinstance(told.get(name), str) and told[name]:
            known.setdefault(field, told[name])
    used = {name for name in fields if isinstance(told.get(name), str)}
    findings = [f"country {known[f]!r} is no ISO 3166-1 alpha-2 code" for f in ("country", "country_of_origin") if _odd_country(known.get(f))]
    if isinstance(thing, Place | Party):
        address = [told[name] for name in _ADDRESS if isinstance(told.get(name), str) and told[name]]
        known |= {"address": ", ".join(address)} if address else {}
        used |= {name for name in _ADDRESS if isinstance(told.get(name), str)}
    if isinstance(thing, Place) and (point := _point(told)):
        problem = point.problem()
        findings += [problem] if problem else []
        known |= {} if problem else {"at": point}
        used |= {"latitude", "longitude"}
    rest = {name: value for name, value in told.items() if name not in used and value not in (None, "")}
    holds = isinstance(thing, Product | Place | Party | Lot)
    values = known | ({"extra": rest} if rest and holds else {})
    return type(thing)(**{f: getattr(thing, f) for f in thing.kind.fields if getattr(thing, f) is not None} | values), tuple(findings)


def _odd_country(told: str | None) -> bool:
    return told is not None and not codes.listed("countries", told)


def _point(told: Attributes) -> Coordinates | None:
    try:
        return Coordinates(float(told["latitude"]), float(told["longitude"]))
    except (KeyError, TypeError, ValueError):
        return None


def _operators(thing: Thing, told: Attributes) -> Iterator[Link]:
    owner = told.get("owning_party")
    if isinstance(thing, Place) and isinstance(owner, str) and owner:
        found = identified(owner)
        yield OPERATED_BY(found.thing if found and isinstance(found.thing, Party) else Party(code_id=owner))


def _created(head: Attributes) -> datetime | None:
    try:
        return Time.told(head["creationDate"]).earliest
    except (KeyError, TypeError, AttributeError, Refused):
        return None


def _local(name: str) -> str:
    return re.split(r"[#/:]", name)[-1]
