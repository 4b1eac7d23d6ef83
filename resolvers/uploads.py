"""Uploads: files sent with a question (GraphQL multipart request specification), streamed to disk under the hash of their content."""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from ontology.errors import Refused, Unavailable

LARGEST_FIELD = 1_000_000
"""Bytes of the question that comes with a file."""

LARGEST_FILE = 20_000_000_000
"""Bytes of an uploaded file."""


@dataclass(frozen=True)
class Uploaded:
    """A file that arrived: what its sender called it, where it lies, how large it is, the SHA-256 of its content."""

    name: str
    path: Path
    size: int
    sha256: str


class Upload:
    """A question with at most one file; the file is written as it arrives, never held in memory."""

    def __init__(self, folder: Path, content_type: str) -> None:
        """Raises Refused for a body that says no boundary."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Refused("A file is sent as multipart/form-data with a boundary (GraphQL multipart request specification).")
        self._folder = folder
        self._fields: dict[str, bytearray] = {}
        self._file: IO[bytes] | None = None
        self._part: Path | None = None
        self._hash, self._size = hashlib.sha256(), 0
        self._header, self._value, self._headers = b"", b"", dict[str, bytes]()
        self._field, self._called, self._label = "", "", ""
        self._parser = MultipartParser(options[b"boundary"], self._callbacks())  # type: ignore[arg-type]

    def _callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
        }

    def _begin(self) -> None:
        self._headers = {}
        self._header = self._value = b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value
        self._header = self._value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self._fields[self._field] = bytearray()
            return
        if self._part is not None:
            raise Refused("A question carries one file: send others by questions of their own.")
        self._called, self._label = self._field, named(options[b"filename"])
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._part = self._folder / f"{secrets.token_hex(8)}.part"
        self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._field not in self._fields:
            assert self._file
            self._size += len(piece)
            if self._size > LARGEST_FILE:
                raise Refused(f"A file has at most {LARGEST_FILE} bytes: send it in pieces that stand by themselves.")
            self._hash.update(piece)
            self._file.write(piece)
            return
        self._fields[self._field] += piece
        if len(self._fields) > 8 or sum(map(len, self._fields.values())) > LARGEST_FIELD:
            raise Refused(f"The question beside a file has at most {LARGEST_FIELD} bytes.")

    async def read(self, body: AsyncIterator[bytes]) -> dict[str, Any]:
        """The question with the file in its place among the variables.

        Raises Refused for a malformed or oversized body, Unavailable when the disk is full; nothing stays on disk then.
        """
        try:
            async for block in body:
                self._parser.write(block)
            self._parser.finalize()
            return self._placed()
        except (MultipartParseError, orjson.JSONDecodeError, KeyError, TypeError, IndexError, AttributeError):
            self._drop()
            raise Refused("The body is no GraphQL multipart request: fields `operations`, `map` and one file, in this order.") from None
        except OSError as error:
            self._drop()
            raise Unavailable(f"The file cannot be kept ({error.strerror}): make room on the server and send it again.") from None
        except BaseException:
            self._drop()
            raise

    def _placed(self) -> dict[str, Any]:
        asked: dict[str, Any] = orjson.loads(self._fields["operations"])
        for paths in orjson.loads(self._fields["map"]).get(self._called, ()):
            *way, last = str(paths).split(".")
            at: Any = asked
            for name in way:
                at = at[name]
            at[last] = self._kept()
        return asked

    def _kept(self) -> Uploaded:
        assert self._file and self._part
        self._file.close()
        digest = self._hash.hexdigest()
        path = self._folder / digest
        if self._part.exists():
            self._part.replace(path)
        return Uploaded(self._label, path, self._size, digest)

    def _drop(self) -> None:
        if self._file and self._part:
            self._file.close()
            self._part.unlink(missing_ok=True)


def named(name: bytes) -> str:
    """The last part of a file name as sent, printable and short."""
    last = name.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-120:] or "file"
