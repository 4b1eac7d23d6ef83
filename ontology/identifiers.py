"""GS1 identifiers: EPC URNs and Digital Links are two spellings of one identity."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gln import Gln
from biip.gtin import Gtin
from biip.sscc import Sscc

from ontology.acts import Device, Document
from ontology.errors import Refused
from ontology.food import LogisticUnit, Lot, Product
from ontology.places import Party, Place

_DIGITAL_LINK = re.compile(
    r"https?://[^/?#]+(?:/[^?#]*?)?/(00|01|253|255|402|414|417|8002|8003|8004|8006|8010|8017|8018)/([^/?#]+)((?:/\d{2,4}/[^/?#]+)*)/?(?:[?#].*)?$"
)
_LONGEST = 2_000
_BRACKETED = re.compile(r"\((\d{2,4})\)")
_SYMBOLOGY = re.compile(r"\][A-Za-z]\d")
_FIXED = {
    **dict.fromkeys(("01", "02"), 14),
    **dict.fromkeys(("410", "411", "412", "413", "414", "415", "416", "417"), 13),
    **dict.fromkeys(("11", "12", "13", "15", "16", "17"), 6),
    "00": 18,
    "20": 2,
}
"""Application identifiers with a value of one length, which no separator has to end."""
_DATA = re.compile(r"(00|01|02|10|11|12|13|15|16|17|20|21|22|23\d|24[0-3]|25[0134]|30|37|3[1-6]\d\d|39\d\d|4\d\d|70\d\d|71\d|8\d\d\d|9\d)")
_SEPARATORS = "\x1d\u241d"
_GDST = re.compile(r"urn:(?:gdst|epc(?:id)?):.*?:(product:lot:class|product:serial:obj|product:class|location:loc|party):(.+)$")


@dataclass(frozen=True)
class Identified:
    """What an identifier names, what is odd about its form, and what its label says that it is part of (None = nothing)."""

    thing: Any
    finding: str | None = None
    part_of: Any = None


def gtin(text: str) -> str:
    """A GTIN as 14 digits. Raises Refused for a wrong length or check digit."""
    return _digits(lambda: Gtin.parse(text).as_gtin_14(), text)


def gln(text: str) -> str:
    """A GLN as 13 digits. Raises Refused for a wrong length or check digit."""
    return _digits(lambda: Gln.parse(text).value, text)


def sscc(text: str) -> str:
    """An SSCC as 18 digits. Raises Refused for a wrong length or check digit."""
    return _digits(lambda: Sscc.parse(text).value, text)


def _digits(read: Any, text: str) -> str:
    try:
        return str(read())
    except ParseError as error:
        raise Refused(f"{text!r} is no valid GS1 key: {error} Check the digits against the label.") from None


def identified(text: str) -> Identified | None:
    """The thing that an EPC URN, Digital Link, element string or GDST URN names; None where it is none of ours (it stays text on the Event).

    An element string is "(01)...(10)...", or what a scanner sends: with the mark of its symbology ("]C1", "]d2", "]Q3") and separators, or without.

    In documents of others a wrong form or check digit is kept, with a finding (reference/model.md section 2).
    """
    return _identified(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=16384)
def _identified(text: str) -> Identified | None:
    link = _DIGITAL_LINK.match(text)
    if link:
        pairs = link.group(3).split("/")[1:]
        return _by_ai(link.group(1), unquote(link.group(2)), {pairs[i]: unquote(pairs[i + 1]) for i in range(0, len(pairs), 2)}, text)
    elements = _elements(text)
    if elements:
        primary = next((ai for ai in ("01", "00", "414", "417", "253", "8003", "8004", "8017", "8018") if ai in elements), None)
        return _by_ai(primary, elements[primary], elements, text) if primary else None
    scheme, _, rest = text.removeprefix("urn:epc:").partition(":")
    if text.startswith("urn:epc:") and scheme in ("id", "class", "idpat"):
        kind, _, body = rest.partition(":")
        return _by_epc(kind, body, text)
    gdst = _GDST.match(text)
    return Identified(_GDST_KINDS[gdst.group(1)](text)) if gdst else None


def _elements(text: str) -> dict[str, str] | None:
    """An element string as application identifiers with their values; None for what is none."""
    if text.startswith("("):
        before, *told = _BRACKETED.split(text)
        held = dict(zip(told[::2], (value.strip() for value in told[1::2]), strict=True))
        return held if not before and held and all(held.values()) else None
    mark = _SYMBOLOGY.match(text)
    if mark is None and not (text[:2] in ("00", "01") and text[:16].isdecimal() and text.isascii() and len(text) >= 16):
        return None
    scanned = _scanned(text[mark.end() :] if mark else text)
    sure = mark is not None or any(separator in text for separator in _SEPARATORS)
    return scanned if scanned and (sure or not _wrong(scanned.get("01") or scanned.get("00") or "")) else None


def _scanned(text: str) -> dict[str, str] | None:
    """What a scanner sends, taken apart: values of one length follow each other, others end at a separator."""
    elements: dict[str, str] = {}
    rest = text.lstrip(_SEPARATORS)
    while rest:
        match = _DATA.match(rest)
        if match is None:
            return None
        ai = match[1]
        length = _FIXED.get(ai) or (6 if ai[0] == "3" and len(ai) == 4 and ai < "3700" else 0)
        body = rest[len(ai) :]
        end = length or min((at for at in (body.find(one) for one in _SEPARATORS) if at >= 0), default=len(body))
        if end > len(body) or not body[:end]:
            return None
        elements.setdefault(ai, body[:end])
        rest = body[end:].lstrip(_SEPARATORS)
    return elements


def _gdst_lot(text: str) -> Lot:
    head, _, code = text.rpartition(".")
    return Lot(product=Product(class_id=head or text).ref, code=code, grain="lot")


_GDST_KINDS: dict[str, Any] = {
    "product:lot:class": _gdst_lot,
    "product:serial:obj": lambda text: Lot(product=Product(class_id=text.rpartition(".")[0]).ref, serial=text.rpartition(".")[2], grain="item"),
    "product:class": lambda text: Product(class_id=text),
    "location:loc": lambda text: Place(code_id=text),
    "party": lambda text: Party(code_id=text),
}


def _by_ai(ai: str, value: str, qualifiers: dict[str, str], text: str) -> Identified | None:
    if ai == "01":
        digits = value.zfill(14)
        return _of_product(Product(gtin=digits), _plain(qualifiers.get("10")), _plain(qualifiers.get("21")), _wrong(digits))
    if ai == "00":
        return Identified(LogisticUnit(sscc=value), _wrong(value))
    if ai == "414":
        return _of_place(value, qualifiers.get("254"), _wrong(value))
    if ai == "417":
        return Identified(Party(gln=value), _wrong(value))
    if ai == "8003":
        return Identified(LogisticUnit(asset=value))
    if ai == "8004":
        return Identified(Device(asset=value))
    if ai == "253":
        return Identified(Document(type="gdti", number=value))
    return Identified(Party(code_id=text)) if ai in ("8017", "8018") else None


def _of_product(product: Product, code: str | None, serial: str | None, finding: str | None) -> Identified:
    lot = Lot(product=product.ref, code=code, grain="lot") if code else None
    if serial:
        return Identified(Lot(product=product.ref, serial=serial, grain="item"), finding, lot)
    return Identified(lot or product, finding)


def _of_place(gln: str, extension: str | None, finding: str | None) -> Identified:
    """An extension names a part of the site that the number names."""
    site = Place(gln=gln)
    return Identified(Place(gln=gln, extension=extension), finding, site) if extension else Identified(site, finding)


def _plain(code: str | None) -> str | None:
    """A lot code or serial number as it is compared: exact and case-sensitive, composed (NFC) and trimmed."""
    return (unicodedata.normalize("NFC", code).strip() or None) if code else None


def _by_epc(scheme: str, body: str, text: str) -> Identified | None:
    parts = [unquote(part) for part in body.split(".", 2)]
    if scheme in ("sgtin", "lgtin") and len(parts) == 3 and parts[1]:
        digits = _checked(parts[1][0] + parts[0] + parts[1][1:])
        if parts[2] == "*":
            return Identified(Product(gtin=digits), _length(digits, 14))
        code = _plain(parts[2])
        lot, serial = (code, None) if scheme == "lgtin" else (None, code)
        return _of_product(Product(gtin=digits), lot, serial, _length(digits, 14))
    if scheme == "sscc" and len(parts) == 2 and parts[1]:
        digits = _checked(parts[1][0] + parts[0] + parts[1][1:])
        return Identified(LogisticUnit(sscc=digits), _length(digits, 18))
    if scheme == "sgln" and len(parts) >= 2:
        digits = _checked(parts[0] + parts[1])
        extension = parts[2] if len(parts) == 3 and parts[2] != "0" else None
        return _of_place(digits, extension, _length(digits, 13))
    if scheme == "pgln" and len(parts) >= 2:
        digits = _checked(parts[0] + parts[1])
        return Identified(Party(gln=digits), _length(digits, 13))
    if scheme == "grai" and len(parts) == 3:
        return Identified(LogisticUnit(asset="0" + _checked(parts[0] + parts[1]) + parts[2]))
    if scheme == "giai":
        return Identified(Device(asset="".join(parts)))
    if scheme == "gdti" and len(parts) == 3:
        return Identified(Document(type="gdti", number=_checked(parts[0] + parts[1]) + parts[2]))
    return Identified(Party(code_id=text)) if scheme in ("gsrn", "gsrnp") else None


def _checked(payload: str) -> str:
    return payload + str(gs1_standard_check_digit(payload)) if payload.isdigit() and payload.isascii() else payload


def _wrong(digits: str) -> str | None:
    if not (digits.isascii() and digits.isdigit()):
        return f"{digits!r} is not made of digits"
    right = gs1_standard_check_digit(digits[:-1])
    return None if int(digits[-1]) == right else f"the check digit of {digits} is {digits[-1]}, computed {right}"


def _length(digits: str, length: int) -> str | None:
    if len(digits) == length and digits.isdigit():
        return None
    return f"{digits!r} has {len(digits)} characters where {length} digits are due"
