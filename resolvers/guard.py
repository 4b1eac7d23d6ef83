"""The door of the server: which names it answers to, how large a body may be, and what a browser may do with its pages."""

import logging
import os
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

LARGEST = 1_000_000
"""Bytes of a body that is no upload."""

NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

_log = logging.getLogger("foodflow.server")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Guard:
    """Answers for the application what must not reach it, and puts the security headers on what leaves it.

    A page of another site that points its own name at this machine (DNS rebinding) is refused: the server answers to loopback
    names only, and to those that its owner put into FOODFLOW_NAMES.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._names = NAMES | frozenset(os.environ.get("FOODFLOW_NAMES", "").split())

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun: list[bool] = []

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(True)
                told = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    told.setdefault(name, value)
                if not scope["path"].startswith("/assets/"):
                    told.setdefault("cache-control", "no-store")
            await send(message)

        problem = self._problem(Headers(scope=scope))
        if problem:
            await _answer(*problem)(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # its text may hold data: it is told to nobody, its kind to the log
            number = f"err_{secrets.token_hex(4)}"
            _log.error("%s %s failed: %s (%s)", scope["method"], scope["path"], type(error).__name__, number)
            if not begun:
                said = f"Something went wrong on our side; nothing was changed. Quote {number} when you ask for help."
                await _answer(500, "INTERNAL", said)(scope, receive, guarded)

    def _problem(self, headers: Headers) -> tuple[int, str, str] | None:
        name = headers.get("host", "").rpartition(":")[0] if headers.get("host", "").rpartition(":")[2].isdigit() else headers.get("host", "")
        if name not in self._names:
            return (
                421,
                "REFUSED",
                "This server answers to localhost and 127.0.0.1: use one of these, or have its owner add the name to FOODFLOW_NAMES.",
            )
        size = headers.get("content-length", "0")
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        if not size.isdigit() or (int(size) > LARGEST and not upload):
            return 413, "REFUSED", f"A request has at most {LARGEST} bytes: import a file for more."
        return None


def _answer(status: int, code: str, said: str) -> JSONResponse:
    return JSONResponse({"errors": [{"message": said, "extensions": {"code": code}}]}, status)
