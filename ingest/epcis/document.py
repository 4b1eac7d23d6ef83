"""The parts of an EPCIS document in their order: events and elements of master data, however large the document is."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from ingest.connector import Document
from ingest.epcis.shape import EVENT_TYPES
from ingest.json_stream import LONGEST, Broken, JsonStream, Record

_INTO = {"epcisBody", "queryResults", "resultsBody", "epcisHeader", "epcisMasterData", "EPCISMasterData"}
_DEEPEST = 6


class Part(NamedTuple):
    """An event or an element of master data, its number among its sort, and what stands before it at the top of the document."""

    sort: str
    number: int
    record: Record
    head: dict[str, Any]
    vocabulary: str = ""


def parts(document: Document) -> Iterator[Part]:
    """Events and elements in the order of the document: EPCISDocument, EPCISQueryDocument, a bare event, or these in a `Content` envelope.

    Raises Broken where the document stops being readable, or holds neither.
    """
    walk = _Walk(JsonStream(document.open()))
    yield from walk.document()


class _Walk:
    """One walk through a document."""

    def __init__(self, stream: JsonStream) -> None:
        self.stream, self.head = stream, dict[str, Any]()
        self.problem: str | None = None
        self.events = self.elements = 0
        self.listed = False
        self._room = LONGEST

    def document(self) -> Iterator[Part]:
        yield from self._members(0)
        if str(self.head.get("type")) in EVENT_TYPES:
            self.listed = True
            yield Part("event", 1, Record(self.head, self.problem), self.head)
        self.stream.take()
        if not self.listed:
            raise Broken("it has no epcisBody with an eventList and no master data", "member 'epcisBody'")

    def _members(self, depth: int) -> Iterator[Part]:
        for name in self.stream.members():
            if name in _INTO and depth < _DEEPEST:
                yield from self._members(depth + 1)
            elif name in ("eventList", "event") and depth:
                yield from self._events()
            elif name == "vocabularyList" and depth:
                self.listed = True
                for _ in self.stream.items():
                    yield from self._vocabulary()
            elif depth == 0:
                yield from self._at_the_top(name)

    def _at_the_top(self, name: str) -> Iterator[Part]:
        record = self.stream.record()
        self._room -= len(record.text())
        if self._room < 0:
            raise Broken(f"what stands beside its events is larger than {LONGEST} bytes", f"member {name!r}")
        if name == "Content" and isinstance(record.value, str):
            inner = _Walk(JsonStream(io.BytesIO(record.value.encode())))
            yield from inner.document()
            self.listed = inner.listed
            return
        self.head[name], self.problem = record.value, self.problem or record.problem

    def _events(self) -> Iterator[Part]:
        self.listed = True
        one = self.stream.peek() != "start_array"
        for _ in (1,) if one else self.stream.items():
            self.events += 1
            yield Part("event", self.events, self.stream.record(last_counts=True), self.head)

    def _vocabulary(self) -> Iterator[Part]:
        sort = ""
        early: list[Record] = []
        for name in self.stream.members():
            if name in ("type", "id") and self.stream.peek() == "string":
                sort = sort or self.stream.take()[1]
            elif name == "vocabularyElementList" and sort:
                for _ in self.stream.items():
                    yield self._element(self.stream.record(), sort)
            elif name == "vocabularyElementList":
                whole = self.stream.record()
                early = [Record(one, whole.problem) for one in whole.value] if isinstance(whole.value, list) else [whole]
        for record in early:
            yield self._element(record, sort)

    def _element(self, record: Record, sort: str) -> Part:
        self.elements += 1
        return Part("element", self.elements, record, self.head, sort)


def written(head: dict[str, Any], elements: Iterator[tuple[str, Record]], events: Iterator[Record]) -> Iterator[bytes]:
    """An EPCISDocument of these elements of master data and events."""
    top = {"@context": [], **head, "type": "EPCISDocument", "schemaVersion": head.get("schemaVersion", "2.0")}
    yield orjson.dumps(top, option=orjson.OPT_NON_STR_KEYS)[:-1] + b', "epcisHeader": {"epcisMasterData": {"vocabularyList": [\n'
    for number, (sort, record) in enumerate(elements):
        yield (b",\n" if number else b"") + b'{"type": %s, "vocabularyElementList": [%s]}' % (orjson.dumps(sort), record.text().encode())
    yield b']}},\n"epcisBody": {"eventList": [\n'
    for number, record in enumerate(events):
        yield (b",\n" if number else b"") + record.text().encode()
    yield b"]}}\n"
