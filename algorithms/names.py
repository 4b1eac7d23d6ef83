"""Acts, lots and places in words."""

from algorithms.flow import Flow
from algorithms.rows import Act


def act_name(flow: Flow, number: int) -> str:
    """An act in words: what it carries or does, and between which places."""
    act = flow.told[number]
    lots = ", ".join(dict.fromkeys(good_name(flow, good.kind, good.key) for good in act.goods[:3])) or "food"
    more = f" and {len(act.goods) - 3} more" if len(act.goods) > 3 else ""
    if flow.acts[number][0] == "Shipment":
        start, goal = ends(flow, number)
        return f"{lots}{more} from {place_name(flow, start)} to {place_name(flow, goal)}"
    where = f" at {place_name(flow, act.places[0])}" if act.places else ""
    return f"{(act.step or 'a process').replace('_', ' ')} ({lots}{more}){where}"


def ends(flow: Flow, number: int) -> tuple[str | None, str | None]:
    """Where a shipment left and where it arrived, as its one or two records tell."""
    act, arrived = flow.told[number], flow.arrived.get(number)
    other: Act | None = arrived.act if arrived else None
    return act.start or (other.start if other else None), (other.goal if other else None) or act.goal


def when(flow: Flow, number: int) -> str | None:
    """When an act began, in the words of its record."""
    return flow.told[number].first[0]


def good_name(flow: Flow, kind: str, key: str) -> str:
    """A lot (product and code) or a unit in words."""
    if kind == "Lot":
        return lot_name(flow, key)
    unit = flow.row("LogisticUnit", key)
    return f"unit {unit.name if unit and unit.name else key}"


def lot_name(flow: Flow, key: str) -> str:
    """A lot in words: product and code."""
    lot = flow.row("Lot", key)
    if lot is None:
        return key
    return f"{thing_name(flow, 'Product', lot.product)} {lot.code or '(no lot code)'}".strip()


def place_name(flow: Flow, key: str | None) -> str:
    """A place in words."""
    return thing_name(flow, "Place", key) or "an unknown place"


def any_name(flow: Flow, kind: str, key: str) -> str:
    """A thing of any kind in words; of an act that no record tells any more the key."""
    if kind in ("Lot", "LogisticUnit"):
        return good_name(flow, kind, key)
    if kind == "Place":
        return place_name(flow, key)
    number = flow.number.get((kind, key))
    return act_name(flow, number) if number is not None else thing_name(flow, kind, key)


def thing_name(flow: Flow, kind: str, key: str | None) -> str:
    """The name of a thing, else its key."""
    row = flow.row(kind, key)
    return str((row and row.name) or key or "")
