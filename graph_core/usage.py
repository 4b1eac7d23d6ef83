"""What the programs of a data folder use: memory and open files, and how many more tenants the files leave room for."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ontology.errors import Unavailable

FILES_OF_A_TENANT = 150
"""Open files that the embedded engine holds for a tenant's database; 131 to 141 were measured."""
_SPARE = 100


@dataclass(frozen=True)
class Files:
    """Open files of the engine: how many it holds, how many it may."""

    used: int
    limit: int

    @property
    def room(self) -> int:
        """How many more tenants fit."""
        return max(0, (self.limit - self.used - _SPARE) // FILES_OF_A_TENANT)

    def need_room(self) -> None:
        """Raises Unavailable, with words, when no further tenant fits."""
        if not self.room:
            raise Unavailable(
                f"The engine holds {self.used:,} of the {self.limit:,} files it may open, and a tenant needs about {FILES_OF_A_TENANT}: "
                "raise the limit (`ulimit -n`, or LimitNOFILE of its service) and start FoodFlow OS again, or delete a tenant."
            )


def open_files(pid: int | None) -> Files | None:
    """The open files of a process; None where this system does not tell, or there is no such process here."""
    with suppress(OSError, ValueError, IndexError):
        place = Path(f"/proc/{pid}")
        limit = next(line for line in (place / "limits").read_text().splitlines() if line.startswith("Max open files")).split()[3]
        return Files(len(os.listdir(place / "fd")), int(limit) if limit.isdigit() else 1 << 40)
    return None


def memory(*pids: int | None) -> int | None:
    """Bytes of memory that processes and their children hold, what they share counted once (PSS); None where this system does not tell."""
    total = 0
    for pid in {one for root in pids if root for one in tree(root)}:
        with suppress(OSError, StopIteration):
            told = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += 1024 * int(next(line for line in told if line.startswith("Pss:")).split()[1])
    return total or None


def tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [root]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return found
