"""A tenant's graph goes out as a file, with the evidence of an investigation, and comes back in as the same; only who may read gets it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from algorithms.reported import Reported
from algorithms.scoring import Scoring, Settings
from graph_core.callers import Permission
from graph_core.platform import Platform
from ingest.connector import Document, connector_for
from ingest.fcl.drawn import drawn
from tests.resolvers.conftest import Asking, Desk
from tests.resolvers.test_investigations import done, imported, scores

Run = Callable[[Any], Any]
WHOLE = """{ places(first: 100) { nodes { code name address country sort at { latitude longitude } weight crossContamination } } }"""


HIDDEN = "1 hidden stations and deliveries are written as others are: the format cannot hide."


async def got(caller: Asking, path: str, status: int = 200) -> Any:
    answer = await caller.client.get(path, headers=caller.headers)
    assert answer.status_code == status, answer.text
    return answer


def scored(name: str, text: bytes, **settings: Any) -> Any:
    """The scores that `foodflow score --weighted` tells of a file."""
    document = Document(name, io.BytesIO(text), len(text))
    connector = connector_for(document)
    assert connector
    return Scoring(Reported(connector.facts(document)), Settings(**settings), weighted=True, drawn=drawn(document)).answer()


def test_the_norovirus_file_comes_out_with_its_141_scores_as_json_and_as_a_workbook(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        reader = desk.of(tenant, frozenset({Permission.READ}))
        await imported(desk.of(tenant), data)
        wanted = scored("Norovirus_Scenario.json", (data / "fcl/Norovirus_Scenario.json").read_bytes())
        for name in ("fcl.json", "fcl.xlsx"):
            answer = await got(reader, f"/export/{name}")
            assert json.loads(answer.headers["foodflow-exchange"]) == {"stations": 48, "deliveries": 93, "relations": 467, "apart": 0, "notes": []}
            assert answer.headers["content-disposition"].endswith(f'.{name}"')
            found = scored(name, answer.content)
            compared = [(found[sort][number]["score"], one["score"]) for sort in ("stations", "deliveries") for number, one in wanted[sort].items()]
            assert len(compared) == 141 and all(mine == pytest.approx(theirs, abs=1e-9) for mine, theirs in compared)

    at_desk(work)


def test_an_investigation_goes_along_with_its_cases_decisions_and_what_if(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await imported(caller, data)
        made = await done(caller, "openInvestigation", name="Norovirus in schools", hazard="norovirus", number="N1", marked=True)
        await done(caller, "decide", investigation=made["id"], change="CLEAR", of=[{"code": "Spices and Dried Products Sales"}])
        await done(caller, "decide", investigation=made["id"], change="HIDDEN", of=[{"code": "Caterer 2"}], whatIf="Without caterer 2")
        await done(caller, "addCase", investigation=made["id"], at=[{"code": "Strawberry Farm 2"}], weight=-4)
        for what_if in (None, "Without caterer 2"):
            wanted = await scores(caller, made["id"], whatIf=what_if)
            more = f"&whatIf={what_if}" if what_if else ""
            for told in (made["id"], "N1", "Norovirus in schools"):
                file = (await got(caller, f"/export/fcl.json?investigation={told}{more}")).content
            named = {cells["ID"]: cells["Name"] for cells in ({cell["id"]: cell["value"] for cell in row} for row in rows(file, "stations"))}
            found = {named[number]: one["score"] for number, one in scored("x.json", file)["stations"].items()}
            listed = {one["name"]: one["score"] for one in wanted["places"]}
            assert len(listed) > 30 and {name: found[name] for name in listed} == pytest.approx(listed, abs=1e-9)
        assert json.loads(file)["tracing"]["enforceTemporalOrder"] is True
        undated = json.loads((await got(caller, "/export/fcl.json?dates=no")).content)
        assert undated["tracing"]["enforceTemporalOrder"] is False
        for name, seen in (("fcl.json", []), ("fcl.xlsx", [HIDDEN]), ("utx.json", [HIDDEN])):
            answer = await got(caller, f"/export/{name}?investigation=N1&whatIf=Without caterer 2")
            assert json.loads(answer.headers["foodflow-exchange"])["notes"] == seen, name
        assert json.loads(file)["settings"]["view"]["node"]["invisibleNodes"] == [number for number, name in named.items() if name == "Caterer 2"]

    at_desk(work)


def rows(file: bytes, table: str) -> Any:
    return json.loads(file)["data"][table]["data"]


def test_what_came_out_is_imported_again_as_the_same(at_desk: Run, tenant: str, platform: Platform, data: Path) -> None:
    async def work(desk: Desk) -> None:
        again = f"{tenant} again"
        platform.create_tenant(again)
        first, second = desk.of(tenant), desk.of(again)
        await imported(first, data)
        file = (await got(first, "/export/fcl.json")).content
        job = await second.finished((await second.upload("out.json", file))["job"]["id"])
        assert (job["state"], job["refused"]) == ("done", 0)
        told = [sorted(json.dumps(one) for one in (await caller.ask(WHOLE))["places"]["nodes"]) for caller in (first, second)]
        assert len(told[0]) == 48 and told[0] == told[1]
        assert (await got(second, "/export/fcl.json")).content == file

    at_desk(work)


def test_only_who_may_read_gets_a_file_and_what_is_asked_wrongly_is_said(at_desk: Run, tenant: str, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        assert (await desk.client.get("/export/fcl.json")).status_code == 401
        refused = await got(desk.of(tenant, frozenset({Permission.RECORD})), "/export/fcl.json", 403)
        assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        for path, word in (
            ("/export/fcl.pdf", "take one of fcl.json, fcl.xlsx, utx.json"),
            ("/export/fcl.json?scope=all", "one of certain, probable, conceivable"),
            ("/export/fcl.json?investigation=N7", "There is no investigation 'N7'"),
        ):
            assert word in (await got(caller, path, 400)).json()["errors"][0]["message"]
        other = await done(desk.of(company), "openInvestigation", name="Theirs", number="T1", marked=False)
        assert "no such investigation" in (await got(caller, f"/export/fcl.json?investigation={other['id']}", 400)).json()["errors"][0]["message"]
        assert rows((await got(caller, "/export/fcl.json")).content, "stations") == []

    at_desk(work)
