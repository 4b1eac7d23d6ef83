"""The quality side: what was tested, found, held, recalled and decided."""

from ontology.language import Json, Thing, about
from ontology.values import Quantity, Time

_ISSUED = (("issuer", "number"),)


class Sample(Thing, iri="sosa:Sample", key=_ISSUED):
    """A part taken from a lot or place to be tested."""

    issuer: str | None = about("Who numbered it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    taken: Time | None = about("When it was taken.")
    material: str | None = about("What was taken.")


class TestResult(Thing, iri="ff:TestResult", key=_ISSUED):
    """What a test of a sample, lot, item or place found."""

    __test__ = False

    issuer: str | None = about("Who numbered it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    result: str | None = about("What was found, in the words of the source.")
    kind_of_result: str | None = about("confirmed, probable, negative or unknown.")
    quantity: tuple[Quantity, ...] | None = about("The amount found.")
    found: Time | None = about("When it was found.")
    method: str | None = about("The method of the test.", "sosa:usedProcedure")


class Case(Thing, iri="ff:Case", key=_ISSUED, also="Cluster of cases"):
    """One ill person, or a cluster of people who fell ill after the same meals, at a place."""

    issuer: str | None = about("Who numbered it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    name: str | None = about("What the cluster is called.")
    count: int | None = about("How many people.")
    onset: Time | None = about("When the first symptoms began.")
    weight: float | None = about("Weight as evidence; negative clears.", "ff:caseWeight")
    assumed: str | None = about("What about it is assumed, and why.")
    extra: Json | None = about("Attributes of the source that have no field here, kept as told.")


class Investigation(Thing, iri="ff:Investigation", key=_ISSUED):
    """The work of finding where a hazard came from."""

    issuer: str | None = about("Who opened it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    name: str | None = about("What it is called.")
    hazard: str | None = about("The hazard that is looked for, as far as it is known.", "ff:hazard")
    opened: Time | None = about("When it was opened.")
    closed: Time | None = about("When it was closed.")
    note: str | None = about("What it concluded, in the words of its report.")


class Hold(Thing, iri="ff:Hold", key=_ISSUED):
    """An order that food must not move until it is released."""

    issuer: str | None = about("Who issued it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    since: Time | None = about("From when it holds.")
    until: Time | None = about("When it was released.")
    reason: str | None = about("Why.")
    release: str | None = about("Why it was released.")


class Recall(Thing, iri="ff:Recall", key=_ISSUED):
    """A call to bring food back from customers or consumers."""

    issuer: str | None = about("Who issued it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    announced: Time | None = about("When it was announced.")
    reason: str | None = about("Why.", "ff:hazard")
    level: str | None = about("How dangerous: class I (serious), II or III (unlikely to harm), 21 CFR 7.3(m).", codes="recall_classes")
    depth: str | None = about("Down to whom: consumers, shops or wholesalers (21 CFR 7.42).", codes="recall_depths")
    status: str | None = about("Where it stands.", "ff:status")
    closed: Time | None = about("When it was closed.")
    note: str | None = about("What it came to.")


class MockRecall(Thing, iri="ff:MockRecall", key=_ISSUED):
    """A recall that was worked out to show that it can be, and how fast; nothing was called back."""

    issuer: str | None = about("Who asked for it.")
    number: str | None = about("Its number.", "dcterms:identifier")
    started: Time | None = about("When it was asked.", "prov:startedAtTime")
    seconds: float | None = about("How long it took from the question to the full list of who got the food.")
    accounted: float | None = about("The share of the lot that is accounted for; above 1 where more left than came.")
    customers: int | None = about("How many customers would be asked, in the widest scope.")
    kilograms: float | None = about("How much would be called back, in the widest scope.")
    missing: int | None = about("How many links and quantities are missing or odd.")
    note: str | None = about("What was learned from it.")


class Anomaly(Thing, iri="ff:Anomaly", key=(("detector", "number"),)):
    """Something that cannot be, or is unusual, as an enricher found it; it goes when it no longer holds."""

    detector: str | None = about("Which enricher found it.")
    number: str | None = about("Deterministic from what it is about.", "dcterms:identifier")
    sort: str | None = about("What sort of anomaly it is, such as: more left than came.")
    said: str | None = about("What was found, in words.")
    came: tuple[Quantity, ...] | None = about("How much came, or was used.", "ff:quantity")
    left: tuple[Quantity, ...] | None = about("How much left, or was made.", "ff:quantity")
    usual: float | None = about("What was to be expected, such as the usual yield.")


class Certificate(Thing, iri="gs1:CertificationDetails", key=_ISSUED):
    """A statement of an agency that a party, place or product meets a standard."""

    issuer: str | None = about("The agency.", "gs1:certificationAgency")
    number: str | None = about("Its number.", "gs1:certificationIdentification")
    standard: str | None = about("The standard.", "gs1:certificationStandard")
    since: Time | None = about("From when it holds.", "gs1:certificationStartDate")
    until: Time | None = about("Until when it holds.", "gs1:certificationEndDate")
    extra: Json | None = about("Attributes of the source that have no field here, kept as told.")


class Audit(Thing, iri="ff:Audit", key=_ISSUED):
    """An inspection of a party or place against a standard."""

    issuer: str | None = about("Who audited.")
    number: str | None = about("Its number.", "dcterms:identifier")
    held: Time | None = about("When.")
    grade: str | None = about("The result.")


class Cleaning(Thing, iri="ff:Cleaning", key=(("record", "line?"),)):
    """A cleaning of a place; when validated it ends what food there may have left behind."""

    record: str | None = about("The key of the record.")
    line: str | None = about("The line of the record.")
    started: Time | None = about("When it began.", "prov:startedAtTime")
    ended: Time | None = about("When it ended.", "prov:endedAtTime")
    validated: bool | None = about("Whether its effect was proved.")


class ControlMeasure(Thing, iri="ff:ControlMeasure", key=(("owner", "code"),)):
    """A step that prevents or reduces a hazard: a CCP, an oPRP or a PRP."""

    owner: str | None = about("Whose plan it belongs to.")
    code: str | None = about("Its code in the plan.")
    name: str | None = about("What is done.")
    sort: str | None = about("CCP, OPRP or PRP.", codes="control_measures")
    limit: str | None = about("The critical limit in words.", "ff:criticalLimit")


class Hazard(Thing, iri="ff:Hazard", key=("code",)):
    """A biological, chemical or physical agent in food that can make people ill."""

    code: str | None = about("Its code.", "skos:notation")
    name: str | None = about("What it is called.", "skos:prefLabel")


class Decision(Thing, iri="ff:Decision", key=_ISSUED):
    """What a person decided, on which evidence."""

    issuer: str | None = about("Who decided.")
    number: str | None = about("Its number.", "dcterms:identifier")
    decided: Time | None = about("When.")
    text: str | None = about("What was decided, and why.")
    change: str | None = about(
        "What it assumes of what it concerns in an investigation; or that two things are joined, or apart; or that a duty was met.", codes="changes"
    )
    holds: bool | None = about("False where it assumes the contrary.")
    weight: float | None = about("The weight it gives; negative clears.", "ff:caseWeight")
    what_if: str | None = about("The what-if that it belongs to; where none is named it holds in all.")
    undone: Time | None = about("When it was undone.")


class ModelVersion(Thing, iri="ff:ModelVersion", key=(("name", "version"),)):
    """A published version of a model or method."""

    name: str | None = about("The model.")
    version: str | None = about("Its version.")


class ModelRun(Thing, iri="ff:ModelRun", key=("run",)):
    """One execution of a model on stated inputs."""

    run: str | None = about("Deterministic from model and inputs.")
    started: Time | None = about("When it began.", "prov:startedAtTime")
