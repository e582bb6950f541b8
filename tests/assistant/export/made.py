"""Exports made by hand, and what real readers of each format find in them."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import docx
import markdown
import pypdfium2
from docx.oxml.ns import qn
from lxml import etree

from assistant.export.exported import Exported, Footnote, Section, Stated
from retrieval.documents import Status, Version
from tests.assistant.http_documents import make_version

AT = 1_767_262_800
ADDRESS = "https://pincite.example"
WORDS = "Either party may terminate upon ninety (90) days’ written notice."


def version(title: str = "Master Services Agreement", **more: Any) -> Version:
    return make_version(7, "doc7", title, effective_from=date(2026, 1, 1), **more)


def note(words: str = WORDS, number: int = 1, title: str = "Master Services Agreement") -> Footnote:
    end = len(words)
    link = f"{ADDRESS}/source/doc7/1?start=0&end={end}"
    return Footnote(number, version(title), Status.APPROVED, 0, end, 14, link, words)


def quote(words: str = WORDS, number: int = 1, title: str = "Master Services Agreement") -> Stated:
    return Stated(" ".join(words.split()), (note(words, number, title),))


def exported(*stated: Stated, asked: str = "How much notice?", **more: Any) -> Exported:
    values: dict[str, Any] = {
        "looked_for": "",
        "at": AT,
        "as_of": date(2026, 1, 1),
        "mode": "quotes",
        "model": "",
        "ended": "",
        "left_out": 0,
    }
    section = Section(asked=asked, stated=stated, **(values | more))
    return Exported((section,), "ann", AT)


@dataclass
class Opened:
    """A Word file as it is found: its paragraphs, its footnotes by number, its links."""

    document: Any
    paragraphs: list[str]
    referred: list[int]
    footnotes: dict[int, str]
    links: list[str]
    parts: dict[str, bytes] = field(repr=False)


def open_word(content: bytes) -> Opened:
    """Open a .docx with python-docx, and its footnotes as the package holds them."""
    document = docx.Document(io.BytesIO(content))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(part)
    body = document.element.body
    referred = [int(each.get(qn("w:id"))) for each in body.iter(qn("w:footnoteReference"))]
    root = etree.fromstring(parts["word/footnotes.xml"])
    ours = [each for each in root if not each.get(qn("w:type"))]
    footnotes = {int(each.get(qn("w:id"))): _text(each) for each in ours}
    rels = etree.fromstring(parts["word/_rels/footnotes.xml.rels"])
    links = [each.get("Target") for each in rels if each.get("TargetMode") == "External"]
    paragraphs = [each.text for each in document.paragraphs]
    return Opened(document, paragraphs, referred, footnotes, links, parts)


def _text(element: Any) -> str:
    return "".join(each.text or "" for each in element.iter(qn("w:t"))).strip()


def read_pdf(content: bytes) -> tuple[str, pypdfium2.PdfDocument]:
    """Return all that can be selected in a PDF, its white space made even, and the document."""
    document = pypdfium2.PdfDocument(content)
    texts = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(texts).split()), document


def rendered(content: bytes) -> Any:
    """Return Markdown as the tree of the page that a renderer with footnotes makes of it."""
    html = markdown.markdown(content.decode(), extensions=["footnotes", "tables", "sane_lists"])
    return etree.fromstring(f"<div>{re.sub('&nbsp;', ' ', html)}</div>".encode())


def notes_in(page: Any) -> list[str]:
    """Return the footnotes of a rendered page."""
    listed = page.findall(".//div[@class='footnote']/ol/li")
    return [" ".join("".join(each.itertext()).split()) for each in listed]
