"""Code lists: the words that a field may hold, from published standards where there is one."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "codes"

OURS: dict[str, tuple[str, ...]] = {
    "grains": ("lot", "item", "product"),
    "ends": ("both", "departure", "arrival"),
    "event_types": ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"),
    "actions": ("ADD", "OBSERVE", "DELETE"),
    "methods": ("reported", "by lot", "by logistic unit", "by time and place", "assumed", "confirmed"),
    "scopes": ("certain", "probable", "conceivable"),
    "assertion_methods": ("scanned", "keyed", "inferred", "range", "supplier_declared"),
    "containment": ("CONTAINS", "MAY_CONTAIN", "FREE_FROM"),
    "containment_acts": ("opened", "closed", "seen"),
    "control_measures": ("CCP", "OPRP", "PRP"),
    "set_or_unset": ("set", "unset"),
    "changes": ("contaminates", "clear", "weighs", "hidden", "joined", "apart", "met"),
    "recall_classes": ("I", "II", "III"),
    "recall_depths": ("consumers", "shops", "wholesalers"),
}
"""Lists of our own; they are closed, because we write them."""

OPEN = frozenset({"countries", "business_steps", "dispositions", "document_types", "allergens", "units"})
"""Published lists: in the records of others a word outside them is kept as told, with a finding."""


@cache
def published(name: str) -> dict[str, str]:
    """A published list: code to label. Sources stand in ontology/codes/README.md."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return {row["code"]: row["label"] for row in csv.DictReader(rows)}


@cache
def multipliers() -> dict[str, float]:
    """What a value in each unit is multiplied by to be in the SI unit of its sort; units without a plain factor are absent."""
    with (_FOLDER / "units.csv").open(encoding="utf-8", newline="") as rows:
        return {row["code"]: float(row["multiplier"]) for row in csv.DictReader(rows) if row["multiplier"] and not row["offset"]}


class Clock(NamedTuple):
    """What is to be done how many hours after a recall began, and by which rule; only for recalls of a class where `level` names one."""

    name: str
    said: str
    hours: float
    level: str
    source: str


@cache
def recall_clocks() -> tuple[Clock, ...]:
    """The clocks that run from the beginning of a recall."""
    with (_FOLDER / "recall_clocks.csv").open(encoding="utf-8", newline="") as rows:
        return tuple(Clock(row["code"], row["label"], float(row["hours"]), row["level"], row["source"]) for row in csv.DictReader(rows))


def allowed(name: str, value: object) -> bool:
    """Whether a field that draws from this list may hold the value."""
    return name in OPEN or value in OURS[name]


def listed(name: str, value: str) -> bool:
    """Whether the list names the value."""
    return value in (OURS[name] if name in OURS else published(name))


def some(name: str) -> str:
    """The list in words, for an error."""
    return ", ".join(OURS.get(name) or list(published(name))[:12])
