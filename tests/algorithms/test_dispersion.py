"""Lots in stock by how large a recall of each would be: expected and at worst, as the recall itself says."""

import pytest

from algorithms.dispersion import in_stock, ranking
from algorithms.find import start
from algorithms.flow import Flow
from algorithms.recall import Recall
from ingest import company
from ontology.acts import Process, Shipment
from ontology.food import Lot, Product
from ontology.language import Fact, Source
from ontology.places import Place
from ontology.relations import CARRIES, MADE, SHIPPED_FROM, SHIPPED_TO, TOOK_PLACE_AT, USED
from ontology.values import Quantity, Time
from tests.algorithms.test_broken import flow_of

FLOUR, BREAD = (Lot(product=Product(owner="Mill", name=name).ref, code=code) for name, code in (("Flour", "F1"), ("Bread", "B1")))


def kilograms(value: float) -> tuple[Quantity, ...]:
    return (Quantity(value, "KGM"),)


def process(number: str, place: str, made: tuple[Lot, float], used: tuple[Lot, float] | None = None) -> Fact:
    act = Process(record=number, started=Time.told("2025-03-01"), ended=Time.told("2025-03-01"))
    goods = [MADE(made[0], quantity=kilograms(made[1])), *([USED(used[0], quantity=kilograms(used[1]))] if used else [])]
    return Fact(act, Source("t", number), (*goods, TOOK_PLACE_AT(Place(owner="o", name=place))))


def shipped(number: str, goal: str, lot: Lot, amount: float) -> Fact:
    act = Shipment(record=number, end="both", lot=lot.ref, departed=Time.told("2025-03-02"), arrived=Time.told("2025-03-02"))
    ends = (SHIPPED_FROM(Place(owner="o", name="Mill")), SHIPPED_TO(Place(owner="o", name=goal)))
    return Fact(act, Source("t", number), (CARRIES(lot, quantity=kilograms(amount)), *ends))


def named(flow: Flow) -> dict[str, float]:
    goods, stock = in_stock(flow)
    return {flow.keys[good].rpartition("/")[2]: kilograms for good, kilograms in zip(goods.tolist(), stock.tolist(), strict=True)}


def test_what_rests_where_it_was_made_is_in_stock_and_what_customers_have_is_not() -> None:
    facts = [process("p1", "Mill", (FLOUR, 100)), process("p2", "Mill", (BREAD, 30), (FLOUR, 20)), shipped("s", "Shop", BREAD, 10)]
    flow = flow_of(facts)
    assert named(flow) == {"F1": 80.0, "B1": 20.0}
    found = {one.lot.rpartition("/")[2]: one for one in ranking(flow).lots}
    flour, bread = found["F1"], found["B1"]
    assert (flour.worst_kilograms, flour.worst_customers) == (110, 1), "80 kg flour, 20 kg bread in stock, 10 kg bread at the shop"
    assert (bread.worst_kilograms, bread.worst_customers) == (30, 1)
    assert (bread.expected_kilograms, bread.expected_customers) == (30, 1), "where the lot itself was sent is certain"
    assert flour.expected_kilograms == pytest.approx(80 + 20 + 10 * 0.95) and flour.expected_customers == pytest.approx(0.95)
    assert [one.lot for one in ranking(flow).lots] == [flour.lot, bread.lot]


def test_the_ranking_says_what_the_recall_of_each_lot_says() -> None:
    flow = flow_of(list(company.facts(600)))
    found = ranking(flow)
    assert found.in_stock == found.looked > 20
    assert [one.worst_kilograms for one in found.lots] == sorted((one.worst_kilograms for one in found.lots), reverse=True)
    for one in found.lots[:30]:
        size = Recall(flow, [start(flow, "Lot", one.lot)]).size("conceivable")
        assert (one.worst_kilograms, one.worst_customers) == (size.kilograms, size.customers)
        assert 0 <= one.expected_kilograms <= one.worst_kilograms + 1e-6 and 0 <= one.expected_customers <= one.worst_customers + 1e-6
        assert one.stock <= one.worst_kilograms + 1e-6


def test_nothing_is_in_stock_where_nothing_is_known() -> None:
    assert ranking(Flow.of([])).lots == () and ranking(flow_of([shipped("s", "Shop", BREAD, 10)])).in_stock == 0
