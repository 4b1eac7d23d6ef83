"""Lots are weighed by all that is known: cases, places without cases, the food, tests and dates; and the norovirus story ends with lot 108, alone."""

import csv
import gzip
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms import notifications
from algorithms.notifications import HAZARDS, Rate, rate, words
from algorithms.outbreak import Marks, Network, Outbreak
from algorithms.pools import Floats
from algorithms.posterior import Known, Suspect, suspects
from algorithms.reported import Reported
from algorithms.scoring import Scoring, Settings
from ontology.errors import Refused
from tests.algorithms import slow_posterior as slow
from tests.algorithms.test_outbreak import cases
from tests.algorithms.test_scoring import reported, tabled


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
    return tabled(["farm", "mill", "school", "home", "canteen"], names, rows, [])


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
    negative: dict[str, Any] = {"tests": [{"delivery": salt["deliveries"][0], "result": "negative"}]}
    uncooked: dict[str, Any] = {"clear": {"stations": []}}
    for more in (dict[str, Any](), negative, uncooked):
        found = lots(scenario, hazard="norovirus", **more)
        assert found[0]["lot"] == "Frozen Strawberries, lot 108" and found[0]["posterior"] > 0.9
        assert all(one["posterior"] < 0.25 for one in found[1:])
        assert sum(one["began"] for one in found) <= 1 + 1e-9
    proved = lots(scenario, hazard="norovirus", tests=[{"delivery": salt["deliveries"][0], "result": "positive"}])
    assert proved[0]["lot"] == "Salt, lot 112" and "a test of it was positive: 35 times as likely" in proved[0]["reasons"]


def weighed(network: Network, marks: Marks, known: Known) -> dict[int, Suspect]:
    """The suspects of a network by lot."""
    outbreak, weights = Outbreak(network, marks), np.concatenate([marks.station_weight, marks.delivery_weight])
    return {one.lot: one for one in suspects(outbreak, weights, outbreak.scored().lots.score, known)}


@st.composite
def knowledge(draw: st.DrawFn) -> tuple[Network, Marks, Known]:
    """A small network with marks, and all that can be known beside it."""
    network, marks = draw(cases())

    def days(count: int, *open_: float) -> Floats:
        return np.array(draw(st.lists(st.sampled_from((1, 2, 3, *open_)), min_size=count, max_size=count)), np.float64)

    lots = int(network.lot.max(initial=-1)) + 1
    factors = draw(st.lists(st.sampled_from((0.1, 1.0, 5.0)), min_size=lots, max_size=lots))
    tests = draw(st.lists(st.tuples(st.integers(0, lots - 1), st.booleans()), max_size=2)) if lots else []
    rates = {lot: Rate(0.01, factor, "") for lot, factor in enumerate(factors)}
    return network, marks, Known(rates, tests, days(network.stations + network.deliveries, np.nan, np.nan), days(lots, -np.inf))


@given(knowledge())
def test_probabilities_are_those_of_the_obvious_way(case: tuple[Network, Marks, Known]) -> None:
    network, marks, known = case
    found, (began, carried) = weighed(network, marks, known), slow.posterior(network, marks, known)
    assert {lot: one.began for lot, one in found.items()} == pytest.approx(began, rel=1e-9)
    assert sum(began.values()) <= 1 + 1e-9
    for lot, one in found.items():
        assert one.began - 1e-12 <= one.carried <= carried[lot] + 1e-12
    if not slow.leads_back(network, marks):
        assert {lot: one.carried for lot, one in found.items()} == pytest.approx(carried, rel=1e-9)


@given(knowledge(), st.randoms())
def test_the_order_of_deliveries_links_and_tests_is_irrelevant(case: tuple[Network, Marks, Known], chance: Any) -> None:
    network, marks, known = case
    chance.shuffle(order := list(range(network.deliveries)))
    chance.shuffle(links := list(range(len(network.before))))
    place = np.argsort(order).astype(np.int64)
    mixed = Network(
        network.stations, network.start[order], network.goal[order], network.lot[order],
        place[network.before[links]], place[network.after[links]], network.arrives[order], network.departs[order],
    )  # fmt: skip
    mine = marks.delivery_weight[order], marks.station_cross, marks.delivery_cross[order], marks.station_kill, marks.delivery_kill[order]
    onset = np.concatenate([known.onset[: network.stations], known.onset[network.stations :][order]])
    other = weighed(mixed, Marks(marks.station_weight, *mine, marks.dates), Known(known.rates, known.tests[::-1], onset, known.left))
    found = weighed(network, marks, known)
    for side in (1, 2):
        assert {lot: one[side] for lot, one in other.items()} == pytest.approx({lot: one[side] for lot, one in found.items()})


@given(knowledge(), st.data())
def test_a_food_of_more_notifications_never_lowers_a_lot(case: tuple[Network, Marks, Known], data: st.DataObject) -> None:
    network, marks, known = case
    found = weighed(network, marks, known)
    if found:
        lot = data.draw(st.sampled_from(sorted(found)))
        more = Known({**known.rates, lot: Rate(0.01, known.rates[lot].factor * 2, "")}, known.tests, known.onset, known.left)
        after = weighed(network, marks, more)[lot]
        assert after.began >= found[lot].began and after.carried >= found[lot].carried - 1e-12


def drawn(deliveries: list[tuple[int, int, int]], links: list[tuple[int, int]], carried: list[tuple[int, int]], ill: list[int]) -> dict[int, Suspect]:
    """The suspects where deliveries are start, goal and day of arrival, became each other, and carry lots; people are ill at some stations."""
    start, goal, day = (np.array(column, np.int64) for column in zip(*deliveries, strict=True))
    before, after = (np.array([link[side] for link in links], np.int64) for side in (0, 1))
    carrier, lot = (np.array(column, np.int64) for column in zip(*carried, strict=True))
    stations = int(max(start.max(), goal.max())) + 1
    network = Network(stations, start, goal, lot, before, after, day.astype(np.float64), day.astype(np.float64), carrier)
    marks = Marks.none(network)
    marks.station_weight[ill] = 1
    nothing = Known({}, (), np.full(stations + len(start), np.nan), np.full(int(lot.max()) + 1, -np.inf))
    return weighed(network, marks, nothing)


def test_a_lot_that_can_be_gone_around_did_not_carry_all() -> None:
    ways = [(0, 1, 1), (0, 2, 1), (1, 3, 2), (2, 3, 2)]
    found = drawn(ways, [(0, 2), (1, 3)], [(0, 0), (1, 0), (2, 1), (3, 2)], [3])
    assert [found[lot].carried == pytest.approx(found[lot].began) for lot in range(3)] == [True, True, True]
    found = drawn(ways, [(0, 2)], [(0, 0), (1, 0), (2, 1), (3, 2)], [3])
    assert found[1].carried == pytest.approx(found[0].began + found[1].began)
    assert found[1].reasons[-1] == "1 of the other lots can have brought it in, and reach cases only through this one"


def test_all_that_began_earlier_in_a_long_chain_went_through_each_later_lot() -> None:
    size = 600
    found = drawn([(at, at + 1, at) for at in range(size)], [(at, at + 1) for at in range(size - 1)], [(at, at // 2) for at in range(size)], [size])
    assert [found[lot].carried for lot in range(size // 2)] == pytest.approx(np.cumsum([found[lot].began for lot in range(size // 2)]).tolist())


def test_lots_that_went_into_one_process_did_not_become_part_of_each_other() -> None:
    flour, salt, bread = 0, 1, 2
    baking = [(0, 1, 1), (0, 1, 1), (1, 1, 2), (1, 2, 3)]
    found = drawn(baking, [(0, 2), (1, 2), (2, 3)], [(0, flour), (1, salt), (2, flour), (2, salt), (3, bread)], [2])
    assert found[flour].carried == pytest.approx(found[flour].began) and found[salt].carried == pytest.approx(found[salt].began)
    assert found[bread].carried == pytest.approx(sum(one.began for one in found.values()))


def test_a_lot_that_went_everywhere_is_not_cleared_by_the_many_places_that_told_of_no_case() -> None:
    wide = [(0, 2 + place, 1) for place in range(400)] + [(1, 2 + place, 1) for place in range(3)]
    found = drawn(wide, [], [(at, int(at >= 400)) for at in range(len(wide))], list(range(2, 12)))
    assert found[0].carried > 0.99 and "reached 390 of 390 places without cases: 0.023 times as likely" in found[0].reasons


def test_the_food_in_which_the_hazard_is_found_comes_first() -> None:
    assert lots(two("Oysters", "Almonds"), hazard="norovirus", **ILL)[0]["lot"] == "Oysters, lot A"
    assert lots(two("Oysters", "Almonds"), hazard="aflatoxin", **ILL)[0]["lot"] == "Almonds, lot B"
    assert rate("norovirus", "Oysters").factor > rate("norovirus", "Strawberries").factor > rate("norovirus", "Pepper").factor
    many = rate("norovirus", "Concave oysters Crassostrea gigas")
    assert rate("norovirus", "Oysters").factor < many.factor < 1 / many.overall
    nothing = rate("norovirus", "Xyzzy")
    assert nothing.factor == 1 and "no notification counts its words" in nothing.said


def test_places_without_cases_and_dates_of_onset_speak_against_a_lot() -> None:
    found = {one["lot"]: one["posterior"] for one in lots(two("Rice", "Rice"), hazard="norovirus", **ILL)}
    assert found["Rice, lot A"] == pytest.approx(found["Rice, lot B"]) and found["Rice, lot C"] == pytest.approx(found["Rice, lot B"] * 0.9)
    early = lots(two("Rice", "Rice"), onsets={"school": "2025-03-03"}, **ILL)
    assert early[-1]["lot"] == "Rice, lot A" and "1 of the others began before it can have come there" in early[-1]["reasons"]


def test_a_delivery_that_arrived_after_people_fell_ill_explains_nothing_there() -> None:
    sold = two("Rice", "Rice")
    sold.days.arrives_low[0] = float(np.datetime64("2025-03-09").astype(int))
    early = lots(sold, onsets={"school": "2025-03-07"}, **ILL)
    assert early[-1]["lot"] == "Rice, lot A" and early[-1]["reasons"][1] == "1 of the others began before it can have come there"
    assert lots(sold, onsets={"school": "2025-03-07"}, dates="none", **ILL)[-1]["lot"] == "Rice, lot C"


def test_what_clears_and_what_was_tested_is_among_the_reasons() -> None:
    marked = {"weights": {"school": 1, "home": 1, "canteen": -1}, "hazard": "norovirus"}
    found = Scoring(two("Rice", "Rice"), Settings.read(marked), weighted=True).answer()["lots"]
    cleared = next(one for one in found if one["lot"] == "Rice, lot C")["reasons"]
    assert "reached 1 of 1 pieces of evidence that clears: 0.5 times as likely" in cleared


def test_a_test_of_what_reached_no_case_speaks_of_what_it_was_made_of() -> None:
    ways = [(0, 2, 1), (1, 2, 1), (2, 3, 2), (2, 4, 2)]
    start, goal, day = (np.array(column, np.int64) for column in zip(*ways, strict=True))
    network = Network(5, start, goal, np.arange(4), np.array([0, 1, 0]), np.array([2, 2, 3]), day.astype(np.float64), day.astype(np.float64))
    marks = Marks.none(network)
    marks.station_weight[3] = 1
    found = weighed(network, marks, Known({}, [(3, True)], np.full(9, np.nan), np.full(4, -np.inf)))
    assert set(found) == {0, 1, 2} and found[0].began > 10 * found[1].began
    assert "a test of a lot that it became part of was positive: 35 times as likely" in found[0].reasons


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
