"""JSON documents of any size, read token by token in bounded memory, with the place of whatever is wrong."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import ijson
import orjson

from ontology.errors import Refused

Token = tuple[str, Any]
CHUNK = 65_536
DEEPEST = 64
LONGEST = 16_000_000
"""Characters of one text, and values of one record: what goes beyond is no record of the food chain."""
_MOST_VALUES, _MOST_NAMES, _UNPARSED = 1_000_000, 10_000, 64
_OPENS, _CLOSES = ("start_map", "start_array"), ("end_map", "end_array")
_END: Token = ("end", None)
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00": "UTF-32"}


class Broken(Refused):
    """A text that is no JSON from some place on; `place` says where ("line 3 column 7 (byte 120)")."""

    def __init__(self, rule: str, place: str) -> None:
        super().__init__(rule)
        self.place = place


class Record:
    """A value built from the text: a row, an event. `problem` says why it cannot be taken, `repeated` which member stands twice (None = nothing)."""

    __slots__ = ("problem", "repeated", "value")

    def __init__(self, value: Any, problem: str | None = None, repeated: str | None = None) -> None:
        self.value, self.problem, self.repeated = value, problem, repeated

    def text(self) -> str:
        """The record as JSON, whole."""
        return orjson.dumps(self.value, option=orjson.OPT_NON_STR_KEYS).decode()


class _Again(str):
    """The name of a member that its object has already: both stay in the text of the refused record."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class JsonStream:
    """The tokens of a JSON text, to be walked along `members` and `items`, and built into records where they are small.

    What a caller does not take of a member or item is passed over. Numbers are those that orjson reads. Raises Broken where the text stops
    being JSON in UTF-8 (a byte-order mark of UTF-8 is passed over), and where it is made to exhaust its reader.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._tokens = self._pull()
        self._ahead: Token | None = None
        self._taken = 0

    def peek(self) -> str:
        """The kind of the next token: start_map, start_array, string, number, boolean, null or end."""
        if self._ahead is None:
            self._ahead = next(self._tokens, _END)
        return self._ahead[0]

    def take(self) -> Token:
        """The next token."""
        token = self._ahead if self._ahead is not None else next(self._tokens, _END)
        self._ahead = None
        self._taken += 1
        return token

    def members(self) -> Iterator[str]:
        """The names of the members of the object that comes next; anything else has none and is passed over."""
        if self.peek() != "start_map":
            self.skip()
            return
        self.take()
        seen: set[str] = set()
        while (token := self.take())[0] == "map_key":
            if token[1] in seen or len(seen) >= _MOST_NAMES:
                raise Broken(f"the member {token[1]!r} stands twice, or is one of more than {_MOST_NAMES}", f"member {token[1]!r}")
            seen.add(token[1])
            before = self._taken
            yield token[1]
            if self._taken == before:
                self.skip()

    def items(self) -> Iterator[int]:
        """The numbers, from 1, of the items of the array that comes next; anything else has none and is passed over."""
        if self.peek() != "start_array":
            self.skip()
            return
        self.take()
        number = 0
        while self.peek() not in ("end_array", "end"):
            number += 1
            before = self._taken
            yield number
            if self._taken == before:
                self.skip()
        self.take()

    def skip(self) -> None:
        """Pass over the next value."""
        depth, kind, tokens = 0, self.take()[0], self._tokens
        while True:
            if kind in _OPENS:
                depth += 1
            elif kind in _CLOSES:
                depth -= 1
            if depth <= 0 or kind == "end":
                return
            kind = next(tokens, _END)[0]

    def record(self, last_counts: bool = False) -> Record:
        """The next value, built; beyond the limits of a record it is passed over and its problem named.

        A member that stands twice in one object is a problem, unless the last one counts, as it does for most readers of JSON.
        """
        builder = _Builder(last_counts)
        token, tokens = self.take(), self._tokens
        while not builder.add(token):
            token = next(tokens, _END)
        return Record(builder.root, builder.problem, builder.repeated)

    def _pull(self) -> Iterator[Token]:
        self._file.seek(0)
        head = self._file.read(4)
        encoding = _BOMS.get(head[:2]) or ("UTF-16" if b"\x00" in head else None)
        if encoding:
            raise Broken(f"it is written in {encoding}, and JSON is UTF-8", "byte 0")
        start = 3 if head[:3] == b"\xef\xbb\xbf" else 0
        self._file.seek(start)
        events: Any = ijson.sendable_list()
        parser = ijson.basic_parse_coro(events)
        idle = 0
        while True:
            before = self._file.tell()
            chunk = self._file.read(CHUNK)
            wrong = _fed(parser, chunk)
            if wrong is not None and not isinstance(wrong, ijson.JSONError):
                del events[-1:]  # a number that Python cannot hold leaves an unfinished token
            yield from events
            if wrong is not None:
                raise Broken(f"it is no JSON: {_said(wrong)}", self._place(start, before))
            idle = 0 if events else idle + 1
            if idle > _UNPARSED:
                raise Broken(f"a text, number or blank goes on for more than {_UNPARSED * CHUNK} bytes", f"byte {before}")
            del events[:]
            if not chunk:
                return

    def _place(self, start: int, near: int) -> str:
        """The line, column and byte of the first thing that is wrong, in or after the block that begins at byte `near`."""
        self._file.seek(start)
        sink: Any = ijson.sendable_list()
        parser = ijson.basic_parse_coro(sink)
        offset, line, last = start, 1, start
        while offset < near:
            block = self._file.read(min(CHUNK, near - offset))
            parser.send(block)
            del sink[:]
            line, last = line + block.count(b"\n"), offset + block.rfind(b"\n") + 1 if b"\n" in block else last
            offset += len(block)
        for byte in self._file.read(CHUNK):
            if _fed(parser, bytes([byte])) is not None:
                break
            offset += 1
            if byte == 10:
                line, last = line + 1, offset
        return f"line {line} column {offset - last + 1} (byte {offset})"


def _fed(parser: Any, chunk: bytes) -> Exception | None:
    try:
        if chunk:
            parser.send(chunk)
        else:
            parser.close()
    except Exception as error:  # whatever the parser cannot take, it must not take the rest of the import with it
        return error
    return None


def _said(error: Exception) -> str:
    if not isinstance(error, ijson.JSONError):
        return "a number has more digits than can be read"
    held = error.args[0] if error.args else ""
    text = held.decode("utf-8", "replace") if isinstance(held, bytes) else str(held)
    return text.partition("\n")[0].removeprefix("parse error: ").removeprefix("lexical error: ").strip().replace("premature EOF", "it ends too early")


class _Builder:
    """A value being built of its tokens."""

    __slots__ = ("_last_counts", "_left", "_name", "_names", "_room", "_stack", "_too_deep", "problem", "repeated", "root")

    def __init__(self, last_counts: bool) -> None:
        self._last_counts = last_counts
        self.repeated: str | None = None
        self.root: Any = None
        self.problem: str | None = None
        self._stack: list[Any] = []
        self._names: list[str] = []
        self._name = ""
        self._left, self._room, self._too_deep = _MOST_VALUES, LONGEST, 0

    def add(self, token: Token) -> bool:
        """Take one token in; answers whether the value is whole."""
        kind, value = token
        if kind == "end":  # the text ends before the value does: its reader says so
            return True
        if self._too_deep:
            self._too_deep += (kind in _OPENS) - (kind in _CLOSES)
        elif kind == "map_key":
            self._named(value)
        elif kind in _OPENS:
            self._open({} if kind == "start_map" else [])
        elif kind in _CLOSES:
            self._stack.pop()
            self._name = self._names.pop()
        else:
            self._put(self._number(value) if kind == "number" else value)
        return not self._stack

    def _named(self, name: str) -> None:
        if name in self._stack[-1]:
            self.repeated = name
            if not self._last_counts:
                self.problem = self.problem or f"the member {name!r} stands twice in one object"
                name = _Again(name)
        self._name = name

    def _open(self, value: Any) -> None:
        if len(self._stack) >= DEEPEST:
            self.problem, self._too_deep = self.problem or f"it nests deeper than {DEEPEST} levels", 1
            return
        self._put(value)
        self._stack.append(value)
        self._names.append(self._name)

    def _put(self, value: Any) -> None:
        self._left -= 1
        self._room -= len(value) if isinstance(value, str) else 0
        if self._left < 0 or self._room < 0:
            self.problem = self.problem or f"one record holds more than {_MOST_VALUES} values or {LONGEST} characters"
            return
        if not self._stack:
            self.root = value
        elif isinstance(self._stack[-1], dict):
            self._stack[-1][self._name] = value
        else:
            self._stack[-1].append(value)

    def _number(self, value: int | Decimal) -> int | float:
        if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
            return value
        try:
            read = float(value)
        except OverflowError:
            read = math.inf
        if math.isinf(read):
            self.problem = self.problem or "a number is larger than can be kept"
            return 0
        return read
