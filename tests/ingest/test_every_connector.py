"""Promises that every connector keeps, whatever it reads."""

import ast
import copy
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import demo, epcis, fcl, tables
from ingest.connector import Connector, Document, Told, connector_for, connectors
from ingest.sheets.writing import xlsx_of
from ontology.facts import told
from ontology.language import Fact, Refusal, Retraction

ROOT = Path(__file__).parents[2]
EVERY = {connector.name: connector for connector in connectors()}
every = pytest.mark.parametrize("connector", EVERY.values(), ids=EVERY)
IN_JSON = {name: connector for name, connector in EVERY.items() if connector.sample.startswith("{")}
every_in_json = pytest.mark.parametrize("connector", IN_JSON.values(), ids=IN_JSON)
"""Those that read JSON; what the others promise of their own form stands in test_tables.py and test_workbooks.py."""
every_in_text = pytest.mark.parametrize("connector", [one for name, one in EVERY.items() if name != "fcl-workbook"])

BREAKS = {
    "company": [("40,", '"forty",'), ("7}", "-7}")],
    "demo": [('"Product"', '"Produce"'), ('"MADE"', '"MAID"'), ("20,", '"twenty",')],
    "epcis": [('"2025-03-01T08:00:00+01:00"', '"soon"'), ('"ADD"', '"CREATE"'), ("20,", '"20",')],
    "fcl": [('"S1"', '["S1"]'), ('"Bread"', '{"of":"rye"}'), ('"L42"', '["L42"]')],
}
"""What is broken in a sample, so that some of its records are refused."""


def document(text: bytes, name: str = "sample.json", step: int | None = None) -> Document:
    return Document(name, _Halting(text, step) if step else io.BytesIO(text), len(text), dataset="sample")


class _Halting(io.BytesIO):
    """A file that gives a few bytes at a time, as a network does."""

    def __init__(self, text: bytes, step: int) -> None:
        super().__init__(text)
        self._step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._step if size is None or size < 0 else min(self._step, size))


def facts(connector: Connector, text: bytes) -> list[Told]:
    return list(connector.facts(document(text)))


def forms(items: list[Told]) -> list[Any]:
    return [told(item) if isinstance(item, Fact) else item for item in items if not isinstance(item, Refusal)]


def refusals(items: list[Told]) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


def test_the_connectors_of_this_version_are_found_by_listing_the_folder() -> None:
    assert list(EVERY) == ["company", "demo", "epcis", "fcl", "fcl-workbook", "table"]


@every
def test_a_connector_recognises_its_own_sample_and_no_other(connector: Connector) -> None:
    recognised = [other.name for other in EVERY.values() if connector.recognises(document(other.sample_document()))]
    assert recognised == [connector.name] or (connector.name, recognised) == (
        "table",
        ["fcl-workbook", "table"],
    )  # it takes any workbook that is left
    found = connector_for(document(connector.sample_document()))
    assert found is not None and found.name == connector.name


@every_in_text
def test_a_format_is_recognised_by_its_beginning_alone(connector: Connector) -> None:
    class Once(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None and size > 0
            Once.taken += size
            return super().read(size)

    text = connector.sample.encode() + b" " * 9_000_000
    assert connector.recognises(Document("large.json", Once(text), len(text))) and Once.taken <= 2_000_000


@every
def test_a_sample_is_documentation_and_told_whole(connector: Connector) -> None:
    assert type(connector).__doc__ and len(connector.sample.splitlines()) <= 20
    items = facts(connector, connector.sample_document())
    assert refusals(items) == [] and len(items) >= 2
    assert all(item.source.record and item.source.document == "sample.json" for item in items if isinstance(item, Fact))


@every
def test_telling_the_same_twice_tells_the_same(connector: Connector) -> None:
    text = connector.sample_document()
    assert forms(facts(connector, text)) == forms(facts(connector, text))


@every_in_text
@pytest.mark.parametrize("step", [1, 3, 64, 65_537])
def test_the_pieces_that_a_file_comes_in_change_nothing(connector: Connector, step: int) -> None:
    text = connector.sample.encode()
    assert list(connector.facts(document(text, step=step))) == facts(connector, text)


@every_in_json
def test_a_document_that_ends_too_early_is_refused_by_place_and_loses_nothing_before_it(connector: Connector) -> None:
    text = connector.sample.encode()
    whole, before = forms(facts(connector, text)), 0
    for end in range(1, len(text.rstrip())):
        items = facts(connector, text[:end])
        held = forms(items)
        assert all(form in whole for form in held) and len(held) >= before
        assert connector.by_record or not held
        before = len(held)
        line = text[:end].count(b"\n") + 1
        assert any(refused.place.startswith(f"sample.json line {line} column ") and "ends too early" in refused.rule for refused in refusals(items))
    assert before == (len(whole) if connector.by_record else 0)


@every_in_json
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_a_wrong_encoding_is_refused_and_a_byte_order_mark_is_not(connector: Connector, encoding: str) -> None:
    text = connector.sample.replace("S2", "Müller").replace("example", "Müller").replace("urn:uuid:", "urn:Müller:")
    items = facts(connector, text.encode(encoding))
    assert [refused.place.split()[1] in ("byte", "line") for refused in refusals(items)][:1] == [True]
    assert "UTF" in refusals(items)[0].rule
    assert refusals(facts(connector, b"\xef\xbb\xbf" + text.encode())) == []
    if encoding.startswith("utf-16"):
        assert connector.recognises(document(text.encode(encoding)))


@every_in_json
@pytest.mark.parametrize(
    "text", [b"", b"[]", b"5", b"{}", b"null", b'"x"', b"{]", b"\x00", b'{"data": 5}', b'{"epcisBody": {"eventList": 5}}', b'{"things": {}}']
)
def test_what_is_none_of_a_format_is_refused_with_words(connector: Connector, text: bytes) -> None:
    items = facts(connector, text)
    assert len(items) == 1 and isinstance(items[0], Refusal) and items[0].rule and items[0].remedy


@every_in_json
@pytest.mark.parametrize(
    ("bomb", "rule"),
    [
        ("[" * 100_000 + "]" * 100_000, "deeper"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "deeper"),
        ("9" * 5_000, "digits"),
        ("1e999", "larger"),
        ('"' + "a" * 6_000_000, "goes on"),
    ],
    ids=["lists", "objects", "digits", "exponent", "text"],
)
def test_what_would_exhaust_the_reader_is_refused(connector: Connector, bomb: str, rule: str) -> None:
    place = {"company": '"example"', "demo": '"Flour"', "epcis": '"ADD"', "fcl": '"Bread"'}[connector.name]
    rules = " ".join(refused.rule for refused in refusals(facts(connector, connector.sample.replace(place, bomb).encode())))
    assert rule in rules


def wrong(value: Any) -> Iterator[Any]:
    yield from (
        None,
        True,
        0,
        -1.5,
        "",
        "x",
        "@x",
        "é" * 3,
        "urn:epc:id:sgtin:..",
        "geo:1,2",
        1e300,
        2**70,
        [],
        {},
        [[]],
        [None],
        {"id": 5},
        [{"id": ["x"]}],
    )


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for name, held in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(held, (*path, name))


def with_wrong(whole: Any, path: tuple[Any, ...], value: Any) -> bytes:
    changed = copy.deepcopy(whole)
    if not path:
        return json.dumps(value).encode()
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return json.dumps(changed).encode()


def survives(connector: Connector, text: bytes) -> None:
    items = facts(connector, text)
    forms(items)  # what is told passes the ontology
    assert all(refused.place.startswith("sample.json") and refused.rule and refused.remedy for refused in refusals(items))


@every_in_json
def test_a_wrong_type_at_any_place_is_a_refusal_or_kept_and_never_an_accident(connector: Connector) -> None:
    whole = json.loads(connector.sample)
    for path in places(whole):
        for value in wrong(None):
            survives(connector, with_wrong(whole, path, value))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", ["epcis", "fcl"])
def test_wrong_types_in_the_records_of_the_field_are_no_accidents_either(name: str, data: st.DataObject) -> None:
    whole = json.loads(data.draw(st.sampled_from(FIELD[name])))
    paths = list(places(whole))
    for _ in range(data.draw(st.integers(1, 3))):
        value = data.draw(st.sampled_from(list(wrong(None))) | st.recursive(st.text(max_size=8) | st.integers(), st.lists, max_leaves=4))
        try:
            whole = json.loads(with_wrong(whole, data.draw(st.sampled_from(paths)), value))
        except (KeyError, TypeError, IndexError):
            continue  # the place is gone since an earlier change
    survives(EVERY[name], json.dumps(whole).encode())


def _everything() -> str:
    """An EPCIS document that uses every member once."""
    goods = {
        "epcList": ["urn:epc:id:sgtin:9521234.000002.7"],
        "quantityList": [{"epcClass": "urn:epc:idpat:sgtin:9521234.000002.*", "quantity": 2.5, "uom": "KGM"}],
    }
    partner = {"type": "owning_party", "source": "urn:epc:id:pgln:952123400001."}
    event = {
        "type": "ObjectEvent",
        "eventTime": "2025-03-01T08:00:00Z",
        "recordTime": "2025-03-01T09:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "bizStep": "receiving",
        "disposition": "in_progress",
        "persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
        **goods,
        "readPoint": {"id": "geo:47.1,8.2"},
        "bizLocation": {"id": "urn:epc:id:sgln:952123400001..7"},
        "bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:1:2"}],
        "sourceList": [partner, {"type": "location", "source": "urn:epc:id:sgln:952123400002..0"}],
        "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:952123400003..0"}],
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}]}],
        "ilmd": {"cbvmda:lotNumber": "L1", "gs1:harvestDateStart": "2025-02-01", "gs1:harvestDateEnd": "2025-02-03", "gs1:catchZone": ["27.14.a"]},
        "certificationInfo": ["https://example.org/c/1", {"gs1:certificationAuditDate": "2025-01-01"}],
        "errorDeclaration": {"declarationTime": "2025-03-02T00:00:00Z", "reason": "incorrect_data", "correctiveEventIDs": ["urn:uuid:1"]},
        "ext:tlcSource": "9521234000013",
    }
    pallet = {"parentID": "urn:epc:id:sscc:9521234.0000000001", "childEPCs": ["urn:epc:id:sscc:9521234.0000000002"], "type": "AggregationEvent"}
    milling = {
        "inputQuantityList": goods["quantityList"],
        "outputQuantityList": goods["quantityList"],
        "transformationID": "urn:t:1",
        "type": "TransformationEvent",
    }
    nested = {
        "id": "urn:epc:id:sgln:952123400001..0",
        "attributes": [{"id": "cbvmda:name", "attribute": "Mill"}],
        "children": ["urn:epc:id:sgln:952123400001..7"],
    }
    header = {"epcisMasterData": {"vocabularyList": [{"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [nested]}]}}
    short = {name: value for name, value in event.items() if name not in ("epcList", "quantityList", "errorDeclaration", "ilmd")}
    return json.dumps(
        {"@context": [], "type": "EPCISDocument", "epcisHeader": header, "epcisBody": {"eventList": [event, short | pallet, short | milling]}}
    )


def _drawn() -> str:
    """A FoodChain-Lab file of version 0 with flags."""
    station = {"id": "S1", "ID": "1", "Name": "Mill", "lat": 48.3, "lon": 9.2, "Weight": 1.0, "Observed": False, "Score": 0.5}
    delivery = {"id": "D1", "ID": "1", "source": "S1", "target": "S2", "Lot ID": "L", "Date Delivery": "1.3.2025", "Amount": "7 750g Packets"}
    return json.dumps(
        {
            "stations": [station, station | {"id": "S2", "ID": "2"}],
            "deliveries": [delivery, delivery | {"id": "D2", "ID": "2", "source": "S2", "target": "S1"}],
            "deliveriesRelations": [{"id": "1", "source": "D1", "target": "D2"}],
            "tracing": {"nodes": [{"id": "1", "weight": 2}], "deliveries": [{"id": "2", "killContamination": True}]},
        }
    )


FIELD = {"epcis": [_everything(), epcis.SAMPLE], "fcl": [_drawn(), fcl.SAMPLE]}


@pytest.mark.parametrize(("name", "text"), [("epcis", _everything()), ("fcl", _drawn())])
def test_the_fuller_documents_are_told_whole_too(name: str, text: str) -> None:
    assert refusals(facts(EVERY[name], text.encode())) == [] and forms(facts(EVERY[name], text.encode()))


@pytest.mark.parametrize(("name", "broken", "by"), [(name, *pair) for name, pairs in BREAKS.items() for pair in pairs])
def test_what_is_refused_comes_back_as_a_document_that_imports_once_it_is_mended(name: str, broken: str, by: str) -> None:
    connector, sample = EVERY[name], EVERY[name].sample
    text = sample.replace(broken, by, 1).encode()
    items = facts(connector, text)
    refused = refusals(items)
    assert refused and all(json.loads(refusal.text) is not None for refusal in refused)
    mendable = b"".join(connector.rejects(document(text), refused))
    assert connector.recognises(document(mendable))
    again = facts(connector, mendable)
    assert [refusal.rule for refusal in refusals(again)] == [refusal.rule for refusal in refused]
    assert all(form in forms(items) for form in forms(again))
    mended = facts(connector, mendable.decode().replace(by, broken, 1).encode())
    whole = [without_line(form) for form in forms(facts(connector, sample.encode()))]
    assert refusals(mended) == [] and all(without_line(form) in whole for form in forms(mended))


def without_line(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name != "line"}


def _many(name: str, count: int) -> bytes:
    """A document of so many records, each with an id of its own."""
    if name == "epcis":
        event = json.loads(epcis.SAMPLE)["epcisBody"]["eventList"][0]
        return json.dumps({"type": "EPCISDocument", "epcisBody": {"eventList": [event | {"eventID": f"urn:x:{n}"} for n in range(count)]}}).encode()
    if name == "fcl":
        whole = json.loads(fcl.SAMPLE)
        row = whole["data"]["deliveries"]["data"][0]
        whole["data"]["deliveries"]["data"] = [[{"id": "ID", "value": f"D{n}"}, *row[1:]] for n in range(count)]
        whole["data"]["deliveryRelations"]["data"] = []
        return json.dumps(whole).encode()
    if name == "fcl-workbook":
        heads = [line.split(",") for line in fcl.WORKBOOK.splitlines()]
        moved = ([f"D{n}", "S1", "Flour", f"L{n}", "1", "3", "2025", "20", "kg", "S2"] for n in range(count))
        return b"".join(xlsx_of([("Stations", heads[1:4]), ("Deliveries", [*heads[5:7], *moved])]))
    if name == "table":
        rows = (f"D{n},2025-03-01,Mill,Bakery,Wheat flour,L{n},20,kg" for n in range(count))
        return "\n".join((tables.SAMPLE.splitlines()[0], *rows)).encode()
    if name == "company":
        return json.dumps({"format": "foodflow-company/1", "shipments": count}).encode()
    return json.dumps(
        {"format": demo.FORMAT, "things": [{"as": f"p{n}", "kind": "Place", "values": {"owner": "x", "code": str(n)}} for n in range(count)]}
    ).encode()


@every
def test_memory_does_not_grow_with_the_document(connector: Connector) -> None:
    def peak(count: int) -> int:
        file = document(_many(connector.name, count))
        tracemalloc.start()
        told = sum(1 for _ in connector.facts(file))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert told >= count
        return used

    peak(4_000)  # what is kept for good, such as bounded caches, is there before it is measured
    small, large = peak(600), peak(4_000)
    assert large < small * 1.5 + 500_000, (small, large)


def test_nothing_in_the_folder_reaches_for_the_network_or_the_clock() -> None:
    forbidden = {"socket", "ssl", "http", "urllib", "requests", "httpx", "time", "asyncio", "random", "secrets", "uuid", "subprocess", "graph_core"}
    for module in (ROOT / "ingest").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and [alias.name for alias in node.names] != ["Random"]:  # a seed, told by the document, is no chance
                names.append(node.module or "")
            assert not {name.partition(".")[0] for name in names} & forbidden, module
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            assert called not in ("now", "today", "utcnow"), module


def test_a_retraction_names_what_it_ends() -> None:
    items = facts(EVERY["epcis"], _everything().encode())
    ended = [item for item in items if isinstance(item, Retraction)]
    assert ended and all(item.of is not None and item.record == item.source.record for item in ended)
