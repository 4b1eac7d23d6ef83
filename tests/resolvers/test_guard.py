"""The door: names, sizes, depth, errors that tell nothing of the inside, and headers on every answer."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from resolvers.questions import BadQuery, bounded
from resolvers.schema import schema
from tests.resolvers.conftest import Desk

Run = Callable[[Any], Any]


def test_a_name_that_is_not_loopback_is_refused(at_desk: Run) -> None:
    async def work(desk: Desk) -> None:
        for name in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""):
            answer = await desk.client.get("/livez", headers={"Host": name})
            assert answer.status_code == 421, name
        for name in ("localhost", "127.0.0.1:8000", "[::1]:8000"):
            assert (await desk.client.get("/livez", headers={"Host": name})).status_code == 200, name

    at_desk(work)


def test_a_name_that_the_owner_added_is_answered_and_no_other(at_desk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODFLOW_NAMES", "foodflow.example recall.example")

    async def work(desk: Desk) -> None:
        asked = {"recall.example": 200, "foodflow.example:443": 200, "localhost": 200, "example": 421, "": 421}
        assert {name: (await desk.client.get("/livez", headers={"Host": name})).status_code for name in asked} == asked

    at_desk(work)


def test_every_answer_carries_the_security_headers(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        answers = [await desk.client.get(path) for path in ("/livez", "/docs", "/docs/none", "/graphql", "/imports/x/refused", "/assets/docs.css")]
        for answer in answers:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-frame-options"] == "DENY"

    at_desk(work)


def test_a_body_that_is_too_large_is_refused_with_and_without_its_length(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        headers = desk.of(tenant).headers | {"Content-Type": "application/json"}
        large = b'{"query": "' + b"x" * 1_100_000 + b'"}'
        assert (await desk.client.post("/graphql", content=large, headers=headers)).status_code == 413

        async def pieces() -> Any:
            yield large[:600_000]
            yield large[600_000:]

        streamed = await desk.client.post("/graphql", content=pieces(), headers=headers)
        assert streamed.status_code == 400 and "at most 1000000 bytes" in streamed.text

    at_desk(work)


DEEP = "{ lots { nodes { " + "partOf { node { ... on Lot { " * 12 + "key" + " } } }" * 12 + " } } }"
FRAGMENTS = "{ caller { ...f0 } } " + " ".join(f"fragment f{n} on CallerView {{ ...f{n + 1} ...f{n + 1} }}" for n in range(100))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ " + "caller { tenant } " * 1200 + "}", "characters"),
        ("{ " + "a " * 2100 + "}", "token"),
        (DEEP, "levels"),
        ("{ lots(first: 100) { nodes { shipments(first: 100) { node { ... on Shipment { sentBy(first: 100) { carries } } } } } } }", "rows"),
        ("{ " + " ".join(f't{n}: trace(input: {{starts: [{{code: "a"}}]}}) {{ words }}' for n in range(21)) + " }", "rows"),
        (FRAGMENTS + " fragment f100 on CallerView { tenant }", "fields"),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", "introspection"),
    ],
    ids=["long", "tokens", "deep", "rows", "traces", "fragments", "introspection"],
)
def test_a_question_that_asks_for_too_much_is_refused_before_it_costs_anything(query: str, said: str, at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        answer = await desk.client.post("/graphql", json={"query": query}, headers=desk.of(tenant).headers)
        told = answer.json()["errors"][0]
        assert answer.status_code == 400 and told["extensions"]["code"] == "BAD_QUERY" and said in told["message"].lower(), told

    at_desk(work)


def test_the_size_of_a_page_counts_also_when_it_is_a_variable() -> None:
    query = "query($n: Int!) { lots(first: $n) { nodes { shipments(first: $n) { node { ... on Shipment { sentBy(first: $n) { carries } } } } } } }"
    assert bounded(schema, query, {"n": 10}).errors == ()
    with pytest.raises(BadQuery, match="rows"):
        bounded(schema, query, {"n": 100})


@pytest.mark.parametrize(
    ("query", "name"), [("query A { caller { name } } query B { caller { name } }", None), ("{ caller { name } }", "A"), ("", "A")]
)
def test_an_operation_that_is_not_there_is_refused_in_our_words(query: str, name: str | None, at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        asked = {"query": query, "operationName": name}
        answer = await desk.client.post("/graphql", json=asked, headers=desk.of(tenant).headers)
        assert answer.status_code == 400 and answer.json()["errors"][0]["extensions"]["code"] == "BAD_QUERY"

    at_desk(work)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_question_of_another_content_type_is_refused(kind: str, at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        headers = desk.of(tenant).headers | {"Content-Type": kind}
        answer = await desk.client.post("/graphql", content=b'{"query": "{ caller { name } }"}', headers=headers)
        assert answer.status_code == 400 and "application/json" in answer.text

    at_desk(work)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"query": 1}', b'{"query": "{ caller { name } }", "variables": []}', b"\xff"])
def test_a_body_that_is_no_question_is_refused_in_our_words(body: bytes, at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        headers = desk.of(tenant).headers | {"Content-Type": "application/json"}
        answer = await desk.client.post("/graphql", content=body, headers=headers)
        told = answer.json().get("errors")
        assert answer.status_code in (200, 400) and (not told or told[0]["extensions"]["code"] == "REFUSED")

    at_desk(work)


def test_no_key_and_a_wrong_key_open_nothing(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        for headers in ({}, {"Authorization": "Bearer ffk_none"}, {"Authorization": "Bearer ffo_none"}, {"Authorization": "Basic eA=="}):
            answer: httpx.Response = await desk.client.post("/graphql", json={"query": "{ caller { name } }"}, headers=headers)
            assert answer.status_code == 401 and answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    at_desk(work)


def test_a_small_question_opens_no_new_connection(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        await caller.ask("{ lots(first: 1) { nodes { key } } }")
        async with desk.service.opened.graph(desk.platform.caller(caller.key)) as first:
            pass
        await caller.ask("{ lots(first: 1) { nodes { key } } }")
        async with desk.service.opened.graph(desk.platform.caller(caller.key)) as second:
            assert first is second

    at_desk(work)
