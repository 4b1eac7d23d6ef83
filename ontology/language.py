"""The language of facts: kinds of things, relations between them, and assertions about both with their source.

A key is text and can be read back into its parts, so a reference alone says what it refers to: a Lot that was only
mentioned still knows its product and code.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform
from urllib.parse import unquote

from ontology.errors import OntologyViolation
from ontology.values import Coordinates, Quantity, Time

T = TypeVar("T", bound="Thing")
Json = Mapping[str, Any]
KINDS: dict[str, "Kind"] = {}
RELATIONS: dict[str, "Relation"] = {}


def about(definition: str, iri: str | None = None, codes: str | None = None, via: str | None = None) -> Any:
    """A field of a kind or a property of a relation: its one-sentence definition, its IRI, the code list it draws from.

    `via` names the relation that a Ref field of the key stands for.
    """
    return field(default=None, metadata={"definition": definition, "iri": iri, "codes": codes, "via": via})


@dataclass(frozen=True, slots=True)
class Ref(Generic[T]):
    """A thing named by its kind and key."""

    kind: type[T]
    key: str


@dataclass(frozen=True)
class FieldOf:
    """A field as declared: `type` is one of str, int, float, bool, date, Time, Quantity, Coordinates, Json or a kind's name.

    `many` says that it holds a list; for a Ref `type` is the kind's name and `is_ref` holds.
    """

    name: str
    type: str
    many: bool
    is_ref: bool
    definition: str
    iri: str | None
    codes: str | None
    via: str | None


@dataclass(frozen=True)
class Kind:
    """A kind as declared: what the graph, the API, the context and the glossary are derived from."""

    name: str
    thing: type["Thing"]
    iri: str
    definition: str
    keys: tuple[tuple[str, ...], ...]
    also: tuple[str, ...]
    kept: str
    immutable: bool

    @cached_property
    def fields(self) -> dict[str, FieldOf]:
        """The declared fields by name."""
        return _fields(self.thing)

    @cached_property
    def linking(self) -> tuple[tuple[str, str, str], ...]:
        """The Ref fields of the key that stand for a relation: field, relation, kind at its end."""
        return tuple((name, f.via, f.type) for name, f in self.fields.items() if f.via and f.is_ref)

    def parts(self, key: str) -> dict[str, str]:
        """The key's parts by field name; the inverse of `Thing.key`. Raises OntologyViolation for a text that is no such key."""
        tag, _, rest = key.partition(":")
        for known, parts in self._makers:
            if known == tag:
                return _split(parts, rest)
        raise OntologyViolation(f"{key!r} is not a key of {self.name}: it begins with one of {', '.join(_tag(a) for a in self.keys)}.")

    @cached_property
    def _makers(self) -> tuple[tuple[str, tuple[tuple[str, bool, bool], ...]], ...]:
        return tuple((_tag(a), tuple((p.rstrip("?"), p.endswith("?"), self.fields[p.rstrip("?")].is_ref) for p in a)) for a in self.keys)

    def key_of(self, thing: "Thing") -> str:
        """The key of a thing: the first alternative whose parts are all there. Raises OntologyViolation when none is."""
        for tag, parts in self._makers:
            pieces = []
            for name, optional, is_ref in parts:
                value = getattr(thing, name)
                if value is None or value == "":
                    if not optional:
                        break
                    value = ""
                pieces.append(value.key if is_ref else str(value).replace("%", "%25").replace("/", "%2F"))
            else:
                return f"{tag}:{'/'.join(pieces).rstrip('/')}" if parts[-1][1] else f"{tag}:{'/'.join(pieces)}"
        wanted = " or ".join(" + ".join(p.rstrip("?") for p in a if not p.endswith("?")) for a in self.keys)
        raise OntologyViolation(f"A {self.name} needs {wanted} to be known by.")


def _split(parts: tuple[tuple[str, bool, bool], ...], rest: str) -> dict[str, str]:
    nested = parts[0][2]
    pieces = rest.rsplit("/", len(parts) - 1) if nested else rest.split("/")
    held = {}
    for (name, _, is_ref), piece in zip(parts, pieces, strict=False):
        if piece:
            held[name] = unquote(piece) if "%" in piece and not is_ref else piece
    return held


def _tag(alternative: tuple[str, ...]) -> str:
    return next(part for part in reversed(alternative) if not part.endswith("?"))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Thing:
    """Anything the FoodGraph can hold; a subclass is a kind, its docstring the glossary entry."""

    kind: ClassVar[Kind]

    def __init_subclass__(
        cls,
        *,
        iri: str,
        key: tuple[str | tuple[str, ...], ...],
        also: str = "",
        kept: str = "graph",
        immutable: bool = False,
    ) -> None:
        dataclass(frozen=True, kw_only=True)(cls)
        keys = tuple(k if isinstance(k, tuple) else (k,) for k in key)
        names = tuple(name.strip() for name in also.split(",") if name.strip())
        cls.kind = Kind(cls.__name__, cls, iri, " ".join((cls.__doc__ or "").split()), keys, names, kept, immutable)
        KINDS[cls.__name__] = cls.kind

    @cached_property
    def key(self) -> str:
        """The business key as text, independent of source and time."""
        return self.kind.key_of(self)

    @property
    def ref(self) -> Any:
        """A reference to this thing: its kind and key alone (a `Ref` of its own kind)."""
        return Ref(type(self), self.key)


@dataclass(frozen=True, slots=True)
class Link:
    """One end of a relation as seen from the thing that a fact is about; `start` is set for a link that is a fact of its own."""

    relation: "Relation"
    end: Ref[Any]
    properties: Mapping[str, Any] = field(default_factory=dict)
    start: Ref[Any] | None = None


class Relation:
    """A verb between kinds: which ends it allows, what it carries, how it is read in the API.

    `at_most=1` allows one end per start. `carries` are properties of the relation, declared like fields. `reads` and
    `back` name the API fields at its start and at its end (None = the end does not list it).
    """

    def __init__(
        self,
        name: str,
        starts: type[Thing] | tuple[type[Thing], ...],
        ends: type[Thing] | tuple[type[Thing], ...],
        *,
        iri: str,
        definition: str,
        reads: str,
        back: str | None,
        carries: type | None = None,
        at_most: int | None = None,
        same_kind: bool = False,
    ) -> None:
        self.name, self.iri, self.definition = name, iri, definition
        self.starts = tuple(s.kind.name for s in (starts if isinstance(starts, tuple) else (starts,)))
        self.ends = tuple(e.kind.name for e in (ends if isinstance(ends, tuple) else (ends,)))
        self.reads, self.back, self.at_most, self.same_kind = reads, back, at_most, same_kind
        self.carries: dict[str, FieldOf] = _fields(carries) if carries else {}
        RELATIONS[name] = self

    def __call__(self, *ends: "Ref[Any] | Thing", **properties: Any) -> Link:
        """`OF_PRODUCT(flour)` is a link of the thing a fact is about; `FED(incoming, outgoing)` is a fact of its own."""
        refs = [end.ref if isinstance(end, Thing) else end for end in ends]
        told = {name: value for name, value in properties.items() if value is not None}
        return Link(self, refs[-1], told, refs[0] if len(refs) == 2 else None)

    def allows(self, start: str, end: str) -> bool:
        """Whether a thing of kind `start` may be related to one of kind `end`."""
        return start in self.starts and end in self.ends and (start == end or not self.same_kind)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so: the source's name, the key of its record, and where it stands (document, line)."""

    name: str
    record: str
    document: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """An assertion: a thing (or a link), its links, the source that says so, and when it held in the world.

    `told` is the sender's own record time; `findings` say what is odd about it (kept as told all the same).
    A record tells at most one fact about a thing; the same record told again with other content replaces it, and
    refuses the record where the kind is immutable.
    """

    about: Thing | Ref[Any] | Link
    source: Source
    links: tuple[Link, ...] = ()
    at: Time | None = None
    until: Time | None = None
    told: datetime | None = None
    reason: str | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retraction:
    """A record no longer says anything about a thing, or (without `of`) about anything.

    `fact` names one fact by its id; else all facts that `record` told about `of` end. That holds also for facts of an
    Event that arrive after its error declaration, because the declared Event stands.
    """

    source: Source
    reason: str
    of: Ref[Any] | None = None
    record: str | None = None
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row or event that cannot become facts: where it stands, the rule it breaks, what would be right, and its text."""

    place: str
    rule: str
    remedy: str
    text: str = ""
    record: str | None = None


def _fields(declared: type) -> dict[str, FieldOf]:
    hints = typing.get_type_hints(declared, include_extras=False)
    return {f.name: _field(f, hints[f.name]) for f in dataclasses.fields(declared)}


def _field(declared: "dataclasses.Field[Any]", hint: Any) -> FieldOf:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    many = typing.get_origin(hint) is tuple
    if many:
        hint = typing.get_args(hint)[0]
    is_ref = typing.get_origin(hint) is Ref
    if is_ref:
        hint = typing.get_args(hint)[0]
    name = "Json" if typing.get_origin(hint) is not None else _NAMES.get(hint, getattr(hint, "__name__", str(hint)))
    told = declared.metadata
    return FieldOf(declared.name, name, many, is_ref, told["definition"], told["iri"], told["codes"], told["via"])


_NAMES: dict[Any, str] = {date: "date", Time: "Time", Quantity: "Quantity", Coordinates: "Coordinates", Json: "Json"}
