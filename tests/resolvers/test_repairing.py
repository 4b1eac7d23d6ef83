"""The raw workbooks of an outbreak, one of them faulty, lead to the lot that it came from once a person repaired them; and all is taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph_core.callers import Permission
from tests.resolvers.conftest import Asking, Desk
from tests.resolvers.test_investigations import SUSPECTS, done, scores

Run = Callable[[Any], Any]
LINKS = """query($among: LinkSort, $atLeast: Float! = 0) { brokenLinks(first: 100, among: $among, atLeast: $atLeast) { total looseEnds lookedAt
  links { id sort start { id kind name } end { id kind name } probability reasons said candidates } } }"""
SETTLED = "{ settledLinks { id confirmed by why start { name } end { name } } }"
WHOLE = "Backtrace_request_Caterer 2_complete2.xlsx"


async def links(caller: Asking, **asked: Any) -> Any:
    """The links that are proposed."""
    return (await caller.ask(LINKS, **asked))["brokenLinks"]["links"]


async def settle(caller: Asking, ids: list[str], *, confirm: bool = True, why: str | None = None) -> Any:
    """The payload of settleLinks."""
    query = "mutation($input: SettleLinksInput!) { settleLinks(input: $input) { count userErrors { code message } } }"
    return (await caller.ask(query, input={"links": ids, "confirm": confirm, "why": why}))["settleLinks"]


async def reopen(caller: Asking, ids: list[str], why: str) -> Any:
    """The payload of reopenLinks."""
    query = "mutation($input: ReopenLinksInput!) { reopenLinks(input: $input) { count userErrors { code message } } }"
    return (await caller.ask(query, input={"links": ids, "why": why}))["reopenLinks"]


async def raw(caller: Asking, folder: Path) -> None:
    """All workbooks as they came in, but for the mended one and the empty template, in one data set."""
    for path in sorted(folder.glob("*.xlsx")):
        if path.name not in (WHOLE, "Start_Tracing.xlsx"):
            job = await caller.finished((await caller.upload(path.name, path.read_bytes(), dataset="norovirus"))["job"]["id"])
            assert job["state"] == "done", job
            if path.name == "Backtrace_request_Caterer 2_complete.xlsx":
                odd = (await caller.ask("query($id: ID!) { importJob(id: $id) { oddities { place said } } }", id=job["id"]))["importJob"]["oddities"]
                assert [one["place"] for one in odd] == [f"{path.name} line 57"] and odd[0]["said"].startswith("Pepper: its lot number is missing")


def test_the_raw_workbooks_lead_to_lot_108_once_their_faults_are_repaired(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await raw(caller, data / "fcl" / "norovirus_workbooks")
        opened = await done(caller, "openInvestigation", name="Norovirus", hazard="norovirus", marked=True)
        assert len(opened["investigation"]["cases"]) == 31 and sum(case["count"] for case in opened["investigation"]["cases"]) == 679
        before = await scores(caller, opened["id"])
        assert len(before["unknown"]) == 31 and before["lots"] == []
        assert before["unknown"][0]["name"].startswith("Day-care centre")

        schools = await links(caller, among="SAME_PLACE")
        doubled = [one for one in schools if one["probability"] < 0.5]
        assert len(schools) == 32 and {one["end"]["name"] for one in doubled} == {"Grammar school 04", "Grammar school04"}
        assert await settle(caller, [one["id"] for one in schools], why="The same schools") == {"count": 32, "userErrors": []}
        between = {lot["name"]: lot["score"] for lot in (await scores(caller, opened["id"]))["lots"] if lot["name"].startswith("Pepper")}
        (pepper,) = await links(caller, among="SAME_LOT")
        assert pepper["said"] == "Pepper (no lot code) may be Pepper 113" and pepper["probability"] > 0.8
        assert "the same sender" in pepper["reasons"][0]
        await settle(caller, [pepper["id"]])
        assert await links(caller, among="SAME_LOT") == [] and await links(caller, among="SAME_PLACE") == []

        after = await scores(caller, opened["id"])
        assert after["unknown"] == [] and {lot["name"] for lot in after["lots"] if lot["common"]} >= {"Frozen Strawberries 108", "Salt 112"}
        (one,) = (lot for lot in after["lots"] if lot["name"].startswith("Pepper"))
        assert set(between) == {"Pepper (no lot code)", "Pepper 113"} and one["name"] == "Pepper 113"
        assert one["score"] == pytest.approx(26 / 31) and one["score"] > max(between.values())  # one lot of both caterers now
        suspects = (await caller.ask(SUSPECTS, id=opened["id"], hazard="norovirus"))["investigation"]["scores"]["suspects"]
        assert suspects[0]["name"] == "Frozen Strawberries 108" and suspects[0]["posterior"] > 0.9 > 2 * suspects[1]["posterior"]

        told = (await caller.ask(SETTLED))["settledLinks"]
        assert (told[0]["id"], told[0]["confirmed"], told[0]["by"], told[0]["why"]) == (pepper["id"], True, "tester", None)
        assert (told[0]["start"]["name"], told[0]["end"]["name"]) == ("Pepper (no lot code)", "Pepper 113") and len(told) == 20
        assert (await reopen(caller, [pepper["id"]], "A mistake"))["count"] == 1
        assert [one["id"] for one in await links(caller, among="SAME_LOT")] == [pepper["id"]]

    at_desk(work)


def test_a_refused_link_is_not_proposed_again_and_a_confirmed_one_is_traced(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await raw(caller, data / "fcl" / "norovirus_workbooks")
        sauce = [one for one in await links(caller, among="FED") if one["end"]["name"].startswith("Strawberry Sauce 139")]
        assert [one["start"]["name"][:16] for one in sauce] == ["Strawberries 105", "Strawberries 106", "Strawberries 107"]
        await settle(caller, [sauce[0]["id"]], confirm=False, why="Another product line")
        await settle(caller, [sauce[1]["id"]])
        left = {one["id"] for one in await links(caller, among="FED")}
        assert not left & {sauce[0]["id"], sauce[1]["id"]}
        trace = """{ trace(input: {starts: [{code: "106"}], direction: FORWARD}) { links { start end method confidence scope } } }"""
        found = [one for one in (await caller.ask(trace))["trace"]["links"] if one["method"] == "confirmed"]
        assert (
            len(found) == 1
            and found[0]["scope"] == "certain"
            and (found[0]["start"], found[0]["end"]) == (sauce[1]["start"]["id"], sauce[1]["end"]["id"])
        )
        assert round(found[0]["confidence"], 2) == round(sauce[1]["probability"], 2)

    at_desk(work)


def test_what_cannot_be_settled_is_said(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await raw(caller, data / "fcl" / "norovirus_workbooks")
        unknown = await settle(caller, ["link_000000000000"])
        assert (unknown["count"], unknown["userErrors"][0]["code"]) == (0, "UNKNOWN") and "brokenLinks" in unknown["userErrors"][0]["message"]
        assert "at least one link" in (await settle(caller, []))["userErrors"][0]["message"]
        assert "settledLinks" in (await reopen(caller, ["link_000000000000"], "x"))["userErrors"][0]["message"]
        assert "Say why" in (await reopen(caller, ["link_000000000000"], " "))["userErrors"][0]["message"]
        reader = desk.of(tenant, frozenset({Permission.READ}))
        query = 'mutation { settleLinks(input: {links: ["link_000000000000"], confirm: true}) { count } }'
        assert (await reader.answer(query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert (await reader.ask("{ brokenLinks(first: 1) { total } }"))["brokenLinks"]["total"] > 30

    at_desk(work)
