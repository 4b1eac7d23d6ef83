"""What the command line does with scores: those of a file of an outbreak, without a tenant."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson

from ingest.connector import Document, connector_for
from ingest.fcl import FoodChainLab, Workbook
from ingest.fcl.drawn import drawn
from ontology.errors import Refused

if TYPE_CHECKING:
    from algorithms.scoring import Scoring

SUSPECTS = 5
SHOWN = 10
"""How many are listed for people."""


def score(
    file: Annotated[Path, "A FoodChain-Lab file: JSON or a workbook.", "FILE"],
    *,
    settings: Annotated[Path | None, "A JSON file of settings that replace what the file says (see docs/outbreak.md).", "FILE"] = None,
    hazard: Annotated[
        str | None, "What made people ill, such as norovirus: lots are weighed by how often it is found in their food, too.", "HAZARD"
    ] = None,
    weighted: Annotated[bool, "Sum weights up, negative ones clear; scores of lots too."] = False,
    as_json: bool,
    warn: Callable[[str], None],
) -> list[str]:
    """Score the stations and deliveries of an outbreak: how many of its cases each can have caused.

    Nothing is recorded, and no tenant is needed.
    """
    from algorithms.reported import Reported
    from algorithms.scoring import Scoring, Settings

    told = _read(settings) if settings else {}
    wanted = Settings.read({**told, "hazard": hazard} if hazard and isinstance(told, dict) else told)
    with file.open("rb") as opened:
        document = Document(file.name, opened, file.stat().st_size)
        connector = connector_for(document)
        if not isinstance(connector, FoodChainLab | Workbook):
            raise Refused(f"{file} is no file of FoodChain-Lab: docs/formats.md tells what its JSON and workbooks look like.")
        reported, kept = Reported(connector.facts(document)), drawn(document)
    for refusal in reported.refused[:SHOWN]:
        warn(f"left out: {refusal.place}: {refusal.rule}. {refusal.remedy}")
    if len(reported.refused) > SHOWN:
        warn(f"left out: {len(reported.refused) - SHOWN} rows more")
    scoring = Scoring(reported, wanted, weighted=weighted, drawn=kept)
    if scoring.implausible:
        warn(f"dates ignored, because they contradict others: deliveries {', '.join(scoring.implausible[:SHOWN])}")
    if as_json:
        return [orjson.dumps(scoring.answer()).decode()]
    return list(_told(scoring))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise Refused(f"{file} is not JSON ({error}): settings are one object.") from None


def _told(scoring: "Scoring") -> Iterator[str]:
    """The highest scores of stations and lots, for people."""
    scored, network = scoring.outbreak.scored(), scoring.outbreak.network
    pieces = int((scored.weights != 0).sum())
    yield f"{network.stations:,} stations, {network.deliveries:,} deliveries, {len(network.before):,} links; {pieces:,} of them are evidence."
    if not pieces:
        yield "Nothing is marked as an outbreak, so nothing scores: mark stations in the file, or in --settings."
        return
    for what, names, scores in (("Stations", scoring.station_names, scored.stations.score), ("Lots", scoring.lot_names, scored.lots.score)):
        yield ""
        yield f"{what} that most of the evidence can come from"
        yield from _ranked(names, scores.tolist())
    if scoring.settings.weighs_lots:
        yield ""
        yield "Lots by all that is known: how likely all of the contamination went through them"
        yield from _suspected(scoring)


def _suspected(scoring: "Scoring") -> Iterator[str]:
    for one in scoring.suspects()[:SUSPECTS]:
        yield f"  {one.carried:6.1%}  {scoring.lot_names[one.lot]}  (it began there: {one.began:.1%})"
        yield from (f"          {reason}" for reason in one.reasons)


def _ranked(names: list[str], scores: list[float]) -> Iterator[str]:
    listed = sorted(((score, name) for name, score in zip(names, scores, strict=True) if score), key=lambda one: (-one[0], one[1]))
    for score, name in listed[:SHOWN]:
        yield f"  {score:6.3f}  {name}{'  (a common link: all of it)' if score == 1 else ''}"
    if len(listed) > SHOWN:
        yield f"  {len(listed) - SHOWN} more; --json lists all"
