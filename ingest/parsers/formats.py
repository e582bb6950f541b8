"""Which reader takes which kind of file, and the task that runs inside the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from connectors.records import MEDIA_TYPE as RECORD
from ingest import media, wire
from ingest.errors import FileRefused, TimedOut, TooLarge, Unreadable, Unsupported
from ingest.parsed import Parsed
from ingest.parsers import markdown, plain, record, table
from ingest.parsers.limits import ReadLimits

Reader = Callable[[bytes, str, ReadLimits], Parsed]

LIGHT: dict[str, Reader] = {
    media.TEXT: plain.parse,
    media.MARKDOWN: markdown.parse,
    RECORD: record.parse,
}
_REFUSALS = {kind.__name__: kind for kind in (Unreadable, Unsupported, TooLarge, TimedOut)}


def order(kind: str, name: str, limits: ReadLimits) -> dict[str, Any]:
    """Return the header that asks `read` for a document."""
    return {"kind": kind, "name": name, "limits": asdict(limits)}


def read(header: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], bytes]:
    """Read one document inside the sandbox."""
    try:
        parsed = _reader(header["kind"])(raw, header["name"], ReadLimits(**header["limits"]))
    except FileRefused as error:
        return {"refused": type(error).__name__, "reason": str(error)}, b""
    return wire.packed(parsed)


def refusal(answer: dict[str, Any]) -> FileRefused | None:
    """Return the refusal that an answer of `read` holds, if it does."""
    if "refused" not in answer:
        return None
    kind = _REFUSALS.get(str(answer["refused"]), Unreadable)
    return kind(str(answer.get("reason", ""))[:1000])


def _reader(kind: str) -> Reader:
    from ingest.parsers import html, mail, office, pdf

    heavy: dict[str, Reader] = {
        media.PDF: pdf.parse,
        media.DOCX: office.parse_docx,
        media.PPTX: office.parse_pptx,
        media.XLSX: office.parse_xlsx,
        media.HTML: html.parse,
        media.EML: mail.parse_eml,
        media.MSG: mail.parse_msg,
        media.CSV: table.parse,
        media.TSV: table.parse,
    }
    return (LIGHT | heavy)[kind]
