"""Short ids of things for files: an id of the file that a thing came from, or its key where that is not its alone."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from algorithms.rows import Key
from ontology.kinds import KINDS

_DELIVERY = "/delivery/"


class Ids:
    """Ids that are unique among things of one sort; they take eight bytes each until they are asked for."""

    def __init__(self, keys: Iterable[Key], short: Callable[[Key], str]) -> None:
        """Short ids where no two of these things have the same, whole keys for the others."""
        self._short = short
        told, count = np.unique(np.fromiter((hash(short(key)) for key in keys), np.int64), return_counts=True)
        self._doubled = frozenset(told[count > 1].tolist())
        self.of = lru_cache(1 << 16)(self._of)

    def _of(self, key: Key) -> str:
        short = self._short(key)
        return " ".join(key) if hash(short) in self._doubled else short


def own_id(key: Key) -> str:
    """The id that a station or delivery of a FoodChain-Lab file had there; the key of anything else."""
    kind, told = key
    if kind not in KINDS or "fcl:" not in told:
        return told if kind in KINDS else f"{kind} of {told}"
    parts: Mapping[str, Any] = KINDS[kind].parts(told)
    if kind == "Place" and str(parts.get("owner", "")).startswith("fcl:"):
        return str(parts.get("code") or told)
    record = str(parts.get("record", ""))
    return record.partition(_DELIVERY)[2] if kind == "Shipment" and record.startswith("fcl:") and _DELIVERY in record else told
