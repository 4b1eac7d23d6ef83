"""Where food is and who answers for it."""

from ontology.language import Json, Thing, about
from ontology.values import Coordinates


class Party(Thing, iri="ff:Organization", key=(("gln",), ("code_id",), ("owner", "code"), ("owner", "name")), also="Supplier, Customer, Carrier"):
    """A firm or authority; supplier, customer and carrier are roles it plays."""

    gln: str | None = about("Party GLN, 13 digits.", "gs1:partyGLN")
    code_id: str | None = about("The identifier of another scheme, as told.", "dcterms:identifier")
    owner: str | None = about("Whose code system the code or name belongs to.")
    code: str | None = about("The owner's code for the party.")
    name: str | None = about("What the party is called.", "gs1:organizationName")
    country: str | None = about("ISO 3166-1 alpha-2 code.", "gs1:countryCode", codes="countries")
    address: str | None = about("Postal address in one line.", "gs1:address")
    business: str | None = about("What kind of business it is.", "ff:businessType")
    count: int | None = about("How many unnamed firms this party stands for.")
    extra: Json | None = about("Columns of the source that have no field here, kept as told.")


class Place(
    Thing, iri="ff:Location", key=(("gln", "extension?"), ("code_id",), ("owner", "code"), ("owner", "name")), also="Location, Site, Station"
):
    """A site, zone, line, vehicle, field or water area; places nest."""

    gln: str | None = about("Physical location GLN, 13 digits.", "gs1:globalLocationNumber")
    extension: str | None = about("GLN extension component, AI 254.")
    code_id: str | None = about("The identifier of another scheme, as told.", "dcterms:identifier")
    owner: str | None = about("Whose code system the code or name belongs to.")
    code: str | None = about("The owner's code for the place.")
    name: str | None = about("What the place is called.", "gs1:physicalLocationName")
    sort: str | None = about("What sort of place it is: farm, plant, line, warehouse, store, restaurant.", "ff:placeType")
    country: str | None = about("ISO 3166-1 alpha-2 code, or as told.", "gs1:countryCode", codes="countries")
    address: str | None = about("Postal address in one line.", "gs1:address")
    at: Coordinates | None = about("Where it lies.", "geo:hasGeometry")
    cross_contamination: bool | None = about("Whether food that meets here may contaminate other food here.", "ff:crossContamination")
    kill_contamination: bool | None = about("Whether a step here ends contamination, such as cooking.", "ff:killContamination")
    weight: float | None = about("Weight of the evidence that cases ate here; negative clears.", "ff:caseWeight")
    observed: bool | None = about("Whether an investigator marked it.")
    extra: Json | None = about("Columns of the source that have no field here, kept as told.")
