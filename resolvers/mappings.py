"""Which mapping a table is read by: the one that is told, the kept one that is named, a kept one of the same headings, else a guess."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from graph_core.registry import Registry, SavedMapping, now
from ingest.connector import Document
from ingest.sheets.cells import Unreadable
from ingest.tables import Understood, understood
from ingest.tables.mapping import Mapping
from ontology.errors import Refused
from resolvers.uploads import Uploaded

LONGEST_NAME = 80


@contextmanager
def read_by(
    registry: Registry, tenant: str, file: Uploaded, dataset: str | None, told: Mapping | None, name: str | None, kind: str = "", sheet: str = ""
) -> Iterator[tuple[Understood, str | None, Document]]:
    """How a table is read, the name of the kept mapping that says so (if one does), and the table's document, open for as long as this lasts.

    Raises Refused for an unknown name, a misfit, or a file that is no table.
    """
    with file.path.open("rb") as opened:
        document = Document(file.name, opened, file.size, dataset)
        try:
            found, saved = _read(registry, tenant, document, told, name, kind, sheet)
        except Unreadable as error:
            raise Refused(error.sentence(file.name)) from None
        yield found, saved, document


def _read(
    registry: Registry, tenant: str, document: Document, told: Mapping | None, name: str | None, kind: str, sheet: str
) -> tuple[Understood, str | None]:
    if told or name:
        document.mapping = (told or kept(registry, tenant, str(name))).told()
        return understood(document), None if told else name
    found = understood(document, kind, sheet)
    for one in registry.mappings(tenant):
        mapping = Mapping.from_told(orjson.loads(one.mapping))
        if mapping.fits(list(found.table.headings)) and kind in ("", mapping.kind):
            document.mapping = mapping.told()
            return understood(document, sheet=sheet), one.name
    return found, None


def kept(registry: Registry, tenant: str, name: str) -> Mapping:
    """The mapping that is kept under a name. Raises Refused where none is."""
    found = {one.name: one.mapping for one in registry.mappings(tenant)}
    if name not in found:
        raise Refused(f"There is no mapping {name!r}: {('kept are ' + ', '.join(found)) if found else 'none is kept yet'}.")
    return Mapping.from_told(orjson.loads(found[name]))


def keep(registry: Registry, tenant: str, caller: str, name: str, mapping: Mapping) -> SavedMapping:
    """Keep a mapping under a name, for this file's headings and any other table that has the same. Raises Refused for a name that is none."""
    saved = SavedMapping(tenant, checked_name(name), orjson.dumps(mapping.told()).decode(), now(), caller)
    registry.save_mapping(saved)
    return saved


def checked_name(name: str) -> str:
    """A name for a mapping. Raises Refused for one that is none."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A mapping has a name of 1 to {LONGEST_NAME} characters.")
    return name
