"""Mass balance: what a process or place took and gave, and what cannot be, or is unusual."""

from pathlib import Path

import pytest

from algorithms.balance import MORE_LEFT, MORE_MADE, ODD_YIELD, balance, oddities
from algorithms.flow import Flow
from ingest import company
from ontology.acts import Process, Shipment
from ontology.food import Lot, Product
from ontology.language import Fact, Source
from ontology.places import Place
from ontology.relations import CARRIES, MADE, SHIPPED_FROM, SHIPPED_TO, TOOK_PLACE_AT, USED
from ontology.values import Quantity, Time
from tests.algorithms.test_broken import flow_of
from tests.algorithms.test_investigated import imported

MILL = Place(owner="o", name="Mill")


def lot(product: str, code: str) -> Lot:
    return Lot(product=Product(owner="Mill", name=product).ref, code=code)


def milled(number: str, used: float | None, made: float | None, unit: str = "KGM") -> Fact:
    """Wheat that became flour."""
    act = Process(record=number, started=Time.told("2025-03-02"), ended=Time.told("2025-03-02"))
    taken = USED(lot("Wheat", f"W{number}"), quantity=(Quantity(used, "KGM"),) if used is not None else None)
    given = MADE(lot("Flour", f"F{number}"), quantity=(Quantity(made, unit),) if made is not None else None)
    return Fact(act, Source("t", number), (taken, given, TOOK_PLACE_AT(MILL)))


def sent(number: str, what: Lot, amount: float, start: str, goal: str, day: str) -> Fact:
    act = Shipment(record=number, end="both", lot=what.ref, departed=Time.told(day), arrived=Time.told(day))
    ends = (SHIPPED_FROM(Place(owner="o", name=start)), SHIPPED_TO(Place(owner="o", name=goal)))
    return Fact(act, Source("t", number), (CARRIES(what, quantity=(Quantity(amount, "KGM"),)), *ends))


def sorts(flow: Flow) -> list[str]:
    return [one.sort for one in oddities(flow)]


def test_a_process_and_a_place_are_balanced_in_kilograms() -> None:
    facts = [sent("in", lot("Wheat", "W1"), 100, "Farm", "Mill", "2025-03-01"), milled("1", 100, 0.08, "TNE")]
    facts.append(sent("out", lot("Flour", "F1"), 60, "Mill", "Shop", "2025-03-03"))
    flow = flow_of(facts)
    process = balance(flow, "Process", next(key for kind, key in flow.acts if kind == "Process"))
    assert process is not None and (process.came, process.left, process.share, process.unaccounted, process.told) == (100, 80, 0.8, 20, True)
    mill = balance(flow, "Place", MILL.key)
    assert mill is not None and (mill.came, mill.left, mill.unaccounted, mill.told) == (180, 160, 20, True), (
        "100 wheat + 80 flour; 100 milled + 60 sent"
    )
    assert balance(flow, "Place", "name:o/Nowhere") is None and balance(flow, "Lot", lot("Wheat", "W1").key) is None
    assert list(oddities(flow)) == []


def test_more_made_than_used_cannot_be_but_for_tolerance() -> None:
    assert sorts(flow_of([milled("1", 100, 103)])) == [MORE_MADE] and sorts(flow_of([milled("1", 100, 101.9)])) == []
    (one,) = oddities(flow_of([milled("1", 100, 150)]))
    assert one.said.endswith("made 150 kg of 100 kg: more than went in") and (one.came, one.left, one.unit) == (100, 150, "KGM")
    assert [key[0] for key in one.about] == ["Process"]


def test_a_yield_is_held_against_the_usual_one_of_its_product() -> None:
    usual = [milled(str(number), 100, 80) for number in range(5)]
    assert sorts(flow_of(usual)) == [] and sorts(flow_of([*usual, milled("x", 100, 87)])) == []
    (low,) = oddities(flow_of([*usual, milled("x", 100, 60)]))
    assert (low.sort, low.usual) == (ODD_YIELD, 0.8) and "a yield of 60%; usual for Flour is 80%" in low.said
    watered = [milled(str(number), 100, 140) for number in range(5)]
    assert sorts(flow_of(watered)) == [], "where more always comes out, something goes in that is not recorded"


def test_what_tells_no_mass_is_not_judged() -> None:
    for fact in (milled("1", None, 150), milled("1", 100, None), milled("1", 100, 150, "H87")):
        flow = flow_of([fact])
        found = balance(flow, "Process", next(key for kind, key in flow.acts if kind == "Process"))
        assert sorts(flow) == [] and found is not None and not found.told


def test_more_of_a_lot_cannot_leave_than_came() -> None:
    facts = [sent("in", lot("Wheat", "W"), 100, "Farm", "Mill", "2025-03-01"), sent("out", lot("Wheat", "W"), 150, "Mill", "Shop", "2025-03-02")]
    (one,) = oddities(flow_of(facts))
    assert one.sort == MORE_LEFT and one.about == (("Lot", lot("Wheat", "W").key), ("Place", MILL.key)) and (one.came, one.left) == (100, 150)


def test_the_one_unit_that_a_generated_company_mistakes_is_found_and_nothing_else(data: Path) -> None:
    (slip,) = oddities(flow_of(list(company.facts(1_000))))
    assert slip.sort == MORE_LEFT and slip.left == 1000 * slip.came, "grams told as kilograms"
    assert sorts(imported(data / "fcl/Norovirus_Scenario.json")[0]) == [] and sorts(Flow.of([])) == []


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_facts_does_not_matter(order: int) -> None:
    facts = [milled(str(number), 100, 80 if number else 40) for number in range(7)][::order]
    assert [one.said for one in oddities(flow_of(facts))] == [one.said for one in oddities(flow_of(sorted(facts, key=str)))]
