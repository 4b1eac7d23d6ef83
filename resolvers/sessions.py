"""Signing in with a browser: a key entered once, or a one-time link, becomes a cookie that no script can read.

A session may ask as one caller in each of several tenants; the header `FoodFlow-Tenant` says as which, or `tenant` in the address of a file.
"""

import secrets
import time
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from graph_core.callers import Caller
from graph_core.platform import Platform
from ontology.errors import Forbidden, Refused
from resolvers.pages import LOGO

LASTS = timedelta(days=7)
LINK_LASTS = 24 * 3600.0
"""Seconds in which a one-time link must be opened."""
LARGEST_FORM = 4096
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Sessions:
    """Who is signed in with a browser, and the links that sign in once."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._links: dict[str, tuple[float, str]] = {}

    def routes(self) -> list[Route]:
        """The pages of signing in and out."""
        return [
            Route("/sign-in", self._form, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/enter/{link}", self._enter, methods=["GET"]),
            Route("/session", self._session, methods=["GET"]),
        ]

    def link(self, first: str = "/") -> str:
        """The path that signs its first visitor in as the owner of the data folder, and shows the page `first`."""
        link, moment = secrets.token_urlsafe(24), time.monotonic()
        self._links = {one: kept for one, kept in self._links.items() if kept[0] > moment} | {link: (moment + LINK_LASTS, first)}
        return f"/enter/{link}"

    def callers(self, request: Request) -> dict[str, Caller]:
        """Whom a browser may ask as, by tenant; empty for one that is not signed in. Raises Forbidden for a request that another site made."""
        session = request.cookies.get(_cookie(request))
        if not session:
            return {}
        self._need_own_page(request)
        return {caller.tenant: caller for caller in self._platform.registry.session_callers(session)}

    def caller(self, request: Request) -> Caller | None:
        """As whom a browser asks: in the tenant that its header names, or the only one it may ask in; None when it is not signed in.

        Raises Refused when several are possible, Forbidden for a tenant that its session does not hold.
        """
        callers = self.callers(request)
        tenant = request.headers.get("foodflow-tenant") or request.query_params.get("tenant", "")
        if not callers:
            return None
        if not tenant and len(callers) == 1:
            return next(iter(callers.values()))
        if not tenant:
            raise Refused(f"Say which company is meant, header `FoodFlow-Tenant`: {', '.join(callers)}.")
        if tenant not in callers:
            raise Forbidden(f"You are not signed in to {tenant!r}: sign in with a key of it.")
        return callers[tenant]

    def _need_own_page(self, request: Request) -> None:
        """Cookies come along when a page of another site, or of another port here, makes a browser send a request: only our own pages may."""
        origin = request.headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
        if request.method not in _SAFE and (foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")):
            raise Forbidden("A page of another site sent this: open the page here, and try again.")

    async def _form(self, request: Request) -> Response:
        return _page(request.query_params.get("next", "/"))

    async def _sign_in(self, request: Request) -> Response:
        self._need_own_page(request)
        body = b""
        async for block in request.stream():
            body += block
            if len(body) > LARGEST_FORM:
                raise Refused(f"A form to sign in has at most {LARGEST_FORM} bytes.")
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        wanted, session = _local(form.get("next", "/")), secrets.token_urlsafe(32)
        until, before = datetime.now(UTC) + LASTS, request.cookies.get(_cookie(request))
        try:
            caller = self._platform.caller(key := form.get("key", "").strip())
            self._platform.need_active(caller)
            tenant = self._platform.registry.open_session(session, key, until, before)
        except (Refused, Forbidden) as error:
            return _page(wanted, str(error), 403)
        answer = RedirectResponse(wanted if wanted != "/" else f"/?tenant={tenant}", 303)
        return _kept(answer, request, session)

    async def _enter(self, request: Request) -> Response:
        if request.method == "HEAD":  # programs that look at a link before a person does must not use it up
            return Response()
        until, first = self._links.pop(request.path_params["link"], (0.0, "/"))
        if until > time.monotonic():
            session = secrets.token_urlsafe(32)
            self._platform.registry.open_owner_session(session, self._platform.owner_name(), datetime.now(UTC) + LASTS)
            return _kept(RedirectResponse(first, 303), request, session)
        if self.callers(request):
            return RedirectResponse("/", 303)
        return _page("/", "This link was used, or is too old: `foodflow link` prints a new one. Or sign in with a key.", 403)

    async def _session(self, request: Request) -> Response:
        """Whom this browser may ask as, nobody when it is not signed in: what a page shows where one chooses the company."""
        callers = [{"tenant": one.tenant, "name": one.name, "permissions": sorted(one.permissions)} for one in self.callers(request).values()]
        return JSONResponse({"callers": callers})

    async def _sign_out(self, request: Request) -> Response:
        self._need_own_page(request)
        if session := request.cookies.get(_cookie(request)):
            self._platform.registry.end_session(session)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(_cookie(request), httponly=True, samesite="lax")
        return answer


def sign_in_first(request: Request) -> Response:
    """The way of an unknown visitor of a page: to the form, and back to the page then."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(address, safe='/')}", 303)


def _cookie(request: Request) -> str:
    """Its name holds the port: browsers share cookies between the ports of a host."""
    return f"foodflow_{request.url.port or 'session'}"


def _kept(answer: Response, request: Request, session: str) -> Response:
    secure = request.url.scheme == "https"
    answer.set_cookie(_cookie(request), session, max_age=int(LASTS.total_seconds()), httponly=True, samesite="lax", secure=secure)
    return answer


def _local(address: str) -> str:
    """An address of ours to go to; the first page for any other. Browsers read a backslash as a slash, and leave out tabs and line ends."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/"


def _page(wanted: str, problem: str = "", status: int = 200) -> Response:
    said = f'<p class="problem" role="alert" id="problem">{escape(problem)}</p>' if problem else ""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · FoodFlow OS</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/sign-in.css">
</head>
<body>
<main>
<h1>{LOGO}FoodFlow OS</h1>
<p>Sign in with a key of your company. It is entered once and kept nowhere in this browser; the session ends after seven days.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{escape(_local(wanted))}">
<label for="key">Key</label>
<input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" placeholder="ffk_…" required autofocus
 {'aria-invalid="true" aria-describedby="problem"' if problem else ""}>
{said}
<button type="submit">Sign in</button>
</form>
<p class="help">No key yet? Who administers your company's data makes one with <code>foodflow keys create</code>. On the machine that serves,
<code>foodflow link</code> prints a link that signs you in once. <a href="/docs">Documentation</a></p>
</main>
</body>
</html>
""",
        status,
    )
