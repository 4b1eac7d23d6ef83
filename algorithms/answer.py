"""What a trace answers: acts and links in pages, ends with their paths, common origins, amounts, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Direction = Literal["forward", "backward", "both"]
Key = tuple[str, str]
"""Kind and key of a thing."""


@dataclass(frozen=True, slots=True)
class TracedAct:
    """An act of the trace: what moved or was made, how many links from the nearest start, and how sure the way to it is.

    `direction` is start, backward or forward; `end` says that the walk ends here (an origin backward, a last holder forward).
    """

    act: Key
    direction: str
    depth: int
    what: str
    when: str | None
    place: Key | None
    confidence: float
    scope: str
    end: bool
    assumed: str | None = None


@dataclass(frozen=True, slots=True)
class TracedLink:
    """Food of act `start` went into act `end`: by which rule (reference/model.md sections 4 and 5), how sure, and how much."""

    start: Key
    end: Key
    rule: str
    method: str
    confidence: float
    scope: str
    quantity: Sequence[dict[str, Any]] = ()
    candidates: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedEnd:
    """An end of the walk with one shortest path to it in the direction of the food; its confidence is the product of the links."""

    act: TracedAct
    path: tuple[TracedLink, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Common:
    """An act that every start came from: the widest scope its ways need, how far upstream it lies."""

    act: TracedAct
    scope: str
    depth: int


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a product a place received and sent within the trace, in one unit; units are never added together."""

    place: Key | None
    place_name: str
    product: Key | None
    product_name: str
    unit: str
    received: float
    sent: float


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing or odd: unknown origin, unknown destination, dates contradict, code used twice, impossible quantity, limit reached.

    `act` is where it shows.
    """

    sort: str
    words: str
    about: Key | None = None
    act: Key | None = None
