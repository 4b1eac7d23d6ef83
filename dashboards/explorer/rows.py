"""The same selection as a table, a row for each good of each act, and the list of who else got the food."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboards.explorer.asked import Act, Traced
from dashboards.explorer.words import amounts, day, kilograms

Row = dict[str, Any]

COLUMNS = (
    ("when", "When"),
    ("what", "Act"),
    ("product", "Product"),
    ("lot", "Lot"),
    ("amount", "Amount"),
    ("kilograms", "kg"),
    ("from", "From"),
    ("to", "To or at"),
    ("note", "Note"),
    ("sure", "Sure %"),
    ("scope", "Scope"),
    ("way", "Way"),
    ("steps", "Steps"),
    ("ended", "Until"),
)
"""Name and heading of each column of the table."""

RECIPIENT_COLUMNS = (
    ("recipient", "Recipient"),
    ("party", "Company"),
    ("sort", "Sort of place"),
    ("country", "Country"),
    ("address", "Address"),
    ("product", "Product"),
    ("lot", "Lot"),
    ("amount", "Amount as told"),
    ("kilograms", "Kilograms"),
    ("sent", "Sent"),
    ("arrived", "Arrived"),
    ("from", "From"),
    ("last", "Last known holder"),
    ("sure", "Sure %"),
    ("scope", "Scope"),
    ("assumed", "Assumed"),
)
"""Name and heading of each column of the list of recipients."""


def rows(trace: Traced) -> list[Row]:
    """A row for each good of each act."""
    return [row for act in trace.acts for row in _of(act, trace.open_ends.get(act["id"], ""))]


def _of(act: Act, unknown: str) -> list[Row]:
    note = "; ".join(filter(None, [unknown.partition(":")[0], f"assumed: {act['assumed'].removeprefix('assumed: ')}" if act["assumed"] else ""]))
    told = {
        "id": act["id"],
        "way": {"backward": "came from", "forward": "went to"}.get(act["direction"], "start"),
        "steps": act["depth"],
        "what": (act["step"] or act["kind"]).replace("_", " "),
        "from": _name(act["from"]) or ("unknown" if act["kind"] == "Shipment" else ""),
        "to": _name(act["to"]) or "unknown",
        "when": day(act["when"]),
        "ended": day(act["ended"]),
        "sure": round(act["confidence"] * 100),
        "scope": act["scope"],
        "note": note,
    }
    return [told | _good(good) | {"role": good["role"]} for good in act["goods"] or [{}]]


def _good(good: Mapping[str, Any]) -> Row:
    quantity = good.get("quantity") or []
    product = good.get("product")
    return {
        "product": product["name"] if product else good.get("name", ""),
        "lot": good.get("code") or ("" if not good else "no lot code"),
        "amount": amounts(quantity),
        "kilograms": kilograms(quantity),
    }


def _name(thing: Mapping[str, str] | None) -> str:
    return thing["name"] if thing else ""


def recipients(acts: Iterable[Act], places: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """Who got the food: a row for each good of each shipment, by recipient, then by day."""
    listed = []
    for act in acts:
        at = places.get(act["to"]["id"], {}) if act["to"] else {}
        told = {
            "recipient": _name(act["to"]) or "unknown",
            "party": _name(act["receiver"]),
            "sort": at.get("sort") or "",
            "country": at.get("country") or "",
            "address": at.get("address") or "",
            "sent": day(act["when"]),
            "arrived": day(act["ended"]),
            "from": _name(act["from"]) or "unknown",
            "last": "yes" if act["end"] else "no",
            "sure": round(act["confidence"] * 100),
            "scope": act["scope"],
            "assumed": (act["assumed"] or "").removeprefix("assumed: "),
        }
        listed += [told | _good(good) for good in act["goods"] or [{}]]
    return sorted(listed, key=lambda row: (row["recipient"] == "unknown", row["recipient"], row["sent"], row["product"], row["lot"]))
