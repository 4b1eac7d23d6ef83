"""Signing in with a browser: what the cookie is, what ends it, and what other sites and other companies cannot do with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest

from dashboards.app import workspace
from graph_core.callers import Permission
from graph_core.platform import Platform
from resolvers.server import Service, application

CALLER = {"query": "{ caller { tenant name permissions } }"}
FOREIGN = (
    {"Origin": "https://elsewhere.example"},
    {"Origin": "http://localhost:9000"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


class Visit:
    """A browser as the server sees it: cookies it was given, and no redirect followed by itself."""

    def __init__(self, client: httpx.AsyncClient, service: Service, platform: Platform) -> None:
        self.client, self.service, self.platform = client, service, platform

    def key(self, tenant: str, *permissions: Permission, expires: datetime | None = None) -> str:
        """A fresh key of a tenant."""
        return self.platform.registry.create_key(tenant, "Ann", frozenset(permissions or Permission), expires)

    async def sign_in(self, key: str, first: str = "/", **headers: str) -> httpx.Response:
        """Send the form."""
        return await self.client.post("/sign-in", data={"key": key, "next": first}, headers=headers)

    async def callers(self) -> list[Any]:
        """Whom this browser may ask as."""
        return list((await self.client.get("/session")).json()["callers"])

    async def asked(self, tenant: str | None = None, **headers: str) -> Any:
        """The answer to who asks, with the session alone."""
        named = {"FoodFlow-Tenant": tenant} if tenant else {}
        return (await self.client.post("/graphql", json=CALLER, headers=named | headers)).json()


Work = Callable[[Visit], Awaitable[Any]]
Browse = Callable[..., Any]


@asynccontextmanager
async def visit(platform: Platform, at: str) -> AsyncIterator[Visit]:
    app = application(platform, workspace(at))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=at) as client:
        try:
            yield Visit(client, app.state.service, platform)
        finally:
            await app.state.service.close()


@pytest.fixture
def browse(platform: Platform) -> Browse:
    """Run a coroutine function as a browser that visits the application of this process, with all its pages."""

    def run(work: Work, at: str = "http://localhost") -> Any:
        async def whole() -> Any:
            async with visit(platform, at) as one:
                return await work(one)

        return asyncio.run(whole())

    return run


@pytest.fixture
def other(platform: Platform, tenant: str) -> str:
    """A second company."""
    platform.create_tenant(f"{tenant} other")
    return f"{tenant} other"


def cookie(answer: httpx.Response) -> Morsel[str]:
    held = SimpleCookie(answer.headers["set-cookie"])
    assert len(held) == 1
    return next(iter(held.values()))


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


def test_a_key_entered_once_becomes_a_cookie_that_no_script_reads_and_no_other_site_sends(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        key = one.key(tenant)
        answer = await one.sign_in(key)
        kept = cookie(answer)
        assert answer.status_code == 303 and answer.headers["location"] == f"/?tenant={tenant}"
        assert kept["httponly"] and kept["samesite"] == "lax" and kept["path"] == "/" and not kept["domain"] and not kept["secure"]
        assert int(kept["max-age"]) == 7 * 24 * 3600 and key not in str(answer.headers)
        assert (await one.asked())["data"]["caller"] == {"tenant": tenant, "name": "Ann", "permissions": sorted(Permission)}
        assert (await one.client.get("/")).status_code == 200

    browse(work)


def test_over_https_the_cookie_never_travels_in_the_clear(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        assert cookie(await one.sign_in(one.key(tenant)))["secure"]

    browse(work, "https://localhost")


def test_the_cookies_of_two_servers_on_two_ports_have_two_names(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> str:
        return cookie(await one.sign_in(one.key(tenant))).key

    assert browse(work, "http://localhost:8001") != browse(work, "http://localhost:8002")


def test_a_wrong_an_expired_and_a_revoked_key_open_nothing_and_say_whom_to_ask(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        expired = one.key(tenant, expires=datetime.now(UTC) - timedelta(seconds=1))
        revoked = one.key(tenant)
        one.platform.registry.run("UPDATE keys SET revoked=created WHERE hash=(SELECT hash FROM keys ORDER BY rowid DESC LIMIT 1)")
        for key in ("", "ffk_none", expired, revoked, one.service.secret, "x" * 3000):
            answer = await one.sign_in(key)
            assert answer.status_code == 403 and "set-cookie" not in answer.headers and "ask who administers" in answer.text
            assert not key or key not in answer.text
        assert await one.callers() == []

    browse(work)


def test_a_form_larger_than_any_key_is_refused(browse: Browse) -> None:
    async def work(one: Visit) -> None:
        assert (await one.sign_in("x" * 5000)).status_code == 400

    browse(work)


def test_a_visitor_who_is_not_signed_in_sees_the_form_and_then_the_page_that_was_wanted(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        sent = await one.client.get(f"/explore?tenant={tenant}&start=48088")
        assert sent.status_code == 303 and sent.headers["location"].startswith("/sign-in?next=/explore")
        assert "explore?tenant=" in (await one.client.get(sent.headers["location"])).text
        assert (await one.sign_in(one.key(tenant), f"/explore?tenant={tenant}")).headers["location"] == f"/explore?tenant={tenant}"
        for path in ("/_dash-layout", "/_dash-dependencies", "/workspace/workspace.css"):
            one.client.cookies.clear()
            assert (await one.client.get(path)).status_code == 303

    browse(work)


@pytest.mark.parametrize(
    "address",
    ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "/\t/elsewhere.example", "/\n/x", "javascript:alert(1)", ""],
)
def test_signing_in_never_leads_to_another_site(browse: Browse, tenant: str, address: str) -> None:
    async def work(one: Visit) -> None:
        assert (await one.sign_in(one.key(tenant), address)).headers["location"] == f"/?tenant={tenant}"
        assert "elsewhere" not in (await one.client.get("/sign-in", params={"next": address})).text

    browse(work)


def test_a_one_time_link_signs_its_first_visitor_in_as_the_owner_and_nobody_after(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        link = one.service.sessions.link("/explore?tenant=x")
        assert (await one.client.head(link)).status_code == 200 and not one.client.cookies
        assert (await one.client.post(link)).status_code == 401 and not one.client.cookies
        answer = await one.client.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/explore?tenant=x") and cookie(answer)["httponly"]
        assert tenant in [caller["tenant"] for caller in await one.callers()]
        assert (await one.client.get(link)).headers["location"] == "/"  # who is signed in already is not troubled
        one.client.cookies.clear()
        again = await one.client.get(link)
        assert again.status_code == 403 and "foodflow link" in again.text and "set-cookie" not in again.headers
        assert (await one.client.get("/enter/" + "x" * 32)).status_code == 403

    browse(work)


def test_a_link_that_nobody_opened_in_its_day_is_too_old(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(one: Visit) -> None:
        monkeypatch.setattr("resolvers.sessions.LINK_LASTS", -1.0)
        assert (await one.client.get(one.service.sessions.link())).status_code == 403

    browse(work)


def test_signing_out_ends_the_session_on_the_server_not_only_in_the_browser(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        kept = cookie(await one.sign_in(one.key(tenant)))
        out = await one.client.post("/sign-out")
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in") and int(cookie(out)["max-age"]) == 0
        one.client.cookies.set(kept.key, kept.value)
        assert await one.callers() == [] and "errors" in await one.asked()

    browse(work)


def test_nothing_that_changes_anything_is_taken_from_a_page_of_another_site_or_port(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        await one.sign_in(one.key(tenant))
        operations = json.dumps(
            {"query": "mutation($input: ImportFileInput!) { importFile(input: $input) { job { id } } }", "variables": {"input": {}}}
        )
        for headers in FOREIGN:
            sent: list[httpx.Response] = [
                await one.client.post("/graphql", json=CALLER, headers=headers),
                await one.client.post("/graphql", data={"operations": operations, "map": "{}"}, files={"0": ("a.json", b"{}")}, headers=headers),
                await one.client.post("/_dash-update-component", json={}, headers=headers),
                await one.client.post("/sign-out", headers=headers),
                await one.sign_in(one.key(tenant), **headers),
            ]
            assert [(answer.status_code, code(answer)) for answer in sent] == [(403, "FORBIDDEN")] * 5, headers
        assert len(await one.callers()) == 1
        own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        assert (await one.asked(**own))["data"]["caller"]["tenant"] == tenant
        assert (await one.client.get("/session", headers={"Origin": "https://elsewhere.example"})).headers.get("access-control-allow-origin") is None

    browse(work)


def test_a_key_in_the_header_needs_no_page_of_ours(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        headers = {"Authorization": f"Bearer {one.key(tenant)}", "Origin": "https://app.example"}
        assert (await one.client.post("/graphql", json=CALLER, headers=headers)).json()["data"]["caller"]["tenant"] == tenant

    browse(work)


def test_a_session_of_one_company_never_reaches_another(browse: Browse, tenant: str, other: str) -> None:
    async def work(one: Visit) -> None:
        await one.sign_in(one.key(tenant))
        for named in (other, "none such"):
            told = await one.asked(named)
            assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN" and "not signed in" in told["errors"][0]["message"]
            assert (await one.client.get(f"/imports/imp_x/refused?tenant={named}")).status_code == 403
        assert [caller["tenant"] for caller in await one.callers()] == [tenant]

    browse(work)


def test_a_session_holds_several_companies_by_a_key_of_each_and_asks_as_the_one_that_is_named(browse: Browse, tenant: str, other: str) -> None:
    async def work(one: Visit) -> None:
        await one.sign_in(one.key(tenant))
        await one.sign_in(one.key(other, Permission.READ))
        assert [(caller["tenant"], caller["permissions"]) for caller in await one.callers()] == [(tenant, sorted(Permission)), (other, ["read"])]
        assert (await one.asked(other))["data"]["caller"] == {"tenant": other, "name": "Ann", "permissions": ["read"]}
        assert (await one.asked(tenant))["data"]["caller"]["tenant"] == tenant
        assert other in (await one.asked())["errors"][0]["message"]

    browse(work)


def test_a_cookie_that_somebody_put_into_the_browser_before_opens_nothing_after_signing_in(browse: Browse, tenant: str, other: str) -> None:
    async def work(one: Visit) -> None:
        planted = cookie(await one.sign_in(one.key(other)))
        for value in (planted.value, "chosen-by-somebody"):
            one.client.cookies.clear()
            one.client.cookies.set(planted.key, value)
            fresh = cookie(await one.sign_in(one.key(tenant)))
            assert fresh.value != value and tenant in [caller["tenant"] for caller in await one.callers()]
            one.client.cookies.clear()
            one.client.cookies.set(planted.key, value)
            assert await one.callers() == []

    browse(work)


def test_who_came_by_the_owners_link_and_then_enters_a_key_has_the_rights_of_the_key_alone(browse: Browse, tenant: str, other: str) -> None:
    async def work(one: Visit) -> None:
        await one.client.get(one.service.sessions.link())
        assert {tenant, other} <= {caller["tenant"] for caller in await one.callers()}
        await one.sign_in(one.key(tenant, Permission.READ))
        assert await one.callers() == [{"tenant": tenant, "name": "Ann", "permissions": ["read"]}]

    browse(work)


def test_a_cookie_is_no_key_and_a_key_is_no_cookie(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        key = one.key(tenant)
        kept = cookie(await one.sign_in(key))
        one.client.cookies.clear()
        assert (await one.asked(Authorization=f"Bearer {kept.value}"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        one.client.cookies.set(kept.key, key)
        assert await one.callers() == [] and (await one.client.post("/graphql", json=CALLER)).status_code == 401

    browse(work)


def test_no_key_is_taken_from_an_address(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        key = one.key(tenant)
        for address in (f"/sign-in?key={key}", f"/?key={key}", f"/session?key={key}", f"/session?access_token={key}"):
            answer = await one.client.get(address)
            assert "set-cookie" not in answer.headers and await one.callers() == []

    browse(work)


def test_a_session_survives_a_restart_and_ends_at_once_when_its_key_is_revoked_or_its_time_is_over(browse: Browse, tenant: str) -> None:
    held: dict[str, str] = {}

    async def first(one: Visit) -> None:
        kept = cookie(await one.sign_in(one.key(tenant)))
        held[kept.key] = kept.value

    async def second(one: Visit) -> None:
        one.client.cookies.update(held)
        registry = one.platform.registry
        assert [caller["tenant"] for caller in await one.callers()] == [tenant]
        registry.run("UPDATE sessions SET expires=created")
        assert await one.callers() == [] and (await one.client.get("/")).status_code == 303
        await one.sign_in(one.key(tenant))
        assert len(await one.callers()) == 1
        registry.run("UPDATE keys SET revoked=created WHERE tenant=?", tenant)
        assert await one.callers() == [] and (await one.client.post("/_dash-update-component", json={})).status_code == 401

    browse(first)
    browse(second)


def test_a_suspended_company_is_closed_to_its_sessions_and_opens_again_to_them(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        await one.sign_in(one.key(tenant))
        one.platform.suspend(tenant, "local:owner")
        assert "is suspended since" in (await one.asked())["errors"][0]["message"]
        refused = await one.sign_in(one.key(tenant))
        assert refused.status_code == 403 and "is suspended since" in refused.text and "set-cookie" not in refused.headers
        one.platform.resume(tenant, "local:owner")
        assert (await one.asked())["data"]["caller"]["tenant"] == tenant

    browse(work)


def test_the_file_of_sessions_holds_no_cookie_and_no_key(browse: Browse, tenant: str) -> None:
    async def work(one: Visit) -> None:
        key = one.key(tenant)
        kept = cookie(await one.sign_in(key))
        told = json.dumps([[tuple(row) for row in one.platform.registry.run(f"SELECT * FROM {table}")] for table in ("sessions", "keys")])
        assert kept.value not in told and key not in told

    browse(work)


def test_a_file_is_downloaded_by_an_address_that_names_the_company(browse: Browse, tenant: str, other: str) -> None:
    async def work(one: Visit) -> None:
        await one.sign_in(one.key(tenant))
        await one.sign_in(one.key(other))
        named = await one.client.get(f"/imports/imp_x/refused?tenant={tenant}")
        assert named.status_code == 400 and f"{tenant} has no import" in named.text
        assert "Say which company" in (await one.client.get("/imports/imp_x/refused")).text

    browse(work)
