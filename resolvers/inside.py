"""Answers of this very process handed on while they are made: httpx's own transport holds them whole."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.types import ASGIApp

_AHEAD = 8
"""Blocks that may wait to be taken."""
Messages = asyncio.Queue[dict[str, Any] | None]


class Inside(httpx.AsyncBaseTransport):
    """A transport to an application of this process, for requests without a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer as soon as it begins. Raises what the application raises before that."""
        messages: Messages = asyncio.Queue(_AHEAD)
        work = asyncio.create_task(self._worked(request, messages))
        first = await messages.get()
        if first is None:
            await work
            raise httpx.RemoteProtocolError("The application ended without an answer.")
        return httpx.Response(first["status"], headers=first["headers"], stream=_Body(messages, work))

    async def _worked(self, request: httpx.Request, messages: Messages) -> None:
        told = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Any:
            return next(told, None) or await asyncio.Event().wait()

        try:
            await self._app(_scope(request), receive, messages.put)  # type: ignore[arg-type]
        finally:
            await messages.put(None)


class _Body(httpx.AsyncByteStream):
    def __init__(self, messages: Messages, work: "asyncio.Task[None]") -> None:
        self._messages, self._work = messages, work

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self._messages.get()) is not None:
            yield message.get("body", b"")
        await self._work

    async def aclose(self) -> None:
        """Let go of an answer that is not read to its end."""
        self._work.cancel()
        while not self._work.done():
            while not self._messages.empty():
                self._messages.get_nowait()
            await asyncio.sleep(0)


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": url.scheme, "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0], "query_string": url.query, "root_path": "", "server": (url.host, url.port),
        "client": ("127.0.0.1", 0), "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }  # fmt: skip
