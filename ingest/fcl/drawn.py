"""What a FoodChain-Lab file keeps beside its tables: groups of stations, what is hidden, and whether dates count."""

from contextlib import suppress
from typing import Any, NamedTuple

from ingest.connector import Document
from ingest.fcl import cells
from ingest.json_stream import Broken, JsonStream

_HIDDEN = {"node": "invisibleNodes", "edge": "invisibleEdges"}


class Set(NamedTuple):
    """What is set on a group of stations as a whole."""

    weight: float = 0.0
    cross_contamination: bool = False
    kill_contamination: bool = False
    observed: bool = False


class Drawn(NamedTuple):
    """Stations by the id of the group that stands for them, what is set on groups, ids of what is hidden, and whether the order of dates counts."""

    groups: dict[str, list[str]]
    flags: dict[str, Set]
    hidden: list[str]
    in_order: bool | None


def drawn(document: Document) -> Drawn:
    """What a JSON file of version 1 keeps; of any other document, and of what cannot be read, nothing."""
    found = Drawn({}, {}, [], None)
    with suppress(Broken):  # the reading of the tables tells it
        found = _read(JsonStream(document.open()), found)
    return found._replace(flags={group: found.flags[group] for group in found.groups if group in found.flags})


def _read(stream: JsonStream, found: Drawn) -> Drawn:
    for name in stream.members():
        if name == "settings":
            for part in stream.members():
                if part == "metaNodes":
                    found.groups.update(_group(stream.record().value) for _ in stream.items())
                elif part == "view":
                    found.hidden.extend(_hidden(stream))
        elif name == "tracing":
            for part in stream.members():
                if part == "enforceTemporalOrder":
                    in_order = stream.record().value
                    found = found._replace(in_order=in_order if isinstance(in_order, bool) else None)
                elif part == "nodes":
                    for _ in stream.items():
                        told = stream.record().value
                        if isinstance(told, dict):
                            found.flags[str(told.get("id"))] = Set(**cells.flags(cells.set_by(told))[0])
    found.groups.pop("", None)
    return found


def _group(told: Any) -> tuple[str, list[str]]:
    members = told.get("members") if isinstance(told, dict) else None
    return (str(told.get("id", "")), [str(one) for one in members]) if isinstance(members, list) else ("", [])


def _hidden(stream: JsonStream) -> list[str]:
    found: list[str] = []
    for sort in stream.members():
        if sort in _HIDDEN:
            for name in stream.members():
                if name == _HIDDEN[sort]:
                    told = stream.record().value
                    found.extend(map(str, told) if isinstance(told, list) else ())
    return found
