"""An export as PDF: text that can be selected, bookmarks, a title, and footnotes one can follow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer

from assistant.export.exported import Exported, Footnote, Section, Stated
from assistant.export.pdf_letters import BOLD, REGULAR, WRITING, Letters
from assistant.export.wording import (
    about,
    assured,
    differs,
    exported_by,
    left_out,
    locale,
    place,
    quoted,
    shown,
    told,
)
from assistant.wording import counted, number, say

_MARGIN: Final = 2.5 * cm
_SOFT: Final = HexColor("#625d54")


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    more = {"fontName": REGULAR, "leading": size * 1.45, "splitLongWords": 1} | more
    return ParagraphStyle(name, fontSize=size, **more)


_TITLE = _style("title", 16, fontName=BOLD, leading=20, spaceAfter=8)
_HEADING = _style("heading", 12.5, fontName=BOLD, leading=16, spaceBefore=18, spaceAfter=6)
_FACTS = _style("facts", 8.5, textColor=_SOFT, spaceAfter=8)
_HEAD = _style("head", 8.5, textColor=_SOFT, spaceAfter=2, keepWithNext=1)
_BODY = _style("body", 10.5, spaceAfter=8)
_STRONG = _style("strong", 10, fontName=BOLD, spaceAfter=8)
_NOTE = _style("note", 8.5, leftIndent=15, firstLineIndent=-15, spaceAfter=5)


def written(exported: Exported) -> bytes:
    """Return the export as the bytes of a .pdf file."""
    with WRITING:
        return _written(exported)


def _written(exported: Exported) -> bytes:
    letters = Letters()
    pages = _Pages(letters)
    story = [*pages.story(exported)]
    lacking = pages.lacking()
    file = io.BytesIO()
    document = _Document(file, title=shown(exported.title), author=shown(exported.by))
    document.build([story[0], *lacking, *story[1:]], canvasmaker=_Named)
    return file.getvalue()


class _Pages:
    """What stands on the pages, in order."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def story(self, exported: Exported) -> Iterator[Flowable]:
        yield self._plain(exported.title, _TITLE)
        yield self._plain(f"{exported_by(exported)} {assured()}", _FACTS)
        for section in exported.sections:
            if len(exported.sections) > 1:
                yield self._plain(section.asked, _HEADING)
            yield from self._section(section)
        yield Spacer(1, 6)
        yield self._plain(say("Footnotes"), _HEADING)
        for footnote in exported.footnotes:
            yield self._footnote(footnote)

    def lacking(self) -> list[Flowable]:
        """Return what is to be said of letters that could not be drawn, once all are counted."""
        if not self._letters.lacking:
            return []
        said = counted(
            self._letters.lacking,
            "{count} letter could not be drawn here and is written as numbers, like [U+4E2D]. "
            "Export as Word or Markdown to have every letter.",
            "{count} letters could not be drawn here and are written as numbers, like [U+4E2D]. "
            "Export as Word or Markdown to have every letter.",
        )
        return [Paragraph(escape(say(said, count=number(self._letters.lacking))), _STRONG)]

    def _section(self, section: Section) -> Iterator[Flowable]:
        yield self._plain(" ".join(about(section)), _FACTS)
        if missing := left_out(section):
            yield self._plain(missing, _STRONG)
        for stated in section.stated:
            if stated.is_quote and (head := shown(stated.footnotes[0].head)):
                yield self._plain(head, _HEAD)
            yield self._stated(stated)

    def _stated(self, stated: Stated) -> Flowable:
        marks = " ".join(
            f'<super><a name="text-{each.number}"/>'
            f'<link href="#note-{each.number}">{each.number}</link></super>'
            for each in stated.footnotes
        )
        before = f"{differs()} " if stated.differs else ""
        return Paragraph(f"{self._marked(before + told(stated))} {marks}", _BODY)

    def _footnote(self, footnote: Footnote) -> Flowable:
        at = footnote.number
        said = say("{place}: {words}", place=place(footnote), words=quoted(footnote))
        back = f'<a name="note-{at}"/><link href="#text-{at}">{at}</link>'
        address = quoteattr(footnote.link)
        opens = f"<link href={address}><u>{escape(say('Open'))}</u></link>"
        return Paragraph(f"{back}. {self._marked(said)}\u00a0{opens}", _NOTE)

    def _plain(self, text: str, style: ParagraphStyle) -> Flowable:
        return Paragraph(self._marked(text), style)

    def _marked(self, text: str) -> str:
        """Return text as its paragraph takes it: nothing of it is markup."""
        return escape(self._letters.drawn(shown(text)))


class _Document(BaseDocTemplate):  # type: ignore[misc]
    """Pages with a number at their foot, and a bookmark for each heading."""

    def __init__(self, file: io.BytesIO, *, title: str, author: str) -> None:
        named = {"title": title, "author": author, "subject": assured(), "creator": "Pincite"}
        super().__init__(file, pagesize=A4, lang=locale(), **named)
        width, height = A4[0] - 2 * _MARGIN, A4[1] - 2 * _MARGIN
        frame = Frame(_MARGIN, _MARGIN, width, height, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPage=_number))

    def afterFlowable(self, flowable: Flowable) -> None:
        """Bookmark a heading that was just set."""
        if isinstance(flowable, Paragraph) and flowable.style in (_TITLE, _HEADING):
            key = f"heading-{self.seq.nextf('heading')}"
            self.canv.bookmarkPage(key)
            level = 0 if flowable.style is _TITLE else 1
            self.canv.addOutlineEntry(flowable.getPlainText(), key, level)


class _Named(Canvas):  # type: ignore[misc]
    """A canvas whose readers show the title in their window, and the bookmarks beside the page."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.setViewerPreference("DisplayDocTitle", "true")
        self.showOutline()


def _number(canvas: Canvas, _: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(_SOFT)
    canvas.drawCentredString(A4[0] / 2, _MARGIN / 2, str(canvas.getPageNumber()))
    canvas.restoreState()
