"""Elements of office and HTML files as text and blocks: the only file that knows unstructured.

As it comes, unstructured downloads a language model at the first partition and reports its
use to its makers. Neither can happen here: its tokenizer module is replaced before anything
imports it, and reporting is switched off. Titles are those that a style or tag declares.
"""

from __future__ import annotations

import io
import os
import re
import sys
import types
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

os.environ.update(DO_NOT_TRACK="true", SCARF_NO_ANALYTICS="true", UNSTRUCTURED_DISABLE_NOTICE="1")


def _install_tokenizer() -> None:
    """Stand in for `unstructured.nlp.tokenize`, which would import and download spaCy's model."""

    def words(text: str) -> list[str]:
        return re.findall(r"\w+|[^\w\s]", text)

    def tagged(text: str) -> list[tuple[str, str]]:
        return [(word, "NN") for word in words(text)]

    def sentences(text: str) -> list[str]:
        return [text] if text.strip() else []

    module = types.ModuleType("unstructured.nlp.tokenize")
    module.__dict__.update(word_tokenize=words, pos_tag=tagged, sent_tokenize=sentences)
    sys.modules["unstructured.nlp.tokenize"] = module


_install_tokenizer()

import unstructured.partition.docx as _docx  # noqa: E402
import unstructured.partition.html.parser as _html_parser  # noqa: E402
import unstructured.partition.pptx as _pptx  # noqa: E402
from lxml import etree, html  # noqa: E402
from unstructured.documents.elements import (  # noqa: E402
    Element,
    Footer,
    Header,
    ListItem,
    PageBreak,
    Table,
    Title,
)  # fmt: skip
from unstructured.partition.html import partition_html  # noqa: E402

from ingest.parsed import BlockKind, Parsed  # noqa: E402
from ingest.parsers.outline import Row, outlined  # noqa: E402
from ingest.parsers.table import rows_text  # noqa: E402
from ingest.parsers.unseen import problems_of  # noqa: E402
from ingest.parsers.unseen_html import remove_unseen  # noqa: E402
from ingest.parsers.unseen_styles import Sheet  # noqa: E402
from ingest.parsers.unseen_word import without_unseen  # noqa: E402
from ingest.parsers.writer import Writer  # noqa: E402
from retrieval.documents import Page  # noqa: E402

for _module in (_docx, _pptx, _html_parser):
    for _name, _answer in (("is_possible_title", False), ("is_possible_narrative_text", True)):
        if hasattr(_module, _name):
            setattr(_module, _name, lambda *_, _answer=_answer, **__: _answer)

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_NO_DETECTION = [""]
_DROPPED = (
    "script", "style", "nav", "template", "noscript", "iframe", "object", "embed", "svg", "img",
    "picture", "video", "audio", "canvas", "form", "button", "head", "link", "meta", "map",
)  # fmt: skip


def read_docx(raw: bytes, most_characters: int) -> Parsed:
    """Return the text of a Word file that its reader sees, tables row by row."""
    shown, unseen = without_unseen(raw)
    elements = _docx.partition_docx(file=io.BytesIO(shown), languages=_NO_DETECTION)
    writer = Writer(most_characters)
    writer.problems.extend(problems_of(unseen))
    _write(writer, (each for each in elements if not isinstance(each, Header | Footer)))
    return _outlined(writer.parsed())


def read_pptx(raw: bytes, most_characters: int) -> Parsed:
    """Return the text of slides, each a page; speaker notes come after their slide."""
    elements = _pptx.partition_pptx(file=io.BytesIO(raw), languages=_NO_DETECTION)
    writer = Writer(most_characters)
    slides: dict[int, list[Element]] = {}
    for each in elements:
        slides.setdefault(each.metadata.page_number or 1, []).append(each)
    ends = []
    for number, members in sorted(slides.items()):
        writer.close(0)
        _write(writer, members)
        ends.append((number, writer.length))
    parsed = writer.parsed()
    return Parsed(parsed.text, parsed.blocks, tuple(_slides(ends)), parsed.title, parsed.problems)


def read_html(text: str, most_characters: int) -> Parsed:
    """Return what an HTML page shows; navigation, scripts, pictures and forms are dropped."""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, ValueError):
        return Parsed("", ())
    title = tree.findtext(".//title") or ""
    sheet = Sheet.of_page(tree)
    for each in [*tree.iter(*_DROPPED)]:
        if each.getparent() is not None:
            each.drop_tree()
    unseen = remove_unseen(tree, sheet)
    cleaned = html.tostring(tree, encoding="unicode")
    writer = Writer(most_characters)
    writer.problems.extend(problems_of(unseen))
    if tree.text_content().strip():
        _write(writer, partition_html(text=cleaned, languages=_NO_DETECTION))
    return _outlined(writer.parsed(title))


def _write(writer: Writer, elements: Iterable[Element]) -> None:
    after_item = False
    for each in elements:
        if isinstance(each, Table):
            _write_table(writer, each)
        elif isinstance(each, Title):
            writer.heading(each.text, 1 + (each.metadata.category_depth or 0))
        elif isinstance(each, ListItem):
            writer.add(each.text, BlockKind.LIST_ITEM, "\n" if after_item else "\n\n")
        elif not isinstance(each, PageBreak):
            for paragraph in _BLANK_LINE.split(each.text):
                writer.add(paragraph)
        after_item = isinstance(each, ListItem)


def _write_table(writer: Writer, table: Table) -> None:
    markup = table.metadata.text_as_html or ""
    try:
        tree: Any = html.fragment_fromstring(markup, create_parent="div") if markup else None
    except (etree.ParserError, ValueError):
        tree = None
    if tree is None:
        writer.add(table.text, BlockKind.TABLE_ROW)
        return
    rows = [
        [" ".join(cell.text_content().split()) for cell in row.iter("td", "th")]
        for row in tree.iter("tr")
    ]
    has_names = next(tree.iter("th"), None) is not None or max(map(len, rows), default=0) > 2
    for at, line in enumerate(rows_text(rows, has_names)):
        writer.add(line, BlockKind.TABLE_ROW, "\n" if at else "\n\n")


def _outlined(parsed: Parsed) -> Parsed:
    """Find headings by their wording where no style declares any."""
    if any(block.kind is BlockKind.HEADING for block in parsed.blocks):
        return parsed
    rows = [Row(block.start, block.end, opens=True) for block in parsed.blocks]
    kinds = {block.start: block.kind for block in parsed.blocks}
    blocks = tuple(
        block if kinds[block.start] is BlockKind.TEXT else replace(block, kind=kinds[block.start])
        for block in outlined(parsed.text, rows)
    )
    return Parsed(parsed.text, blocks, parsed.pages, parsed.title, parsed.problems)


def _slides(ends: Iterable[tuple[int, int]]) -> Iterable[Page]:
    start = 0
    for number, end in ends:
        yield Page(number, start, end, 0.0, 0.0)
        start = end
