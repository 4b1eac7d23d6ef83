"""FoodFlow OS, put together: the command line and the composition root."""

import asyncio
import csv
import io
import json
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from graph_core.foodgraph import FoodGraph
    from graph_core.platform import Platform
    from graph_core.registry import Job
    from ontology.language import Refusal

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Where food came from, where it went, what is at risk."
)
journal_app = typer.Typer(no_args_is_help=True, help="The journal: every fact in the order it was recorded.")
app.add_typer(journal_app, name="journal")
TenantName = Annotated[str, typer.Option("--tenant", help="The company whose graph is meant.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON, for programs.")]


def main() -> None:
    """Run the command line; errors of ours end in one sentence and status 1."""
    from ontology.errors import FoodFlowError

    try:
        app(standalone_mode=True)
    except FoodFlowError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def data_folder() -> Path:
    """Where the data of this installation lies: FOODFLOW_DATA, or ~/.local/share/foodflow."""
    return Path(os.environ.get("FOODFLOW_DATA") or Path.home() / ".local" / "share" / "foodflow")


def on_platform(what: str, work: "Callable[[Platform], Coroutine[Any, Any, Any]]") -> Any:
    """Start the engine of the data folder, run the work, stop the engine."""
    from graph_core.platform import Platform

    platform = Platform.start(data_folder(), what, wait=10)
    try:
        return asyncio.run(work(platform))
    finally:
        platform.close()


def on_graph(what: str, tenant: str, work: "Callable[[Platform, FoodGraph], Coroutine[Any, Any, Any]]", create: bool = False) -> Any:
    """Run the work on a tenant's graph, as the operating-system user who owns the data folder."""

    async def whole(platform: "Platform") -> Any:
        if create and all(one.name != tenant for one in platform.registry.tenants()):
            platform.create_tenant(tenant)
        graph = platform.open(platform.owner(tenant))
        try:
            return await work(platform, graph)
        finally:
            await graph.close()

    return on_platform(what, whole)


@app.command("import")
def import_(
    files: Annotated[list[Path] | None, typer.Argument(help="Files; the format is recognised by content.")] = None,
    tenant: TenantName = "demo",
    dataset: Annotated[str | None, typer.Option(help="The data set the rows belong to; the file name without extension if not given.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the tenant when it is missing.")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="Refuse the file when any row is bad.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; record nothing.")] = False,
    undo: Annotated[str | None, typer.Option(help="Retract all facts of an import, by its id.")] = None,
    as_json: Json = False,
) -> None:
    """Record what files tell. Killed, the same command goes on where it stood.

    Example: foodflow import deliveries.json --tenant acme --create
    """

    async def work(platform: "Platform", graph: "FoodGraph") -> None:
        from graph_core import imports

        if undo:
            print(f"{await imports.undo(graph, platform.registry, undo)} facts of {undo} are retracted; the journal keeps them.")
        for file in files or ():
            job, refused = await _import(platform, graph, file, dataset, not all_or_nothing, dry_run)
            print(
                json.dumps({**job.__dict__, "refusals": [r.__dict__ if hasattr(r, "__dict__") else _shown(r) for r in refused]})
                if as_json
                else _summary(job, refused)
            )

    on_graph("foodflow import", tenant, work, create)


async def _import(
    platform: "Platform", graph: "FoodGraph", file: Path, dataset: str | None, proceed: bool, dry_run: bool
) -> "tuple[Job, list[Refusal]]":
    from graph_core import imports
    from ingest.connector import Document, connector_for, connectors
    from ontology.errors import Refused

    try:
        opened = file.open("rb")
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}): check the name.") from None
    with opened:
        size = file.stat().st_size
        document = Document(file.name, opened, size, dataset)
        connector = connector_for(document)
        if connector is None:
            known = ", ".join(one.name for one in connectors())
            raise Refused(f"{file.name} is of no format that we read ({known}): export it as one of these.")
        job = imports.job_for(platform.registry, graph.tenant.name, file.name, dataset, imports.fingerprint(opened), size, connector.name)
        refused = await imports.run(graph, platform.registry, job, lambda: connector.facts(document), _progress, proceed=proceed, dry_run=dry_run)
    return job, refused


def _progress(job: "Job") -> None:
    if sys.stderr.isatty():
        print(f"\r{job.file}: {job.position} of {job.total} facts", end="" if job.position < job.total else "\n", file=sys.stderr, flush=True)


def _summary(job: "Job", refused: "list[Refusal]") -> str:
    done = {"checked": "checked, nothing recorded"}.get(job.state, job.state)
    lines = [f"{job.file} ({job.format}, {job.id}): {done}; {job.recorded} facts recorded, {job.known} already known, {len(refused)} refused."]
    lines += [f"  {one.place}: {one.rule}. {one.remedy}" for one in refused[:20]]
    if len(refused) > 20:
        lines.append(f"  and {len(refused) - 20} more (all with --json)")
    return "\n".join(lines)


def _shown(refusal: "Refusal") -> dict[str, Any]:
    return {"place": refusal.place, "rule": refusal.rule, "remedy": refusal.remedy, "text": refusal.text, "record": refusal.record}


@app.command()
def trace(
    codes: Annotated[list[str], typer.Argument(help="Lot codes, place names or keys.")],
    tenant: TenantName = "demo",
    forward: Annotated[bool, typer.Option("--forward", help="Where it went.")] = False,
    backward: Annotated[bool, typer.Option("--backward", help="Where it came from.")] = False,
    both: Annotated[bool, typer.Option("--both", help="Both (the default).")] = False,
    until: Annotated[str | None, typer.Option(help="Only what happened until this date.")] = None,
    known_at: Annotated[str | None, typer.Option(help="As it was known at this time.")] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Answer as CSV.")] = False,
) -> None:
    """Trace lots or places: where they came from and where they went.

    Example: foodflow trace 108 --tenant acme --backward
    """

    async def work(platform: "Platform", graph: "FoodGraph") -> None:
        from algorithms import words
        from algorithms.find import find
        from algorithms.flow import Flow
        from algorithms.trace import Limits
        from algorithms.trace import trace as walk
        from ontology.values import Time, stamp

        known = stamp(Time.told(known_at).latest) if known_at else None
        flow = Flow.of((await graph.replay(known)).nodes())
        found = [find(flow, code) for code in codes]
        limits = Limits(until=stamp(Time.told(until).latest)) if until else None
        direction = "both" if both or forward == backward else ("forward" if forward else "backward")
        answer = walk(flow, [act for one in found for act in one.acts], direction, limits)  # type: ignore[arg-type]
        if as_json:
            print(json.dumps(words.plain(flow, answer)))
        elif as_csv:
            _csv(words.rows(flow, answer))
        else:
            print(words.words(flow, answer, " and ".join(one.label for one in found)))

    on_graph("foodflow trace", tenant, work)


def _csv(rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, ["direction", "depth", "kind", "what", "when", "confidence", "end", "key"], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    print(text.getvalue(), end="")


@journal_app.command("verify")
def journal_verify(tenant: TenantName = "demo", as_json: Json = False) -> None:
    """Check that the journal is whole and the graph equals it. Example: foodflow journal verify --tenant acme."""

    async def work(platform: "Platform", graph: "FoodGraph") -> bool:
        from graph_core.verify import verify

        found = await verify(graph, graph.head())
        if as_json:
            print(json.dumps(found.__dict__))
        else:
            print(f"{found.entries} entries, {found.things} things, {found.relations} relations: {'whole' if found.whole else 'NOT whole'}.")
            print("".join(f"  {problem}\n" for problem in found.problems), end="")
        return found.whole

    if not on_graph("foodflow journal verify", tenant, work):
        sys.exit(1)


@app.command()
def ontology(
    write: Annotated[bool, typer.Option("--write", help="Write the generated files.")] = False,
    what: Annotated[str, typer.Argument(help="glossary, context or constraints.")] = "glossary",
) -> None:
    """Show the ontology, or write the files derived from it. Example: foodflow ontology context."""
    import ontology.kinds  # noqa: F401
    from ontology import derive
    from ontology.errors import Refused

    if write:
        root = Path(__file__).parent
        (root / "ontology" / "context.jsonld").write_text(derive.context_text())
        (root / "docs" / "glossary.md").write_text(derive.glossary())
        return
    shown = {"glossary": derive.glossary, "context": derive.context_text, "constraints": lambda: "\n".join(derive.constraints()) + "\n"}
    if what not in shown:
        raise Refused(f"{what!r} is not derived from the ontology: choose one of {', '.join(shown)}.")
    print(shown[what](), end="")


@app.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write schema.graphql.")] = False,
) -> None:
    """Print the GraphQL schema, or write the committed file. Example: foodflow schema --write."""
    from resolvers.schema import sdl

    if write:
        (Path(__file__).parent / "schema.graphql").write_text(sdl())
    else:
        print(sdl(), end="")


@app.command()
def serve(port: Annotated[int, typer.Option(help="The port on this machine.")] = 8000) -> None:
    """Serve the GraphQL API until Ctrl-C. Example: foodflow serve --port 8000."""

    async def work(platform: "Platform") -> None:
        _keys(platform)
        await _serve(platform, port)

    on_platform("foodflow serve", work)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 8000,
    answer_only: Annotated[bool, typer.Option("--answer-only", help="Stop after the answer.")] = False,
) -> None:
    """Load the outbreak of 2011, ask where its 42 clusters come from, and serve. Example: foodflow demo."""
    print("Starting the graph engine ...", flush=True)

    async def work(platform: "Platform") -> None:
        if all(one.name != OUTBREAK for one in platform.registry.tenants()):
            print("Loading the outbreak of 2011 ...", flush=True)
            platform.create_tenant(OUTBREAK)
        graph = platform.open(platform.owner(OUTBREAK))
        try:
            await _import(platform, graph, Path(__file__).parent / "ingest" / "ehec_2011.json", None, True, False)
            from algorithms.flow import Flow
            from algorithms.words import outbreak

            print("\n" + outbreak(Flow.of((await graph.replay()).nodes())) + "\n", flush=True)
        finally:
            await graph.close()
        _keys(platform)
        if not answer_only:
            await _serve(platform, port)

    on_platform("foodflow demo", work)


OUTBREAK = "outbreak-2011"


def _keys(platform: "Platform") -> None:
    """Print one key for each tenant that has none; it is shown this once."""
    for tenant in platform.registry.tenants():
        if not platform.registry.has_key(tenant.name):
            print(f"Key of {tenant.name} (shown this once): {platform.registry.create_key(tenant.name, 'first key')}", flush=True)


async def _serve(platform: "Platform", port: int) -> None:
    from resolvers.server import serve as serving

    print(f"GraphQL at http://127.0.0.1:{port}/graphql  (Ctrl-C stops)", flush=True)
    await serving(platform, port)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what this installation is and whether it works. Example: foodflow doctor."""

    async def work(platform: "Platform") -> dict[str, Any]:
        tenants = [tenant.name for tenant in platform.registry.tenants()]
        return {"data": str(data_folder()), "engine": "embedded, running", "tenants": tenants, "log": str(platform.engine.place / "engine.log")}

    found = on_platform("foodflow doctor", work)
    print(json.dumps(found) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))
