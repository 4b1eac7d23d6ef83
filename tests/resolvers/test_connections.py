"""Lists come in pages: together they are the whole, in every order, and a cursor is good for its own list only."""

from collections.abc import Callable
from typing import Any

import pytest

from resolvers.connections import ordered
from tests.resolvers.conftest import Desk

PAGE = """query($first: Int!, $after: String, $order: LotOrder, $where: LotFilter) {
  lots(first: $first, after: $after, orderBy: $order, where: $where) {
    totalCount nodes { id key code note made { earliest } } edges { cursor node { key } } pageInfo { hasNextPage endCursor } } }"""

Run = Callable[[Any], Any]


async def every(caller: Any, first: int, **asked: Any) -> list[Any]:
    """All rows of a list, page by page."""
    rows: list[Any] = []
    after = None
    while True:
        page = (await caller.ask(PAGE, first=first, after=after, **asked))["lots"]
        rows += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return rows
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", list(ordered("Lot")))
def test_the_pages_of_every_order_are_the_whole_set_in_that_order(field: str, direction: str, at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        rows = await every(desk.of(company), 17, order={"field": field, "direction": direction})
        assert len(rows) == len({row["key"] for row in rows}) == 120
        values = [row["made"] and row["made"]["earliest"] if field == "made" else row.get(field) for row in rows]
        if field in ("made", "note", "code", "key"):
            told = [value for value in values if value is not None]
            assert told == sorted(told, reverse=direction == "DESC")
            assert values[len(told) :] == [None] * (120 - len(told)), "what has no value comes last"

    at_desk(work)


def test_a_page_says_how_many_there_are_only_when_asked(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        page = (await caller.ask(PAGE, first=5, where={"note": {"eq": "Silo 2"}}))["lots"]
        assert page["totalCount"] == 20 and len(page["nodes"]) == 5
        assert [edge["node"]["key"] for edge in page["edges"]] == [node["key"] for node in page["nodes"]]
        assert (await caller.ask("{ lots(first: 1) { nodes { code } } }"))["lots"] == {"nodes": [{"code": "L000"}]}

    at_desk(work)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"code": {"in": ["L001", "L002", "none"]}}, 2),
        ({"code": {"startsWith": "L00"}}, 10),
        ({"code": {"contains": "01"}}, 12),
        ({"code": {"gte": "L118"}}, 2),
        ({"codeKnown": {"eq": False}}, 60),
        ({"made": {"isNull": True}}, 24),
        ({"made": {"from": "2025-03-09"}, "note": {"isNull": False}}, 11),
        ({"made": {"until": "2025-03-01"}}, 11),
        ({"or": [{"code": {"eq": "L007"}}, {"and": [{"code": {"gt": "L115"}}, {"codeKnown": {"eq": True}}]}]}, 3),
        ({"not": {"note": {"eq": "Silo 2"}}}, 100),
    ],
)
def test_a_filter_leaves_what_holds(where: dict[str, Any], count: int, at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        rows = await every(desk.of(company), 40, where=where)
        assert len(rows) == count

    at_desk(work)


def test_a_reference_is_filtered_by_id(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        product = (await caller.ask("{ products { nodes { id } } }"))["products"]["nodes"][0]["id"]
        assert len(await every(caller, 100, where={"product": {"eq": product}})) == 120
        place = (await caller.ask("{ places { nodes { id } } }"))["places"]["nodes"][0]["id"]
        wrong = await caller.answer(PAGE, first=1, where={"product": {"eq": place}})
        assert "refers to a Product" in wrong["errors"][0]["message"]

    at_desk(work)


def test_a_cursor_of_another_list_is_refused(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        cursor = (await caller.ask(PAGE, first=1))["lots"]["pageInfo"]["endCursor"]
        for other in ({"order": {"field": "code"}}, {"order": {"field": "key", "direction": "DESC"}}, {"where": {"code": {"eq": "L001"}}}):
            told = await caller.answer(PAGE, first=1, after=cursor, **other)
            assert told["errors"][0]["extensions"]["code"] == "CURSOR_MISMATCH"
        told = await caller.answer(PAGE, first=1, after="nonsense")
        assert told["errors"][0]["extensions"]["code"] == "REFUSED"

    at_desk(work)


def test_a_page_has_its_limits(at_desk: Run, company: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        assert "0 to 100" in (await caller.answer(PAGE, first=101))["errors"][0]["message"]
        many = {"or": [{"code": {"eq": str(number)}} for number in range(101)]}
        assert "at most 100 comparisons" in (await caller.answer(PAGE, first=1, where=many))["errors"][0]["message"]

    at_desk(work)
