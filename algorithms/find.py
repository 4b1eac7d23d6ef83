"""Which food a person means by a code, name, key or identifier: exact words first, then near misses."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import unquote

from algorithms.answer import Key
from algorithms.flow import Flow
from algorithms.names import act_name, good_name, lot_name, place_name, thing_name
from algorithms.portions import Portion
from algorithms.trace import Start
from ontology.errors import Ambiguous, Refused, Unknown
from ontology.identifiers import identified

_SPOKEN_OF = ("Lot", "LogisticUnit", "Place", "Product", "Shipment", "Process", "Case", "Event")
_MOST_CHOICES = 20


@dataclass(frozen=True)
class Names:
    """Every word that things are called by, worked out once for a flow."""

    words: dict[str, list[Key]]
    lower: dict[str, list[str]]
    came: dict[str, set[int]]
    went: dict[str, set[int]]

    @classmethod
    def of(cls, flow: Flow) -> "Names":
        """The names of a flow."""
        words: dict[str, list[Key]] = defaultdict(list)
        lower: dict[str, list[str]] = defaultdict(list)
        for kind in _SPOKEN_OF:
            for key, row in flow.all(kind).items():
                for word in {key, unquote(key.rpartition("/")[2].rpartition(":")[2]), *_called(row)}:
                    words[word].append((kind, key))
        for word in words:
            lower[word.casefold()].append(word)
        return cls(words, lower, _by_good(flow.sides.puts), _by_good(flow.sides.takes))


def _by_good(portions: Iterable[Portion]) -> dict[str, set[int]]:
    acts: dict[str, set[int]] = defaultdict(set)
    for portion in portions:
        acts[portion.good].add(portion.act)
    return acts


def _called(row: object) -> Iterator[str]:
    for name in ("code", "name", "record"):
        word = getattr(row, name, None)
        if word:
            yield str(word)


def find(flow: Flow, text: str, since: float | None = None, until: float | None = None) -> Start:
    """The one thing that a code, name, key, EPC or Digital Link speaks of; `since` and `until` (seconds since 1970) bound its acts.

    Raises Ambiguous with the choices where several do, and Unknown with near misses where none does.
    """
    names, text = flow.once(Names.of), text.strip()
    told = identified(text)
    if told is not None and (told.thing.kind.name, told.thing.key) in {
        (kind, told.thing.key) for kind in _SPOKEN_OF if flow.row(kind, told.thing.key)
    }:
        return start(flow, told.thing.kind.name, told.thing.key, since, until)
    found = names.words.get(text) or [one for word in names.lower.get(text.casefold(), ()) for one in names.words[word]]
    found = [one for one in found if one[1] == text] or _one_each(flow, found)
    if len(found) == 1:
        return start(flow, *found[0], since, until)
    if found:
        choices = tuple((key, label(flow, kind, key)) for kind, key in found[:_MOST_CHOICES])
        listed = "; ".join(f"{words} [{key}]" for key, words in choices[:10])
        more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
        raise Ambiguous(f"{text!r} names {len(found)} things: {listed}{more}. Say which by the key in brackets.", choices)
    near = get_close_matches(text.casefold(), names.lower, n=5, cutoff=0.6) if len(names.lower) < 50_000 else _alike(text, names)
    said = [names.lower[word][0] for word in near]
    words = f" Near misses: {', '.join(said)}." if said else " Search for part of its name or code first."
    raise Unknown(f"Nothing is called {text!r}.{words}", tuple(said))


def _alike(text: str, names: Names) -> list[str]:
    """Near misses in a large flow: only words that share their beginning or their end are compared."""
    low = text.casefold()
    close = [word for word in names.lower if abs(len(word) - len(low)) <= 2 and (word[:2] == low[:2] or word[-3:] == low[-3:])]
    return get_close_matches(low, close[:20_000], n=5, cutoff=0.6)


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
        lots = [lot for lot, row in flow.all("Lot").items() if row.product == key]
        sides = [_lot(flow, lot) for lot in lots]
        return {act for came, _ in sides for act in came}, {act for _, went in sides for act in went}
    if kind == "LogisticUnit":
        acts = set(flow.by_good.get(key, ()))
        inside = [] if acts else [_lot(flow, content.key) for content in (flow.row(kind, key) or ((), ()))[1] if content.kind == "Lot"]
        return acts | {act for came, _ in inside for act in came}, acts | {act for _, went in inside for act in went}
    if kind in ("Place", "Case"):
        places = [key] if kind == "Place" else list(flow.row("Case", key).places)
        return _at(flow, places)
    if kind == "Event" and ("Event", key) not in flow.number:
        record = unquote(key.partition(":")[2])
        told = {flow.number[one] for one in flow.once(Names.of).words.get(record, ()) if one in flow.number}
        return told, told
    number = flow.number.get((kind, key))
    return ({number}, {number}) if number is not None else (set(), set())


def _lot(flow: Flow, key: str) -> tuple[set[int], set[int]]:
    """Acts that brought a lot or its items, and acts that took them; not what else those acts used or made."""
    names = flow.once(Names.of)
    goods = {flow.lots.get(key, key), *flow.once(_items).get(key, ())}
    came, went = (set().union(*(side.get(good, set()) for good in goods)) for side in (names.came, names.went))
    shipped = {act for act in (*came, *went) if flow.acts[act][0] != "Process"}
    return came | shipped or went, went | shipped


def _items(flow: Flow) -> dict[str, list[str]]:
    """The items of each lot."""
    items: dict[str, list[str]] = defaultdict(list)
    for key, lot in flow.all("Lot").items():
        if lot.part_of:
            items[lot.part_of].append(key)
    return items


def _at(flow: Flow, places: Iterable[str]) -> tuple[set[int], set[int]]:
    came, went = set(), set()
    inside = {place for place in flow.by_place for one in places if place == one or one in flow.nesting.above(place)}
    for place in inside:
        for number in flow.by_place[place]:
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
    if kind == "Lot":
        return f"lot {lot_name(flow, key)}"
    if kind == "LogisticUnit":
        return good_name(flow, kind, key)
    if kind == "Place":
        return f"place {place_name(flow, key)}"
    number = flow.number.get((kind, key))
    if number is not None:
        return f"{kind.lower()} {act_name(flow, number)}"
    return f"{kind.lower()} {thing_name(flow, kind, key)}"
