"""The API as a program asks it: over HTTP from a server elsewhere, or in this very process; errors come back as our own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from ontology.errors import Ambiguous, FoodFlowError, Refused, Unavailable
from resolvers.serving import PREFIX, SAYS

if TYPE_CHECKING:
    from graph_core.platform import Platform
    from resolvers.server import Service

PATIENCE = httpx.Timeout(600, connect=10)


class Api:
    """One client for both worlds; close it when done (`async with`)."""

    def __init__(self, client: httpx.AsyncClient, service: "Service | None" = None, streams: httpx.AsyncClient | None = None) -> None:
        """`streams` brings what is saved, where `client` would hold an answer whole."""
        self._client, self._service, self._streams = client, service, streams or client

    @classmethod
    def over_http(cls, url: str, key: str, tenant: str | None = None) -> "Api":
        """The API of a server; `tenant` is needed with the owner's secret only."""
        headers = {"Authorization": f"Bearer {key}"} | ({"FoodFlow-Tenant": tenant} if tenant and key.startswith(PREFIX) else {})
        return cls(httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False))

    @classmethod
    def in_process(cls, platform: "Platform", tenant: str | None = None) -> "Api":
        """The API over a platform of this process, as the owner of its data folder."""
        from resolvers.inside import Inside
        from resolvers.server import application  # a command that asks a server over HTTP starts three times faster without it

        app = application(platform)
        service: Service = app.state.service
        headers = {"Authorization": f"Bearer {service.secret}"} | ({"FoodFlow-Tenant": tenant} if tenant else {})
        both = (httpx.ASGITransport(app), Inside(app))
        client, streams = (httpx.AsyncClient(transport=one, base_url="http://localhost", headers=headers, timeout=PATIENCE) for one in both)
        return cls(client, service, streams)

    async def __aenter__(self) -> "Api":
        """Begin."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Let go of connections; in this process, imports at work stop between two batches."""
        await self._client.aclose()
        await self._streams.aclose()
        if self._service:
            await self._service.close()

    async def ask(self, document: str, variables: dict[str, Any] | None = None, file: Path | None = None) -> dict[str, Any]:
        """The `data` of a question; `file` is sent as the variable `input.file`.

        Raises the error that the server answers with, as one of our classes; Unavailable when it does not answer.
        """
        asked = {"query": document, "variables": variables or {}}
        if file is None:
            answer = await self._send("POST", "/graphql", json=asked)
        else:
            asked["variables"] = {**(variables or {}), "input": {**(variables or {}).get("input", {}), "file": None}}
            fields = {"operations": orjson.dumps(asked).decode(), "map": '{"0": ["variables.input.file"]}'}
            with file.open("rb") as opened:
                answer = await self._send("POST", "/graphql", data=fields, files={"0": (file.name, opened)})
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def get(self, path: str) -> httpx.Response:
        """A page or file of the server. Raises as `ask` does."""
        return await self._send("GET", path)

    async def post(self, path: str, json: dict[str, Any]) -> Any:
        """The JSON answer of an endpoint beside GraphQL. Raises as `ask` does."""
        return (await self._send("POST", path, json=json)).json()

    async def save(self, path: str, file: Path) -> Any:
        """Write a file that the server streams; what its header says of it. A stream that ends too early leaves no file. Raises as `ask` does."""
        part = file.with_name(f"{file.name}.part")
        try:
            async with self._streams.stream("GET", path) as answer:
                if answer.is_error:
                    await answer.aread()
                self._checked(answer, f"GET {path}")
                with part.open("wb") as opened:
                    async for block in answer.aiter_bytes():
                        opened.write(block)
            part.replace(file)
        except httpx.HTTPError as error:
            raise self._silent(error) from None
        except OSError as error:
            raise Refused(f"{file} cannot be written ({error.strerror}): name a file in a folder of yours.") from None
        finally:
            part.unlink(missing_ok=True)
        return orjson.loads(answer.headers[SAYS])

    async def _send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, **sent)
        except httpx.HTTPError as error:
            raise self._silent(error) from None
        return self._checked(answer, f"{method} {path}")

    def _silent(self, error: httpx.HTTPError) -> Unavailable:
        return Unavailable(f"The server at {self._client.base_url} does not answer ({type(error).__name__}): is it running?")

    def _checked(self, answer: httpx.Response, what: str) -> httpx.Response:
        if SAYS in answer.headers:
            return answer
        if answer.headers.get("content-type", "").startswith("application/json") and isinstance(told := answer.json(), dict) and told.get("errors"):
            raise rebuilt(told["errors"][0])
        if answer.is_error:
            raise Unavailable(f"{what} was answered with status {answer.status_code}: is this address a FoodFlow OS server?")
        return answer


def rebuilt(told: dict[str, Any]) -> FoodFlowError:
    """The error that the server told of, as one of our classes; one of an unknown code is Unavailable."""
    extensions = told.get("extensions") or {}
    kind = {one.code: one for one in _kinds(FoodFlowError)}.get(extensions.get("code", ""), Unavailable)
    if kind is Ambiguous:
        return Ambiguous(told["message"], tuple((one["id"], one["label"]) for one in extensions.get("choices", ())))
    return kind(told["message"])


def _kinds(base: type[FoodFlowError]) -> Iterator[type[FoodFlowError]]:
    for kind in base.__subclasses__():
        yield from _kinds(kind)
        yield kind
