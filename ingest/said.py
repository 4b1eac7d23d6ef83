"""What a document said so far, by key; it lies in a temporary file of the system when it grows large."""

import sqlite3
from typing import Self


class Said:
    """Texts by (what, key), for one reading of one document; memory stays bounded however much is kept."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._rows.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000;")
        self._rows.execute("CREATE TABLE said (what TEXT, key TEXT, value TEXT, PRIMARY KEY (what, key)) WITHOUT ROWID")
        self._rows.execute("CREATE INDEX under ON said (value) WHERE what = 'unit'")

    def get(self, what: str, key: str) -> str | None:
        """What was kept under a key."""
        row = self._rows.execute("SELECT value FROM said WHERE what = ? AND key = ?", (what, key)).fetchone()
        return str(row[0]) if row else None

    def put(self, what: str, key: str, value: str = "") -> None:
        """Keep a text under a key, in the place of what was kept there."""
        self._rows.execute("INSERT OR REPLACE INTO said VALUES (?, ?, ?)", (what, key, value))

    def first(self, what: str, key: str, value: str = "") -> str | None:
        """Keep a text unless the key is taken; answers what was kept there before (None = it was free)."""
        kept = self._rows.execute("INSERT OR IGNORE INTO said VALUES (?, ?, ?)", (what, key, value))
        return None if kept.rowcount == 1 else self.get(what, key)

    def drop(self, what: str, key: str) -> None:
        """Forget a key."""
        self._rows.execute("DELETE FROM said WHERE what = ? AND key = ?", (what, key))

    def drop_under(self, what: str, value: str) -> None:
        """Forget every key that a text is kept under."""
        self._rows.execute("DELETE FROM said WHERE what = ? AND value = ?", (what, value))

    def circle(self, what: str, inner: str, outer: str) -> list[str]:
        """The way from `outer` up to `inner` along kept keys, if putting `inner` into `outer` would close a circle; else nothing."""
        way, step = [outer], self.get(what, outer)
        while way[-1] != inner and step is not None and len(way) < 10_000:
            way.append(step)
            step = self.get(what, step)
        return way if way[-1] == inner else []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._rows.close()
