"""Every kind and relation, declared: import this where the whole ontology is needed."""

from typing import Any

from ontology import acts, food, places, quality, relations
from ontology.language import KINDS, RELATIONS, Ref

__all__ = ["KINDS", "RELATIONS", "acts", "food", "places", "quality", "ref", "relations"]


def ref(kind: str, key: str) -> "Ref[Any]":
    """A reference to a thing by the name of its kind and its key."""
    return Ref(KINDS[kind].thing, key)
