"""Tenants through the API: made whole in one call, suspended and resumed, deleted without a trace; by the owner of the data folder alone."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from graph_core.platform import Platform
from ingest.fcl import SAMPLE
from ontology.errors import Refused
from resolvers.jobs import Wish
from resolvers.outbreak import FILE
from resolvers.uploads import Uploaded
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
CREATE = (
    "mutation($input: CreateTenantInput!) { createTenant(input: $input) { tenant { name createdBy keys entries } secret userErrors { message } } }"
)
SUSPEND = "mutation($input: TenantInput!) { suspendTenant(input: $input) { tenant { suspended } userErrors { message } } }"
RESUME = "mutation($input: TenantInput!) { resumeTenant(input: $input) { tenant { suspended } userErrors { message } } }"
DELETE = """mutation($input: DeleteTenantInput!) { deleteTenant(input: $input) {
  removed { tenant entries keys imports files bytes left } userErrors { message } } }"""
BAD = json.dumps({"format": "foodflow-demo/1", "source": "mill", "things": [{"as": "p", "kind": "Cheese"}]}).encode()


def owner(desk: Desk, tenant: str = "") -> Asking:
    """The owner of the data folder, in a tenant or in none."""
    asking = Asking(desk.client, desk.service.secret)
    asking.headers |= {"FoodFlow-Tenant": tenant} if tenant else {}
    return asking


async def change(asking: Asking, document: str, **given: Any) -> Any:
    (payload,) = (await asking.ask(document, input=given)).values()
    return payload


async def filled(desk: Desk, name: str) -> Asking:
    """A tenant with facts, a refused row, uploads, a flow on disk and a browser session."""
    made = await change(owner(desk), CREATE, name=name)
    asking = Asking(desk.client, made["secret"])
    for file, content in (("bakery.json", SAMPLE.encode()), ("bad.json", BAD)):
        await asking.finished((await asking.upload(file, content))["job"]["id"])
    await asking.ask('{ trace(input: {starts: [{code: "B7"}]}) { totalActs } }')
    await desk.client.post("/sign-in", data={"key": made["secret"]})
    return asking


def test_one_call_makes_a_tenant_with_its_first_key(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        name = f"{tenant} made"
        made = await change(owner(desk), CREATE, name=name)
        assert made["tenant"]["keys"] == 1 and made["tenant"]["entries"] == 0 and made["tenant"]["createdBy"].startswith("local:")
        caller = (await Asking(desk.client, made["secret"]).ask("{ caller { tenant permissions } }"))["caller"]
        assert caller == {"tenant": name, "permissions": ["administer", "approve", "read", "record"]}
        listed = (await owner(desk).ask("{ tenants { name keys suspended } }"))["tenants"]
        assert {"name": name, "keys": 1, "suspended": None} in listed
        for wrong in (name, "", " acme", "x" * 61):
            refused = await change(owner(desk), CREATE, name=wrong)
            assert refused["tenant"] is None and refused["secret"] is None and refused["userErrors"]
        assert len((await owner(desk).ask("{ tenants { name } }"))["tenants"]) == len(listed)

    at_desk(work)


def test_the_owner_must_say_which_company_is_meant_for_what_is_asked_of_one(at_desk: Run) -> None:
    async def work(desk: Desk) -> None:
        for question in (
            "{ lots { totalCount } }",
            "{ keys { id } }",
            "{ importJobs { id } }",
            '{ importJob(id: "x") { id } }',
            "{ tenant { name } }",
        ):
            refused = await owner(desk).answer(question)
            assert "FoodFlow-Tenant" in refused["errors"][0]["message"], question

    at_desk(work)


def test_a_suspended_tenant_refuses_every_key_and_session_until_it_is_resumed_and_keeps_its_data(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        name = f"{tenant} paused"
        asking = await filled(desk, name)
        job = (await asking.ask("{ importJobs { id } }"))["importJobs"][0]["id"]
        before = await asking.ask("{ journal { head { seq hash } } lots { totalCount } }")
        assert (await change(owner(desk), SUSPEND, name=name))["tenant"]["suspended"]
        for refused in (
            await desk.client.post("/graphql", json={"query": "{ lots { totalCount } }"}, headers=asking.headers),
            await desk.client.post("/graphql", json={"query": "{ lots { totalCount } }"}, headers={"FoodFlow-Tenant": name}),
            await desk.client.get(f"/imports/{job}/refused", headers=asking.headers),
        ):
            assert refused.status_code == 403 and f"{name} is suspended since" in refused.text
        assert (await asking.upload("bakery.json", SAMPLE.encode()))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert (await owner(desk, name).ask("{ journal { head { seq hash } } lots { totalCount } }")) == before
        assert (await change(owner(desk), RESUME, name=name))["tenant"]["suspended"] is None
        assert await asking.ask("{ journal { head { seq hash } } lots { totalCount } }") == before

    at_desk(work)


def test_a_running_import_of_a_suspended_tenant_stops_and_goes_on_when_it_is_resumed(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        asking = desk.of(tenant)
        many = json.dumps({"format": "foodflow-company/1", "shipments": 9000, "seed": 1}).encode()
        number = (await asking.upload("company.json", many))["job"]["id"]
        while (await asking.ask("query($id: ID!) { importJob(id: $id) { recorded } }", id=number))["importJob"]["recorded"] == 0:
            await asyncio.sleep(0.02)
        await change(owner(desk), SUSPEND, name=tenant)
        stopped = (await owner(desk, tenant).ask("query($id: ID!) { importJob(id: $id) { state recorded total } }", id=number))["importJob"]
        assert stopped["state"] == "interrupted" and 0 < stopped["recorded"] < stopped["total"]
        await change(owner(desk), RESUME, name=tenant)
        assert (await asking.upload("company.json", many))["job"]["id"] == number
        assert (await asking.finished(number))["state"] == "done"

    at_desk(work)


@pytest.mark.engine("embedded")
def test_deleting_leaves_nothing_and_says_what_went(at_desk: Run, tenant: str, platform: Platform) -> None:
    name = f"{tenant} zebrafish"

    async def work(desk: Desk) -> None:
        asking = await filled(desk, name)
        held = platform.registry.tenant(name)
        jobs = [job.id for job in platform.registry.jobs(name)]
        folder = platform.folder.path
        assert {place.parent.name for place in folder.rglob(f"{held.database}*")} >= {"databases", "uploads"}, "there is something to remove"
        assert all((folder / "imports" / job).exists() for job in jobs[:1])
        kept = await change(owner(desk), DELETE, name=name, confirm="no")
        assert kept["removed"] is None and name in [one.name for one in platform.registry.tenants()]
        removed = (await change(owner(desk, name), DELETE, name=name, confirm=name))["removed"]
        assert (removed["tenant"], removed["entries"], removed["keys"], removed["imports"], removed["left"]) == (name, 1, 1, 2, [])
        assert removed["files"] > 100 and removed["bytes"] > 1e6
        gone = await desk.client.post("/graphql", json={"query": "{ caller { name } }"}, headers=asking.headers)
        assert gone.status_code == 401 and "unknown" in gone.text
        assert (await change(owner(desk), DELETE, name=name, confirm=name))["userErrors"]
        assert held.database not in platform.server.databases()
        assert not [place for place in folder.rglob("*") if held.database[2:] in place.name or place.name in jobs]
        told = [file for file in folder.rglob("*") if file.is_file() and "log" not in file.parent.name and b"Bread B7" in file.read_bytes()]
        assert told == [], "no file holds a fact of it"

    at_desk(work)
    with closing(sqlite3.connect(platform.registry.path)) as registry:
        tables = [row[0] for row in registry.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        mentions = {table for table in tables for row in registry.execute(f"SELECT * FROM {table}") if name in map(str, row)}
    assert mentions == {"acts"}, "that it was made and deleted, by whom and when, is all that is kept"
    assert [act.act for act in platform.registry.acts(name, 10)] == ["deleted tenant", "created tenant"]


def test_a_file_that_is_still_coming_when_its_tenant_is_deleted_reaches_no_tenant_of_the_same_name(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.platform.owner(tenant)
        folder = desk.service.jobs.folder(desk.platform.registry.tenant(tenant).database)
        await change(owner(desk), DELETE, name=tenant, confirm=tenant)
        await change(owner(desk), CREATE, name=tenant)
        folder.mkdir(parents=True)
        late = folder / "late"
        late.write_text(SAMPLE)
        with pytest.raises(Refused, match="deleted or replaced while the file was sent"):
            await desk.service.jobs.start(caller, Uploaded("bakery.json", late, late.stat().st_size, "0" * 64), Wish())
        assert not folder.exists() and desk.platform.registry.jobs(tenant) == []

    at_desk(work)


def test_a_deletion_that_was_broken_off_is_finished_by_asking_again(at_desk: Run, tenant: str, platform: Platform) -> None:
    async def work(desk: Desk) -> None:
        held = platform.registry.tenant(tenant)
        platform.suspend(tenant, "local:tester")
        platform.server.drop_database(held.database)  # its users are still there
        removed = (await change(owner(desk), DELETE, name=tenant, confirm=tenant))["removed"]
        assert removed["left"] == [] and tenant not in [one.name for one in platform.registry.tenants()]

    at_desk(work)


def test_a_tenant_of_the_same_name_begins_empty(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        name = f"{tenant} again"
        await filled(desk, name)
        await change(owner(desk), DELETE, name=name, confirm=name)
        made = await change(owner(desk), CREATE, name=name)
        told = await Asking(desk.client, made["secret"]).ask("{ lots { totalCount } importJobs { id } keys { name } journal { head { seq } } }")
        assert told == {"lots": {"totalCount": 0}, "importJobs": [], "keys": [{"name": "first key"}], "journal": {"head": {"seq": 0}}}

    at_desk(work)


def test_a_tenant_tells_what_it_holds(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        told = (await desk.of(company).ask("{ tenant { name created suspended kinds { kind count } datasets { name } } }"))["tenant"]
        assert told["name"] == company and told["suspended"] is None
        assert {one["kind"]: one["count"] for one in told["kinds"]} == {"Lot": 120, "Product": 1, "Place": 1}

    at_desk(work)


@pytest.mark.engine("embedded")
def test_a_tenant_tells_its_days_and_what_is_missing(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        question = "{ tenant { days gaps { sort count examples { words about act } } findings { count examples { words } } } }"
        assert (await caller.ask(question))["tenant"] == {"days": [], "gaps": [], "findings": {"count": 0, "examples": []}}
        await caller.finished((await caller.upload("ehec_2011.json", FILE.read_bytes()))["job"]["id"])
        told = (await caller.ask(question))["tenant"]
        assert told["days"] == ["2009-11-24", "2011-06-08"]
        assert {one["sort"]: (one["count"], len(one["examples"])) for one in told["gaps"]} == {
            "unknown destination": (5, 5),
            "unknown lot code": (3, 3),
        }
        assert all(example["about"] for one in told["gaps"] for example in one["examples"])
        assert told["findings"]["count"] > 0 and "assumed" in told["findings"]["examples"][0]["words"]

    at_desk(work)


@pytest.mark.engine("embedded")  # ten databases in one engine; a Community server holds one
def test_ten_tenants_at_once_keep_apart_in_one_engine(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        names = [f"{tenant} {number}" for number in range(10)]
        keys = [(await change(owner(desk), CREATE, name=name))["secret"] for name in names]

        async def import_own(number: int) -> None:
            asking = Asking(desk.client, keys[number])
            sample = SAMPLE.replace("B7", f"B7-{number}").encode()
            await asking.finished((await asking.upload("bakery.json", sample))["job"]["id"])

        await asyncio.gather(*map(import_own, range(10)))
        for number, key in enumerate(keys):
            codes = [one["code"] for one in (await Asking(desk.client, key).ask("{ lots { nodes { code } } }"))["lots"]["nodes"]]
            assert [code for code in codes if code.startswith("B7")] == [f"B7-{number}"], codes

    at_desk(work)
