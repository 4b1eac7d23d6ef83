"""An exchange of the graph as it is asked on the command line: a file for other tools, and what has no place in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from ontology.errors import Refused

if TYPE_CHECKING:
    from resolvers.client import Api

Json = dict[str, Any]
ENDINGS = {".utx.json": "utx.json", ".json": "fcl.json", ".xlsx": "fcl.xlsx"}
"""The format of a file by how its name ends; the first that fits."""


async def exchange(
    api: "Api",
    file: Annotated[Path, "The file to write: .json for FoodChain-Lab JSON, .xlsx for its all-in-one workbook, .utx.json for UTX.", "FILE"],
    *,
    investigation: Annotated[str | None, "With the evidence of this investigation: its id, number or name.", "ID"] = None,
    what_if: Annotated[str | None, "As it is in this what-if of the investigation.", "NAME"] = None,
    scope: Annotated[str, "The least sure links that are written: certain, probable or conceivable.", "SCOPE"] = "certain",
    without_dates: Annotated[bool, "The order of dates does not count, where other tools ask."] = False,
    format_: Annotated[str | None, "The format, where the name of the file does not tell it: fcl.json, fcl.xlsx or utx.json.", "FORMAT"] = None,
) -> Json:
    """Write the graph of a tenant as a file that other tools of tracing open: of FoodChain-Lab, or UTX.

    Stations, deliveries and what became what; with --investigation also its cases and marks. What has no place in the file is told.
    """
    named = format_ or next((form for ending, form in ENDINGS.items() if file.name.lower().endswith(ending)), None)
    if named is None:
        raise Refused(f"{file.name} does not tell its format: end it in {' or '.join(ENDINGS)}, or say --format.")
    if what_if and not investigation:
        raise Refused("A what-if is one of an investigation: say --investigation, too.")
    asked = {"investigation": investigation, "whatIf": what_if, "scope": scope, "dates": "no" if without_dates else None}
    told = await api.save(f"/export/{named}?{urlencode({name: value for name, value in asked.items() if value})}", file)
    return {"file": str(file), "format": named, **told}


def exchanged(found: Json) -> Iterator[str]:
    """What was written, and what has no place in it."""
    parts = (
        (found["stations"], "station", "stations"),
        (found["deliveries"], "delivery", "deliveries"),
        (found["relations"], "relation", "relations"),
    )
    said = ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in parts)
    yield f"{found['file']}: {said} ({found['format']})"
    yield from (f"  ! {note}" for note in found["notes"])
