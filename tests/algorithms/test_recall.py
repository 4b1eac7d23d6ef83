"""A recall counts what lies at the ends, once, in three scopes that hold each other; and says what one record would save."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.accounted import Count, accounted
from algorithms.columns import SCOPES
from algorithms.find import find, start
from algorithms.flow import Flow
from algorithms.recall import Recall
from algorithms.savings import savings
from tests.algorithms.test_flow import Thing, day, lot
from tests.algorithms.test_outbreak_2011 import outbreak


def kilograms(value: float | None, unit: str = "KGM") -> dict[str, Any]:
    return {} if value is None else {"quantity": [{"value": value, "unit": unit}]}


def ship(key: str, what: str, start: str, goal: str | None, on: int, amount: dict[str, Any], **values: Any) -> Thing:
    ends = [["SHIPPED_FROM", "Place", start, {}], *([["SHIPPED_TO", "Place", goal, {}]] if goal else [])]
    return Thing("Shipment", key, {"departed": day(on), "end": "both", "record": key} | values, [["CARRIES", "Lot", what, amount], *ends])


def make(key: str, used: dict[str, Any], made: dict[str, Any], place: str, on: int, step: str = "making") -> Thing:
    links = [["USED", "Lot", one, amount] for one, amount in used.items()] + [["MADE", "Lot", one, amount] for one, amount in made.items()]
    return Thing("Process", key, {"started": day(on), "record": key, "step": step}, [*links, ["TOOK_PLACE_AT", "Place", place, {}]])


def place(key: str, country: str | None = None, **values: Any) -> Thing:
    return Thing("Place", key, {"name": key} | ({"country": country} if country else {}) | values)


KNOWN = [
    place("mill", "NL"),
    place("shop", "NL"),
    place("store", "BE", cross_contamination=True),
    place("kiosk", "DE"),
    place("stand"),
    *(lot(key) for key in ("flour", "salt", "unread", "mix")),
    make("milling", {}, {"flour": kilograms(1000)}, "mill", 1),
    ship("to shop", "flour", "mill", "shop", 2, kilograms(0.3, "TNE")),
    ship("to store", "flour", "mill", "store", 3, kilograms(100)),
    ship("salt in", "salt", "farm", "store", 3, kilograms(50)),
    ship("to kiosk", "salt", "store", "kiosk", 5, kilograms(50)),
    make("mixing", {"unread": kilograms(30)}, {"mix": kilograms(30)}, "mill", 6),
    ship("to stand", "mix", "mill", "stand", 7, kilograms(20)),
    Thing("LotAssertion", "label", {"candidates": ["flour"], "confidence": 0.6}, [["CONCERNS", "Process", "mixing", {}]]),
]
"""Flour that certainly went to two customers, probably touched salt that went to a third, and conceivably is in a mix that went to a fourth."""


def recalled(things: list[Thing], code: str = "flour") -> Recall:
    flow = Flow.of(things)
    return Recall(flow, [find(flow, code)])


def test_customers_that_are_certain_probable_and_conceivable_are_told_apart() -> None:
    found = recalled(KNOWN)
    sizes = [found.size(scope) for scope in SCOPES]
    assert [(one.kilograms, one.customers, one.lots, one.acts) for one in sizes] == [(1000, 2, 1, 3), (1050, 3, 2, 4), (1080, 4, 3, 6)]
    assert [one.countries for one in sizes] == [("BE", "NL"), ("BE", "DE", "NL"), ("BE", "DE", "NL")]
    told = [(one.name, one.scope, one.customer, one.amounts, one.country) for one in found.consignees("conceivable")]
    assert told == [
        ("mill", "certain", False, (("KGM", 610),), "NL"),
        ("shop", "certain", True, (("KGM", 300),), "NL"),
        ("store", "certain", True, (("KGM", 100),), "BE"),
        ("kiosk", "probable", True, (("KGM", 50),), "DE"),
        ("stand", "conceivable", True, (("KGM", 20),), None),
    ]
    assert [one.amounts for one in found.consignees("certain")] == [(("KGM", 600),), (("KGM", 300),), (("KGM", 100),)]
    assert [one.name for one in found.consignees("conceivable", 2, 2)] == ["store", "kiosk"] and found.total("conceivable") == 5


def test_one_record_more_would_take_the_doubtful_food_out_of_the_recall() -> None:
    told = savings(recalled(KNOWN))
    assert (told.doubts, told.looked_at) == (2, 2)
    assert [(one.about, one.kilograms, one.customers) for one in told.found] == [(("Place", "store"), 50, 1), (("Process", "mixing"), 30, 1)]
    assert "validated cleaning" in told.found[0].words and "the lot code of the food in making (unread" in told.found[1].words
    assert savings(recalled(KNOWN), 1).looked_at == 1


def test_other_food_that_still_lies_in_a_shared_place_is_recalled_with_what_left_it() -> None:
    more = [*KNOWN, lot("sugar"), ship("sugar in", "sugar", "farm", "store", 4, kilograms(70))]
    found = recalled(more)
    assert [found.size(scope).kilograms for scope in SCOPES] == [1000, 1120, 1150]
    assert next(one.amounts for one in found.consignees("probable") if one.name == "store") == (("KGM", 170),)
    assert savings(found).found[0].kilograms == 120
    cleaned = Thing("Cleaning", "c", {"ended": day(3), "validated": True}, [["TOOK_PLACE_AT", "Place", "store", {}]])
    assert [recalled([*more, cleaned]).size(scope).kilograms for scope in SCOPES] == [1000, 1000, 1030]


def test_what_is_accounted_for_was_used_sent_or_counted() -> None:
    flow = Flow.of(KNOWN)
    starts = [find(flow, "flour")]
    told = accounted(flow, starts)
    assert told and (told.came, told.sent, told.counted, told.uncounted, told.share) == (1000, 400, 0, 600, 0.4)
    counted = accounted(flow, starts, [Count("flour", "mill", [{"value": 500, "unit": "KGM"}])])
    assert counted and (counted.counted, counted.uncounted, counted.share) == (500, 100, 0.9)
    assert [gap.words for gap in counted.gaps] == ["not counted: 100 KGM of flour should lie at mill, and no count says so"]
    assert accounted(flow, [find(flow, "shop")]) is None


def test_food_that_went_on_is_counted_where_it_went_and_what_was_destroyed_nowhere() -> None:
    chain = [
        make("milling", {}, {"flour": kilograms(100)}, "mill", 1),
        ship("a", "flour", "mill", "baker", 2, kilograms(100)),
        make("baking", {"flour": kilograms(60)}, {"bread": kilograms(80)}, "baker", 3),
        ship("b", "bread", "baker", "shop", 4, kilograms(80)),
        make("waste", {"flour": kilograms(10)}, {}, "baker", 5, step="destroying"),
        make("sale", {"bread": kilograms(30)}, {}, "shop", 6, step="retail_selling"),
        lot("flour"),
        lot("bread"),
    ]
    found = recalled(chain)
    assert [(one.name, one.amounts) for one in found.consignees("certain")] == [("shop", (("KGM", 80),)), ("baker", (("KGM", 30),))]
    told = accounted(found.flow, found.starts)
    assert told and (told.came, told.used, told.sent, told.share) == (100, 70, 30, 1)


def test_a_shipment_without_a_quantity_leaves_the_rest_where_it_was_and_a_process_without_one_used_it_all() -> None:
    things = [
        make("milling", {}, {"flour": kilograms(100)}, "mill", 1),
        ship("a", "flour", "mill", "baker", 2, {}),
        lot("flour"),
    ]
    found = recalled(things)
    assert [(one.name, one.amounts) for one in found.consignees("certain")] == [("mill", (("KGM", 100),)), ("baker", ())]
    assert "quantity not told" in {gap.sort for gap in found.missing()}
    baked = [*things[:1], make("baking", {"flour": {}}, {"bread": kilograms(120)}, "mill", 2), lot("flour"), lot("bread")]
    assert recalled(baked).size("certain").kilograms == 120


def test_units_other_than_masses_stand_apart_and_unknown_destinations_are_one_consignee() -> None:
    found = recalled(
        [ship("a", "eggs", "farm", None, 2, kilograms(30, "H87")), ship("b", "eggs", "farm", None, 2, kilograms(5)), lot("eggs")], "eggs"
    )
    size = found.size("certain")
    assert (size.kilograms, size.amounts, size.customers) == (5, (("KGM", 5), ("H87", 30)), 1)
    (one,) = found.consignees("certain")
    assert one.who is None and one.name == "an unknown place"


def test_the_same_food_told_at_two_places_of_a_process_counts_once() -> None:
    twice = make("milling", {}, {"flour": kilograms(100)}, "line", 1)
    twice = twice._replace(links=[*twice.links, ["TOOK_PLACE_AT", "Place", "mill", {}]])
    found = recalled([twice, ship("a", "flour", "mill", "shop", 2, kilograms(40)), lot("flour")])
    assert found.size("certain").kilograms == 100
    assert sorted(one.amounts for one in found.consignees("certain")) == [(("KGM", 40),), (("KGM", 60),)]


def test_a_departure_with_two_arrivals_counts_once_at_its_customer() -> None:
    away = ship("away", "flour", "mill", "shop", 2, kilograms(100), end="departure")
    home = [ship(f"home {n}", "flour", "mill", "shop", 3, kilograms(50), end="arrival", arrived=day(3 + n)) for n in range(2)]
    found = recalled([make("milling", {}, {"flour": kilograms(100)}, "mill", 1), away, *home, lot("flour")])
    assert [found.size(scope).kilograms for scope in SCOPES] == [100, 100, 100]
    assert [one.name for one in found.consignees("certain")] == ["shop"]


def test_the_outbreak_of_2011_keeps_what_was_not_said_in_the_books_and_finds_every_cluster() -> None:
    flow, _ = outbreak()
    seed = Recall(flow, [find(flow, "48088")])
    assert [(one.kilograms, one.customers) for one in map(seed.size, SCOPES)] == [(14525, 7), (14525, 48), (14525, 48)]
    assert {one.who and one.who[0] for one in seed.consignees("certain")} == {"Place", "Party"}
    other = Recall(flow, [find(flow, "8266")])
    assert [(one.kilograms, one.customers) for one in map(other.size, SCOPES)] == [(0, 1), (0, 1), (9925, 46)]
    best = savings(other).found[0]
    assert (best.words, best.kilograms, best.customers) == (
        "the lot code of the food in Fenugreek seed 6832 from Importer to Distributor", 9925, 44,
    )  # fmt: skip
    told = accounted(flow, [find(flow, "6832")])
    assert told and (told.came, told.used, told.sent, told.uncounted) == (15000, 475, 9925, 4600)


LOTS, PLACES = st.sampled_from("ABCD"), st.sampled_from(["p", "q", "r", "shared"])
AMOUNTS = st.sampled_from([{}, kilograms(10), kilograms(25), kilograms(0.01, "TNE"), kilograms(7, "H87")])
SHIPPED = st.tuples(LOTS, PLACES, st.one_of(st.none(), PLACES), st.integers(1, 9), AMOUNTS, st.sampled_from(["both", "departure", "arrival"]))
MADE = st.tuples(st.dictionaries(LOTS, AMOUNTS, max_size=2), st.dictionaries(LOTS, AMOUNTS, max_size=2), PLACES, st.integers(1, 9))


def things_of(shipped: list[Any], made: list[Any], doubted: list[tuple[int, str]]) -> list[Thing]:
    things = [place("shared", "NL", cross_contamination=True), *(lot(key) for key in "ABCD")]
    things += [ship(f"s{n}", *told, end=end) for n, (*told, end) in enumerate(shipped)]
    things += [make(f"m{n}", *told) for n, told in enumerate(made)]
    for n, (act, candidate) in enumerate(doubted):
        things.append(Thing("LotAssertion", f"d{n}", {"candidates": [candidate]}, [["CONCERNS", "Process", f"m{act}", {}]]))
    return things


@settings(max_examples=120)
@given(
    shipped=st.lists(SHIPPED, max_size=8),
    made=st.lists(MADE, max_size=5),
    doubted=st.lists(st.tuples(st.integers(0, 4), LOTS), max_size=2),
    seed=st.integers(0, 99),
)
def test_no_figure_shrinks_from_certain_to_conceivable_and_the_order_of_facts_is_irrelevant(
    shipped: list[Any], made: list[Any], doubted: list[tuple[int, str]], seed: int
) -> None:
    things = things_of(shipped, made, doubted)
    flow = Flow.of(things)
    found = Recall(flow, [start(flow, "Lot", "A")])
    sizes = [found.size(scope) for scope in SCOPES]
    for narrow, wide in pairwise(sizes):
        for name in ("lots", "acts", "customers", "kilograms"):
            assert getattr(narrow, name) <= getattr(wide, name)
        assert set(narrow.countries) <= set(wide.countries) and dict(narrow.amounts).keys() <= dict(wide.amounts).keys()
    for size in sizes:
        listed = found.consignees(size.scope)
        assert sum(dict(one.amounts).get("KGM", 0) for one in listed) == pytest.approx(size.kilograms)
        assert sum(one.customer for one in listed) == size.customers and len(listed) == found.total(size.scope)
    told = savings(found)
    assert all(0 <= one.kilograms <= sizes[2].kilograms - sizes[0].kilograms + 1e-6 for one in told.found)
    random.Random(seed).shuffle(things)
    again = Flow.of(things)
    other = Recall(again, [start(again, "Lot", "A")])
    assert [other.size(scope) for scope in SCOPES] == sizes and other.consignees("conceivable") == found.consignees("conceivable")
    assert savings(other) == told and accounted(again, other.starts) == accounted(flow, found.starts)
