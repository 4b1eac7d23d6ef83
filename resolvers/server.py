"""The server: GraphQL for a caller's own graph, the files beside it, and the signs of life."""

import asyncio
import errno
import gc
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import uvicorn
from a2wsgi import WSGIMiddleware
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ExceptionHandler, Receive, Scope, Send

from graph_core.callers import Caller, Permission
from graph_core.platform import Platform
from ontology.errors import Ambiguous, FoodFlowError, Forbidden, Refused, Unavailable, Unknown
from resolvers import pages
from resolvers.context import Context
from resolvers.exchange import Exchange
from resolvers.flows import Flows
from resolvers.guard import LARGEST, Guard
from resolvers.jobs import Jobs
from resolvers.local import Local
from resolvers.nightly import Nightly
from resolvers.opened import Opened
from resolvers.questions import bounded
from resolvers.schema import schema
from resolvers.serving import PREFIX, Serving, file_name, new_secret
from resolvers.sessions import Sessions, sign_in_first
from resolvers.uploads import Upload

PATIENCE = 300.0
"""Seconds after which a question is given up."""
_LEFT = 20_000
"""Objects from which on it is looked for what refers to itself."""

Workspace = Callable[..., Iterable[bytes]]
"""The pages that people work with: a WSGI application that asks the API as its visitor."""

_log = logging.getLogger("foodflow.server")


class NoKey(Forbidden):
    """The request carries no key that we know."""


class Service:
    """What a server keeps between requests: open graphs, flows, running imports, the owner's secret."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.secret = platform, new_secret()
        self.opened = Opened(platform)
        self.flows = Flows(platform.folder.path / "flows")
        self.jobs = Jobs(platform, self.opened, self.flows)
        self.sessions = Sessions(platform)
        self.nightly = Nightly(platform, self.opened, self.flows, self.jobs)
        self.exchange = Exchange(self.opened, self.flows)
        self.local = Local(platform, self.secret, self.flows.forget, self.sessions.link)

    async def close(self) -> None:
        """Stop imports between two batches, then let go of the engine."""
        await self.jobs.stop()
        await self.flows.close()
        await self.opened.close()

    def caller(self, request: Request) -> Caller:
        """Who asks; an owner may name no tenant. Raises NoKey, or Forbidden when the tenant is suspended."""
        caller = self._caller(request)
        self.platform.need_active(caller)
        return caller

    def _caller(self, request: Request) -> Caller:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not scheme and (caller := self.sessions.caller(request)):
            return caller
        if scheme.lower() != "bearer" or not key:
            raise NoKey("No key, no data: send `Authorization: Bearer ffk_...`.")
        if self.local.is_owner(key):
            return self.platform.owner(request.headers.get("foodflow-tenant", ""))
        try:
            if key.startswith(PREFIX):
                raise Forbidden("This is the owner's secret of a server that has ended: read `server.json` anew.")
            return self.platform.caller(key)
        except Forbidden as error:
            raise NoKey(str(error)) from None

    async def graphql(self, request: Request) -> Response:
        """Answer a question."""
        caller = self.caller(request)
        asked = await self._asked(request, caller)
        variables = asked.get("variables") or {}
        if not isinstance(variables, dict):
            raise Refused("`variables` is an object.")
        checked = bounded(schema, asked["query"], variables, asked.get("operationName"))
        if checked.errors:
            return _json({"errors": [_shown(error) for error in checked.errors]}, 400)
        try:
            async with asyncio.timeout(PATIENCE), AsyncExitStack() as held:
                graph = await held.enter_async_context(self.opened.graph(caller)) if caller.tenant else None
                context = Context(self.platform, caller, self.opened, self.flows, self.jobs, graph)
                answer = await schema.execute(asked["query"], variables, context, operation_name=asked.get("operationName"))
        except TimeoutError:
            raise Unavailable(f"The answer took more than {PATIENCE:.0f} s: ask for less at once.") from None
        errors = [_shown(error) for error in answer.errors or ()]
        return _json({"data": answer.data} | ({"errors": errors} if errors else {}))

    async def _asked(self, request: Request, caller: Caller) -> dict[str, Any]:
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            caller.need(Permission.RECORD)
            database = self.platform.registry.tenant(caller.tenant).database
            asked: Any = await Upload(self.jobs.folder(database), kind).read(request.stream())
        elif kind.partition(";")[0].strip() == "application/json":
            asked = await _body(request)
        else:
            raise Refused("GraphQL is asked with Content-Type: application/json.")
        if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
            raise Refused('The request is {"query": "...", "variables": {...}}.')
        return asked

    async def refused(self, request: Request) -> Response:
        """The refused rows of an import, to be mended and imported again."""
        caller = self.caller(request)
        caller.need(Permission.READ)
        tenant = self.platform.registry.tenant(caller.tenant)
        job = self.platform.registry.job(tenant.name, request.path_params["id"])
        body = iterate_in_threadpool(self.jobs.mendable(job, tenant.database))
        return StreamingResponse(
            body, media_type="application/octet-stream", headers={"content-disposition": f'attachment; filename="refused-{file_name(job.file)}"'}
        )

    async def exported(self, request: Request) -> Response:
        """The graph of the caller's tenant as a file for other tools."""
        return await self.exchange.answer(self.caller(request), request.path_params["name"], request.query_params)

    async def livez(self, request: Request) -> Response:
        """Whether the program lives."""
        return PlainTextResponse("ok\n")

    async def readyz(self, request: Request) -> Response:
        """Whether it can answer."""
        ready = await asyncio.to_thread(self.platform.engine.alive)
        return PlainTextResponse("ready\n" if ready else "the graph engine does not answer\n", 200 if ready else 503)


class SignedIn:
    """Pages of a WSGI application, shown to who is signed in; others are asked to sign in first."""

    def __init__(self, service: Service, workspace: Workspace) -> None:
        self._service, self._pages = service, WSGIMiddleware(workspace, workers=8)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show a page, or the way to it."""
        request = Request(scope)
        if self._service.sessions.callers(request):
            await self._pages(scope, receive, send)  # type: ignore[arg-type]
        elif request.method == "GET":
            await sign_in_first(request)(scope, receive, send)
        else:
            raise NoKey("You are signed out: sign in again.")


async def _tidied() -> None:
    """Every ten seconds let go of what answers left behind that refers to itself (about 160 small objects each)."""
    while True:
        await asyncio.sleep(10)
        if gc.get_count()[0] > _LEFT:
            gc.collect(1)


def application(platform: Platform, workspace: Workspace | None = None) -> Starlette:
    """The application over a platform, with the pages of a workspace (a WSGI application) if one is given.

    `state.service` is what it keeps, to be closed by who runs it without a lifespan.
    """
    service = Service(platform)
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)  # errors are answered with words, not logged with data

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        beside = [asyncio.create_task(_tidied()), asyncio.create_task(service.nightly.watch())]
        yield
        for task in beside:
            task.cancel()
        await service.close()

    routes: list[BaseRoute] = [
        Route("/graphql", service.graphql, methods=["POST"]),
        Route("/imports/{id}/refused", service.refused, methods=["GET"]),
        Route("/export/{name}", service.exported, methods=["GET"]),
        Route("/livez", service.livez),
        Route("/readyz", service.readyz),
        *service.local.routes(),
        *service.sessions.routes(),
        *pages.routes(),
        Mount("/", SignedIn(service, workspace)) if workspace else Route("/", pages.home, methods=["GET"]),
    ]
    handlers: dict[Any, ExceptionHandler] = {FoodFlowError: _failed}
    app = Starlette(routes=routes, middleware=[Middleware(Guard)], exception_handlers=handlers, lifespan=lifespan)
    app.state.service = service
    return app


class _Server(uvicorn.Server):
    """A server that says where it is as soon as it listens."""

    def __init__(self, config: uvicorn.Config, platform: Platform, serving: Serving, listens: Callable[[str], None]) -> None:
        super().__init__(config)
        self._platform, self._serving, self._listens = platform, serving, listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then write the state file."""
        await super().startup(sockets)
        if self.started:
            self._serving.write(self._platform.folder.path)
            self._listens(self._serving.url)


async def serve(
    platform: Platform,
    port: int,
    listens: Callable[[str, str], None] = lambda url, link: None,
    workspace: Callable[[str], Workspace] | None = None,
    first: str = "/",
) -> None:
    """Serve on loopback, or where FOODFLOW_HOST says, until Ctrl-C or SIGTERM. Raises Unavailable when the port is taken.

    `listens` is told the address, and the one-time link that signs in there and shows the page `first`; `workspace` makes the pages that ask
    the API at an address.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((os.environ.get("FOODFLOW_HOST") or "127.0.0.1", port))
    except OSError as error:
        held.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise Refused("FOODFLOW_HOST is no address of this machine: name one, or unset it for 127.0.0.1.") from None
        raise Unavailable(f"Port {port} is in use by another program: stop it, or choose another with --port.") from None
    url = f"http://127.0.0.1:{held.getsockname()[1]}"
    app = application(platform, workspace(url) if workspace else None)
    service: Service = app.state.service
    serving = Serving(url, os.getpid(), service.secret)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=5, h11_max_incomplete_event_size=65536
    )
    try:
        with held:
            await _Server(config, platform, serving, lambda url: listens(url, url + service.sessions.link(first))).serve(sockets=[held])
    finally:
        serving.remove(platform.folder.path)


async def _body(request: Request) -> Any:
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > LARGEST:
            raise Refused(f"A request has at most {LARGEST} bytes: import a file for more.")
    try:
        return orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        raise Refused("The request is no JSON.") from None


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, FoodFlowError)
    status = 401 if isinstance(error, NoKey) else 403 if isinstance(error, Forbidden) else 400 if isinstance(error, Refused) else 503
    return JSONResponse({"errors": [_told(error)]}, status)


INTERNAL = "Something went wrong on our side; nothing was changed."
"""What is said of an error that is none of ours; the log says its kind under the identifier that goes with it."""


def _told(error: FoodFlowError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": error.code}
    if isinstance(error, Ambiguous):
        extensions["choices"] = [{"id": choice, "label": label} for choice, label in error.choices]
    if isinstance(error, Unknown):
        extensions["near"] = list(error.near)
    return {"message": str(error), "extensions": extensions}


def _shown(error: GraphQLError) -> dict[str, Any]:
    """An error in our words; what is no error of ours says nothing of its inside."""
    cause = error.original_error
    where: dict[str, Any] = {"path": error.path} if error.path else {}
    if isinstance(cause, FoodFlowError):
        return _told(cause) | where
    if cause is None or isinstance(cause, GraphQLError):
        places = [{"line": one.line, "column": one.column} for one in error.locations or ()]
        return {"message": error.message, "locations": places, "extensions": {"code": "BAD_QUERY"}} | where
    number = f"err_{secrets.token_hex(4)}"
    _log.error("a field failed: %s at %s (%s)", type(cause).__name__, error.path, number)
    _log.debug("its inside", exc_info=cause)
    return {"message": INTERNAL, "extensions": {"code": "INTERNAL", "id": number}} | where
