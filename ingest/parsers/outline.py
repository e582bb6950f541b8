"""Headings and clauses in text that has no markup: contracts, plain files, PDF.

A heading is a line of its own (`ARTICLE IV`, `4.2 Limitation of liability`, `TERM`); a clause
may begin with its title (`4.2 Cap. The Supplier ...`), which then heads it and what follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.parsed import Block, BlockKind
from ingest.visible import one_line

_PART = re.compile(
    r"(?:ARTICLE|Article|PART|Part|CHAPTER|Chapter|TITLE|EXHIBIT|Exhibit|SCHEDULE|Schedule"
    r"|ANNEX|Annex|APPENDIX|Appendix|ATTACHMENT|Attachment)\s+"
    r"(?:[IVXLC]{1,7}|\d{1,3}(?:\.\d{1,3})?|[A-Z](?:-?\d{1,2})?)"
    r"(?=$|[\s.:,–—-])"
)
_NUMBER = re.compile(
    r"(?P<word>(?:Section|SECTION|Clause|CLAUSE|§)\s*)?"
    r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})(?P<dot>[.):]?)(?:\s+|$)"
)
_ROMAN = re.compile(r"(?=[IVX])(?:X{0,3})(?:IX|IV|V?I{0,3})\.\s+(?=\S)")
_ITEM = re.compile(r"(?:[-•●▪◦*·–o]\s+|\(?(?:[a-z]{1,2}|[ivx]{1,5}|\d{1,2})\)\s)\S")
_LEADERS = re.compile(r"\.{4,}|(?:\. ){4,}|[^\W\d]\s+\d{1,3}$|_{4,}")
_PAGE_NUMBER = re.compile(
    r"(?i)[-–—\s]*(?:page\s+)?(?:\d{1,3}|[ivx]{1,5})(?:\s+of\s+\d{1,3})?[-–—\s]*"
)
_OPENING = re.compile(
    r"W\s?I\s?T\s?N\s?E\s?S|RECITAL|BACKGROUND|PREAMBLE|BETWEEN|PARTIES|.*AGREEMENT$"
)
_FILED_AS = re.compile(r"(?i)exhibit\s+\d{1,3}\.\d{1,3}")
_COMPANY = re.compile(r"\b(?:LLC|INC|CORP|LTD|LP|LLP|PLC|COMPANY|N\.A|L\.P|L\.L\.C)\.?$")
_REFERS = re.compile(r"(?i)\b(?:sections?|articles?|clauses?|exhibits?|paragraphs?|schedule)$")
_UNENDED = re.compile(r"[a-z0-9,]$")
_MIDDLE = re.compile(r"\(?\d[\d.]*[.)]?\s+[a-z]")
_RUN_IN = re.compile(r"(.{3,90}?)(?:\.|:|\s[-–—])(?:\s|$)")
_SMALL = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "its", "no", "not", "of",
     "on", "or", "per", "the", "to", "upon", "via", "vs", "with")
)  # fmt: skip
_PART_LEVEL, _CAPITALS_LEVEL, _NUMBER_LEVEL = 10, 15, 20
_CLOSED = (BlockKind.HEADING, BlockKind.TABLE_ROW)
_LONGEST = 110


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text; `opens` says that space above parts it from the line before.

    With `has_cells` it is the row of a table, whatever it begins with.
    """

    start: int
    end: int
    opens: bool
    has_cells: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: BlockKind
    level: int = 0
    title: str = ""


def outlined(text: str, rows: Sequence[Row]) -> list[Block]:
    """Return the blocks that the rows make."""
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    for at, row in enumerate(rows):
        alone = row.opens and (at + 1 == len(rows) or rows[at + 1].opens)
        line = text[row.start : row.end].strip()
        if row.has_cells:
            under = tuple(title for _, title in path)
            blocks.append(Block(row.start, row.end, BlockKind.TABLE_ROW, under))
            continue
        if alone and _PAGE_NUMBER.fullmatch(line[:40]):
            continue
        after_heading = bool(blocks) and blocks[-1].kind is BlockKind.HEADING
        goes_on = not after_heading and _goes_on(text, rows, at)
        mark = None if goes_on else _mark(line, alone, row.opens)
        if mark is None and not row.opens and blocks and blocks[-1].kind not in _CLOSED:
            last = blocks.pop()
            blocks.append(Block(last.start, row.end, last.kind, last.headings))
            continue
        kind = mark.kind if mark else BlockKind.TEXT
        if mark and mark.level:
            path = [step for step in path if step[0] < mark.level]
        names = mark and mark.title and not _FILED_AS.fullmatch(mark.title)
        own = [(mark.level, one_line(mark.title))] if mark and names else []
        above = path if kind is BlockKind.HEADING else path + own
        blocks.append(Block(row.start, row.end, kind, tuple(title for _, title in above)))
        path = path + own
    return blocks


def _goes_on(text: str, rows: Sequence[Row], at: int) -> bool:
    """Say whether a row is in the middle of a sentence, whatever it begins with."""
    if at == 0 or rows[at].opens:
        return False
    before = text[max(rows[at - 1].start, rows[at - 1].end - 40) : rows[at - 1].end]
    if _REFERS.search(before):
        return True
    line = text[rows[at].start : rows[at].end]
    return bool(_UNENDED.search(before) and _MIDDLE.match(line))


def _mark(line: str, alone: bool, opens: bool) -> _Mark | None:
    """Say what a line begins, if it begins anything."""
    if not line:
        return None
    if found := _PART.match(line):
        rest = line[found.end() :].strip(" .:,–—-")
        if len(line) <= _LONGEST and (not rest or (_is_title(rest) and not _is_listed(rest))):
            return _Mark(BlockKind.HEADING, _PART_LEVEL, line)
        return None
    if found := _NUMBER.match(line):
        return _numbered(line, found, alone)
    if opens and (found := _ROMAN.match(line)) and _is_title(line[found.end() :]):
        return _Mark(BlockKind.HEADING, _NUMBER_LEVEL, line)
    if _ITEM.match(line):
        return _Mark(BlockKind.LIST_ITEM)
    if alone and _is_in_capitals(line):
        level = _NUMBER_LEVEL + 10 if _OPENING.match(line) else _CAPITALS_LEVEL
        return _Mark(BlockKind.HEADING, level, line)
    return None


def _numbered(line: str, found: re.Match[str], alone: bool) -> _Mark | None:
    number, rest = found["number"], line[found.end() :].strip()
    depth = number.count(".") + 1
    level = _NUMBER_LEVEL + 10 * depth
    plain = depth == 1 and not found["word"] and not found["dot"]
    if plain and (not alone or int(number) > 99):
        return None
    if _is_listed(rest):
        return None
    title = rest.rstrip(".:")
    if len(line) <= _LONGEST and (alone or not plain):
        if not rest and (found["word"] or (alone and depth > 1)):
            return _Mark(BlockKind.CLAUSE, level)
        if _is_title(title) or (alone and _is_phrase(rest)):
            return _Mark(BlockKind.HEADING, level, f"{line[: found.end()].strip()} {title}")
    if plain:
        return None
    if (run_in := _RUN_IN.match(rest)) and _is_title(run_in[1]):
        return _Mark(BlockKind.CLAUSE, level, f"{line[: found.end()].strip()} {run_in[1]}")
    return _Mark(BlockKind.CLAUSE, level)


def _is_listed(rest: str) -> bool:
    """Say whether it stands in a table of contents or is a form's blank."""
    return bool(_LEADERS.search(rest[:200]))


def _is_title(text: str) -> bool:
    """Say whether its words are capitalised as in a title."""
    words = re.findall(r"[^\W\d_][\w'’]*", text)
    weighty = [word for word in words if word.lower() not in _SMALL]
    if not weighty or len(words) > 14 or text[-1] in ";,":
        return False
    return text[0].isupper() and sum(word[0].isupper() for word in weighty) >= 0.8 * len(weighty)


def _is_phrase(text: str) -> bool:
    """Say whether it is a heading in sentence case: short, without an end."""
    return len(text.split()) <= 9 and text[:1].isupper() and text[-1] not in ".;,:?!"


def _is_in_capitals(text: str) -> bool:
    if len(text) > 90 or text[-1] in ";," or _COMPANY.search(text) or _is_listed(text):
        return False
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 4 and all(letter.isupper() for letter in letters)
