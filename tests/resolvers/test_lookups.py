"""One thing by id or business key, now or as it was; related things in pages; search by words."""

from collections.abc import Callable
from typing import Any

import pytest

from ontology.kinds import RELATIONS
from resolvers.ids import id_of
from resolvers.views import related
from tests.resolvers.conftest import FLOUR, MILL, Desk

Run = Callable[[Any], Any]


def test_a_lot_is_found_by_its_product_and_code_however_the_product_is_named(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        query = "query($product: ProductKeyInput, $code: String) { lotByKey(product: $product, code: $code) { id code ofProduct { node { id } } } }"
        by_gtin = (await caller.ask(query, product={"gtin": "9506000134352"}, code="L007"))["lotByKey"]
        assert by_gtin["code"] == "L007" and by_gtin["ofProduct"][0]["node"]["id"] == id_of("Product", FLOUR.key)
        assert (await caller.ask(query, product={"id": id_of("Product", FLOUR.key)}, code="L007"))["lotByKey"] == by_gtin
        assert (await caller.ask(query, product={"gtin": "9506000134352"}, code="l007"))["lotByKey"] is None
        told = await caller.answer(query, code="L007")
        assert told["errors"][0]["extensions"]["code"] == "ONTOLOGY_VIOLATION" and "product + code" in told["errors"][0]["message"]

    at_desk(work)


def test_a_place_is_found_by_owner_and_name(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        found = await desk.of(company).ask('{ placeByKey(owner: "Mill Ltd", name: "Mill by the river") { key country } }')
        assert found["placeByKey"] == {"key": MILL.key, "country": "NL"}

    at_desk(work)


def test_nodes_stand_in_the_order_asked_and_null_where_there_is_none(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        ids = [id_of("Place", MILL.key), id_of("Lot", "code:none"), id_of("Product", FLOUR.key)]
        found = (await desk.of(company).ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename key } }", ids=ids))["nodes"]
        assert found == [{"__typename": "Place", "key": MILL.key}, None, {"__typename": "Product", "key": FLOUR.key}]
        told = await desk.of(company).answer("query($ids: [ID!]!) { nodes(ids: $ids) { key } }", ids=ids * 34)
        assert "at most 100" in told["errors"][0]["message"]

    at_desk(work)


def test_a_thing_is_seen_as_it_was_known_and_as_it_was_in_the_world(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        record = "mutation($input: RecordInput!) { record(input: $input) { receipt { ids } userErrors { message } } }"
        place = {"owner": "Us", "name": "Shop"}
        first = {"kind": "Place", "values": {**place, "sort": "store"}, "record": "r1", "at": "2020-01-01"}
        number = (await caller.ask(record, input={"facts": [first]}))["record"]["receipt"]["ids"][0]
        between = (await caller.ask("query($id: ID!) { node(id: $id) { facts { told } } }", id=number))["node"]["facts"][0]["told"]
        again = {"kind": "Place", "values": {**place, "sort": "restaurant"}, "record": "r2", "at": "2024-01-01"}
        await caller.ask(record, input={"facts": [again]})
        query = "query($id: ID!, $then: String, $known: String) { node(id: $id, asOf: $then, knownAt: $known) { ... on Place { sort } } }"
        assert (await caller.ask(query, id=number))["node"] == {"sort": "restaurant"}
        assert (await caller.ask(query, id=number, then="2022"))["node"] == {"sort": "store"}
        assert (await caller.ask(query, id=number, then="2019"))["node"] is None
        assert (await caller.ask(query, id=number, known="2019"))["node"] is None
        head = await desk.recorded_at(tenant, 1)
        assert head > between
        facts = (await caller.ask("query($id: ID!) { node(id: $id) { facts { entry recorded } } }", id=number))["node"]["facts"]
        assert [one["entry"] for one in facts] == [1, 2]
        assert [one["recorded"] for one in facts] == [head, await desk.recorded_at(tenant, 2)]
        assert (await caller.ask(query, id=number, known=head))["node"] == {"sort": "store"}
        by_key = '{ placeByKey(owner: "Us", name: "Shop", asOf: "2022") { sort } }'
        assert (await caller.ask(by_key))["placeByKey"] == {"sort": "store"}

    at_desk(work)


def test_related_things_come_in_pages_by_key(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        query = "query($id: ID!, $after: ID) { node(id: $id) { ... on Product { lots(first: 50, after: $after) { node { id key } } } } }"
        keys: list[str] = []
        after = None
        while page := (await caller.ask(query, id=id_of("Product", FLOUR.key), after=after))["node"]["lots"]:
            keys += [edge["node"]["key"] for edge in page]
            after = page[-1]["node"]["id"]
        assert len(keys) == 120 and keys == sorted(set(keys))

    at_desk(work)


def test_a_search_shows_exact_names_first_then_beginnings_then_the_rest(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        names = ["Oat bran", "Oat", "Wholegrain oat bran", "Rye"]
        facts = [{"kind": "Product", "values": {"owner": "Us", "name": name}, "record": name} for name in names]
        await caller.ask("mutation($input: RecordInput!) { record(input: $input) { userErrors { message } } }", input={"facts": facts})
        query = "query($text: String!, $kinds: [String!]) { search(text: $text, kinds: $kinds) { key } }"

        async def found(text: str, kinds: list[str] | None = None) -> list[str]:
            return [one["key"].rpartition("/")[2] for one in (await caller.ask(query, text=text, kinds=kinds))["search"]]

        assert await found("oat") == ["Oat", "Oat bran", "Wholegrain oat bran"]
        assert await found("BRAN whole") == ["Wholegrain oat bran"]
        assert await found("oat", ["Place"]) == []
        assert "is no kind" in (await caller.answer(query, text="oat", kinds=["Cheese"]))["errors"][0]["message"]
        assert "1 to 8 words" in (await caller.answer(query, text="a b c d e f g h i"))["errors"][0]["message"]

    at_desk(work)


@pytest.mark.parametrize("relation", RELATIONS.values(), ids=str)
def test_every_relation_can_be_read_from_both_of_its_ends(relation: Any) -> None:
    for kinds, name in ((relation.starts, relation.reads), (relation.ends, relation.back)):
        for kind in kinds if name else ():
            assert related(kind)[name][0] is relation
