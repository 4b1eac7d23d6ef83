"""Enrichers run over a company, by hand and each night: what they find is attached to the graph, and goes when it no longer holds."""

from collections.abc import Callable
from typing import Any

import pytest

from graph_core.callers import Permission
from ontology.errors import Refused
from resolvers.nightly import STANDING, chosen, hour
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
TABLE = "Order,Date,Place,Ingredient,Ingredient lot,Input quantity,Input unit,Product,Lot,Output quantity,Output unit\n"
GOOD, BAD = "1,2025-03-03,Bakery,Flour,L1,100,kg,Bread,B1,90,kg\n", "2,2025-03-04,Bakery,Flour,L2,100,kg,Bread,B2,190,kg\n"
SEEN = "{ anomalies { totalCount nodes { sort said came { value } left { value } concerns { node { __typename } } generatedBy { node { key } } } } }"


async def told(caller: Asking, name: str, table: str) -> None:
    """A table, imported."""
    job = await caller.finished((await caller.upload(name, table.encode(), dataset="bakery"))["job"]["id"])
    assert (job["state"], job["refused"]) == ("done", 0), job


async def ran(caller: Asking, name: str = "mass balance") -> Any:
    """The payload of runEnricher."""
    query = "mutation($input: RunEnricherInput!) { runEnricher(input: $input) { found new gone leftOut userErrors { code message } } }"
    return (await caller.ask(query, input={"name": name}))["runEnricher"]


def test_an_anomaly_comes_stays_and_goes(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await told(caller, "good.csv", TABLE + GOOD)
        assert await ran(caller) == {"found": 0, "new": 0, "gone": 0, "leftOut": 0, "userErrors": []}
        await told(caller, "bad.csv", TABLE + BAD)
        assert (await ran(caller))["new"] == 1
        head = "{ journal { head { seq hash } } }"
        before = await caller.ask(head)
        assert await ran(caller) == {"found": 1, "new": 0, "gone": 0, "leftOut": 0, "userErrors": []}
        assert await caller.ask(head) == before, "telling the same again changes nothing"
        (one,) = (await caller.ask(SEEN))["anomalies"]["nodes"]
        assert one["sort"] == "more made than used" and "made 190 kg of 100 kg" in one["said"]
        assert [end["node"]["__typename"] for end in one["concerns"]] == ["Process"] and one["generatedBy"][0]["node"]["key"].startswith(
            "run:mass balance%2F1%2F"
        )
        await told(caller, "mended.csv", TABLE + BAD.replace("190", "95"))
        assert (await ran(caller))["gone"] == 1 and (await caller.ask(SEEN))["anomalies"]["totalCount"] == 0

    at_desk(work)


def test_a_balance_is_asked_by_id_and_an_unknown_enricher_refused(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await told(caller, "good.csv", TABLE + GOOD)
        (process,) = (await caller.ask("{ processes { nodes { id } } }"))["processes"]["nodes"]
        query = "query($id: ID!) { massBalance(id: $id) { came left unaccounted share told } }"
        assert (await caller.ask(query, id=process["id"]))["massBalance"] == {"came": 100, "left": 90, "unaccounted": 10, "share": 0.9, "told": True}
        (lot, *_) = (await caller.ask("{ lots { nodes { id } } }"))["lots"]["nodes"]
        assert (await caller.ask(query, id=lot["id"]))["massBalance"] is None
        assert [one["name"] for one in (await caller.ask("{ enrichers { name adds said } }"))["enrichers"]] == ["mass balance"]
        unknown = await ran(caller, "tea leaves")
        assert unknown["userErrors"][0]["code"] == "UNKNOWN" and "there are mass balance" in unknown["userErrors"][0]["message"]
        reader = desk.of(tenant, frozenset({Permission.READ}))
        answer = await reader.answer('mutation { runEnricher(input: {name: "mass balance"}) { found } }')
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    at_desk(work)


def test_each_night_every_company_has_one_mock_recall_and_its_anomalies(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await told(caller, "both.csv", TABLE + GOOD + BAD)
        assert tenant in await desk.service.nightly.round()
        seen = "{ anomalies { totalCount } mockRecalls { nodes { issuer number note seconds concerns { node { __typename } } } } }"
        found = await caller.ask(seen)
        (one,) = found["mockRecalls"]["nodes"]
        assert found["anomalies"]["totalCount"] == 1 and (one["issuer"], one["note"]) == (STANDING, "Chosen by chance.")
        assert one["seconds"] > 0 and one["concerns"][0]["node"]["__typename"] == "Lot"
        assert tenant not in await desk.service.nightly.round(), "once a day"
        assert await caller.ask(seen) == found
        year = '{ mockRecalls(where: {issuer: {eq: "standing mock recall"}}) { totalCount } }'
        assert (await caller.ask(year))["mockRecalls"]["totalCount"] == 1

    at_desk(work)


def test_the_hour_is_set_in_words_that_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOODFLOW_NIGHTLY", raising=False)
    assert hour() is not None and str(hour()) == "03:00:00"
    monkeypatch.setenv("FOODFLOW_NIGHTLY", "off")
    assert hour() is None
    monkeypatch.setenv("FOODFLOW_NIGHTLY", "at night")
    with pytest.raises(Refused, match="write a time such as 03:00"):
        hour()


def test_the_lot_of_a_day_is_the_same_all_day() -> None:
    from algorithms.flow import Flow
    from ingest import company
    from tests.algorithms.test_broken import flow_of

    flow = flow_of(list(company.facts(50)))
    days = {chosen(flow, f"2026-03-{day:02}") for day in range(1, 29)}
    assert len(days) > 10 and chosen(flow, "2026-03-01") == chosen(flow, "2026-03-01") and chosen(Flow.of([]), "2026-03-01") is None
