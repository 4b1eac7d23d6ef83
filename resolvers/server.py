"""The server: GraphQL for a caller's own graph, and the signs of life."""

import logging
import socket
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from strawberry.dataloader import DataLoader

from graph_core.foodgraph import FoodGraph
from graph_core.platform import Platform
from ontology.errors import FoodFlowError, Forbidden, Refused, Unavailable
from resolvers.schema import Flows, flow_of, schema

LARGEST = 1_000_000


def application(platform: Platform) -> Starlette:
    """The application over a platform."""
    flows: Flows = {}
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)  # errors are answered with words, not logged with data

    async def graphql(request: Request) -> Response:
        try:
            body = await _body(request)
            graph = platform.open(platform.caller(_key(request)))
        except FoodFlowError as error:
            return _failed(error)
        try:
            context = {"graph": graph, "related": _related(graph), "flow": lambda known_at: flow_of(graph, flows, known_at)}
            answer = await schema.execute(
                body["query"], variable_values=body.get("variables"), operation_name=body.get("operationName"), context_value=context
            )
        finally:
            await graph.close()
        errors = [_shown(error) for error in answer.errors or ()]
        return Response(orjson.dumps({"data": answer.data} | ({"errors": errors} if errors else {})), media_type="application/json")

    async def livez(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        ready = platform.engine.pid is not None
        return PlainTextResponse("ready\n" if ready else "the graph engine is not running\n", 200 if ready else 503)

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"]), Route("/livez", livez), Route("/readyz", readyz)])


async def serve(platform: Platform, port: int) -> None:
    """Serve on loopback until Ctrl-C or SIGTERM. Raises Unavailable when the port is taken."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind(("127.0.0.1", port))
    except OSError:
        held.close()
        raise Unavailable(f"Port {port} is in use by another program: stop it, or choose another with --port.") from None
    server = uvicorn.Server(uvicorn.Config(application(platform), log_level="warning", access_log=False))
    with held:
        await server.serve(sockets=[held])


async def _body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused("GraphQL is asked with Content-Type: application/json.")
    if int(request.headers.get("content-length") or 0) > LARGEST:
        raise Refused(f"A request may have {LARGEST} bytes.")
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Refused("The request is no JSON.") from None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise Refused('The request is {"query": "...", "variables": {...}}.')
    return body


def _key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Forbidden("No key, no data: send `Authorization: Bearer ffk_...`.")
    return key


def _failed(error: FoodFlowError) -> Response:
    status = 401 if isinstance(error, Forbidden) else 400 if isinstance(error, Refused) else 503
    return JSONResponse({"errors": [{"message": str(error), "extensions": {"code": error.code}}]}, status)


def _shown(error: Any) -> dict[str, Any]:
    """An error in our words; what is no error of ours says nothing of its inside."""
    cause = error.original_error
    if isinstance(cause, FoodFlowError):
        message, code = str(cause), cause.code
    elif cause is None:
        message, code = error.message, "BAD_QUERY"
    else:
        message, code = "Something went wrong on our side; nothing was changed.", "INTERNAL"
    return {"message": message, "path": error.path, "extensions": {"code": code}}


def _related(graph: FoodGraph) -> DataLoader[Any, Any]:
    """Related things in batches: one statement per relation and direction, one per kind of the far ends."""

    async def load(wanted: list[tuple[str, str, str, bool]]) -> list[list[Any]]:
        groups: dict[tuple[str, str, bool], list[str]] = {}
        for kind, key, relation, forward in wanted:
            groups.setdefault((kind, relation, forward), []).append(key)
        found: dict[tuple[str, str, str, bool], list[tuple[str, str, Any]]] = {}
        for (kind, relation, forward), keys in groups.items():
            arrow = f"-[r:{relation}]->" if forward else f"<-[r:{relation}]-"
            statement = f"UNWIND $keys AS k MATCH (n:{kind} {{key: k}}){arrow}(m) RETURN n.key, labels(m)[0], m.key, properties(r) ORDER BY m.key"
            for near, far_kind, far, carried in await graph.read(statement, keys=keys):
                found.setdefault((kind, near, relation, forward), []).append((far_kind, far, carried))
        nodes: dict[tuple[str, str], Any] = {}
        for kind in {end[0] for ends in found.values() for end in ends}:
            keys = list({end[1] for ends in found.values() for end in ends if end[0] == kind})
            nodes |= {(kind, key): node for key, node in (await graph.nodes(kind, keys)).items()}
        return [[(nodes.get((kind, far)), carried) for kind, far, carried in found.get(one, ())] for one in wanted]

    return DataLoader(load_fn=load)
