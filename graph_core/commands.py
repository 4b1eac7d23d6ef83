"""What the command line does for the owner of a data folder: back a tenant up, restore it, look whether the folder is sound."""

import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from graph_core.embedded import LEAST_FREE
from ontology.errors import Refused


class Owner(Protocol):
    """The API as the owner of the data folder reaches it (`resolvers.client.Api`)."""

    async def ask(self, document: str) -> dict[str, Any]:
        """The data of a question."""

    async def post(self, path: str, json: dict[str, Any]) -> Any:
        """Ask for something to be done."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what it is, and what is wrong with it and what to do, if anything is."""

    name: str
    found: str
    problem: str | None = None


async def backup(api: Owner, folder: Path) -> Path:
    """Write a backup of the caller's tenant into a folder; answers the file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder} cannot be made ({error.strerror}): choose another folder with --to.") from None
    tenant = (await api.ask("{ caller { tenant } }"))["caller"]["tenant"]
    return Path((await api.post("/local/backup", {"tenant": tenant, "folder": str(folder.resolve())}))["file"])


async def restore(api: Owner, file: Path, tenant: str, replace: bool) -> None:
    """Make a tenant from a backup. Raises Refused when the file is no backup, or the tenant exists and `replace` is false."""
    if not file.is_file():
        raise Refused(f"{file} is no file: name a backup that `foodflow backup` wrote.")
    await api.post("/local/restore", {"file": str(file.resolve()), "tenant": tenant, "replace": replace})


def versions() -> Check:
    """Which FoodFlow OS on which Python."""
    return Check("version", f"FoodFlow OS {importlib.metadata.version('foodflow-os')}, Python {platform.python_version()}")


def told(checks: list[Check]) -> list[str]:
    """Checks in words, what is wrong last."""
    wrong = [check for check in checks if check.problem]
    lines = [f"{'!' if check.problem else ' '} {check.name:<12} {check.found}" for check in checks]
    return [*lines, "", *(f"! {check.name}: {check.problem}" for check in wrong)] if wrong else [*lines, "", "All is well."]


def folder_checks(folder: Path) -> list[Check]:
    """What is to be said about a data folder without starting anything: may it be written, is there room, which engine."""
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(nearest).free
    barred = None if os.access(nearest, os.W_OK | os.X_OK) and nearest.is_dir() else "It cannot be written: choose another with FOODFLOW_DATA."
    full = None if free >= LEAST_FREE else f"Less than {LEAST_FREE // 10**6} MB are free: make room."
    return [
        Check("data folder", f"{folder}{'' if folder.exists() else ' (not made yet)'}", barred),
        Check("disk", f"{free / 10**9:.1f} GB free", full),
        Check("engine", f"ArcadeDB {importlib.metadata.version('arcadedb-embedded')}, embedded; log in {folder / 'engine' / 'engine.log'}"),
    ]
