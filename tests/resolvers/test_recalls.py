"""Recalls through the API: three scopes with their consignees, what one record would save, what is accounted for, and mock recalls as evidence."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_core.callers import Permission
from graph_core.platform import Platform
from ingest.company import FORMAT
from tests.resolvers.conftest import Asking, Desk, opened

Run = Callable[[Any], Any]
OUTBREAK = Path(__file__).parents[2] / "ingest" / "ehec_2011.json"
TENANT = "outbreak to be recalled"
CONSIGNEE = "id kind name country customer scope amounts { unit value } first last"
SIZE = f"""starts {{ label }} seconds accounted {{ share unit came used sent counted uncounted }} missing {{ sort words about act }}
  scopes {{ scope lots acts customers countries kilograms amounts {{ unit value }} totalConsignees consignees(first: 100) {{ {CONSIGNEE} }} }}
  savings {{ found {{ about words kilograms customers }} doubts lookedAt }}"""
RECALL = f"query($input: RecallSizeInput!) {{ recallSize(input: $input) {{ {SIZE} }} }}"
MOCK = f"mutation($input: MockRecallInput!) {{ mockRecall(input: $input) {{ id seconds recall {{ {SIZE} }} userErrors {{ code message }} }} }}"
KEPT = """query($order: MockRecallOrder, $where: MockRecallFilter) { mockRecalls(first: 10, orderBy: $order, where: $where) { nodes {
  id issuer number started { text } seconds accounted customers kilograms missing note concerns { node { id } } } } }"""


@pytest.fixture(scope="module")
def outbreak(platform: Platform) -> Iterator[str]:
    """A tenant with the outbreak of 2011."""
    platform.create_tenant(TENANT)

    async def load() -> None:
        async with opened(platform) as desk:
            caller = desk.of(TENANT)
            await caller.finished((await caller.upload(OUTBREAK.name, OUTBREAK.read_bytes()))["job"]["id"])

    asyncio.run(load())
    yield TENANT
    platform.drop_tenant(TENANT)


async def recalled(caller: Asking, *codes: str, **asked: Any) -> Any:
    return (await caller.ask(RECALL, input={"starts": [{"code": code} for code in codes], **asked}))["recallSize"]


def test_a_recall_is_told_in_three_scopes_with_its_consignees(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        found = await recalled(desk.of(outbreak, frozenset({Permission.READ})), "48088")
        assert [(one["scope"], one["kilograms"], one["customers"]) for one in found["scopes"]] == [
            ("certain", 14525, 7), ("probable", 14525, 48), ("conceivable", 14525, 48),
        ]  # fmt: skip
        assert found["scopes"][0]["countries"] == ["AT", "DE", "ES", "FR"] and found["seconds"] > 0
        widest = found["scopes"][2]
        assert len(widest["consignees"]) == widest["totalConsignees"] == 49
        first = widest["consignees"][0]
        assert (first["name"], first["country"], first["customer"], first["amounts"]) == ("Distributor", "DE", True, [{"unit": "KGM", "value": 9925}])
        assert {one["sort"] for one in found["missing"]} == {"unknown destination", "quantity not told"} and found["accounted"] is None

    at_desk(work)


def test_what_one_record_would_save_and_what_a_count_confirms(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        best = (await recalled(caller, "8266"))["savings"]["found"][0]
        assert (best["kilograms"], best["customers"]) == (9925, 44) and best["words"].startswith("the lot code of the food in Fenugreek seed 6832")
        found = await recalled(caller, "6832")
        told = found["accounted"]
        assert (told["came"], told["used"], told["sent"], told["counted"], told["uncounted"]) == (15000, 475, 9925, 75, 4525)
        assert told["share"] == pytest.approx(10475 / 15000)
        assert "not counted: 4525 KGM of Fenugreek seed 6832 should lie at Importer, and no count says so" in [
            one["words"] for one in found["missing"]
        ]
        assert (await recalled(caller, "48088", "8266"))["scopes"][0]["lots"] == 5

    at_desk(work)


def test_a_page_of_consignees_and_a_number_of_doubts_have_bounds(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        query = """query($first: Int!, $offset: Int!, $most: Int!) { recallSize(input: {starts: [{code: "48088"}]}) {
          scopes { consignees(first: $first, offset: $offset) { name } } savings(mostDoubts: $most) { doubts lookedAt } } }"""
        whole = (await caller.ask(query, first=100, offset=0, most=40))["recallSize"]["scopes"][2]["consignees"]
        part = (await caller.ask(query, first=5, offset=7, most=0))["recallSize"]
        assert part["scopes"][2]["consignees"] == whole[7:12] and part["savings"] == {"doubts": 1, "lookedAt": 0}
        for asked in ({"first": 1001, "offset": 0, "most": 1}, {"first": 1, "offset": 0, "most": 999}):
            assert (await caller.answer(query, **asked))["errors"][0]["extensions"]["code"] == "REFUSED"
        near = (await caller.answer(RECALL, input={"starts": [{"code": "4808"}]}))["errors"][0]["extensions"]
        assert near["code"] == "UNKNOWN" and "48088" in near["near"]
        assert "1 to 500 starts" in (await caller.answer(RECALL, input={"starts": []}))["errors"][0]["message"]
        early = await caller.answer(RECALL, input={"starts": [{"code": "48088"}], "knownAt": "2019"})
        assert "So it was known at 2019" in early["errors"][0]["message"]

    at_desk(work)


def test_a_mock_recall_is_kept_with_its_time_and_found_again_by_filter_and_order(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak, name="ada")
        made = (await caller.ask(MOCK, input={"start": {"code": "6832"}, "note": "Yearly"}))["mockRecall"]
        assert made["userErrors"] == [] and 0 < made["seconds"] < 60 and made["recall"]["scopes"][2]["customers"] == 48
        other = (await caller.ask(MOCK, input={"start": {"code": "8266"}}))["mockRecall"]
        listed = (await caller.ask(KEPT, order={"field": "customers", "direction": "ASC"}, where=None))["mockRecalls"]["nodes"]
        assert [one["id"] for one in listed] == [other["id"], made["id"]]
        (kept,) = (await caller.ask(KEPT, order=None, where={"note": {"eq": "Yearly"}}))["mockRecalls"]["nodes"]
        assert (kept["issuer"], kept["customers"], kept["kilograms"], kept["accounted"]) == ("ada", 48, 14525, pytest.approx(10475 / 15000, abs=1e-6))
        assert kept["seconds"] == made["seconds"] and kept["missing"] == len(made["recall"]["missing"]) and kept["started"]["text"]
        lot = (await caller.ask('{ trace(input: {starts: [{code: "6832"}]}) { starts { id } } }'))["trace"]["starts"][0]["id"]
        assert [one["node"]["id"] for one in kept["concerns"]] == [lot]

    at_desk(work)


def test_a_mock_recall_is_of_food_and_needs_the_permission_to_record(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        place = (await caller.ask(MOCK, input={"start": {"code": "Importer"}}))["mockRecall"]
        assert place["id"] is None and "a Place was named" in place["userErrors"][0]["message"]
        unknown = (await caller.ask(MOCK, input={"start": {"code": "4808"}}))["mockRecall"]
        assert unknown["userErrors"][0]["code"] == "UNKNOWN"
        reader = desk.of(outbreak, frozenset({Permission.READ}))
        told = await reader.answer(MOCK, input={"start": {"code": "6832"}})
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    at_desk(work)


def test_lots_in_stock_are_ranked_by_what_a_recall_of_each_would_be(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        assert (await caller.ask("{ recallRanking { inStock lookedAt lots { name } } }"))["recallRanking"] == {
            "inStock": 0,
            "lookedAt": 0,
            "lots": [],
        }
        content = json.dumps({"format": FORMAT, "shipments": 300}).encode()
        assert (await caller.finished((await caller.upload("company.json", content))["job"]["id"]))["state"] == "done"
        ranking = (
            "recallRanking(first: 3) { inStock lookedAt lots { id name kilograms expected { kilograms customers } worst { kilograms customers } } }"
        )
        found = (await caller.ask(f"{{ {ranking} }}"))["recallRanking"]
        first = found["lots"][0]
        assert found["inStock"] == found["lookedAt"] > 3 and first["worst"]["kilograms"] >= found["lots"][1]["worst"]["kilograms"] > 0
        size = "recallSize(input: {starts: [{id: $id}]}) { expected { kilograms customers } scopes { kilograms customers } }"
        told = (await caller.ask(f"query($id: ID!) {{ {size} }}", id=first["id"]))["recallSize"]
        assert told["expected"] == first["expected"] and told["scopes"][-1] == first["worst"]

    at_desk(work)
