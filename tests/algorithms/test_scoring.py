"""A file of an outbreak is scored as it says, or as settings say in its place; what settings get wrong is refused with words."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from algorithms.days import Days
from algorithms.reported import Reported
from algorithms.scoring import Scoring, Settings
from ingest.connector import Document, connector_for
from ingest.fcl import SAMPLE
from ingest.fcl.drawn import drawn
from ontology.errors import Refused


def reported(text: bytes, name: str = "outbreak.json") -> Reported:
    """What a file reports."""
    document = Document(name, io.BytesIO(text), len(text))
    connector = connector_for(document)
    assert connector
    return Reported(connector.facts(document))


def file(stations: list[str], deliveries: list[tuple[str, str, str, str, str]], relations: list[tuple[str, str]]) -> Reported:
    """Stations by id; deliveries as id, from, to, day of departure, day of arrival; relations."""
    return tabled(stations, ("ID", "from", "to", "Date Delivery", "Date Delivery Arrival"), deliveries, relations)


def tabled(stations: list[str], columns: tuple[str, ...], deliveries: list[Any], relations: list[tuple[str, str]]) -> Reported:
    """Stations by id; deliveries with these columns, empty cells left out; relations."""
    tables: dict[str, tuple[tuple[str, ...], list[Any]]] = {
        "stations": (("ID",), [(one,) for one in stations]),
        "deliveries": (columns, deliveries),
        "deliveryRelations": (("from", "to"), relations),
    }
    told = {
        sort: {
            "columnProperties": [],
            "data": [[{"id": name, "value": value} for name, value in zip(names, row, strict=True) if value] for row in rows],
        }
        for sort, (names, rows) in tables.items()
    }
    return reported(json.dumps({"version": "1.0.0", "data": told}).encode())


def scores(of: Reported, weighted: bool = False, **settings: Any) -> dict[str, dict[str, float]]:
    """The scores by sort and id."""
    found = Scoring(of, Settings.read(settings), weighted=weighted).answer()
    return {sort: {name: row["score"] for name, row in found[sort].items()} for sort in found}


HUB = file(
    ["farm", "other", "hub", "shop", "school"],
    [
        ("a", "farm", "hub", "2025-03-01", "2025-03-02"),
        ("b", "other", "hub", "2025-03-05", "2025-03-06"),
        ("c", "hub", "shop", "2025-03-04", "2025-03-04"),
        ("d", "hub", "school", "2025-03-07", "2025-03-07"),
    ],
    [("b", "d")],
)
ILL: dict[str, Any] = {"outbreaks": {"stations": ["shop", "school"]}}


def test_the_norovirus_scenario_scores_as_stored(data: Path) -> None:
    text = (data / "fcl/Norovirus_Scenario.json").read_bytes()
    found, stored = reported(text), json.loads(text)
    plain, weighted = Scoring(found, Settings()).answer(), Scoring(found, Settings(), weighted=True).answer()
    rows = [(sort, str(row["ID"]), row) for sort in ("stations", "deliveries") for row in stored[sort]]
    assert len(rows) == 141
    for sort, name, row in rows:
        assert plain[sort][name]["score"] == pytest.approx(row["Score"], abs=1e-9)
        assert plain[sort][name]["commonLink"] == (row["Score"] == 1)
        for column, key in (("Normalized Score", "normalizedScore"), ("Positive Score", "positiveScore"), ("Negative Score", "negativeScore")):
            assert weighted[sort][name][key] == pytest.approx(row[column], abs=1e-9)
        if sort == "deliveries":
            assert weighted[sort][name]["lotScore"] == pytest.approx(row["Lot Score"], abs=1e-9)
    best = {lot for lot, score in zip(found.lots, Scoring(found, Settings()).outbreak.scored().lots.score, strict=True) if score == 1}
    assert {lot.rpartition(" ")[2] for lot in best} == {"105", "106", "107", "108", "112"}


def test_outbreaks_kills_and_cross_contamination_of_settings_stand_in_the_place_of_the_file() -> None:
    assert scores(HUB)["stations"] == dict.fromkeys(("farm", "other", "hub", "shop", "school"), 0)
    assert scores(HUB, **ILL)["stations"] == {"farm": 0, "other": 0.5, "hub": 1, "shop": 0.5, "school": 0.5}
    assert scores(HUB, **ILL, contaminate=["hub"])["stations"] == {"farm": 1, "other": 0.5, "hub": 1, "shop": 0.5, "school": 0.5}
    assert scores(HUB, **ILL, contaminate=["hub"], dates="none")["stations"]["other"] == 1
    assert scores(HUB, **ILL, clear={"stations": ["hub"]})["stations"]["other"] == 0
    assert scores(HUB, **ILL, clear={"deliveries": ["d"]})["stations"] == {"farm": 0, "other": 0, "hub": 0.5, "shop": 0.5, "school": 0.5}
    assert scores(HUB, **ILL, invisible=["shop"])["stations"] == {"farm": 0, "other": 1, "hub": 1, "shop": 0, "school": 1}
    assert scores(HUB, **ILL, groups={"ends": ["shop", "school"]})["stations"] == {"farm": 0, "other": 1, "hub": 1, "ends": 1}


def test_weights_add_up_and_negative_ones_clear() -> None:
    found = scores(HUB, True, weights={"shop": 3, "school": -1, "a": 1})
    assert found["stations"] == {"farm": 0.25, "other": -0.25, "hub": 0.5, "shop": 0.75, "school": -0.25}
    assert found["deliveries"] == {"a": 0.25, "b": -0.25, "c": 0.75, "d": -0.25}


def test_what_is_observed_leads_forward_and_comes_from_backward() -> None:
    def flagged(**observe: str) -> tuple[set[str], set[str]]:
        found = Scoring(HUB, Settings.read({"observe": observe})).answer()
        rows = {**found["stations"], **found["deliveries"]}
        return tuple({name for name, row in rows.items() if row[way]} for way in ("forward", "backward"))  # type: ignore[return-value]

    assert flagged(station="hub") == ({"c", "d", "shop", "school"}, {"a", "b", "farm", "other"})
    assert flagged(station="other", mode="forward") == ({"b", "d", "hub", "school"}, set())
    assert flagged(delivery="d", mode="backward") == (set(), {"b", "hub", "other"})


def test_dates_that_are_not_told_are_limited_by_those_that_are_and_contradicting_ones_are_ignored() -> None:
    told = file(
        ["1", "2", "3"],
        [("a", "1", "2", "2025-03-10", ""), ("b", "2", "3", "", "2025-03-12"), ("c", "2", "3", "2025-03-05", "2025-03-05"), ("e", "1", "2", "", "")],
        [("a", "b"), ("e", "c")],
    )
    days, departures, arrivals = told.days.inferred(told.before, told.after)
    march = float(np.datetime64("2025-03-01").astype(int)) - 1
    assert (days.arrives_low[0] - march, days.arrives_high[0] - march) == (10, 12)
    assert (days.departs_low[1] - march, days.departs_high[1] - march) == (10, 12)
    assert days.arrives_high[3] - march == 5 and not departures.any() and not arrivals.any()
    late = Days(*(np.where(np.arange(4) == 1, march + 1, column) for column in told.days))
    days, departures, arrivals = late.inferred(told.before, told.after)
    assert departures.tolist() == [True, True, False, False] and arrivals.tolist() == [False, True, False, False]
    assert np.isinf(days.arrives_low[0]) and np.isinf(days.departs_high[1])


def test_groups_hidden_things_and_the_order_of_dates_are_those_of_the_file_unless_settings_say_otherwise() -> None:
    told = json.loads(SAMPLE)
    told["settings"] = {
        "metaNodes": [{"id": "both", "members": ["S1", "S2", "gone"]}, {"id": "none"}, 7],
        "view": {"node": {"invisibleNodes": ["gone"]}, "edge": {"invisibleEdges": []}},
    }
    told["tracing"] = {"enforceTemporalOrder": False, "nodes": [{"id": "both", "weight": 1}, {"id": "S3", "weight": 2}], "deliveries": []}
    text = json.dumps(told).encode()
    kept = drawn(Document("one.json", io.BytesIO(text), len(text)))
    assert (kept.groups, kept.hidden, kept.in_order) == ({"both": ["S1", "S2", "gone"]}, ["gone"], False)
    found = Scoring(reported(text), Settings(), weighted=True, drawn=kept)
    assert {name: row["score"] for name, row in found.answer()["stations"].items()} == {"both": 1, "S3": pytest.approx(2 / 3)}
    assert found.settings.dates == "none"
    apart = Scoring(reported(text), Settings.read({"groups": {}, "dates": "explicit", "invisible": ["S3"]}), weighted=True, drawn=kept)
    assert apart.settings.dates == "explicit"
    assert {name: row["score"] for name, row in apart.answer()["stations"].items()} == {"S1": 0, "S2": 0, "S3": 0}


@pytest.mark.parametrize("text", [b"[]", b"{", b'{"settings": 1, "tracing": []}', b'{"settings": {"metaNodes": [[]], "view": {"node": 3}}}', b"PK"])
def test_a_file_that_keeps_nothing_beside_its_tables_draws_nothing(text: bytes) -> None:
    assert drawn(Document("one.json", io.BytesIO(text), len(text))) == ({}, {}, [], None)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([], "Settings are an object"),
        ({"outbreks": {}}, "do you mean 'outbreaks'?"),
        ({"outbreaks": ["shop"]}, "outbreaks is ['shop']; it takes"),
        ({"outbreaks": {"stations": ["schol"]}}, "the file has no schol; do you mean school?"),
        ({"weights": {"shop": "many"}}, "an object of ids with a number each"),
        ({"weights": {"shop": float("nan")}}, "an object of ids with a number each"),
        ({"weights": {"nowhere": 1}}, "weights: the file has no nowhere"),
        ({"dates": "later"}, "explicit, inferred or none"),
        ({"observe": {"mode": "full"}}, "observe is"),
        ({"observe": {"station": "hub", "mode": "sideways"}}, "observe is"),
        ({"groups": {"farm": ["hub"]}}, "give the group another id"),
        ({"groups": {"x": ["hub"], "y": ["hub"]}}, "a station is in one group"),
        ({"groups": {"x": ["house"]}}, "groups: the file has no house"),
        ({"invisible": ["z"]}, "invisible: the file has no z"),
    ],
)
def test_settings_that_mean_nothing_are_refused_with_words(settings: Any, said: str) -> None:
    with pytest.raises(Refused) as error:
        Scoring(HUB, Settings.read(settings)).answer()
    assert said in str(error.value)
