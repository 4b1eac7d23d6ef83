"""What the material flow keeps of each thing: small plain rows, made from things as the FoodGraph folds them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

Key = tuple[str, str]
"""Kind and key of a thing."""
Amounts = list[dict[str, Any]]
Span = tuple[str | None, float | None, float | None]
"""The text told, and the earliest and latest instant in seconds since 1970 (None = open)."""

UNKNOWN: Span = (None, None, None)
CROSS, KILL = "cross", "kill"
_SET = ((CROSS, "cross_contamination"), (KILL, "kill_contamination"))
MOVING = frozenset({"shipping", "departing", "transporting", "consigning", "void_shipping", "receiving", "arriving", "accepting"})


class Told(Protocol):
    """A thing as the FoodGraph folds it."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def values(self) -> dict[str, Any]: ...  # noqa: D102
    @property
    def links(self) -> list[list[Any]]: ...  # noqa: D102


class Good(NamedTuple):
    """Food that an act takes, gives or carries: a lot or a unit, with its quantities as told."""

    relation: str
    kind: str
    key: str
    amounts: Amounts


class Act(NamedTuple):
    """A Shipment or Process: what it did, when it began and ended, between which places, with which food and which told links.

    `confidence` is below 1 where the source only assumes that it was done; `set` is what an investigator set on it (`CROSS`, `KILL`).
    """

    step: str | None
    record: str | None
    side: str | None
    first: Span
    last: Span
    start: str | None
    goal: str | None
    places: tuple[str, ...]
    parties: tuple[str | None, str | None]
    goods: tuple[Good, ...]
    papers: tuple[str, ...]
    told: tuple[tuple[str, str, str, dict[str, Any]], ...]
    closed: bool
    void: bool
    assumed: str | None
    confidence: float
    observed: bool
    set: tuple[str, ...] = ()


class Lot(NamedTuple):
    """A lot: its product, its code, the lot it is an item of, what is the same as it, and the stated sources of its code."""

    product: str | None
    code: str | None
    part_of: str | None
    same: tuple[str, ...]
    sources: tuple[str, ...]
    grain: str | None


class Product(NamedTuple):
    """A product: its name and what is the same as it."""

    name: str | None
    same: tuple[str, ...]


class Party(NamedTuple):
    """A party: its name, and the country it is in."""

    name: str | None
    country: str | None


class Place(NamedTuple):
    """A place: its name, the place it lies in, whether food that meets there may contaminate other food there, whether contamination ends there;
    the country it is in.
    """

    name: str | None
    within: str | None
    shared: bool
    safe: bool
    country: str | None


class Content(NamedTuple):
    """What a record tells of a unit's contents: opened, closed or seen, when, what and how much."""

    seen: str
    at: float | None
    kind: str
    key: str
    amounts: Amounts
    associated: bool


class Unit(NamedTuple):
    """A logistic unit: its name and all that records tell of its contents."""

    name: str | None
    contents: tuple[Content, ...]


class Event(NamedTuple):
    """An event: what it is, when, where, and the things it names with their roles and quantities."""

    type: str | None
    action: str | None
    step: str | None
    happened: Span
    place: str | None
    named: tuple[tuple[str, str, str | None, Amounts], ...]


class Doubt(NamedTuple):
    """A lot assertion: the acts it speaks of, the candidate lots and the confidence."""

    acts: tuple[tuple[str, str], ...]
    candidates: tuple[str, ...]
    confidence: float | None


class Mark(NamedTuple):
    """Anything that speaks of places: a case or a validated cleaning, with its name and time."""

    name: str | None
    places: tuple[str, ...]
    when: Span
    validated: bool


Row = Act | Lot | Product | Party | Place | Unit | Event | Doubt | Mark


def row(node: Told) -> Row:
    """The row of a thing of one of the kinds in `KINDS`."""
    return _MAKE[node.kind][1](node)


def loaded(kind: str, held: list[Any]) -> Row:
    """A row from what it became as JSON: lists stand where tuples were."""
    made: Row = _MAKE[kind][0](*held)
    if isinstance(made, Act):
        goods = tuple(Good(*good) for good in made.goods)
        return made._replace(goods=goods, places=tuple(made.places), papers=tuple(made.papers), set=tuple(made.set))
    if isinstance(made, Unit):
        return made._replace(contents=tuple(Content(*one) for one in made.contents))
    return made._replace(acts=tuple((key[0], key[1]) for key in made.acts)) if isinstance(made, Doubt) else made


def value_of(amount: dict[str, Any]) -> float | None:
    """How much an amount tells: its value, else about how much, else the least; None where it tells none of them."""
    value = amount.get("value", amount.get("about", amount.get("low")))
    return None if value is None else float(value)


def span(told: list[str | None] | None) -> Span:
    """A time in wire form as a span in seconds."""
    if not told:
        return UNKNOWN
    return told[0], _seconds(told[1]), _seconds(told[2])


def _seconds(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def _ends(links: Iterable[list[Any]], relation: str) -> tuple[str, ...]:
    return tuple(link[2] for link in links if link[0] == relation)


def _first(links: Iterable[list[Any]], relation: str) -> str | None:
    return next(iter(_ends(links, relation)), None)


def _act(node: Told) -> Act:
    values, links = node.values, node.links
    first = values.get("departed") or values.get("started") or values.get("arrived") or values.get("ended")
    last = values.get("arrived") or values.get("ended") or first
    goods = tuple(Good(link[0], link[1], link[2], link[3].get("quantity") or []) for link in links if link[0] in ("USED", "MADE", "CARRIES"))
    assumed = values.get("assumed") or next((said for said in getattr(node, "findings", ()) if said.startswith("assumed")), None)
    return Act(
        step=values.get("step"),
        record=values.get("record") or values.get("order"),
        side=values.get("end"),
        first=span(first),
        last=span(last),
        start=_first(links, "SHIPPED_FROM"),
        goal=_first(links, "SHIPPED_TO"),
        places=tuple(link[2] for link in links if link[0] == "TOOK_PLACE_AT" and link[3].get("role") != "source"),
        parties=(_first(links, "SENT_BY"), _first(links, "SENT_TO")),
        goods=goods,
        papers=_ends(links, "DOCUMENTED_BY"),
        told=tuple((link[0], link[1], link[2], link[3]) for link in links if link[0] in ("FED", "RECEIVED_AS")),
        closed=bool(values.get("closed")),
        void=bool(values.get("void")),
        assumed=assumed,
        confidence=1.0 if values.get("confidence") is None else values["confidence"],
        observed=False,
        set=tuple(sign for sign, name in _SET if values.get(name)),
    )


def _lot(node: Told) -> Lot:
    values, links = node.values, node.links
    return Lot(
        product=_first(links, "OF_PRODUCT"),
        code=values.get("code") or values.get("serial"),
        part_of=_first(links, "PART_OF"),
        same=_ends(links, "SAME_AS"),
        sources=_ends(links, "TLC_SOURCE"),
        grain=values.get("grain"),
    )


def _product(node: Told) -> Product:
    return Product(_name(node), _ends(node.links, "SAME_AS"))


def _place(node: Told) -> Place:
    shared, safe = (bool(node.values.get(name)) for _, name in _SET)
    return Place(_name(node), _first(node.links, "PART_OF"), shared, safe, node.values.get("country"))


def _party(node: Told) -> Party:
    return Party(_name(node), node.values.get("country"))


def _name(node: Told) -> str | None:
    return next((str(node.values[name]) for name in ("name", "code", "gtin", "gln", "code_id") if node.values.get(name)), None)


def _unit(node: Told) -> Unit:
    """All contents that facts tell: a number is used again, so the fold alone would lose earlier ones."""
    facts = getattr(node, "facts", ())
    links = [link for fact in facts for link in fact["links"]] if facts else node.links
    contents = []
    for link in links:
        if link[0] == "CONTAINS":
            carried = link[3]
            at = span(carried.get("at"))[1]
            held = (carried.get("seen") or "seen", at, link[1], link[2], carried.get("quantity") or [], bool(carried.get("associated")))
            contents.append(Content(*held))
    return Unit(node.values.get("sscc") or node.values.get("asset") or node.values.get("code"), tuple(contents))


def _event(node: Told) -> Event:
    values = node.values
    places = {link[3].get("role"): link[2] for link in node.links if link[0] == "TOOK_PLACE_AT"}
    named = tuple((link[1], link[2], link[3].get("role"), link[3].get("quantity") or []) for link in node.links if link[0] == "CONCERNS")
    place = places.get("business location") or places.get("read point") or next(iter(places.values()), None)
    return Event(values.get("type"), values.get("action"), values.get("step"), span(values.get("happened")), place, named)


def _doubt(node: Told) -> Doubt:
    acts = tuple((link[1], link[2]) for link in node.links if link[0] == "CONCERNS" and link[1] in ("Process", "Shipment"))
    return Doubt(acts, tuple(node.values.get("candidates") or ()), node.values.get("confidence"))


def _mark(node: Told) -> Mark:
    values = node.values
    when = span(values.get("ended") or values.get("started") or values.get("onset"))
    return Mark(values.get("name") or values.get("number"), _ends(node.links, "TOOK_PLACE_AT"), when, bool(values.get("validated")))


_MAKE: dict[str, tuple[Callable[..., Any], Callable[[Told], Row]]] = {
    "Process": (Act, _act),
    "Shipment": (Act, _act),
    "Lot": (Lot, _lot),
    "Product": (Product, _product),
    "Place": (Place, _place),
    "Party": (Party, _party),
    "LogisticUnit": (Unit, _unit),
    "Event": (Event, _event),
    "LotAssertion": (Doubt, _doubt),
    "Case": (Mark, _mark),
    "Cleaning": (Mark, _mark),
}
KINDS = tuple(_MAKE)
"""The kinds that the material flow is made of."""
