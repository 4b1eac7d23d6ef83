"""Promises that every kind and relation keeps, and that its derivations agree."""

import json
from pathlib import Path

import pytest

from ontology import codes, derive
from ontology.kinds import KINDS, RELATIONS

ROOT = Path(__file__).parents[2]
kinds = pytest.mark.parametrize("name", sorted(KINDS))
relations = pytest.mark.parametrize("name", sorted(RELATIONS))


@kinds
def test_a_kind_has_an_iri_a_definition_of_one_sentence_and_a_key_of_its_own_fields(name: str) -> None:
    kind = KINDS[name]
    assert derive.expanded(kind.iri).startswith("http")
    assert kind.definition.endswith(".") and len(kind.definition) > 20
    assert all(part.rstrip("?") in kind.fields for key in kind.keys for part in key)


@kinds
def test_every_field_is_defined_in_one_sentence_and_draws_from_a_known_list(name: str) -> None:
    for field in KINDS[name].fields.values():
        assert field.definition.endswith("."), field
        assert not field.codes or field.codes in codes.OURS or codes.published(field.codes)
        assert not field.is_ref or field.type in KINDS
        assert not field.via or RELATIONS[field.via].allows(name, field.type)
        assert not field.iri or derive.expanded(field.iri)


@kinds
def test_constraint_context_and_glossary_know_the_kind_with_all_its_fields(name: str) -> None:
    kind = KINDS[name]
    assert any(f"(n:{name})" in text for text in derive.constraints())
    term = derive.context()["@context"][name]  # type: ignore[index]
    assert term["@id"] == kind.iri and set(term["@context"]) == set(kind.fields)
    assert f"### {name}\n\n{kind.definition}" in derive.glossary()


@relations
def test_a_relation_has_an_iri_a_definition_known_ends_and_its_place_in_context_and_glossary(name: str) -> None:
    relation = RELATIONS[name]
    assert derive.expanded(relation.iri) and relation.definition.endswith(".")
    assert set(relation.starts) <= set(KINDS) and set(relation.ends) <= set(KINDS)
    assert derive.context()["@context"][name]["@id"] == relation.iri  # type: ignore[index]
    assert f"| {name} | {relation.definition} |" in derive.glossary()


def test_the_committed_context_and_glossary_are_what_the_declarations_yield() -> None:
    assert (ROOT / "ontology/context.jsonld").read_text() == derive.context_text(), "run `foodflow ontology --write`"
    assert (ROOT / "docs/glossary.md").read_text() == derive.glossary(), "run `foodflow ontology --write`"
    assert json.loads(derive.context_text())
