"""Every kind and relation, declared: import this where the whole ontology is needed."""

from ontology import acts, food, places, quality, relations
from ontology.language import KINDS, RELATIONS

__all__ = ["KINDS", "RELATIONS", "acts", "food", "places", "quality", "relations"]
