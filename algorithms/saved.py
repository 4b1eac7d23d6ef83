"""A flow in one file of arrays: read by mapping it into memory, so that a large one is ready at once and takes only what is looked at."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from algorithms.called import Called
from algorithms.columns import OTHERS, Acts
from algorithms.pools import Pools, Side
from algorithms.portions import Portions
from algorithms.rows import Act, Good
from algorithms.shelves import Shelf
from algorithms.texts import Arrays, Texts
from algorithms.ways import Way, Ways

if TYPE_CHECKING:
    from algorithms.flow import Flow

_ALIGNED = 64
_MARK = b"FoodFlow flow\n"
_PIECE = 32_000_000
_POOLS = ("after", "before", "first_put", "last_take", "base", "own_after", "own_before")


class Saved:
    """The arrays of a flow by name, and what is not an array as JSON."""

    def __init__(self, arrays: Arrays, told: dict[str, Any]) -> None:
        self.arrays, self.told = arrays, told

    @staticmethod
    def write(file: Path, version: int, flow: "Flow") -> None:
        """Write a flow; the file is whole or not there."""
        arrays = dict(_arrays(flow))
        told = {"format": version, "seq": flow.seq, "told": _told(flow)}
        places, at = {}, 0
        for name, values in arrays.items():
            places[name] = (str(values.dtype), len(values), at)
            at += -(-values.nbytes // _ALIGNED) * _ALIGNED
        head = orjson.dumps(told | {"places": places, "bytes": at}, default=tuple)
        part = file.with_suffix(".part")
        with part.open("wb") as out:
            out.write(_MARK + len(head).to_bytes(8, "big") + head)
            out.write(b"\0" * (-out.tell() % _ALIGNED))
            for values in arrays.values():
                out.writelines(_pieces(values))
                out.write(b"\0" * (-out.tell() % _ALIGNED))
        part.replace(file)

    @staticmethod
    def read(file: Path, version: int, made: "type[Flow]") -> "Flow | None":
        """The flow of a file; None where there is none, or it is cut off or of another format."""
        try:
            with file.open("rb") as opened:
                if opened.read(len(_MARK)) != _MARK:
                    return None
                size = int.from_bytes(opened.read(8), "big")
                head = orjson.loads(opened.read(size))
                begin = -(-opened.tell() // _ALIGNED) * _ALIGNED
                if head["format"] != version or begin + head["bytes"] != file.stat().st_size:
                    return None
                held = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError, KeyError):
            return None
        arrays = {name: np.frombuffer(held, kind, count, begin + at) for name, (kind, count, at) in head["places"].items()}
        return _flow(Saved(arrays, head["told"]), head["seq"], made)

    def under(self, name: str) -> Arrays:
        """The arrays whose names begin so, by the rest."""
        return {one.removeprefix(name): values for one, values in self.arrays.items() if one.startswith(name)}


def _pieces(values: Any) -> Iterator[memoryview]:
    """The bytes of an array; of one that is mapped no more than a piece is held in memory at a time."""
    told = np.ascontiguousarray(values).data.cast("B")
    for begin in range(0, len(told), _PIECE):
        yield told[begin : begin + _PIECE]
        let_go(values)


def let_go(values: Any) -> None:
    """Hold no page of an array in memory, if it is mapped from a file: what is looked at is read from there again."""
    if isinstance(held := getattr(values.base, "obj", values.base), mmap.mmap):
        held.madvise(mmap.MADV_DONTNEED)


def _arrays(flow: "Flow") -> Iterator[tuple[str, Any]]:
    groups: dict[str, Arrays] = {"keys.": flow.keys.arrays(), "called.": flow.called.arrays(), "own.": flow.columns.own}
    groups |= {f"shelf.{kind}.": shelf.arrays() for kind, shelf in flow.rows.items()}
    groups |= {f"part.{name}.": part for name, part in flow.columns.parts.items()}
    groups |= {f"other.{kind}.": held for kind, held in flow.others.items()}
    groups |= {"puts.": flow.sides.puts.columns, "takes.": flow.sides.takes.columns}
    groups |= {f"pool.{name}.": dict(vars(side)) for name, side in (("puts", flow.pools.puts), ("takes", flow.pools.takes))}
    groups["pools."] = {name: getattr(flow.pools, name) for name in _POOLS}
    groups["ways."] = {name: getattr(flow.ways, name) for name in ("start", "end", "sure", "scope", "source")}
    groups["acts."] = {name: getattr(flow, name) for name in ("entry", "number_of", "arrived_entry", "arrived_sure")}
    for group, arrays in groups.items():
        yield from ((group + name, values) for name, values in arrays.items())


def _told(flow: "Flow") -> dict[str, Any]:
    return {
        "lots": list(flow.lots.items()),
        "present": flow.present,
        "amounts": [flow.sides.puts.amounts, flow.sides.takes.amounts],
        "unknown_units": list(flow.sides.unknown_units.items()),
        "ways": flow.ways.others,
        "unfed": list(flow.unfed.items()),
    }


def _flow(saved: Saved, seq: int, made: "type[Flow]") -> "Flow":
    keys, told = Texts(saved.under("keys.")), saved.told
    shelves = {kind: Shelf(kind, keys, saved.under(f"shelf.{kind}.")) for kind in made.KINDS}
    names = dict.fromkeys(name.split(".")[1] for name in saved.arrays if name.startswith("part."))
    columns = Acts(saved.under("own."), {name: saved.under(f"part.{name}.") for name in names})
    others = {kind: saved.under(f"other.{kind}.") for kind in OTHERS}
    flow = made(keys, shelves, columns, others, Called(saved.under("called.")), seq)
    flow.lots = dict(told["lots"])
    flow.present = [((key[0], key[1]), _act(act)) for key, act in told["present"]]
    flow.opened(**saved.under("acts."))
    sides = [
        Portions(saved.under(f"{name}."), amounts, keys, flow.amounts_at) for name, amounts in zip(("puts", "takes"), told["amounts"], strict=True)
    ]
    flow.hold_sides(sides[0], sides[1], dict(told["unknown_units"]))
    puts, takes = (Side(**saved.under(f"pool.{name}.")) for name in ("puts", "takes"))
    flow.pools = Pools(puts, takes, **saved.under("pools."))
    flow.unfed = dict(told["unfed"])
    ways = [Way(*way)._replace(candidates=tuple(way[7])) for way in told["ways"]]
    flow.ways = Ways(flow, **saved.under("ways."), others=ways)
    flow.indexed()
    return flow


def _act(held: list[Any]) -> Act:
    act = Act(*held)
    return act._replace(goods=tuple(Good(*good) for good in act.goods))
