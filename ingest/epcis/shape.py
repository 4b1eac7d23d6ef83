"""What an EPCIS event must look like, and where one does not (EPCIS 2.0; a pointer names the member)."""

import re
from collections.abc import Iterator
from typing import Any

from ontology import codes
from ontology.errors import Refused

EVENT_TYPES = frozenset({"ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"})
_AMOUNTS = [{"epcClass!": str, "quantity": float, "uom": str}]
_SHAPE: dict[str, Any] = {
    "type": str,
    "isA": str,
    "eventID": str,
    "eventTime!": str,
    "recordTime": str,
    "eventTimeZoneOffset": str,
    "action": str,
    "bizStep": str,
    "disposition": str,
    "persistentDisposition": {"set": [str], "unset": [str]},
    "epcList": [str],
    "quantityList": _AMOUNTS,
    "parentID": str,
    "childEPCs": [str],
    "childQuantityList": _AMOUNTS,
    "inputEPCList": [str],
    "inputQuantityList": _AMOUNTS,
    "outputEPCList": [str],
    "outputQuantityList": _AMOUNTS,
    "transformationID": str,
    "readPoint": {"id!": str},
    "bizLocation": {"id!": str},
    "bizTransactionList": [{"type": str, "bizTransaction!": str}],
    "sourceList": [{"type": str, "source!": str}],
    "destinationList": [{"type": str, "destination!": str}],
    "sensorElementList": [{}],
    "ilmd": {},
    "errorDeclaration": {"declarationTime": str, "reason": str, "correctiveEventIDs": [str]},
}
MEMBERS = frozenset(name.rstrip("!") for name in _SHAPE) | {"@context", "certificationInfo"}
"""The members that EPCIS gives an event; any other is an extension."""

_LONGEST = 4_000
_OFFSET = re.compile(r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$")
_WORDS = {str: "a text", float: "a number", list: "a list", dict: "an object"}
_PARTNERS = {"owning_party", "possessing_party", "location"}


def check(event: Any) -> None:
    """Raises Refused with pointer and rule where an event breaks the shape of EPCIS 2.0."""
    if not isinstance(event, dict):
        raise Refused(f"an event is an object, and this is {_told(event)}")
    kind = event.get("type", event.get("isA"))
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        raise Refused(f"/type: {kind!r} is no EPCIS event type: it is one of {', '.join(sorted(EVENT_TYPES))}")
    wrong = next(_wrong(event, _SHAPE, ""), None)
    if wrong:
        raise Refused(wrong)
    action = event.get("action")
    if (kind != "TransformationEvent" or action is not None) and action not in ("ADD", "OBSERVE", "DELETE"):
        raise Refused(f"/action: {action!r} is no action: it is ADD, OBSERVE or DELETE")
    offset = event.get("eventTimeZoneOffset")
    if offset is not None and not _OFFSET.match(offset):
        raise Refused(f"/eventTimeZoneOffset: {offset!r} is no offset like +02:00")
    if kind == "ObjectEvent" and not {"epcList", "quantityList", "sensorElementList"} & set(event):
        raise Refused("/epcList: an ObjectEvent names goods in epcList or quantityList, or readings in sensorElementList, and this has none")


def oddities(event: dict[str, Any]) -> Iterator[str]:
    """What is odd about an event that is kept as told: words outside the CBV, missing members, odd quantities."""
    if event.get("eventTimeZoneOffset") is None:
        yield "/eventTimeZoneOffset is missing; a time without a zone is read as UTC"
    for name, listed in (("bizStep", "business_steps"), ("disposition", "dispositions")):
        if odd(event.get(name), listed):
            yield f"/{name}: {event[name]!r} is not in the CBV"
    for name in ("sourceList", "destinationList"):
        for number, one in enumerate(event.get(name) or ()):
            if _bare(one.get("type")) and one["type"] not in _PARTNERS:
                yield f"/{name}/{number}/type: {one['type']!r} is not in the CBV"
    for name in (name for name in MEMBERS if name.lower().endswith("quantitylist")):
        for number, row in enumerate(event.get(name) or ()):
            if row.get("uom") and not codes.listed("units", row["uom"]):
                yield f"/{name}/{number}/uom: unit code {row['uom']!r} is not listed; the amount cannot be converted"
            if (row.get("quantity") or 0) < 0:
                yield f"/{name}/{number}/quantity: {row['quantity']} is negative"
    for number, one in enumerate(_listed(event.get("certificationInfo"))):
        yield from _certification(f"/certificationInfo/{number}", one)


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [] if told is None else [told]


def _certification(pointer: str, told: Any) -> Iterator[str]:
    if isinstance(told, str):
        if ":" not in told:
            yield f"{pointer}: {told!r} is no URI"
        return
    for name, value in told.items() if isinstance(told, dict) else ():
        if isinstance(value, dict):
            yield from _certification(f"{pointer}/{name}", value)
        elif name.endswith("Date") and not re.match(r"\d{4}-\d{2}-\d{2}", str(value)):
            yield f"{pointer}/{name}: {value!r} is no date"


def odd(word: Any, listed: str) -> bool:
    """Whether a bare word is outside a published list; full URIs may name words of other vocabularies."""
    return _bare(word) and not codes.listed(listed, word)


def _bare(word: Any) -> bool:
    return isinstance(word, str) and bool(word) and not re.search(r"[:/]", word)


def _wrong(value: Any, shape: Any, pointer: str) -> Iterator[str]:
    wanted = shape if isinstance(shape, type) else type(shape)
    if not (isinstance(value, int | float) and not isinstance(value, bool) if wanted is float else isinstance(value, wanted)):
        yield f"{pointer}: {_told(value)} stands where {_WORDS[wanted]} is due"
    elif isinstance(value, str) and len(value) > _LONGEST:
        yield f"{pointer}: a text of {len(value)} characters stands where {_LONGEST} are allowed"
    elif isinstance(shape, list):
        for number, one in enumerate(value):
            yield from _wrong(one, shape[0], f"{pointer}/{number}")
    elif isinstance(shape, dict):
        for name, inner in shape.items():
            plain = name.rstrip("!")
            if value.get(plain) is not None:
                yield from _wrong(value[plain], inner, f"{pointer}/{plain}")
            elif plain != name:
                yield f"{pointer}/{plain} is missing"


def _told(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
