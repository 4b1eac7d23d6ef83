"""Questions: parsed, validated and bounded once per text; the same text asked again costs nothing of that."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    validate,
)
from strawberry import Schema
from strawberry.extensions import SchemaExtension

from ontology.errors import Refused
from ontology.kinds import KINDS, RELATIONS
from resolvers.connections import plural
from resolvers.views import USUAL

LONGEST = 20_000
MOST_TOKENS = 2_000
DEEPEST = 12
MOST_FIELDS = 1_000
MOST_ROWS = 100_000
"""Rows that a question may come to answer, were every page full; a trace or recall weighs as 5,000, a search as 2,000."""

_WEIGHTS = {"trace": 5_000, "recallSize": 5_000, "mockRecall": 5_000, "scores": 5_000, "search": 2_000, "verification": 50_000}
_SINGLE = {relation.reads for relation in RELATIONS.values() if relation.at_most == 1}
_PAGED = {name for relation in RELATIONS.values() for name in (relation.reads, relation.back) if name} - _SINGLE | set(map(plural, KINDS))


class BadQuery(Refused):
    """A question that the schema does not allow, or that asks for too much at once."""

    code = "BAD_QUERY"


@dataclass(frozen=True)
class Question:
    """A text that was parsed and validated; `errors` says what is wrong with it."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]


class Prepared(SchemaExtension):
    """Hands a question to the executor as it was prepared."""

    async def on_parse(self) -> AsyncIterator[None]:
        """The document, parsed before."""
        self.execution_context.graphql_document = question(self.execution_context.schema, self.execution_context.query or "").document
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Validated before."""
        self.execution_context.pre_execution_errors = []
        yield


@lru_cache(maxsize=512)
def question(schema: Schema, text: str) -> Question:
    """The question that a text asks."""
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        return Question(None, (error,))
    except RecursionError:
        return Question(None, (GraphQLError("The query is nested too deeply."),))
    return Question(document, tuple(validate(schema._schema, document, max_errors=5, hide_suggestions=True)))


def bounded(schema: Schema, text: str, variables: Mapping[str, Any], name: object = None) -> Question:
    """The question, with its size checked. Raises BadQuery with the bound that it breaks, or when no operation has the name asked."""
    if len(text) > LONGEST:
        raise BadQuery(f"A query has at most {LONGEST} characters: send values as variables.")
    asked = question(schema, text)
    if asked.document and not asked.errors:
        size = _Size(asked.document, variables)
        size.check()
        size.names(name)
    return asked


class _Size:
    """How deep and how large a question is; a fragment is measured once, however often it is spread."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self._fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        self._known: dict[str, tuple[int, int, int]] = {}

    def check(self) -> None:
        """Raises BadQuery when a bound is broken."""
        for operation in self._operations:
            depth, rows, fields = self._of(operation.selection_set)
            for found, most, what in ((depth, DEEPEST, "levels"), (rows, MOST_ROWS, "rows"), (fields, MOST_FIELDS, "fields")):
                if found > most:
                    raise BadQuery(f"The query asks for {found} {what}; it may for {most}: ask for less at once, with smaller pages.")

    def names(self, asked: object) -> None:
        """Raises BadQuery unless the name asked, or its absence, says which operation to carry out."""
        named = [one.name.value if one.name else None for one in self._operations]
        if (asked is None and len(named) != 1) or (asked is not None and asked not in named):
            said = ", ".join(name or "one without a name" for name in named) or "none"
            raise BadQuery(f"`operationName` says which operation to carry out: the query holds {said}.")

    def _of(self, selected: SelectionSetNode | None) -> tuple[int, int, int]:
        """Levels, rows and fields under a selection."""
        depth = rows = fields = 0
        for one in selected.selections if selected else ():
            if isinstance(one, FieldNode):
                found = self._field(one)
            elif isinstance(one, FragmentSpreadNode):
                found = self._fragment(one.name.value)
            else:
                found = self._of(getattr(one, "selection_set", None))
            depth, rows, fields = max(depth, found[0]), rows + found[1], fields + found[2]
        return depth, rows, fields

    def _field(self, field: FieldNode) -> tuple[int, int, int]:
        name = field.name.value
        if name.startswith("__"):
            return 1, 0, 1
        depth, rows, fields = self._of(field.selection_set)
        many = self._first(field)
        return depth + 1, _WEIGHTS.get(name, 0) + (many or 0) + (many or 1) * rows, fields + 1

    def _first(self, field: FieldNode) -> int | None:
        """The rows of a list that comes in pages; None for any other field."""
        told = next((argument.value for argument in field.arguments or () if argument.name.value == "first"), None)
        found: Any = USUAL if field.name.value in _PAGED else None
        if isinstance(told, IntValueNode):
            found = int(told.value)
        elif isinstance(told, VariableNode):
            found = self._variables.get(told.name.value, USUAL)
        return max(1, found) if isinstance(found, int) else None

    def _fragment(self, name: str) -> tuple[int, int, int]:
        if name not in self._known:
            self._known[name] = 0, 0, 0
            self._known[name] = self._of(self._fragments[name].selection_set)
        return self._known[name]
