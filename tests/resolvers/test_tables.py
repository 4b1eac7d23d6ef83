"""Tables through the API: looked at, mapped, imported without being sent again, mended; mappings are kept a tenant each."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from graph_core.callers import Permission
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
HEAD = "Delivery number,Ship date,Sender,Receiver,Product,Lot,Quantity,Unit"
GOOD = "D1,2025-03-01,Mill,Bakery,Wheat flour,L42,20,kg"
TABLE = f"{HEAD}\n{GOOD}\nD2,31.02.2025,Mill,Bakery,Wheat flour,L43,20,kg\n"
PREVIEW = """mutation($input: PreviewImportInput!) { previewImport(input: $input) { upload file format userErrors { code field message }
  table { kind saved notes questions tried refused columns { heading field dates confidence why values }
    rows { number cells told findings problem } } } }"""
IMPORT = "mutation($input: ImportFileInput!) { importFile(input: $input) { job { id } userErrors { field message } } }"
SAVE = "mutation($input: SaveImportMappingInput!) { saveImportMapping(input: $input) { mapping { name kind } userErrors { message } } }"


async def looked_at(caller: Asking, name: str, content: bytes, **asked: Any) -> Any:
    operations = {"query": PREVIEW, "variables": {"input": {**asked, "file": None}}}
    sent = {"operations": json.dumps(operations), "map": '{"0": ["variables.input.file"]}'}
    answer = await caller.client.post("/graphql", data=sent, files={"0": (name, content)}, headers=caller.headers)
    return answer.json()["data"]["previewImport"] if answer.json().get("data") else answer.json()


async def imported(caller: Asking, **asked: Any) -> Any:
    payload = (await caller.ask(IMPORT, input=asked))["importFile"]
    assert payload["userErrors"] == [], payload
    return await caller.finished(payload["job"]["id"])


def test_a_table_is_looked_at_mended_in_its_mapping_and_imported_without_being_sent_again(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        seen = await looked_at(caller, "deliveries.csv", TABLE.encode())
        table = seen["table"]
        assert (seen["format"], table["kind"], table["tried"], table["refused"], table["questions"]) == ("table", "deliveries", 2, 1, [])
        assert [column["field"] for column in table["columns"]][:3] == ["number", "departed", "from_name"]
        assert "Lot L42 of Product Wheat flour" in table["rows"][0]["told"][0] and "no day of the calendar" in table["rows"][1]["problem"]
        assert (await caller.ask("{ lots { totalCount } }"))["lots"]["totalCount"] == 0
        columns = [{"heading": one["heading"], "field": "arrived" if one["field"] == "departed" else one["field"]} for one in table["columns"]]
        mapping = {"kind": "deliveries", "columns": columns}
        again = (await caller.ask(PREVIEW, input={"upload": seen["upload"], "mapping": mapping}))["previewImport"]
        assert "arrived 2025-03-01" in again["table"]["rows"][0]["told"][0]
        job = await imported(caller, upload=seen["upload"], mapping=mapping, saveMapping="supplier")
        assert (job["state"], job["format"], job["refused"]) == ("done", "table", 1)
        acts = (await caller.ask("{ shipments { edges { node { arrived { text } departed { text } } } } }"))["shipments"]["edges"]
        assert [one["node"] for one in acts] == [{"arrived": {"text": "2025-03-01"}, "departed": None}]
        kept = await looked_at(caller, "next.csv", TABLE.replace("D1", "D7").encode())
        assert kept["table"]["saved"] == "supplier" and kept["table"]["columns"][1]["field"] == "arrived"
        assert (await caller.ask("{ importMappings { name kind } }"))["importMappings"] == [{"name": "supplier", "kind": "deliveries"}]
        mendable = await caller.client.get(f"/imports/{job['id']}/refused", headers=caller.headers)
        assert mendable.text.splitlines()[0].endswith(",Why refused") and "D2,31.02.2025" in mendable.text
        mended = await caller.finished((await caller.upload("deliveries.refused.csv", mendable.content.replace(b"31.02", b"28.02")))["job"]["id"])
        assert (mended["refused"], mended["recorded"]) == (0, 2)

    at_desk(work)


def test_a_dry_run_of_an_upload_leaves_it_for_the_import(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        seen = await looked_at(caller, "deliveries.csv", f"{HEAD}\n{GOOD}\n".encode())
        assert (await imported(caller, upload=seen["upload"], dryRun=True))["state"] == "checked"
        assert (await imported(caller, upload=seen["upload"]))["recorded"] == 2
        gone = (await caller.ask(IMPORT, input={"upload": seen["upload"]}))["importFile"]
        assert gone["job"] is None and "send the file again" in gone["userErrors"][0]["message"]

    at_desk(work)


@pytest.mark.parametrize("upload", ["", "../../registry.sqlite/x", "0" * 64, "0" * 64 + "/x", "g" * 64 + "/x"])
def test_an_upload_that_is_not_kept_is_refused_whatever_it_is_called(at_desk: Run, tenant: str, upload: str) -> None:
    async def work(desk: Desk) -> None:
        payload = (await desk.of(tenant).ask(PREVIEW, input={"upload": upload}))["previewImport"]
        assert payload["table"] is None and payload["userErrors"][0]["code"] == "REFUSED"

    at_desk(work)


def test_a_question_must_be_answered_before_a_table_is_imported(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        seen = await looked_at(caller, "d.csv", b"Sender,Receiver,Lot,Ship date\nMill,Bakery,L1,03/04/2025\n")
        assert "day/month or month/day" in seen["table"]["questions"][0]
        payload = (await caller.ask(IMPORT, input={"upload": seen["upload"]}))["importFile"]
        assert payload["job"] is None and "day/month or month/day" in payload["userErrors"][0]["message"]
        same = [{name: c[name] for name in ("heading", "field", "dates")} for c in seen["table"]["columns"]]
        open_still = await caller.ask(PREVIEW, input={"upload": seen["upload"], "mapping": {"kind": "deliveries", "columns": same}})
        assert open_still["previewImport"]["table"]["questions"] == seen["table"]["questions"]
        columns = [{"heading": c["heading"], "field": c["field"], "dates": "DMY" if c["dates"] == "?" else ""} for c in seen["table"]["columns"]]
        job = await imported(caller, upload=seen["upload"], mapping={"kind": "deliveries", "columns": columns})
        assert (job["state"], job["refused"]) == ("done", 0)

    at_desk(work)


def test_mappings_and_uploads_of_one_tenant_are_none_of_another(at_desk: Run, tenant: str, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller, other = desk.of(tenant), desk.of(company)
        mapping = {"kind": "lots", "columns": [{"heading": "Lot", "field": "lot"}]}
        assert (await caller.ask(SAVE, input={"name": "ours", "mapping": mapping}))["saveImportMapping"]["mapping"] == {
            "name": "ours",
            "kind": "lots",
        }
        assert (await other.ask("{ importMappings { name } }"))["importMappings"] == []
        seen = await looked_at(caller, "deliveries.csv", TABLE.encode())
        theirs = (await other.ask(PREVIEW, input={"upload": seen["upload"]}))["previewImport"]
        assert theirs["table"] is None and "send the file again" in theirs["userErrors"][0]["message"]
        drop = "mutation($input: DropImportMappingInput!) { dropImportMapping(input: $input) { dropped userErrors { message } } }"
        assert (await other.ask(drop, input={"name": "ours"}))["dropImportMapping"]["dropped"] is False
        assert (await caller.ask(drop, input={"name": "ours"}))["dropImportMapping"] == {"dropped": True, "userErrors": []}

    at_desk(work)


def test_who_may_only_read_neither_looks_at_files_nor_keeps_mappings(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        reader = desk.of(tenant, frozenset({Permission.READ}))
        assert (await looked_at(reader, "d.csv", TABLE.encode()))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        told = await reader.answer(SAVE, input={"name": "x", "mapping": {"kind": "lots", "columns": [{"heading": "Lot", "field": "lot"}]}})
        assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        names = [one["name"] for one in (await reader.ask('{ importFields(kind: "places") { name } }'))["importFields"]]
        assert names[:3] == ["gln", "code", "name"]
        assert (await reader.ask('{ importTemplate(kind: "lots") }'))["importTemplate"].startswith('"# One lot a row')

    at_desk(work)


def test_a_misfit_is_said_with_its_field(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        for asked, said in (
            ({"mappingName": "nothing"}, "There is no mapping 'nothing'"),
            ({"mapping": {"kind": "lots", "columns": [{"heading": "Charge", "field": "lot"}]}}, "reads a column 'Charge'"),
            ({"rows": 101}, "a preview shows 0 to 100"),
        ):
            payload = await looked_at(caller, "d.csv", TABLE.encode(), **asked)
            assert payload["table"] is None and said in payload["userErrors"][0]["message"]
        other = await looked_at(caller, "mill.json", b'{"format": "foodflow-demo/1", "source": "x", "things": []}')
        assert (other["format"], other["table"]) == ("demo", None)

    at_desk(work)
