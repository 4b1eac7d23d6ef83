"""Values as they were told: times with zones and partial dates, quantities, coordinates."""

import calendar
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, Self

from ontology.errors import Refused

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_DAY = timedelta(days=1)
_TICK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Time:
    """When something held: the earliest and latest possible instant (UTC, None = open) and the text told.

    A partial date is an interval; exactly 00:00:00 local time is the whole day (reference/model.md section 5).
    """

    text: str
    earliest: datetime | None = None
    latest: datetime | None = None
    _form: tuple[str | None, ...] = field(default=(), init=False, repr=False, compare=False)

    @classmethod
    def told(cls, text: str, offset: str | None = None) -> "Time":
        """Read an ISO 8601 date, partial date ("2011", "2011-06") or date-time.

        `offset` ("+02:00") is the zone of a text that names none; without either it is UTC.
        Raises Refused for any other text.
        """
        return _told(text, offset)

    @classmethod
    def between(cls, earliest: date, latest: date, text: str | None = None) -> "Time":
        """A span of whole days, both included."""
        low, high = _midnight(earliest, UTC), _midnight(latest, UTC) + _DAY - _TICK
        return cls(text or f"{earliest.isoformat()}/{latest.isoformat()}", low, high)

    def told_form(self) -> list[str | None]:
        """The wire form: [text, earliest, latest], instants as ISO 8601 UTC."""
        if not self._form:
            object.__setattr__(self, "_form", (self.text, stamp(self.earliest), stamp(self.latest)))
        return list(self._form)

    @classmethod
    def from_told(cls, form: list[str | None]) -> Self:
        """The inverse of `told_form`."""
        text, earliest, latest = form
        return cls(text or "", instant(earliest), instant(latest))


@lru_cache(maxsize=65536)
def _told(text: str, offset: str | None) -> Time:
    partial = _PARTIAL.match(text.strip())
    try:
        zone = _zone(offset)
        if partial:
            year, month, day = (int(part) if part else None for part in partial.groups())
            assert year is not None
            first = date(year, month or 1, day or 1)
            last = first if day else date(year, month or 12, calendar.monthrange(year, month or 12)[1])
            return Time(text, _utc(_midnight(first, zone)), _utc(_midnight(last, zone) + _DAY - _TICK))
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        latest = moment + _DAY - _TICK if moment.timetz().replace(tzinfo=None) == time(0) else moment
        return Time(text, _utc(moment), _utc(latest))
    except (ValueError, OverflowError):
        raise Refused(f"{text!r} is not a time: write 2011, 2011-06, 2011-06-08 or 2011-06-08T14:30:00+02:00.") from None


def _midnight(day: date, zone: timezone) -> datetime:
    return datetime.combine(day, time(0), zone)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _zone(offset: str | None) -> timezone:
    if not offset or offset == "Z":
        return UTC
    sign = -1 if offset.startswith("-") else 1
    hours, minutes = offset.lstrip("+-").split(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))


def stamp(moment: datetime | None) -> str | None:
    """An instant as ISO 8601 UTC text that sorts by time, microseconds only where there are any."""
    if moment is None:
        return None
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()[:-6] + "Z"


def instant(text: str | None) -> datetime | None:
    """The instant that `stamp` wrote."""
    return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount as told; never converted in place.

    `unit` is a UNECE rec 20/21 code as told ("KGM"; None = pieces), `low`/`high` bounds ("over 10,000 kg" is low),
    `about` an approximate value, `text` the words of the source ("7 750g Packets").
    """

    value: float | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    about: float | None = None
    text: str | None = None

    def told_form(self) -> dict[str, Any]:
        """The wire form: the members that were told."""
        form: dict[str, Any] = {}
        if self.value is not None:
            form["value"] = self.value
        if self.unit is not None:
            form["unit"] = self.unit
        if self.low is not None:
            form["low"] = self.low
        if self.high is not None:
            form["high"] = self.high
        if self.about is not None:
            form["about"] = self.about
        if self.text is not None:
            form["text"] = self.text
        return form

    @classmethod
    def from_told(cls, form: dict[str, Any]) -> Self:
        """The inverse of `told_form`."""
        return cls(**form)


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A point on the Earth, WGS 84, decimal degrees."""

    latitude: float
    longitude: float

    def problem(self) -> str | None:
        """Why this is no point on the Earth, or None."""
        finite = math.isfinite(self.latitude) and math.isfinite(self.longitude)
        if finite and abs(self.latitude) <= 90 and abs(self.longitude) <= 180:
            return None
        return f"coordinates {self.latitude}, {self.longitude} lie outside -90..90 and -180..180 degrees"

    def told_form(self) -> list[float]:
        """The wire form: [latitude, longitude]."""
        return [self.latitude, self.longitude]

    @classmethod
    def from_told(cls, form: list[float]) -> Self:
        """The inverse of `told_form`."""
        return cls(*form)
