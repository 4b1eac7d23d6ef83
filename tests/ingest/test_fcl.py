"""FoodChain-Lab files become places, shipments and exactly the links that they tell."""

import io
from pathlib import Path

import orjson
import pytest

from ingest.connector import Document, connector_for
from ingest.fcl import SAMPLE, FoodChainLab
from ontology.facts import told
from ontology.language import Fact, Refusal
from ontology.places import Place


def read(text: bytes, name: str = "sample.json") -> tuple[list[Fact], list[Refusal]]:
    items = list(FoodChainLab().facts(Document(name, io.BytesIO(text), len(text))))
    return [item for item in items if isinstance(item, Fact)], [item for item in items if isinstance(item, Refusal)]


def counted(facts: list[Fact]) -> tuple[int, int, int]:
    forms = [told(fact) for fact in facts]
    fed = sum(link[0] == "FED" for form in forms for link in form["links"])
    return sum(f["kind"] == "Place" for f in forms), sum(f["kind"] == "Shipment" and bool(f["values"]) for f in forms), fed


@pytest.mark.parametrize(
    ("file", "expected"),
    [("Norovirus_Scenario.json", (48, 93, 467)), ("ExampleData.json", (24, 29, 31)), ("Scenario_1_Outbreak-Baby-Tea.json", (9, 16, 16))],
)
def test_the_files_of_the_field_are_read_whole(data: Path, file: str, expected: tuple[int, int, int]) -> None:
    text = (data / "fcl" / file).read_bytes()
    facts, refused = read(text, file)
    assert refused == [] and counted(facts) == expected
    found = connector_for(Document(file, io.BytesIO(text), len(text)))
    assert found is not None and found.name == "fcl"


def test_the_sample_tells_three_places_two_shipments_and_one_link() -> None:
    facts, refused = read(SAMPLE.encode())
    assert refused == [] and counted(facts) == (3, 2, 1)


def test_a_truncated_file_is_refused_with_its_place_and_what_stands_before_is_told() -> None:
    facts, refused = read(SAMPLE.encode()[:300])
    assert [fact.about.name for fact in facts if isinstance(fact.about, Place)] == ["Mill", "Bakery"]
    assert [(r.place, r.rule) for r in refused] == [("sample.json line 4 column 27 (byte 300)", "it is no JSON: it ends too early")]


def test_a_relation_that_jumps_or_names_nobody_is_refused_and_the_rest_is_kept() -> None:
    whole = orjson.loads(SAMPLE)
    rows = whole["data"]["deliveryRelations"]["data"]
    rows += [[{"id": "from", "value": a}, {"id": "to", "value": b}] for a, b in (("D2", "D1"), ("D9", "D1"), ("D1", "D2"))]
    facts, refused = read(orjson.dumps(whole))
    assert counted(facts) == (3, 2, 1)
    assert [r.rule for r in refused] == [
        "delivery D2 arrives at station S3, but D1 leaves from S1",
        "the relation names delivery 'D9', which the file does not have",
    ]


def test_an_id_with_two_contents_is_refused_by_name() -> None:
    whole = orjson.loads(SAMPLE)
    whole["data"]["stations"]["data"].append([{"id": "ID", "value": "S1"}, {"id": "Name", "value": "Other"}])
    _, refused = read(orjson.dumps(whole))
    assert [(r.place, r.rule) for r in refused] == [("sample.json station row 4", "the station S1 stands here twice with other content")]


def test_the_words_of_an_amount_stay_and_packets_are_multiplied() -> None:
    text = SAMPLE.replace("20 kg", "7 750g Packets").encode()
    form = told(next(f for f in read(text)[0] if getattr(f.about, "record", "") == "fcl:sample/delivery/D1"))
    assert form["links"][0][3]["quantity"] == [{"value": 5250.0, "unit": "GRM", "text": "7 750g Packets"}]
