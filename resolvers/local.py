"""What only the owner of the data folder may do beside GraphQL: look at the engine, make links that sign in, back up, export and restore."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from graph_core.commands import usage_checks
from graph_core.health import engine_checks
from graph_core.platform import Platform
from ontology.errors import Forbidden, Refused
from resolvers.guard import LARGEST


class Local:
    """The owner's endpoints; each asks for the secret first."""

    def __init__(self, platform: Platform, secret: str, forget: Callable[[str], None], link: Callable[[], str]) -> None:
        self._platform, self._secret, self._forget, self._new_link = platform, secret, forget, link

    def is_owner(self, key: str) -> bool:
        """Whether a key is the owner's secret; compared in constant time."""
        return secrets.compare_digest(key.encode(), self._secret.encode())

    def routes(self) -> list[Route]:
        """The endpoints."""
        ways: list[tuple[str, str, Any]] = [
            ("GET", "/local/health", self._health),
            ("POST", "/local/links", self._link),
            ("POST", "/local/backup", self._backup),
            ("POST", "/local/restore", self._restore),
            ("POST", "/local/export", self._export),
        ]
        return [Route(path, self._guarded(work), methods=[method]) for method, path, work in ways]

    def _guarded(self, work: Callable[[dict[str, Any]], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not self.is_owner(key):
                raise Forbidden("Only the owner of the data folder may do this: use the command line as that user.")
            return JSONResponse(await work(await _body(request)))

        return answer

    async def _health(self, _: dict[str, Any]) -> Any:
        names = [tenant.name for tenant in self._platform.registry.tenants()]
        checks = (
            await asyncio.to_thread(engine_checks, self._platform.engine),
            await asyncio.to_thread(usage_checks, self._platform.engine.pid, names),
        )
        return [asdict(check) for listed in checks for check in listed]

    async def _link(self, _: dict[str, Any]) -> Any:
        return {"path": self._new_link()}

    async def _backup(self, asked: dict[str, Any]) -> Any:
        return {"file": str(await asyncio.to_thread(self._platform.backup, _text(asked, "tenant"), Path(_text(asked, "folder"))))}

    async def _export(self, asked: dict[str, Any]) -> Any:
        made = await self._platform.export(_text(asked, "tenant"), Path(_text(asked, "folder")))
        return {**asdict(made), "file": str(made.file)}

    async def _restore(self, asked: dict[str, Any]) -> Any:
        tenant, file = _text(asked, "tenant"), Path(_text(asked, "file"))
        before = {one.database for one in self._platform.registry.tenants()}
        await asyncio.to_thread(self._platform.restore, file, tenant, bool(asked.get("replace")))
        for database in before - {one.database for one in self._platform.registry.tenants()}:
            self._forget(database)
        return {"tenant": tenant}


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} is missing: send it as JSON text.")
    return value


async def _body(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > LARGEST:
            raise Refused(f"A request has at most {LARGEST} bytes.")
    with suppress(orjson.JSONDecodeError):
        asked = orjson.loads(bytes(body) or b"{}")
        if isinstance(asked, dict):
            return asked
    raise Refused("The request is no JSON object.")
