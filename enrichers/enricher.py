"""What an enricher is: something that is computed from a tenant's material flow and attached to its graph as findings.

One lives in each file of this folder. What it finds is deterministic from the flow: the same flow, the same findings under the same keys. Running it
again records what is new, takes back what no longer holds, and leaves the rest as it is (`enrichers.running`).
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from algorithms.flow import Flow
from ontology.language import Link, Thing


class Finding(NamedTuple):
    """What was found: a thing of the kind that the enricher adds, and what it concerns."""

    thing: Thing
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Enricher:
    """A computation with a name and a version (another version may find otherwise), the kind that it adds, and how it finds."""

    name: str
    version: str
    adds: type[Thing]
    find: Callable[[Flow], Iterator[Finding]]

    @property
    def said(self) -> str:
        """What it does, in a sentence."""
        return (self.find.__doc__ or "").strip().splitlines()[0]

    @property
    def source(self) -> str:
        """The name under which it tells facts."""
        return f"enricher {self.name}"


_KNOWN: dict[str, Enricher] = {}


def enricher(*, adds: type[Thing], version: str) -> Callable[[Callable[[Flow], Iterator[Finding]]], Enricher]:
    """Make a function of a flow an enricher, called as the function is."""

    def made(find: Callable[[Flow], Iterator[Finding]]) -> Enricher:
        one = Enricher(find.__name__.replace("_", " "), version, adds, find)
        _KNOWN[one.name] = one
        return one

    return made


def enrichers() -> dict[str, Enricher]:
    """All enrichers of the folder, by name."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"enrichers.{module.name}")
    return dict(sorted(_KNOWN.items()))
