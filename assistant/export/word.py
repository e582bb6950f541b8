"""An export as a Word document with real footnotes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Final

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from assistant.export.exported import Exported, Footnote, Section, Stated
from assistant.export.word_footnotes import Footnotes
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
from assistant.wording import say

_FONT: Final = "Georgia"
_SOFT: Final = RGBColor(0x62, 0x5D, 0x54)
_MOST_IN_PROPERTY: Final = 255


def written(exported: Exported) -> bytes:
    """Return the export as the bytes of a .docx file."""
    document = docx.Document()
    _lay_out(document, exported)
    footnotes = Footnotes(document)
    document.add_heading(shown(exported.title), 1)
    _soft(document.add_paragraph(f"{exported_by(exported)} {assured()}"))
    for section in exported.sections:
        if len(exported.sections) > 1:
            document.add_heading(shown(section.asked), 2)
        _section(document, footnotes, section)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _section(document: Document, footnotes: Footnotes, section: Section) -> None:
    _soft(document.add_paragraph(" ".join(about(section))))
    if missing := left_out(section):
        document.add_paragraph().add_run(missing).bold = True
    for stated in section.stated:
        if stated.is_quote and (head := shown(stated.footnotes[0].head)):
            _soft(document.add_paragraph(head)).paragraph_format.keep_with_next = True
        _stated(document.add_paragraph(), footnotes, stated)


def _stated(paragraph: Paragraph, footnotes: Footnotes, stated: Stated) -> None:
    if stated.differs:
        paragraph.add_run(f"{differs()} ").italic = True
    paragraph.add_run(told(stated))
    for at, footnote in enumerate(stated.footnotes):
        if at:
            paragraph.add_run(" ")
        footnotes.add(paragraph, footnote.number, _text(footnote), footnote.link)


def _text(footnote: Footnote) -> str:
    return say("{place}: {words}", place=place(footnote), words=quoted(footnote))


def _soft(paragraph: Paragraph) -> Paragraph:
    for run in paragraph.runs:
        run.font.size = Pt(9)
        run.font.color.rgb = _SOFT
    return paragraph


def _lay_out(document: Document, exported: Exported) -> None:
    """Set the page, the letters, the language, the properties and the page number."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    normal = document.styles["Normal"]
    for name in ("Normal", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = _FONT
        style.element.get_or_add_rPr().rFonts.attrib.update(
            {qn(f"w:{each}"): _FONT for each in ("ascii", "hAnsi", "cs")}
        )
        style.font.color.rgb = RGBColor(0, 0, 0)
    normal.font.size = Pt(11)
    normal.paragraph_format.space_after = Pt(8)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), locale())
    normal.element.get_or_add_rPr().append(language)
    properties = document.core_properties
    properties.title = shown(exported.title)[:_MOST_IN_PROPERTY]
    properties.author = shown(exported.by)[:_MOST_IN_PROPERTY]
    properties.comments = assured()[:_MOST_IN_PROPERTY]
    properties.language = locale()
    properties.created = properties.modified = datetime.fromtimestamp(exported.at, UTC)
    _number(section.footer.paragraphs[0])


def _number(paragraph: Paragraph) -> None:
    """Have Word write the number of each page here."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)
