"""The verbs of the food chain: which thing may be related to which (reference/model.md section 10)."""

from dataclasses import make_dataclass
from typing import Any

from ontology.acts import Device, Disposition, Document, Event, Process, Shipment
from ontology.food import Allergen, Brand, Category, LogisticUnit, Lot, LotAssertion, Product, StockCount
from ontology.language import KINDS, Relation, Thing, about
from ontology.places import Party, Place
from ontology.quality import (
    Anomaly,
    Audit,
    Case,
    Certificate,
    Cleaning,
    ControlMeasure,
    Decision,
    Hazard,
    Hold,
    Investigation,
    MockRecall,
    ModelRun,
    ModelVersion,
    Recall,
    Sample,
    TestResult,
)
from ontology.values import Quantity, Time

FINDINGS = (
    LotAssertion,
    StockCount,
    Disposition,
    Cleaning,
    Sample,
    TestResult,
    Case,
    Hold,
    Recall,
    MockRecall,
    Anomaly,
    Audit,
    Certificate,
    ControlMeasure,
)
ACTS = (Process, Shipment)
ANY: tuple[type[Thing], ...] = tuple(kind.thing for kind in KINDS.values())


def _carried(**declared: tuple[Any, Any]) -> type:
    """A class whose fields are the properties that a relation carries."""
    return make_dataclass("Carried", [(name, hint, made) for name, (hint, made) in declared.items()], frozen=True)


AMOUNT = about("How much, as told.", "ff:quantity")
ROLE = about("In which role.", "ff:role")
SINCE = about("From when it held.", "prov:startedAtTime")
UNTIL = about("Until when it held.", "prov:endedAtTime")
METHOD = about(
    "How it is known: reported, by lot, by logistic unit, by time and place, assumed, or confirmed by a person.", "ff:method", codes="methods"
)
CONFIDENCE = about("From 0 to 1.", "ff:confidence")

OF_PRODUCT = Relation(
    "OF_PRODUCT", Lot, Product, iri="ff:ofProduct", reads="ofProduct", back="lots", at_most=1, definition="A lot is an amount of one product."
)
PART_OF = Relation(
    "PART_OF",
    (Lot, Place),
    (Lot, Place),
    iri="obo:BFO_0000050",
    reads="partOf",
    back="parts",
    at_most=1,
    same_kind=True,
    definition="An item belongs to a lot; a place lies in a place.",
)
HAS_INGREDIENT = Relation(
    "HAS_INGREDIENT",
    Product,
    Product,
    iri="ff:hasIngredient",
    reads="ingredients",
    back="ingredientOf",
    carries=_carried(share=(float | None, about("Share of the whole, 0 to 1.")), sequence=(int | None, about("Place in the list."))),
    definition="A product is made with another.",
)
IN_CATEGORY = Relation(
    "IN_CATEGORY", Product, Category, iri="gs1:gpcCategoryCode", reads="categories", back="products", definition="A product belongs to a category."
)
OF_BRAND = Relation(
    "OF_BRAND", Product, Brand, iri="gs1:brand", reads="brand", back="products", at_most=1, definition="A product is sold under a brand."
)
HAS_ALLERGEN = Relation(
    "HAS_ALLERGEN",
    Product,
    Allergen,
    iri="gs1:hasAllergen",
    reads="allergens",
    back="products",
    carries=_carried(level=(str | None, about("CONTAINS, MAY_CONTAIN or FREE_FROM.", codes="containment"))),
    definition="A product declares an allergen.",
)
USED = Relation(
    "USED",
    Process,
    (Lot, LogisticUnit),
    iri="prov:used",
    reads="used",
    back="usedBy",
    carries=_carried(quantity=(tuple[Quantity, ...] | None, AMOUNT), use=(str | None, about("What for: food, sample, waste."))),
    definition="A process took food of a lot.",
)
MADE = Relation(
    "MADE",
    Process,
    (Lot, LogisticUnit),
    iri="prov:generated",
    reads="made",
    back="madeBy",
    carries=_carried(quantity=(tuple[Quantity, ...] | None, AMOUNT), use=(str | None, about("What for: food, sample, waste."))),
    definition="A process gave food of a lot.",
)
TOOK_PLACE_AT = Relation(
    "TOOK_PLACE_AT",
    (Process, Event, StockCount, Cleaning, Case, Sample, TestResult, Audit, Disposition),
    Place,
    iri="prov:atLocation",
    reads="tookPlaceAt",
    back="acts",
    carries=_carried(role=(str | None, about("read point or business location.", "ff:role"))),
    definition="An act or record happened at a place.",
)
CARRIES = Relation(
    "CARRIES",
    Shipment,
    (Lot, LogisticUnit),
    iri="ff:carries",
    reads="carries",
    back="shipments",
    at_most=1,
    carries=_carried(quantity=(tuple[Quantity, ...] | None, AMOUNT)),
    definition="A shipment carries food of one lot, or a unit whose contents are not listed.",
)
SHIPPED_FROM = Relation(
    "SHIPPED_FROM",
    Shipment,
    Place,
    iri="ff:shipFrom",
    reads="shippedFrom",
    back="sent",
    at_most=1,
    carries=_carried(at=(Time | None, about("When."))),
    definition="A shipment left a place.",
)
SHIPPED_TO = Relation(
    "SHIPPED_TO",
    Shipment,
    Place,
    iri="ff:shipTo",
    reads="shippedTo",
    back="received",
    at_most=1,
    carries=_carried(at=(Time | None, about("When."))),
    definition="A shipment arrived, or was to arrive, at a place.",
)
SENT_BY = Relation(
    "SENT_BY",
    Shipment,
    Party,
    iri="ff:ownerFrom",
    reads="sentBy",
    back="sent",
    carries=_carried(role=(str | None, about("owning or possessing.", "ff:role"))),
    definition="A party sent a shipment.",
)
SENT_TO = Relation(
    "SENT_TO",
    Shipment,
    Party,
    iri="ff:ownerTo",
    reads="sentTo",
    back="received",
    carries=_carried(role=(str | None, about("owning or possessing.", "ff:role"))),
    definition="A party was sent a shipment.",
)
_MATCH = {
    "method": (str | None, METHOD),
    "confidence": (float | None, CONFIDENCE),
    "scope": (str | None, about("certain, probable or conceivable.", codes="scopes")),
    "quantity": (tuple[Quantity, ...] | None, AMOUNT),
}
RECEIVED_AS = Relation(
    "RECEIVED_AS",
    Shipment,
    Shipment,
    iri="ff:receivedAs",
    reads="receivedAs",
    back="sentAs",
    carries=_carried(**_MATCH),
    definition="The departure that one record tells is the arrival that another tells (stored only when told).",
)
FED = Relation(
    "FED",
    ACTS,
    ACTS,
    iri="ff:fed",
    reads="fed",
    back="fedBy",
    carries=_carried(**_MATCH),
    definition="Food of one act went into another, as a source or user says (derived links are never stored).",
)
CONTAINS = Relation(
    "CONTAINS",
    LogisticUnit,
    (LogisticUnit, Lot),
    iri="ff:aggregates",
    reads="contains",
    back="containedIn",
    carries=_carried(
        seen=(str | None, about("Whether it was opened, closed or seen at the time.", codes="containment_acts")),
        at=(Time | None, about("When.")),
        quantity=(tuple[Quantity, ...] | None, AMOUNT),
        associated=(bool | None, about("Whether only an AssociationEvent ends it.")),
    ),
    definition="A logistic unit held a lot or another unit.",
)
SAME_AS = Relation(
    "SAME_AS",
    ANY,
    ANY,
    iri="ff:sameAs",
    reads="sameAs",
    back="sameAsOf",
    same_kind=True,
    carries=_carried(method=(str | None, METHOD), confidence=(float | None, CONFIDENCE)),
    definition="Two names stand for one thing (stated or confirmed; it can be retracted).",
)
TLC_SOURCE = Relation(
    "TLC_SOURCE",
    Lot,
    Place,
    iri="ff:tlcSource",
    reads="tlcSource",
    back="tlcSourceOf",
    carries=_carried(stated=(bool | None, about("True when a record states it."))),
    definition="The place that assigned the traceability lot code.",
)
OPERATED_BY = Relation(
    "OPERATED_BY", Place, Party, iri="ff:operatedBy", reads="operatedBy", back="operates", definition="A place is operated by a party."
)
SUPPLIES = Relation(
    "SUPPLIES",
    Party,
    Party,
    iri="ff:supplies",
    reads="supplies",
    back="suppliedBy",
    carries=_carried(product=(str | None, about("What.")), since=(Time | None, SINCE)),
    definition="A party supplies another.",
)
HOLDS = Relation(
    "HOLDS",
    (Party, Place),
    Certificate,
    iri="gs1:certification",
    reads="certificates",
    back="holders",
    definition="A party or place holds a certificate.",
)
CONCERNS = Relation(
    "CONCERNS",
    (Event, Decision, *FINDINGS),
    ANY,
    iri="ff:concerns",
    reads="concerns",
    back="concernedBy",
    carries=_carried(role=(str | None, ROLE), quantity=(tuple[Quantity, ...] | None, AMOUNT)),
    definition="A record or finding speaks of a thing, in a role.",
)
DOCUMENTED_BY = Relation(
    "DOCUMENTED_BY",
    (*ACTS, Lot, Event),
    Document,
    iri="ff:documentedBy",
    reads="documents",
    back="documents",
    carries=_carried(since=(Time | None, SINCE), until=(Time | None, UNTIL)),
    definition="A business document goes with an act, lot or event.",
)
TOLD_BY = Relation(
    "TOLD_BY",
    tuple(t for t in ANY if t is not Event),
    (Event, Document),
    iri="prov:wasDerivedFrom",
    reads="toldBy",
    back="tells",
    carries=_carried(line=(int | None, about("The line of the record."))),
    definition="What is known of a thing comes from an event or document.",
)
REPLACES = Relation(
    "REPLACES",
    ANY,
    ANY,
    iri="prov:wasRevisionOf",
    reads="replaces",
    back="replacedBy",
    same_kind=True,
    carries=_carried(reason=(str | None, about("Why."))),
    definition="A thing takes the place of an earlier one.",
)
GENERATED_BY = Relation(
    "GENERATED_BY",
    (*FINDINGS, Decision),
    ModelRun,
    iri="prov:wasGeneratedBy",
    reads="generatedBy",
    back="generated",
    definition="A finding came out of a model run.",
)
USED_MODEL = Relation(
    "USED_MODEL", ModelRun, ModelVersion, iri="prov:used", reads="usedModel", back="runs", definition="A run used a version of a model."
)
BASED_ON = Relation("BASED_ON", Decision, ANY, iri="prov:wasDerivedFrom", reads="basedOn", back=None, definition="A decision rests on evidence.")
EXPOSED_TO = Relation(
    "EXPOSED_TO",
    (Lot, Place, Party, Product),
    Hazard,
    iri="ff:exposedTo",
    reads="exposedTo",
    back="exposes",
    carries=_carried(score=(float | None, about("From 0 to 1.", "ff:riskScore"))),
    definition="A thing may carry a hazard.",
)
IN_INVESTIGATION = Relation(
    "IN_INVESTIGATION",
    (Case, Sample, TestResult, Lot, Place, Shipment, Process, Decision, Hold, Recall),
    Investigation,
    iri="ff:inInvestigation",
    reads="investigations",
    back="evidence",
    definition="A thing is part of an investigation.",
)
ATTACHED_TO = Relation(
    "ATTACHED_TO",
    Device,
    (Place, LogisticUnit),
    iri="ff:attachedTo",
    reads="attachedTo",
    back="devices",
    carries=_carried(since=(Time | None, SINCE), until=(Time | None, UNTIL)),
    definition="A device travels with a unit or stands at a place.",
)
MEASURES = Relation(
    "MEASURES",
    Device,
    Place,
    iri="ssn:isPropertyOf",
    reads="measures",
    back="measuredBy",
    carries=_carried(since=(Time | None, SINCE), until=(Time | None, UNTIL)),
    definition="A device measures the state of a place.",
)
