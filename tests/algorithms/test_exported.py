"""What is exported can be opened: valid by the published schema, the same when it is imported again, and scored as the investigation is."""

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from algorithms.exported import Exported, Read
from algorithms.flow import Flow
from algorithms.investigated import CLEAR, CONTAMINATES, HIDDEN, Assumption, Case, Evidence, Investigated
from algorithms.reported import Reported
from algorithms.rows import Key
from algorithms.scoring import Scoring, Settings
from graph_core.fold import Node, Replay
from ingest.connector import Document, connector_for
from ingest.fcl.drawn import drawn
from ingest.fcl.written import json_of, workbook_of
from ingest.utx import utx_of
from ontology.acts import Process, Shipment
from ontology.facts import told
from ontology.food import Lot, Product
from ontology.language import Fact, Source
from ontology.places import Party, Place
from ontology.relations import CARRIES, MADE, PART_OF, SENT_TO, SHIPPED_FROM, SHIPPED_TO, TOOK_PLACE_AT, USED
from ontology.values import Quantity, Time

EHEC = Path(__file__).parents[2] / "ingest" / "ehec_2011.json"
Nodes = dict[Key, Node]


def document(name: str, text: bytes) -> Document:
    return Document(name, io.BytesIO(text), len(text))


def facts_of(*documents: Document) -> list[Fact]:
    """The facts of some files; none of their rows is refused."""
    found = []
    for one in documents:
        connector = connector_for(one)
        assert connector, one.name
        items = list(connector.facts(one))
        assert not [item for item in items if not isinstance(item, Fact)]
        found += [item for item in items if isinstance(item, Fact)]
    return found


def folded(facts: Iterable[Fact]) -> Nodes:
    replay = Replay()
    replay.apply({"facts": [told(one) for one in facts], "ended": []}, 1)
    return {(node.kind, node.key): node for node in replay.nodes()}


def reader(nodes: Nodes) -> Read:
    def read(kind: str, keys: list[str]) -> Mapping[str, Node]:
        return {key: nodes[kind, key] for key in keys if (kind, key) in nodes}

    return read


def exported(nodes: Nodes, evidence: Evidence | None = None, scope: str = "certain") -> Exported:
    return Exported(Flow.of(nodes.values()), reader(nodes), evidence, scope)


def written(found: Exported) -> Any:
    """The file as JSON."""
    return json.loads(b"".join(json_of(found.tables())))


def rows(file: Any, table: str) -> list[dict[str, Any]]:
    return [{cell["id"]: cell["value"] for cell in row} for row in file["data"][table]["data"]]


def contents(nodes: Nodes, dataset: str) -> tuple[dict[str, Any], dict[str, Any], set[tuple[str, str]]]:
    """Stations, deliveries and relations by their ids in the file, whatever the data set is called; times by what they mean."""
    text = json.dumps([[*key, node.values, node.links] for key, node in nodes.items()]).replace(dataset, "DATASET")
    stations, deliveries, relations = dict[str, Any](), dict[str, Any](), set[tuple[str, str]]()
    for kind, key, values, links in json.loads(text):
        if kind == "Place":
            stations[values["code"]] = values
        elif kind == "Shipment":
            times = {name: values[name][1:] for name in ("departed", "arrived") if name in values}
            deliveries[key] = (values | times, sorted(map(json.dumps, (link for link in links if link[0] != "FED"))))
            relations |= {(key, link[2]) for link in links if link[0] == "FED"}
    return stations, deliveries, relations


@pytest.fixture(scope="module")
def schema(data: Path) -> Any:
    """The schema that FoodChain-Lab publishes of its exchange format."""
    return json.loads((data / "fcl/schema/schema-v1.json").read_bytes())


FILES = ["Norovirus_Scenario.json", "ExampleData.json", "Scenario_1_Outbreak-Baby-Tea.json", "xlsx/FCL_Example.xlsx"]


@pytest.mark.parametrize("name", FILES)
def test_an_imported_file_comes_out_as_json_and_is_imported_again_as_the_same(data: Path, schema: Any, name: str) -> None:
    file = data / "fcl" / name
    before = folded(facts_of(document(file.name, file.read_bytes())))
    found = exported(before)
    text = b"".join(json_of(found.tables()))
    jsonschema.validate(json.loads(text), schema)
    after = folded(facts_of(document("again.json", text)))
    assert contents(after, "again") == contents(before, file.stem)
    assert found.size.apart == 0 and list(found.notes()) == []


@pytest.mark.parametrize("name", [*FILES, None])
def test_what_comes_out_as_utx_is_valid_and_has_every_delivery(data: Path, name: str | None) -> None:
    schema = json.loads((data / "fcl/schema/UTXSchema_20240208-woM-woD-woCV.json").read_bytes())
    found = exported(folded(told_by(data / "fcl" / name if name else EHEC)))
    core = json.loads(b"".join(utx_of(found.tables())))
    jsonschema.Draft201909Validator(schema, format_checker=jsonschema.FormatChecker()).validate(core)
    activities = core["utxCore"]["activity"]["current"]
    assert sum(one["activityPrimaryTypeCV"] == ["distribute"] for one in activities) == found.size.deliveries
    became = [one for one in activities if one["activityPrimaryTypeCV"] != ["distribute"]]
    assert sum(len(one["truOutput"]) for one in became) == found.size.relations


@pytest.mark.parametrize("name", FILES)
def test_an_imported_file_comes_out_as_a_workbook_but_that_free_columns_become_texts(data: Path, name: str) -> None:
    file = data / "fcl" / name
    before = folded(facts_of(document(file.name, file.read_bytes())))
    after = folded(facts_of(document("again.xlsx", b"".join(workbook_of(exported(before).tables())))))
    for nodes in (before, after):
        for node in nodes.values():
            for column, value in (node.values.get("extra") or {}).items():
                node.values["extra"][column] = str(value).lower()
    assert contents(after, "again") == contents(before, file.stem)


def network_of_the_field(data: Path) -> bytes:
    """The net of the regression tests of FoodChain-Lab as a file, with the marks of one of them."""
    net, case = (json.loads((data / f"fcl/knime/{name}.json").read_bytes()) for name in ("network", "with_CC_on_Deliveries"))
    marks = case["settings"]
    stations, deliveries, relations = (
        [dict(zip(net[sort]["columns"], row, strict=True)) for row in net[sort]["rows"]] for sort in ("stations", "deliveries", "relations")
    )
    return json.dumps(
        {
            "stations": [{"ID": str(row["ID"]), "Name": row["node"], "Country": row["Country"]} for row in stations],
            "deliveries": [
                {"ID": str(row["ID"]), "from": str(row["from"]), "to": str(row["to"]), "Name": row["Name"], "Date Delivery": row["Date Delivery"]}
                | {"Lot Number": row["Charge Number"]}
                for row in deliveries
            ],
            "deliveriesRelations": [{"from": str(row["ID"]), "to": str(row["Next"])} for row in relations],
            "tracing": {
                "nodes": [{"id": name, "weight": weight} for name, weight in marks["station_weights"].items()],
                "deliveries": [{"id": name, "crossContamination": True} for name in marks["delivery_cross_contamination"]],
            },
        }
    ).encode()


def answer(name: str, text: bytes) -> Any:
    one = document(name, text)
    connector = connector_for(one)
    assert connector
    return Scoring(Reported(connector.facts(one)), Settings(), weighted=True, drawn=drawn(one)).answer()


def test_the_regression_net_of_the_field_scores_alike_before_and_after(data: Path, schema: Any) -> None:
    text = network_of_the_field(data)
    before = folded(facts_of(document("net.json", text)))
    found = exported(before)
    assert found.size[:2] == (381, 648) and found.size.apart == 0
    out = b"".join(json_of(found.tables()))
    jsonschema.validate(json.loads(out), schema)
    assert contents(folded(facts_of(document("again.json", out))), "again") == contents(before, "net")
    first, second = answer("net.json", text), answer("again.json", out)
    for sort in ("stations", "deliveries"):
        assert first[sort].keys() == second[sort].keys() and max(one["score"] for one in first[sort].values()) > 0
        for number, one in first[sort].items():
            assert second[sort][number]["score"] == pytest.approx(one["score"], abs=1e-9), (sort, number)


@pytest.mark.parametrize(
    ("source", "scope"), [("ehec", "certain"), ("ehec", "conceivable"), ("fsma", "certain"), ("norovirus", "certain"), ("example", "certain")]
)
@pytest.mark.parametrize("seed", range(4))
def test_the_file_scores_as_the_investigation_does(data: Path, schema: Any, source: str, scope: str, seed: int) -> None:
    field = {"norovirus": [data / "fcl/Norovirus_Scenario.json"], "example": [data / "fcl/ExampleData.json"]}
    files = ({"ehec": [EHEC], "fsma": sorted((data / "epcis/fsma204").glob("*.jsonld"))} | field)[source]
    nodes = folded(fact for file in files for fact in told_by(file))
    evidence = some(Flow.of(nodes.values()), seed)
    found = exported(nodes, evidence, scope)
    wanted = Investigated(found.flow, evidence, scope)
    text = b"".join(json_of(found.tables()))
    jsonschema.validate(json.loads(text), schema)
    scores, compared = answer("x.json", text), 0
    for key, number in found.ids_of_deliveries():
        held, at = wanted.one(key)
        assert scores["deliveries"][number]["score"] == pytest.approx(held.score[at], abs=1e-9), key
        compared += 1
    for key, number in found.ids_of_stations():
        if key[0] == "Place":
            held, at = wanted.one(key)
            assert scores["stations"][number]["score"] == pytest.approx(held.score[at], abs=1e-9), key
            compared += 1
    assert compared > 10 and (wanted.acts.score > 0).any()


def told_by(file: Path) -> list[Fact]:
    """What a file tells; what an event tells wrongly is refused, and is no matter here."""
    one = document(file.name, file.read_bytes())
    connector = connector_for(one)
    assert connector
    return [item for item in connector.facts(one) if isinstance(item, Fact)]


def some(flow: Flow, seed: int) -> Evidence:
    """Cases where deliveries end and after shipments, and assumptions, of a flow."""
    rng = np.random.default_rng(seed)
    shipments = sorted(key for key in flow.number if key[0] == "Shipment")
    goals = sorted({goal for key in shipments if (goal := flow.told[flow.number[key]].goal)})
    chosen = [shipments[at] for at in rng.choice(len(shipments), 4)]
    cases = [Case(("Case", str(at)), (("Place", goals[at]),), 1.0) for at in rng.choice(len(goals), 4)]
    cases += [Case(("Case", "after"), (chosen[0],), 2.0)]
    assumed = [Assumption(CONTAMINATES, (("Place", goals[0]), chosen[1])), Assumption(CLEAR, (chosen[2],)), Assumption(HIDDEN, (chosen[3],))]
    return Evidence.of(cases, assumed)


FLOUR, BREAD = Product(owner="us", name="Flour"), Product(owner="us", name="Bread")
MILL, BAKERY, SHOP = (Place(owner="us", name=name) for name in ("Mill", "Bakery", "Shop"))
L42, B7 = Lot(product=FLOUR.ref, code="L42"), Lot(product=BREAD.ref, code="B7")


def bakery(*more: Fact, oven: Place = BAKERY) -> Nodes:
    """Flour that two records tell of (sent, received) is kneaded, then baked, and the bread is sold to a firm whose place no record tells."""
    day, dough = Time.told("2025-03-01"), Lot(product=BREAD.ref, code="dough")
    sent, came = (
        Shipment(record="d1", end="departure", lot=L42.ref, departed=day),
        Shipment(record="r1", end="arrival", lot=L42.ref, arrived=Time.told("2025-03")),
    )
    sold = Shipment(record="d2", end="both", lot=B7.ref, departed=Time.told("2025-03-05T04:00:00+01:00"))
    knead, bake = Process(owner="us", order="1", started=Time.told("2025-03-03")), Process(owner="us", order="2", started=Time.told("2025-03-04"))
    kilos = (Quantity(20, "KGM"),)
    between, firm = (SHIPPED_FROM(MILL), SHIPPED_TO(BAKERY)), Party(owner="us", name="Shop & Co", country="DE")
    return folded(
        [
            Fact(L42, Source("erp", "l1")), Fact(B7, Source("erp", "l2")), Fact(dough, Source("erp", "l3")), Fact(FLOUR, Source("erp", "p1")),
            Fact(BREAD, Source("erp", "p2")), *(Fact(place, Source("erp", str(place.name))) for place in (MILL, BAKERY)),
            Fact(firm, Source("erp", "c")),
            Fact(sent, Source("erp", "d1"), links=(CARRIES(L42, quantity=kilos), *between)),
            Fact(came, Source("erp", "r1"), links=(CARRIES(L42, quantity=kilos), *between)),
            Fact(knead, Source("erp", "o1"), links=(USED(L42), MADE(dough), TOOK_PLACE_AT(BAKERY))),
            Fact(bake, Source("erp", "o2"), links=(USED(dough), MADE(B7), TOOK_PLACE_AT(oven))),
            Fact(sold, Source("erp", "d2"), links=(CARRIES(B7, quantity=(Quantity(low=100),)), SHIPPED_FROM(BAKERY), SENT_TO(firm))),
            *more,
        ]
    )  # fmt: skip


def test_two_records_of_a_shipment_are_one_delivery_and_processes_are_folded() -> None:
    found = exported(bakery())
    file = written(found)
    flour, bread = rows(file, "deliveries")
    assert (flour["Lot Number"], flour["Name"], flour["Amount"], flour["Date Delivery"], flour["Date Delivery Arrival"]) == (
        "L42", "Flour", "20 kg", "2025-03-01", "2025-03",
    )  # fmt: skip
    assert (bread["Lot Number"], bread["Amount"], bread["Date Delivery"]) == ("B7", "over 100 pieces", "2025-03-05")
    assert rows(file, "deliveryRelations") == [{"from": flour["ID"], "to": bread["ID"]}]
    assert {row["Name"]: row.get("Country") for row in rows(file, "stations")} == {"Bakery": None, "Mill": None, "Shop & Co": "DE"}
    assert file["notes"] == [
        "2 processes and further arrivals folded: what went into them became what came out of them.",
        "1 stations that are firms, for no record tells the place.",
        "1 lots left out: no delivery carries them.",
    ]


def test_nothing_goes_on_from_a_process_that_ends_contamination_or_is_hidden_and_one_with_cases_is_a_delivery() -> None:
    nodes = bakery()
    bake = next(key for key in nodes if key[0] == "Process" and key[1].endswith("2"))
    for change in (CLEAR, HIDDEN):
        assert rows(written(exported(nodes, Evidence.of([], [Assumption(change, (bake,))]))), "deliveryRelations") == []
    file = written(exported(nodes, Evidence.of([Case(("Case", "c"), (bake,), 3.0)], [])))
    (within,) = (row for row in rows(file, "deliveries") if row["from"] == row["to"])
    assert file["tracing"]["deliveries"] == [{"id": within["ID"], "weight": 3.0}]
    assert len(rows(file, "deliveryRelations")) == 2


def test_unknown_recipients_are_stations_of_their_own_and_a_link_that_cannot_be_told_is_counted() -> None:
    further = [Shipment(record=number, end="both", lot=B7.ref, departed=Time.told("2025-03-06")) for number in ("d3", "d4")]
    found = exported(
        bakery(*(Fact(one, Source("erp", str(one.record)), links=(CARRIES(B7), SHIPPED_FROM(SHOP))) for one in further)), scope="conceivable"
    )
    file = written(found)
    names = [row["Name"] for row in rows(file, "stations")]
    assert len({name for name in names if name.startswith("Unknown recipient of ")}) == 2
    assert found.size.apart == 2 and "2 links left out: they join deliveries that do not meet" in " ".join(file["notes"])
    assert len(rows(file, "deliveryRelations")) == found.size.relations == 1


def test_a_departure_stands_for_its_several_arrivals() -> None:
    came = [Shipment(record=number, end="arrival", lot=L42.ref, arrived=Time.told("2025-03-02")) for number in ("r2", "r3")]
    between = SHIPPED_FROM(MILL), SHIPPED_TO(BAKERY)
    file = written(
        exported(bakery(*(Fact(one, Source("erp", str(one.record)), links=(CARRIES(L42), *between)) for one in came)), scope="conceivable")
    )
    flour, bread = rows(file, "deliveries")
    assert (flour["from"], flour["to"]) == ("name:us/Mill", "name:us/Bakery") and flour["Lot Number"] == "L42"
    assert rows(file, "deliveryRelations") == [{"from": flour["ID"], "to": bread["ID"]}]


def test_what_was_baked_in_an_oven_that_ends_contamination_brings_nothing_on() -> None:
    oven = Place(owner="us", name="Oven")
    nodes = bakery(Fact(oven, Source("erp", "o"), links=(PART_OF(BAKERY),)), oven=oven)
    evidence = Evidence.of([], [Assumption(CLEAR, (("Place", oven.key),))])
    told_, safe = (rows(written(exported(nodes, one)), "deliveryRelations") for one in (None, evidence))
    assert len(told_) == 1 and safe == []
