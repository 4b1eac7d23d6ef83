"""What the material flow computes with, as columns: acts in the order of their keys, with their goods, amounts, places and told links."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from algorithms.rows import KILL, Act, Key, Row, value_of
from algorithms.texts import Arrays, Texts
from algorithms.units import EARLY, LATE

PROCESS, SHIPMENT = 0, 1
ACT_KINDS = ("Process", "Shipment")
USED, MADE, CARRIES = range(3)
_RELATIONS = ("USED", "MADE", "CARRIES")
DEPARTURE, ARRIVAL = 1, 2
_SIDES = {"departure": DEPARTURE, "arrival": ARRIVAL}
SCOPES = ("certain", "probable", "conceivable")

_ACTS: dict[str, Any] = {
    "kind": np.int8, "key": np.int64, "first_low": np.float64, "first_high": np.float64, "last_low": np.float64, "last_high": np.float64,
    "start": np.int64, "goal": np.int64, "sure": np.float64, "side": np.int8, "closed": np.bool_, "void": np.bool_,
}  # fmt: skip
_PARTS: dict[str, dict[str, Any]] = {
    "goods": {"act": np.int64, "nth": np.int64, "relation": np.int8, "lot": np.bool_, "key": np.int64},
    "amounts": {"act": np.int64, "nth": np.int64, "value": np.float64, "plain": np.bool_, "unit": np.int64, "alone": np.bool_},
    "places": {"act": np.int64, "nth": np.int64, "key": np.int64},
    "set": {"act": np.int64, "nth": np.int64, "kill": np.bool_},
    "told": {
        "act": np.int64, "nth": np.int64, "fed": np.bool_, "kind": np.int8, "key": np.int64, "sure": np.float64, "scope": np.int8, "method": np.int64,
    },
}  # fmt: skip
PIECES = "pieces"


class Acts:
    """All acts sorted by kind and key; what belongs to an act (`parts`) names it by its position, in the order of the act."""

    def __init__(self, own: Arrays, parts: dict[str, Arrays]) -> None:
        self.own, self.parts = own, parts

    def __len__(self) -> int:
        return len(self.own["key"])

    @classmethod
    def none(cls) -> "Acts":
        """No acts."""
        return cls(_empty(_ACTS), {name: _empty(kinds) for name, kinds in _PARTS.items()})

    @classmethod
    def of(cls, keys: Texts, listed: Iterable[tuple[Key, Act]]) -> "Acts":
        """Acts in columns."""
        own: dict[str, list[Any]] = {name: [] for name in _ACTS}
        parts: dict[str, dict[str, list[Any]]] = {name: {column: [] for column in kinds} for name, kinds in _PARTS.items()}
        for position, ((kind, key), act) in enumerate(sorted(listed, key=lambda one: one[0])):
            _add(own, _own(keys, kind, key, act))
            for name, row in _parts(keys, position, act):
                _add(parts[name], row)
        return cls(_arrays(own, _ACTS), {name: _arrays(held, _PARTS[name]) for name, held in parts.items()})

    def changed(self, keys: Texts, made: Mapping[Key, Row | None]) -> "Acts":
        """These acts after some changed (None = gone)."""
        mine = {key: row for key, row in made.items() if key[0] in ACT_KINDS}
        if not mine:
            return self
        gone = np.fromiter((2 * keys.find(key) + ACT_KINDS.index(kind) for kind, key in mine), np.int64, len(mine))
        old = self.only(~np.isin(2 * self.own["key"] + self.own["kind"], gone)) if len(self) else self
        new = Acts.of(keys, ((key, row) for key, row in mine.items() if isinstance(row, Act)))
        return old.with_(keys, new) if len(new) else old

    def only(self, kept: Any) -> "Acts":
        """Some of the acts, in their order."""
        if kept.all():
            return self
        position = np.cumsum(kept) - 1
        parts = {}
        for name, held in self.parts.items():
            mine = kept[held["act"]]
            part = {column: values[mine] for column, values in held.items()}
            parts[name] = {**part, "act": position[part["act"]]}
        return Acts({name: values[kept] for name, values in self.own.items()}, parts)

    @classmethod
    def together(cls, keys: Texts, several: "list[Acts]") -> "Acts":
        """All of several that hold different acts, sorted."""
        offsets = np.cumsum([0, *map(len, several)])
        own = {name: np.concatenate([one.own[name] for one in several]) for name in _ACTS}
        names = [(kind, keys[key]) for kind, key in zip(own["kind"].tolist(), own["key"].tolist(), strict=True)]
        order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
        position = np.empty(len(order), np.int64)
        position[order] = np.arange(len(order))
        parts = {}
        for name, columns in _PARTS.items():
            act = position[np.concatenate([one.parts[name]["act"] + offset for one, offset in zip(several, offsets, strict=False)])]
            sequence = np.argsort(act, kind="stable")
            parts[name] = {column: np.concatenate([one.parts[name][column] for one in several])[sequence] for column in columns}
            parts[name]["act"] = act[sequence]
        return cls({name: values[order] for name, values in own.items()}, parts)

    def with_(self, keys: Texts, new: "Acts") -> "Acts":
        """These acts and others, sorted."""
        if not len(self):
            return new
        places = _Sorted(self, keys)
        told = [(int(kind), keys[int(key)]) for kind, key in zip(new.own["kind"], new.own["key"], strict=True)]
        low = np.fromiter((bisect_left(places, one) for one in told), np.int64, len(told))
        moved_old = np.arange(len(self)) + np.searchsorted(low, np.arange(len(self)), side="right")
        moved_new = low + np.arange(len(new))
        own = {}
        for name, values in self.own.items():
            own[name] = np.empty(len(self) + len(new), values.dtype)
            own[name][moved_old], own[name][moved_new] = values, new.own[name]
        parts = {}
        for name, held in self.parts.items():
            act = np.concatenate([moved_old[held["act"]], moved_new[new.parts[name]["act"]]])
            order = np.argsort(act, kind="stable")
            parts[name] = {column: np.concatenate([values, new.parts[name][column]])[order] for column, values in held.items()}
            parts[name]["act"] = act[order]
        return Acts(own, parts)


class _Sorted:
    """The kinds and keys of acts, to be searched."""

    def __init__(self, acts: Acts, keys: Texts) -> None:
        self._kinds, self._keys, self._texts = acts.own["kind"], acts.own["key"], keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, position: int) -> tuple[int, str]:
        return int(self._kinds[position]), self._texts[int(self._keys[position])]


def _own(keys: Texts, kind: str, key: str, act: Act) -> tuple[Any, ...]:
    return (
        ACT_KINDS.index(kind), keys.number(key),
        EARLY if act.first[1] is None else act.first[1], LATE if act.first[2] is None else act.first[2],
        EARLY if act.last[1] is None else act.last[1], LATE if act.last[2] is None else act.last[2],
        keys.number(act.start), keys.number(act.goal), act.confidence, _SIDES.get(act.side or "", 0), act.closed, act.void,
    )  # fmt: skip


def _parts(keys: Texts, position: int, act: Act) -> Iterable[tuple[str, tuple[Any, ...]]]:
    for nth, good in enumerate(act.goods):
        yield "goods", (position, nth, _RELATIONS.index(good.relation), good.kind == "Lot", keys.number(good.key))
        for amount in good.amounts:
            value = value_of(amount)
            if value is not None:
                plain = amount.get("value") is not None
                yield "amounts", (position, nth, value, plain, keys.number(amount.get("unit") or PIECES), len(good.amounts) == 1)
    for nth, place in enumerate(act.places):
        yield "places", (position, nth, keys.number(place))
    for nth, sign in enumerate(act.set):
        yield "set", (position, nth, sign == KILL)
    for nth, (relation, kind, key, carried) in enumerate(act.told):
        if kind in ACT_KINDS:
            scope = SCOPES.index(carried["scope"]) if carried.get("scope") else -1
            method = keys.number(carried.get("method") or "reported")
            told = (relation == "FED", ACT_KINDS.index(kind), keys.number(key), carried.get("confidence", 1.0), scope, method)
            yield "told", (position, nth, *told)


_OTHERS: dict[str, tuple[dict[str, Any], Callable[[Texts, Any], tuple[Any, ...]]]] = {
    "Lot": (
        {"key": np.int64, "product": np.int64, "part_of": np.int64, "same": np.bool_, "sources": np.int64, "class": np.bool_},
        lambda keys, lot: (keys.number(lot.product), keys.number(lot.part_of), bool(lot.same), len(lot.sources), lot.grain == "product"),
    ),
    "Place": (
        {"key": np.int64, "within": np.int64, "shared": np.bool_, "safe": np.bool_},
        lambda keys, place: (keys.number(place.within), place.shared, place.safe),
    ),
    "Product": ({"key": np.int64, "same": np.bool_}, lambda keys, product: (bool(product.same),)),
}


def others(keys: Texts, kind: str, before: Arrays | None, made: Mapping[Key, Row | None]) -> Arrays:
    """Lots, places or products in columns, after some changed."""
    kinds, columns = _OTHERS[kind]
    held: dict[str, list[Any]] = defaultdict(list)
    for (_, key), row in made.items():
        if row is not None:
            _add(held, (keys.number(key), *columns(keys, row)), tuple(kinds))
    new = _arrays({name: held[name] for name in kinds}, kinds)
    if before is None:
        return new
    gone = np.fromiter((keys.find(key) for _, key in made), np.int64, len(made))
    kept = ~np.isin(before["key"], gone)
    return {name: np.concatenate([before[name][kept], new[name]]) for name in kinds}


OTHERS = tuple(_OTHERS)


def _add(held: dict[str, list[Any]], row: tuple[Any, ...], names: tuple[str, ...] | None = None) -> None:
    for name, value in zip(names or held, row, strict=True):
        held[name].append(value)


def _arrays(held: Mapping[str, list[Any]], kinds: Mapping[str, Any]) -> Arrays:
    return {name: np.array(values, kinds[name]) for name, values in held.items()}


def _empty(kinds: Mapping[str, Any]) -> Arrays:
    return {name: np.zeros(0, kind) for name, kind in kinds.items()}
