"""Mass balance: what cannot be, or is unusual, as anomalies on the lots, places and processes that it concerns."""

import hashlib
from collections.abc import Iterator

from algorithms.balance import oddities
from algorithms.flow import Flow
from enrichers.enricher import Finding, enricher
from ontology.kinds import ref
from ontology.quality import Anomaly
from ontology.relations import CONCERNS
from ontology.values import Quantity


@enricher(adds=Anomaly, version="1")
def mass_balance(flow: Flow) -> Iterator[Finding]:
    """Lots that give out more than went in, processes that make more than they used or have an unusual yield."""
    for one in oddities(flow):
        name = "\x1f".join((one.sort, *(part for key in one.about for part in key)))
        number = hashlib.sha256(name.encode()).hexdigest()[:16]
        came, left = (Quantity(value, one.unit) for value in (one.came, one.left))
        thing = Anomaly(detector="mass balance", number=number, sort=one.sort, said=one.said, came=(came,), left=(left,), usual=one.usual)
        yield Finding(thing, tuple(CONCERNS(ref(*key)) for key in one.about))
