"""Networks that break what is not linear: a chain of as many steps as the company has shipments, and a place where a fifth of that meets a fifth."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from algorithms.flow import Flow
from algorithms.trace import Start, trace
from bench.machine import Row


class Thing(NamedTuple):
    """A thing as the FoodGraph folds it."""

    kind: str
    key: str
    values: dict[str, Any]
    links: list[list[Any]]


def chain(steps: int) -> Iterator[Thing]:
    """Lot after lot, each made of the one before, all at one plant."""
    for number in range(steps):
        links: list[list[Any]] = [["USED", "Lot", f"lot {number:07}", {}], ["MADE", "Lot", f"lot {number + 1:07}", {}]]
        yield Thing("Process", f"step {number:07}", {"started": _day(number)}, [*links, ["TOOK_PLACE_AT", "Place", "plant", {}]])


def hub(deliveries: int) -> Iterator[Thing]:
    """One lot that so many deliveries bring to a place and so many take away: links in the square of that."""
    for number in range(deliveries):
        for way, ends in (("in", (f"farm {number:05}", "hub")), ("out", ("hub", f"shop {number:05}"))):
            when = _day(0 if way == "in" else 10)
            links = [["CARRIES", "Lot", "lot", {}], ["SHIPPED_FROM", "Place", ends[0], {}], ["SHIPPED_TO", "Place", ends[1], {}]]
            yield Thing("Shipment", f"{way} {number:05}", {"departed": when, "arrived": when}, links)


def _day(number: int) -> list[str]:
    year, day = 2000 + number // 365, number % 365
    text = f"{year}-{1 + day // 31:02}-{1 + day % 28:02}T00:00:00Z"
    return [text, text, text]


class Traced(NamedTuple):
    """How long one network took to lay out and to trace, and what was found."""

    laid: float
    traced: float
    acts: int
    links: int


def traced(things: Iterator[Thing]) -> Traced:
    """Trace forward from the first act, with its first and last pages."""
    began = time.process_time()
    flow = Flow.of(things)
    laid = time.process_time()
    found = trace(flow, [Start(*flow.acts[0], "", (0,), (0,))], "forward")
    found.acts(100), found.links(100), found.holders(100), found.missing(), found.amounts()
    return Traced(laid - began, time.process_time() - laid, found.total_acts, found.total_links)


def rows(shipments: int) -> list[Row]:
    """Rows of the table: each network beside one of a tenth of its size, so that the ratio says how the cost grows."""
    told = []
    for name, make, size in (("chain", chain, shipments), ("hub in x out", hub, shipments // 5)):
        small, large = traced(make(size // 10)), traced(make(size))
        found = f"{large.acts:,} acts, {large.links:,} links shown"
        told.append(
            (
                f"{name} of {size:,}, traced forward ({found})",
                f"{large.traced:.2f} s CPU (laid out in {large.laid:.1f} s)",
                f"{small.traced:.2f} s at a tenth",
                f"{large.traced / max(small.traced, 1e-3):.1f}",
                "about 10",
            )
        )
    return told
