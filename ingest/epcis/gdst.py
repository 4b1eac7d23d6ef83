"""Key data elements that GDST asks of seafood events, and which are missing or misspelt: findings, for the event itself is good EPCIS (GDST 1.2)."""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_EVENT = ("gdst:productOwner", "cbvmda:informationProvider")
_METHODS = {"MARINE_FISHERY", "INLAND_FISHERY", "AQUACULTURE"}
_FORMS = {"vesselFlagState": r"[A-Z]{2}$", "certificationType": r"urn:gdst:certType:", "countryOfOrigin": r"[A-Z]{2}$"}


def missing(event: Json) -> Iterator[str]:
    """What a GDST event lacks or misspells, each with its pointer; nothing for events that do not speak GDST."""
    if not any(name.startswith("gdst:") for name in event):
        return
    ilmd = event.get("ilmd") or {}
    yield from (f"/{name} is missing; GDST asks for it" for name in _EVENT if not event.get(name))
    yield from (f"/ilmd/{name} is missing; GDST asks for it" for name in _asked(event) if not ilmd.get(name))
    method = ilmd.get("cbvmda:productionMethodForFishAndSeafoodCode")
    if method is not None and str(method) not in _METHODS:
        yield f"/ilmd/cbvmda:productionMethodForFishAndSeafoodCode: {method!r} is none of {', '.join(sorted(_METHODS))}"
    yield from _misspelt(ilmd, "/ilmd")


def _asked(event: Json) -> tuple[str, ...]:
    step = str(event.get("bizStep")).rpartition(":")[2]
    if step == "farmHarvest":
        return ("gdst:aquacultureMethod",)
    if step == "commissioning" and event.get("type") == "ObjectEvent":
        return ("gdst:proteinSource",)
    return ("cbvmda:lotNumber",) if step in ("commingling", "commissioning") else ()


def _misspelt(told: Any, pointer: str) -> Iterator[str]:
    for name, value in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
        form = _FORMS.get(str(name).rpartition(":")[2])
        if form and isinstance(value, str) and value and not re.match(form, value):
            yield f"{pointer}/{name}: {value!r} has not the form that GDST asks for"
        yield from _misspelt(value, f"{pointer}/{name}")
