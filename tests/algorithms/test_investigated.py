"""Scores over a tenant's material flow are those of its files, and lead 2011's clusters to the lot that they came from."""

import io
from pathlib import Path

import pytest

from algorithms.flow import Flow
from algorithms.investigated import CLEAR, CONTAMINATES, HIDDEN, WEIGHS, Assumption, Case, Evidence, Investigated, ranked, row
from algorithms.names import lot_name, place_name
from algorithms.reported import Reported
from algorithms.rows import Key
from algorithms.scoring import Scoring, Settings
from graph_core.fold import Replay
from ingest.connector import Document, connector_for
from ontology.acts import Shipment
from ontology.facts import told
from ontology.language import Fact
from ontology.places import Place
from tests.algorithms.test_outbreak_2011 import outbreak

_SORTS = ("stations", "deliveries")
NONE = Evidence({}, {CLEAR: {}, CONTAMINATES: {}, HIDDEN: {}})


def imported(file: Path) -> tuple[Flow, list[Fact]]:
    """The flow of a file of FoodChain-Lab, and its facts."""
    text = file.read_bytes()
    document = Document(file.name, io.BytesIO(text), len(text))
    connector = connector_for(document)
    assert connector
    facts = [one for one in connector.facts(document) if isinstance(one, Fact)]
    replay = Replay()
    replay.apply({"facts": [told(one) for one in facts], "ended": []}, 1)
    return Flow.of(replay.nodes()), facts


@pytest.mark.parametrize("name", ["Norovirus_Scenario.json", "ExampleData.json", "Scenario_1_Outbreak-Baby-Tea.json", "xlsx/FCL_Example.xlsx"])
@pytest.mark.parametrize("dates", [True, False])
def test_an_imported_file_scores_as_the_file_does(data: Path, name: str, dates: bool) -> None:
    flow, facts = imported(data / "fcl" / name)
    cases, safe, ids = [], list[str](), dict[Key, tuple[str, str]]()
    for about in (fact.about for fact in facts):
        if isinstance(about, Place | Shipment):
            key = (about.kind.name, about.key)
            ids[key] = ("stations", str(about.code)) if isinstance(about, Place) else ("deliveries", str(about.record).rpartition("/delivery/")[2])
            if about.weight or (isinstance(about, Place) and len(ids) % 3 == 0):
                cases.append(Case(("Case", about.key), (key,), 1))
            if isinstance(about, Place) and about.kill_contamination:
                safe.append(str(about.code))
    place = next(key for key in ids if key[0] == "Place")
    assumed = [Assumption(CONTAMINATES, tuple(key for key in list(ids)[:10] if key[0] == "Place")), Assumption(CLEAR, (place,))]
    found = Investigated(flow, Evidence.of(cases, assumed), "certain", dates=dates)
    settings = {
        "outbreaks": {sort: [ids[one.things[0]][1] for one in cases if ids[one.things[0]][0] == sort] for sort in _SORTS},
        "contaminate": [ids[key][1] for key in assumed[0].things],
        "clear": {"stations": [ids[place][1], *safe]},
        "dates": "explicit" if dates else "none",
        "groups": {},
        "invisible": [],
    }
    wanted = Scoring(Reported(iter(facts)), Settings.read(settings), weighted=True).answer()
    assert not found.unknown
    places = {key: number for number, key in enumerate(flow.keys[int(one)] for one in found.chart.places)}
    for key, (sort, number) in ids.items():
        scores, at = (found.places, places[key[1]]) if key[0] == "Place" else (found.acts, flow.number[key])
        assert scores.score[at] == pytest.approx(wanted[sort][number]["score"], abs=1e-9), (key, number)


def test_the_clusters_of_2011_lead_to_one_lot() -> None:
    flow, _ = outbreak()
    cases = [Case(("Case", key), tuple(("Place", place) for place in mark.places), 1) for key, mark in flow.all("Case").items()]
    found = Investigated(flow, Evidence.of(cases, []), "probable")
    best = [(lot_name(flow, flow.keys[int(found.chart.lots[one.number])]), one.common) for one in ranked(found.lots, 2)]
    assert best[0][1] and "48088" in best[0][0], best
    assert not Investigated(flow, Evidence.of(cases, []), "certain").unknown


def test_what_is_assumed_later_holds_and_what_is_hidden_leads_nowhere(data: Path) -> None:
    flow, facts = imported(data / "fcl/Norovirus_Scenario.json")
    cases = [
        Case(("Case", about.key), (("Place", about.key),), about.weight)
        for about in (fact.about for fact in facts)
        if isinstance(about, Place) and about.weight
    ]
    plain = Investigated(flow, Evidence.of(cases, []), "certain")
    named = {place_name(flow, flow.keys[int(plain.chart.places[one.number])]): one for one in ranked(plain.places, 100) if one.common}
    assert sorted(named)[:2] == ["Frozen Fruit Sales", "Spices and Dried Products Sales"] and len(named) == 5, list(named)
    best = named["Frozen Fruit Sales"]
    key = ("Place", flow.keys[int(plain.chart.places[best.number])])

    def score(*assumed: Assumption) -> float:
        return row(Investigated(flow, Evidence.of(cases, assumed), "certain").places, best.number).score

    clear, hidden = Assumption(CLEAR, (key,)), Assumption(HIDDEN, (key,))
    assert score(clear) == score(hidden) == 0
    assert score(clear, clear._replace(holds=False)) == score(hidden, hidden._replace(holds=False)) == 1
    assert score(Assumption(WEIGHS, (cases[0].key,), weight=-40)) == pytest.approx(-10 / 40)
    assert score(Assumption(WEIGHS, (cases[0].key,), weight=-3)) == pytest.approx(27 / 30)
    changed = ranked(Investigated(flow, Evidence.of(cases, [clear]), "certain").places, 4, plain.places)
    assert {one.number for one in changed} == {one.number for name, one in named.items() if name != "Spices and Dried Products Sales"}
    nowhere = Investigated(flow, Evidence.of([Case(("Case", "c"), (("Place", "name:us/nobody"),), 1)], []), "certain")
    assert nowhere.unknown == [("Place", "name:us/nobody")] and not ranked(nowhere.places, 5)
    assert not ranked(Investigated(flow, NONE, "certain").lots, 5)
