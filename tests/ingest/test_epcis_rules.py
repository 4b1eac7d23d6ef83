"""Each row of the derivation table (reference/model.md section 3), told by one event."""

import io
from typing import Any

import orjson
import pytest

from ingest.connector import Document
from ingest.epcis import Epcis
from ontology.facts import told
from ontology.language import Fact, Refusal, Retraction

FARM, MILL, SHOP, ZONE = (f"urn:epc:id:sgln:95212340000{n}..{x}" for n, x in ((1, 0), (2, 0), (3, 0), (2, "dock")))
LOT, OTHER, CLASS, ITEM = (
    "urn:epc:class:lgtin:9521234.000002.L42",
    "urn:epc:class:lgtin:9521234.000003.B7",
    "urn:epc:idpat:sgtin:9521234.000002.*",
    "urn:epc:id:sgtin:9521234.000002.7",
)
PALLET, CRATE, SENSOR = "urn:epc:id:sscc:9521234.0000000001", "urn:epc:id:sscc:9521234.0000000002", "urn:epc:id:giai:9521234.77"
Form = dict[str, Any]


def event(kind: str = "ObjectEvent", action: str | None = "OBSERVE", **members: Any) -> Form:
    plain = {"type": kind, "eventID": "urn:x:1", "eventTime": "2025-03-01T08:00:00Z", "eventTimeZoneOffset": "+00:00"}
    return plain | ({"action": action} if action else {}) | members


def read(*events: Form, header: Form | None = None) -> tuple[list[Form], list[Any]]:
    whole = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "epcisHeader": header or {},
        "epcisBody": {"eventList": list(events)},
    }
    text = orjson.dumps(whole)
    items = list(Epcis().facts(Document("s.jsonld", io.BytesIO(text), len(text))))
    return [told(item) for item in items if isinstance(item, Fact)], [item for item in items if not isinstance(item, Fact)]


def links(forms: list[Form], kind: str, relation: str) -> list[tuple[str, str]]:
    return [(link[1], link[2]) for form in forms if form["kind"] == kind for link in form["links"] if link[0] == relation]


def of_kind(forms: list[Form], kind: str) -> list[Form]:
    return [form for form in forms if form["kind"] == kind]


def amount(text: str = LOT) -> list[Form]:
    return [{"epcClass": text, "quantity": 5, "uom": "KGM"}]


def location(side: str, place: str) -> Form:
    return {f"{side}List": [{"type": "location", side: place}]}


def test_goods_first_seen_where_they_arrive_are_an_origin_and_an_arrival() -> None:
    forms, _ = read(event(action="ADD", bizStep="receiving", quantityList=amount(), bizLocation={"id": MILL}, **location("source", FARM)))
    assert links(forms, "Process", "MADE") and links(forms, "Process", "TOOK_PLACE_AT") == [("Place", "gln:9521234000020")]
    (arrival,) = of_kind(forms, "Shipment")
    assert arrival["values"]["end"] == "arrival" and links(forms, "Shipment", "SHIPPED_FROM") == [("Place", "gln:9521234000013")]


def test_a_catch_has_its_days_its_areas_and_its_plots() -> None:
    ilmd = {"gs1:harvestDateStart": "2026-02-16", "gs1:harvestDateEnd": "2026-02-18", "gs1:catchZone": ["21.4R", "27.14.a"]}
    forms, _ = read(event(action="ADD", bizStep="commissioning", quantityList=amount(), ilmd=ilmd, **location("source", FARM)))
    (process,) = of_kind(forms, "Process")
    assert process["values"]["started"][0] == "2026-02-16" and process["values"]["ended"][2] == "2026-02-18T23:59:59Z"
    assert {key for _, key in links(forms, "Process", "TOOK_PLACE_AT")} == {"code:fao/21.4R", "code:fao/27.14.a", "gln:9521234000013"}
    (lot,) = of_kind(forms, "Lot")
    assert lot["values"]["harvested"][0] == "2026-02-16/2026-02-18" and lot["values"]["extra"] == ilmd


def test_ilmd_has_fields_on_the_lot_and_names_the_lot_of_an_item() -> None:
    ilmd = {"cbvmda:lotNumber": "L42", "cbvmda:itemExpirationDate": "2025-09-01", "cbvmda:countryOfOrigin": "CH", "cbvmda:productionDate": "soon"}
    forms, _ = read(event(action="ADD", epcList=[ITEM], ilmd=ilmd))
    (item,) = of_kind(forms, "Lot")
    assert item["values"]["use_by"][0] == "2025-09-01" and item["values"]["country_of_origin"] == "CH"
    assert links(forms, "Lot", "PART_OF") == [("Lot", "code:gtin:09521234000020/L42")]
    assert "/ilmd: 'soon' cannot be read as a date" in of_kind(forms, "Event")[0]["findings"]


def test_a_label_with_lot_and_serial_is_an_item_of_its_lot() -> None:
    forms, _ = read(event(epcList=["https://id.gs1.org/01/09521234000020/10/L42/21/7"]))
    assert links(forms, "Event", "CONCERNS") == [("Lot", "serial:gtin:09521234000020/7")]
    assert links(forms, "Lot", "PART_OF") == [("Lot", "code:gtin:09521234000020/L42")]


def test_each_line_of_a_class_alone_is_a_lot_of_its_own() -> None:
    forms, _ = read(event("TransformationEvent", None, inputQuantityList=amount(CLASS), outputQuantityList=[*amount(CLASS), *amount(CLASS)]))
    used, made = links(forms, "Process", "USED"), links(forms, "Process", "MADE")
    assert len(used) == 1 and len(made) == 2 and not set(used) & set(made)
    assert links(forms, "Lot", "OF_PRODUCT") == [("Product", "gtin:09521234000020")] * 3


def test_events_with_one_transformation_id_are_one_process() -> None:
    one = event("TransformationEvent", None, transformationID="urn:t:1", inputQuantityList=amount())
    other = event("TransformationEvent", None, transformationID="urn:t:1", outputQuantityList=amount(OTHER)) | {"eventID": "urn:x:2"}
    assert {form["key"] for form in of_kind(read(one, other)[0], "Process")} == {"transformation_id:urn:t:1"}


@pytest.mark.parametrize(("action", "seen"), [("ADD", "opened"), ("DELETE", "closed"), ("OBSERVE", "seen")])
def test_a_unit_is_told_as_opened_closed_or_seen(action: str, seen: str) -> None:
    forms, _ = read(event("AggregationEvent", action, parentID=PALLET, childEPCs=[CRATE], childQuantityList=amount()))
    carried = [link[3] for form in of_kind(forms, "LogisticUnit") for link in form["links"]]
    assert [one["seen"] for one in carried] == [seen] * 2 and all(one["at"] and "associated" not in one for one in carried)
    assert not of_kind(forms, "Process")


@pytest.mark.parametrize(("action", "carried"), [("ADD", "since"), ("DELETE", "until")])
def test_a_device_is_attached_and_associated_food_is_contained(action: str, carried: str) -> None:
    forms, _ = read(event("AssociationEvent", action, parentID=PALLET, childEPCs=[SENSOR, CRATE]))
    assert [(link[0], list(link[3])) for form in of_kind(forms, "Device") for link in form["links"]] == [("ATTACHED_TO", [carried])]
    assert [link[3]["associated"] for form in of_kind(forms, "LogisticUnit") for link in form["links"]] == [True]
    forms, _ = read(event("AssociationEvent", action, parentID=MILL, childEPCs=[SENSOR]))
    assert links(forms, "Device", "ATTACHED_TO") == [("Place", "gln:9521234000020")]


def test_an_arrival_elsewhere_than_its_destination_is_joined_by_a_move_inside() -> None:
    forms, _ = read(event(bizStep="receiving", quantityList=amount(), bizLocation={"id": ZONE}, **location("destination", MILL)))
    ends = {form["values"]["end"]: [link[2] for link in form["links"] if link[0].startswith("SHIPPED")] for form in of_kind(forms, "Shipment")}
    assert ends == {"arrival": ["gln:9521234000020/dock"], "both": ["gln:9521234000020", "gln:9521234000020/dock"]}
    assert ("Place", "gln:9521234000020") in links(forms, "Place", "PART_OF")


@pytest.mark.parametrize(
    ("members", "start"),
    [
        ({**location("source", SHOP), "readPoint": {"id": MILL}, "bizLocation": {"id": FARM}}, "gln:9521234000037"),
        ({"readPoint": {"id": MILL}, "bizLocation": {"id": FARM}}, "gln:9521234000020"),
        ({"bizLocation": {"id": FARM}}, "gln:9521234000013"),
    ],
)
def test_a_departure_leaves_source_else_read_point_else_business_location(members: Form, start: str) -> None:
    forms, _ = read(event(bizStep="shipping", quantityList=amount(), **members))
    assert links(forms, "Shipment", "SHIPPED_FROM") == [("Place", start)] and not links(forms, "Shipment", "SHIPPED_TO")


def test_a_voided_shipment_is_told_as_void() -> None:
    forms, _ = read(event(bizStep="void_shipping", epcList=[PALLET], readPoint={"id": MILL}))
    (void,) = of_kind(forms, "Shipment")
    assert void["values"]["void"] is True and void["values"]["end"] == "departure"


@pytest.mark.parametrize("step", ["destroying", "decommissioning", "retail_selling", "dispensing"])
def test_what_is_destroyed_sold_or_eaten_is_an_end_with_its_quantity(step: str) -> None:
    forms, _ = read(event(bizStep=step, quantityList=amount(), bizLocation={"id": SHOP}))
    (end,) = of_kind(forms, "Process")
    assert [(link[0], link[3].get("quantity")) for link in end["links"]] == [("USED", [{"value": 5, "unit": "KGM"}]), ("TOOK_PLACE_AT", None)]


def test_a_count_is_a_stock_count_and_a_look_is_only_a_presence() -> None:
    forms, _ = read(event(bizStep="stock_taking", quantityList=amount(), bizLocation={"id": SHOP}))
    (count,) = of_kind(forms, "StockCount")
    assert count["values"]["quantity"] == [{"value": 5, "unit": "KGM"}] and links(forms, "StockCount", "TOOK_PLACE_AT") == [
        ("Place", "gln:9521234000037")
    ]
    forms, _ = read(event(bizStep="inspecting", quantityList=amount(), bizLocation={"id": SHOP}))
    assert [form["kind"] for form in forms] == ["Event"]
    assert links(forms, "Event", "CONCERNS") and links(forms, "Event", "TOOK_PLACE_AT") and forms[0]["values"]["step"] == "inspecting"


def test_dispositions_hold_for_goods_from_the_time_of_the_event() -> None:
    states = {"set": ["recalled"], "unset": ["urn:epcglobal:cbv:disp:expired"]}
    forms, _ = read(event(quantityList=amount(), disposition="in_transit", persistentDisposition=states, bizLocation={"id": SHOP}))
    told_states = [(form["values"]["value"], form["values"].get("set_or_unset")) for form in of_kind(forms, "Disposition")]
    assert told_states == [("in_transit", None), ("recalled", "set"), ("expired", "unset")]
    assert links(forms, "Disposition", "TOOK_PLACE_AT") == [("Place", "gln:9521234000037")] * 3


@pytest.mark.parametrize(("action", "carried"), [("ADD", ["since"]), ("DELETE", ["until"]), ("OBSERVE", [])])
def test_a_transaction_opens_or_closes_what_documents_its_goods(action: str, carried: list[str]) -> None:
    papers = [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:1:2"}]
    forms, _ = read(event("TransactionEvent", action, bizTransactionList=papers, quantityList=amount(), bizStep="shipping"))
    documented = [(form["kind"], link[2], list(link[3])) for form in forms for link in form["links"] if link[0] == "DOCUMENTED_BY"]
    assert documented == [(kind, "number:po/urn:epcglobal:cbv:bt:1:2", carried) for kind in ("Event", "Shipment", "Lot")]


def test_a_stated_source_of_the_lot_code_is_told() -> None:
    forms, _ = read(event(quantityList=amount(), **{"ext:traceabilityLotCodeSourceGLN": "9521234000020"}))
    assert links(forms, "Lot", "TLC_SOURCE") == [("Place", "gln:9521234000020")]


def test_an_error_declaration_ends_what_its_event_told_and_names_unseen_corrections() -> None:
    error = {"declarationTime": "2025-03-05T00:00:00Z", "reason": "incorrect_data", "correctiveEventIDs": ["urn:x:2"]}
    forms, others = read(event(bizStep="shipping", quantityList=amount(), errorDeclaration=error))
    assert [form["kind"] for form in forms] == ["Event"] and "urn:x:2 does not stand before" in forms[0]["findings"][0]
    assert all(isinstance(other, Retraction) and other.record == "urn:x:1" for other in others) and others


def test_two_contents_of_one_id_are_refused_by_name_and_near_duplicates_stay_two() -> None:
    one = event(quantityList=amount())
    forms, refused = read(one, one | {"bizStep": "inspecting"}, one | {"eventID": "urn:x:2"}, one | {"recordTime": "2025-03-02T00:00:00Z"})
    assert [(r.place, r.rule, r.record) for r in refused] == [
        ("s.jsonld event 2", "/eventID: urn:x:1 stands before in this document with other content; the first stands", "urn:x:1")
    ]
    assert [form["record"] for form in of_kind(forms, "Event")] == ["urn:x:1", "urn:x:2", "urn:x:1"]


def test_a_unit_inside_itself_is_refused_with_the_way_round() -> None:
    def packed(number: int, parent: str, child: str, action: str = "ADD", **more: Any) -> Form:
        return event("AggregationEvent", action, parentID=parent, childEPCs=[child] if child else [], **more) | {"eventID": f"urn:x:{number}"}

    _, refused = read(packed(1, PALLET, CRATE), packed(2, CRATE, PALLET), packed(3, PALLET, PALLET))
    assert [r.place for r in refused] == ["s.jsonld event 2", "s.jsonld event 3"] and "would be inside itself" in refused[0].rule
    assert read(packed(1, PALLET, CRATE), packed(2, PALLET, "", "DELETE"), packed(3, CRATE, PALLET))[1] == []


def test_units_words_and_extensions_outside_the_lists_are_kept_with_a_finding() -> None:
    odd = event(bizStep="transforming", quantityList=[{"epcClass": LOT, "quantity": 5, "uom": "CS"}]) | {"ext:a": 1, "plain": 2}
    forms, _ = read(odd, odd | {"eventID": "urn:x:2"})
    assert forms[0]["findings"] == [
        "/bizStep: 'transforming' is not in the CBV",
        "/quantityList/0/uom: unit code 'CS' is not listed; the amount cannot be converted",
        "/ext:a: extension; it is kept in the Event",
        "/plain: extension without a namespace; it is kept in the Event",
    ]
    assert forms[0]["values"]["received"] == odd and not any("extension" in finding for finding in forms[1]["findings"])


def test_master_data_describes_products_places_and_parties_and_nests_places() -> None:
    def vocabulary(sort: str, *elements: Form) -> Form:
        return {"type": f"urn:epcglobal:epcis:vtype:{sort}", "vocabularyElementList": list(elements)}

    named = [{"id": "urn:epcglobal:cbv:mda#name", "attribute": "Mill"}, {"id": "urn:epcglobal:cbv:mda#countryCode", "attribute": "CH"}]
    owner = {"id": "urn:epcglobal:cbv:owning_party", "attribute": "urn:epc:id:pgln:952123400001."}
    product = [{"id": "urn:epcglobal:cbv:mda#descriptionShort", "attribute": "Flour"}, {"id": "ext:colour", "attribute": "white"}]
    header = {
        "epcisMasterData": {
            "vocabularyList": [
                vocabulary("EPCClass", {"id": CLASS, "attributes": product}),
                vocabulary(
                    "Location",
                    {"id": MILL, "attributes": [*named, owner], "children": [ZONE, "urn:x:desk"]},
                    {"id": ZONE, "children": ["urn:x:desk"]},
                ),
                vocabulary("Location", {"id": "urn:x:desk", "children": [MILL]}),
                vocabulary("Party", {"id": "urn:x:firm", "attributes": named}),
            ]
        }
    }
    forms, refused = read(event(epcList=[PALLET]), header=header)
    values = {form["key"]: form["values"] for form in forms if form["values"]}
    assert values["gtin:09521234000020"] == {"gtin": "09521234000020", "name": "Flour", "extra": {"colour": "white"}}
    assert values["gln:9521234000020"]["country"] == "CH" and values["code_id:urn:x:firm"]["name"] == "Mill"
    assert links(forms, "Place", "OPERATED_BY") == [("Party", "gln:9521234000013")]
    within = {form["key"]: form["links"][0][2] for form in forms if form["kind"] == "Place" and form["links"] and form["links"][0][0] == "PART_OF"}
    assert within == {"gln:9521234000020/dock": "gln:9521234000020", "code_id:urn:x:desk": "gln:9521234000020/dock"}
    assert [(r.place, r.rule) for r in refused if isinstance(r, Refusal)] == [
        (
            "s.jsonld element 4",
            "/children: gln:9521234000020 would lie inside itself: "
            "gln:9521234000020 in code_id:urn:x:desk in gln:9521234000020/dock in gln:9521234000020",
        )
    ]
