"""The opaque ids of things: base64url of kind and key, valid as long as the thing is known by its key."""

import base64

import strawberry

from ontology.errors import Refused
from ontology.kinds import KINDS


def id_of(kind: str, key: str) -> strawberry.ID:
    """The opaque id of a thing."""
    return strawberry.ID(packed(f"{kind}:{key}".encode()))


def key_of(opaque: str) -> tuple[str, str]:
    """Kind and key of an opaque id. Raises Refused for a text that is none."""
    try:
        text = unpacked(opaque).decode()
    except ValueError:
        text = ""
    kind, _, key = text.partition(":")
    if kind not in KINDS or not key:
        raise Refused(f"{opaque!r} is no id of ours: take one from an answer, or use a look-up by business key.")
    return kind, key


def packed(content: bytes) -> str:
    """Bytes as text for an address: base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    """The inverse of `packed`. Raises ValueError for other text."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
