"""What the command line asks of the API: files brought in, the journal, the schema. Where the API is does not matter here."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from graph_core.commands import Check, folder_checks, versions
from ontology.errors import FoodFlowError, Refused, Unavailable

if TYPE_CHECKING:
    from resolvers.client import Api
    from resolvers.reach import Connect, Where
    from resolvers.serving import Serving

Json = dict[str, Any]
PAUSE = 0.2
"""Seconds between two looks at a running import."""

PAGE = 100
SHOWN = 20
"""How many refused rows are shown to a person; a program gets them all."""

_RUNNING = ("checking", "recording")
_JOB = "id file format dataset state position total recorded known refused findings created finished message share sha256"
_IMPORT = f"mutation($input: ImportFileInput!) {{ importFile(input: $input) {{ job {{ {_JOB} }} userErrors {{ code field message }} }} }}"
_PREVIEW = """mutation($input: PreviewImportInput!) { previewImport(input: $input) { upload file format userErrors { code field message }
  table { kind sheet sheets saved notes questions tried refused columns { heading field decimal dates unit confidence why values }
    rows { number told findings problem } } } }"""
_UNDO = f"mutation($input: UndoImportInput!) {{ undoImport(input: $input) {{ job {{ {_JOB} }} userErrors {{ code field message }} }} }}"
_IMPORT_JOB = f"query($id: ID!) {{ importJob(id: $id) {{ {_JOB} }} }}"
_IMPORT_JOBS = f"query($first: Int!) {{ importJobs(first: $first) {{ {_JOB} }} }}"
_REFUSALS = """query($id: ID!, $first: Int!, $offset: Int!) {
  importJob(id: $id) { refusals(first: $first, offset: $offset) { place rule remedy record text } } }"""
_ODDITIES = "query($id: ID!, $first: Int!) { importJob(id: $id) { oddities(first: $first) { place said record } } }"
_VERIFY = "{ journal { head { seq hash } verification { whole entries things relations problems } } }"
_LOG = "query($last: Int!) { journal { entries(last: $last) { seq recorded caller facts ended job hash } } }"


class Headed(list[str]):
    """Lines of which those that begin at the edge are headings."""


async def import_file(api: "Api", file: Path, wanted: Json) -> AsyncIterator[Json]:
    """Hand a file in and tell again and again how its import stands, at last how it ended; `wanted` are more members of ImportFileInput.

    Raises Refused when the file cannot be read or its format is unknown.
    """
    job = _payload((await _sent(api, _IMPORT, file, wanted))["importFile"])["job"]
    while job["state"] in _RUNNING:
        yield job
        await asyncio.sleep(PAUSE)
        job = (await api.ask(_IMPORT_JOB, {"id": job["id"]}))["importJob"]
    yield job


async def have(api: "Api", file: Path, wanted: Json) -> Json:
    """Have a file that comes with the program imported, once; answers its import. Raises Unavailable when it did not come to its end."""
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    for before in await imports(api, 100):
        if (before["sha256"], before["state"]) == (content, "done"):
            return before
    *_, job = [one async for one in import_file(api, file, wanted)]
    if job["state"] != "done":
        raise Unavailable(
            f"{file.name} was not loaded, its import is {job['state']}. {job['message'] or 'Look with `foodflow doctor`, and try again.'}"
        )
    return job


async def _sent(api: "Api", document: str, file: Path, wanted: Json) -> Json:
    try:
        return await api.ask(document, {"input": wanted}, file)
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}): check its name and who may read it.") from None


async def preview(api: "Api", file: Path, wanted: Json) -> Json:
    """How a file would be read, nothing recorded; `wanted` are more members of PreviewImportInput. Raises Refused for a file that cannot be."""
    told = _payload((await _sent(api, _PREVIEW, file, wanted))["previewImport"])
    table = told["table"]
    if table:
        columns = [{name: one[name] for name in ("heading", "field", "decimal", "dates", "unit")} for one in table["columns"]]
        told["mapping"] = {"kind": table["kind"], "sheet": table["sheet"], "columns": {one.pop("heading"): one for one in columns}}
    return told


def mapping(told: str | None) -> Json:
    """The members of an input for a mapping: those of a JSON file, or the name of a kept one. Raises Refused for a file that is none."""
    if not told or not told.endswith(".json"):
        return {"mappingName": told}
    try:
        held = json.loads(Path(told).read_text(encoding="utf-8"))
        columns = [{"heading": heading, **({"field": one or ""} if not isinstance(one, dict) else one)} for heading, one in held["columns"].items()]
        return {"mapping": {"kind": held["kind"], "sheet": held.get("sheet") or "", "columns": columns}}
    except OSError as error:
        raise Refused(f"{told} cannot be read ({error.strerror}): check its name and who may read it.") from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Refused(
            f'{told} is no mapping: write {{"kind": "deliveries", "columns": {{"Heading": "field"}}}}; --preview --json shows one.'
        ) from None


async def oddities(api: "Api", job: str) -> list[Json]:
    """The first findings of an import."""
    return list((await api.ask(_ODDITIES, {"id": job, "first": SHOWN}))["importJob"]["oddities"])


async def refusals(api: "Api", job: str, most: int | None = None) -> list[Json]:
    """The rows that an import refused, the first ones or all: place, rule, remedy, and the row itself."""
    rows: list[Json] = []
    while most is None or len(rows) < most:
        page = (await api.ask(_REFUSALS, {"id": job, "first": min(PAGE, most or PAGE), "offset": len(rows)}))["importJob"]["refusals"]
        rows += page
        if not page:
            break
    return rows


async def write_refused(api: "Api", job: str, file: Path) -> Path:
    """Write what an import refused beside its file, in the same format, to be mended and imported again; answers where."""
    place = file.with_name(f"{file.stem}.refused{file.suffix}")
    try:
        place.write_bytes((await api.get(f"/imports/{job}/refused")).content)
    except OSError as error:
        raise Refused(
            f"The refused rows cannot be written to {place} ({error.strerror}): copy the file to a folder of yours and import it there."
        ) from None
    return place


async def imports(api: "Api", first: int = 20) -> list[Json]:
    """The latest imports, newest first."""
    return list((await api.ask(_IMPORT_JOBS, {"first": first}))["importJobs"])


async def undo_import(api: "Api", job: str) -> Json:
    """Retract everything an import told; the journal keeps it."""
    return dict(_payload((await api.ask(_UNDO, {"input": {"id": job}}))["undoImport"])["job"])


async def verify(api: "Api") -> Json:
    """Check that the journal is whole.

    No entry edited, dropped, swapped or cut off, and the graph equals what the journal says; status 1 when not.
    """
    journal = (await api.ask(_VERIFY))["journal"]
    return {"head": journal["head"], **journal["verification"]}


async def log(api: "Api", *, last: Annotated[int, "How many entries.", range(1, 1001)] = 20) -> list[Json]:
    """Show the last entries: when, by whom, how many facts."""
    return list((await api.ask(_LOG, {"last": last}))["journal"]["entries"])


def schema(*, write: Annotated[bool, "Write schema.graphql instead."] = False) -> list[str]:
    """Show the GraphQL schema."""
    from resolvers.schema import sdl

    file = Path(__file__).parents[1] / "schema.graphql"
    if not write:
        return sdl().splitlines()
    file.write_text(sdl())
    return [str(file)]


def _payload(payload: Json) -> Json:
    if payload["userErrors"]:
        raise Refused(" ".join(error["message"] for error in payload["userErrors"]))
    return payload


def doctor(where: "Where") -> list[Check]:
    """Look whether everything here works.

    Says what is installed, what is wrong and what to do; status 1 when something is wrong.
    """
    from resolvers.reach import reached

    async def look(connect: "Connect") -> list[Check]:
        async with connect(None) as api:
            return await tenant_checks(api)

    server = where.server
    checks = [versions(), *folder_checks(where.folder)]
    checks.append(Check("server", f"runs at {server.url} (process {server.pid})" if server else "does not run; `foodflow serve` starts it"))
    try:
        with reached(where, "foodflow doctor", lambda _: None) as connect:
            return checks + asyncio.run(look(connect))
    except FoodFlowError as error:
        return [*checks, Check("engine", "does not work", str(error))]


async def tenant_checks(api: "Api") -> list[Check]:
    """What the doctor says of the engine, its tenants and what is used for them, as their owner sees it."""
    return [Check(**told) for told in (await api.get("/local/health")).json()]


def previewed(told: Json) -> list[str]:
    """How a file would be read, in lines: its columns and what they would mean, its first rows in words, what must be decided."""
    table = told["table"]
    if not table:
        return [f"{told['file']} is {told['format']}, which says itself what it means: --dry-run checks it."]
    by = f", by the mapping {table['saved']!r}" if table["saved"] else ""
    lines = Headed([f"{told['file']} would be read as {table['kind']}{by}"])
    lines += [f"  {note}" for note in table["notes"]]
    wide = max(len(one["heading"]) for one in table["columns"])
    for one in table["columns"]:
        meant = {"": "kept as told", "-": "left out"}.get(one["field"], one["field"])
        how = ", ".join(filter(None, (one["decimal"] and f"decimal {one['decimal']}", one["dates"], one["unit"])))
        lines.append(f"  {one['heading']:<{wide}}  {meant:<18} {one['confidence']:>4.0%}  {how:<12} {' | '.join(one['values'])[:60]}".rstrip())
    lines += [f"? {question}" for question in table["questions"]]
    for row in table["rows"]:
        lines.append(f"row {row['number']}")
        lines += [f"  {said}" for said in row["told"]] + [f"  ~ {said}" for said in row["findings"]]
        lines += [f"  ! {row['problem']}"] if row["problem"] else []
    lines.append(f"Nothing was recorded; {table['refused']:,} of the first {table['tried']:,} rows would be refused.")
    return lines


def stands(job: Json, seconds: float | None = None) -> str:
    """Where an import stands: its phase, how much of how much, and how fast when the seconds since its start are told."""
    if job["state"] == "checking" and job["share"] is not None:
        return f"checking, {job['share']:.0%} of the file read, {job['total']:,} facts good so far"
    if not job["total"]:
        return str(job["state"])
    rate = f", {job['position'] / max(seconds, 0.1):,.0f} a second" if seconds else ""
    return f"{job['state']}, {job['position']:,} of {job['total']:,} facts{rate}"


def summary(job: Json) -> list[str]:
    """An import in words: what was recorded, what was known, what was refused and why (`refusals`), and where to mend it (`written`)."""
    ended = {"checked": "checked, nothing recorded", "refused": "refused, nothing recorded"}.get(job["state"], job["state"])
    lines = [f"{job['file']}: {ended} ({job['format']}, {job['id']})"]
    lines += [f"  {job[name]:>9,} {said}" for name, said in (("recorded", "facts recorded"), ("known", "already known"), ("refused", "refused"))]
    if job["findings"]:
        lines.append(f"  {job['findings']:>9,} findings: recorded as told, and marked as odd")
        lines += [f"  ~ {one['place']}: {one['said']}" for one in job["oddities"]]
    if job["message"]:
        lines.append(f"  {job['message']}")
    lines += [f"  ! {one['place']}: {one['rule'].rstrip('.')}. {one['remedy']}" for one in job["refusals"]]
    if len(job["refusals"]) < job["refused"]:
        lines.append(f"  and {job['refused'] - len(job['refusals']):,} more (all with --json)")
    if job["written"]:
        lines.append(f"  Mend the refused rows in {job['written']} and import that file; all others are recorded.")
    return lines


def listed(jobs: list[Json]) -> list[str]:
    """Imports, one a line."""
    return [
        f"{job['id']}  {job['created'][:16]}  {job['state']:<9} {job['recorded']:>9,} recorded {job['refused']:>6,} refused  {job['file']}"
        for job in jobs
    ] or ["No imports yet."]


def verdict(found: Json) -> list[str]:
    """What the check of a journal found."""
    whole = "The journal is whole and the graph equals it" if found["whole"] else "The journal or the graph was changed from outside"
    entries = f"{found['entries']:,} {'entry' if found['entries'] == 1 else 'entries'}"
    lines = [f"{whole}: {entries}, {found['things']:,} things, {found['relations']:,} relations."]
    lines += [f"  ! {problem}" for problem in found["problems"]]
    if not found["whole"]:
        lines.append("  Restore a backup made before (`foodflow restore`), and find out who can write to the data folder.")
    return lines


def entries(found: list[Json]) -> list[str]:
    """Entries of a journal, one a line."""
    return [f"{one['seq']:>8}  {one['recorded'][:19]}  {one['facts']:>7,} facts  {one['caller']}  {one['job'] or ''}".rstrip() for one in found] or [
        "The journal has no entries yet."
    ]


def link(where: "Where") -> list[str]:
    """Print a link that signs a browser in once, as the owner of the data folder, on the server that runs over it."""
    from resolvers.client import Api

    async def made(server: "Serving") -> str:
        async with Api.over_http(server.url, server.secret) as api:
            return server.url + str((await api.post("/local/links", {}))["path"])

    if not (server := where.server):
        raise Unavailable("No server runs over this data folder: start one with `foodflow serve`, or sign in with a key where it is.")
    return [asyncio.run(made(server))]


def addresses(url: str, link: str, keys: dict[str, str], program: str) -> Iterator[str]:
    """What a server that has begun says: where to look, the keys it made, how to go on; headings at the edge."""
    yield from (
        "",
        "Open",
        f"  Explorer {link}",
        "           (this link signs you in once; `foodflow link` prints another)",
        f"  GraphQL  {url}/graphql",
    )
    yield f"  Docs     {url}/docs"
    if keys:
        yield from ("", "Keys, shown this once (set FOODFLOW_KEY to one, or enter it where the page asks)")
        yield from (f"  {tenant:<16} {key}" for tenant, key in keys.items())
    yield from ("", "Ask on the command line, in a second terminal", f"  {program} --help", "", "Ctrl-C stops.")
