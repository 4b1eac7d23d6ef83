"""EPCIS documents become Events as received, and the acts that they tell."""

import io
from pathlib import Path

import orjson
import pytest

from ingest.connector import Document, connector_for
from ingest.epcis import SAMPLE, Epcis
from ontology.acts import Event
from ontology.facts import told
from ontology.language import Fact, Refusal, Retraction


def read(text: bytes, name: str = "sample.jsonld") -> list[Fact | Retraction | Refusal]:
    return list(Epcis().facts(Document(name, io.BytesIO(text), len(text))))


def events_in(text: bytes) -> list[object]:
    body = orjson.loads(text)["epcisBody"]
    found = (body["queryResults"]["resultsBody"] if "queryResults" in body else body)["eventList"]
    return list(found)


def test_every_official_sample_is_kept_as_received(data: Path) -> None:
    files = sorted((data / "epcis/gs1/JSON").rglob("*.jsonld"))
    assert len(files) == 47
    for file in files:
        text = file.read_bytes()
        items = read(text, file.name)
        assert not [item for item in items if isinstance(item, Refusal)], file
        events = [item.about.received for item in items if isinstance(item, Fact) and isinstance(item.about, Event)]
        assert events == events_in(text), file
        for item in items:
            if isinstance(item, Fact):
                told(item)


@pytest.mark.parametrize("folder", ["epcis/fsma204", "gdst"])
def test_the_documents_of_the_field_are_read_whole(data: Path, folder: str) -> None:
    for file in sorted((data / folder).glob("*.jsonld")):
        text = file.read_bytes()
        found = connector_for(Document(file.name, io.BytesIO(text), len(text)))
        assert found is not None and found.name == "epcis"
        assert not [item for item in read(text, file.name) if isinstance(item, Refusal)], file


def test_the_sample_tells_an_origin_at_its_place() -> None:
    forms = [told(item) for item in read(SAMPLE.encode()) if isinstance(item, Fact)]
    assert [form["kind"] for form in forms] == ["Event", "Process"]
    assert [link[0] for link in forms[1]["links"]] == ["MADE", "TOOK_PLACE_AT"]
    assert forms[1]["links"][0][3] == {"quantity": [{"value": 20, "unit": "KGM"}]}


def test_a_bad_event_is_refused_with_its_place_and_the_rest_goes_on() -> None:
    whole = orjson.loads(SAMPLE)
    good = whole["epcisBody"]["eventList"][0]
    whole["epcisBody"]["eventList"] = [{"type": "Party"}, good | {"eventTime": "soon"}, good]
    items = read(orjson.dumps(whole))
    assert [(item.place, item.rule[:40]) for item in items if isinstance(item, Refusal)] == [
        ("sample.jsonld event 1", "/type: 'Party' is no EPCIS event type: i"),
        ("sample.jsonld event 2", "'soon' is not a time: write 2011, 2011-0"),
    ]
    assert sum(isinstance(item, Fact) for item in items) == 2


def test_a_truncated_document_and_a_nesting_bomb_are_refused() -> None:
    assert "no JSON" in next(item.rule for item in read(SAMPLE.encode()[:-40]) if isinstance(item, Refusal))
    bomb = SAMPLE.replace('"ADD"', "[" * 100 + "]" * 100)
    assert "nests deeper" in next(item.rule for item in read(bomb.encode()) if isinstance(item, Refusal))


def test_an_error_declaration_ends_the_facts_of_its_event() -> None:
    whole = orjson.loads(SAMPLE)
    whole["epcisBody"]["eventList"][0]["errorDeclaration"] = {"declarationTime": "2025-03-05T00:00:00Z", "reason": "incorrect_data"}
    items = read(orjson.dumps(whole))
    assert isinstance(items[0], Fact) and isinstance(items[1], Retraction) and items[1].of is not None


INVALID = {
    "Combination_of_events_with_missing_mandatory_fields.json": "/action",
    "Combination_of_multiple_invalid_fields.json": "/action",
    "EPCISDocument_without_context.json": "/@context",
    "ObjectEvent_with_ilmd_field_without_namespace.json": "/ilmd/materialType",
    "ObjectEvent_with_invalid_certificationInfo.json": "/certificationInfo/1",
    "ObjectEvent_with_invalid_eventTime_format.json": "is not a time",
    "ObjectEvent_with_non_standard_bizStep.json": "/bizStep",
    "ObjectEvent_with_non_standard_bizStep_in_second_event.json": "/bizStep",
    "ObjectEvent_with_non_standard_disposition.json": "/disposition",
    "ObjectEvent_without_action_and_eventTime.json": "/eventTime",
    "ObjectEvent_without_identifier_list.json": "/epcList",
}
GDST = {
    "gdst_certification_invalid_type.jsonld": "gdst:certificationType",
    "gdst_event_missing_product_owner.jsonld": "/gdst:productOwner is missing",
    "gdst_farm_harvest_event_invalid.jsonld": "productionMethodForFishAndSeafoodCode: 'INVALID",
    "gdst_farm_harvest_missing_aquaculture_method.jsonld": "gdst:aquacultureMethod is missing",
    "gdst_feedmill_missing_protein_source.jsonld": "gdst:proteinSource is missing",
    "gdst_processing_event_invalid.jsonld": "cbvmda:lotNumber is missing",
    "gdst_vessel_invalid_country_code.jsonld": "vesselFlagState: 'USA'",
    "EPCISQueryDocument_malformed.jsonld": "it ends too early",
    "EPCISQueryDocument_duplicate_eventIDs.jsonld": "stands twice in this document",
}


def said(items: list[Fact | Retraction | Refusal]) -> list[str]:
    """All that is reported of a document."""
    findings = [finding for item in items if isinstance(item, Fact) for finding in item.findings]
    return [*findings, *(item.rule for item in items if isinstance(item, Refusal))]


def test_every_valid_document_of_openepcis_is_read_whole(data: Path) -> None:
    files = sorted((data / "epcis/openepcis/valid").rglob("*.json"))
    assert len(files) == 28
    for file in files:
        text = file.read_bytes()
        found = connector_for(Document(file.name, io.BytesIO(text), len(text)))
        items = read(text, file.name)
        assert found is not None and found.name == "epcis" and not [item for item in items if isinstance(item, Refusal)], file
        assert any(isinstance(item, Fact) and isinstance(item.about, Event) for item in items), file


def test_every_invalid_document_of_openepcis_is_refused_or_reported_with_a_pointer(data: Path) -> None:
    files = sorted((data / "epcis/openepcis/invalid").rglob("*.json"))
    assert {file.name for file in files} == set(INVALID)
    for file in files:
        assert any(INVALID[file.name] in words for words in said(read(file.read_bytes(), file.name))), file


def test_what_breaks_the_rules_of_gdst_is_reported_and_what_keeps_them_is_not(data: Path) -> None:
    for name, words in GDST.items():
        assert any(words in one for one in said(read((data / "gdst/bad_data" / name).read_bytes(), name))), name
    good = said(read((data / "gdst/valid/EPCISQUERYDOCUMENT_advanced_13.jsonld").read_bytes()))
    assert not [words for words in good if "GDST asks" in words or "stands twice" in words]


def test_messages_from_the_field_are_readable(data: Path) -> None:
    files = sorted((data / "gdst/bad_data").glob("*.log"))
    assert len(files) == 6
    for file in files:
        text = file.read_bytes()
        found = connector_for(Document(file.name, io.BytesIO(text), len(text)))
        items = read(text, file.name)
        events = [item.about.received for item in items if isinstance(item, Fact) and isinstance(item.about, Event)]
        assert found is not None and found.name == "epcis" and not [item for item in items if isinstance(item, Refusal)], file
        assert events == events_in(orjson.loads(text)["Content"].encode()), file
