"""Small files of every accepted format, and bad ones, made in code."""

from __future__ import annotations

import io
import json
import zipfile
from email.message import EmailMessage

import docx
import openpyxl
import pptx


def word(*paragraphs: tuple[str, str], rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    """Return a DOCX file of (style, text) paragraphs and one table."""
    document = docx.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style or None)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(number, column).text = text
    return saved(document)


def slides(*texts: tuple[str, str]) -> bytes:
    """Return a PPTX file of slides with a title and a body."""
    deck = pptx.Presentation()
    for title, body in texts:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    return saved(deck)


def sheets(**rows: list[list[object]]) -> bytes:
    """Return an XLSX file of named sheets; one whose name begins with hidden is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in rows.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
        if name.startswith("hidden"):
            sheet.sheet_state = "hidden"
    return saved(book)


def letter(
    body: str, html: str = "", attached: tuple[tuple[str, str, bytes], ...] = (), **headers: str
) -> bytes:
    """Return an EML file."""
    message = EmailMessage()
    for key, value in headers.items():
        message[key.rstrip("_")] = value
    if body:
        message.set_content(body)
    if html and body:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, kind, content in attached:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def ticket(**fields: object) -> bytes:
    """Return one JSON record."""
    return json.dumps(fields).encode()


def archive(**members: bytes) -> bytes:
    """Return a zip archive; `__` in a name stands for a slash, `_xml` for the suffix."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


def replaced(data: bytes, member: str, content: bytes) -> bytes:
    """Return an archive with another content of one member."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    return file.getvalue()


def saved(thing: object) -> bytes:
    """Return what an office library would write to a file."""
    file = io.BytesIO()
    thing.save(file)  # type: ignore[attr-defined]
    return file.getvalue()
