"""Scores of an outbreak equal the golden tables and the obvious way to compute them, and keep their guarantees on any network."""

import json
from calendar import monthrange
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.outbreak import Marks, Network, Outbreak
from tests.algorithms import slow_outbreak as slow


@st.composite
def cases(draw: st.DrawFn, lowest: int = -2) -> tuple[Network, Marks]:
    """A small network with cycles, hubs and deliveries to oneself, and marks of all sorts."""
    stations, size = draw(st.integers(1, 5)), draw(st.integers(0, 9))
    ends = st.integers(0, stations - 1)
    start, goal = (np.array(draw(st.lists(ends, min_size=size, max_size=size)), np.int64) for _ in range(2))
    pairs = [(one, other) for one in range(size) for other in range(size) if one != other and goal[one] == start[other]]
    links = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    before, after = (np.array([link[side] for link in links], np.int64) for side in (0, 1))
    arrives, departs = (
        np.array(draw(st.lists(st.sampled_from((1, 2, 3, open_)), min_size=size, max_size=size)), np.float64) for open_ in (-np.inf, np.inf)
    )
    lot = np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), np.int64)
    network = Network(stations, start, goal, lot, before, after, arrives, departs)

    def flags(count: int) -> Any:
        return np.array(draw(st.lists(st.sampled_from((False, False, True)), min_size=count, max_size=count)), np.bool_)

    def weights(count: int) -> Any:
        return np.array(draw(st.lists(st.sampled_from((0, 0, 1, 2, lowest)), min_size=count, max_size=count)), np.float64)

    sizes = stations, size
    columns = [*map(weights, sizes), *map(flags, sizes), *map(flags, sizes)]
    return network, Marks(*columns, dates=draw(st.booleans()))  # type: ignore[misc] # mypy counts a list as any number of values


@given(cases())
def test_scores_are_those_of_the_obvious_way(case: tuple[Network, Marks]) -> None:
    network, marks = case
    scored = Outbreak(network, marks).scored()
    told = np.concatenate([marks.station_weight, marks.delivery_weight])
    plus, minus = told[told > 0].sum(), -told[told < 0].sum()
    stations = [slow.station_reaches(network, marks, one) for one in range(network.stations)]
    deliveries = [slow.reached(network, marks, one) for one in range(network.deliveries)]
    none = set[int](), set[int]()
    lots = [none] * (int(network.lot.max(initial=-1)) + 1)
    for one, lot in enumerate(network.lot.tolist()):
        lots[lot] = lots[lot][0] | deliveries[one][0], lots[lot][1] | deliveries[one][1]
    for scores, found in ((scored.stations, stations), (scored.deliveries, deliveries), (scored.lots, lots)):
        sums = [slow.weights(marks, one) for one in found]
        most = max(plus, minus)
        assert scores.score.tolist() == pytest.approx([(up - down) / most if most else 0 for up, down in sums], abs=1e-12)
        assert scores.positive.tolist() == pytest.approx([up / plus if plus else 0 for up, _ in sums], abs=1e-12)
        assert scores.negative.tolist() == pytest.approx([down / minus if minus else 0 for _, down in sums], abs=1e-12)


@given(cases(), st.data())
def test_what_is_traced_forward_is_what_is_reached_and_backward_is_its_mirror(case: tuple[Network, Marks], data: st.DataObject) -> None:
    network, marks = case
    outbreak, none = Outbreak(network, marks), np.zeros(0, np.int64)
    station = data.draw(st.integers(0, network.stations - 1))
    forward = outbreak.forward(np.array([station]), none)
    assert tuple(set(np.flatnonzero(flags).tolist()) for flags in forward) == slow.station_reaches(network, marks, station)
    back = outbreak.backward(np.array([station]), none)
    reaching = {one for one in range(network.stations) if station in slow.station_reaches(network, marks, one)[0]}
    assert set(np.flatnonzero(back.stations).tolist()) == reaching
    assert set(np.flatnonzero(back.deliveries).tolist()) == {
        one for one in range(network.deliveries) if station in slow.reached(network, marks, one)[0]
    }


@given(cases(lowest=1), st.data())
def test_without_negative_weights_a_score_never_exceeds_its_cause_nor_grows_by_a_kill_nor_falls_by_a_link(
    case: tuple[Network, Marks], data: st.DataObject
) -> None:
    network, marks = case
    outbreak = Outbreak(network, marks)
    scored = outbreak.scored()
    for scores in (scored.stations, scored.deliveries):
        assert ((scores.score >= 0) & (scores.score <= 1 + 1e-12)).all()
    for before, after in zip(network.before.tolist(), network.after.tolist(), strict=True):
        if not (marks.delivery_kill[before] or marks.station_kill[network.goal[before]]):
            assert scored.deliveries.score[before] >= scored.deliveries.score[after] - 1e-12
    killed = marks.station_kill.copy()
    killed[data.draw(st.integers(0, network.stations - 1))] = True
    less = Outbreak(network, replace(marks, station_kill=killed)).scored()
    pairs = [(one, other) for one in range(network.deliveries) for other in range(network.deliveries) if network.goal[one] == network.start[other]]
    more = scored
    if pairs:
        one, other = data.draw(st.sampled_from(pairs))
        linked = replace(network, before=np.append(network.before, one), after=np.append(network.after, other))
        more = Outbreak(linked, marks).scored()
    for low, now, high in ((less.stations, scored.stations, more.stations), (less.deliveries, scored.deliveries, more.deliveries)):
        assert (low.score <= now.score + 1e-12).all() and (now.score <= high.score + 1e-12).all()


@given(cases(), st.randoms())
def test_the_order_of_deliveries_and_links_is_irrelevant(case: tuple[Network, Marks], chance: Any) -> None:
    network, marks = case
    chance.shuffle(order := list(range(network.deliveries)))
    chance.shuffle(links := list(range(len(network.before))))
    place = np.argsort(order).astype(np.int64)
    columns = {name: getattr(network, name)[order] for name in ("start", "goal", "lot", "arrives", "departs")}
    moved = Network(network.stations, before=place[network.before[links]], after=place[network.after[links]], **columns)
    flags = {name: getattr(marks, name)[order] for name in ("delivery_weight", "delivery_cross", "delivery_kill")}
    one, other = Outbreak(network, marks).scored(), Outbreak(moved, replace(marks, **flags)).scored()
    assert one.stations.score.tolist() == other.stations.score.tolist()
    assert one.deliveries.score[order].tolist() == other.deliveries.score.tolist()


@given(cases(), st.data())
def test_weights_that_change_are_scored_as_if_they_had_always_been_so(case: tuple[Network, Marks], data: st.DataObject) -> None:
    network, marks = case
    number = data.draw(st.integers(0, network.stations - 1))
    stations = {number: data.draw(st.sampled_from((0.0, 1.0, -3.0)))}
    changed = replace(marks, station_weight=np.where(np.arange(network.stations) == number, stations[number], marks.station_weight))
    outbreak = Outbreak(network, marks)
    found, wanted = outbreak.scored().with_weights(stations, {}), Outbreak(network, changed).scored()
    for one, other in ((found.stations, wanted.stations), (found.deliveries, wanted.deliveries), (found.lots, wanted.lots)):
        assert [column.tolist() for column in one] == [column.tolist() for column in other]


def chain(size: int) -> Network:
    """Deliveries of which each became the next."""
    number, none = np.arange(size), np.full(size, np.inf)
    return Network(size + 1, number, number + 1, number, number[:-1], number[1:], -none, none)


def test_a_chain_of_100_000_and_a_ring_of_it_are_scored() -> None:
    network = chain(100_000)
    marks = Marks.none(network)
    marks.station_weight[-1] = marks.delivery_weight[50_000] = 1
    scored = Outbreak(network, marks).scored()
    assert scored.stations.score[[0, 50_000, 50_001, -1]].tolist() == [1, 1, 0.5, 0.5]
    goal = np.append(network.goal[:-1], 0)
    ring = replace(network, goal=goal, before=np.append(network.before, 99_999), after=np.append(network.after, 0))
    assert Outbreak(ring, marks).scored().deliveries.score.min() == 0.5


def test_a_hub_of_20_000_in_and_out_leads_only_to_what_leaves_no_earlier() -> None:
    size = 20_000
    number, days = np.arange(size), np.arange(size) % 365.0
    start, goal = np.concatenate([number, np.full(size, 2 * size)]), np.concatenate([np.full(size, 2 * size), size + number])
    none = np.zeros(0, np.int64)
    network = Network(
        2 * size + 1, start, goal, np.arange(2 * size), none, none, np.append(days, np.full(size, -np.inf)), np.append(np.full(size, np.inf), days)
    )
    marks = Marks.none(network)
    marks.station_cross[-1], marks.station_weight[[size + 100, size + 200]] = True, 1
    score = Outbreak(network, marks).scored().stations.score
    assert score[[100, 101, 200, 201, 364, 365]].tolist() == [1, 0.5, 0.5, 0, 0, 1]


def test_no_evidence_and_no_network_score_nothing() -> None:
    network = chain(3)
    scored = Outbreak(network, Marks.none(network)).scored()
    assert not scored.stations.score.any() and not scored.stations.normalised.any() and not scored.deliveries.negative.any()
    none = np.zeros(0, np.int64)
    empty = Network(0, none, none, none, none, none, none.astype(float), none.astype(float))
    assert len(Outbreak(empty, Marks.none(empty)).scored().stations.score) == 0


def day(text: str | None, *, last: bool) -> float:
    """The first or last day that a partial date can mean, as days."""
    if not text:
        return np.inf if last else -np.inf
    year, month, number = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    month_ = month or (12 if last else 1)
    number_ = number or (monthrange(year, month_)[1] if last else 1)
    return float(date(year, month_, number_).toordinal())


@pytest.mark.parametrize("case", ["with_Temporal_Order", "with_CC_on_Deliveries"])
def test_all_values_of_the_golden_tables_agree(data: Path, case: str) -> None:
    net, golden = (json.loads((data / "fcl/knime" / f"{name}.json").read_bytes()) for name in ("network", case))
    told, rows = golden["settings"], {sort: _rows(golden[f"expected_{sort}"]) for sort in ("stations", "deliveries")}
    group = {member: name for name, members in told.get("collapsed", {}).items() for member in members}
    stations = {
        name: at for at, name in enumerate(dict.fromkeys(group.get(str(row["ID"]), str(row["ID"])) for row in _rows(net["stations"]).values()))
    }
    listed = _rows(net["deliveries"])
    deliveries = {name: at for at, name in enumerate(listed)}
    start, goal = (np.array([stations[group.get(str(row[end]), str(row[end]))] for row in listed.values()]) for end in ("from", "to"))
    dated = [rows["deliveries"].get(name, row) for name, row in listed.items()]
    dates = [(row["Date Delivery"] or row.get("Date Delivery Arrival"), row.get("Date Delivery Arrival") or row["Date Delivery"]) for row in dated]
    links = np.array([[deliveries[str(end)] for end in row] for row in net["relations"]["rows"]])
    network = Network(
        len(stations), start, goal, np.arange(len(listed)), links[:, 0], links[:, 1],
        np.array([day(came, last=False) for _, came in dates]), np.array([day(left, last=True) for left, _ in dates]),
    )  # fmt: skip
    marks = Marks.none(network, dates=told["enforce_temporal_order"])
    for sort, names in (("station", stations), ("delivery", deliveries)):
        for name, weight in told[f"{sort}_weights"].items():
            getattr(marks, f"{sort}_weight")[names[name]] = weight
        for flag, setting in (("cross", "cross_contamination"), ("kill", "kill")):
            getattr(marks, f"{sort}_{flag}")[[names[name] for name in told[f"{sort}_{setting}"]]] = True
    outbreak = Outbreak(network, marks)
    scored = outbreak.scored()
    most = max(np.abs(scored.stations.score).max(), np.abs(scored.deliveries.score).max())
    compared = 0
    for sort, names, scores in (("stations", stations, scored.stations), ("deliveries", deliveries, scored.deliveries)):
        columns = {
            "Score": scores.score, "Positive Score": scores.positive, "Negative Score": scores.negative, "Normalized Score": scores.score / most,
        }  # fmt: skip
        for name, row in rows[sort].items():
            for column, values in columns.items():
                assert values[names[name]] == pytest.approx(row[column], abs=1e-9), (sort, name, column)
                compared += 1
    assert compared == {"with_Temporal_Order": 4_116, "with_CC_on_Deliveries": 4_024}[case]
    sorts = (("stations", stations), ("deliveries", deliveries))
    observed = [np.array([names[one] for one in told[f"observed_{sort}"]], np.int64) for sort, names in sorts]
    for column, traced in (("Forward", outbreak.forward(*observed)), ("Backward", outbreak.backward(*observed))):
        for flags, names, sort in ((traced.stations, stations, "stations"), (traced.deliveries, deliveries, "deliveries")):
            found = {name for name, number in names.items() if flags[number]} - set(told[f"observed_{sort}"])
            assert {name for name in rows[sort] if name in found} == {name for name, row in rows[sort].items() if row[column]}


def _rows(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of a table by their id."""
    return {str(row[0]): dict(zip(table["columns"], row, strict=True)) for row in table["rows"]}
