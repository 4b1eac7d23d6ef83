"""What every connector is: an outside system or file format that tells facts."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar

from ontology.language import Fact, Refusal, Retraction

Told = Fact | Retraction | Refusal


class Document:
    """A seekable file with its name, its size in bytes, and the data set that it belongs to."""

    def __init__(self, name: str, file: BinaryIO, size: int, dataset: str | None = None) -> None:
        self.name, self.size, self._file = name, size, file
        self.dataset = dataset or Path(name).stem

    def head(self, size: int = 65536) -> bytes:
        """The first bytes."""
        self._file.seek(0)
        return self._file.read(size)

    def open(self) -> BinaryIO:
        """The file, at its beginning."""
        self._file.seek(0)
        return self._file


class Connector:
    """A format or system. Pure: a document in, facts out; a bad row is a Refusal and never loses the rest."""

    name: ClassVar[str]
    sample: ClassVar[str]

    def recognises(self, document: Document) -> bool:
        """Whether the document is of this format, by its content."""
        raise TypeError(f"{type(self).__name__} does not say what it recognises.")

    def facts(self, document: Document) -> Iterator[Told]:
        """What the document tells."""
        raise TypeError(f"{type(self).__name__} does not say what it tells.")


def connectors() -> list[Connector]:
    """Every connector, found by listing this folder, by name."""
    package = importlib.import_module("ingest")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"ingest.{module.name}")
    return sorted((kind() for kind in Connector.__subclasses__()), key=lambda connector: connector.name)


def connector_for(document: Document) -> Connector | None:
    """The connector that recognises a document, if any does."""
    return next((connector for connector in connectors() if connector.recognises(document)), None)
