"""The generated food company: the same from the same seed, balanced, local, and of the size that was asked for."""

import io
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest

from ingest.company import SAMPLE, Company, facts
from ingest.connector import Document, connector_for
from ontology import codes, identifiers
from ontology.facts import Told, told
from ontology.language import Fact, Refusal

SIZE = 2_000


@cache
def records() -> tuple[Told, ...]:
    return tuple(told(fact) for fact in facts(SIZE))


def of(kind: str) -> list[Told]:
    return [fact for fact in records() if fact["kind"] == kind]


def links(fact: Told, relation: str) -> Iterator[tuple[str, float]]:
    """Other end and kilograms of the links of a relation."""
    for name, _, key, carried in fact["links"]:
        if name == relation:
            yield key, sum(amount["value"] for amount in carried.get("quantity", ()))


def document(text: str) -> Document:
    return Document("company.json", io.BytesIO(text.encode()), len(text))


def test_the_same_seed_gives_the_same_facts_and_another_seed_others() -> None:
    assert [told(fact) for fact in facts(200, 7)] == [told(fact) for fact in facts(200, 7)]
    assert [told(fact)["id"] for fact in facts(200, 7)] != [told(fact)["id"] for fact in facts(200, 8)]


@pytest.mark.parametrize("size", [1, 40, SIZE])
def test_there_are_as_many_records_of_shipments_as_asked_for(size: int) -> None:
    assert sum(told(fact)["kind"] == "Shipment" for fact in facts(size)) == size


def test_a_record_tells_at_most_one_fact_about_a_thing_and_tells_it_once() -> None:
    said = Counter((fact["source"], fact["record"], fact["kind"], fact["key"]) for fact in records())
    assert said.most_common(1)[0][1] == 1


def test_every_number_is_a_valid_gs1_number_of_the_demonstration_prefix() -> None:
    for kind, check in (("Place", identifiers.gln), ("Party", identifiers.gln), ("LogisticUnit", identifiers.sscc)):
        for fact in of(kind):
            digits = fact["key"].rpartition(":")[2]
            assert check(digits) == digits and "952" in digits[:4]
    assert all(identifiers.gtin(fact["values"]["gtin"])[1:4] == "952" for fact in of("Product"))


def test_ingredients_and_packs_name_their_allergens_by_listed_codes() -> None:
    named = {key.removeprefix("code:") for fact in of("Product") for key, _ in links(fact, "HAS_ALLERGEN")}
    assert {"UW", "AM", "AE", "AS"} <= named and all(codes.listed("allergens", code) for code in named)


def test_the_shares_of_a_recipe_add_up_to_the_whole() -> None:
    for fact in of("Product"):
        shares = [link[3]["share"] for link in fact["links"] if link[0] == "HAS_INGREDIENT"]
        assert not shares or sum(shares) == pytest.approx(1)


def test_what_a_process_uses_is_what_it_makes_but_for_what_the_oven_takes() -> None:
    for fact in of("Process"):
        used, made = (sum(amount for _, amount in links(fact, relation)) for relation in ("USED", "MADE"))
        if fact["values"]["step"] == "baking":
            assert made == pytest.approx(0.9 * used, abs=0.1)
        elif fact["values"]["step"] != "harvesting":
            assert made == pytest.approx(used)


def test_no_lot_is_used_or_moved_beyond_what_there_was_but_where_a_comma_slipped() -> None:
    came: dict[str, float] = defaultdict(float)
    went: dict[str, float] = defaultdict(float)
    for fact in records():
        if fact["values"].get("step") != "harvesting":
            for lot, amount in links(fact, "MADE"):
                came[lot] += amount
        for lot, amount in links(fact, "USED"):
            went[lot] += amount
        if fact["kind"] == "Shipment" and fact["values"]["end"] != "departure" and fact["values"]["record"].startswith("GR"):
            for lot, amount in links(fact, "CARRIES"):
                came[lot] += amount
        if fact["kind"] == "Shipment" and fact["values"]["record"].startswith("D") and fact["values"]["end"] != "arrival":
            for lot, amount in links(fact, "CARRIES"):
                went[lot] += amount
    beyond = {lot for lot in went if went[lot] > came[lot] + 0.1}
    slipped = {lot for fact in of("Shipment") for lot, amount in links(fact, "CARRIES") if amount > 10_000}
    assert beyond == slipped and len(slipped) < 10


def test_some_food_is_worked_in_again_while_its_mix_still_runs_so_that_a_circle_closes() -> None:
    steps: dict[str, dict[str, Told]] = defaultdict(dict)
    for fact in of("Process"):
        order, _, step = fact["record"].partition("/")
        steps[order][step] = fact
    circles = [
        order
        for order, told_of in steps.items()
        if {"mixing", "packing"} <= set(told_of)
        and {lot for lot, _ in links(told_of["packing"], "MADE")} & {lot for lot, _ in links(told_of["mixing"], "USED")}
        and told_of["packing"]["values"]["started"][1] <= told_of["mixing"]["values"]["ended"][2]
    ]
    assert 0 < len(circles) < len(steps) * 0.05


def test_the_flaws_of_real_records_are_there_in_a_small_share() -> None:
    shipments, lots = of("Shipment"), of("Lot")
    uncoded = [lot for lot in lots if lot["values"].get("code_known") is False]
    partial = [s for s in shipments if len((s["values"].get("departed") or [""])[0]) == 7]
    ends = Counter(shipment["values"]["end"] for shipment in shipments)
    assert 0 < len(uncoded) < 0.1 * len(lots) and 0 < len(partial) < 0.03 * SIZE
    assert 0 < ends["arrival"] < ends["departure"] < 0.2 * SIZE and ends["both"] > 0.75 * SIZE


def test_there_are_holds_tests_counts_certificates_and_cleanings() -> None:
    held = of("Hold")
    assert held and {key for key, _ in links(held[0], "CONCERNS")} <= {lot["key"] for lot in of("Lot")}
    assert all(of(kind) for kind in ("TestResult", "StockCount", "Certificate", "Cleaning", "LogisticUnit"))


def test_memory_does_not_grow_with_the_size() -> None:
    def peak(size: int) -> int:
        tracemalloc.start()
        for _ in facts(size):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small = peak(1_000)
    assert peak(8_000) < 2 * small + 4_000_000


def test_a_small_document_asks_for_a_company_and_is_recognised_by_its_content() -> None:
    connector = connector_for(document(SAMPLE))
    assert isinstance(connector, Company)
    items = list(connector.facts(document(SAMPLE)))
    assert all(isinstance(item, Fact) and item.source.document == "company.json" for item in items)
    assert [told(item)["id"] for item in items if isinstance(item, Fact)] == [told(fact)["id"] for fact in facts(40, 7)]


@pytest.mark.parametrize("asked", [{"shipments": "many"}, {"shipments": -1}, {"size": 3}, {"shipments": 10**9}, {"shipments": True}])
def test_a_document_that_asks_for_no_company_is_refused_with_what_would_be_right(asked: dict[str, Any]) -> None:
    text = orjson.dumps({"format": "foodflow-company/1", **asked}).decode()
    found = list(Company().facts(document(text)))
    assert len(found) == 1 and isinstance(found[0], Refusal) and "shipments" in found[0].remedy
    assert b"".join(Company().rejects(document(text), [found[0]])) == text.encode()


def test_what_holds_no_refused_record_is_a_document_that_tells_nothing() -> None:
    text = b"".join(Company().rejects(document(SAMPLE), ())).decode()
    assert isinstance(connector_for(document(text)), Company) and not list(Company().facts(document(text)))
