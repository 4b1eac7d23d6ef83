"""Keys, values, identifiers and facts say what is allowed and refuse the rest with words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.acts import Shipment
from ontology.errors import OntologyViolation, Refused
from ontology.facts import LONGEST_KEY, key_values, told
from ontology.food import Lot, Product
from ontology.identifiers import gln, gtin, identified, sscc
from ontology.language import Fact, Link, Source
from ontology.places import Place
from ontology.relations import CARRIES, OF_PRODUCT
from ontology.values import Coordinates, Time

FLOUR = Product(gtin="09521234000020")
SAYS = Source("test", "row 1")


@given(code=st.text(min_size=1), owner=st.text(min_size=1), name=st.text(min_size=1))
def test_a_key_can_be_read_back_into_its_parts(code: str, owner: str, name: str) -> None:
    product = Product(owner=owner, name=name)
    lot = Lot(product=product.ref, code=code)
    assert Lot.kind.parts(lot.key) == {"product": product.key, "code": code}
    assert Product.kind.parts(product.key) == {"owner": owner, "name": name}


def test_a_mentioned_lot_still_knows_its_product() -> None:
    values, links = key_values("Lot", Lot(product=FLOUR.ref, code="0108").key)
    assert values == {"product": "gtin:09521234000020", "code": "0108"}
    assert links == [["OF_PRODUCT", "Product", "gtin:09521234000020", {}]]


def test_a_thing_without_any_of_its_keys_is_refused_with_what_it_needs() -> None:
    with pytest.raises(OntologyViolation, match="A Product needs gtin or class_id or owner \\+ code or owner \\+ name"):
        _ = Product(code="x").key


def test_a_link_that_the_ontology_does_not_allow_names_what_would_be_right() -> None:
    wrong = Fact(Lot(product=FLOUR.ref, code="L1"), SAYS, links=(Link(CARRIES, FLOUR.ref),))
    with pytest.raises(OntologyViolation, match="CARRIES joins Shipment to Lot/LogisticUnit. A Lot may be: OF_PRODUCT"):
        told(wrong)


@pytest.mark.parametrize("wrong", [{"code": 7}, {"grain": "heap"}, {"made": "2011"}, {"extra": [1]}])
def test_a_wrong_value_names_the_field(wrong: dict[str, object]) -> None:
    with pytest.raises(OntologyViolation, match=f"Lot.{next(iter(wrong))}"):
        told(Fact(Lot(**{"product": FLOUR.ref, "code": "L1"} | wrong), SAYS))


def test_a_fact_keeps_its_identity_whichever_file_it_comes_in() -> None:
    lot = Lot(product=FLOUR.ref, code="L1")
    one = told(Fact(lot, Source("test", "row 1", "a.csv", 3), links=(OF_PRODUCT(FLOUR),)))
    other = told(Fact(lot, Source("test", "row 1", "b.csv", 9), links=(OF_PRODUCT(FLOUR),)))
    assert one["id"] == other["id"] and one["line"] == 3


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2011", datetime(2011, 1, 1, tzinfo=UTC), datetime(2011, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2011-02", datetime(2011, 2, 1, tzinfo=UTC), datetime(2011, 2, 28, 23, 59, 59, tzinfo=UTC)),
        ("2011-06-08", datetime(2011, 6, 8, tzinfo=UTC), datetime(2011, 6, 8, 23, 59, 59, tzinfo=UTC)),
        ("2011-06-08T14:30:00+02:00", datetime(2011, 6, 8, 12, 30, tzinfo=UTC), datetime(2011, 6, 8, 12, 30, tzinfo=UTC)),
        ("2026-04-18T00:00:00-04:00", datetime(2026, 4, 18, 4, tzinfo=UTC), datetime(2026, 4, 19, 3, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_partial_date_is_an_interval_and_midnight_is_a_whole_day(text: str, earliest: datetime, latest: datetime) -> None:
    time = Time.told(text)
    assert (time.text, time.earliest, time.latest) == (text, earliest, latest)
    assert Time.from_told(time.told_form()) == time


@pytest.mark.parametrize("text", ["", "soon", "2011-13", "2011-02-30", "11/06/2011", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused_with_the_form_it_needs(text: str) -> None:
    with pytest.raises(Refused, match="write 2011"):
        Time.told(text)


def test_what_a_person_types_is_checked_by_its_check_digit() -> None:
    assert gtin("9521234000020") == "09521234000020" and gln("0860009998018") == "0860009998018"
    for read, wrong in ((gtin, "09521234000021"), (gln, "0860009998019"), (sscc, "123456789012345674")):
        with pytest.raises(Refused, match="no valid GS1 key"):
            read(wrong)


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:class:lgtin:9521234.000002.L42", "https://id.gs1.org/01/09521234000020/10/L42"),
        ("urn:epc:id:sgtin:9521234.000002.7", "https://example.org/some/stem/01/09521234000020/21/7?17=260101"),
        ("urn:epc:id:sgln:086000999801..0", "https://id.gs1.org/414/0860009998018"),
        ("urn:epc:class:lgtin:9521234.000002.A%2F1", "https://id.gs1.org/01/09521234000020/10/A%2F1"),
    ],
)
def test_epc_urn_and_digital_link_name_the_same_thing(urn: str, link: str) -> None:
    one, other = identified(urn), identified(link)
    assert one is not None and other is not None
    assert one.thing.key == other.thing.key and type(one.thing) is type(other.thing)


def test_a_wrong_check_digit_in_a_document_of_others_is_kept_with_a_finding() -> None:
    found = identified("https://id.gs1.org/414/0860009998010")
    assert found is not None and isinstance(found.thing, Place)
    assert found.finding == "the check digit of 0860009998010 is 0, computed 8"


def test_a_gdst_lot_belongs_to_the_class_before_its_last_dot() -> None:
    found = identified("urn:gdst:example.org:product:lot:class:processor.2.v1-0122-2022")
    assert found is not None and found.thing.code == "v1-0122-2022"
    assert found.thing.product.key == "class_id:urn:gdst:example.org:product:lot:class:processor.2"


def test_a_point_outside_the_earth_is_refused() -> None:
    with pytest.raises(OntologyViolation, match="lie outside"):
        told(Fact(Place(owner="x", code="1", at=Coordinates(91, 0)), SAYS))


def test_a_key_that_no_index_would_hold_is_refused_and_the_longest_is_not() -> None:
    room = LONGEST_KEY - len(Product(owner="o", code="x").key) + 1
    longest = Product(owner="o", code="x" * room)
    assert len(told(Fact(longest, SAYS))["key"]) == LONGEST_KEY
    with pytest.raises(OntologyViolation, match=r"key of Product 'code:o/x.*has 2,041 characters; at most 2,040 are found again in every engine"):
        told(Fact(Product(owner="o", code="x" * (room + 1)), SAYS))
    with pytest.raises(OntologyViolation, match="key of Lot"):
        told(Fact(Shipment(record="s"), SAYS, links=(CARRIES(Lot(product=longest.ref, code="L")),)))
