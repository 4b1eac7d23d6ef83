"""How much more often what is seen of two things is seen where they belong together: counts from networks whose links are known, and odds from these.

Naive Bayes (each sight counts for itself) over few coarse sights. The counts lie in ontology/codes/links.csv; `counted` makes them, a test makes them
again. ontology/codes/README.md tells their source.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parents[1] / "ontology" / "codes" / "links.csv"
LINK, LOT = "link", "lot"
"""What is asked: whether one delivery became another; whether two lots are one."""
AMONG = "among"
_AMONG = ((1, "one"), (3, "two or three"), (10, "four to ten"))
SURE = 0.99
"""No proposal is surer: it is for a person to say (our choice)."""
_AS_WELL = 5
"""So many more are counted of each sight, together and apart: what was seen a few times says little (our choice)."""
_AS = {"within": "same", "alike": "same"}
"""Lot codes one slip apart, or one within the other, weigh as equal ones do: too few of them are counted (our choice)."""
Sight = Mapping[str, str]
"""What is seen of two things: by feature (product, code, lag, amount, turn, sender) one of its words of `algorithms.alike`."""


class Pair(NamedTuple):
    """Two things that could belong together, what is seen of them, and whether they do."""

    asked: str
    sight: Sight
    together: bool


def counted(pairs: Iterable[Pair]) -> Iterator[list[str]]:
    """Rows of the counts: for each sight how many pairs belong together, and how many do not."""
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    for pair in pairs:
        counts.update((pair.asked, feature, seen, pair.together) for feature, seen in pair.sight.items())
    yield ["asked", "feature", "seen", "together", "apart"]
    for asked, feature, seen in sorted({key[:3] for key in counts}):
        yield [asked, feature, seen, str(counts[asked, feature, seen, True]), str(counts[asked, feature, seen, False])]


@cache
def _factors() -> dict[tuple[str, str, str], float]:
    """How much more often each sight is seen of what belongs together; of `AMONG`, how often things do."""
    with FILE.open(encoding="utf-8", newline="") as rows:
        told = {(row["asked"], row["feature"], row["seen"]): (int(row["together"]), int(row["apart"])) for row in csv.DictReader(rows)}
    found = {}
    for (asked, feature, seen), (together, apart) in told.items():
        alike = [counts for (one, other, _), counts in told.items() if (one, other) == (asked, feature)]
        sums = [sum(counts[side] + _AS_WELL for counts in alike) if feature != AMONG else 1 for side in (0, 1)]
        found[asked, feature, seen] = ((together + _AS_WELL) / sums[0]) / ((apart + _AS_WELL) / sums[1])
    return found


def among(candidates: int) -> str:
    """Among how many it must be, in words that are counted."""
    return next((said for most, said in _AMONG if candidates <= most), "many")


def probability(asked: str, sight: Sight) -> float:
    """How likely two things belong together, given what is seen of them; `AMONG` among that. A sight that was never counted says nothing."""
    odds = 1.0
    for feature, seen in sight.items():
        odds *= factor(asked, feature, seen)
    return min(odds / (1.0 + odds), SURE)


def factor(asked: str, feature: str, seen: str) -> float:
    """By how much a sight raises the odds."""
    return _factors().get((asked, feature, _AS.get(seen, seen)), 1.0)
