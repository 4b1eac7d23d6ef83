"""One EPCIS event: who and what it names, as things of the food chain."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from ingest.epcis.shape import check
from ontology.acts import Device
from ontology.acts import Document as Paper
from ontology.food import LogisticUnit, Lot, Product
from ontology.identifiers import Identified, identified
from ontology.language import Source, Thing
from ontology.places import Party, Place
from ontology.values import Coordinates, Quantity, Time

Json = dict[str, Any]
Amount = tuple[Quantity, ...] | None
Good = tuple[Thing, Amount]
_LISTS = (
    ("epcList", "quantityList", "what"),
    ("inputEPCList", "inputQuantityList", "input"),
    ("outputEPCList", "outputQuantityList", "output"),
    ("childEPCs", "childQuantityList", "child"),
)
_GEO = re.compile(r"geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")
_UNCOMPARED = ("recordTime", "errorDeclaration")
_PREFIXES = re.compile(r"(?:BizStep|Disp|BTT|SDT)-")


class EpcisEvent:
    """An event as it was received, read: its identity and time, the goods by role, places and papers.

    `named` holds every identifier whose form is odd or that names a part of something else. Raises Refused for an event of wrong shape.
    """

    def __init__(self, event: Any, name: str, number: int) -> None:
        check(event)
        self.received: Json = event
        self.kind: str = event.get("type") or event["isA"]
        self.id: str = event.get("eventID") or hash_id(event)
        self.source = Source("epcis", self.id, name, number)
        offset = event.get("eventTimeZoneOffset")
        self.time = Time.told(event["eventTime"], offset)
        self.error: Json | None = event.get("errorDeclaration")
        told_at = (self.error or {}).get("declarationTime") or event.get("recordTime")
        self.told: datetime | None = Time.told(told_at, offset).earliest if told_at else None
        self.step, self.action, self.disposition = word(event.get("bizStep")), event.get("action"), word(event.get("disposition"))
        self.named: dict[str, Identified] = {}
        self.products: dict[str, Product] = {}
        self.goods: dict[str, list[Good]] = {role: list(self._listed(epcs, amounts, role)) for epcs, amounts, role in _LISTS}
        self.parent = self.thing(event.get("parentID"))
        self.read_point, self.location = self._place("readPoint"), self._place("bizLocation")
        self.papers = self._papers()

    @property
    def content(self) -> str:
        """A digest of what the event says, for the comparison of two with one id."""
        return _digest({name: value for name, value in self.received.items() if name not in _UNCOMPARED})

    @property
    def place(self) -> Place | None:
        """Where it happened: business location, else read point."""
        return self.location or self.read_point

    @property
    def point(self) -> Coordinates | None:
        """The read point, where it is told as a point on the Earth."""
        found = _GEO.match((self.received.get("readPoint") or {}).get("id", ""))
        point = Coordinates(float(found[1]), float(found[2])) if found else None
        return point if point and not point.problem() else None

    def lots(self, *roles: str) -> Iterator[tuple[Lot, Amount]]:
        """The lots in these roles."""
        for role in roles:
            for thing, amount in self.goods[role]:
                if isinstance(thing, Lot):
                    yield thing, amount

    def partners(self, side: str, role: str) -> list[Thing]:
        """Places (role location) or parties (owning_party, possessing_party) of a side: source or destination."""
        told = [one[side] for one in self.received.get(f"{side}List") or () if word(one.get("type")) == role]
        if role == "location":
            return [place for place in map(self.place_of, told) if place]
        return [self._party(text) for text in told]

    def thing(self, text: str | None) -> Thing | None:
        """What an identifier names; None where it is none of ours (it stays text on the Event)."""
        found = identified(text) if text else None
        if found is None or text is None:
            return None
        if found.finding or found.part_of:
            self.named[text] = found
        thing: Thing = found.thing
        return thing

    def place_of(self, text: str) -> Place | None:
        """The place that an identifier names, of whatever scheme; a point on the Earth is none."""
        thing = self.thing(text)
        if thing is None and text and not text.startswith("geo:"):
            return Place(code_id=text)
        return thing if isinstance(thing, Place) else None

    def _place(self, name: str) -> Place | None:
        told = self.received.get(name)
        return self.place_of(told["id"]) if told else None

    def _party(self, text: str) -> Party:
        thing = self.thing(text)
        if isinstance(thing, Place) and thing.gln:
            return Party(gln=thing.gln)
        return thing if isinstance(thing, Party) else Party(code_id=text)

    def _papers(self) -> list[Paper]:
        listed = self.received.get("bizTransactionList") or ()
        papers = (Paper(type=word(one.get("type")) or "document", number=one["bizTransaction"]) for one in listed)
        return list({paper.key: paper for paper in papers}.values())

    def _listed(self, epcs: str, amounts: str, role: str) -> Iterator[Good]:
        goods: dict[tuple[str, str], Good] = {}
        for text in self.received.get(epcs) or ():
            thing = self.thing(text)
            if isinstance(thing, Lot | LogisticUnit | Device):
                goods.setdefault((thing.kind.name, thing.key), (thing, None))
        for number, row in enumerate(self.received.get(amounts) or (), 1):
            good = self._line(row, f"{self.id}/{role} {number}")
            if good is not None:
                before = goods.get((good.kind.name, good.key), (good, None))[1] or ()
                amount = (Quantity(row["quantity"], row.get("uom")),) if row.get("quantity") is not None else ()
                goods[(good.kind.name, good.key)] = (good, (*before, *amount) or None)
        yield from goods.values()

    def _line(self, row: Json, line: str) -> Thing | None:
        """What a quantity is of; a class alone is an anonymous lot of its line."""
        thing = self.thing(row["epcClass"])
        if isinstance(thing, Product):
            self.products[line] = thing
            return Lot(line=line, grain="product", code_known=False)
        return thing if isinstance(thing, Lot | LogisticUnit) else None


def word(text: Any) -> str | None:
    """The short name at the end of a CBV URN or web URI."""
    return _PREFIXES.sub("", re.split(r"[:/#]", text)[-1], count=1) if isinstance(text, str) and text else None


def hash_id(event: Json) -> str:
    """An id of ours for an event without one: the same content gives the same id (the CBV 2.0 event hash comes with its own issue)."""
    return f"ni:///sha-256;{_digest({n: v for n, v in event.items() if n not in (*_UNCOMPARED, 'eventID')})}?ver=foodflow"


def _digest(content: Json) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
