"""What goes to an engine in one message: rows in pieces that it takes.

The embedded engine drops a Bolt message above 16 MiB without an answer (measured on 26.7), so that nobody may ever send one.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from ontology.errors import Refused

MOST = 15_000_000
"""Bytes that one value, row or journal entry may take."""
_PIECE, _ROWS = 8_000_000, 10_000
T = TypeVar("T")


def weight(value: Any) -> int:
    """About how many bytes a value takes in a message, never less than it does."""
    if isinstance(value, str):
        return 5 + (len(value) if value.isascii() else len(value.encode(errors="replace")))
    if isinstance(value, list | tuple):
        return 5 + sum(map(weight, value))
    if isinstance(value, dict):
        return 5 + sum(weight(name) + weight(held) for name, held in value.items())
    return 9


def pieces(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows in pieces for a message each. Raises Refused for a row that no message takes."""
    piece: list[T] = []
    held = 0
    for row in rows:
        more = weight(row)
        need_fit(more, "one thing with all that is told of it")
        if piece and (held + more > _PIECE or len(piece) == _ROWS):
            yield piece
            piece, held = [], 0
        piece.append(row)
        held += more
    if piece:
        yield piece


def need_fit(size: int, what: str) -> None:
    """Raises Refused when this many bytes are more than a message takes."""
    if size > MOST:
        raise Refused(f"That is {size / 1e6:.0f} MB in {what}, and at most {MOST / 1e6:.0f} MB can be recorded: tell it in smaller parts.")
