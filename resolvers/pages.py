"""The pages a browser opens: GraphiQL, and the documentation; everything they load comes from this server."""

import posixpath
import re
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ingest.tables.template import template
from ontology.errors import Refused
from resolvers.schema_page import schema_page

_ASSETS = Path(__file__).parent / "assets"
_DOCS = Path(__file__).parents[1] / "docs"
_USERS = (
    "README",
    "tutorial",
    "workspace",
    "explorer",
    "outbreak",
    "investigations",
    "repair",
    "recalls",
    "exchange",
    "formats",
    "commands",
    "settings",
    "administration",
    "deployment",
)
_FIRST = (*_USERS, "architecture", "developer-guide", "decisions/README", "glossary")
_LEFT_OUT = ("changes",)
_NUMBERED = re.compile(r"/\d+-")
"""Pages that are found from the page of their folder, not from the list of all pages."""
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
LOGO = '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="5" cy="12" r="3"/><circle cx="19" cy="5" r="3"/><circle cx="19" cy="19" r="3"/>' + (
    '<path d="M8 11l8-5M8 13l8 5" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)


def routes() -> list[Route]:
    """GraphiQL at /graphql, its files at /assets, example tables at /examples, the documentation at /docs."""
    return [
        Route("/graphql", _graphiql, methods=["GET"]),
        Route("/assets/{name}", _asset, methods=["GET"]),
        Route("/examples/{name}", _example, methods=["GET"]),
        Route("/docs", _page("README"), methods=["GET"]),
        Route("/docs/schema", _schema, methods=["GET"]),
        Route("/docs/{name:path}", _named, methods=["GET"]),
    ]


async def home(request: Request) -> Response:
    """The first page of a server without a workspace: the documentation."""
    return RedirectResponse("/docs")


async def _graphiql(request: Request) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        raise Refused("GraphQL is asked with POST; a browser that opens this address gets GraphiQL.")
    return HTMLResponse(GRAPHIQL)


async def _asset(request: Request) -> Response:
    path = _ASSETS / request.path_params["name"]
    if path.parent != _ASSETS or path.suffix not in _TYPES or not path.is_file():
        return HTMLResponse(_shell("Not found", "<h1>Not found</h1>", ""), 404)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers={"cache-control": "max-age=3600"})


async def _example(request: Request) -> Response:
    """An example of a kind of table, `deliveries.csv`. Raises Refused for a kind that there is none of."""
    name = request.path_params["name"]
    content = template(name.removesuffix(".csv"))
    return Response(content, media_type="text/csv; charset=utf-8", headers={"content-disposition": f'attachment; filename="{name}"'})


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _document(name)

    return answer


async def _named(request: Request) -> Response:
    picture = _DOCS / request.path_params["name"]
    if picture.parent == _DOCS and picture.suffix == ".png" and picture.is_file():
        return FileResponse(picture, media_type="image/png", headers={"cache-control": "max-age=3600"})
    return _document(request.path_params["name"].removesuffix(".md"))


async def _schema(request: Request) -> Response:
    return HTMLResponse(_shell("GraphQL schema", schema_page(), "schema"))


def _document(name: str) -> Response:
    path = documents().get(name)
    if path is None:
        listed = "".join(f'<li><a href="{_address(one)}">{escape(title(file))}</a></li>' for one, file in documents().items())
        return HTMLResponse(_shell("Not found", f"<h1>There is no such page</h1><p>These are there:</p><ul>{listed}</ul>", ""), 404)
    return HTMLResponse(_shell(title(path), rendered(path.read_text(encoding="utf-8"), posixpath.dirname(name)), name))


def documents() -> dict[str, Path]:
    """The pages of the documentation by name: the first ones in the order of reading, then the rest; the README is the home page."""
    found = {str(path.relative_to(_DOCS).with_suffix("")): path for path in sorted(_DOCS.rglob("*.md"))}
    found = {name: path for name, path in found.items() if name.partition("/")[0] not in _LEFT_OUT}
    readme = _DOCS.parent / "README.md"
    found |= {"README": readme} if readme.exists() else {}
    return {name: found[name] for name in (*(one for one in _FIRST if one in found), *(one for one in found if one not in _FIRST))}


def title(path: Path) -> str:
    """The first heading of a page."""
    with path.open(encoding="utf-8") as lines:
        return next((line.lstrip("# ").strip() for line in lines if line.startswith("# ")), path.stem)


def rendered(text: str, folder: str = "") -> str:
    """Markdown as HTML: tables, headings with addresses, links between pages from a folder of them; HTML inside is shown as text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = markdown.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _slug(tokens[number + 1].content))
        for child in token.children or ():
            _linked(child, folder)
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    html = html.replace("<pre>", '<pre tabindex="0">')  # what scrolls by itself is reached by the keyboard
    return html.replace("<table>", '<div class="wide" tabindex="0"><table>').replace("</table>", "</table></div>")


def _linked(token: Token, folder: str) -> None:
    target = str(token.attrGet("href") or "")
    if token.type == "link_open" and re.match(r"[\w./-]+\.md(#|$)", target):
        name, _, part = target.partition("#")
        token.attrSet(
            "href",
            _address(posixpath.normpath(posixpath.join(folder, name.removesuffix(".md").removeprefix("docs/"))).lstrip("./"))
            + (f"#{part}" if part else ""),
        )


def _address(name: str) -> str:
    return "/docs" if name == "README" else f"/docs/{name}"


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


def _shell(name: str, body: str, here: str) -> str:
    links = [(_address(one), "Home" if one == "README" else title(path), one) for one, path in documents().items() if not _NUMBERED.search(one)]
    links += [("/docs/schema", "GraphQL schema", "schema"), ("/graphql", "GraphiQL", "")]
    current = ' aria-current="page"'
    chosen = {one: (current, _parts(body)) for one in (here,) if here}
    navigation = "".join(
        f'<li><a href="{to}"{chosen.get(one, ("", ""))[0]}>{escape(said)}</a>{chosen.get(one, ("", ""))[1]}</li>' for to, said, one in links
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{"" if name == "FoodFlow OS" else f"{escape(name)} · "}FoodFlow OS</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/docs.css">
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header><a class="brand" href="/">{LOGO}FoodFlow OS</a><a class="way-back" href="/">Back to the workspace</a></header>
<nav aria-label="Pages"><ul>{navigation}</ul></nav>
<main id="content">{body}</main>
</body>
</html>
"""


def _parts(body: str) -> str:
    """The headings of a page as a list of links, those of the second level with those of the third under them."""
    found = re.findall(r'<h([23]) id="([^"]+)">(.*?)(?:</h| <small)', body)
    lines = "".join(f'<li class="level{level}"><a href="#{name}">{said}</a></li>' for level, name, said in found)
    return f"<ul>{lines}</ul>" if len(found) > 2 else ""


GRAPHIQL = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL · FoodFlow OS</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/graphiql.min.css">
<link rel="stylesheet" href="/assets/graphql-page.css">
</head>
<body>
<header>
<a class="brand" href="/">{LOGO}FoodFlow OS</a>
<form id="login">
<span hidden><label for="company">Company</label> <select id="company"></select></span>
<label for="key">Key</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="ffk_…" aria-describedby="who">
<button type="submit">Use this key</button>
<button type="button" id="leave" hidden>Forget it</button>
</form>
<p id="who" role="status">No key, no data: paste the key that the first start printed.</p>
<nav><a href="/">Workspace</a><a href="/docs">Docs</a><a href="/docs/schema">Schema</a></nav>
</header>
<div id="graphiql"></div>
<script src="/assets/react.min.js"></script>
<script src="/assets/react-dom.min.js"></script>
<script src="/assets/graphiql.min.js"></script>
<script src="/assets/graphql-page.js"></script>
</body>
</html>
"""
