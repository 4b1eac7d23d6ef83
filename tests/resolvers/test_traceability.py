"""Traces through the API: starts by code or id, ends with their paths, pages, limits, and the event trace beside the flow."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_core.platform import Platform
from tests.resolvers.conftest import Asking, Desk, opened

Run = Callable[[Any], Any]
OUTBREAK = Path(__file__).parents[2] / "ingest" / "ehec_2011.json"
FIELDS = """starts { id label } totalActs totalLinks limited words missing { sort words about }
  acts(first: 1000) { id kind key direction depth what when place placeName confidence scope end assumed }
  links(first: 1000) { start end rule method confidence scope quantity candidates }
  origins { act { id what } path { start end } confidence } holders { act { id } } common { act { id } scope depth }
  amounts { place placeName product productName unit received sent } events"""
TRACE = f"query($input: TraceInput!) {{ trace(input: $input) {{ {FIELDS} }} }}"


@pytest.fixture(scope="module")
def outbreak(platform: Platform) -> Iterator[str]:
    """A tenant with the outbreak of 2011."""
    platform.create_tenant("outbreak behind the API")

    async def load() -> None:
        async with opened(platform) as desk:
            caller = desk.of("outbreak behind the API")
            job = await caller.finished((await caller.upload(OUTBREAK.name, OUTBREAK.read_bytes()))["job"]["id"])
            assert (job["state"], job["refused"]) == ("done", 0)

    asyncio.run(load())
    yield "outbreak behind the API"
    platform.drop_tenant("outbreak behind the API")


async def traced(caller: Asking, **asked: Any) -> Any:
    return (await caller.ask(TRACE, input=asked))["trace"]


def test_a_lot_is_traced_both_ways_by_its_code_and_by_its_id(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        found = await traced(caller, starts=[{"code": "6832"}])
        assert found["totalActs"] == len(found["acts"]) > 10 and not found["limited"]
        assert {act["direction"] for act in found["acts"]} == {"start", "backward", "forward"}
        ids = {act["id"] for act in found["acts"]}
        assert all({link["start"], link["end"]} <= ids for link in found["links"])
        origin = next(end for end in found["origins"] if "Egypt" in end["act"]["what"])
        assert origin["path"][0]["start"] == origin["act"]["id"] and 0 < origin["confidence"] <= 1
        assert found["starts"][0]["label"].endswith("6832") and found["holders"]
        again = await traced(caller, starts=[{"id": found["starts"][0]["id"]}])
        assert again["acts"] == found["acts"]

    at_desk(work)


def test_the_first_query_that_graphiql_shows_is_answered(at_desk: Run, outbreak: str) -> None:
    script = (Path(__file__).parents[2] / "resolvers" / "assets" / "graphql-page.js").read_text()
    query = script.partition("const FIRST = `")[2].partition("`;")[0]

    async def work(desk: Desk) -> None:
        found = await desk.of(outbreak).ask(query, code="48088")
        assert found["caller"]["tenant"] == outbreak and found["trace"]["totalActs"] > 10

    at_desk(work)


def test_an_act_tells_what_it_carried_between_which_places_and_when_it_arrived(at_desk: Run, outbreak: str) -> None:
    query = """query($input: TraceInput!) { trace(input: $input) { acts(first: 100) { what kind step when ended from { id name } to { name }
      sender { name } receiver { name } goods { kind name role code product { name } quantity } } } }"""

    async def work(desk: Desk) -> None:
        found = (await desk.of(outbreak).ask(query, input={"starts": [{"code": "48088"}], "direction": "FORWARD"}))["trace"]["acts"]
        sent = next(act for act in found if act["what"] == "Fenugreek seed 48088 from Exporter to Importer")
        assert (sent["kind"], sent["when"], sent["ended"]) == ("Shipment", "2009-11-24", "2009-12")
        assert (sent["from"]["name"], sent["to"]["name"]) == ("Exporter", "Importer")
        (good,) = sent["goods"]
        assert (good["kind"], good["name"], good["role"], good["code"]) == ("Lot", "Fenugreek seed 48088", "carried", "48088")
        assert good["product"]["name"] == "Fenugreek seed" and good["quantity"][0]["low"] == 15000
        made = next(act for act in found if act["what"].startswith("re-labelled"))
        assert made["from"] is None and made["to"]["name"] == "Importer" and made["step"] == "re-labelled 48088 as 6832"
        assert [(one["role"], one["code"]) for one in made["goods"]] == [("used", "48088"), ("made", "6832")]

    at_desk(work)


def test_links_among_the_first_acts_and_the_places_of_all_acts_are_told(at_desk: Run, outbreak: str) -> None:
    query = """query($input: TraceInput!) { trace(input: $input) { acts(first: 5) { id from { id } to { id } }
      links(first: 100, among: 5) { start end }
      none: links(first: 100, among: 0) { start } places(first: 100) { id ... on Place { name country } }
      more: places(first: 2, offset: 1) { id } } }"""

    async def work(desk: Desk) -> None:
        found = (await desk.of(outbreak).ask(query, input={"starts": [{"code": "48088"}]}))["trace"]
        ids = {act["id"] for act in found["acts"]}
        assert len(found["links"]) >= 4 and all({link["start"], link["end"]} <= ids for link in found["links"]) and not found["none"]
        places = [place["id"] for place in found["places"]]
        assert {side["id"] for act in found["acts"] for side in (act["from"], act["to"]) if side} <= set(places)
        assert len(places) == len(set(places)) > 40 and [place["id"] for place in found["more"]] == places[1:3]
        assert "Sprout producer, Lower Saxony" in {place["name"] for place in found["places"]}

    at_desk(work)


def test_what_is_missing_names_the_act_where_it_shows(at_desk: Run, outbreak: str) -> None:
    query = "query($input: TraceInput!) { trace(input: $input) { acts(first: 100) { id to { id } } missing { sort act } } }"

    async def work(desk: Desk) -> None:
        found = (await desk.of(outbreak).ask(query, input={"starts": [{"code": "48088"}]}))["trace"]
        nowhere = {act["id"] for act in found["acts"] if act["to"] is None}
        gaps = [gap["act"] for gap in found["missing"] if gap["sort"] == "unknown destination"]
        assert len(gaps) == 5 and set(gaps) <= nowhere

    at_desk(work)


def test_a_name_that_nothing_has_comes_back_with_near_misses_as_data(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        (error,) = (await desk.of(outbreak).answer(TRACE, input={"starts": [{"code": "4808"}]}))["errors"]
        assert error["extensions"]["code"] == "UNKNOWN" and "48088" in error["extensions"]["near"]

    at_desk(work)


def test_acts_and_links_come_in_pages_that_are_together_the_whole(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        query = """query($offset: Int!) { trace(input: {starts: [{code: "6832"}]}) {
          totalActs totalLinks acts(first: 7, offset: $offset) { id direction } links(first: 7, offset: $offset) { start end rule } } }"""
        acts: list[Any] = []
        links: list[Any] = []
        offset = 0
        while page := (await caller.ask(query, offset=offset))["trace"]:
            acts, links, offset = acts + page["acts"], links + page["links"], offset + 7
            if offset >= max(page["totalActs"], page["totalLinks"]):
                break
        assert len(acts) == page["totalActs"] and len(links) == page["totalLinks"]
        assert len({str(link) for link in links}) == len(links)

    at_desk(work)


def test_a_limit_that_bites_says_so(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        whole = await traced(caller, starts=[{"code": "6832"}], direction="BACKWARD")
        cut = await traced(caller, starts=[{"code": "6832"}], direction="BACKWARD", mostLinks=1)
        assert cut["limited"] and cut["totalActs"] < whole["totalActs"]
        sure = await traced(caller, starts=[{"code": "6832"}], direction="BACKWARD", lowestConfidence=0.99, scope="CERTAIN")
        assert all(link["confidence"] >= 0.99 and link["scope"] == "certain" for link in sure["links"])

    at_desk(work)


def test_a_trace_until_a_time_and_as_known_at_a_time_leaves_out_what_came_later(at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(outbreak)
        whole = await traced(caller, starts=[{"code": "48088"}], direction="FORWARD")
        for bound in ({"until": "2010-01"}, {"asOf": "2010-01"}):
            early = await traced(caller, starts=[{"code": "48088"}], direction="FORWARD", **bound)
            assert early["totalActs"] < whole["totalActs"]
        told = await caller.answer(TRACE, input={"starts": [{"code": "48088"}], "knownAt": "2019"})
        assert "Nothing is called '48088'" in told["errors"][0]["message"]
        assert (await traced(caller, starts=[{"code": "48088"}], direction="FORWARD", knownAt="2999"))["acts"] == whole["acts"]

    at_desk(work)


def test_what_is_recorded_now_is_in_the_next_trace(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        lot = {"kind": "Lot", "values": {"product": {"owner": "Us", "name": "Oats"}, "code": "L1"}}
        record = "mutation($input: RecordInput!) { record(input: $input) { receipt { ids } userErrors { message } } }"
        number = (await caller.ask(record, input={"facts": [lot]}))["record"]["receipt"]["ids"][0]
        query = 'query { trace(input: {starts: [{code: "L1"}]}) { totalActs } }'
        assert (await caller.ask(query))["trace"]["totalActs"] == 0
        made = {"kind": "Process", "values": {"owner": "Us", "order": "1"}, "links": [{"relation": "MADE", "to": {"id": number}}]}
        await caller.ask(record, input={"facts": [made]})
        assert (await caller.ask(query))["trace"]["totalActs"] == 1

    at_desk(work)


def test_a_code_of_several_things_asks_which(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        lots = [{"kind": "Lot", "values": {"product": {"owner": "Us", "name": name}, "code": "L42"}, "record": name} for name in ("Oats", "Rye")]
        await caller.ask("mutation($input: RecordInput!) { record(input: $input) { userErrors { message } } }", input={"facts": lots})
        told = (await caller.answer(TRACE, input={"starts": [{"code": "L42"}]}))["errors"][0]
        assert told["extensions"]["code"] == "AMBIGUOUS" and len(told["extensions"]["choices"]) == 2
        one = told["extensions"]["choices"][0]
        assert (await traced(caller, starts=[{"code": one["id"]}]))["starts"][0]["label"] == one["label"]
        near = (await caller.answer(TRACE, input={"starts": [{"code": "L43"}]}))["errors"][0]
        assert "Near misses: L42" in near["message"]

    at_desk(work)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"starts": []}, "1 to 500 starts"),
        ({"starts": [{}]}, "exactly one of id and code"),
        ({"starts": [{"code": "a", "id": "b"}]}, "exactly one of id and code"),
        ({"starts": [{"code": "6832"}], "lowestConfidence": 2}, "lies from 0 to 1"),
        ({"starts": [{"code": "6832"}], "until": "soon"}, "is not a time"),
        ({"starts": [{"code": "6832"}], "mostLinks": -1}, "mostLinks"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_words(asked: Any, said: str, at_desk: Run, outbreak: str) -> None:
    async def work(desk: Desk) -> None:
        told = (await desk.of(outbreak).answer(TRACE, input=asked))["errors"][0]
        assert told["extensions"]["code"] == "REFUSED" and said in told["message"]

    at_desk(work)
