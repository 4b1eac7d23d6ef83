"""How alike two names, codes, days and amounts are, in a few words that can be counted: what tells whether one delivery became another."""

import re
import unicodedata
from functools import cache

from rapidfuzz.distance import DamerauLevenshtein

from algorithms.notifications import words
from algorithms.rests import KILOGRAMS
from algorithms.rows import Amounts, value_of
from algorithms.units import EARLY, LATE

DAY = 86_400.0
_LAGS = ((1.0, "within a day"), (7.0, "within a week"), (31.0, "within a month"), (366.0, "within a year"))
_NEAR = 0.02
"""Amounts that differ by no more than this share are equal: weighing and rounding (our choice)."""


def plain(name: str) -> str:
    """A name without case, accents, punctuation and doubled blanks: what two spellings of one name have in common."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold() or name.casefold()
    return " ".join(re.findall(r"[a-z]+|\d+", bare)) or bare.strip()


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(words(name))


def product(one: str | None, other: str | None) -> str:
    """Whether two products are called the same, share a word, or nothing."""
    if not one or not other:
        return "untold"
    if plain(one) == plain(other):
        return "same"
    return "akin" if _words(one) & _words(other) else "other"


def code(one: str | None, other: str | None) -> str:
    """Whether two lot codes are the same but for case, blanks, signs and leading zeros; one slip apart; one within the other; or neither."""
    if not one or not other:
        return "untold"
    first, second = (re.sub(r"[^0-9a-z]", "", plain(told)).lstrip("0") for told in (one, other))
    if first == second:
        return "same"
    short, long = sorted((first, second), key=len)
    if len(short) >= 4 and short in long:
        return "within"
    return "alike" if len(short) >= 4 and DamerauLevenshtein.distance(first, second, score_cutoff=1) <= 1 else "other"


def lag(before: float, after: float) -> str:
    """How long lies between an arrival and a departure, in seconds since 1970; where a time is open that is said."""
    if before == EARLY or after == LATE:
        return "untold"
    return next((said for days, said in _LAGS if (after - before) / DAY <= days), "longer")


def amount(came: Amounts, left: Amounts) -> str:
    """Whether as much left as came, less, or more; only where both are told in one unit, or both in mass."""
    one, other = _told(came), _told(left)
    for unit in one.keys() & other.keys():
        if abs(one[unit] - other[unit]) <= _NEAR * max(one[unit], other[unit]):
            return "equal"
        return "less" if other[unit] < one[unit] else "more"
    return "untold"


def _told(amounts: Amounts) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in amounts:
        value, unit = value_of(one), one.get("unit")
        if value is not None and unit:
            found["KGM" if unit in KILOGRAMS else unit] = value * KILOGRAMS.get(unit, 1.0)
    return found
