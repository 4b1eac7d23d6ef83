"""A tenant's whole life beside its graph: what it holds, and that nothing of it is left when it is deleted."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from graph_core.registry import Registry, Tenant


@dataclass(frozen=True)
class Holdings:
    """What a tenant holds, in numbers: journal entries, keys, imports, and the files of the data folder that are its own."""

    entries: int
    keys: int
    imports: int
    files: int
    bytes: int


@dataclass(frozen=True)
class Removed:
    """What went with a tenant, and what is still there of it: nothing, unless something hindered."""

    tenant: str
    holdings: Holdings
    left: list[str] = field(default_factory=list)


def holdings(registry: Registry, tenant: Tenant) -> Holdings:
    """What a tenant holds now."""
    sizes = [file.stat().st_size for place in places(registry, tenant) for file in (place, *place.rglob("*")) if file.is_file()]
    numbers = registry.head(tenant.name).seq, len(registry.keys.of(tenant.name)), len(registry.jobs(tenant.name))
    return Holdings(*numbers, len(sizes), sum(sizes))


def places(registry: Registry, tenant: Tenant) -> list[Path]:
    """What in the data folder is the tenant's alone: all that is named by its database (the database, uploads, backups of the engine, the
    snapshot of its flow), and the folders of its imports."""
    folder = registry.path.parent
    named = [*folder.glob(f"*/{tenant.database}*"), *folder.glob(f"engine/*/{tenant.database}*")]
    return sorted(named + [place for job in registry.jobs(tenant.name) if (place := folder / "imports" / job.id).exists()])


def remove_files(registry: Registry, tenant: Tenant) -> None:
    """Remove what the tenant has in the data folder; what the engine holds is the engine's to remove, and gone by then."""
    for place in places(registry, tenant):
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)


def left(registry: Registry, tenant: Tenant, jobs: list[str]) -> list[str]:
    """Where something of a deleted tenant is still found: a path that is named by its database or one of its imports, or a file of the
    registry or of the engine's settings that tells of its database users."""
    folder, number = registry.path.parent, tenant.database.removeprefix("t_")
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if number in path.name or path.name in jobs]
    told = [file for file in (*folder.glob("registry.sqlite*"), *folder.glob("engine/config/*")) if file.is_file()]
    users = tenant.writer.encode(), tenant.reader.encode()
    return sorted(names + [str(file.relative_to(folder)) for file in told if any(user in file.read_bytes() for user in users)])
