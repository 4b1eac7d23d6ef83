"""FoodFlow OS, put together: the command line and the composition root."""

import _thread
import asyncio
import inspect
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, get_args, get_origin

import typer

import ontology.commands
from algorithms import commands as scoring
from graph_core import commands as keeping
from resolvers import administration, asking, commands, enricher, exchanging, importer, investigator, recalling

if TYPE_CHECKING:
    from graph_core.platform import Platform
    from resolvers.client import Api
    from resolvers.outbreak import Answer
    from resolvers.reach import Connect, Where

    Work = Callable[[Api], Awaitable[Any]]

ROOT = Path(__file__).parent
HELP = """Where food came from, where it went, what is at risk.

\b
Begin with  foodflow demo
Your data   foodflow import deliveries.json --tenant acme --create
            foodflow trace L42 --tenant acme --backward
"""
_PLAIN: dict[str, Any] = {"no_args_is_help": True, "rich_markup_mode": None, "context_settings": {"max_content_width": 110}}
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=HELP, **_PLAIN)


def group(name: str, said: str) -> typer.Typer:
    """A group of commands."""
    made = typer.Typer(name=name, help=said, **_PLAIN)
    app.add_typer(made)
    return made


def command(group: typer.Typer, name: str, *examples: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a command of the group, with examples under its help."""
    return group.command(name, epilog="\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples))


TenantName = Annotated[str | None, typer.Option("--tenant", metavar="NAME", help="The company that is meant; not needed where there is only one.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Ask a server elsewhere, with the key in FOODFLOW_KEY.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON, for programs.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, metavar="PORT", help="The port on this machine.")]


def main() -> None:
    """Run the command line; what goes wrong ends in one sentence and status 1."""
    from ontology.errors import FoodFlowError, NotUnderstood

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, a command ends as on Ctrl-C: cleanly
    sys.unraisablehook = _dropped
    try:
        app()
    except NotUnderstood as error:
        _fail(str(error), 2)
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


def _fail(sentence: str, status: int = 1) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(status)


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


def plain(
    group: typer.Typer,
    name: str,
    work: Callable[..., Any],
    lines: "Callable[[Any], Iterable[str]]",
    *examples: str,
    place: str = "tenant",
    status: Callable[[Any], int] = lambda _: 0,
    aside: Callable[..., "tuple[Any, Callable[[Any], Iterable[str]]] | None"] = lambda **_: None,
    stopped: str = "Stopped.",
) -> None:
    """Make a plain function a command: what it takes by position becomes arguments, what by name options, and it answers with what is printed.

    Each is annotated with its help and, where they say more, a metavar and a range. `place` says where the API is that it takes first: that of a
    "tenant" anywhere, of one "here" in the data folder, of the "owner" of all of them; "nowhere" takes none. What else it takes is told by name:
    `sure` and `choose` ask the person, `tell`, `warn` and `follow` show what happens, `where` is the data folder, and who takes `as_json` answers
    with lines of its own. `aside` answers what needs no tenant; `create` is an option of the tenant; `stopped` is what Ctrl-C says.
    """
    what = f"{group.info.name} {name}" if group.info.name else name
    takes = inspect.signature(work).parameters

    def run(**given: Any) -> None:
        as_json = given["as_json"]
        told = {**given, "sure": _sure(given.get("yes", False)), "choose": _choose, "where": _where(), "follow": _followed}
        told |= {"warn": lambda said: typer.echo(said, err=True), "tell": lambda found, lines: _print(found, as_json, lines)}
        own = {name: told[name] for name in takes if name in told}
        if answer := aside(**own):
            return _print(answer[0], as_json, answer[1])
        if place == "nowhere":
            found = work(**own)
        else:
            options = {"create": given.get("create", False), "owner": place == "owner", "stopped": stopped}
            found = ask(what, given.get("tenant"), given.get("url"), lambda api: work(api, **own), **options)
        _print(found, as_json and "as_json" not in takes, lines)
        sys.exit(status(found))

    common = (*{"tenant": ("tenant", "url"), "here": ("tenant",)}.get(place, ()), *(("yes",) if "sure" in takes else ()), "as_json")
    taken = [_taken(one) for one in takes.values() if get_origin(one.annotation) is Annotated] + [_COMMON[one] for one in common]
    run.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in taken}
    run.__doc__ = work.__doc__
    command(group, name, *examples)(run)


def _taken(one: inspect.Parameter) -> inspect.Parameter:
    """A parameter of a plain function as an argument or an option."""
    kind, said, *more = get_args(one.annotation)
    bounds = next((told for told in more if isinstance(told, range)), None)
    told: dict[str, Any] = {"help": said, "metavar": next((told for told in more if isinstance(told, str)), None)}
    told |= {"min": bounds.start, "max": bounds.stop - 1 if bounds.stop < sys.maxsize else None} if bounds else {}
    option = one.kind is one.KEYWORD_ONLY
    meant = typer.Option(f"--{one.name.rstrip('_').replace('_', '-')}", **told) if option else typer.Argument(**told)
    return one.replace(kind=one.KEYWORD_ONLY, annotation=Annotated[kind, meant])


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_COMMON = {
    "tenant": _option("tenant", TenantName, None),
    "url": _option("url", Url, None),
    "yes": _option("yes", Annotated[bool, typer.Option("--yes", help="Do not ask: it is meant.")], False),
    "as_json": _option("as_json", AsJson, False),
}


def _sure(yes: bool) -> Callable[[str], None]:
    """How a command makes sure that a consequence is meant: it was said beforehand, or a person says so now."""

    def sure(consequence: str) -> None:
        from ontology.errors import Refused

        if yes:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Refused(f"{consequence} Say --yes if that is meant.")
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C ends the question at once; asyncio would wait for the answer
        if not typer.confirm(f"{consequence}\nGo on", err=True):
            raise Refused("Nothing was changed.")

    return sure


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
                progress.update(task, description=stands(job, time.monotonic() - since), total=1.0, completed=job["share"] or 0.0)
        return job
    phase, told = "", 0.0
    async for job in jobs:
        if job["state"] != phase or time.monotonic() - told > 10:
            typer.echo(f"{name}: {stands(job)}", err=True)
            phase, told = job["state"], time.monotonic()
    return job


def _print(found: Any, as_json: bool, lines: "Callable[[Any], Iterable[str]]") -> None:
    said = [json.dumps(found, ensure_ascii=False)] if as_json else lines(found)
    if isinstance(said, commands.Headed):
        _headed(said)
    else:
        for line in said:
            typer.echo(line)


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
                await demo_company.load(lambda tenant: Api.in_process(platform, tenant), shipments)
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


plain(
    app,
    "import",
    importer.import_files,
    lambda _: (),
    "foodflow import deliveries.json --tenant acme --create",
    "foodflow import deliveries.csv --tenant acme --preview",
    "foodflow import deliveries.csv --tenant acme --mapping supplier.json --save-mapping supplier",
    "foodflow import --template deliveries > deliveries.csv",
    "foodflow import --list --tenant acme",
    "foodflow import --undo imp_0123456789 --tenant acme",
    status=int,
    aside=importer.aside,
    stopped=importer.AGAIN,
)
plain(
    app,
    "trace",
    asking.trace,
    lambda found: found,
    "foodflow trace L42 --tenant acme --backward",
    "foodflow trace 48088 6832 --tenant outbreak-2011 --forward --table",
    "foodflow trace L42 --tenant acme --until 2025-03-31 --known-at 2025-04-01T12:00Z",
)
plain(
    app,
    "recall",
    recalling.recall,
    lambda found: found,
    "foodflow recall L42 --tenant acme",
    "foodflow recall L42 --tenant acme --csv > consignees.csv",
    "foodflow recall L42 --tenant acme --mock --note 'Yearly test'",
)
plain(app, "enrich", enricher.enrich, enricher.found, "foodflow enrich --tenant acme", "foodflow enrich 'mass balance' --tenant acme")
plain(app, "stock", recalling.stock, recalling.ranked, "foodflow stock --tenant acme")
plain(app, "investigate", investigator.investigate, investigator.seen, "foodflow investigate --hazard norovirus --tenant acme")
plain(
    app,
    "exchange",
    exchanging.exchange,
    exchanging.exchanged,
    "foodflow exchange acme.json --tenant acme",
    "foodflow exchange acme.xlsx --tenant acme --scope probable",
    "foodflow exchange outbreak.json --tenant acme --investigation 'Norovirus in schools'",
)


async def report(
    api: "Api",
    investigation: Annotated[str, "Number or id of the investigation.", "ID"],
    *,
    to: Annotated[Path, "The file: a document where its name ends in .pdf, a workbook in .xlsx.", "FILE"],
    what_if: Annotated[str | None, "Of what is assumed in this what-if, too.", "NAME"] = None,
    scope: Annotated[str, "Links that count: certain, probable or conceivable.", "SCOPE"] = "certain",
    no_dates: Annotated[bool, "Let food go on before it came."] = False,
) -> dict[str, Any]:
    """Write the report of an investigation, as a document or as a workbook.

    The same records give the same file, byte for byte.
    """
    from dashboards.asking import Failed
    from dashboards.report.files import kept
    from ontology.errors import Refused

    loop = asyncio.get_running_loop()

    def asks(document: str, **variables: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(api.ask(document, variables), loop).result()

    try:
        return await asyncio.to_thread(kept, asks, investigation, to, what_if or "", scope, dates=not no_dates)
    except Failed as failed:
        raise Refused(failed.words) from None


reported = (
    "foodflow report INV-20260301-a1b2c3 --to report.pdf --tenant acme",
    "foodflow report INV-20260301-a1b2c3 --to report.xlsx --scope probable",
)
plain(app, "report", report, lambda found: [found["file"]], *reported)
scored = (
    "foodflow score outbreak.json",
    "foodflow score outbreak.json --hazard norovirus",
    "foodflow score outbreak.json --settings what-if.json --json",
)
plain(app, "score", scoring.score, list, *scored, place="nowhere")
plain(app, "link", commands.link, list, "foodflow link", place="nowhere")
plain(app, "doctor", commands.doctor, keeping.told, "foodflow doctor", place="nowhere", status=keeping.amiss)
context = "foodflow ontology context > context.jsonld"
plain(app, "ontology", ontology.commands.shown, list, "foodflow ontology glossary", context, place="nowhere")
plain(app, "schema", commands.schema, list, "foodflow schema > schema.graphql", place="nowhere")
JOURNAL = group("journal", "The journal: every fact in the order it was recorded.")
plain(JOURNAL, "verify", commands.verify, commands.verdict, "foodflow journal verify --tenant acme", status=lambda found: not found["whole"])
plain(JOURNAL, "log", commands.log, commands.entries, "foodflow journal log --tenant acme --last 5")
plain(app, "backup", keeping.backup, keeping.backed_up, "foodflow backup --tenant acme --to backups", place="here")
restored = "foodflow restore backups/acme-2026-03-01T120000.foodflow --tenant acme --replace"
plain(app, "restore", keeping.restore, keeping.restored, restored, place="owner")

REPAIR = group("repair", "Links that the records are missing: proposed, confirmed or refused.")
for name, work, lines, example in (
    ("list", investigator.repair_list, investigator.listed, "--among lots"),
    ("confirm", investigator.repair_confirm, investigator.done, "--among places --at-least 0.9 --why 'Same school'"),
    ("refuse", investigator.repair_refuse, investigator.done, "link_0123456789ab --why 'Another lot by its label'"),
    ("reopen", investigator.repair_reopen, investigator.done, "link_0123456789ab --why 'Confirmed by mistake'"),
):
    plain(REPAIR, name, work, lines, f"foodflow repair {name} {example} --tenant acme")

TENANTS = group("tenants", "Tenants: companies, each with a graph, a journal and keys of its own; for the owner of the data folder.")
for name, work, lines, example in (
    ("create", administration.create_tenant, administration.tenant_made, "acme"),
    ("list", administration.list_tenants, administration.tenants_listed, ""),
    ("suspend", administration.suspend_tenant, administration.tenant_suspended, "acme"),
    ("resume", administration.resume_tenant, administration.tenant_resumed, "acme"),
    ("export", administration.export_tenant, administration.tenant_exported, "acme --to exports"),
    ("delete", administration.delete_tenant, administration.tenant_deleted, "acme"),
    ("log", administration.tenants_log, administration.acts_listed, "--last 10"),
):
    plain(TENANTS, name, work, lines, f"foodflow tenants {name} {example}".rstrip(), place="owner")

KEYS = group("keys", "Keys: who may ask in a tenant, what they may do and until when.")
for name, work, lines, example in (
    ("create", administration.create_key, administration.key_made, "'Anna Baker' --tenant acme --may read,record --expires 90d"),
    ("list", administration.list_keys, administration.keys_listed, "--tenant acme"),
    ("rotate", administration.rotate_key, administration.key_rotated, "'Anna Baker' --tenant acme --grace 1h"),
    ("revoke", administration.revoke_key, administration.key_revoked, "key_0123456789ab --tenant acme"),
):
    plain(KEYS, name, work, lines, f"foodflow keys {name} {example}")


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
