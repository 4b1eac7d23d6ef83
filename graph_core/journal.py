"""The journal: the facts in the order they were recorded, each entry chained by hash to the one before."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True)
class Entry:
    """One journal entry: its number, when and by whom it was recorded, its content as JSON text and its hash."""

    seq: int
    recorded: str
    caller: str
    job: str
    content: str
    previous: str
    hash: str

    @classmethod
    def after(cls, seq: int, previous: str, recorded: str, caller: str, job: str, content: dict[str, Any]) -> "Entry":
        """The entry that follows the one with hash `previous`."""
        text = orjson.dumps(content).decode()
        return cls(seq, recorded, caller, job, text, previous, digest(seq, recorded, caller, job, text, previous))

    def whole(self) -> bool:
        """Whether the hash is that of the content."""
        return self.hash == digest(self.seq, self.recorded, self.caller, self.job, self.content, self.previous)


def digest(seq: int, recorded: str, caller: str, job: str, content: str, previous: str) -> str:
    """SHA-256 over the entry and the hash of the one before."""
    head = orjson.dumps([seq, recorded, caller, job, previous])
    return hashlib.sha256(head + content.encode()).hexdigest()


CONSTRAINT = "CREATE CONSTRAINT journal_entry_seq IF NOT EXISTS FOR (n:JournalEntry) REQUIRE n.seq IS UNIQUE"
HEAD = "MATCH (h:JournalHead {name: 'head'}) RETURN h.seq, h.hash"
MOVE = "MATCH (h:JournalHead {name: 'head'}) WHERE h.hash = $previous SET h.seq = $seq, h.hash = $hash RETURN h.seq"
APPEND = "CREATE (e:JournalEntry {seq: $seq, recorded: $recorded, caller: $caller, job: $job, content: $content, previous: $previous, hash: $hash})"
READ = (
    "MATCH (e:JournalEntry) WHERE e.seq > $after AND e.seq <= $to "
    "RETURN e.seq, e.recorded, e.caller, e.job, e.content, e.previous, e.hash ORDER BY e.seq LIMIT 8"
)
UNTIL = "MATCH (e:JournalEntry) WHERE e.recorded <= $known_at RETURN coalesce(max(e.seq), 0)"
OF_JOB = "MATCH (e:JournalEntry) WHERE e.job = $job RETURN e.seq ORDER BY e.seq"
