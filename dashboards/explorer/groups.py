"""Marks that are alike stand as one, with their number, until a click opens them: a column is never taller than one can read."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s

from dashboards.explorer.asked import Act

TALLEST = 8
"""Marks of a column that are shown one by one on opening."""
FEWEST = 3
"""Fewer marks than this are never put together."""
MOST_OPENED = 300
"""A larger group is not drawn one by one: the table lists it."""


@dataclass(frozen=True)
class Group:
    """Acts of one column that are alike."""

    id: str
    level: int
    acts: tuple[Act, ...] = field(repr=False)

    @property
    def opens(self) -> bool:
        """Whether a click may show its acts one by one."""
        return len(self.acts) <= MOST_OPENED


Alike = Callable[[Act], tuple[object, ...]]


def product(act: Act) -> str:
    """The product that an act is about: what it made, else what it moved or used."""
    goods = [good for good in act["goods"] if good["role"] == "made"] or act["goods"]
    names = Counter(good["product"]["name"] if good["product"] else good["name"] for good in goods)
    return min(names, key=lambda name: (-names[name], name)) if names else "food"


def by_place_and_product(act: Act) -> tuple[object, ...]:
    """Alike: same place it came from or was done at, same product."""
    place = (act["from"] if act["kind"] == "Shipment" else act["to"]) or {}
    return act["kind"], act["step"], product(act), place.get("id"), bool(act["end"])


def by_product(act: Act) -> tuple[object, ...]:
    """Alike: same product, wherever."""
    return act["kind"], act["step"], product(act), bool(act["end"])


def by_kind(act: Act) -> tuple[object, ...]:
    """Alike: both shipments, or both processes."""
    return act["kind"], bool(act["end"])


_COARSER: tuple[Alike, ...] = (by_place_and_product, by_product, by_kind)


def grouped(
    acts: Iterable[Act], level: Mapping[str, int], opened: Iterable[str] = (), apart: Mapping[str, object] | None = None, tallest: int = TALLEST
) -> list[Group]:
    """Groups for the columns that are too tall: first by place and product, then by product, then by kind, and no more than needed.

    Starts of the trace are never alike to what came before or after, nor are acts that `apart` tells differently.
    """
    columns: dict[int, list[Act]] = defaultdict(list)
    for act in acts:
        columns[level[act["id"]]].append(act)
    shown = set(opened)
    return [group for number in sorted(columns) for group in _column(columns[number], number, shown, apart or {}, tallest)]


def _column(acts: Sequence[Act], level: int, opened: set[str], apart: Mapping[str, object], tallest: int) -> list[Group]:
    groups: list[Group] = []
    free = list(acts)
    kept: set[str] = set()
    for coarse, alike in enumerate(_COARSER):
        buckets: dict[tuple[object, ...], list[Act]] = defaultdict(list)
        for act in free:
            buckets[(coarse, level, act["direction"] == "start", *alike(act), apart.get(act["id"]))].append(act)
        for name, bucket in sorted(buckets.items(), key=lambda one: (-len(one[1]), repr(one[0]))):
            ids = {act["id"] for act in bucket}
            group = Group("g" + blake2s(repr(name).encode(), digest_size=6).hexdigest(), level, tuple(bucket))
            inside = [one for one in groups if {act["id"] for act in one.acts} <= ids]
            if group.id in opened and group.opens:
                kept |= ids
            elif (
                len(bucket) >= FEWEST and len(bucket) > sum(len(one.acts) for one in inside[:1]) and _rows(acts, groups) > tallest and not ids & kept
            ):
                groups = [one for one in groups if one not in inside] + [group]
        free = [act for act in free if act["id"] not in kept]
    return groups


def _rows(acts: Sequence[Act], groups: Iterable[Group]) -> int:
    sizes = [len(group.acts) for group in groups]
    return len(acts) - sum(sizes) + len(sizes)
