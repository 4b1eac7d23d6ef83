"""Mass balance of lots, processes and places: what came in, what went out, the yield, and what is unaccounted for (reference/model.md section 6).

Masses alone are compared, in kilograms; where a record tells no mass the balance says so and is not judged.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from algorithms.acts import main
from algorithms.amounts import excess_words, excesses, products, shipped_between, told_of
from algorithms.columns import CARRIES, MADE, PROCESS, SHIPMENT, USED
from algorithms.flow import Flow
from algorithms.names import act_name, thing_name
from algorithms.pools import Bools, Floats, Ints
from algorithms.rests import KILOGRAMS
from algorithms.rows import Key

TOLERANCE = 0.02
"""By how much more may come out than went in, for weighing and rounding (our choice)."""
SPREAD, LIKE = 0.1, 5
"""A yield that differs by more than this share from the usual one of the product is odd, where at least so many processes made it (our choice)."""
MORE_LEFT, MORE_MADE, ODD_YIELD = "more left than came", "more made than used", "unusual yield"


class Balance(NamedTuple):
    """What came and what went, in kilograms; `told` says that every record of it tells a mass. A yield is what went over what came."""

    about: Key
    came: float
    left: float
    told: bool

    @property
    def unaccounted(self) -> float:
        """What came and did not go: stock, loss, or what nobody recorded; negative where more went than came."""
        return round(self.came - self.left, 6)

    @property
    def share(self) -> float | None:
        """The yield; None where nothing came."""
        return round(self.left / self.came, 6) if self.came else None


class Oddity(NamedTuple):
    """A balance that cannot be, or is unusual: what sort, of which things, in words; `usual` is the yield that was to be expected."""

    sort: str
    about: tuple[Key, ...]
    said: str
    came: float
    left: float
    unit: str
    usual: float | None = None


class Masses:
    """Kilograms that each act used, made and carried, and whether all that it used, or made, tells its mass."""

    def __init__(self, flow: Flow) -> None:
        own, goods, amounts = flow.columns.own, flow.columns.parts["goods"], flow.columns.parts["amounts"]
        count = len(flow.acts)
        units = np.unique(amounts["unit"])
        unit = np.array([KILOGRAMS.get(flow.keys[int(one)], np.nan) for one in units], np.float64)
        row = told_of(flow)
        factor = unit[np.searchsorted(units, amounts["unit"])] if len(units) else np.zeros(0)
        mass: Floats = np.bincount(row, np.nan_to_num(amounts["value"] * factor), len(goods["act"])).astype(np.float64)
        told = np.bincount(row, ~np.isnan(factor), len(goods["act"])) > 0
        number = main(flow, goods["act"])
        mine = (number >= 0) & (flow.entry[np.maximum(number, 0)] == goods["act"] if len(flow.entry) else False)
        self.kind = own["kind"][flow.entry]
        self.used, self.made, self.carried = (self._sum(number, mass, mine & (goods["relation"] == one), count) for one in (USED, MADE, CARRIES))
        silent = [np.bincount(number[mine & ~told & (goods["relation"] == one)], minlength=count) > 0 for one in (USED, MADE, CARRIES)]
        self.silent_in, self.silent_out, self.silent = silent
        self._first_made = np.full(count, -1, np.int64)
        makes = np.flatnonzero(mine & (goods["relation"] == MADE) & goods["lot"])[::-1]
        self._first_made[number[makes]] = goods["key"][makes]

    @staticmethod
    def _sum(number: Ints, mass: Floats, mine: Bools, count: int) -> Floats:
        found: Floats = np.bincount(number[mine], mass[mine], count).astype(np.float64)
        return found

    def products(self, flow: Flow) -> Ints:
        """The product that each process makes first, by the number of its key; -1 for none."""
        found: Ints = np.where(self._first_made >= 0, products(flow)[self._first_made], -1)
        return found


def balance(flow: Flow, kind: str, key: str) -> Balance | None:
    """The balance of a process or place; of a lot `algorithms.accounted` says more. None for what the flow does not know, or is neither."""
    masses = flow.once(Masses)
    if kind == "Process" and (kind, key) in flow.number:
        act = flow.number[kind, key]
        return Balance((kind, key), _rounded(masses.used[act]), _rounded(masses.made[act]), not (masses.silent_in[act] or masses.silent_out[act]))
    place = flow.keys.find(key)
    if kind != "Place" or flow.row(kind, key) is None:
        return None
    start, goal = (end[: len(masses.kind)] for end in shipped_between(flow))
    here = np.zeros(len(flow.acts), np.bool_)
    here[flow.acts_at(key)] = True
    processes = here[: len(masses.kind)] & (masses.kind == PROCESS)
    arrived, sent = (goal == place) & (masses.kind == SHIPMENT), (start == place) & (masses.kind == SHIPMENT)
    count = len(masses.kind)
    came = masses.carried[:count][arrived].sum() + masses.made[:count][processes].sum()
    left = masses.carried[:count][sent].sum() + masses.used[:count][processes].sum()
    silent = masses.silent[:count][arrived | sent].any() or (masses.silent_in | masses.silent_out)[:count][processes].any()
    return Balance((kind, key), _rounded(came), _rounded(left), not silent)


def oddities(flow: Flow, tolerance: float = TOLERANCE) -> Iterator[Oddity]:
    """Lots of which more left a place than came, and processes that made more than they used, or much less or more than is usual."""
    for one in excesses(flow):
        said = excess_words(flow, one).removeprefix("impossible quantity: ")
        yield Oddity(MORE_LEFT, (("Lot", one.good), ("Place", one.place)), said, _rounded(one.came), _rounded(one.left), one.unit)
    masses = flow.once(Masses)
    whole = np.flatnonzero((masses.used > 0) & (masses.made > 0) & ~masses.silent_in & ~masses.silent_out)
    share = masses.made[whole] / masses.used[whole]
    product = masses.products(flow)[whole]
    usual = _usual(product, share)
    odd = np.where(np.isnan(usual), share > 1 + tolerance, np.abs(share - usual) > SPREAD * np.maximum(usual, 0))
    for act, got, expected, made in zip(whole[odd].tolist(), share[odd].tolist(), usual[odd].tolist(), product[odd].tolist(), strict=True):
        yield _process(flow, masses, act, got, expected, flow.keys[made] if made >= 0 else None)


def _usual(product: Ints, share: Floats) -> Floats:
    """The median yield of the processes that make the same product; NaN where too few do."""
    usual = np.full(len(share), np.nan)
    order = np.argsort(product, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(product[order])) + 1):
        if len(group) >= LIKE and product[group[0]] >= 0:
            usual[group] = np.median(share[group])
    return usual


def _process(flow: Flow, masses: Masses, act: int, share: float, usual: float, product: str | None) -> Oddity:
    came, left = _rounded(masses.used[act]), _rounded(masses.made[act])
    said = f"{act_name(flow, act)} made {left:g} kg of {came:g} kg"
    about: tuple[Key, ...] = (flow.acts[act],)
    if np.isnan(usual):
        return Oddity(MORE_MADE, about, f"{said}: more than went in", came, left, "KGM")
    words = f"{said}, a yield of {share:.0%}; usual for {thing_name(flow, 'Product', product)} is {usual:.0%}"
    return Oddity(ODD_YIELD, about, words, came, left, "KGM", round(usual, 6))


def _rounded(value: float) -> float:
    return round(float(value), 6)
