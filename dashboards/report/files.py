"""A report as a file, as a person asks for it: on the command line, or by a link on the investigation's page."""

import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from flask import Flask, Response, request, send_file

from dashboards.asking import Asking, Failed
from dashboards.investigations.asked import REPORT, SCOPES, View
from dashboards.page import Address
from dashboards.report import book, document
from dashboards.report.asked import Asks, known, steadily

KINDS = {"pdf": document.write, "xlsx": book.write}
"""What writes each kind of file."""
_TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_STATUS = {"NOT_FOUND": 404, "UNKNOWN": 404, "FORBIDDEN": 403, "UNAVAILABLE": 503}


def report(ask: Asks, view: View, kind: str, target: BinaryIO) -> None:
    """Write the report of an investigation into a file that is open for writing. Raises Failed."""

    def write(records: Any) -> None:
        target.seek(0)
        target.truncate()
        KINDS[kind](records, target)

    steadily(ask, view, write)


def kept(ask: Asks, named: str, to: Path, what_if: str, scope: str, *, dates: bool) -> dict[str, Any]:
    """Write the report of an investigation, by its number or id, to a file of this kind; it appears as a whole, or not at all. Raises Failed."""
    kind = to.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise Failed(f"A report is a .pdf or an .xlsx file; {to.name} is neither.", "REFUSED")
    if scope not in SCOPES:
        raise Failed(f"There is no scope {scope!r}: choose of {', '.join(SCOPES)}.", "REFUSED")
    view = View(known(ask, named), what_if, scope, dates, "")
    part = to.with_name(f"{to.name}.part")
    try:
        with part.open("wb") as target:
            report(ask, view, kind, target)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return {"file": str(to), "investigation": view.id, "bytes": to.stat().st_size}


def serve(server: Flask, asking: Asking) -> None:
    """Have the pages hand out reports, to whoever may see the investigation."""

    @server.get(f"{REPORT}.<kind>")
    def handed(kind: str) -> Response:
        at = Address.of(request.path, request.query_string.decode())
        target = tempfile.TemporaryFile()  # noqa: SIM115  it is closed with the answer
        try:
            if kind not in KINDS:
                raise Failed("A report is a .pdf or an .xlsx file.", "NOT_FOUND")
            report(asking.of(at.get("tenant") or None), View.of(at), kind, target)
        except Failed as failed:
            target.close()
            return Response(f"{failed.words}\n", _STATUS.get(failed.code, 400), mimetype="text/plain")
        target.seek(0)
        name = "".join(letter if letter.isalnum() else "-" for letter in at.get("name") or "investigation")[:60]
        return send_file(target, _TYPES[kind], as_attachment=True, download_name=f"report-{name}.{kind}")
