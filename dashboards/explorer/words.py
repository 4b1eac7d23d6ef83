"""Amounts, shares and times as people read them."""

from collections.abc import Iterable, Mapping
from typing import Any

_UNITS = {
    "KGM": "kg",
    "GRM": "g",
    "TNE": "t",
    "LTR": "l",
    "MLT": "ml",
    "HLT": "hl",
    "LBR": "lb",
    "ONZ": "oz",
    "MTR": "m",
    "H87": "pieces",
    "EA": "pieces",
    "CS": "cases",
    "CT": "cartons",
    "PL": "pails",
    "BX": "boxes",
    "PF": "pallets",
    "XPX": "pallets",
    "XBX": "boxes",
    "XCT": "cartons",
    "XCS": "cases",
    "XBG": "bags",
}
_TO_KILOGRAMS = {"KGM": 1.0, "GRM": 0.001, "TNE": 1000.0, "LBR": 0.45359237, "ONZ": 0.028349523}


def unit_name(unit: str | None) -> str:
    """A unit as people write it; pieces where none is told."""
    return _UNITS.get(unit or "H87", unit or "")


def number(value: float) -> str:
    """A number with as many digits as one can use: 15,000, 282.6, 0.45."""
    if value == 0:
        return "0"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(told: Mapping[str, Any]) -> str:
    """An amount as told: 75 kg, about 400 kg, at least 15,000 kg."""
    unit = unit_name(told.get("unit"))
    if told.get("value") is not None:
        return f"{number(told['value'])} {unit}"
    if told.get("about") is not None:
        return f"about {number(told['about'])} {unit}"
    low, high = told.get("low"), told.get("high")
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)} {unit}"
    if low is not None:
        return f"at least {number(low)} {unit}"
    return f"at most {number(high)} {unit}" if high is not None else str(told.get("text") or "")


def amounts(told: Iterable[Mapping[str, Any]]) -> str:
    """Several amounts; nothing where none is told."""
    return ", ".join(filter(None, map(amount, told)))


def kilograms(told: Iterable[Mapping[str, Any]]) -> float | None:
    """The weight that amounts tell, the lower bound where they tell a span; None where they tell none."""
    weights = [value * factor for one in told if (factor := _TO_KILOGRAMS.get(one.get("unit") or "")) and (value := _least(one)) is not None]
    return round(sum(weights), 3) if weights else None


def _least(told: Mapping[str, Any]) -> float | None:
    return next((float(told[name]) for name in ("value", "about", "low") if told.get(name) is not None), None)


def day(text: str | None) -> str:
    """The day of a time in ISO 8601; a vaguer time as it was told."""
    return (text or "").partition("T")[0]


def minute(text: str) -> str:
    """An instant in ISO 8601 (UTC) to the minute."""
    return f"{text[:16].replace('T', ' ')} UTC"


def share(confidence: float) -> str:
    """A confidence in percent."""
    return f"{confidence * 100:.0f} %"


def count(number: int, what: str, many: str | None = None) -> str:
    """A number of things."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def short(text: str, most: int = 24) -> str:
    """A text cut where a mark has no more room."""
    return text if len(text) <= most else text[: most - 1].rstrip(" ,(") + "…"
