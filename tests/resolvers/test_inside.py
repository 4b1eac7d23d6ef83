"""An answer of this process is handed on block by block, and what goes wrong is told."""

import asyncio
from typing import Any

import httpx
import pytest

from resolvers.inside import Inside


def asking(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=Inside(app), base_url="http://localhost", headers={"Authorization": "Bearer x"})


def test_blocks_come_while_the_answer_is_made_and_no_faster_than_they_are_taken() -> None:
    made = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["path"], scope["query_string"], (b"authorization", b"Bearer x") in scope["headers"]) == ("/a b", b"c=d", True)
        assert (await receive())["more_body"] is False
        await send({"type": "http.response.start", "status": 200, "headers": [(b"said", b"yes")]})
        for number in range(100):
            made.append(number)
            await send({"type": "http.response.body", "body": b"%d," % number, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def work() -> None:
        async with asking(app) as client, client.stream("GET", "/a b?c=d") as answer:
            assert (answer.status_code, answer.headers["said"]) == (200, "yes")
            await asyncio.sleep(0.05)
            assert len(made) < 20
            assert b"".join([block async for block in answer.aiter_bytes()]) == b"".join(b"%d," % number for number in range(100))
        ended = []
        async with asking(app) as client, client.stream("GET", "/a b?c=d") as answer:
            ended.append(answer)
        assert len(asyncio.all_tasks()) == 1, "an answer that nobody reads is let go"

    asyncio.run(work())


@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_error_of_the_application_is_raised_wherever_it_comes(after: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent = [{"type": "http.response.start", "status": 200, "headers": []}, {"type": "http.response.body", "body": b"x", "more_body": True}]
        for message in sent[:after]:
            await send(message)
        raise ValueError("broken")

    async def work() -> None:
        async with asking(app) as client, client.stream("GET", "/") as answer:
            await answer.aread()

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(work())
