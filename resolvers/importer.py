"""Files brought in on the command line: one after another, each followed to its end, what it refused written beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ontology.errors import NotUnderstood, Refused
from resolvers import commands

if TYPE_CHECKING:
    from resolvers.client import Api

Json = dict[str, Any]
Lines = Callable[[Any], Iterable[str]]
Tell = Callable[[Any, Lines], None]
"""Prints what was found, in words by the function given, or as JSON."""
Follow = Callable[[str, AsyncIterator[Json]], Awaitable[Json]]
"""Shows how the import of a file stands until it is over; answers how it ended."""

SOME_REFUSED = 3
"""The exit status of an import that recorded the good rows of a file and refused others (1 is an error, 2 a command that was not understood)."""
AGAIN = "Stopped. Run the same command again: it goes on where it stood."


def aside(*, files: list[Path] | None, template: str | None, formats: bool, undo: str | None, list_: bool, **_: Any) -> tuple[Any, Lines] | None:
    """What is answered without a tenant, and how: the formats that are read, an example. Raises NotUnderstood when nothing is asked for."""
    from ingest import commands as reading

    if formats:
        return reading.formats(), lambda found: [f"{name:<12} {sentence}" for name, sentence in found.items()]
    if template:
        return reading.template(template).splitlines(), list
    if not (files or undo or list_):
        raise NotUnderstood("Name a file, or use --undo ID, --list, --formats or --template KIND.")
    return None


async def import_files(
    api: "Api",
    files: Annotated[list[Path] | None, "The files; their format is recognised by content.", "FILE"] = None,
    *,
    dataset: Annotated[str | None, "The data set the rows belong to; else the file's name without extension.", "NAME"] = None,
    create: Annotated[bool, "Make the tenant when it is missing."] = False,
    all_or_nothing: Annotated[bool, "Refuse the whole file when any row is bad."] = False,
    dry_run: Annotated[bool, "Check only; record nothing."] = False,
    preview: Annotated[bool, "Show how a table would be read; record nothing."] = False,
    mapping: Annotated[str | None, "How the columns of a table are read; else guessed.", "NAME|FILE.json"] = None,
    save_mapping: Annotated[str | None, "Keep the mapping that is used.", "NAME"] = None,
    template: Annotated[str | None, "Print an example: deliveries, lots, places, cases or recipes.", "KIND"] = None,
    undo: Annotated[str | None, "Retract all facts of an import.", "ID"] = None,
    list_: Annotated[bool, "Show the latest imports."] = False,
    formats: Annotated[bool, "Show which formats are read."] = False,
    as_json: bool,
    tell: Tell,
    warn: Callable[[str], None],
    follow: Follow,
) -> int:
    """Record what files tell.

    Bad rows are refused with place, rule and remedy and written to FILE.refused.EXT, to be mended and imported
    again. Killed or stopped, the same command goes on where it stood; importing twice adds nothing.

    Exit status: 0 all recorded, 1 error or file refused, 3 some rows refused.
    """
    wanted = {"dataset": dataset, **commands.mapping(mapping)}
    if not preview:
        wanted |= {"dryRun": dry_run, "allOrNothing": all_or_nothing, "saveMapping": save_mapping}
    if undo:
        tell(await commands.undo_import(api, undo), lambda job: [f"{undo} ({job['file']}) is undone; the journal keeps what it told."])
    status = []
    for file in files or ():
        try:
            if preview:
                tell(await commands.preview(api, file, wanted), commands.previewed)
            else:
                job = await _imported(api, file, wanted, await follow(file.name, commands.import_file(api, file, wanted)), as_json)
                tell(job, commands.summary)
                status.append(1 if job["state"] not in ("done", "checked") else SOME_REFUSED if job["refused"] else 0)
        except Refused as error:  # the other files of the command are not lost
            warn(str(error))
            status.append(1)
    if list_:
        tell(await commands.imports(api), commands.listed)
    return 1 if 1 in status else max(status, default=0)


async def _imported(api: "Api", file: Path, wanted: Json, job: Json, whole: bool) -> Json:
    """An import that ended, with its first findings, the rows that it refused, the first or all, and the file in which they can be mended."""
    refused = await commands.refusals(api, job["id"], None if whole else commands.SHOWN) if job["refused"] else []
    written = await commands.write_refused(api, job["id"], file) if job["refused"] and not wanted["dryRun"] else None
    odd = await commands.oddities(api, job["id"]) if job["findings"] else []
    return {**job, "refusals": refused, "oddities": odd, "written": str(written) if written else None}
