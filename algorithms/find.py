"""Which acts a code speaks of: exact codes first, then near misses."""

from dataclasses import dataclass
from difflib import get_close_matches

from algorithms.flow import Flow
from algorithms.trace import lot_name, place_name
from ontology.errors import Ambiguous, Refused


@dataclass(frozen=True)
class Found:
    """A lot, place or shipment that a code names, in words, with its acts."""

    id: str
    label: str
    acts: tuple[int, ...]


def find(flow: Flow, code: str) -> Found:
    """The one thing that a code, key or name speaks of.

    Raises Ambiguous with the choices where several do, and Refused with near misses where none does.
    """
    found = _exact(flow, code)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(f"{one.label} [{one.id}]" for one in found[:10])
        raise Ambiguous(f"{code!r} names {len(found)} things: {listed}. Say which by the key in brackets.", tuple((f.id, f.label) for f in found))
    near = get_close_matches(code, _names(flow), n=5, cutoff=0.6)
    raise Refused(f"Nothing is called {code!r}." + (f" Near misses: {', '.join(near)}." if near else " `foodflow trace --list` shows some lots."))


def _exact(flow: Flow, code: str) -> list[Found]:
    found = []
    for kind, key in flow.things:
        if kind in ("Lot", "Place", "Shipment", "Process") and (thing := flow.things[(kind, key)]):
            names = (
                key,
                thing.values.get("code"),
                thing.values.get("serial"),
                thing.values.get("name"),
                thing.values.get("gln"),
                thing.values.get("record"),
            )
            if code in names:
                found.append(_found(flow, kind, key))
    return [one for one in found if one.id == code] or found


def _found(flow: Flow, kind: str, key: str) -> Found:
    if kind == "Lot":
        return Found(key, f"lot {lot_name(flow, key)}", tuple(flow.by_lot.get(key, ())))
    if kind == "Place":
        return Found(key, f"place {place_name(flow, key)}", tuple(flow.by_place.get(key, ())))
    number = flow.number.get((kind, key))
    return Found(key, f"{kind.lower()} {key}", (number,) if number is not None else ())


def _names(flow: Flow) -> list[str]:
    said = {thing.values.get(name) for (kind, _), thing in flow.things.items() if kind in ("Lot", "Place") for name in ("code", "name", "serial")}
    return sorted(name for name in said if name)
