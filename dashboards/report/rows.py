"""The tables of a report: the columns of each, and what stands in them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dashboards.explorer.words import amounts, day, kilograms, minute
from dashboards.investigations.shown import decided

Json = dict[str, Any]
Row = dict[str, Any]
_SCORES = (("score", "Score"), ("positive", "Speaks for it"), ("negative", "Clears it"), ("common", "Common link"), ("weight", "Evidence on it"))
SHARES = ("score", "positive", "negative", "posterior", "began", "sure")
"""Fields that are shares of one."""

CASES = (("case", "Case"), ("where", "Where"), ("people", "People"), ("weight", "Weight"), ("onset", "Began"), ("assumed", "Note"), ("id", "Id"))
TESTS = (
    ("number", "No."), ("of", "Of"), ("looked_for", "Looked for"), ("outcome", "Found"), ("found", "When"), ("method", "Method"), ("id", "Id"),
)  # fmt: skip
DECISIONS = (
    ("number", "No."), ("when", "When"), ("by", "By"), ("assumed", "What was assumed"), ("what_if", "What-if"), ("why", "Why"),
    ("undone", "Undone"), ("counts", "Counts here"), ("id", "Id"),
)  # fmt: skip
ORDERS = (
    ("order", "Order"), ("of", "Of"), ("why", "Why"), ("since", "Since"), ("by", "By"), ("level", "Class"), ("depth", "Down to"),
    ("state", "State"), ("until", "Until"), ("outcome", "What it came to"), ("id", "Id"),
)  # fmt: skip
SUSPECTS = (("number", "Rank"), ("lot", "Lot"), ("posterior", "Went through it"), ("began", "Began with it"), ("reasons", "Reasons"), ("id", "Id"))
PLACES = (
    ("number", "Rank"), ("place", "Place"), ("address", "Address"), ("country", "Country"), *_SCORES, ("contaminates", "Contaminates other food"),
    ("clear", "Ends contamination"), ("sort", "Sort of place"), ("latitude", "Latitude"), ("longitude", "Longitude"), ("id", "Id"),
)  # fmt: skip
LOTS = (("number", "Rank"), ("lot", "Lot"), ("code", "Lot code"), *_SCORES, ("id", "Id"))
DELIVERIES = (
    ("number", "No."), ("what", "What"), ("from", "From"), ("to", "To or at"), ("product", "Product"), ("lot", "Lot code"), ("left", "Left"),
    ("arrived", "Arrived"), ("amount", "Amount as told"), ("kilograms", "Kilograms"), *_SCORES, ("id", "Id"),
)  # fmt: skip
LINKS = (
    ("from_number", "From No."), ("into_number", "Into No."), ("from", "From delivery"), ("into", "Into delivery"), ("score", "Score of the later"),
    ("how", "How it is known"), ("scope", "Scope"), ("sure", "Sure"), ("amount", "Amount"), ("rule", "Rule"), ("from_id", "From id"),
    ("into_id", "Into id"),
)  # fmt: skip


def cases(file: Json) -> list[Row]:
    """People who fell ill, in the order of the file."""
    return [
        {
            "case": one["name"],
            "where": _names(one["at"]),
            "people": one["count"],
            "weight": one["weight"],
            "onset": day(_text(one["onset"])),
            "assumed": one["assumed"],
            "id": one["id"],
        }
        for one in file["cases"]
    ]


def tests(file: Json) -> list[Row]:
    """What laboratories found."""
    return [
        {
            "number": one["number"],
            "of": _names(one["of"]),
            "looked_for": one["result"],
            "outcome": "positive" if one["positive"] else "negative",
            "found": day(_text(one["found"])),
            "method": one["method"],
            "id": one["id"],
        }
        for one in file["tests"]
    ]


def decisions(file: Json, what_if: str) -> list[Row]:
    """The log, from the first decision to the last; `counts` says which of them hold in a what-if, or without one."""
    return [
        {
            "number": number,
            "when": _moment(one["decided"]),
            "by": one["by"],
            "assumed": decided(one, most=len(one["of"])),
            "what_if": one["whatIf"] or "",
            "why": one["why"],
            "undone": _moment(one["undone"]),
            "counts": "no" if one["undone"] or one["whatIf"] not in (None, what_if or None) else "yes",
            "id": one["id"],
        }
        for number, one in enumerate(file["decisions"], 1)
    ]


def orders(file: Json) -> list[Row]:
    """Holds and recalls by when they were ordered."""
    told = [(one, sort) for sort in ("holds", "recalls") for one in file[sort]]
    return [_order(one, sort) for one, sort in sorted(told, key=lambda pair: (_text(pair[0]["since"]), pair[0]["id"]))]


def _order(one: Json, sort: str) -> Row:
    hold = sort == "holds"
    words = ("released", "on hold") if hold else ("closed", "under way")
    return {
        "order": "hold" if hold else "recall",
        "of": _names(one["of"]),
        "why": one["reason"],
        "since": _moment(one["since"]),
        "by": one["by"],
        "level": one.get("level"),
        "depth": one.get("depth"),
        "state": words[one["until"] is None],
        "until": _moment(one["until"]),
        "outcome": one["outcome"],
        "id": one["id"],
    }


def suspects(scores: Json) -> list[Row]:
    """Lots by all that is known, the likeliest first."""
    return [
        {
            "number": number,
            "lot": one["name"],
            "posterior": one["posterior"],
            "began": one["began"],
            "reasons": "; ".join(one["reasons"]),
            "id": one["id"],
        }
        for number, one in enumerate(scores["suspects"], 1)
    ]


def places(told: Iterable[Json]) -> Iterator[Row]:
    """Places with where they lie."""
    for number, one in enumerate(told, 1):
        thing = one["thing"] or {}
        at = thing.get("at") or {}
        yield {
            **_scored(number, one),
            "place": one["name"],
            "address": thing.get("address"),
            "country": thing.get("country"),
            "sort": thing.get("sort"),
            "contaminates": _yes(one["contaminates"]),
            "clear": _yes(one["clear"]),
            "latitude": at.get("latitude"),
            "longitude": at.get("longitude"),
        }


def lots(told: Iterable[Json]) -> Iterator[Row]:
    """Lots."""
    for number, one in enumerate(told, 1):
        yield {**_scored(number, one), "lot": one["name"], "code": (one["thing"] or {}).get("code")}


def deliveries(told: Iterable[Json]) -> Iterator[Row]:
    """Deliveries: what moved or was done; several foods of one stand in the same cells, in the same order."""
    for number, one in enumerate(told, 1):
        act = one["act"] or {"goods": [], "from": None, "to": None, "step": None, "when": None, "ended": None}
        goods = act["goods"]
        weights = [weight for good in goods if (weight := kilograms(good["quantity"])) is not None]
        yield {
            **_scored(number, one),
            "what": (act["step"] or one["kind"].lower()).replace("_", " "),
            "from": _name(act["from"]) or ("unknown" if one["kind"] == "Shipment" else ""),
            "to": _name(act["to"]) or "unknown",
            "product": _joined(good["product"]["name"] if good["product"] else good["name"] for good in goods),
            "lot": _joined(good["code"] or ("no lot code" if good["product"] else "") for good in goods),
            "left": day(act["when"]),
            "arrived": day(act["ended"]),
            "amount": _joined(amounts(good["quantity"]) for good in goods),
            "kilograms": round(sum(weights), 3) if weights else None,
        }


def links(told: Iterable[Json], numbers: Mapping[str, int]) -> Iterator[Row]:
    """Links between deliveries; `numbers` are those of the deliveries that are listed."""
    for one in told:
        start, end = one["start"], one["end"]
        yield {
            "from_number": numbers.get(start["id"]),
            "into_number": numbers.get(end["id"]),
            "from": start["name"],
            "into": end["name"],
            "score": end["score"],
            "how": one["method"],
            "scope": one["scope"],
            "sure": one["confidence"],
            "amount": amounts(one["quantity"]),
            "rule": one["rule"],
            "from_id": start["id"],
            "into_id": end["id"],
        }


def _scored(number: int, one: Json) -> Row:
    told = {name: one[name] for name in ("score", "positive", "negative", "id")}
    return {"number": number, "common": _yes(one["common"]), "weight": one["weight"] or None, **told}


def _yes(told: bool) -> str:
    return "yes" if told else ""


def _text(time: Json | None) -> str:
    return str(time["text"]) if time else ""


def _moment(time: Json | None) -> str:
    return minute(_text(time)) if time else ""


def _name(thing: Json | None) -> str:
    return str(thing["name"]) if thing else ""


def _names(things: Iterable[Json]) -> str:
    return "; ".join(str(one["name"]) for one in things)


def _joined(parts: Iterable[str]) -> str:
    """What several foods tell: once where all tell the same, else each in its turn."""
    told = list(parts)
    return told[0] if len(set(told)) == 1 else "; ".join(one or "–" for one in told)
