"""Files sent through the API: recorded in the background, resumed, undone, and their refused rows handed back."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from graph_core import registry, spool
from graph_core.platform import Platform
from ingest.demo import SAMPLE
from resolvers.client import Api
from tests.resolvers.conftest import Desk

Run = Callable[[Any], Any]
GOOD = SAMPLE.encode()
BAD = SAMPLE.replace('"kind": "Place"', '"kind": "Palace"').encode()


def many(count: int) -> bytes:
    """A file of many products."""
    things = [{"as": f"p{n}", "kind": "Product", "values": {"owner": "Us", "name": f"Product {n}"}} for n in range(count)]
    return json.dumps({"format": "foodflow-demo/1", "source": "many", "things": things}).encode()


def test_a_file_is_recorded_in_the_background_and_can_be_undone(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        begun = await caller.upload("mill.json", GOOD, dataset="mill")
        assert begun["userErrors"] == []
        job = await caller.finished(begun["job"]["id"])
        assert (job["state"], job["recorded"], job["refused"], job["file"], job["dataset"]) == ("done", 4, 0, "mill.json", "mill")
        assert (await caller.ask('{ search(text: "L42") { key } }'))["search"]
        undo = "mutation($input: UndoImportInput!) { undoImport(input: $input) { ended job { state } userErrors { message } } }"
        assert (await caller.ask(undo, input={"id": job["id"]}))["undoImport"] == {"ended": 4, "job": {"state": "undone"}, "userErrors": []}
        assert (await caller.ask('{ search(text: "L42") { key } }'))["search"] == []
        assert (await caller.ask(undo, input={"id": "imp_none"}))["undoImport"]["userErrors"]

    at_desk(work)


def test_an_import_tells_what_undoing_it_would_take_back_now(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        question = "query($id: ID!) { importJob(id: $id) { consequence { facts things { kind count } } } }"

        async def consequence(number: str) -> Any:
            told = (await caller.ask(question, id=number))["importJob"]["consequence"]
            return told["facts"], {one["kind"]: one["count"] for one in told["things"]}

        first = (await caller.finished((await caller.upload("mill.json", GOOD))["job"]["id"]))["id"]
        told = (await caller.ask("query($id: ID!) { importJob(id: $id) { sha256 share } }", id=first))["importJob"]
        assert told == {"sha256": hashlib.sha256(GOOD).hexdigest(), "share": None}
        assert await consequence(first) == (4, {"Product": 1, "Lot": 1, "Place": 1, "Process": 1})
        second = (await caller.finished((await caller.upload("again.json", GOOD.replace(b"example", b"other")))["job"]["id"]))["id"]
        undo = "mutation($input: UndoImportInput!) { undoImport(input: $input) { ended } }"
        told = (await consequence(second))[0]
        assert (await caller.ask(undo, input={"id": second}))["undoImport"]["ended"] == told
        assert (await consequence(second))[0] == 0 and (await consequence(first))[0] == 4

    at_desk(work)


def test_a_dry_run_records_nothing(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        job = await caller.finished((await caller.upload("mill.json", BAD, dryRun=True))["job"]["id"])
        assert job["state"] == "checked" and job["refused"] == 2 and job["total"] == 2
        assert job["refusals"][0]["place"] == "mill.json thing 3"
        assert (await caller.ask("{ journal { head { seq } } }"))["journal"]["head"]["seq"] == 0

    at_desk(work)


def test_all_or_nothing_refuses_a_file_with_a_bad_row(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        job = await caller.finished((await caller.upload("mill.json", BAD, allOrNothing=True))["job"]["id"])
        assert job["state"] == "refused" and "Nothing was recorded" in job["message"]
        assert (await caller.ask("{ journal { head { seq } } }"))["journal"]["head"]["seq"] == 0

    at_desk(work)


def test_refused_rows_are_handed_back(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        job = await caller.finished((await caller.upload("mill.json", BAD))["job"]["id"])
        assert (job["state"], job["recorded"], len(job["refusals"])) == ("done", 2, 2)
        answer = await caller.client.get(f"/imports/{job['id']}/refused", headers=caller.headers)
        assert answer.status_code == 200 and "Palace" in answer.text
        assert 'filename="refused-mill.json"' in answer.headers["content-disposition"]
        assert (await caller.client.get(f"/imports/{job['id']}/refused")).status_code == 401

    at_desk(work)


def test_a_file_of_no_known_format_is_a_user_error(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        told = await desk.of(tenant).upload("letter.txt", b"Dear Sir")
        assert told["job"] is None and told["userErrors"][0]["field"] == "file" and "no format" in told["userErrors"][0]["message"]

    at_desk(work)


def test_a_body_that_is_no_multipart_request_is_refused_and_leaves_no_file(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        bodies = [b"--x\r\n", b"nonsense", b'--x\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\nabc\r\n--x--\r\n']
        for body in bodies:
            headers = caller.headers | {"Content-Type": "multipart/form-data; boundary=x"}
            answer = await caller.client.post("/graphql", content=body, headers=headers)
            assert answer.status_code == 400 and answer.json()["errors"][0]["extensions"]["code"] == "REFUSED"
        folder = desk.platform.folder.path / "uploads" / desk.platform.registry.tenant(tenant).database
        assert not folder.exists() or not list(folder.iterdir())

    at_desk(work)


def test_an_import_that_the_server_stopped_is_interrupted_and_goes_on_when_sent_again(
    at_desk: Run, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "BATCH", 50)

    async def first(desk: Desk) -> str:
        caller = desk.of(tenant)
        number = str((await caller.upload("many.json", many(1000)))["job"]["id"])
        query = "query($id: ID!) { importJob(id: $id) { position } }"
        while (await caller.ask(query, id=number))["importJob"]["position"] < 100:
            await asyncio.sleep(0.01)
        return number

    async def second(desk: Desk) -> None:
        caller = desk.of(tenant)
        left = (await caller.ask("query($id: ID!) { importJob(id: $id) { state position } }", id=number))["importJob"]
        assert left["state"] == "interrupted" and 100 <= left["position"] < 1000
        again = await caller.upload("many.json", many(1000))
        assert again["job"]["id"] == number
        job = await caller.finished(number)
        assert (job["state"], job["position"], job["recorded"], job["known"]) == ("done", 1000, 1000, 0)
        assert (await caller.ask("{ products { totalCount } }"))["products"]["totalCount"] == 1000

    number = at_desk(first)
    at_desk(second)


def test_questions_are_answered_while_a_file_is_imported(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        number = (await caller.upload("many.json", many(3000)))["job"]["id"]
        asked = 0
        while (await caller.ask("query($id: ID!) { importJob(id: $id) { state } }", id=number))["importJob"]["state"] != "done":
            asked += 1
            await asyncio.sleep(0)
        assert asked > 3

    at_desk(work)


def test_the_client_in_process_imports_a_file_and_raises_our_errors(platform: Platform, tenant: str, tmp_path: Any) -> None:
    file = tmp_path / "mill.json"
    file.write_bytes(GOOD)
    document = "mutation($input: ImportFileInput!) { importFile(input: $input) { job { id } userErrors { message } } }"

    async def work() -> None:
        async with Api.in_process(platform, tenant) as api:
            number = (await api.ask(document, {"input": {"dataset": "d"}}, file))["importFile"]["job"]["id"]
            query = "query($id: ID!) { importJob(id: $id) { state dataset } }"
            while (job := (await api.ask(query, {"id": number}))["importJob"])["state"] != "done":
                await asyncio.sleep(0.05)
            assert job["dataset"] == "d"

    asyncio.run(work())


def test_an_import_for_which_the_disk_has_no_room_says_so_and_goes_on_later(at_desk: Run, tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        monkeypatch.setattr(registry, "LEAST_ROOM", 1 << 60)
        stopped = await caller.finished((await caller.upload("mill.json", GOOD))["job"]["id"])
        assert stopped["state"] == "failed" and "make room and try again" in stopped["message"]
        monkeypatch.undo()
        job = await caller.finished((await caller.upload("mill.json", GOOD))["job"]["id"])
        assert (job["id"], job["state"], job["recorded"], job["message"]) == (stopped["id"], "done", 4, None)

    at_desk(work)
