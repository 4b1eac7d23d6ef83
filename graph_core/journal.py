"""The journal: the facts in the order they were recorded, each entry chained by hash to the one before.

An entry holds the facts that it recorded and, whole, those that it ended: so the facts of any thing after any entry follow
from the present ones, and an entry can be undone.
"""

import hashlib
from dataclasses import dataclass, replace

import orjson

from ontology.facts import Told


@dataclass(frozen=True)
class Entry:
    """One journal entry: its number, when and by whom it was recorded, its facts and ended facts as JSON text, and its hash."""

    seq: int
    recorded: str
    caller: str
    job: str
    facts: str
    ended: str
    previous: str
    hash: str

    @classmethod
    def after(cls, previous: tuple[int, str], recorded: str, caller: str, job: str, facts: list[str], ended: list[str]) -> "Entry":
        """The entry that follows the one with this number and hash; facts as JSON texts."""
        entry = cls(previous[0] + 1, recorded, caller, job, f"[{','.join(facts)}]", f"[{','.join(ended)}]", previous[1], "")
        return replace(entry, hash=entry.digest())

    @property
    def head(self) -> tuple[int, str]:
        """Its number and hash."""
        return self.seq, self.hash

    def content(self) -> dict[str, list[Told]]:
        """The `facts` that it recorded and those that it `ended`."""
        return {"facts": orjson.loads(self.facts), "ended": orjson.loads(self.ended)}

    def whole(self) -> bool:
        """Whether the hash is that of the content."""
        return self.hash == self.digest()

    def digest(self) -> str:
        """SHA-256 over the entry and the hash of the one before."""
        head = orjson.dumps([self.seq, self.recorded, self.caller, self.job, self.previous])
        return hashlib.sha256(b"\n".join((head, self.facts.encode(), self.ended.encode()))).hexdigest()


CONSTRAINT = "CREATE CONSTRAINT journal_entry_seq IF NOT EXISTS FOR (n:JournalEntry) REQUIRE n.seq IS UNIQUE"
HEAD = "MATCH (h:JournalHead {name: 'head'}) RETURN h.seq, h.hash"
MOVE = "MATCH (h:JournalHead {name: 'head'}) SET h.name = 'head' WITH h WHERE h.hash = $previous SET h.seq = $seq, h.hash = $hash RETURN h.seq"
"""Compare and set: the head is written first, so that another transaction that moves it is waited for before it is compared."""
APPEND = "CREATE (e:JournalEntry) SET e = $entry"
READ = (
    "MATCH (e:JournalEntry) WHERE e.seq > $after AND e.seq <= $to "
    "RETURN e.seq, e.recorded, e.caller, e.job, e.facts, e.ended, e.previous, e.hash ORDER BY e.seq LIMIT 8"
)
RECORDED = "UNWIND $entries AS s MATCH (e:JournalEntry {seq: s}) RETURN e.seq, e.recorded"
UNTIL = "MATCH (e:JournalEntry) WHERE e.recorded <= $known_at RETURN coalesce(max(e.seq), 0)"
OF_JOB = "MATCH (e:JournalEntry) WHERE e.job = $job RETURN e.seq ORDER BY e.seq"
JOBS = "MATCH (e:JournalEntry) WHERE e.seq > $after RETURN collect(DISTINCT e.job)"
GONE = "MATCH (e:JournalEntry {seq: $seq}) SET e.gone = $gone"
"""Notes which things went with an entry, and since when they had been there: [kind, key, seq]; it follows from the facts, and saves a replay."""
ENDED = (
    "MATCH (e:JournalEntry) WHERE e.seq > $after AND e.seq <= $to AND (e.ended <> '[]' OR e.gone IS NOT NULL) "
    "RETURN e.seq, e.ended, coalesce(e.gone, '[]') ORDER BY e.seq LIMIT 8"
)
