"""A key of one company sees nothing of another: every field of the schema is asked for the other's things by id, key and text.

The questions are made from the schema itself, so that a field added later is asked too; a field that takes an argument unknown here fails the test.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from graph_core.platform import Platform
from ontology import codes
from ontology.kinds import KINDS
from ontology.language import Fact, Kind, Ref, Source
from ontology.relations import OF_PRODUCT
from resolvers.ids import id_of
from resolvers.lookups import key_parts
from resolvers.schema import schema
from resolvers.views import camel
from tests.resolvers.conftest import Desk, opened

Run = Callable[[Any], Any]
OWN, OTHER = "one's own company", "the other company"
MARK = "zebrafish"
"""Stands in every text that the other company recorded; no answer may hold it."""

QUERY: dict[str, GraphQLField] = getattr(schema._schema.query_type, "fields", {})
MUTATION: dict[str, GraphQLField] = getattr(schema._schema.mutation_type, "fields", {})
FILE = json.dumps({"format": "foodflow-demo/1", "source": MARK, "things": [{"as": "p", "kind": "Cheese"}]}).encode()


def _value(kind: Kind, name: str) -> Any:
    field = kind.fields[name]
    if field.is_ref:
        return Ref(KINDS[field.type].thing, _thing(KINDS[field.type]).key)
    return codes.OURS[field.codes][0] if field.codes in codes.OURS else MARK


def _thing(kind: Kind) -> Any:
    return kind.thing(**{part.rstrip("?"): _value(kind, part.rstrip("?")) for part in kind.keys[0]})


def _facts() -> Iterator[Fact]:
    for kind in KINDS.values():
        thing = _thing(kind)
        links = (OF_PRODUCT(_thing(KINDS["Product"])),) if kind.name == "Lot" else ()
        yield Fact(thing, Source(MARK, f"{MARK} {kind.name}"), links=links)


@pytest.fixture(scope="module")
def job(platform: Platform) -> Iterator[str]:
    """An import with a refused row of the other company, which holds one thing of every kind."""
    platform.create_tenant(OTHER)
    platform.create_tenant(OWN)

    async def load() -> str:
        graph = platform.open(platform.owner(OTHER))
        await graph.record(_facts())
        await graph.close()
        async with opened(platform) as desk:
            number = (await desk.of(OTHER).upload(f"{MARK}.json", FILE))["job"]["id"]
            await desk.of(OTHER).finished(number)
            mapping = f'{{kind: "lots", columns: [{{heading: "{MARK}", field: "lot"}}]}}'
            await desk.of(OTHER).ask(
                f'mutation {{ saveImportMapping(input: {{name: "{MARK}", mapping: {mapping}}}) {{ userErrors {{ message }} }} }}'
            )
            return str(number)

    yield asyncio.run(load())
    platform.drop_tenant(OTHER)
    platform.drop_tenant(OWN)


class Questions:
    """Questions for one field with the other company's ids, keys and words in every argument."""

    def __init__(self, job: str) -> None:
        self._job = job

    def of(self, name: str, field: GraphQLField) -> Iterator[str]:
        """One question for each way of naming the other company's things."""
        kinds = [kind for kind in KINDS.values() if name == kind.name[0].lower() + kind.name[1:] + "ByKey"] or list(KINDS.values())
        for kind in kinds:
            given = [f"{told}: {value}" for told, arg in field.args.items() if (value := self._argument(name, told, arg, kind))]
            yield "{ " + name + (f"({', '.join(given)})" if given else "") + self._selected(field, 5) + " }"
            if not any(told in field.args for told in ("id", "ids", "input")):
                return

    def _argument(self, field: str, name: str, argument: GraphQLArgument, kind: Kind) -> str | None:
        if field in ("importJob",):
            return json.dumps(self._job)
        if name in ("id", "ids"):
            return json.dumps(id_of(kind.name, _thing(kind).key))
        if name == "input":
            return f'{{starts: [{{id: "{id_of(kind.name, _thing(kind).key)}"}}]}}'
        if field.endswith("ByKey") and name not in ("asOf", "knownAt"):
            part = next(one for one in key_parts(kind) if camel(one.name) == name)
            return f'{{id: "{id_of(part.type, _thing(KINDS[part.type]).key)}"}}' if part.is_ref else self._part(kind, part.name)
        known = {
            "text": json.dumps(MARK),
            "first": "5",
            "last": "5",
            "offset": "0",
            "among": None,
            "atLeast": None,
            "asOf": None,
            "knownAt": None,
            "kinds": None,
            "after": None,
            "orderBy": None,
            "where": None,
        }
        assert name in known, f"{field}({name}) is new: say here what of the other company it is to be asked for"
        return known[name]

    def _part(self, kind: Kind, name: str) -> str | None:
        """The part of the other company's key; nothing for the parts of other ways to name the kind."""
        held = getattr(_thing(kind), name)
        return json.dumps(held) if held else None

    def _selected(self, field: GraphQLField, depth: int) -> str:
        return self._of(get_named_type(field.type), depth)

    def _of(self, kind: Any, depth: int) -> str:
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        chosen = ["__typename"]
        for name, field in kind.fields.items():
            far = get_named_type(field.type)
            leaf = not isinstance(far, GraphQLObjectType | GraphQLInterfaceType)
            if name in ("verification", "totalCount", "of") or (not leaf and depth <= 1):
                continue
            if any(isinstance(argument.type, GraphQLNonNull) and argument.default_value is None for argument in field.args.values()):
                raise AssertionError(f"{kind.name}.{name} takes an argument that must be given: say here which")
            given = [*([REQUIRED[name]] if name in REQUIRED else []), *(["first: 2"] if "first" in field.args else [])]
            small = f"{name}({', '.join(given)})" if given else name
            chosen.append(small if leaf else small + self._of(far, depth - 2 if far.name == "Edge" else depth - 1))
        return " { " + " ".join(chosen) + " }"


OWN_ALONE = ("caller", "journal", "tenant", "tenants", "tenantsLog", "keys", "administration", "importFields", "importTemplate", "enrichers")
"""Questions that name nothing; their answers are asked for below, in test_tenants.py and test_keys.py (importFields, enrichers: of no company)."""


REQUIRED = {"rows": "of: LOTS"}
COUNTS = ("total", "looseEnds", "lookedAt", "inStock")
OF_NOTHING_HERE = ("trace", "recallSize", "recallRanking", "brokenLinks", "settledLinks", "massBalance")
"""Questions that show nothing of the things here to their own company either; those of their own tests show something."""


def _filled(answer: Any) -> bool:
    """Whether an answer holds anything that stands for a thing."""
    if isinstance(answer, dict):
        return any(_filled(value) for name, value in answer.items() if name not in ("__typename", "pageInfo", *COUNTS))
    return any(map(_filled, answer)) if isinstance(answer, list) else answer is not None


@pytest.mark.parametrize("name", [name for name in QUERY if name not in OWN_ALONE])
def test_no_question_shows_anything_of_the_other_company(name: str, at_desk: Run, job: str) -> None:
    async def work(desk: Desk) -> None:
        mine, theirs = desk.of(OWN), desk.of(OTHER)
        shown = False
        for question in Questions(job).of(name, QUERY[name]):
            told = await mine.answer(question)
            assert MARK not in json.dumps(told.get("data")), question
            assert not _filled(told.get("data")), question
            if "errors" in told:
                assert name in ("trace", "recallSize", "investigation") and told["errors"][0]["extensions"]["code"] in ("REFUSED", "AMBIGUOUS"), told
            shown = shown or _filled((await theirs.answer(question)).get("data"))
        assert shown or name in OF_NOTHING_HERE, f"the question for {name} shows nothing to its own company either: it proves nothing"

    at_desk(work)


def test_the_journal_and_the_caller_are_ones_own(at_desk: Run, job: str) -> None:
    async def work(desk: Desk) -> None:
        query = "{ caller { tenant name permissions } journal { head { seq } verification { entries things problems whole } } }"
        told = await desk.of(OWN).ask(query)
        assert told["caller"]["tenant"] == OWN
        assert told["journal"] == {"head": {"seq": 0}, "verification": {"entries": 0, "things": 0, "problems": [], "whole": True}}
        assert (await desk.of(OTHER).ask(query))["journal"]["verification"]["things"] >= len(KINDS)

    at_desk(work)


CHANGES = {
    "record": '{facts: [{id: "%(id)s", links: [{relation: "SAME_AS", to: {id: "%(id)s"}}]}]}',
    "retract": '{id: "%(id)s", record: "zebrafish Lot", reason: "x"}',
    "undoImport": '{id: "%(job)s"}',
    "importFile": None,
    "previewImport": '{upload: "%(upload)s"}',
    "saveImportMapping": '{name: "mole", mapping: {kind: "lots", columns: [{heading: "Lot", field: "lot"}]}}',
    "dropImportMapping": '{name: "zebrafish"}',
    "openInvestigation": '{name: "mole", marked: true}',
    "addCase": '{investigation: "%(Investigation)s", at: [{id: "%(Place)s"}], case: "%(Case)s"}',
    "removeCase": '{id: "%(Case)s", why: "x"}',
    "decide": '{investigation: "%(Investigation)s", change: HIDDEN, of: [{id: "%(Place)s"}]}',
    "undoDecision": '{id: "%(Decision)s"}',
    "redoDecision": '{id: "%(Decision)s"}',
    "closeInvestigation": '{id: "%(Investigation)s"}',
    "reopenInvestigation": '{id: "%(Investigation)s"}',
    "placeHold": '{of: [{id: "%(id)s"}], reason: "x"}',
    "releaseHold": '{id: "%(Hold)s", why: "x"}',
    "startRecall": '{of: [{id: "%(id)s"}], reason: "x", level: I, depth: SHOPS}',
    "closeRecall": '{id: "%(Recall)s", why: "x"}',
    "mockRecall": '{start: {id: "%(id)s"}}',
    "settleLinks": '{links: ["link_0123456789ab"], confirm: true}',
    "reopenLinks": '{links: ["link_0123456789ab"], why: "x"}',
    "addTest": '{investigation: "%(Investigation)s", of: [{id: "%(id)s"}], positive: true, result: "x"}',
    "removeTest": '{id: "%(TestResult)s", why: "x"}',
    "meetClock": '{id: "%(Recall)s", clock: "full trace"}',
    "runEnricher": '{name: "mass balance"}',
    "createKey": '{name: "mole", permissions: ["read"]}',
    "rotateKey": '{id: "%(key)s"}',
    "revokeKey": '{id: "%(key)s", evenIfLast: true}',
    "createTenant": '{name: "mole"}',
    "suspendTenant": '{name: "the other company"}',
    "resumeTenant": '{name: "the other company"}',
    "deleteTenant": '{name: "the other company", confirm: "the other company"}',
}


def test_every_change_is_asked_below() -> None:
    assert set(MUTATION) == set(CHANGES), "a new mutation: say here how it would touch the other company"


def test_no_change_touches_the_other_company(at_desk: Run, job: str) -> None:
    async def work(desk: Desk) -> None:
        theirs, mine = desk.of(OTHER), desk.of(OWN)
        everything = "{ journal { head { seq hash } } lots { nodes { facts { id } sameAs { node { id } } } } importJobs { id state } "
        everything += "investigations { nodes { closed { text } } } holds { nodes { key } } "
        everything += "tenant { suspended } keys { id name state } importMappings { name } }"
        before = await theirs.ask(everything)
        names = {"id": id_of("Lot", _thing(KINDS["Lot"]).key), "job": job, "key": before["keys"][0]["id"]}
        names |= {kind.name: id_of(kind.name, _thing(kind).key) for kind in KINDS.values()}
        names["upload"] = f"{hashlib.sha256(FILE).hexdigest()}/{MARK}.json"
        for name, given in CHANGES.items():
            if given is not None:
                told = await mine.answer(f"mutation {{ {name}(input: {given % names}) {{ userErrors {{ message }} }} }}")
                said = json.dumps((told.get("data") or {}).get(name) or {})
                assert MARK not in said.replace(names["id"], "").replace(f"no mapping '{MARK}'", ""), "beyond the words of the question itself"
                if name.endswith("Tenant"):
                    assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN" and OTHER not in json.dumps(told)
        await mine.finished((await mine.upload(f"{MARK}.json", FILE))["job"]["id"])
        assert await theirs.ask(everything) == before
        refused = await mine.client.get(f"/imports/{job}/refused", headers=mine.headers)
        assert refused.status_code == 400 and "has no import" in refused.text

    at_desk(work)


def test_keys_acts_and_the_tenant_are_ones_own_and_other_tenants_are_not_named(at_desk: Run, job: str) -> None:
    async def work(desk: Desk) -> None:
        mine = desk.of(OWN, name="own administrator")
        desk.of(OTHER, name=MARK)
        told = await mine.ask("{ keys { name } administration { tenant } tenant { name kinds { kind count } } }")
        assert "own administrator" in {key["name"] for key in told["keys"]} and {act["tenant"] for act in told["administration"]} == {OWN}
        assert told["tenant"]["name"] == OWN and MARK not in json.dumps(told) and OTHER not in json.dumps(told)
        for field in ("tenants { name }", "tenantsLog { tenant }"):
            refused = await mine.answer(f"{{ {field} }}")
            assert refused["data"] is None and refused["errors"][0]["extensions"]["code"] == "FORBIDDEN" and OTHER not in json.dumps(refused)

    at_desk(work)


def test_every_input_of_the_schema_is_of_a_known_shape() -> None:
    """The questions above fill arguments by name: no argument of a list or look-up is left that could name a thing in another way."""
    for field in QUERY.values():
        for argument in field.args.values():
            kind = argument.type.of_type if isinstance(argument.type, GraphQLNonNull) else argument.type
            named = getattr(get_named_type(kind), "name", "")
            assert isinstance(kind, GraphQLList | GraphQLInputObjectType | GraphQLEnumType) or named in ("ID", "String", "Int", "Float")
