"""What the command line does for the owner of a data folder: back a tenant up, restore it, look whether the folder is sound."""

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from ontology.errors import Refused


class Owner(Protocol):
    """The API as the owner of the data folder reaches it (`resolvers.client.Api`)."""

    async def ask(self, document: str) -> dict[str, Any]:
        """The data of a question."""

    async def post(self, path: str, json: dict[str, Any]) -> Any:
        """Ask for something to be done."""


FEW = 3
"""From fewer further tenants than this that fit on, the doctor warns."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what it is, and what is wrong with it and what to do, if anything is."""

    name: str
    found: str
    problem: str | None = None


async def backup(api: Owner, *, to: Annotated[Path, "Where the backup is written.", "FOLDER"]) -> dict[str, str]:
    """Back up a tenant.

    Its graph, its journal and the journal's head go into one file.
    """
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{to} cannot be made ({error.strerror}): choose another folder with --to.") from None
    tenant = (await api.ask("{ caller { tenant } }"))["caller"]["tenant"]
    return {"file": str((await api.post("/local/backup", {"tenant": tenant, "folder": str(to.resolve())}))["file"])}


def backed_up(found: dict[str, str]) -> list[str]:
    """Where the backup lies."""
    return [f"The backup is {found['file']}; bring it back with `foodflow restore`."]


async def restore(
    api: Owner,
    file: Annotated[Path, "A backup.", "FILE"],
    *,
    tenant: Annotated[str, "The tenant to make of it.", "NAME"],
    replace: Annotated[bool, "Replace the tenant when there is one of this name."] = False,
) -> dict[str, str]:
    """Make a tenant from a backup."""
    if not file.is_file():
        raise Refused(f"{file} is no file: name a backup that `foodflow backup` wrote.")
    await api.post("/local/restore", {"file": str(file.resolve()), "tenant": tenant, "replace": replace})
    return {"tenant": tenant, "file": str(file)}


def restored(found: dict[str, str]) -> list[str]:
    """What was restored."""
    return [f"{found['tenant']} is restored from {found['file']}."]


def versions() -> Check:
    """Which FoodFlow OS on which Python."""
    import importlib.metadata

    return Check("version", f"FoodFlow OS {importlib.metadata.version('foodflow-os')}, Python {platform.python_version()}")


def told(checks: list[Check]) -> list[str]:
    """Checks in words, what is wrong last."""
    wrong = [check for check in checks if check.problem]
    lines = [f"{'!' if check.problem else ' '} {check.name:<12} {check.found}" for check in checks]
    return [*lines, "", *(f"! {check.name}: {check.problem}" for check in wrong)] if wrong else [*lines, "", "All is well."]


def amiss(checks: list[Check]) -> int:
    """The exit status of checks: 1 when something is wrong."""
    return 1 if any(check.problem for check in checks) else 0


def usage_checks(engine: int | None, names: list[str]) -> list[Check]:
    """What the programs of a data folder use, and how many more tenants fit: given the process of its embedded engine, if it has one."""
    from graph_core.usage import memory, open_files

    none = "none yet; `foodflow demo` or `foodflow tenants create NAME` makes one"
    checks = [Check("tenants", f"{len(names)}: {', '.join(names)}" if names else none)]
    if held := memory(os.getpid(), engine):
        checks.append(Check("memory", f"{held / 1e6:,.0f} MB in all processes of this program"))
    if files := open_files(engine):
        room = f"room for {files.room:,} more {'tenant' if files.room == 1 else 'tenants'}"
        few = f"Only {files.room} more tenants fit: raise the limit of open files (`ulimit -n`, LimitNOFILE) and start FoodFlow OS again."
        checks.append(Check("open files", f"the engine holds {files.used:,} of {files.limit:,}; {room}", few if files.room < FEW else None))
    return checks


def folder_checks(folder: Path) -> list[Check]:
    """What is to be said about a data folder without starting anything: may it be written, is there room."""
    from graph_core.embedded import LEAST_FREE

    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(nearest).free
    barred = None if os.access(nearest, os.W_OK | os.X_OK) and nearest.is_dir() else "It cannot be written: choose another with FOODFLOW_DATA."
    full = None if free >= LEAST_FREE else f"Less than {LEAST_FREE // 10**6} MB are free: make room."
    return [
        Check("data folder", f"{folder}{'' if folder.exists() else ' (not made yet)'}", barred),
        Check("disk", f"{free / 10**9:.1f} GB free", full),
    ]
