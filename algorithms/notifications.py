"""How likely a hazard occurs in a food: from the counts of what authorities notified each other of, by the words that foods are called by."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parents[1] / "ontology" / "codes" / "notifications.csv"
"""The counts that are shipped; `counted` makes them, ontology/codes/README.md tells their source."""
HAZARDS = {
    "norovirus": "norovirus",
    "hepatitis A": "hepatitis a",
    "salmonella": "salmonella",
    "listeria": "listeria",
    "E. coli": r"shiga|stec|verotox|escherichia coli|e\. ?coli",
    "campylobacter": "campylobacter",
    "bacillus cereus": "cereus",
    "clostridium": "clostridium|botulin",
    "histamine": "histamin",
    "aflatoxin": "aflatoxin",
}
"""Hazards that are counted, and what a notification that names one says."""
ALL = "*"
LEAST = 5
"""A word is counted from so many notifications on."""
PRIOR = 20.0
"""As how many notifications the rate over all foods counts beside those of a word (a beta prior; our choice)."""


class Rate(NamedTuple):
    """How likely notifications of a food name a hazard: the rate over all foods, by how much its words raise it, and what that rests on."""

    overall: float
    factor: float
    said: str


def words(name: str) -> list[str]:
    """The words of a name that are counted: from four letters on, in small letters without accents, in the singular; each once."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return list(dict.fromkeys(_singular(word) for word in re.findall(r"[a-z]{4,}", plain)))


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def counted(notifications: Iterable[Mapping[str, str]]) -> Iterator[list[str]]:
    """Rows of the counts: for each word of the subjects of food notifications how many there are, and how many of them name each hazard.

    A notification counts once by its `reference`; it has `type`, `subject` and `hazards`.
    """
    total: Counter[str] = Counter()
    named: dict[str, Counter[str]] = {hazard: Counter() for hazard in HAZARDS}
    seen: set[str] = set()
    for one in notifications:
        if one["type"] != "food" or one["reference"] in seen:
            continue
        seen.add(one["reference"])
        told = [ALL, *words(one["subject"])]
        total.update(told)
        for hazard, pattern in HAZARDS.items():
            if re.search(pattern, f"{one['hazards']} {one['subject']}".lower()):
                named[hazard].update(told)
    yield ["word", "notifications", *HAZARDS]
    for word in sorted(word for word, count in total.items() if count >= LEAST):
        yield [word, str(total[word]), *(str(named[hazard][word]) for hazard in HAZARDS)]


@cache
def _counts() -> dict[str, dict[str, int]]:
    with FILE.open(encoding="utf-8", newline="") as rows:
        return {row.pop("word"): {name: int(value) for name, value in row.items()} for row in csv.DictReader(rows)}


def rate(hazard: str, food: str) -> Rate:
    """How likely the hazard is in a food of this name; of words that were never counted nothing is said.

    A word's rate is drawn towards that of all foods (a beta prior worth `PRIOR` notifications); words count as independent: each multiplies the odds
    (naive Bayes), so that a rate never exceeds 1.
    """
    counts = _counts()
    overall = counts[ALL][hazard] / counts[ALL]["notifications"]
    times, said = 1.0, []
    for word in words(food):
        told = counts.get(word)
        if told and word != ALL:
            share = (told[hazard] + PRIOR * overall) / (told["notifications"] + PRIOR)
            times *= share / (1 - share) / (overall / (1 - overall))
            said.append(f"{told[hazard]} of {told['notifications']:,} notifications of “{word}”")
    factor = times / (1 + overall * (times - 1))
    everywhere = f"{counts[ALL][hazard]} of {counts[ALL]['notifications']:,} of all foods"
    return Rate(overall, factor, f"{' and '.join(said)} name {hazard}, {everywhere}" if said else f"no notification counts its words; {everywhere}")
