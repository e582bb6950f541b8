"""Word, PowerPoint and Excel files."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openpyxl
from lxml import etree

from ingest import unstructured_adapter
from ingest.errors import Unreadable
from ingest.parsed import Parsed
from ingest.parsers.archive import checked
from ingest.parsers.limits import ReadLimits
from ingest.parsers.table import write_rows
from ingest.parsers.writer import Writer

_CORE = "docProps/core.xml"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_UNNAMED = re.compile(r"(?i)untitled|slide \d+|powerpoint presentation|presentation\d*|document\d*")


def parse_docx(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return the text of a Word file."""
    archive = checked(raw, limits)
    parsed = unstructured_adapter.read_docx(raw, limits.characters)
    return replace(parsed, title=_title(archive))


def parse_pptx(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return the text of slides and notes."""
    archive = checked(raw, limits)
    parsed = unstructured_adapter.read_pptx(raw, limits.characters)
    return replace(parsed, title=_title(archive))


def parse_xlsx(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return the rows of every visible sheet, under the sheet's name."""
    archive = checked(raw, limits)
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise Unreadable(f"it is not a whole Excel file ({error}); save it anew") from None
    writer = Writer(limits.characters)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            writer.problems.append(f"the hidden sheet {sheet.title!r} was left out")
            continue
        writer.heading(sheet.title, 1)
        write_rows(writer, _rows(sheet, limits.columns + 1), limits.columns)
    return writer.parsed(_title(archive))


def _rows(sheet: Any, most_columns: int) -> Iterator[list[str]]:
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True, max_col=most_columns):
        yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


def _title(archive: zipfile.ZipFile) -> str:
    """Return the title among the file's properties, unless it is a program's own."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        tree = etree.fromstring(archive.read(_CORE), parser)
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, OSError, RuntimeError):
        return ""
    title = (tree.findtext(_TITLE) or "").strip()
    return "" if _UNNAMED.fullmatch(title) else title
