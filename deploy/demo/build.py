#!/usr/bin/env python3
"""Render the demo corpus: text/ -> PDF, DOCX, XLSX and PPTX files in sources/.

The rendered files are checked in; run this only after changing something in
text/.  Output is deterministic: no clock, no random identifiers, and the
archive formats are repacked with a fixed timestamp.

Needs: reportlab python-docx python-pptx openpyxl pypdfium2 pillow numpy pyyaml
       font-source-serif-pro font-source-sans-pro
Use:   python3 build.py [NAME ...]     only the sources whose name contains NAME

A source in text/ is YAML front matter and then one block per line:
    # Schedule 1 - Rates     part heading (starts a page in the single layout)
    ## 4. Term               clause heading
    4.1 The term ...         numbered clause;  (a) ...  an item below it,
      (i) ...                indented: one level deeper;  - ...  a bullet
    "Term" means ...         definition;  > ...  a note;  | a | b |  a table row
    @sign PARTY | NAME, ROLE | DATE      @page      @scan (rest: scanned page)
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pypdfium2
import yaml
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from font_source_sans_pro import SourceSansPro, SourceSansProBold
from font_source_serif_pro import SourceSerifPro, SourceSerifProBold
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from PIL import Image, ImageFilter
from pptx import Presentation
from pptx.dml.color import RGBColor as SlideColour
from pptx.util import Cm as SlideCm
from pptx.util import Pt as SlidePt
from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus import (
    Image as PageImage,
)
from reportlab.platypus.tableofcontents import TableOfContents

HERE = Path(__file__).resolve().parent
STAMP = datetime(2026, 1, 5, 8, 0, 0)
INK, RULE, TINT = "#16324f", "#9fb3c8", "#eef3f8"
WIDTH, HEIGHT = A4


# --- reading a source -------------------------------------------------------


@dataclass
class Block:
    """One line of a source, or one table."""

    kind: str
    text: str = ""
    label: str = ""
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Source:
    """A parsed source: its front matter and its blocks."""

    meta: dict[str, Any]
    blocks: list[Block]

    @property
    def output(self) -> Path:
        """Where the rendered file goes."""
        return HERE / "sources" / self.meta["output"]


PATTERNS = [
    ("part", re.compile(r"^()# (.+)$")),
    ("head", re.compile(r"^()## (.+)$")),
    ("sub", re.compile(r"^()### (.+)$")),
    ("sign", re.compile(r"^()@sign (.+)$")),
    ("page", re.compile(r"^()@page()$")),
    ("scan", re.compile(r"^()@scan()$")),
    ("note", re.compile(r"^()> (.+)$")),
    ("deep", re.compile(r"^ +(\([a-z]+\)|-) (.+)$")),
    ("item", re.compile(r"^(\([a-z]+\)|-) (.+)$")),
    ("clause", re.compile(r"^(\d+(?:\.\d+)+) (.+)$")),
    ("para", re.compile(r"^()(.+)$")),
]


def parse_line(line: str) -> Block:
    """The block that one source line stands for."""
    for kind, pattern in PATTERNS:
        match = pattern.match(line)
        if match:
            return Block(kind, match.group(2).strip(), match.group(1))
    raise ValueError(f"not a block: {line!r}")


def parse_blocks(body: str) -> Iterator[Block]:
    """Yield the blocks of a body; consecutive table rows become one block."""
    rows: list[list[str]] = []
    for line in [*body.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        if rows:
            yield Block("table", rows=rows)
            rows = []
        if line.strip():
            yield parse_line(line.rstrip())


def read_source(path: Path) -> Source:
    """Read front matter and blocks from a file in text/."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return Source(yaml.safe_load(front), list(parse_blocks(body)))


# --- PDF --------------------------------------------------------------------


def register_fonts() -> None:
    """Make the two type families known to reportlab."""
    for name, otf in (
        ("Serif", SourceSerifPro),
        ("Serif-Bold", SourceSerifProBold),
        ("Sans", SourceSansPro),
        ("Sans-Bold", SourceSansProBold),
    ):
        pdfmetrics.registerFont(TTFont(name, str(Path(otf).with_suffix(".ttf"))))
    for family in ("Serif", "Sans"):
        bold = f"{family}-Bold"
        pdfmetrics.registerFontFamily(family, family, bold, family, bold)


def pdf_styles(columns: bool) -> dict[str, ParagraphStyle]:
    """Paragraph styles; the two-column layout is set a little smaller."""
    size, step = (9.3, 18) if columns else (10.4, 26)
    base = ParagraphStyle(
        "para",
        fontName="Serif",
        fontSize=size,
        leading=size * 1.42,
        spaceAfter=size * 0.55,
        allowWidows=0,
        allowOrphans=0,
        bulletFontName="Serif",
        bulletFontSize=size,
    )
    changes = {"para": {}, **heading_styles(size), **text_styles(size, step)}
    return {name: ParagraphStyle(name, parent=base, **each) for name, each in changes.items()}


def heading_styles(size: float) -> dict[str, dict[str, Any]]:
    """How the three levels of headings differ from plain text."""
    bold = {"fontName": "Sans-Bold", "keepWithNext": 1}
    ink = {**bold, "textColor": colors.HexColor(INK)}
    big = {"fontSize": size + 5, "leading": (size + 5) * 1.25}
    return {
        "part": {**ink, **big, "spaceBefore": 4, "spaceAfter": 10},
        "head": {
            **ink,
            "fontSize": size + 1.2,
            "leading": size * 1.5,
            "spaceBefore": size * 1.1,
            "spaceAfter": 5,
        },
        "sub": {**bold, "spaceBefore": 6, "spaceAfter": 3},
    }


def text_styles(size: float, step: float) -> dict[str, dict[str, Any]]:
    """How clauses, items, notes, cells and contents differ from plain text."""
    sans = {"fontName": "Sans"}
    shade = {"backColor": colors.HexColor(TINT), "borderPadding": (3, 6, 5, 6)}
    return {
        "note": {**sans, **shade, "leftIndent": 8, "spaceBefore": 6, "spaceAfter": 10},
        "clause": {"leftIndent": step + 4, "bulletIndent": 0},
        "item": {"leftIndent": 2 * step + 2, "bulletIndent": step + 4},
        "deep": {"leftIndent": 3 * step, "bulletIndent": 2 * step + 2},
        "cell": {**sans, "fontSize": size - 1.3, "leading": size * 1.22, "spaceAfter": 0},
        "toc": {**sans, "leading": size * 1.3, "spaceAfter": 1},
    }


def rich(text: str) -> str:
    """Escape text for reportlab, and turn **bold** and defined "terms" bold."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub(r'^"([^"]+)"', r"<b>“\1”</b>", text)


def is_number(cell: str) -> bool:
    """Whether a table cell should be set flush right."""
    return bool(re.match(r"^(EUR|SEK|GBP|DKK)? ?[\d., ]+ ?%?$", cell)) and cell != ""


def column_widths(rows: list[list[str]], total: float, size: float) -> list[float]:
    """Share out the width by the longest cell of each column.

    No column gets less than its longest word, or its longest short cell, needs.
    """
    needs, wants = [], []
    for column in zip(*rows):
        solid = [cell if len(cell) < 15 else max(cell.split(), key=len) for cell in column]
        needs.append(max(pdfmetrics.stringWidth(text, "Sans-Bold", size) for text in solid) + 13)
        wants.append(min(max(len(cell) for cell in column), 60))
    spare = max(total - sum(needs), 0)
    wants = [max(want * size * 0.5 - need, 1) for want, need in zip(wants, needs)]
    return [need + spare * want / sum(wants) for need, want in zip(needs, wants)]


TABLE_RULES = [
    ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor(TINT)),
    ("LINEABOVE", (0, 0), (-1, 0), 1, colors.HexColor(INK)),
    ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.HexColor(INK)),
    ("LINEBELOW", (0, 1), (-1, -1), 0.35, colors.HexColor(RULE)),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
]


def pdf_table(rows: list[list[str]], styles: dict[str, ParagraphStyle], total: float) -> Table:
    """A ruled table whose first row is its header."""
    cell = styles["cell"]
    head = ParagraphStyle("th", parent=cell, fontName="Sans-Bold", textColor=colors.HexColor(INK))
    flush = [
        n > 0 and all(is_number(text) for text in column[1:]) for n, column in enumerate(zip(*rows))
    ]
    cells = [
        [
            Paragraph(
                rich(text),
                ParagraphStyle(
                    "td", parent=cell if number else head, alignment=TA_RIGHT if right else TA_LEFT
                ),
            )
            for text, right in zip(row, flush)
        ]
        for number, row in enumerate(rows)
    ]
    table = Table(
        cells,
        colWidths=column_widths(rows, total, cell.fontSize),
        repeatRows=1,
        hAlign="LEFT",
        spaceBefore=4,
        spaceAfter=10,
    )
    table.setStyle(TableStyle(TABLE_RULES))
    return table


def signature(block: Block, styles: dict[str, ParagraphStyle], width: float) -> Flowable:
    """A signature line with party, signatory and date."""
    party, who, when = (part.strip() for part in block.text.split("|"))
    name, _, role = who.partition(", ")
    cells = [
        [Paragraph(f"<b>{rich(party)}</b>", styles["cell"]), Paragraph("", styles["cell"])],
        [
            Paragraph(f"{rich(name)}<br/>{rich(role)}", styles["cell"]),
            Paragraph(f"Date: {rich(when)}", styles["cell"]),
        ],
    ]
    table = Table(
        cells,
        colWidths=[width * 0.62, width * 0.38],
        rowHeights=[46, 38],
        hAlign="LEFT",
        spaceBefore=10,
        spaceAfter=8,
    )
    table.setStyle(
        TableStyle(
            [
                ("LINEABOVE", (0, 1), (0, 1), 0.6, colors.black),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return KeepTogether(table)


def pdf_block(
    block: Block, styles: dict[str, ParagraphStyle], width: float, running: bool
) -> list[Flowable]:
    """The flowables for one block; parts start a page unless the text is running on."""
    if block.kind == "table":
        return [pdf_table(block.rows, styles, width)]
    if block.kind == "sign":
        return [signature(block, styles, width)]
    if block.kind == "page":
        return [PageBreak()]
    if block.kind == "part":
        heading = Paragraph(rich(block.text), styles["part"])
        return [CondPageBreak(130) if running else PageBreak(), heading]
    label = "•" if block.label == "-" else block.label or None
    return [Paragraph(rich(block.text), styles[block.kind], bulletText=label)]


class ContractPdf(BaseDocTemplate):
    """Page furniture: title block or cover, running header, page numbers."""

    def __init__(self, target: io.BytesIO, meta: dict[str, Any]) -> None:
        self.meta = meta
        super().__init__(
            target,
            pagesize=A4,
            invariant=1,
            title=meta["title"],
            author="Skarnholt Cold Chain AB",
            subject=str(meta["reference"]),
            leftMargin=27 * mm,
            rightMargin=27 * mm,
        )
        self.addPageTemplates(
            [
                PageTemplate("cover", [self.box(0)], onPage=self.cover),
                PageTemplate("body", self.boxes(), onPage=self.furniture),
                PageTemplate("scan", [Frame(0, 0, WIDTH, HEIGHT, 0, 0, 0, 0)]),
            ]
        )

    def box(self, top: float) -> Frame:
        """One frame as wide as the text."""
        return Frame(27 * mm, 25 * mm, WIDTH - 54 * mm, HEIGHT - 53 * mm - top, 0, 0, 0, 0)

    def boxes(self) -> list[Frame]:
        """The frames of a body page: one, or two columns."""
        if self.meta.get("layout") != "columns":
            return [self.box(0)]
        gap, width = 8 * mm, (WIDTH - 44 * mm - 8 * mm) / 2
        return [
            Frame(22 * mm + n * (width + gap), 24 * mm, width, HEIGHT - 52 * mm, 0, 0, 0, 0)
            for n in (0, 1)
        ]

    def furniture(self, canvas: Any, _doc: Any) -> None:
        """Running header and footer."""
        margin = 22 * mm if self.meta.get("layout") == "columns" else 27 * mm
        left, right = margin, WIDTH - margin
        canvas.setFont("Sans", 8)
        canvas.setFillColor(colors.HexColor("#4a5a6a"))
        canvas.drawString(left, HEIGHT - 17 * mm, self.meta.get("header", self.meta["title"]))
        canvas.drawRightString(right, HEIGHT - 17 * mm, str(self.meta["reference"]))
        canvas.setStrokeColor(colors.HexColor(RULE))
        canvas.setLineWidth(0.5)
        canvas.line(left, HEIGHT - 19 * mm, right, HEIGHT - 19 * mm)
        canvas.drawString(left, 14 * mm, self.meta.get("footer", "Confidential"))
        number = self.meta.get("scan_page", canvas.getPageNumber())
        canvas.drawRightString(right, 14 * mm, f"Page {number}")

    def cover(self, canvas: Any, _doc: Any) -> None:
        """The rule and colour band of the cover page."""
        canvas.setFillColor(colors.HexColor(INK))
        canvas.rect(0, HEIGHT - 12 * mm, WIDTH, 12 * mm, stroke=0, fill=1)
        canvas.rect(0, 0, WIDTH, 4 * mm, stroke=0, fill=1)
        canvas.setFont("Sans", 8)
        canvas.drawString(27 * mm, 12 * mm, self.meta.get("footer", "Confidential"))

    def afterFlowable(self, flowable: Flowable) -> None:
        """Tell the table of contents about headings."""
        if isinstance(flowable, Paragraph) and flowable.style.name in ("part", "head"):
            text = flowable.getPlainText()
            if flowable.style.name == "part" or text[0].isdigit():
                self.notify("TOCEntry", (0, text, self.page))


def pdf_opening(meta: dict[str, Any], styles: dict[str, ParagraphStyle]) -> list[Flowable]:
    """Cover page: title, date and parties, and the contents of long documents."""
    title = ParagraphStyle("title", parent=styles["part"], fontSize=25, leading=30)
    small = ParagraphStyle("small", parent=styles["para"], fontName="Sans", fontSize=11, leading=16)
    story: list[Flowable] = [Spacer(1, 42 * mm), Paragraph(rich(meta["title"]), title)]
    if meta.get("subtitle"):
        story.append(Paragraph(rich(meta["subtitle"]), small))
    story += [HRFlowable("100%", 1, color=colors.HexColor(INK), spaceBefore=8, spaceAfter=14)]
    story += [
        Paragraph(f"Dated {meta['date']}", small),
        Paragraph(f"Reference {meta['reference']}", small),
        Spacer(1, 12 * mm),
    ]
    for number, party in enumerate(meta["parties"], 1):
        story.append(
            Paragraph(
                f"({number})&nbsp;&nbsp;<b>{rich(party['name'])}</b><br/>{rich(party['detail'])}",
                small,
            )
        )
    if meta.get("contents"):
        contents = TableOfContents(levelStyles=[styles["toc"]], dotsMinLevel=0)
        heading = ParagraphStyle("contents", parent=styles["part"])
        story += [NextPageTemplate("body"), PageBreak(), Paragraph("Contents", heading), contents]
    return [*story, NextPageTemplate("body"), PageBreak()]


def scanned(blocks: list[Block], meta: dict[str, Any], scan_page: int) -> bytes:
    """Render blocks to a page and make it look like a flatbed scan of it."""
    page = io.BytesIO()
    styles = pdf_styles(False)
    doc = ContractPdf(page, {**meta, "layout": "single", "scan_page": scan_page})
    story = [flow for block in blocks for flow in pdf_block(block, styles, WIDTH - 54 * mm, True)]
    doc.build([NextPageTemplate("body"), Spacer(1, 1), PageBreak(), *story])
    image = pypdfium2.PdfDocument(page.getvalue())[1].render(scale=150 / 72).to_pil().convert("L")
    image = image.rotate(0.9, resample=Image.Resampling.BICUBIC, fillcolor=243)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)
    noise = np.random.default_rng(1871).normal(0, 7, pixels.shape)
    shade = np.linspace(-9, 4, pixels.shape[1])[None, :]
    noisy = np.clip(pixels * 0.93 + 8 + noise + shade, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=52)
    return out.getvalue()


def build_pdf(source: Source) -> bytes:
    """Render a source to PDF."""
    meta, columns = source.meta, source.meta.get("layout") == "columns"
    styles = pdf_styles(columns)
    kinds = [block.kind for block in source.blocks]
    cut = kinds.index("scan") if "scan" in kinds else len(kinds)
    target = io.BytesIO()
    doc = ContractPdf(target, meta)
    width = doc.pageTemplates[1].frames[0]._width
    story = pdf_opening(meta, styles)
    for number, block in enumerate(source.blocks[:cut]):
        flows = pdf_block(block, styles, width, running=not meta.get("contents"))
        story += flows[1:] if number == 0 and block.kind == "part" else flows
    if cut < len(kinds):
        image = io.BytesIO(scanned(source.blocks[cut + 1 :], meta, meta["pages"]))
        story += [NextPageTemplate("scan"), PageBreak(), PageImage(image, WIDTH, HEIGHT)]
    doc.multiBuild(story)
    return target.getvalue()


# --- DOCX -------------------------------------------------------------------

DOCX_INDENT = {"clause": (1.2, -1.2), "item": (2.1, -0.9), "deep": (3.0, -0.9)}


def docx_runs(paragraph: Any, text: str) -> None:
    """Add text to a paragraph with its **bold** parts and a leading "term" bold."""
    text = re.sub(r'^"([^"]+)"', r"**“\1”**", text)
    for number, piece in enumerate(text.split("**")):
        paragraph.add_run(piece).bold = bool(number % 2)


def docx_field(paragraph: Any, code: str) -> None:
    """Add a field such as PAGE."""
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text or None
        paragraph.add_run()._r.append(element)


def docx_setup(meta: dict[str, Any]) -> Any:
    """An empty document with page size, styles, running header and page number."""
    doc = Document()
    section = doc.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    normal = doc.styles["Normal"]
    normal.font.name, normal.font.size = "Cambria", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for name, size in (("Title", 22), ("Heading 1", 15), ("Heading 2", 12), ("Heading 3", 10.5)):
        style = doc.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        style.font.color.rgb = RGBColor.from_string(INK[1:].upper())
        style.element.rPr.rFonts.set(qn("w:asciiTheme"), "minorHAnsi")
    header = section.header.paragraphs[0]
    header.text = f"{meta.get('header', meta['title'])}\t\t{meta['reference']}"
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    footer.add_run(f"{meta.get('footer', 'Confidential')} – page ")
    docx_field(footer, "PAGE")
    core = doc.core_properties
    core.title, core.author, core.subject = meta["title"], "Skarnholt", str(meta["reference"])
    core.created = core.modified = STAMP
    return doc


def docx_table(doc: Any, rows: list[list[str]]) -> None:
    """A ruled table with a bold header row."""
    table = doc.add_table(len(rows), len(rows[0]), style="Light Grid Accent 1")
    for cells, row in zip(table.rows, rows):
        for cell, text in zip(cells.cells, row):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            docx_runs(paragraph, text)
            for run in paragraph.runs:
                run.font.size = Pt(9)
    doc.add_paragraph()


def docx_block(doc: Any, block: Block) -> None:
    """Add one block to the document."""
    headings = {"part": 1, "head": 2, "sub": 3}
    if block.kind in headings:
        doc.add_heading(block.text, headings[block.kind])
    elif block.kind == "table":
        docx_table(doc, block.rows)
    elif block.kind == "page":
        doc.add_page_break()
    elif block.kind == "sign":
        party, who, when = (part.strip() for part in block.text.split("|"))
        docx_runs(doc.add_paragraph(), f"**{party}**")
        doc.add_paragraph(f"______________________________\n{who}\nDate: {when}")
    else:
        paragraph = doc.add_paragraph()
        label = "•" if block.label == "-" else block.label
        left, first = DOCX_INDENT.get(block.kind, (0, 0))
        paragraph.paragraph_format.left_indent = Cm(left)
        paragraph.paragraph_format.first_line_indent = Cm(first)
        if label:
            paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(left))
            paragraph.add_run(f"{label}\t")
        docx_runs(paragraph, block.text)


def build_docx(source: Source) -> bytes:
    """Render a source to DOCX."""
    meta = source.meta
    doc = docx_setup(meta)
    doc.add_heading(meta["title"], 0)
    if meta.get("subtitle"):
        doc.add_paragraph(meta["subtitle"])
    doc.add_paragraph(f"Dated {meta['date']}. Reference {meta['reference']}.")
    for number, party in enumerate(meta.get("parties", []), 1):
        docx_runs(doc.add_paragraph(), f"({number}) **{party['name']}**, {party['detail']}")
    for block in source.blocks:
        docx_block(doc, block)
    return saved(doc)


# --- XLSX and PPTX ----------------------------------------------------------


def fill_sheet(sheet: Any, spec: dict[str, Any]) -> None:
    """Write one worksheet: title, note, table, remarks."""
    thin = Side(style="thin", color=RULE[1:])
    sheet.append([spec["heading"]])
    sheet["A1"].font = Font(name="Calibri", size=14, bold=True, color=INK[1:])
    sheet.append([spec.get("note", "")])
    sheet.append([])
    for number, row in enumerate(spec["rows"]):
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            cell.border = Border(bottom=thin)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 0:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor=TINT[1:])
    sheet.append([])
    for remark in spec.get("remarks", []):
        sheet.append([remark])
    for letter, width in zip("ABCDEFGH", spec["widths"]):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A5"


def build_xlsx(spec: dict[str, Any]) -> bytes:
    """Render a YAML workbook description to XLSX."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = spec["title"], "Skarnholt"
    book.properties.created = STAMP
    for sheet in spec["sheets"]:
        fill_sheet(book.create_sheet(sheet["name"]), sheet)
    return saved(book)


def add_slide(deck: Any, spec: dict[str, Any], first: bool) -> None:
    """One slide: a title and bullets, and speaker notes where given."""
    slide = deck.slides.add_slide(deck.slide_layouts[0 if first else 1])
    slide.shapes.title.text = spec["title"]
    frame = slide.placeholders[1].text_frame
    for number, line in enumerate(spec["lines"]):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = line
        paragraph.font.size = SlidePt(20)
    for run in slide.shapes.title.text_frame.paragraphs[0].runs:
        run.font.bold = True
        run.font.size = SlidePt(36 if first else 30)
        run.font.color.rgb = SlideColour.from_string(INK[1:].upper())
    if "notes" in spec:
        slide.notes_slide.notes_text_frame.text = spec["notes"]


def build_pptx(spec: dict[str, Any]) -> bytes:
    """Render a YAML slide description to PPTX."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = SlideCm(25.4), SlideCm(19.05)
    core = deck.core_properties
    core.title, core.author, core.created, core.modified = spec["title"], "Skarnholt", STAMP, STAMP
    core.last_modified_by = "Skarnholt"
    for number, slide in enumerate(spec["slides"]):
        add_slide(deck, slide, number == 0)
    return saved(deck)


def saved(document: Any) -> bytes:
    """The bytes of an Office document, its archive repacked without clock times."""
    raw, out = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                clock = rb"(<dcterms:modified[^>]*>)[^<]*"
                data = re.sub(clock, rb"\g<1>2026-01-05T08:00:00Z", data)
            info = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()


# --- main -------------------------------------------------------------------


def render(path: Path) -> tuple[Path, bytes]:
    """The output path and bytes for one file in text/."""
    if path.suffix == ".yaml":
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        target = HERE / "sources" / spec["output"]
        return target, (build_xlsx if target.suffix == ".xlsx" else build_pptx)(spec)
    source = read_source(path)
    builder = build_pdf if source.output.suffix == ".pdf" else build_docx
    return source.output, builder(source)


def main(names: list[str]) -> None:
    """Render every source, or those whose name contains one of the given words."""
    register_fonts()
    for path in sorted((HERE / "text").rglob("*.*")):
        if path.suffix not in (".md", ".yaml") or path.stem.isupper():  # FACTS.md is not a source
            continue
        if names and not any(name in path.name for name in names):
            continue
        target, data = render(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        print(f"{target.relative_to(HERE)}  {len(data):,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
