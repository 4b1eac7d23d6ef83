"""What a caller states is recorded with the caller as its source, once, or refused by field and rule."""

from collections.abc import Callable
from typing import Any

import pytest

from graph_core.callers import Permission
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
RECORD = """mutation($input: RecordInput!) { record(input: $input) {
  receipt { recorded known ended seq action ids } userErrors { code field message } } }"""
RETRACT = "mutation($input: RetractInput!) { retract(input: $input) { ended seq userErrors { code field message } } }"
LOT = {"kind": "Lot", "values": {"product": {"gtin": "09506000134352"}, "code": "B1", "made": "2025-03", "bestBefore": "2026-01-01"}}


async def record(caller: Asking, *facts: Any, **asked: Any) -> Any:
    return (await caller.ask(RECORD, input={"facts": list(facts), **asked}))["record"]


def test_a_lot_is_recorded_with_its_links_and_the_caller_as_source(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant, name="ada")
        made = {
            "kind": "Process",
            "values": {"owner": "Us", "order": "1", "started": "2025-03-01"},
            "links": [
                {
                    "relation": "MADE",
                    "to": {"kind": "Lot", "key": {"product": {"gtin": "09506000134352"}, "code": "B1"}},
                    "carries": {"quantity": [{"value": 20, "unit": "KGM"}]},
                }
            ],
        }
        told = await record(caller, LOT, made, action="a1")
        assert told["userErrors"] == [] and told["receipt"]["recorded"] == 2
        lot_fields = "made { earliest latest } madeBy { carries node { key } }"
        query = f"query($id: ID!) {{ node(id: $id) {{ facts {{ source record told }} ... on Lot {{ {lot_fields} }} }} }}"
        lot = (await caller.ask(query, id=told["receipt"]["ids"][0]))["node"]
        assert (lot["facts"][0]["source"], lot["facts"][0]["record"]) == ("ada", "a1") and lot["facts"][0]["told"]
        assert lot["made"] == {"earliest": "2025-03-01T00:00:00Z", "latest": "2025-03-31T23:59:59Z"}
        assert len(lot["madeBy"]) == 1 and "KGM" in str(lot["madeBy"][0]["carries"])

    at_desk(work)


def test_the_same_action_sent_again_changes_nothing_and_another_content_replaces(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        first = (await record(caller, LOT, action="a1"))["receipt"]
        again = (await record(caller, LOT, action="a1"))["receipt"]
        assert (again["recorded"], again["known"], again["seq"]) == (0, 1, None) and again["ids"] == first["ids"]
        other = LOT | {"values": {**LOT["values"], "note": "dusty"}}  # type: ignore[dict-item]
        assert (await record(caller, other, action="a1"))["receipt"]["ended"] == 1

    at_desk(work)


@pytest.mark.parametrize(
    ("fact", "field", "said"),
    [
        ({"kind": "Cheese"}, "facts.0.kind", "is no kind"),
        ({"kind": "Lot", "values": {"colour": "red"}}, "facts.0.values.colour", "has no 'colour'"),
        ({"kind": "Product", "values": {"gtin": "09506000134353"}}, "facts.0.values.gtin", "no valid GS1 key"),
        ({"kind": "Product", "values": {"owner": "Us", "name": 3}}, "facts.0.values.name", "takes a str"),
        ({"kind": "Place", "values": {"owner": "Us", "name": "A", "country": "XX"}}, "facts.0.values.country", "not in the list"),
        ({"kind": "Place", "values": {"owner": "Us", "name": "A", "at": {"latitude": 99, "longitude": 0}}}, "facts.0", "latitude"),
        ({"kind": "Product", "values": {"name": "A"}}, "facts.0", "needs gtin"),
        ({"kind": "Lot", "values": {"line": "1", "made": "yesterday"}}, "facts.0.values.made", "is not a time"),
        ({"kind": "Lot", "values": {"line": "1"}, "links": [{"relation": "EATS", "to": {"id": "x"}}]}, "facts.0.links.0.relation", "is no relation"),
        (
            {"kind": "Lot", "values": {"line": "1"}, "links": [{"relation": "CARRIES", "to": {"kind": "Lot", "key": {"line": "2"}}}]},
            "facts.0",
            "cannot be CARRIES",
        ),
        ({"id": "bm8", "values": {}}, "facts.0.id", "is no id of ours"),
        ({"kind": "Lot", "values": {"line": "1"}, "at": "soon"}, "facts.0.at", "is not a time"),
        (
            {"kind": "StockCount", "values": {"record": "1", "line": "1", "quantity": [{"value": 1, "unit": "stone"}]}},
            "facts.0.values.quantity.0.unit",
            "unit code",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_by_field_and_rule_and_nothing_is_recorded(fact: Any, field: str, said: str, at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        told = await record(caller, fact, LOT)
        assert told["receipt"] is None
        assert told["userErrors"][0]["field"] == field and said in told["userErrors"][0]["message"]
        assert (await caller.ask("{ journal { head { seq } } }"))["journal"]["head"]["seq"] == 0

    at_desk(work)


def test_what_is_right_is_recorded_when_the_caller_wants_to_proceed(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        told = await record(caller, {"kind": "Cheese"}, LOT, proceed=True)
        assert told["receipt"]["recorded"] == 1 and [one["field"] for one in told["userErrors"]] == ["facts.0.kind"]

    at_desk(work)


def test_a_link_alone_is_a_fact(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        ids = (await record(caller, *({"kind": "Shipment", "values": {"record": name}, "record": name} for name in ("in", "out"))))["receipt"]["ids"]
        assert (await record(caller, {"id": ids[0], "links": [{"relation": "FED", "to": {"id": ids[1]}, "carries": {"confidence": 0.5}}]}))["receipt"]
        found = await caller.ask("query($id: ID!) { node(id: $id) { ... on Shipment { fed { carries node { id } } } } }", id=ids[0])
        assert found["node"]["fed"] == [{"carries": {"confidence": 0.5}, "node": {"id": ids[1]}}]

    at_desk(work)


def test_a_retraction_ends_the_fact_and_the_thing_goes_with_its_last(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        number = (await record(caller, LOT, action="a1"))["receipt"]["ids"][0]
        for wrong, field in (({"reason": "x"}, "fact"), ({"reason": " ", "record": "a1"}, "reason"), ({"reason": "x", "record": "zz"}, "fact")):
            told = (await caller.ask(RETRACT, input={"id": number, **wrong}))["retract"]
            assert told["ended"] == 0 and told["userErrors"][0]["field"] == field
        done = (await caller.ask(RETRACT, input={"id": number, "record": "a1", "reason": "keyed twice"}))["retract"]
        assert done["ended"] == 1 and done["seq"] == 2 and done["userErrors"] == []
        assert (await caller.ask("query($id: ID!) { node(id: $id) { key } }", id=number))["node"] is None

    at_desk(work)


def test_a_key_that_may_only_read_changes_nothing(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        owner, reader = desk.of(tenant), desk.of(tenant, frozenset({Permission.READ}))
        number = (await record(owner, LOT, action="a1"))["receipt"]["ids"][0]
        job = (await owner.upload("demo.json", b'{"format": "foodflow-demo/1", "things": []}'))["job"]["id"]
        await owner.finished(job)
        before = await owner.ask("{ journal { head { seq hash } } importJobs { id state } }")
        asked = [
            (RECORD, {"facts": [LOT]}),
            (RETRACT, {"id": number, "record": "a1", "reason": "x"}),
            ("mutation($input: UndoImportInput!) { undoImport(input: $input) { ended } }", {"id": job}),
            ("mutation($input: ImportFileInput!) { importFile(input: $input) { job { id } } }", {"file": None}),
        ]
        for document, given in asked:
            told = await reader.answer(document, input=given)
            assert told["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "BAD_QUERY"), told
        assert (await reader.upload("demo.json", b"{}"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await owner.ask("{ journal { head { seq hash } } importJobs { id state } }") == before
        told = await reader.answer("{ journal { verification { whole } } }")
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    at_desk(work)


def test_a_key_that_may_only_record_reads_nothing(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        await record(desk.of(tenant), LOT)
        writer = desk.of(tenant, frozenset({Permission.RECORD}))
        for query in ("{ lots { nodes { key } } }", '{ search(text: "B1") { key } }', "{ journal { head { seq } } }", "{ importJobs { id } }"):
            assert (await writer.answer(query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    at_desk(work)
