"""Acts and links as the API tells them, for tests of what is made of them."""

from typing import Any

from dashboards.explorer.asked import Traced


def place(name: str | None) -> dict[str, str] | None:
    """A place by name; its id is `P` and the name."""
    return {"id": f"P{name}", "name": name} if name else None


def good(product: str, code: str | None, *quantity: dict[str, Any], role: str = "carried") -> dict[str, Any]:
    """Food of an act."""
    named = {"id": f"G{product}", "name": product}
    return {
        "id": f"L{product}{code}",
        "kind": "Lot",
        "name": f"{product} {code}",
        "role": role,
        "code": code,
        "product": named,
        "quantity": list(quantity),
    }


def act(
    name: str, kind: str = "Shipment", product: str = "Flour", left: str | None = "Mill", to: str | None = "Bakery", **told: Any
) -> dict[str, Any]:
    """An act; what is not told is usual."""
    usual = {
        "id": name,
        "kind": kind,
        "direction": "forward",
        "depth": 1,
        "what": f"{product} from {left} to {to}",
        "when": "2025-03-01T06:00:00Z",
        "ended": "2025-03-02T18:00:00Z",
        "confidence": 1.0,
        "scope": "certain",
        "end": False,
        "assumed": None,
        "step": "shipping" if kind == "Shipment" else "baking",
        "from": place(left) if kind == "Shipment" else None,
        "to": place(to),
        "sender": None,
        "receiver": None,
        "goods": [good(product, "L1", {"value": 20, "unit": "KGM"})],
    }
    return usual | told


def link(start: str, end: str, scope: str = "certain", confidence: float = 0.95) -> dict[str, Any]:
    """A link."""
    return {"start": start, "end": end, "rule": "F3", "method": "by lot", "confidence": confidence, "scope": scope, "quantity": []}


def trace(acts: list[dict[str, Any]], links: list[dict[str, Any]], missing: list[dict[str, Any]] | None = None, **told: Any) -> Traced:
    """A trace of these."""
    usual: dict[str, Any] = {"total_acts": len(acts), "total_links": len(links), "limited": False}
    return Traced([{"id": "s", "label": "lot Flour L1"}], acts, links, missing or [], **(usual | told))
