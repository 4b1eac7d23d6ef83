"""The picture of a trace: columns from farm to fork, no overlap, alike marks together, what is missing drawn hollow."""

from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.explorer.colours import DARK, LIGHT, stylesheet
from dashboards.explorer.drawing import elements, labels
from dashboards.explorer.groups import TALLEST, grouped
from dashboards.explorer.picture import svg
from dashboards.explorer.placing import COLUMN, ROW, levels, placed
from tests.dashboards.sample import act, good, link, trace

NAMES = [f"a{number}" for number in range(14)]
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=40)


@given(PAIRS)
def test_food_goes_to_the_right_and_no_two_marks_overlap(pairs: list[tuple[str, str]]) -> None:
    level = levels(NAMES, pairs)
    place = placed(level, pairs)
    assert set(place) == set(NAMES)
    for one, other in combinations(NAMES, 2):
        (x1, y1), (x2, y2) = place[one], place[other]
        assert abs(x1 - x2) >= COLUMN - 0.2 or abs(y1 - y2) >= ROW - 0.2
    assert place == placed(levels(NAMES, pairs), pairs), "the same trace is the same picture"


@given(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)).filter(lambda pair: pair[0] < pair[1]), max_size=40))
def test_without_circles_every_link_leads_to_a_later_column(pairs: list[tuple[int, int]]) -> None:
    named = [(NAMES[start], NAMES[end]) for start, end in pairs]
    level = levels(NAMES, named)
    assert all(level[start] < level[end] for start, end in named)


def test_a_circle_is_drawn_and_its_other_links_still_lead_to_the_right() -> None:
    level = levels(["mixing", "baking", "rework"], [("mixing", "baking"), ("baking", "rework"), ("rework", "mixing")])
    assert level == {"mixing": 0, "baking": 1, "rework": 2}


def test_an_ingredient_stands_next_to_where_it_is_used() -> None:
    chain = [("a0", "a1"), ("a1", "a2"), ("a2", "a3"), ("salt", "a3")]
    assert levels(["a0", "a1", "a2", "a3", "salt"], chain)["salt"] == 2


def test_a_chain_of_two_thousand_acts_is_placed() -> None:
    names = [f"n{number}" for number in range(2_000)]
    assert levels(names, list(pairwise(names)))["n1999"] == 1_999


def test_neighbours_stand_at_the_same_height() -> None:
    pairs = [("a0", "a1"), ("b0", "b1"), ("c0", "c1")]
    place = placed(levels(["a0", "b0", "c0", "c1", "b1", "a1"], pairs), pairs)
    assert all(place[start][1] == place[end][1] for start, end in pairs)


def _fan(number: int, **told: Any) -> list[dict[str, Any]]:
    return [act(f"s{one:03}", to=f"Shop {one}", **told) for one in range(number)]


def test_a_column_that_can_be_read_is_shown_one_by_one() -> None:
    acts = _fan(TALLEST)
    assert grouped(acts, {one["id"]: 1 for one in acts}) == []


def test_a_column_that_is_too_tall_stands_together_by_place_and_product() -> None:
    acts = [*_fan(20), *_fan(1, product="Salt")]
    acts[20]["id"] = "salt"
    (group,) = grouped(acts, {one["id"]: 1 for one in acts})
    assert len(group.acts) == 20 and "salt" not in {one["id"] for one in group.acts}


def test_acts_at_many_places_stand_together_by_product_and_starts_and_open_ends_apart() -> None:
    meals = [act(f"m{one}", "Process", to=f"Canteen {one}", product="Sprouts") for one in range(12)]
    starts = [act(f"t{one}", "Process", to=f"Canteen {one}", product="Sprouts", direction="start") for one in range(12)]
    level = {one["id"]: 1 for one in (*meals, *starts)}
    sizes = sorted(len(group.acts) for group in grouped([*meals, *starts], level, apart={"m0": "open", "m1": "open"}))
    assert sizes == [10, 12]


def test_a_group_that_is_opened_shows_its_acts_and_the_others_stay_closed() -> None:
    acts = [*_fan(20), *(act(f"r{one}", product="Rye", to=f"Shop {one}") for one in range(20))]
    level = {one["id"]: 1 for one in acts}
    first, second = grouped(acts, level)
    left = grouped(acts, level, [first.id])
    assert [group.id for group in left] == [second.id]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=60))
def test_every_act_stands_in_at_most_one_group_and_groups_do_not_cross_columns(told: list[tuple[int, int, bool]]) -> None:
    acts = [act(f"x{number}", product=f"P{product}", to=f"S{number}", end=end) for number, (_, product, end) in enumerate(told)]
    level = {f"x{number}": column for number, (column, _, _) in enumerate(told)}
    groups = grouped(acts, level)
    members = [one["id"] for group in groups for one in group.acts]
    assert len(members) == len(set(members))
    assert all({level[one["id"]] for one in group.acts} == {group.level} for group in groups)


def _outbreak() -> Any:
    origin = act("origin", "Process", to=None, direction="start", depth=0, end=True, assumed="assumed: never published", step="harvesting")
    sent = act("sent", to=None, end=True)
    gap = {"sort": "unknown destination", "words": "unknown destination: nothing tells where it went", "about": "sent", "act": "sent"}
    return trace([origin, sent, act("shop", to="Shop", end=True)], [link("origin", "sent"), link("origin", "shop", "probable", 0.5)], [gap])


def test_each_mark_has_a_shape_of_its_kind_and_says_what_it_is_in_one_sentence() -> None:
    marks = {mark["data"]["id"]: mark for mark in elements(_outbreak())}
    assert {"origin", "start", "assumed"} <= set(marks["origin"]["classes"].split())
    assert {"end", "open"} <= set(marks["sent"]["classes"].split()) and "open" not in marks["shop"]["classes"]
    assert marks["sent"]["data"]["label"] == "Flour L1\n→ ?"
    assert marks["sent"]["data"]["said"].endswith("Unknown destination: nothing tells where it went.")
    assert marks["origin"]["data"]["said"] == "Flour from Mill to None, 2025-03-01, 20 kg. Assumed: never published."
    line = marks["origin>shop"]
    assert line["classes"].split()[0] == "probable" and line["data"]["said"].startswith("Probable link, 50 %, by lot (rule F3): Flour")


def test_links_of_a_scope_that_is_left_out_take_what_hangs_on_them_along() -> None:
    shown = _outbreak().without(["probable"])
    assert [one["id"] for one in shown.acts] == ["origin", "sent"] and len(shown.links) == 1 and shown.missing


def test_a_large_trace_has_at_most_two_hundred_marks() -> None:
    acts = [act("hub", "Process", direction="start", depth=0), *(act(f"s{n}", product=f"P{n % 9}", to=f"Shop {n}") for n in range(1_500))]
    found = elements(trace(acts, [link("hub", f"s{n}") for n in range(1_500)]))
    marks = [one for one in found if "position" in one]
    assert len(marks) <= 200 and sum(one["data"].get("opens") is not None for one in marks) >= 1
    assert not any("grabbable" in one and one["grabbable"] for one in marks)


def test_a_chain_of_two_thousand_acts_is_drawn_in_at_most_two_hundred_marks_and_opens_link_by_link() -> None:
    acts = [act(f"n{number}", "Process" if number % 2 else "Shipment", depth=number) for number in range(2_000)]
    chain = trace(acts, [link(one["id"], other["id"]) for one, other in pairwise(acts)])
    marks = [one for one in elements(chain) if "position" in one]
    assert len(marks) <= 200
    group = next(one for one in marks if one["data"].get("opens"))
    opened = [one for one in elements(chain, [group["data"]["id"]]) if "position" in one]
    assert len(opened) > len(marks) and group["data"]["id"] not in {one["data"]["id"] for one in opened}


def test_a_group_of_more_than_three_hundred_is_not_drawn_one_by_one() -> None:
    acts = _fan(301)
    (group,) = grouped(acts, {one["id"]: 1 for one in acts})
    assert not group.opens and grouped(acts, {one["id"]: 1 for one in acts}, [group.id]) == [group]


def test_a_lot_without_code_and_an_act_without_food_have_labels() -> None:
    assert labels(act("a", goods=[good("Sprouts", None)])) == ("Sprouts", "→ Bakery")
    assert labels(act("b", "Process", goods=[], to=None)) == ("Baking: food", "place unknown")


def test_the_picture_as_a_file_is_well_formed_and_holds_every_mark_with_its_sentence() -> None:
    drawn = svg(elements(_outbreak()), "light", "lot <48088> & more", "3 acts")
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "lot <48088> & more"  # type: ignore[union-attr]
    assert len(root.findall(f"{space}g")) == 3 and len(root.findall(f"{space}path")) == 2
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_the_page_in_both_themes(theme: str) -> None:
    own = DARK if theme == "dark" else LIGHT
    for ink in (own.text, own.faint, own.accent, own.attention, own.choice):
        assert _contrast(ink, own.page) >= 4.5, ink
    assert any(rule["selector"] == ".open" for rule in stylesheet(theme))


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
