"""Food as it is traded, made and moved."""

from ontology.language import Json, Ref, Thing, about
from ontology.values import Quantity, Time


class Category(Thing, iri="skos:Concept", key=(("scheme", "code"),)):
    """A class of products in a published scheme, such as GPC, FoodOn or the food traceability list."""

    scheme: str | None = about("The scheme that the code belongs to.")
    code: str | None = about("The code of the category in its scheme.")
    name: str | None = about("What the category is called.", "skos:prefLabel")


class Brand(Thing, iri="gs1:Brand", key=("name",)):
    """A name under which products are sold."""

    name: str | None = about("The brand as printed.", "gs1:brandName")


class Allergen(Thing, iri="gs1:AllergenTypeCode", key=("code",)):
    """A substance that must be declared because it can make people ill, by its two-letter GS1 code."""

    code: str | None = about("GS1 allergen type code, two letters.", "skos:notation", codes="allergens")
    name: str | None = about("What the allergen is called.", "skos:prefLabel")


class Product(Thing, iri="ff:Product", key=("gtin", "class_id", ("owner", "code"), ("owner", "name")), also="Ingredient, Trade item"):
    """What is traded or used as an ingredient; lots are amounts of it."""

    gtin: str | None = about("Global Trade Item Number, 14 digits.", "gs1:gtin")
    class_id: str | None = about("The class identifier of another scheme, such as a GDST product class.")
    owner: str | None = about("Whose code system the code or name belongs to.")
    code: str | None = about("The owner's item code.", "dcterms:identifier")
    name: str | None = about("What people call the product.", "gs1:productName")
    description: str | None = about("More words about the product.", "gs1:productDescription")
    variety: str | None = about("Variety or cultivar.", "gs1:variety")
    scientific_name: str | None = about("Scientific name of the species.", "gs1:speciesFor")
    food_type: str | None = about("Pointer to a FoodOn class.", "ff:foodType")
    net_content: tuple[Quantity, ...] | None = about("Net content of one piece.", "gs1:netContent")
    country_of_origin: str | None = about("ISO 3166-1 alpha-2 code.", "gs1:countryOfOrigin", codes="countries")
    extra: Json | None = about("Columns and extensions of the source that have no field here, kept as told.")


class Lot(
    Thing,
    iri="ff:Lot",
    key=(("product", "code"), ("product", "serial"), "line"),
    also="Batch, Traceable item",
):
    """Food made or packed under the same conditions, or one serial item of it; the unit of traceability."""

    product: Ref[Product] | None = about("The product that this is a lot of.", "ff:ofProduct", via="OF_PRODUCT")
    code: str | None = about("The lot code, exact and case-sensitive.", "ff:traceabilityLotCode")
    serial: str | None = about("The serial number of one item.", "gs1:hasSerialNumber")
    line: str | None = about("The record line that a lot without a code stands on.")
    grain: str | None = about("lot, item (one serial number) or product (only the class is known).", codes="grains")
    code_known: bool | None = about("False when the lot has no code of its own.")
    made: Time | None = about("When it was made.", "gs1:productionDate")
    harvested: Time | None = about("When it was harvested or caught.", "gs1:harvestDate")
    packed: Time | None = about("When it was packed.", "gs1:packagingDate")
    best_before: Time | None = about("Best before.", "gs1:bestBeforeDate")
    use_by: Time | None = about("Use by.", "gs1:expirationDate")
    country_of_origin: str | None = about("ISO 3166-1 alpha-2 code.", "gs1:countryOfOrigin", codes="countries")
    note: str | None = about("More words about the lot, such as its treatment.")
    extra: Json | None = about("Attributes of the source that have no field here, kept as told.")


class LogisticUnit(Thing, iri="ff:LogisticUnit", key=("sscc", "asset", "code"), also="Pallet, Case, Crate, Container"):
    """A pallet, case or container that holds lots and other units over time; its number is used again."""

    sscc: str | None = about("Serial Shipping Container Code, 18 digits.", "gs1:sscc")
    asset: str | None = about("GRAI of a returnable container.", "gs1:grai")
    code: str | None = about("The identifier of another scheme, as told.")
    extra: Json | None = about("Attributes of the source that have no field here, kept as told.")


class LotAssertion(Thing, iri="ff:LotAssertion", key=(("record", "line"),)):
    """Which lot a line speaks of when its code was not plainly read."""

    record: str | None = about("The key of the record.")
    line: str | None = about("The line of the record.")
    method: str | None = about("How the lot was told.", "ff:assertionMethod", codes="assertion_methods")
    confidence: float | None = about("From 0 to 1.", "ff:confidence")
    candidates: tuple[Ref[Lot], ...] | None = about("The lots that it may be.", "ff:candidateLot")


class StockCount(Thing, iri="ff:StockCount", key=(("record", "line"),)):
    """How much of a lot lay at a place at one time."""

    record: str | None = about("The key of the record.")
    line: str | None = about("The line of the record.")
    counted: Time | None = about("When it was counted.", "prov:atTime")
    quantity: tuple[Quantity, ...] | None = about("What was counted.", "ff:quantity")
