"""Which API a command asks: a server elsewhere, the running server of the data folder, or the engine started for this one command.

So two writers never meet, and every command exists once.
"""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from ontology.errors import Forbidden, Refused, Unavailable
from resolvers.client import Api
from resolvers.serving import Serving, serving

if TYPE_CHECKING:
    from graph_core.platform import Platform

PATIENCE = 10.0
"""Seconds to wait for another command that holds the data folder."""

_TENANTS = "{ tenants { name keys } }"
_CREATE = "mutation($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { message } } }"
_FIRST_KEY = """mutation { createKey(input: {name: "first key", permissions: ["read", "record", "approve", "administer"]}) { secret } }"""


@dataclass(frozen=True)
class Where:
    """The data folder, or the address and key of a server elsewhere."""

    folder: Path
    url: str | None = None
    key: str | None = None

    @property
    def server(self) -> Serving | None:
        """The server that works on the data folder; a state file whose process is gone, or another's by now, is no server."""
        found = serving(self.folder)
        try:
            return found if found and httpx.get(f"{found.url}/livez", timeout=PATIENCE).is_success else None
        except httpx.HTTPError:
            return None


def free_to_serve(where: Where, port: int) -> None:
    """Raises Unavailable when a server runs over this folder already, or another program listens on the port."""
    if server := where.server:
        raise Unavailable(f"FoodFlow OS runs here already, at {server.url} (process {server.pid}): use that, or stop it first.")
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except PermissionError:
            raise Unavailable(f"Port {port} is for the system's administrator alone: choose one above 1023 with --port.") from None
        except OSError:
            raise Unavailable(f"Port {port} is in use by another program: stop it, or choose another with --port.") from None


def end_with(parent: int) -> None:
    """Ask this program to end when the one that started it is gone, as make is when it was killed; returns then."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


Connect = Callable[[str | None], Api]
"""Makes a client for a tenant; without a tenant, for what the owner of the folder asks about all of them."""


@contextmanager
def reached(where: Where, what: str, say: Callable[[str], None]) -> Iterator[Connect]:
    """The way to the API. Raises Forbidden without a key for a server elsewhere, Unavailable when nothing answers or the folder is held."""
    if where.url:
        if not where.key:
            raise Forbidden("A server elsewhere wants a key: set FOODFLOW_KEY to one of its keys (ffk_...).")
        url, key = where.url, where.key
        yield lambda tenant: Api.over_http(url, key, tenant)
    elif server := where.server:
        yield lambda tenant: Api.over_http(server.url, server.secret, tenant)
    else:
        say("Starting the graph engine ...")
        with started(where.folder, what) as platform:
            yield lambda tenant: Api.in_process(platform, tenant)


@contextmanager
def started(folder: Path, what: str) -> "Iterator[Platform]":
    """The engine of a data folder, started for us alone and stopped at the end, however that comes."""
    from graph_core.platform import Platform

    platform = Platform.start(folder, what, wait=PATIENCE)
    try:
        yield platform
    finally:
        platform.close()


async def tenants(connect: Connect) -> list[str]:
    """The names of all tenants of the data folder."""
    async with connect(None) as api:
        return [tenant["name"] for tenant in (await api.ask(_TENANTS))["tenants"]]


async def tenant_of(connect: Connect, named: str | None, create: bool) -> str:
    """The tenant that a command means: the named one (made when it is missing and `create` says so), or the only one there is.

    Raises Refused that lists the tenants when it must be named.
    """
    present = await tenants(connect)
    known = f"there are {', '.join(present)}" if present else "there is none yet"
    if named is None and len(present) != 1:
        remedy = "" if present else ", and have it made with --create"
        raise Refused(f"Say which company is meant with --tenant NAME ({known}){remedy}.")
    wanted = named or present[0]
    if wanted not in present and not create:
        raise Refused(f"There is no tenant {wanted!r} ({known}): check the name, or make it with `foodflow import FILE --tenant {wanted} --create`.")
    if wanted not in present:
        async with connect(None) as api:
            made = (await api.ask(_CREATE, {"input": {"name": wanted, "key": False}}))["createTenant"]
            if made["userErrors"]:
                raise Refused(made["userErrors"][0]["message"])
    return wanted


async def first_keys(connect: Connect) -> dict[str, str]:
    """A key for every tenant that never had one; each is shown this once."""
    made: dict[str, str] = {}
    async with connect(None) as api:
        without = [tenant["name"] for tenant in (await api.ask(_TENANTS))["tenants"] if not tenant["keys"]]
    for tenant in without:
        async with connect(tenant) as api:
            made[tenant] = (await api.ask(_FIRST_KEY))["createKey"]["secret"]
    return made
