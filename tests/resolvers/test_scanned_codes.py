"""A scanned code finds what it names wherever a code is asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.resolvers.conftest import Desk

Run = Callable[[Any], Any]
SPELLINGS = [
    "(01)09506000134352(10)L001",
    "]C10109506000134352" + "10L001",
    "0109506000134352" + "10L001\u001d",
    "https://id.gs1.org/01/09506000134352/10/L001?17=250831",
    "urn:epc:class:lgtin:9506000.013435.L001",
]


@pytest.mark.parametrize("code", SPELLINGS)
def test_a_scanned_code_is_searched_and_traced_from(at_desk: Run, company: str, code: str) -> None:
    async def work(desk: Desk) -> None:
        caller = desk.of(company)
        found = (await caller.ask("query($text: String!) { search(text: $text) { key } }", text=code))["search"]
        assert found[0]["key"] == "code:gtin:09506000134352/L001"
        trace = await caller.ask("query($input: TraceInput!) { trace(input: $input) { starts { label } } }", input={"starts": [{"code": code}]})
        assert trace["trace"]["starts"][0]["label"] == "lot Wheat flour L001"

    at_desk(work)
