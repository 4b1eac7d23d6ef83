"""Real records through the front door: imported as files, asked for as a partner would, each source in a company of its own."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from graph_core.platform import Platform
from resolvers.ids import id_of
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
EVENTS = "query($input: TraceInput!) { trace(input: $input) { events(first: 1000) } }"
ENDS = """query($input: TraceInput!) { trace(input: $input) { totalActs acts(first: 1000) { id what }
  origins { act { id what } path { start end } confidence } } }"""
LINKS = "query($input: TraceInput!) { trace(input: $input) { totalLinks links(first: 1000) { start end rule } } }"
_NUMBER = itertools.count()


async def company_with(desk: Desk, platform: Platform, *files: Path) -> tuple[Asking, list[Any]]:
    """A fresh company with these files imported, and how each import ended."""
    name = f"real {next(_NUMBER)}"
    platform.create_tenant(name)
    caller = desk.of(name)
    return caller, [await imported(caller, file) for file in files]


async def imported(caller: Asking, file: Path) -> Any:
    told = await caller.upload(file.name, file.read_bytes())
    assert told["userErrors"] == [], told
    return await caller.finished(told["job"]["id"])


@pytest.mark.parametrize("file", ["traceback_18_events.jsonld", "cap_tool_events.jsonld"])
def test_every_event_trace_of_the_seafood_oracle_is_equal_and_the_flow_reaches_three_origins(
    at_desk: Run, platform: Platform, data: Path, file: str
) -> None:
    cases = [case for case in orjson.loads((data / "gdst/expected.json").read_bytes())["cases"] if case["file"] == file and "main" in case]

    async def work(desk: Desk) -> None:
        caller, _ = await company_with(desk, platform, data / "gdst" / file)
        asked = [one for case in cases for one in (case["main"], *case["more"])]
        assert len(asked) >= 7
        for one in asked:
            found = (await caller.ask(EVENTS, input={"starts": [{"code": one["start"]}]}))["trace"]["events"]
            assert sorted(found) == sorted(event_ids(one["eventIDs"])), one["start"]
        main = {"starts": [{"code": cases[0]["main"]["start"]}], "direction": "BACKWARD"}
        origins = (await caller.ask(ENDS, input=main))["trace"]["origins"]
        assert {word for word in ("commissioning", "fishingEvent", "hatching") if any(word in end["act"]["what"] for end in origins)} == {
            "commissioning",
            "fishingEvent",
            "hatching",
        }

    at_desk(work)


def event_ids(numbers: list[str]) -> list[str]:
    from ontology.acts import Event

    return [id_of("Event", Event(event_id=number).key) for number in numbers]


def test_back_from_the_salad_reaches_the_farm_and_the_id_with_two_contents_is_refused_by_name(at_desk: Run, platform: Platform, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller, jobs = await company_with(desk, platform, *sorted((data / "epcis/fsma204").glob("*.jsonld")))
        refused = [one for job in jobs for one in job["refusals"]]
        assert [one["record"] for one in refused] == ["urn:uuid:4898a223-216a-4f46-9e18-338ccf6fa3ba"]
        assert "received before with other content" in refused[0]["rule"]
        found = (await caller.ask(ENDS, input={"starts": [{"code": "SALAD-20260420-A"}], "direction": "BACKWARD"}))["trace"]
        (farm,) = found["origins"]
        assert "00860009999923 ABC1234" in farm["act"]["what"] or "ABC1234" in farm["act"]["what"]
        assert farm["act"]["id"] == farm["path"][0]["start"]

    at_desk(work)


def test_each_official_sample_is_kept_as_received_and_importing_it_again_adds_nothing(at_desk: Run, platform: Platform, data: Path) -> None:
    files = sorted((data / "epcis/gs1/JSON").rglob("*.jsonld"))
    assert len(files) == 47

    async def work(desk: Desk) -> None:
        for file in files:
            caller, (job,) = await company_with(desk, platform, file)
            assert (job["state"], job["refused"]) == ("done", 0), (file, job["refusals"])
            kept = (await caller.ask("{ events(first: 100) { nodes { eventId received } } journal { head { seq } } }"))["events"]["nodes"]
            told = listed(orjson.loads(file.read_bytes()))
            assert sorted(orjson.dumps(one["received"], option=orjson.OPT_SORT_KEYS) for one in kept) == sorted(
                orjson.dumps(event, option=orjson.OPT_SORT_KEYS) for event in told
            ), file
            assert {one["eventId"] for one in kept} >= {event["eventID"] for event in told if event.get("eventID")}
            again = await imported(caller, file)
            assert (again["recorded"], again["refused"]) == (0, 0), file
            platform.drop_tenant((await caller.ask("{ caller { tenant } }"))["caller"]["tenant"])

    at_desk(work)


def listed(document: Any) -> list[Any]:
    body = document["epcisBody"]
    body = body["queryResults"]["resultsBody"] if "queryResults" in body else body
    return list(body.get("eventList") or [body["event"]])


@pytest.mark.parametrize(("file", "expected"), [("Norovirus_Scenario.json", 467), ("ExampleData.json", 31)])
def test_the_traces_from_all_deliveries_together_are_the_reported_links(
    at_desk: Run, platform: Platform, data: Path, file: str, expected: int
) -> None:
    async def work(desk: Desk) -> None:
        caller, (job,) = await company_with(desk, platform, data / "fcl" / file)
        assert job["state"] == "done"
        deliveries = (await caller.ask("{ shipments(first: 100) { nodes { id } pageInfo { hasNextPage } } }"))["shipments"]
        assert not deliveries["pageInfo"]["hasNextPage"]
        pairs: dict[tuple[str, str], str] = {}
        for delivery in deliveries["nodes"]:
            for link in (await caller.ask(LINKS, input={"starts": [{"id": delivery["id"]}]}))["trace"]["links"]:
                pairs[(link["start"], link["end"])] = link["rule"]
        assert len(pairs) == expected and set(pairs.values()) == {"F1"}

    at_desk(work)
