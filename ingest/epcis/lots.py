"""What an EPCIS event says of its lots beyond what was done with them: product, instance master data (ILMD), code source, item and lot."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from ingest.epcis.event import EpcisEvent, Json
from ontology import codes
from ontology.errors import Refused
from ontology.food import Lot
from ontology.language import Link, Ref
from ontology.places import Place
from ontology.relations import OF_PRODUCT, PART_OF, TLC_SOURCE
from ontology.values import Time

_KNOWN = re.compile(r"(?:cbvmda:|gs1:|gdst:|urn:epcglobal:cbv:mda[#:]|https?://(?:www\.|ref\.)?gs1\.org/(?:voc|cbv)/)(\w+)$")
_DATES = {
    "productionDate": "made",
    "harvestDate": "harvested",
    "packagingDate": "packed",
    "bestBeforeDate": "best_before",
    "expirationDate": "use_by",
    "itemExpirationDate": "use_by",
}
_SPAN = ("harvestDateStart", "harvestDateEnd")
_AREAS = {"catchZone", "catchArea"}
_TLC_SOURCE = re.compile(r"(?:tlcsource|traceabilitylotcodesource)(?:gln|location|id|reference)?$", re.IGNORECASE)


class Described:
    """The instance master data of an event: what of it has a field on a Lot, and the rest as told."""

    def __init__(self, event: EpcisEvent) -> None:
        self.event = event
        self.ilmd: Json = event.received.get("ilmd") or {}
        self.findings: list[str] = []
        self._plain = {match[1]: value for name, value in self.ilmd.items() if (match := _KNOWN.match(name))}
        self.values: Json = self._values()

    @property
    def span(self) -> tuple[Time | None, Time | None]:
        """First and last day of a harvest or catch, where told."""
        start, end = (self._time(self._plain.get(name)) for name in _SPAN)
        return start, end or start

    @cached_property
    def areas(self) -> list[Place]:
        """The areas of a catch."""
        told = list(_named(self.ilmd, _AREAS))
        areas = [Place(code_id=text, sort="catch area") if ":" in text else Place(owner="fao", code=text, sort="catch area") for text in told]
        return list({area.key: area for area in areas}.values())

    def unmapped(self) -> Iterator[str]:
        """The names of ILMD that have no field on a Lot."""
        used = {*_DATES, *_SPAN, "countryOfOrigin"}
        return (name for name in self.ilmd if not ((match := _KNOWN.match(name)) and match[1] in used))

    def lots(self) -> Iterator[tuple[Lot | Place | Ref[Any], tuple[Link, ...]]]:
        """The lots with what is said of them."""
        event, sources = self.event, list(self._code_sources())
        made = {lot.key for lot, _ in event.lots("output" if event.kind == "TransformationEvent" else "what")} if self.ilmd else set()
        for lot, _ in event.lots(*event.goods):
            links = [OF_PRODUCT(event.products[lot.line])] if lot.line in event.products else []
            links += [TLC_SOURCE(place, stated=True) for place in sources if not lot.line]
            links += [PART_OF(whole) for whole in (self._whole(lot),) if whole and lot.key in made]
            if lot.key in made:
                yield replace(lot, **self.values), tuple(links)
            elif links:
                yield lot if lot.line else lot.ref, tuple(links)
        yield from ((area, ()) for area in self.areas)

    def _values(self) -> Json:
        values: Json = {}
        for name, field in _DATES.items():
            if (time := self._time(self._plain.get(name))) is not None:
                values[field] = time
        start, end = self.span
        if start and end:
            values.setdefault("harvested", start if start == end else Time(f"{start.text}/{end.text}", start.earliest, end.latest))
        country = self._plain.get("countryOfOrigin")
        if isinstance(country, str) and country:
            values["country_of_origin"] = country
            if not codes.listed("countries", country):
                self.findings.append(f"/ilmd: country {country!r} is no ISO 3166-1 alpha-2 code")
        return values | ({"extra": self.ilmd} if self.ilmd else {})

    def _whole(self, lot: Lot) -> Lot | None:
        """The lot that an item belongs to, as its ILMD says."""
        number = self._plain.get("lotNumber")
        return Lot(product=lot.product, code=number.strip(), grain="lot") if lot.serial and isinstance(number, str) and number.strip() else None

    def _time(self, told: Any) -> Time | None:
        if told is None or told == "":
            return None
        try:
            return Time.told(told)
        except (Refused, TypeError, AttributeError):
            finding = f"/ilmd: {told!r} cannot be read as a date"
            if finding not in self.findings:
                self.findings.append(finding)
            return None

    def _code_sources(self) -> Iterator[Place]:
        """Where the traceability lot codes were assigned, when the event states it."""
        for name, told in (*self.event.received.items(), *self.ilmd.items()):
            if _TLC_SOURCE.search(name.rpartition(":")[2]) and isinstance(told, str) and told:
                place = Place(gln=told) if re.fullmatch(r"\d{13}", told) else self.event.place_of(told)
                yield from (place,) if place else ()


def _named(told: Any, names: set[str]) -> Iterator[str]:
    """The texts that stand under these names, however deep."""
    waiting = [told]
    while waiting:
        held = waiting.pop(0)
        if isinstance(held, list):
            waiting.extend(held)
        elif isinstance(held, dict):
            for name, value in held.items():
                if name.rpartition(":")[2] in names:
                    yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str) and text)
                else:
                    waiting.append(value)
