"""What was done with food: acts that move or make it, and the records that say so."""

from ontology.food import LogisticUnit, Lot
from ontology.language import Json, Ref, Thing, about
from ontology.values import Coordinates, Time


class Process(Thing, iri="ff:ProcessRun", key=("transformation_id", "record", ("owner", "order")), also="Production order, Batch record"):
    """A step that used lots and made lots; without inputs it is an origin, without outputs an end."""

    transformation_id: str | None = about("The EPCIS transformation id that several events share.", "epcis:transformationID")
    record: str | None = about("The key of the record that tells it.")
    owner: str | None = about("Whose order number it is.")
    order: str | None = about("The order number.", "dcterms:identifier")
    step: str | None = about("What was done: a CBV business step, or words of the source.", "epcis:bizStep")
    started: Time | None = about("When it began.", "prov:startedAtTime")
    ended: Time | None = about("When it ended.", "prov:endedAtTime")
    cte: str | None = about("Critical tracking event of FSMA 204 or GDST.", "ff:cte")
    coordinates: Coordinates | None = about("Where it happened, when only a point is told.", "geo:hasGeometry")
    validated: bool | None = about("Whether a cleaning was validated.")
    assumed: str | None = about("Why the step is assumed, when no source told it.")
    confidence: float | None = about("From 0 to 1, below 1 when the step is assumed.", "ff:confidence")
    extra: Json | None = about("Attributes of the source that have no field here, kept as told.")


class Shipment(Thing, iri="ff:Shipping", key=(("record", "what?", "end?"),), also="Delivery"):
    """A quantity of a lot, or of a unit with unknown contents, that left one place for another."""

    record: str | None = about("The key of the record line that tells it.")
    what: str | None = about("The lot or unit of the line, where a record moves several.")
    end: str | None = about("Which end the record tells: both, departure or arrival.", codes="ends")
    lot: Ref[Lot] | None = about("The lot it carries.")
    unit: Ref[LogisticUnit] | None = about("The unit it carries, when its contents are not listed.")
    departed: Time | None = about("When it left.", "ff:departed")
    arrived: Time | None = about("When it arrived.", "ff:arrived")
    step: str | None = about("The CBV business step of the record.", "epcis:bizStep")
    cte: str | None = about("Critical tracking event of FSMA 204 or GDST.", "ff:cte")
    closed: bool | None = about("Whether its source tells all its links, so that none is derived.")
    void: bool | None = about("Whether a later record cancelled it.")
    weight: float | None = about("Weight of the evidence of cases; negative clears.", "ff:caseWeight")
    cross_contamination: bool | None = about("Whether deliveries marked so contaminate each other at their recipient.")
    kill_contamination: bool | None = about("Whether contamination ends in this delivery.")
    observed: bool | None = about("Whether an investigator marked it.")
    assumed: str | None = about("Why the shipment is assumed, when no source told it.")
    confidence: float | None = about("From 0 to 1, below 1 when it is assumed.", "ff:confidence")
    extra: Json | None = about("Columns of the source that have no field here, kept as told.")


class Event(Thing, iri="ff:TraceEvent", key=("event_id",), immutable=True, also="Record"):
    """An EPCIS event as it was received; the evidence of the facts derived from it."""

    event_id: str | None = about("The event id, or its hash id where the sender gave none.", "epcis:eventID")
    type: str | None = about("The EPCIS event type.", "rdf:type", codes="event_types")
    action: str | None = about("ADD, OBSERVE or DELETE.", "epcis:action", codes="actions")
    step: str | None = about("The business step.", "epcis:bizStep", codes="business_steps")
    disposition: str | None = about("The disposition.", "epcis:disposition", codes="dispositions")
    happened: Time | None = about("When it happened, in the sender's words.", "epcis:eventTime")
    cte: str | None = about("Critical tracking event of FSMA 204 or GDST.", "ff:cte")
    coordinates: Coordinates | None = about("The read point, when it is a point.", "geo:hasGeometry")
    declared_error: Json | None = about("The error declaration: time, reason and corrective event ids.", "epcis:errorDeclaration")
    received: Json | None = about("The event as it was received.", "ff:received")


class Disposition(Thing, iri="epcis:Disposition", key=(("record", "value", "what?"),)):
    """A state of a lot, item or unit over time, such as recalled, expired or in transit."""

    record: str | None = about("The key of the record.")
    value: str | None = about("The CBV disposition.", codes="dispositions")
    what: str | None = about("The key of what it speaks of.")
    since: Time | None = about("From when it held.")
    until: Time | None = about("Until when it held.")
    set_or_unset: str | None = about("Whether a persistent disposition was set or unset.", codes="set_or_unset")


class Document(Thing, iri="ff:ReferenceDocument", key=(("type", "number"),)):
    """A business document: order, despatch advice, bill of lading, invoice, certificate, test report."""

    type: str | None = about("The CBV transaction type.", "ff:docType", codes="document_types")
    number: str | None = about("The identifier of the document.", "dcterms:identifier")


class Device(Thing, iri="sosa:Sensor", key=("asset", ("owner", "code")), also="Sensor, Vehicle"):
    """A sensor, machine or vehicle that records something about food."""

    asset: str | None = about("GIAI.", "gs1:giai")
    owner: str | None = about("Whose code it is.")
    code: str | None = about("The code of the device.")
    name: str | None = about("What the device is called.")
