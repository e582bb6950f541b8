"""Making versions for tests of the entrance: from blocks of text, or from a drawn PDF."""

from __future__ import annotations

import io
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from retrieval.documents import ALWAYS, NEVER, InForce, Kind, Page, Status, Version, start_of
from retrieval.library import TextBlock

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Held:
    """A version with everything that is kept of it."""

    version: Version
    text: str
    blocks: tuple[TextBlock, ...]
    pages: tuple[Page, ...] = ()
    original: bytes = b"original"


def make_version(number_id: int, document: str, title: str, **more: object) -> Version:
    """Return a version with sensible values for whatever is not given."""
    values: dict[str, object] = {
        "number": 1,
        "kind": Kind.POLICY,
        "source": "handbook",
        "uri": f"{document}.md",
        "declared": Status.APPROVED,
        "owner": "Finance",
        "link": "",
        "parties": (),
        "effective_from": None,
        "expires_on": None,
        "media_type": "text/markdown",
        "blob": f"{number_id:064x}",
        "characters": 0,
        "pages": 0,
        "added_at": start_of(date(2026, 1, 5)),
        "in_force": InForce(ALWAYS, NEVER, None),
        "readers": frozenset({"everyone"}),
    }
    values |= more
    return Version(id=number_id, document_id=document, title=title, **values)  # type: ignore[arg-type]


def make_held(version: Version, *blocks: tuple[str, str, int]) -> Held:
    """Return a version whose text is the blocks (kind, text, depth), a blank line between."""
    text, placed = "", []
    for kind, words, depth in blocks:
        if text:
            text += "\n\n"
        placed.append(TextBlock(len(text), len(text) + len(words), kind, depth))
        text += words
    return Held(replace(version, characters=len(text)), text, tuple(placed))


@contextmanager
def opened_pdf(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Lend a PDF to one thread at a time: PDFium dies of two, and servers in tests have threads."""
    with _ONE_AT_A_TIME:
        pdf = pypdfium2.PdfDocument(data)
        try:
            yield pdf
        finally:
            pdf.close()


def make_pdf_held(version: Version, pages: list[list[tuple[str, str]]]) -> Held:
    """Return a version of a drawn PDF: each page is a list of (kind, paragraph)."""
    data = draw_pdf(pages)
    with opened_pdf(data) as pdf:
        texts = [read_page(page) for page in pdf]
    text, found, blocks = "", [], []
    for number, drawn in enumerate(pages, 1):
        start = len(text)
        page_text, boxes = texts[number - 1]
        text += page_text
        found.append(Page(number, start, len(text), A4[0], A4[1], zlib.compress(boxes)))
        at = start
        for kind, words in drawn:
            pattern = r"\s+".join(re.escape(word) for word in words.split())
            match = re.compile(pattern).search(text, at)
            assert match is not None, words
            blocks.append(TextBlock(match.start(), match.end(), kind, 0))
            at = match.end()
        text += "\n"
    version = replace(version, media_type="application/pdf", pages=len(pages), characters=len(text))
    return Held(version, text, tuple(blocks), tuple(found), data)


def read_page(page: pypdfium2.PdfPage) -> tuple[str, bytes]:
    """Return the text of a page and its packed boxes."""
    inner = page.get_textpage()
    text = inner.get_text_range().replace("\r", " ")
    packed = b""
    for at in range(len(text)):
        left, bottom, right, top = inner.get_charbox(at, loose=True)
        box = (left, A4[1] - top, right, A4[1] - bottom)
        is_blank = not text[at].strip()
        packed += struct.pack("<4H", *((0,) * 4 if is_blank else [round(10 * x) for x in box]))
    return text, packed


def draw_pdf(pages: list[list[tuple[str, str]]]) -> bytes:
    """Return a PDF in which each paragraph is set in lines of about ninety characters."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for drawn in pages:
        height = A4[1] - 80
        for kind, words in drawn:
            font, size = ("Times-Bold", 13) if kind == "heading" else ("Times-Roman", 11)
            canvas.setFont(font, size)
            for line in wrapped(words, 84):
                canvas.drawString(72, height, line)
                height -= size * 1.4
            height -= 9
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def wrapped(words: str, width: int) -> list[str]:
    """Return lines of at most `width` characters."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
