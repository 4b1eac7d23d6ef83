"""Lots are weighed by all that is known: cases, places without cases, the food, tests and dates; and the norovirus story ends with lot 108, alone."""

import csv
import gzip
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms import notifications
from algorithms.notifications import HAZARDS, rate, words
from algorithms.reported import Reported
from algorithms.scoring import Scoring, Settings
from ontology.errors import Refused
from tests.algorithms.test_scoring import reported


def lots(of: Reported, **settings: Any) -> list[dict[str, Any]]:
    """Lots by all that is known."""
    found: list[dict[str, Any]] = Scoring(of, Settings.read(settings)).answer()["lots"]
    return found


def two(sold: str, other: str) -> Reported:
    """Two farms that each send one lot to both of two schools, and another to a canteen as well."""
    names = ("ID", "from", "to", "Name", "Lot Number", "Date Delivery")
    rows = [
        ("a1", "farm", "school", sold, "A", "2025-03-05"), ("a2", "farm", "home", sold, "A", "2025-03-06"),
        ("b1", "mill", "school", other, "B", "2025-03-01"), ("b2", "mill", "home", other, "B", "2025-03-01"),
        ("c1", "mill", "school", other, "C", "2025-03-01"), ("c2", "mill", "home", other, "C", "2025-03-01"),
        ("c3", "mill", "canteen", other, "C", ""),
    ]  # fmt: skip
    tables: dict[str, tuple[tuple[str, ...], list[Any]]] = {
        "stations": (("ID",), [(one,) for one in ("farm", "mill", "school", "home", "canteen")]),
        "deliveries": (names, rows),
        "deliveryRelations": (("from", "to"), []),
    }
    told = {
        sort: {
            "columnProperties": [],
            "data": [[{"id": name, "value": value} for name, value in zip(heads, row, strict=True) if value] for row in listed],
        }
        for sort, (heads, listed) in tables.items()
    }
    return reported(json.dumps({"version": "1.0.0", "data": told}).encode())


ILL = {"outbreaks": {"stations": ["school", "home"]}}


def test_the_counts_that_are_shipped_are_those_of_the_notifications(data: Path) -> None:
    with gzip.open(data / "rasff/rasff_notifications.csv.gz", "rt", encoding="utf-8", newline="") as raw:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(notifications.counted(csv.DictReader(raw)))
    assert text.getvalue() == notifications.FILE.read_text(encoding="utf-8")


def test_the_norovirus_story_ends_with_lot_108_alone(data: Path) -> None:
    scenario = reported((data / "fcl/Norovirus_Scenario.json").read_bytes(), "Norovirus_Scenario.json")
    salt = next(one for one in lots(scenario, hazard="norovirus") if one["lot"] == "Salt, lot 112")
    assert salt["score"] == 1
    for more in ({}, {"tests": [{"delivery": salt["deliveries"][0], "result": "negative"}]}):
        found = lots(scenario, hazard="norovirus", **more)
        assert found[0]["lot"] == "Frozen Strawberries, lot 108" and found[0]["posterior"] > 0.9
        assert all(one["posterior"] < 0.25 for one in found[1:])
        assert sum(one["began"] for one in found) <= 1
    proved = lots(scenario, hazard="norovirus", tests=[{"delivery": salt["deliveries"][0], "result": "positive"}])
    assert proved[0]["lot"] == "Salt, lot 112" and "a test of it was positive" in proved[0]["reasons"]


def test_the_food_in_which_the_hazard_is_found_comes_first() -> None:
    assert lots(two("Oysters", "Almonds"), hazard="norovirus", **ILL)[0]["lot"] == "Oysters, lot A"
    assert lots(two("Oysters", "Almonds"), hazard="aflatoxin", **ILL)[0]["lot"] == "Almonds, lot B"
    assert rate("norovirus", "Oysters").factor > rate("norovirus", "Strawberries").factor > rate("norovirus", "Pepper").factor
    nothing = rate("norovirus", "Xyzzy")
    assert nothing.factor == 1 and "no notification counts its words" in nothing.said


def test_places_without_cases_and_dates_of_onset_speak_against_a_lot() -> None:
    found = {one["lot"]: one["posterior"] for one in lots(two("Rice", "Rice"), hazard="norovirus", **ILL)}
    assert found["Rice, lot A"] == pytest.approx(found["Rice, lot B"]) and found["Rice, lot C"] == pytest.approx(found["Rice, lot B"] * 0.9)
    early = lots(two("Rice", "Rice"), onsets={"school": "2025-03-03"}, **ILL)
    assert early[-1]["lot"] == "Rice, lot A" and "1 of them began before it can have left its maker" in early[-1]["reasons"]


def test_a_test_counts_against_no_lot_at_all_too() -> None:
    canteen = {"outbreaks": {"stations": ["canteen"]}, "hazard": "norovirus"}
    plain, proved, cleared = (
        lots(two("Rice", "Rice"), **canteen, **more)[0]["posterior"]
        for more in ({}, *({"tests": [{"delivery": "c3", "result": result}]} for result in ("positive", "negative")))
    )
    assert cleared < plain < proved


@given(st.permutations(list(HAZARDS)), st.sampled_from(["a1", "b2", "c3"]))
def test_a_positive_test_never_lowers_a_lot_and_a_negative_one_never_raises_it(hazards: list[str], delivery: str) -> None:
    of = two("Frozen berries", "Chicken")
    plain, yes, no = (
        {one["lot"]: one["posterior"] for one in lots(of, hazard=hazards[0], **ILL, **more)}
        for more in ({}, *({"tests": [{"delivery": delivery, "result": result}]} for result in ("positive", "negative")))
    )
    tested = next(one["lot"] for one in lots(of, hazard=hazards[0], **ILL) if delivery in one["deliveries"])
    assert no[tested] <= plain[tested] <= yes[tested]
    for found in (plain, yes, no):
        assert min(found.values()) >= 0 and sum(found.values()) <= 1 + 1e-9
    listed = [one["posterior"] for one in lots(of, hazard=hazards[0], **ILL)]
    assert all(one >= other for one, other in pairwise(listed))


def test_words_are_counted_in_the_singular_without_accents() -> None:
    assert words("Crème of Strawberries, tomatoes & Bass") == ["creme", "strawberry", "tomatoe", "bass"]


@pytest.mark.parametrize(
    "told",
    [{"hazard": "plague"}, {"tests": [{"delivery": "a1"}]}, {"tests": [{"delivery": "a1", "result": "maybe"}]}, {"onsets": {"school": "yesterday"}}],
)
def test_settings_that_are_none_are_refused_by_name(told: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=f"^{next(iter(told))} is .*; it takes "):
        Settings.read(told)
