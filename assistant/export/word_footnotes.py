"""Footnotes as Word has them: a part of their own, which python-docx cannot make.

WordprocessingML keeps them in `word/footnotes.xml` (ECMA-376, part 1, 17.11). The first two are
the lines between text and footnotes, which Word expects to find; ours are numbered from 1.
"""

from __future__ import annotations

from typing import Final

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from assistant.wording import say

TEXT: Final = "footnote text"
REFERENCE: Final = "footnote reference"
LINK: Final = "Hyperlink"
_SEPARATORS: Final = (("separator", -1), ("continuationSeparator", 0))


class Footnotes:
    """The footnotes of a document that is being made."""

    def __init__(self, document: Document) -> None:
        _add_styles(document)
        self._document = document
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}/>")
        for kind, number in _SEPARATORS:
            root.append(_separator(kind, number))
        package = document.part.package
        assert package is not None
        place = PackURI("/word/footnotes.xml")
        self._part = XmlPart(place, CONTENT_TYPE.WML_FOOTNOTES, root, package)
        document.part.relate_to(self._part, RELATIONSHIP_TYPE.FOOTNOTES)
        _declare(document)

    def add(self, paragraph: Paragraph, number: int, text: str, link: str) -> None:
        """Put a footnote at the end of a paragraph: its text, then a link to `link`."""
        reference = paragraph.add_run()
        reference.style = self._document.styles[REFERENCE]
        mark = OxmlElement("w:footnoteReference")
        mark.set(qn("w:id"), str(number))
        reference._r.append(mark)

        note = OxmlElement("w:footnote")
        note.set(qn("w:id"), str(number))
        body = OxmlElement("w:p")
        note.append(body)
        said = Paragraph(body, self._document._body)
        said.style = self._document.styles[TEXT]
        own = said.add_run()
        own.style = self._document.styles[REFERENCE]
        own._r.append(OxmlElement("w:footnoteRef"))
        said.add_run(f" {text} ")
        body.append(self._link(link))
        self._part.element.append(note)

    def _link(self, address: str) -> BaseOxmlElement:
        link = OxmlElement("w:hyperlink")
        relation = self._part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link.set(qn("r:id"), relation)
        inner = Paragraph(OxmlElement("w:p"), self._document._body).add_run(say("Open"))
        inner.style = self._document.styles[LINK]
        link.append(inner._r)
        return link


def _separator(kind: str, number: int) -> BaseOxmlElement:
    return parse_xml(
        f'<w:footnote {nsdecls("w")} w:type="{kind}" w:id="{number}">'
        f'<w:p><w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>'
        f"<w:r><w:{kind}/></w:r></w:p></w:footnote>"
    )


def _declare(document: Document) -> None:
    """Name the separators in the settings, where the schema has them: before `compat`."""
    named = "".join(f'<w:footnote w:id="{number}"/>' for _, number in _SEPARATORS)
    declared = parse_xml(f"<w:footnotePr {nsdecls('w')}>{named}</w:footnotePr>")
    settings = document.settings.element
    compat = settings.find(qn("w:compat"))
    if compat is None:
        settings.append(declared)
    else:
        compat.addprevious(declared)


def _add_styles(document: Document) -> None:
    styles = document.styles
    text = styles.add_style(TEXT, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    text.base_style = styles["Normal"]
    text.font.size = Pt(9)
    text.paragraph_format.space_after = Pt(3)
    reference = styles.add_style(REFERENCE, WD_STYLE_TYPE.CHARACTER, builtin=True)
    reference.font.superscript = True
    link = styles.add_style(LINK, WD_STYLE_TYPE.CHARACTER, builtin=True)
    link.font.underline = True
