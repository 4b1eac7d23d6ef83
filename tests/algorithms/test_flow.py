"""The rules of the material flow, each on the smallest records that show it."""

import random
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from orjson import dumps

from algorithms.answer import TracedLink
from algorithms.find import find
from algorithms.flow import Flow
from algorithms.trace import trace
from algorithms.walk import Limits
from ontology.errors import Ambiguous, Refused


class Thing(NamedTuple):
    """A folded thing."""

    kind: str
    key: str
    values: dict[str, Any] = {}  # noqa: RUF012
    links: list[list[Any]] = []  # noqa: RUF012


def day(number: int) -> list[str]:
    text = f"2025-01-{number:02}"
    return [text, f"{text}T00:00:00Z", f"{text}T23:59:59Z"]


def lot(key: str, *links: list[Any], **values: Any) -> Thing:
    return Thing("Lot", key, {"code": key} | values, list(links))


def make(key: str, used: list[str], made: list[str], place: str, on: int, **amounts: float) -> Thing:
    links: list[list[Any]] = [["USED", "Lot", one, _amount(amounts, one)] for one in used] + [
        ["MADE", "Lot", one, _amount(amounts, one)] for one in made
    ]
    return Thing("Process", key, {"started": day(on), "record": key}, [*links, ["TOOK_PLACE_AT", "Place", place, {}]])


def ship(key: str, what: str, start: str | None, goal: str | None, on: int, arrived: int | None = None, kind: str = "Lot", **values: Any) -> Thing:
    links: list[list[Any]] = [["CARRIES", kind, what, {}]]
    links += [["SHIPPED_FROM", "Place", start, {}]] if start else []
    links += [["SHIPPED_TO", "Place", goal, {}]] if goal else []
    side = values.pop("end", "both")
    papers = [["DOCUMENTED_BY", "Document", values.pop("paper"), {}]] if "paper" in values else []
    times = {"arrived": day(on)} if side == "arrival" else {"departed": day(on)} | ({"arrived": day(arrived)} if arrived else {})
    return Thing("Shipment", key, times | {"end": side, "record": key} | values, [*links, *papers])


def _amount(amounts: dict[str, float], one: str) -> dict[str, Any]:
    return {"quantity": [{"value": amounts[one], "unit": "KGM"}]} if one in amounts else {}


def links(things: list[Thing]) -> dict[tuple[str, str], TracedLink]:
    """Every link of the flow of these things, whatever their order."""
    random.Random(len(things)).shuffle(things)
    flow = Flow.of(things)
    found = {}
    for kind, key in flow.acts:
        for link in trace(flow, [find(flow, key)], "both").links(1000):
            found[(link.start[1], link.end[1])] = link
        assert kind in ("Process", "Shipment", "Event")
    return found


def pairs(things: list[Thing]) -> dict[tuple[str, str], tuple[str, float]]:
    return {pair: (link.rule, round(link.confidence, 3)) for pair, link in links(things).items()}


MADE = make("m", [], ["A"], "plant", 1)


def test_a_departure_and_its_arrival_are_one_act_and_the_other_id_still_resolves() -> None:
    things = [
        MADE,
        ship("out", "A", "plant", "shop", 2, end="departure"),
        ship("in", "A", "plant", "shop", 3, end="arrival"),
        make("eat", ["A"], [], "shop", 4),
    ]
    assert pairs(things) == {("m", "out"): ("F3", 0.95), ("out", "eat"): ("F3", 0.95 * 0.95)} | {("out", "eat"): ("F3", round(0.95**2, 3))}
    flow = Flow.of(things)
    assert flow.number[("Shipment", "in")] == flow.number[("Shipment", "out")]


@pytest.mark.parametrize(
    ("arrival", "confidence", "scope"),
    [
        ({"start": "plant", "goal": "shop", "paper": "number:desadv/1"}, 0.99, "certain"),
        ({"start": "plant", "goal": "shop"}, 0.95, "certain"),
        ({"start": None, "goal": "shop"}, 0.8, "probable"),
    ],
)
def test_an_arrival_is_matched_by_document_then_by_places_then_alone(arrival: dict[str, Any], confidence: float, scope: str) -> None:
    paper = {"paper": arrival.pop("paper")} if "paper" in arrival else {}
    things = [
        MADE,
        ship("out", "A", "plant", "shop", 2, end="departure", **paper),
        ship("in", "A", on=3, end="arrival", **paper, **arrival),
        make("eat", ["A"], [], "shop", 4),
    ]
    link = links(things)[("out", "eat")]
    assert link.confidence == pytest.approx(0.95 * confidence) and link.scope == scope


def test_a_cancelled_departure_moves_nothing() -> None:
    things = [
        MADE,
        ship("out", "A", "plant", "shop", 2, end="departure"),
        ship("void", "A", "plant", "shop", 3, end="departure", void=True, step="void_shipping"),
    ]
    assert pairs([*things, make("eat", ["A"], [], "plant", 4)]) == {("m", "eat"): ("F3", 0.95)}


def test_what_lay_on_a_pallet_moves_with_it_until_it_is_taken_off() -> None:
    def seen(how: str, on: int, what: str) -> list[Any]:
        return ["CONTAINS", "Lot", what, {"seen": how, "at": day(on)}]

    pallet = Thing("LogisticUnit", "P", {}, [seen("opened", 2, "A"), seen("closed", 5, "A")])
    later = Thing("LogisticUnit", "P", {}, [*pallet.links, seen("opened", 7, "B")])
    things = [MADE, make("n", [], ["B"], "plant", 6), ship("s1", "P", "plant", "shop", 3, 4, "LogisticUnit"), make("eat", ["A"], [], "shop", 6)]
    again = ship("s2", "P", "plant", "shop", 8, 9, "LogisticUnit")
    assert pairs([*things, pallet]) == {("m", "s1"): ("F4", 0.95), ("s1", "eat"): ("F4", 0.95)}
    assert pairs([*things, later, again]) == {("m", "s1"): ("F4", 0.95), ("s1", "eat"): ("F4", 0.95), ("n", "s2"): ("F4", 0.95)}


def test_contents_that_only_the_unpacking_tells_are_less_sure() -> None:
    pallet = Thing("LogisticUnit", "P", {}, [["CONTAINS", "Lot", "A", {"seen": "closed", "at": day(5)}]])
    found = links([MADE, ship("s", "P", "plant", "shop", 3, 4, "LogisticUnit"), pallet, make("eat", ["A"], [], "shop", 6)])
    assert found[("s", "eat")].confidence == pytest.approx(0.8) and found[("s", "eat")].scope == "certain"


def test_a_unit_with_unknown_contents_is_said_to_be_missing_what_it_held() -> None:
    flow = Flow.of([ship("s", "P", "plant", "shop", 3, 4, "LogisticUnit"), Thing("LogisticUnit", "P", {"sscc": "123"})])
    assert [gap.words for gap in trace(flow, [find(flow, "P")]).missing() if gap.sort == "unknown contents"] == [
        "unknown contents: nothing tells what unit 123 held"
    ]


def test_lots_that_are_the_same_share_their_pool_and_split_again() -> None:
    things = [MADE, lot("A"), lot("B"), ship("s", "B", "plant", "shop", 2)]
    assert ("m", "s") not in pairs(list(things))
    same = lot("A", ["SAME_AS", "Lot", "B", {}])
    assert pairs([same, *(one for one in things if one.key != "A")]) == {("m", "s"): ("F3", 0.95)}


def test_equal_codes_of_cross_referenced_products_are_one_lot_once_one_was_shipped() -> None:
    products = [Thing("Product", "P1", {"name": "ours"}, [["SAME_AS", "Product", "P2", {}]]), Thing("Product", "P2", {"name": "theirs"})]
    lots = [lot("A", ["OF_PRODUCT", "Product", "P1", {}], code="7"), lot("B", ["OF_PRODUCT", "Product", "P2", {}], code="7")]
    use = make("eat", ["B"], [], "shop", 4)
    assert pairs([*products, *lots, MADE, make("use", ["B"], [], "plant", 4)]) == {}
    assert pairs([*products, *lots, MADE, ship("s", "A", "plant", "shop", 2, 3), use]) == {("m", "s"): ("F3", 0.95), ("s", "eat"): ("F3", 0.95)}


def test_an_item_comes_from_its_lot_when_nothing_brought_it_there_by_itself() -> None:
    item = lot("A1", ["PART_OF", "Lot", "A", {}], grain="item")
    assert pairs([MADE, lot("A"), item, ship("s", "A1", "plant", "shop", 2)]) == {("m", "s"): ("F3", 0.95)}


def test_food_that_meets_in_a_shared_place_is_probably_mixed_until_a_validated_cleaning() -> None:
    shared = Thing("Place", "plant", {"cross_contamination": True})
    out = [ship("b", "B", "plant", "shop", 3), ship("c", "C", "plant", "shop", 6)]
    into = ship("a", "A", "farm", "plant", 1, 2)
    assert pairs([shared, into, *out]) == {("a", "b"): ("F5", 0.5), ("a", "c"): ("F5", 0.5)}
    cleaning = Thing("Cleaning", "w", {"ended": day(4), "validated": True}, [["TOOK_PLACE_AT", "Place", "plant", {}]])
    assert pairs([shared, into, *out, cleaning]) == {("a", "b"): ("F5", 0.5)}
    assert {link.scope for link in links([shared, into, *out]).values()} == {"probable"}


def test_a_shared_line_mixes_food_that_its_site_passes_on() -> None:
    line = Thing("Place", "line", {"name": "Line 1", "cross_contamination": True}, [["PART_OF", "Place", "plant", {}]])
    made = [make("a", ["X"], ["A"], "line", 1), make("b", ["Y"], ["B"], "line", 1), ship("s", "B", "plant", "shop", 2)]
    found = pairs([line, *made])
    assert found[("b", "s")] == ("F3", 0.95) and found[("a", "b")] == ("F5", 0.5) == found[("b", "a")]


def test_a_catch_area_holds_no_food() -> None:
    caught = Thing(
        "Process", "m", {"started": day(1), "record": "m"}, [["MADE", "Lot", "A", {}], ["TOOK_PLACE_AT", "Place", "sea", {"role": "source"}]]
    )
    assert Flow.of([caught]).told[0].places == ()


def seen_at(key: str, what: str, place: str, on: int, step: str = "inspecting") -> Thing:
    values = {"type": "ObjectEvent", "action": "OBSERVE", "step": step, "happened": day(on)}
    return Thing(
        "Event", key, values, [["CONCERNS", "Lot", what, {"role": "what"}], ["TOOK_PLACE_AT", "Place", place, {"role": "business location"}]]
    )


def test_food_seen_at_a_new_place_came_there_and_goes_on_from_there() -> None:
    things = [MADE, seen_at("e", "A", "store", 3), ship("s", "A", "store", "shop", 4)]
    assert pairs(things) == {("m", "e"): ("F6", 0.7), ("e", "s"): ("F3", 0.95)}


def test_food_seen_where_it_was_made_is_no_act() -> None:
    assert pairs([MADE, seen_at("e", "A", "plant", 3), ship("s", "A", "plant", "shop", 4)]) == {("m", "s"): ("F3", 0.95)}


def test_a_zone_and_its_site_are_one_place_where_a_record_names_only_the_site() -> None:
    zone = Thing("Place", "line", {"name": "Line 1"}, [["PART_OF", "Place", "plant", {}]])
    assert pairs([zone, make("m", [], ["A"], "line", 1), ship("s", "A", "plant", "shop", 2)]) == {("m", "s"): ("F3", 0.95)}


def test_a_line_of_which_only_the_product_is_known_may_be_each_of_its_lots_there() -> None:
    of = ["OF_PRODUCT", "Product", "bread", {}]
    things = [lot("A", of), lot("B", of), lot("?", of, grain="product"), MADE, make("n", [], ["B"], "plant", 1), ship("s", "?", "plant", "shop", 2)]
    assert pairs(things) == {("m", "s"): ("F8", 0.5), ("n", "s"): ("F8", 0.5)}


def test_two_events_that_tell_the_same_are_one_act() -> None:
    def told(number: str, happened: list[str]) -> list[Thing]:
        concerns = [["CONCERNS", "Lot", "A", {"role": "what"}], ["TOOK_PLACE_AT", "Place", "plant", {}]]
        event = Thing(
            "Event", f"event_id:{number}", {"type": "ObjectEvent", "action": "ADD", "step": "commissioning", "happened": happened}, concerns
        )
        act = Thing(
            "Process",
            f"record:{number}",
            {"started": happened, "record": number},
            [["MADE", "Lot", "A", {}], ["TOOK_PLACE_AT", "Place", "plant", {}]],
        )
        return [event, act]

    exact = ["noon", "2025-01-01T12:00:00Z", "2025-01-01T12:00:00Z"]
    flow = Flow.of([*told("1", exact), *told("2", day(1)), *told("3", day(2))])
    assert flow.number[("Process", "record:1")] == flow.number[("Process", "record:2")] != flow.number[("Process", "record:3")]


def test_more_of_a_lot_leaving_than_came_and_a_code_of_two_makers_are_said() -> None:
    flow = Flow.of(
        [lot("A"), make("m", [], ["A"], "plant", 1, A=10), make("u", ["A"], ["B"], "plant", 2, A=12, B=1), make("n", [], ["A"], "mill", 1)]
    )
    said = {gap.sort: gap.words for gap in trace(flow, [find(flow, "A")]).missing()}
    assert said["impossible quantity"] == "impossible quantity: 12 KGM of A A left plant, but only 10 KGM came there".replace("A A", "A")
    assert said["code used twice"] == "code used twice: A was assigned at mill and plant"


def test_amounts_are_added_per_place_product_and_unit_and_never_across_units() -> None:
    def carry(key: str, *amounts: dict[str, Any]) -> Thing:
        return Thing(
            "Shipment",
            key,
            {"departed": day(1), "end": "both"},
            [["CARRIES", "Lot", "A", {"quantity": list(amounts)}], ["SHIPPED_FROM", "Place", "x", {}], ["SHIPPED_TO", "Place", "y", {}]],
        )

    flow = Flow.of(
        [
            lot("A", ["OF_PRODUCT", "Product", "p", {}]),
            Thing("Product", "p", {"name": "Milk"}),
            carry("s1", {"value": 2, "unit": "KGM"}, {"value": 3}),
            carry("s2", {"value": 5, "unit": "KGM"}),
        ]
    )
    listed = [(one.place_name, one.product_name, one.unit, one.received, one.sent) for one in trace(flow, [find(flow, "A")]).amounts()]
    assert listed == [("x", "Milk", "KGM", 0, 7), ("x", "Milk", "pieces", 0, 3), ("y", "Milk", "KGM", 7, 0), ("y", "Milk", "pieces", 3, 0)]


CHAIN = [
    lot("A"),
    MADE,
    ship("s1", "A", "plant", "mid", 2, 3),
    make("mix", ["A", "S"], ["B"], "mid", 4),
    ship("s2", "B", "mid", "shop", 5, 6),
    ship("s3", "B", "mid", "kiosk", 5, 6),
]


def test_a_lot_is_traced_back_through_its_makers_and_not_through_what_it_was_mixed_with() -> None:
    salt = [make("mine", [], ["S"], "pit", 1), ship("s4", "S", "pit", "mid", 2, 3)]
    flow = Flow.of([*CHAIN, *salt])
    answer = trace(flow, [find(flow, "A")], "backward")
    assert {act.act[1] for act in answer.acts()} == {"m", "s1"}
    assert {act.act[1] for act in trace(flow, [find(flow, "A")], "forward").acts()} == {"s1", "mix", "s2", "s3"}


def test_a_limit_that_bites_says_so_and_a_time_window_bounds_the_walk() -> None:
    flow = Flow.of(list(CHAIN))
    short = trace(flow, [find(flow, "m")], "forward", Limits(most_depth=1))
    assert short.limited and {act.act[1] for act in short.acts()} == {"m", "s1"} and "limit reached" in {gap.sort for gap in short.missing()}
    assert trace(flow, [find(flow, "m")], "forward", Limits(most_links=1)).limited
    until = Limits(until=flow.earliest[flow.number[("Process", "mix")]])
    assert {act.act[1] for act in trace(flow, [find(flow, "m")], "forward", until).acts()} == {"m", "s1", "mix"}
    assert not trace(flow, [find(flow, "m")], "forward", Limits(most_depth=3)).limited


def test_what_a_limit_cuts_off_is_neither_an_origin_nor_unknown() -> None:
    flow = Flow.of(list(CHAIN))
    since = Limits(since=flow.earliest[flow.number[("Process", "mix")]])
    cut = trace(flow, [find(flow, "s2")], "backward", since)
    assert {act.act[1] for act in cut.acts()} == {"s2", "mix"} and cut.origins() == []
    assert [(gap.sort, gap.about) for gap in cut.missing() if gap.about == ("Process", "mix")] == [("limit reached", ("Process", "mix"))]
    whole = trace(flow, [find(flow, "s2")], "backward")
    assert "limit reached" not in {gap.sort for gap in whole.missing()}


def test_pages_of_acts_and_links_make_up_the_whole() -> None:
    answer = trace(Flow.of(list(CHAIN)), [find(Flow.of(list(CHAIN)), "m")], "forward")
    assert [act for offset in range(answer.total_acts) for act in answer.acts(1, offset)] == answer.acts(100)
    assert [link for offset in range(answer.total_links) for link in answer.links(1, offset)] == answer.links(100)


def test_a_flow_that_was_saved_or_updated_is_the_flow_of_the_same_things(tmp_path: Path) -> None:
    whole = Flow.of(list(CHAIN), 3)
    whole.save(tmp_path / "flow")
    again = Flow.load(tmp_path / "flow")
    assert again is not None and again.seq == 3 and dumps(again.rows, default=tuple) == dumps(whole.rows, default=tuple)
    less = Flow.of([thing for thing in CHAIN if thing.key not in ("s2", "mix")])
    more = less.updated([(("Shipment", "s2"), CHAIN[4]), (("Process", "mix"), CHAIN[3])], 3)
    for other in (more, again):
        assert [trace(other, [find(other, "m")]).links(), list(other.acts)] == [trace(whole, [find(whole, "m")]).links(), list(whole.acts)]
    assert less.updated([(("Shipment", "s3"), None)], 4).number.keys() == {("Process", "m"), ("Shipment", "s1")}
    (tmp_path / "flow").write_bytes((tmp_path / "flow").read_bytes()[:-6])
    assert Flow.load(tmp_path / "flow") is None


def test_a_code_of_several_things_asks_which_and_an_unknown_one_offers_near_misses() -> None:
    flow = Flow.of([*CHAIN, lot("x1", code="L42"), lot("x2", code="L42")])
    with pytest.raises(Ambiguous, match="'L42' names 2 things") as asked:
        find(flow, "L42")
    assert [key for key, _ in asked.value.choices] == ["x1", "x2"]
    with pytest.raises(Refused, match="Near misses: kiosk"):
        find(Flow.of([*CHAIN, Thing("Place", "kiosk")]), "kiosc")


def test_a_way_through_an_act_that_is_only_assumed_is_probable() -> None:
    things = [MADE, ship("s", "A", "plant", "shop", 2, 3, confidence=0.8), make("eat", ["A"], [], "shop", 4)]
    found = links(things)
    assert (found[("m", "s")].scope, found[("s", "eat")].scope) == ("certain", "probable")
    assert found[("s", "eat")].confidence == pytest.approx(0.95 * 0.8)
