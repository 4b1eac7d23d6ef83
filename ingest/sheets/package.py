"""The parts of an XLSX file: a ZIP of XML, read within limits that no honest workbook meets, without ever following a reference outside."""

import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

from ingest.sheets.cells import Unreadable

MOST_PARTS = 10_000
MOST_BYTES = 8_000_000_000
"""Bytes of a part when unpacked; a sheet of 1,048,576 rows and 30 columns takes about 2.5 GB."""
MOST_RATIO, FREE_BYTES = 300, 100_000_000
"""How much larger than packed a part may be, once it is larger than the free bytes; sheets reach 10 to 60, a ZIP bomb 1,000."""
SMALL = 50_000_000
"""Bytes of a part that is held whole: styles, the list of sheets."""
_BLOCK = 1 << 18
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AGAIN = "Open it in the program that wrote it and save it again as XLSX or CSV."
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"

Element = ElementTree.Element


def is_package(head: bytes) -> bool:
    """Whether a file begins as a ZIP does, or as an old XLS, which has a refusal of its own."""
    return head.startswith((b"PK\x03\x04", _OLE))


class Package:
    """An opened XLSX file. Raises Unreadable for an old XLS, a locked or broken file, one made to exhaust its reader."""

    def __init__(self, file: BinaryIO) -> None:
        if file.read(8) == _OLE:
            raise Unreadable(
                "it is an XLS of Excel 97-2003, or locked with a password", "Open it in Excel and save it as XLSX without a password, or as CSV."
            )
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
            raise Unreadable(f"it is no whole XLSX file ({error})", "Copy or export it again, whole.") from None
        if len(self._zip.infolist()) > MOST_PARTS:
            raise Unreadable(f"it has {len(self._zip.infolist())} parts; {MOST_PARTS} are allowed", _AGAIN)
        if "[Content_Types].xml" not in self._zip.namelist():
            raise Unreadable("it is a ZIP but no XLSX workbook", "Unpack it and import the files in it.")

    @property
    def has_macros(self) -> bool:
        """Whether macros lie in it; they are never looked at."""
        return any(name.lower().endswith("vbaproject.bin") for name in self._zip.namelist())

    @property
    def is_binary(self) -> bool:
        """Whether its sheets are of the binary form XLSB."""
        return "xl/workbook.bin" in self._zip.namelist()

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._zip.NameToInfo

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part, unpacked block by block. Raises Unreadable for one that is locked, broken, too large, or declares entities."""
        try:
            packed = self._zip.getinfo(name)
        except KeyError:
            raise Unreadable(f"its part {name} is missing", _AGAIN) from None
        unpacked, tail = 0, b""
        try:
            with self._zip.open(packed) as part:
                while block := part.read(_BLOCK):
                    unpacked += len(block)
                    if unpacked > MOST_BYTES or (unpacked > FREE_BYTES and unpacked > MOST_RATIO * packed.compress_size):
                        raise Unreadable(
                            f"its part {name} unpacks from {packed.compress_size:,} bytes to more than {unpacked // 1_000_000:,} MB, like a ZIP bomb",
                            "Save the table alone in a new workbook, or as CSV.",
                        )
                    if b"<!" in tail + block and (b"<!DOCTYPE" in tail + block or b"<!ENTITY" in tail + block):
                        raise Unreadable(f"its part {name} declares entities, which no workbook does", _AGAIN)
                    tail = block[-9:]
                    yield block
        except (RuntimeError, NotImplementedError) as error:
            raise Unreadable(f"its part {name} cannot be unpacked ({error})", "Save it without a password as XLSX.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Unreadable(f"its part {name} is broken ({error})", "Copy or export it again, whole.") from None

    def whole(self, name: str) -> Element:
        """A small part as an element."""
        held = bytearray()
        for block in self.blocks(name):
            held += block
            if len(held) > SMALL:
                raise Unreadable(f"its part {name} has more than {SMALL // 1_000_000} MB", _AGAIN)
        return parsed(bytes(held), name)

    def targets(self, of: str) -> dict[str, str]:
        """The parts that a part leads to, by the id of the relationship."""
        folder, _, name = of.rpartition("/")
        listed = f"{folder}/_rels/{name}.rels".lstrip("/")
        if not self.has(listed):
            return {}
        told = (one.attrib for one in self.whole(listed).iter(_RELATION))
        return {one["Id"]: _joined(folder, one["Target"]) for one in told if "Id" in one and "Target" in one and one.get("TargetMode") != "External"}


def _joined(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    parts = folder.split("/") if folder else []
    for piece in target.split("/"):
        if piece == "..":
            parts = parts[:-1]
        elif piece != ".":
            parts.append(piece)
    return "/".join(parts)


def parsed(text: bytes, name: str) -> Element:
    """XML as an element. Raises Unreadable for what is none, and for UTF-16, which hides what is looked for."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in text[:4]:
        raise Unreadable(f"its part {name} is not UTF-8", _AGAIN)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Unreadable(f"its part {name} is broken ({error})", _AGAIN) from None
    except (ValueError, LookupError) as error:
        raise Unreadable(f"its part {name} cannot be read ({error})", _AGAIN) from None
