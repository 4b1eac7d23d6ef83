"""The file that says which server works on a data folder, and the secret by which its owner asks it."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

PREFIX = "ffo_"
SAYS = "foodflow-exchange"
"""The header that says how much a file for other tools holds, and what has no place in it."""


@dataclass(frozen=True)
class Serving:
    """A server at work on a data folder: its address, its process, and the secret that only the folder's owner can read."""

    url: str
    pid: int
    secret: str

    def write(self, folder: Path) -> None:
        """Keep it in `server.json`, which only the owner can read."""
        part = folder / f"server.{self.pid}.part"
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(self), out)
        part.replace(folder / "server.json")

    def remove(self, folder: Path) -> None:
        """Take the file away, unless another server wrote it since."""
        if serving(folder) == self:
            (folder / "server.json").unlink(missing_ok=True)


def new_secret() -> str:
    """A secret for one run of the server."""
    return PREFIX + secrets.token_urlsafe(32)


def serving(folder: Path) -> Serving | None:
    """The server that works on a data folder; None where there is none, or where a killed one left its file behind."""
    try:
        found = Serving(**json.loads((folder / "server.json").read_text()))
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return found


def file_name(told: str) -> str:
    """A name that is safe in a header and in every file system."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in told)
