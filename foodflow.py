"""FoodFlow OS, put together: the command line and the composition root."""

import _thread
import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from graph_core.platform import Platform
    from resolvers.client import Api
    from resolvers.outbreak import Answer
    from resolvers.reach import Connect, Where

    Work = Callable[[Api], Awaitable[Any]]

ROOT = Path(__file__).parent
SOME_REFUSED = 3
"""The exit status of an import that recorded the good rows of a file and refused others (1 is an error, 2 a command that was not understood)."""

HELP = """Where food came from, where it went, what is at risk.

\b
Begin with  foodflow demo
Your data   foodflow import deliveries.json --tenant acme --create
            foodflow trace L42 --tenant acme --backward
"""
_PLAIN: dict[str, Any] = {"no_args_is_help": True, "rich_markup_mode": None, "context_settings": {"max_content_width": 110}}
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=HELP, **_PLAIN)
app.add_typer(journal_app := typer.Typer(help="The journal: every fact in the order it was recorded.", **_PLAIN), name="journal")


def command(group: typer.Typer, name: str, *examples: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a command of the group, with examples under its help."""
    return group.command(name, epilog="\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples))


TenantName = Annotated[str | None, typer.Option("--tenant", metavar="NAME", help="The company that is meant; not needed where there is only one.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Ask a server elsewhere, with the key in FOODFLOW_KEY.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON, for programs.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, metavar="PORT", help="The port on this machine.")]


def main() -> None:
    """Run the command line; what goes wrong ends in one sentence and status 1."""
    from ontology.errors import FoodFlowError

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, a command ends as on Ctrl-C: cleanly
    sys.unraisablehook = _dropped
    try:
        app()
    except FoodFlowError as error:
        _fail(str(error))
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as error:
        about = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        _fail(f"The system refused ({about}): mend that and run the same command again.")


def _dropped(what: Any) -> None:
    if what.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(what)
        return
    threading.Timer(0.02, _thread.interrupt_main).start()  # a Ctrl-C that fell into a callback, where Python drops what is raised, is not lost


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(1)


def _say(sentence: str) -> None:
    """What happens meanwhile: for people at a terminal, beside the answer."""
    if sys.stderr.isatty():
        typer.secho(sentence, err=True, dim=True)


def _where(url: str | None = None) -> "Where":
    from resolvers.reach import Where

    return Where(Path(os.environ.get("FOODFLOW_DATA") or Path.home() / ".local/share/foodflow"), url, os.environ.get("FOODFLOW_KEY"))


def ask(what: str, tenant: str | None, url: str | None, work: "Work", *, create: bool = False, owner: bool = False, stopped: str = "Stopped.") -> Any:
    """Do work on a tenant through the API, wherever it is, or as the owner of all of them; Ctrl-C ends with `stopped` and status 130."""
    from resolvers.reach import reached, tenant_of

    async def whole(connect: "Connect") -> Any:
        async with connect(None if owner or url else await tenant_of(connect, tenant, create)) as api:
            return await work(api)

    try:
        with reached(_where(url), f"foodflow {what}", _say) as connect:
            return asyncio.run(whole(connect))
    except KeyboardInterrupt:
        typer.echo(f"\n{stopped}", err=True)
        sys.exit(130)


@command(
    app,
    "import",
    "foodflow import deliveries.json --tenant acme --create",
    "foodflow import deliveries.json --tenant acme --dry-run",
    "foodflow import --list --tenant acme",
    "foodflow import --undo imp_0123456789 --tenant acme",
)
def import_(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="The files; their format is recognised by content.")] = None,
    tenant: TenantName = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="The data set the rows belong to; else the file's name without extension.")
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the tenant when it is missing.")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="Refuse the whole file when any row is bad.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; record nothing.")] = False,
    undo: Annotated[str | None, typer.Option(metavar="ID", help="Retract all facts of an import.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the latest imports.")] = False,
    formats: Annotated[bool, typer.Option("--formats", help="Show which formats are read.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Record what files tell.

    Bad rows are refused with place, rule and remedy and written to FILE.refused.EXT, to be mended and imported
    again. Killed or stopped, the same command goes on where it stood; importing twice adds nothing.

    Exit status: 0 all recorded, 1 error or file refused, 3 some rows refused.
    """
    from resolvers import commands

    if formats:
        from ingest.commands import formats as read

        return _print(read(), as_json, lambda found: [f"{name:<12} {sentence}" for name, sentence in found.items()])
    if not (files or undo or list_):
        raise typer.BadParameter("name a file, or use --undo ID, --list or --formats.")

    async def work(api: "Api") -> int:
        if undo:
            _print(await commands.undo_import(api, undo), as_json, lambda job: [f"{undo} ({job['file']}) is undone; the journal keeps what it told."])
        status = [await _import(api, file, dataset, dry_run, all_or_nothing, as_json) for file in files or ()]
        if list_:
            _print(await commands.imports(api), as_json, commands.listed)
        return 1 if 1 in status else max(status, default=0)

    again = "Stopped. Run the same command again: it goes on where it stood."
    sys.exit(ask("import", tenant, url, work, create=create, stopped=again))


async def _import(api: "Api", file: Path, dataset: str | None, dry_run: bool, all_or_nothing: bool, as_json: bool) -> int:
    """Import one file and print how it went; answers its exit status, so that the other files of the command are not lost."""
    from ontology.errors import Refused
    from resolvers import commands

    try:
        job = await _followed(file.name, commands.import_file(api, file, dataset, dry_run=dry_run, all_or_nothing=all_or_nothing))
    except Refused as error:
        typer.echo(str(error), err=True)
        return 1
    refused = await commands.refusals(api, job["id"], None if as_json else commands.SHOWN) if job["refused"] else []
    written = await commands.write_refused(api, job["id"], file) if job["refused"] and not dry_run else None
    _print({**job, "refusals": refused, "written": str(written) if written else None}, as_json, commands.summary)
    return 1 if job["state"] not in ("done", "checked") else SOME_REFUSED if job["refused"] else 0


async def _followed(name: str, jobs: "AsyncIterator[dict[str, Any]]") -> dict[str, Any]:
    """Show how an import stands until it is over: a bar on a terminal, else a line when the phase changes and every ten seconds."""
    from resolvers.commands import stands

    job: dict[str, Any] = {}
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.fields[file]}"), BarColumn(30), TextColumn("{task.description}"), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task, since = progress.add_task("sending", total=None, file=name), time.monotonic()
            async for job in jobs:
                progress.update(task, description=stands(job, time.monotonic() - since), total=job["total"] or None, completed=job["position"])
        return job
    phase, told = "", 0.0
    async for job in jobs:
        if job["state"] != phase or time.monotonic() - told > 10:
            typer.echo(f"{name}: {stands(job)}", err=True)
            phase, told = job["state"], time.monotonic()
    return job


def _print(found: Any, as_json: bool, lines: "Callable[[Any], Iterable[str]]") -> None:
    for line in [json.dumps(found, ensure_ascii=False)] if as_json else lines(found):
        typer.echo(line)


@command(
    app,
    "trace",
    "foodflow trace L42 --tenant acme --backward",
    "foodflow trace 48088 6832 --tenant outbreak-2011 --forward --table",
    "foodflow trace L42 --tenant acme --until 2025-03-31 --known-at 2025-04-01T12:00Z",
)
def trace(
    codes: Annotated[list[str], typer.Argument(metavar="CODE", help="Lot codes, names of places, numbers or keys; id:ID for an id of ours.")],
    tenant: TenantName = None,
    forward: Annotated[bool, typer.Option("--forward", help="Where it went.")] = False,
    backward: Annotated[bool, typer.Option("--backward", help="Where it came from.")] = False,
    both: Annotated[bool, typer.Option("--both", help="Both ways; so it is when neither is named.")] = False,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only what happened then or later (2011-05, 2011-05-21, ...).")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Only what happened until then.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="As the world was then.")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", metavar="TIME", help="As it was known then: nothing recorded later.")] = None,
    scope: Annotated[str | None, typer.Option(metavar="SCOPE", help="certain, probable or conceivable (all): the widest links to walk.")] = None,
    lowest_confidence: Annotated[float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Walk only links at least this sure.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="LINKS", help="Stop after so many links; the answer says so.")] = None,
    as_table: Annotated[bool, typer.Option("--table", help="One act a line.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One act a line, as CSV.")] = False,
    events: Annotated[bool, typer.Option("--events", help="The event trace: every EPCIS event that names what was reached.")] = False,
    url: Url = None,
) -> None:
    """Say where food came from and where it went.

    With how sure each step is, what was assumed, and what is missing.
    """
    from resolvers import asking

    direction = "both" if both or forward == backward else "forward" if forward else "backward"
    limits = {"since": since, "until": until, "asOf": as_of, "knownAt": known_at, "lowestConfidence": lowest_confidence, "mostLinks": limit}
    question = asking.Question.of(codes, direction, scope=scope and asking.scope(scope), **limits)

    async def work(api: "Api") -> None:
        settled = await asking.settled(api, question, _choose)
        if events:
            _print(await asking.events(api, settled), as_json, lambda keys: keys)
        elif as_json:
            typer.echo(json.dumps(await asking.whole(api, settled), ensure_ascii=False))
        elif as_table or as_csv:
            acts = await asking.pages(api, settled, "acts")
            typer.echo(asking.csv_of(acts) if as_csv else asking.table_of(acts), nl=False)
        else:
            _headed((await asking.words(api, settled)).splitlines())

    ask("trace", tenant, url, work)


def _choose(question: str, choices: tuple[tuple[str, str], ...]) -> str:
    """Ask a person which one a code means. Raises Refused that lists them where nobody can be asked."""
    from ontology.errors import Refused

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        listed = "".join(f"\n  {key}  {label}" for key, label in choices)
        raise Refused(f"{question.partition(':')[0]}. Say which:{listed}")
    typer.echo(f"{question.partition(':')[0]}:", err=True)
    for number, (_, label) in enumerate(choices, 1):
        typer.echo(f"  {number}  {label}", err=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C ends the question at once; asyncio would wait for the answer
    chosen = 0
    while not 1 <= chosen <= len(choices):
        chosen = typer.prompt(f"Which (1 to {len(choices)})", type=int, err=True)
    return choices[chosen - 1][0]


@command(journal_app, "verify", "foodflow journal verify --tenant acme")
def journal_verify(tenant: TenantName = None, url: Url = None, as_json: AsJson = False) -> None:
    """Check that the journal is whole.

    No entry edited, dropped, swapped or cut off, and the graph equals what the journal says; status 1 when not.
    """
    from resolvers import commands

    found = ask("journal verify", tenant, url, commands.verify)
    _print(found, as_json, commands.verdict)
    sys.exit(0 if found["whole"] else 1)


@command(journal_app, "log", "foodflow journal log --tenant acme --last 5")
def journal_log(
    tenant: TenantName = None,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many entries.")] = 20,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show the last entries: when, by whom, how many facts."""
    from resolvers import commands

    _print(ask("journal log", tenant, url, lambda api: commands.log(api, last)), as_json, commands.entries)


@command(app, "backup", "foodflow backup --tenant acme --to backups")
def backup(
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the backup is written.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Back up a tenant.

    Its graph, its journal and the journal's head go into one file.
    """
    from graph_core import commands

    file = ask("backup", tenant, None, lambda api: commands.backup(api, to))
    _print({"file": str(file)}, as_json, lambda found: [f"The backup is {found['file']}; bring it back with `foodflow restore`."])


@command(app, "restore", "foodflow restore backups/acme-2026-03-01T120000.foodflow --tenant acme --replace")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    tenant: Annotated[str, typer.Option("--tenant", metavar="NAME", help="The tenant to make of it.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the tenant when there is one of this name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a tenant from a backup."""
    from graph_core import commands

    ask("restore", None, None, lambda api: commands.restore(api, file, tenant, replace), owner=True)
    _print({"tenant": tenant, "file": str(file)}, as_json, lambda found: [f"{tenant} is restored from {file}."])


@command(app, "ontology", "foodflow ontology glossary", "foodflow ontology context > context.jsonld")
def ontology(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="glossary, context (JSON-LD) or constraints.")] = "glossary",
    write: Annotated[bool, typer.Option("--write", help="Write the committed files instead.")] = False,
) -> None:
    """Show what is derived from the ontology."""
    from ontology import commands

    text = "".join(f"{file}\n" for file in commands.write(ROOT)) if write else commands.shown(what)
    typer.echo(text, nl=False)


@command(app, "schema", "foodflow schema > schema.graphql")
def schema(write: Annotated[bool, typer.Option("--write", help="Write schema.graphql instead.")] = False) -> None:
    """Show the GraphQL schema."""
    from resolvers import commands

    if write:
        (ROOT / "schema.graphql").write_text(commands.schema())
    else:
        typer.echo(commands.schema(), nl=False)


@command(app, "serve", "foodflow serve --port 8000")
def serve(port: Port = 8000) -> None:
    """Serve the pages and the GraphQL API until Ctrl-C; other commands use the server while it runs."""
    _stay("foodflow serve", port, lambda platform: _serve(platform, port))


@command(app, "demo", "foodflow demo", "foodflow demo --answer-only", "foodflow demo --shipments 20000")
def demo(
    port: Port = 8000,
    shipments: Annotated[int, typer.Option(min=0, max=1_000_000, metavar="N", help="The size of the generated company beside it.")] = 2_000,
    answer_only: Annotated[bool, typer.Option("--answer-only", help="Stop after the answer.")] = False,
) -> None:
    """Answer where the outbreak of 2011 came from, and serve.

    Both of its records and a generated food company, a tenant each, are loaded once.
    """
    from resolvers import demo_company, outbreak
    from resolvers.client import Api

    async def work(platform: "Platform") -> None:
        _show(await outbreak.answered(lambda tenant: Api.in_process(platform, tenant), _step))
        if not answer_only:
            with _step(f"\nLoading a generated food company of {shipments:,} shipments as {demo_company.TENANT}"):
                await demo_company.loaded(lambda tenant: Api.in_process(platform, tenant), shipments)
            await _serve(platform, port, outbreak.PAGE)

    _stay("foodflow demo", port, work)


def _stay(what: str, port: int, work: "Callable[[Platform], Coroutine[Any, Any, None]]") -> None:
    """Hold the engine while work goes on that serves; Ctrl-C ends it cleanly, with status 0."""
    from resolvers.reach import end_with, free_to_serve, started

    free_to_serve(where := _where(), port)
    if parent := os.environ.get("FOODFLOW_PARENT"):
        threading.Thread(target=end_with, args=(int(parent),), daemon=True).start()
    try:
        with ExitStack() as held:
            with _step("Starting the graph engine"):
                platform = held.enter_context(started(where.folder, what))
            asyncio.run(work(platform))
    except KeyboardInterrupt:
        typer.echo("\nStopped.")


async def _serve(platform: "Platform", port: int, first: str = "/") -> None:
    from dashboards.app import workspace
    from resolvers.client import Api
    from resolvers.commands import addresses
    from resolvers.reach import first_keys
    from resolvers.server import serve as serving

    keys = await first_keys(lambda tenant: Api.in_process(platform, tenant))
    await serving(platform, port, lambda url, link: _headed(addresses(url, link, keys, os.path.relpath(sys.argv[0]))), workspace, first)


def _headed(lines: "Iterable[str]") -> None:
    """Print lines, those that begin at the edge as headings."""
    for line in lines:
        typer.secho(line, bold=bool(line) and not line.startswith(" "))
    sys.stdout.flush()


@contextmanager
def _step(sentence: str) -> Iterator[None]:
    """One step of a start: what happens is said when it begins, how long it took when it is done."""
    since, end = time.monotonic(), ""
    typer.echo(f"{sentence} ... ", nl=False)
    sys.stdout.flush()
    try:
        yield
        end = f"done in {time.monotonic() - since:.1f} s"
    finally:
        typer.echo(end)
        sys.stdout.flush()


def _show(found: "Answer") -> None:
    """The answer of the demo, for someone who sees it for the first time."""
    from resolvers import outbreak

    typer.secho("\nThe outbreak of 2011: where did it come from?", bold=True)
    for line in outbreak.introduction(found):
        typer.echo(f"  {line}")
    typer.echo("")
    for number, origin in enumerate(found.origins, 1):
        typer.echo(f"  {number:>2}  ", nl=False)
        typer.secho(f"{origin.scope:<12}", nl=False, fg={"certain": "green", "probable": "cyan"}.get(origin.scope, "yellow"))
        typer.secho(origin.what, nl=False, bold=True)
        typer.echo(f"{f', {origin.when}' if origin.when else ''}{'  *' if origin.assumed else ''}  ({origin.depth} steps back)")
    typer.echo("")
    for line in outbreak.legend(found):
        typer.secho(f"  {line}", dim=True)


@command(app, "link", "foodflow link")
def link() -> None:
    """Print a link that signs a browser in once, as the owner of the data folder, on the server that runs over it."""
    from resolvers import commands

    if not (server := _where().server):
        _fail("No server runs over this data folder: start one with `foodflow serve`, or sign in with a key where it is.")
    typer.echo(server.url + ask("link", None, None, commands.new_link, owner=True))


@command(app, "doctor", "foodflow doctor")
def doctor(as_json: AsJson = False) -> None:
    """Look whether everything here works.

    Says what is installed, what is wrong and what to do; status 1 when something is wrong.
    """
    from graph_core import commands
    from ontology.errors import FoodFlowError
    from resolvers.commands import tenant_checks

    server = (where := _where()).server
    checks = [commands.versions(), *commands.folder_checks(where.folder)]
    checks.append(commands.Check("server", f"runs at {server.url} (process {server.pid})" if server else "does not run; `foodflow serve` starts it"))
    try:
        checks += ask("doctor", None, None, tenant_checks, owner=True)
    except FoodFlowError as error:
        checks.append(commands.Check("engine", "does not work", str(error)))
    _print([check.__dict__ for check in checks], as_json, lambda _: commands.told(checks))
    sys.exit(1 if any(check.problem for check in checks) else 0)


@app.command(hidden=True)
def reference(write: Annotated[bool, typer.Option("--write", help="Write docs/commands.md instead.")] = False) -> None:
    """Show the reference of all commands, made from their help."""
    text = "# Commands\n\nMade from the help of each command by `foodflow reference --write`.\n" + "".join(
        _reference(typer.main.get_command(app), "foodflow")
    )
    if write:
        (ROOT / "docs" / "commands.md").write_text(text)
    else:
        typer.echo(text, nl=False)


def _reference(command: Any, name: str) -> list[str]:
    told = command.get_help(command.make_context(name, [], resilient_parsing=True, terminal_width=110, max_content_width=110))
    text = [f"\n## {name}\n\n```text\n{told}\n```\n"]
    for part in getattr(command, "commands", {}).values():
        text += [] if part.hidden else _reference(part, f"{name} {part.name}")
    return text


if __name__ == "__main__":
    main()
