"""An investigation from its first case to a recall: what is assumed counts at once, can be undone and compared, and nothing is done out of order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph_core.callers import Permission
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
FILE = """id number name by hazard opened { text } closed { text } note whatIfs
  cases { id name weight count onset { text } assumed at { id kind name } }
  decisions { id by change holds weight whatIf why undone { text } of { kind name } }
  holds { id since { text } until { text } reason outcome of { kind name } }
  recalls { id level depth since { text } until { text } reason outcome of { kind name } }"""
SCORES = "evidence unknown { name } places(first: 60) { id name score before common clear } lots(first: 100) { id name score common }"
SUSPECTS = """query($id: ID!, $hazard: String) { investigation(id: $id) { scores { suspects(hazard: $hazard, first: 3) {
  name posterior began reasons } } } }"""
EHEC = Path(__file__).parents[2] / "ingest" / "ehec_2011.json"
NOROVIRUS = "fcl/Norovirus_Scenario.json"


PAGES = """query($id: ID!, $offset: Int!) { investigation(id: $id) { scores { scoring { places lots acts } total { places lots acts } totalLinks
  places(first: 2, offset: $offset, every: true) { name score thing { ... on Place { address country at { latitude } } } act { step } }
  lots(first: 100, every: true) { score thing { ... on Lot { code } } }
  acts(first: 1, every: true) { name common act { when ended from { name } to { name } goods { name role code quantity } } thing { id } }
  links(first: 2, offset: $offset) { start { name score act { to { name } } } end { name score } rule method scope } } } }"""

ROWS = """query($id: ID!) { investigation(id: $id) { scores { acts: rows(of: ACTS, first: 1, every: true)
  lots: rows(of: LOTS, first: 100, every: true) links: rows(of: LINKS, first: 2) } } }"""


async def step(caller: Asking, name: str, /, **asked: Any) -> Any:
    """The payload of a step."""
    input_type = {
        "openInvestigation": "OpenInvestigationInput",
        "addCase": "AddCaseInput",
        "decide": "DecideInput",
        "placeHold": "HoldInput",
        "addTest": "AddTestInput",
        "meetClock": "MeetClockInput",
    }
    kind = input_type.get(name, "RecallInput" if name == "startRecall" else "ChangeInput")
    query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ id investigation {{ {FILE} }} userErrors {{ code field message }} }} }}"
    return (await caller.ask(query, input=asked))[name]


async def done(caller: Asking, name: str, /, **asked: Any) -> Any:
    """A step that is not refused."""
    payload = await step(caller, name, **asked)
    assert payload["userErrors"] == [], payload["userErrors"]
    return payload


async def refused(caller: Asking, name: str, /, **asked: Any) -> tuple[str, str]:
    """Code and words of a step that is refused."""
    payload = await step(caller, name, **asked)
    assert payload["id"] is None and len(payload["userErrors"]) == 1
    return payload["userErrors"][0]["code"], payload["userErrors"][0]["message"]


async def scores(caller: Asking, investigation: str, **asked: Any) -> Any:
    """The scores of an investigation."""
    declared = {"whatIf": "String", "against": "String", "decisions": "Int", "scope": "Scope", "dates": "Boolean"}
    variables = ", ".join(["$id: ID!", *(f"${name}: {declared[name]}" for name in asked)])
    passed = f"({', '.join(f'{name}: ${name}' for name in asked)})" if asked else ""
    query = f"query({variables}) {{ investigation(id: $id) {{ scores{passed} {{ {SCORES} }} }} }}"
    return (await caller.ask(query, id=investigation, **asked))["investigation"]["scores"]


async def imported(caller: Asking, data: Path) -> None:
    """The norovirus scenario in the caller's tenant."""
    told = await caller.upload("Norovirus_Scenario.json", (data / NOROVIRUS).read_bytes())
    assert (await caller.finished(told["job"]["id"]))["state"] == "done"


def common(found: Any, sort: str) -> list[str]:
    """What all of the evidence leads to."""
    return sorted(one["name"] for one in found[sort] if one["common"])


def test_the_norovirus_story_from_its_cases_to_a_recall(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        ada, bob = desk.of(tenant, name="ada"), desk.of(tenant, name="bob")
        await imported(ada, data)
        made = await done(ada, "openInvestigation", name="Norovirus in schools", hazard="norovirus", number="N1", marked=True)
        file = made["investigation"]
        assert (file["number"], file["by"], file["closed"], len(file["cases"])) == ("N1", "ada", None, 31)
        assert {one["assumed"] for one in file["cases"]} == {"Marked by its source."}
        plain = await scores(ada, made["id"])
        assert plain["evidence"] == 31 and plain["unknown"] == []
        assert common(plain, "places") == [
            "Frozen Fruit Sales", "Spices and Dried Products Sales", "Strawberry Farm 1", "Strawberry Farm 2", "Strawberry Farm 3",
        ]  # fmt: skip
        lots = common(plain, "lots")
        assert len(lots) == 5 and sum("112" in one for one in lots) == 1, lots

        told = await ada.ask(SUSPECTS, id=made["id"], hazard=None)
        likely = told["investigation"]["scores"]["suspects"]
        assert "108" in likely[0]["name"] and likely[0]["posterior"] > 0.9 > 0.25 > likely[1]["posterior"]
        assert likely[0]["reasons"][0].startswith("explains 31 of 31 cases") and any("notifications" in one for one in likely[0]["reasons"])
        wrong = await ada.answer(SUSPECTS, id=made["id"], hazard="plague")
        assert "choose of norovirus" in wrong["errors"][0]["message"]

        salt = next(one for one in plain["places"] if one["name"].startswith("Spices"))
        cleared = await done(bob, "decide", investigation=made["id"], change="CLEAR", of=[{"id": salt["id"]}], whatIf="Salt is safe", why="Dry.")
        assert [(one["by"], one["whatIf"], one["why"]) for one in cleared["investigation"]["decisions"]] == [("bob", "Salt is safe", "Dry.")]
        assert common(await scores(ada, made["id"]), "places") == common(plain, "places")
        other = await scores(ada, made["id"], whatIf="Salt is safe", against="")
        assert [(one["name"], one["score"], one["before"], one["clear"]) for one in other["places"]] == [(salt["name"], 0, 1, True)]
        again = (await done(ada, "undoDecision", id=cleared["id"], why="Tested positive."))["investigation"]["decisions"][0]
        assert again["undone"] and (await scores(ada, made["id"], whatIf="Salt is safe", against=""))["places"] == []
        assert (await refused(ada, "undoDecision", id=cleared["id"]))[0] == "WRONG_STATE"
        assert (await done(ada, "redoDecision", id=cleared["id"]))["investigation"]["decisions"][0]["undone"] is None
        assert (await scores(ada, made["id"], whatIf="Salt is safe", against="", decisions=0))["places"] == []

        lot = next(one for one in plain["lots"] if "108" in one["name"] and one["common"])
        held = await done(ada, "placeHold", of=[{"id": lot["id"]}], reason="Suspected", investigation=made["id"])
        assert [one["until"] for one in held["investigation"]["holds"]] == [None]
        recall = {"of": [{"id": lot["id"]}], "reason": "Norovirus", "level": "I", "depth": "CONSUMERS", "investigation": made["id"]}
        called = await done(ada, "startRecall", **recall)
        assert [(one["level"], one["depth"]) for one in called["investigation"]["recalls"]] == [("I", "consumers")]
        assert (await refused(ada, "closeRecall", id=called["id"]))[0] == "REFUSED"
        ended = await done(ada, "closeRecall", id=called["id"], why="Half of the lot came back.")
        assert ended["investigation"]["recalls"][0]["outcome"] == "Half of the lot came back."
        assert (await refused(ada, "closeRecall", id=called["id"], why="Again."))[0] == "WRONG_STATE"
        released = await done(ada, "releaseHold", id=held["id"], why="Destroyed.")
        assert released["investigation"]["holds"][0]["outcome"] == "Destroyed."
        assert (await refused(ada, "releaseHold", id=held["id"], why="Destroyed."))[0] == "WRONG_STATE"

        closed = (await done(bob, "closeInvestigation", id=made["id"], why="Strawberries, lot 108."))["investigation"]
        assert closed["closed"] and closed["note"] == "Strawberries, lot 108." and closed["by"] == "ada"
        late = {"investigation": made["id"], "change": "HIDDEN", "of": [{"id": salt["id"]}]}
        assert (await refused(ada, "decide", **late)) == ("WRONG_STATE", "The investigation is closed: reopen it first.")
        assert (await refused(ada, "addCase", investigation=made["id"], at=[{"id": salt["id"]}]))[0] == "WRONG_STATE"
        assert (await refused(ada, "undoDecision", id=cleared["id"]))[0] == "WRONG_STATE"
        assert (await refused(ada, "closeInvestigation", id=made["id"]))[0] == "WRONG_STATE"
        assert (await done(ada, "reopenInvestigation", id=made["id"]))["investigation"]["closed"] is None
        assert (await done(ada, "decide", **late))["id"]

    at_desk(work)


def test_scores_come_in_pages_with_what_they_are_of_and_the_links_between_them(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        ada = desk.of(tenant, name="ada")
        await imported(ada, data)
        made = await done(ada, "openInvestigation", name="Norovirus in schools", marked=True)
        assert [one["name"] for one in made["investigation"]["cases"]].count("Day-care centre 05") == 1, "a marked case bears the name of its place"
        found = (await ada.ask(PAGES, id=made["id"], offset=0))["investigation"]["scores"]
        assert found["scoring"] == {"places": 45, "lots": 37, "acts": 90} and found["total"] == {"places": 48, "lots": 38, "acts": 93}
        assert found["totalLinks"] == 467 and len(found["lots"]) == 38 and found["lots"][0]["thing"]["code"]
        (act,) = found["acts"]
        assert act["common"] and act["act"]["from"]["name"].startswith("Strawberry Farm") and act["act"]["to"]["name"] == "Frozen Fruit Sales"
        assert act["act"]["goods"][0]["role"] == "carried" and act["act"]["when"] == act["act"]["ended"] and act["thing"]["id"]
        first = found["links"][0]
        assert (first["rule"], first["method"], first["scope"]) == ("F1", "reported", "certain")
        assert first["start"]["score"] >= first["end"]["score"] > 0.5 and first["start"]["act"]["to"]["name"] == "Frozen Fruit Sales"
        last = (await ada.ask(PAGES, id=made["id"], offset=46))["investigation"]["scores"]["places"]
        assert [one["score"] for one in last] == [0, 0] and last[0]["thing"]["country"] == "DE" and last[0]["act"] is None
        (same,), lot, link = (await ada.ask(ROWS, id=made["id"]))["investigation"]["scores"].values()
        assert same["name"] == act["name"] and same["act"]["goods"][0].items() >= act["act"]["goods"][0].items()
        assert same["act"]["to"]["name"] == act["act"]["to"]["name"] and same["act"]["when"] == act["act"]["when"]
        assert lot[0]["thing"] == found["lots"][0]["thing"] and lot[0]["score"] == found["lots"][0]["score"]
        assert [link[0][end]["name"] for end in ("start", "end")] == [first[end]["name"] for end in ("start", "end")]
        wrong = await ada.answer(PAGES, id=made["id"], offset=-1)
        assert "begins at 0 or later" in wrong["errors"][0]["message"]

    at_desk(work)


def test_cases_are_added_weighed_and_taken_out(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant, name="ada")
        await imported(caller, data)
        made = await done(caller, "openInvestigation", name="By hand")
        assert made["investigation"]["cases"] == [] and (await scores(caller, made["id"]))["places"] == []
        at = [{"code": "Frozen Fruit Sales"}]
        ill = {"investigation": made["id"], "at": at, "name": "Canteen", "count": 7, "onset": "2012-09-20", "weight": 2.0, "number": "C1"}
        added = await done(caller, "addCase", **ill)
        assert [(one["name"], one["count"], one["onset"]["text"], one["at"][0]["name"]) for one in added["investigation"]["cases"]] == [
            ("Canteen", 7, "2012-09-20", "Frozen Fruit Sales")
        ]
        assert (await refused(caller, "addCase", **ill))[0] == "WRONG_STATE"
        assert common(await scores(caller, made["id"]), "places") == [
            "Frozen Fruit Sales",
            "Strawberry Farm 1",
            "Strawberry Farm 2",
            "Strawberry Farm 3",
        ]
        weighed = {"investigation": made["id"], "change": "WEIGHS", "of": [{"id": added["id"]}]}
        assert "A weight is given with WEIGHS" in (await refused(caller, "decide", **weighed))[1]
        await done(caller, "decide", **weighed, weight=-1.0)
        assert {one["score"] for one in (await scores(caller, made["id"]))["places"]} == {-1.0}
        assert "Say why" in (await refused(caller, "removeCase", id=added["id"]))[1]
        removed = await done(caller, "removeCase", id=added["id"], why="Keyed twice.")
        assert removed["investigation"]["cases"] == [] and (await scores(caller, made["id"]))["evidence"] == 0

    at_desk(work)


@pytest.mark.parametrize(
    ("name", "asked", "code", "words"),
    [
        ("openInvestigation", {"name": " "}, "REFUSED", "has a name"),
        ("addCase", {"at": []}, "REFUSED", "name at least one place"),
        ("addCase", {"at": [{"code": "Frozen Fruit Salse"}]}, "UNKNOWN", "Frozen Fruit Sales"),
        ("addCase", {"at": [{"code": "108"}]}, "REFUSED", "Name the place where its food was eaten"),
        ("addCase", {"at": [{}]}, "REFUSED", "exactly one of id and code"),
        ("addCase", {"at": [{"code": "Frozen Fruit Sales"}], "onset": "yesterday"}, "REFUSED", "not a time"),
        ("decide", {"change": "CLEAR", "of": []}, "REFUSED", "at least one thing"),
        ("decide", {"change": "CONTAMINATES", "of": [{"code": "108"}]}, "REFUSED", "a Lot was named"),
        ("placeHold", {"of": [], "reason": "x"}, "REFUSED", "at least one thing"),
        ("placeHold", {"of": [{"code": "108"}], "reason": " "}, "REFUSED", "Say why"),
        ("startRecall", {"of": [{"code": "Frozen Fruit Sales"}], "reason": "x", "level": "I", "depth": "SHOPS"}, "REFUSED", "a Place was named"),
    ],
)
def test_what_a_step_gets_wrong_is_said(at_desk: Run, tenant: str, data: Path, name: str, asked: dict[str, Any], code: str, words: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant)
        await imported(caller, data)
        made = await done(caller, "openInvestigation", name="Wrong steps")
        told = asked if name in ("openInvestigation",) else {**asked, "investigation": made["id"]}
        found = await refused(caller, name, **told)
        assert found[0] == code and words in found[1], found

    at_desk(work)


def test_who_may_not_approve_starts_no_recall_and_releases_nothing(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        boss, clerk = desk.of(tenant, name="boss"), desk.of(tenant, frozenset({Permission.READ, Permission.RECORD}), "clerk")
        await imported(boss, data)
        held = await done(clerk, "placeHold", of=[{"code": "108"}], reason="Suspected")
        query = "mutation($input: ChangeInput!) { releaseHold(input: $input) { id } }"
        answer = await clerk.answer(query, input={"id": held["id"], "why": "It is fine."})
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN" and "approve" in answer["errors"][0]["message"]
        assert (await done(boss, "releaseHold", id=held["id"], why="It is fine."))["id"] == held["id"]

    at_desk(work)


def test_an_investigation_that_a_source_told_is_gone_on_with(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant, name="ada")
        told = await caller.upload("ehec_2011.json", EHEC.read_bytes())
        assert (await caller.finished(told["job"]["id"]))["state"] == "done"
        listed = await caller.ask("{ investigations { edges { node { id name } } } }")
        known = listed["investigations"]["edges"][0]["node"]["id"]
        found = await scores(caller, known, scope="PROBABLE")
        assert found["evidence"] == 42 and "48088" in found["lots"][0]["name"] and found["lots"][0]["common"]
        other = await done(caller, "openInvestigation", name="Another", marked=True)
        assert other["investigation"]["cases"] == []
        file = (await done(caller, "closeInvestigation", id=known, why="Fenugreek."))["investigation"]
        assert file["closed"] and file["note"] == "Fenugreek." and len(file["cases"]) == 42
        await done(caller, "reopenInvestigation", id=known)
        first = file["cases"][0]
        assert "in an investigation already" in (await refused(caller, "addCase", investigation=other["id"], case=first["id"]))[1]
        assert "its source" in (await refused(caller, "removeCase", id=first["id"], why="It belongs to the other."))[1]

    at_desk(work)


TESTS = "query($id: ID!) { investigation(id: $id) { tests { id number result positive found { text } method of { kind name } } } }"
CLOCKS = "query($id: ID!) { investigation(id: $id) { recalls { clocks { name due secondsLeft source met { text } by how } } decisions { change } } }"


def test_what_a_laboratory_found_weighs_and_is_taken_back(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant, name="ada")
        await caller.finished((await caller.upload("n.json", (data / NOROVIRUS).read_bytes()))["job"]["id"])
        opened = (await done(caller, "openInvestigation", name="Tests", marked=True))["id"]

        async def first() -> Any:
            return (await caller.ask(SUSPECTS, id=opened, hazard="norovirus"))["investigation"]["scores"]["suspects"][0]

        before = await first()
        assert before["name"] == "Frozen Strawberries 108"
        salt = {"investigation": opened, "of": [{"code": "112"}], "result": "Norovirus GII", "found": "2014-09-12"}
        made = await done(caller, "addTest", **salt, positive=True, number="T1", method="RT-PCR", taken="2014-09-10", material="salt, 500 g")
        after = await first()
        assert after["name"] == "Salt 112" and any("positive" in reason for reason in after["reasons"]), after
        (one,) = (await caller.ask(TESTS, id=opened))["investigation"]["tests"]
        told = {"number": "T1", "result": "Norovirus GII", "positive": True, "found": {"text": "2014-09-12"}, "method": "RT-PCR"}
        assert one == {"id": made["id"], **told, "of": [{"kind": "Lot", "name": "Salt 112"}]}
        samples = "{ samples { nodes { material taken { text } concernedBy { node { __typename } } } } }"
        (sample,) = (await caller.ask(samples))["samples"]["nodes"]
        assert sample == {"material": "salt, 500 g", "taken": {"text": "2014-09-10"}, "concernedBy": [{"node": {"__typename": "TestResult"}}]}
        assert (await refused(caller, "addTest", **salt, positive=False, number="T1"))[0] == "WRONG_STATE"
        assert "of a Lot, Place" in (await refused(caller, "addTest", **{**salt, "of": [{"code": "Salt"}]}, positive=True))[1]
        assert "Say what was looked for" in (await refused(caller, "addTest", **{**salt, "result": " "}, positive=True))[1]
        assert "reason" in (await refused(caller, "removeTest", id=made["id"]))[1]
        await done(caller, "removeTest", id=made["id"], why="The wrong sample")
        assert await first() == before and (await caller.ask(samples))["samples"]["nodes"] == []

    at_desk(work)


def test_the_clocks_of_a_recall_run_until_they_are_met(at_desk: Run, tenant: str, data: Path) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(tenant, name="ada")
        await caller.finished((await caller.upload("n.json", (data / NOROVIRUS).read_bytes()))["job"]["id"])
        opened = (await done(caller, "openInvestigation", name="Clocks"))["id"]
        asked = {"investigation": opened, "of": [{"code": "108"}], "reason": "Norovirus", "depth": "CONSUMERS"}
        recall = (await done(caller, "startRecall", **asked, level="I"))["id"]
        (one,) = (await caller.ask(CLOCKS, id=opened))["investigation"]["recalls"]
        left = {clock["name"]: clock["secondsLeft"] for clock in one["clocks"]}
        assert left.keys() == {"authority", "full trace", "traceability records", "reportable food"}
        assert left["authority"] <= 0 and 4 * 3600 - 60 < left["full trace"] <= 4 * 3600 and all(clock["met"] is None for clock in one["clocks"])
        await done(caller, "meetClock", id=recall, clock="full trace", why="foodflow recall --mock")
        told = (await caller.ask(CLOCKS, id=opened))["investigation"]
        met = next(clock for clock in told["recalls"][0]["clocks"] if clock["name"] == "full trace")
        assert (met["by"], met["how"]) == ("ada", "foodflow recall --mock") and met["met"] and met["secondsLeft"] > 0
        assert told["decisions"] == [], "a clock that is met is no assumption"
        assert (await refused(caller, "meetClock", id=recall, clock="lunch"))[1].startswith(
            "The recall has no clock 'lunch'; it has authority, full trace"
        )
        await done(caller, "closeRecall", id=recall, why="All is back")
        assert (await refused(caller, "meetClock", id=recall, clock="authority"))[0] == "WRONG_STATE"
        await done(caller, "startRecall", **asked, level="III")
        names = [[clock["name"] for clock in one["clocks"]] for one in (await caller.ask(CLOCKS, id=opened))["investigation"]["recalls"]]
        assert sorted(map(len, names)) == [3, 4], "the registry is asked for class I alone"

    at_desk(work)
