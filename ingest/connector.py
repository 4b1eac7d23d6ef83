"""What every connector is: an outside system or file format that tells facts."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from ontology.language import Fact, Refusal, Retraction

Told = Fact | Retraction | Refusal
_PLACE = re.compile(r"(?:(\w+) row|(event|element|thing|line|row)) (\d+)$")


class Document:
    """A seekable file with its name, its size in bytes, the data set that it belongs to, and how a person said its columns are to be read.

    `given` is the data set only where a person named one.
    """

    def __init__(self, name: str, file: BinaryIO, size: int, dataset: str | None = None, mapping: Mapping[str, Any] | None = None) -> None:
        self.name, self.size, self._file = name, size, file
        self.dataset, self.given, self.mapping = dataset or Path(name).stem, dataset, mapping

    def head(self, size: int = 65536) -> bytes:
        """The first bytes, as UTF-8 whatever they are written in, so that a wrong encoding does not hide a format."""
        self._file.seek(0)
        head = self._file.read(size)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:4]:
            little = head[:2] == b"\xff\xfe" or head[1:2] == b"\x00"
            return head.decode("utf-16-le" if little else "utf-16-be", "ignore").lstrip("\ufeff").encode(errors="ignore")
        return head.removeprefix(b"\xef\xbb\xbf")

    def open(self) -> BinaryIO:
        """The file, at its beginning."""
        self._file.seek(0)
        return self._file


class Connector:
    """A format or system. Pure: a document in, facts out; a bad row is a Refusal and never loses the rest."""

    name: ClassVar[str]
    sample: ClassVar[str]
    by_record: ClassVar[bool] = True
    """Whether it tells record by record, so that a document that ends too early loses nothing before its end."""

    def sample_document(self) -> bytes:
        """The sample as it stands in a file."""
        return self.sample.encode()

    def recognises(self, document: Document) -> bool:
        """Whether the document is of this format, by its content."""
        raise TypeError(f"{type(self).__name__} does not say what it recognises.")

    def facts(self, document: Document) -> Iterator[Told]:
        """What the document tells, read as a stream: memory does not grow with the document."""
        raise TypeError(f"{type(self).__name__} does not say what it tells.")

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """A document of the same format with the refused records alone, and the rows that they need, to be mended and imported again.

        It belongs to the data set of the document that it is taken from. Records that could not be read at all are not in it.
        """
        raise TypeError(f"{type(self).__name__} does not say what to mend.")


def connectors() -> list[Connector]:
    """Every connector, found by listing this folder, by name."""
    package = importlib.import_module("ingest")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"ingest.{module.name}")
    return sorted((kind() for kind in Connector.__subclasses__()), key=lambda connector: connector.name)


def connector_for(document: Document) -> Connector | None:
    """The connector that recognises a document, if any does."""
    return next((connector for connector in connectors() if connector.recognises(document)), None)


def rows(refusals: Iterable[Refusal]) -> set[tuple[str, int]]:
    """What refusals point to: (event, 3), (station, 12), (line, 7): the sort of row and its number, from the places that they name."""
    found = (_PLACE.search(refusal.place) for refusal in refusals)
    return {(match[1] or match[2], int(match[3])) for match in found if match}
