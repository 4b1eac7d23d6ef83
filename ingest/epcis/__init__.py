"""EPCIS 2.0 JSON-LD: what trading partners say happened (derivation rules: reference/model.md section 3)."""

import re
from collections.abc import Iterable, Iterator

from ingest.connector import Connector, Document, Told, rows
from ingest.epcis.document import Part, parts, written
from ingest.epcis.master_data import element_facts
from ingest.epcis.telling import event_facts
from ingest.json_stream import Broken, Record
from ingest.said import Said
from ontology.language import Refusal

SAMPLE = """{"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], "type": "EPCISDocument", "schemaVersion": "2.0",
 "creationDate": "2025-03-02T10:00:00Z", "epcisBody": {"eventList": [
 {"type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001", "eventTime": "2025-03-01T08:00:00+01:00",
  "eventTimeZoneOffset": "+01:00", "action": "ADD", "bizStep": "commissioning",
  "quantityList": [{"epcClass": "https://id.gs1.org/01/09521234000020/10/L42", "quantity": 20, "uom": "KGM"}],
  "readPoint": {"id": "https://id.gs1.org/414/9521234000013"}, "bizLocation": {"id": "https://id.gs1.org/414/9521234000013"}}]}}"""
_OPENING = re.compile(
    rb'\\?"(?:type|isA)\\?"\s*:\s*\\?"EPCIS(?:Query)?Document\\?"|"epcisBody"|"type"\s*:\s*"\w+Event".*"eventTime|"eventTime.*"\w+Event"', re.S
)


class Epcis(Connector):
    """EPCISDocument and EPCISQueryDocument; every event is kept as received, beside the acts that it tells."""

    name = "epcis"
    sample = SAMPLE

    def recognises(self, document: Document) -> bool:
        """A JSON document of EPCIS type, or one event."""
        head = document.head(2_000_000)
        return head.lstrip()[:1] == b"{" and _OPENING.search(head) is not None

    def facts(self, document: Document) -> Iterator[Told]:
        """The facts of its events and master data in their order; what is bad is refused and the rest goes on."""
        with Said() as said:
            try:
                for part in parts(document):
                    yield from (event_facts if part.sort == "event" else element_facts)(part, document.name, said)
            except Broken as error:
                yield Refusal(f"{document.name} {error.place}", str(error), "Export it again, whole, as UTF-8 JSON-LD.")

    def rejects(self, document: Document, refusals: Iterable[Refusal]) -> Iterator[bytes]:
        """The refused events and elements of master data; events need no other rows."""
        refused = list(refusals)
        places, records = rows(refused), {refusal.record for refusal in refused if refusal.record}
        head = next((part.head for part in _readable(document)), {})

        def wanted(sort: str) -> Iterator[tuple[str, Record]]:
            for part in _readable(document):
                if part.sort == sort and _refused(part, places, records):
                    yield part.vocabulary, part.record

        top = {name: value for name, value in head.items() if name not in ("type", "epcisHeader")}
        yield from written(top, wanted("element"), (record for _, record in wanted("event")))


def _readable(document: Document) -> Iterator[Part]:
    try:
        yield from parts(document)
    except Broken:
        return


def _refused(part: Part, places: set[tuple[str, int]], records: set[str]) -> bool:
    if part.sort == "event":
        return ("event", part.number) in places or ("line", part.number) in places
    named = f"masterdata:{part.record.value.get('id')}" if isinstance(part.record.value, dict) else ""
    return ("element", part.number) in places or any(record.startswith(f"{named}/") for record in records)
