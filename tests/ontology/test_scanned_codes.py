"""GS1 codes as they are typed, printed and scanned: all spellings of one thing are one identity."""

import string
from urllib.parse import quote

import pytest
from biip.checksums import gs1_standard_check_digit
from hypothesis import given
from hypothesis import strategies as st

from ontology.identifiers import identified

CODES = st.text(string.ascii_letters + string.digits + "!%&'*+,-./:;<=>?_()", min_size=1, max_size=20)
GTINS = st.from_regex(r"\A0952[0-9]{9}\Z").map(lambda payload: payload + str(gs1_standard_check_digit(payload)))
GS = "\x1d"


@given(gtin=GTINS, lot=CODES, serial=CODES)
def test_every_spelling_of_a_lot_and_an_item_is_the_same_thing(gtin: str, lot: str, serial: str) -> None:
    spellings = [
        f"https://id.gs1.org/01/{gtin}/10/{quote(lot, safe='')}",
        f"]d201{gtin}10{lot}",
        f"]C101{gtin}1725083110{lot}{GS}",
        f"]Q3{GS}01{gtin}3103001250" + f"10{lot}",
        f"01{gtin}10{lot}",
    ]
    spellings += [f"(01){gtin}(17)250831(10){lot}"] if "(" not in lot else []
    things = {found.thing.key for one in spellings if (found := identified(one)) is not None and found.finding is None}
    assert things == {f"code:gtin:{gtin}/{quoted(lot)}"}
    item = identified(f"]d201{gtin}10{lot}{GS}21{serial}")
    assert item is not None and item.thing.key == f"serial:gtin:{gtin}/{quoted(serial)}" and item.part_of.key == f"code:gtin:{gtin}/{quoted(lot)}"


def quoted(code: str) -> str:
    return code.replace("%", "%25").replace("/", "%2F")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("00395212340000000014", "sscc:395212340000000014"),
        ("(00)395212340000000014", "sscc:395212340000000014"),
        ("]C100395212340000000014", "sscc:395212340000000014"),
        ("(414)9521234000013", "gln:9521234000013"),
        ("(414)9521234000013(254)7", "gln:9521234000013/7"),
        ("(417)9521234000013", "gln:9521234000013"),
        ("(01)09521234000020", "gtin:09521234000020"),
        ("0109521234000020", "gtin:09521234000020"),
        ("(8003)09521234000020SER", "asset:09521234000020SER"),
    ],
)
def test_other_keys_are_read_as_well(text: str, key: str) -> None:
    found = identified(text)
    assert found is not None and found.thing.key == key and found.finding is None


@pytest.mark.parametrize(
    "text",
    [
        "0108",
        "L42",
        "(01)",
        "(01)(10)L1",
        "x(01)09521234000020",
        "0109521234000021",
        "]d2",
        "]C1",
        "9521234000013",
        "010952123400002099",
        "(1)2",
        "(c)",
    ],
)
def test_what_is_no_code_of_gs1_stays_what_it_is(text: str) -> None:
    assert identified(text) is None


def test_a_wrong_check_digit_is_said_where_the_text_is_surely_a_scanned_code() -> None:
    for text in ("(01)09521234000021(10)L1", "]d20109521234000021" + "10L1"):
        found = identified(text)
        assert found is not None and "the check digit of 09521234000021 is 1, computed 0" in str(found.finding)
