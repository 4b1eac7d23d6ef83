"""Which food a person means by a code, name, key or identifier: exact words first, then near misses."""

from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import unquote

from algorithms.acts import Grouped
from algorithms.answer import Key
from algorithms.called import SPOKEN_OF, called, every_word
from algorithms.flow import Flow
from algorithms.names import any_name
from algorithms.portions import Portions
from algorithms.trace import Start
from ontology.errors import Ambiguous, Refused, Unknown
from ontology.identifiers import identified

_MOST_CHOICES = 20
_MANY = 20_000
_MOST_COMPARED = 50_000
"""From so many things on near misses must begin or end alike; and no more words are compared."""


def find(flow: Flow, text: str, since: float | None = None, until: float | None = None) -> Start:
    """The one thing that a code, name, key, EPC or Digital Link speaks of; `since` and `until` (seconds since 1970) bound its acts.

    Raises Ambiguous with the choices where several do, and Unknown with near misses where none does.
    """
    text = text.strip()
    told = identified(text)
    if told is not None and told.thing.kind.name in SPOKEN_OF and flow.row(told.thing.kind.name, told.thing.key):
        return start(flow, told.thing.kind.name, told.thing.key, since, until)
    found = called(flow, text)
    found = [one for one in found if one[1] == text] or _one_each(flow, found)
    if len(found) == 1:
        return start(flow, *found[0], since, until)
    if found:
        choices = tuple((key, label(flow, kind, key)) for kind, key in found[:_MOST_CHOICES])
        listed = "; ".join(f"{words} [{key}]" for key, words in choices[:10])
        more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
        raise Ambiguous(f"{text!r} names {len(found)} things: {listed}{more}. Say which by the key in brackets.", choices)
    near = _near(flow, text)
    words = f" Near misses: {', '.join(near)}." if near else " Search for part of its name or code first."
    raise Unknown(f"Nothing is called {text!r}.{words}", tuple(near))


def _near(flow: Flow, text: str) -> list[str]:
    """Words most like a text; in a large flow only words of about its length that share its beginning or its end are compared."""
    low = text.casefold()
    many = sum(len(flow.all(kind)) for kind in SPOKEN_OF) > _MANY
    known: dict[str, str] = {}
    for word in every_word(flow):
        if not many or (abs(len(word) - len(low)) <= 2 and (word[:2].casefold() == low[:2] or word[-3:].casefold() == low[-3:])):
            known.setdefault(word.casefold(), word)
        if len(known) > _MOST_COMPARED:
            break
    return [known[word] for word in get_close_matches(low, known, n=5, cutoff=0.6)]


def _one_each(flow: Flow, found: Iterable[Key]) -> list[Key]:
    """Lots that are the same count once; a record's own number gives way to food of that name."""
    kept: dict[Key, Key] = {}
    for kind, key in found:
        kept.setdefault((kind, flow.lots.get(key, key) if kind == "Lot" else key), (kind, key))
    acts = ("Shipment", "Process")
    food = [one for one in kept.values() if one[0] not in (*acts, "Event")]
    return food or [one for one in kept.values() if one[0] not in acts] or list(kept.values())


def start(flow: Flow, kind: str, key: str, since: float | None = None, until: float | None = None) -> Start:
    """A thing as the start of a trace, with no acts where none of the time moved, made or used it. Raises Refused for an unknown thing."""
    if flow.row(kind, key) is None and (kind, key) not in flow.number:
        raise Refused(f"There is no {kind} with the key {key!r} that a trace could start from: look it up or search for it first.")
    came, went = _acts(flow, kind, key)
    upstream, downstream = (_within(flow, acts, since, until) for acts in (came, went))
    return Start(kind, key, label(flow, kind, key), upstream, downstream)


def _acts(flow: Flow, kind: str, key: str) -> tuple[set[int], set[int]]:
    """The acts that food of a thing came by, and those that it went on by."""
    if kind == "Lot":
        return _lot(flow, key)
    if kind == "Product":
        sides = [_lot(flow, lot) for lot in _of_product(flow, key)]
        return {act for came, _ in sides for act in came}, {act for _, went in sides for act in went}
    if kind == "LogisticUnit":
        acts = set(flow.acts_with(key))
        inside = [] if acts else [_lot(flow, content.key) for content in (flow.row(kind, key) or ((), ()))[1] if content.kind == "Lot"]
        return acts | {act for came, _ in inside for act in came}, acts | {act for _, went in inside for act in went}
    if kind in ("Place", "Case"):
        places = [key] if kind == "Place" else list(flow.row("Case", key).places)
        return _at(flow, places)
    if kind == "Event" and ("Event", key) not in flow.number:
        record = unquote(key.partition(":")[2])
        told = {flow.number[one] for one in called(flow, record) if one in flow.number}
        return told, told
    number = flow.number.get((kind, key))
    return ({number}, {number}) if number is not None else (set(), set())


def _lot(flow: Flow, key: str) -> tuple[set[int], set[int]]:
    """Acts that brought a lot or its items, and acts that took them; not what else those acts used or made."""
    goods = lots_of(flow, "Lot", key)
    came, went = ({act for good in goods for act in side.act[order.at(good)].tolist()} for side, order in flow.once(_by_good))
    shipped = {act for act in (*came, *went) if flow.acts[act][0] != "Process"}
    return came | shipped or went, went | shipped


def lots_of(flow: Flow, kind: str, key: str) -> list[int]:
    """The lots (numbers of keys) that a lot or product stands for, with their items; none for any other thing."""
    lots = [key] if kind == "Lot" else _of_product(flow, key) if kind == "Product" else []
    return [flow.keys.find(one) for one in {one for lot in lots for one in (flow.lots.get(lot, lot), *_items(flow, lot))}]


def _of_product(flow: Flow, key: str) -> list[str]:
    held = flow.others["Lot"]
    return [flow.keys[lot] for lot in held["key"][held["product"] == flow.keys.find(key)].tolist()]


def _items(flow: Flow, key: str) -> list[str]:
    """The items of a lot."""
    held = flow.others["Lot"]
    whole = flow.keys.find(key)
    return [flow.keys[item] for item in held["key"][(held["part_of"] == whole) & (whole >= 0)].tolist()]


def _by_good(flow: Flow) -> tuple[tuple[Portions, Grouped], tuple[Portions, Grouped]]:
    """Puts and takes by lot."""
    puts, takes = flow.sides.puts, flow.sides.takes
    return (puts, Grouped.of(puts.good)), (takes, Grouped.of(takes.good))


def _at(flow: Flow, places: Iterable[str]) -> tuple[set[int], set[int]]:
    came, went = set(), set()
    wanted = set(places)
    inside = wanted | {place for place in flow.nesting.within if wanted & set(flow.nesting.above(place))}
    for place in inside:
        for number in flow.acts_at(place):
            act, arrived = flow.told[number], flow.arrived.get(number)
            goals = {act.goal, *act.places, *((arrived.act.goal,) if arrived else ())}
            if place in goals:
                came.add(number)
            if place == act.start or place in act.places:
                went.add(number)
    return came, went


def _within(flow: Flow, acts: set[int], since: float | None, until: float | None) -> tuple[int, ...]:
    return tuple(act for act in sorted(acts) if (since is None or flow.latest[act] >= since) and (until is None or flow.earliest[act] <= until))


def label(flow: Flow, kind: str, key: str) -> str:
    """A thing in words, with its kind."""
    name = any_name(flow, kind, key)
    return name if kind == "LogisticUnit" else f"{kind.lower()} {name}"
