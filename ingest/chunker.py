"""Cutting a parsed document into passages: the only file that knows LlamaIndex.

Passages keep to sections, have about 500 characters and end where a sentence, list item,
table row or comment ends. Offsets are exact: a passage's text is a slice of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from ingest.parsed import Block, BlockKind, Parsed
from retrieval.documents import Page, Span
from retrieval.staging import Chunk

Split = Callable[[str], list[str]]

_SIZE = 500
_SMALL = 200
_ABBREVIATIONS = frozenset(
    ["art", "cf", "co", "corp", "inc", "ltd", "mr", "mrs", "ms", "no", "nos", "sec", "v", "vs"]
)
_MONTH = re.compile(
    r"(?:jan|feb|m[aä]r|apr|ma[ijy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zé]*\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    end: int
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Outline:
    """Where blocks start, in order.

    Those that are headings are no sentences, and the row of a table is one, whatever is in it.
    """

    starts: tuple[int, ...]
    headings: frozenset[int]
    rows: frozenset[int]

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> _Outline:
        starts = tuple(sorted({block.start for block in blocks}))
        headings = (block.start for block in blocks if block.kind is BlockKind.HEADING)
        rows = (block.start for block in blocks if block.kind is BlockKind.TABLE_ROW)
        return cls(starts, frozenset(headings), frozenset(rows))


class Chunker:
    """Cuts text into passages of at most `size` characters, longer only for one long word.

    `is_titled` is whether a passage is embedded with the title of its document.
    """

    def __init__(self, size: int = _SIZE, *, is_titled: bool = True) -> None:
        self._size = size
        self._is_titled = is_titled

    @cached_property
    def _split(self) -> tuple[Split, Split]:
        return _splitters(self._size)

    def chunk(self, parsed: Parsed) -> tuple[Chunk, ...]:
        """Return the passages of a document in order; white space belongs to none."""
        gaps = _gaps(parsed.text, parsed.blocks)
        spans = [
            (span, section.headings)
            for section in _merge_small(_sections(parsed.blocks, gaps), gaps, self._size)
            for span in self._cut(parsed, section)
        ]
        outline = _Outline.of(parsed.blocks)
        return tuple(
            Chunk(
                ordinal=ordinal,
                start=span.start,
                end=span.end,
                page=_page_at(parsed.pages, span.start),
                headings=headings,
                text=parsed.text[span.start : span.end],
                sentences=tuple(
                    replace(each, page=_page_at(parsed.pages, each.start))
                    for each in self._sentences_in(parsed.text, span, outline)
                ),
                is_titled=self._is_titled,
            )
            for ordinal, (span, headings) in enumerate(spans)
        )

    def _cut(self, parsed: Parsed, section: _Section) -> Iterator[Span]:
        """Yield the passages of a section; a table is cut between its rows."""
        held: Span | None = None
        for span in _unbroken(parsed.blocks, section, self._size):
            if held and span.end - held.start <= self._size:
                held = Span(held.start, span.end)
                continue
            if held:
                yield from self._in_size(parsed.text, held)
            held = span
        if held:
            yield from self._in_size(parsed.text, held)

    def _in_size(self, text: str, span: Span) -> Iterator[Span]:
        yield from _locate(text, span.start, span.end, self._split[0])

    def _sentences_in(self, text: str, span: Span, outline: _Outline) -> Iterator[Span]:
        for start, end in _units(text, span, outline.starts):
            if start in outline.rows:
                yield from _locate(text, start, end, lambda row: [row])
            elif start not in outline.headings:
                yield from _rejoined(text, _locate(text, start, end, self._split[1]))


def _splitters(size: int) -> tuple[Split, Split]:
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.node_parser.text.utils import split_by_sentence_tokenizer

    splitter = SentenceSplitter(
        chunk_size=size, chunk_overlap=0, tokenizer=list, paragraph_separator="\n\n"
    )
    return splitter.split_text, split_by_sentence_tokenizer()


def _gaps(text: str, blocks: Sequence[Block]) -> list[int]:
    """Return where text lies that is in no block: running headers, page numbers."""
    return [one.end for one, other in pairwise(blocks) if text[one.end : other.start].strip()]


def _sections(blocks: Sequence[Block], gaps: Sequence[int]) -> Iterator[_Section]:
    """Yield runs of blocks under one heading, none across a gap.

    A heading without text under it stands alone.
    """
    run: _Section | None = None
    pending: Block | None = None
    for block in blocks:
        if run and (
            block.kind is BlockKind.HEADING
            or block.headings != run.headings
            or _has_gap(gaps, run.end, block.start)
        ):
            yield run
            run = None
        if block.kind is BlockKind.HEADING:
            if pending:
                yield _Section(pending.start, pending.end, pending.headings)
            pending = block
            continue
        if pending and not _leads(pending, block):
            yield _Section(pending.start, pending.end, pending.headings)
        pending = None
        start = run.start if run else block.start
        run = _Section(start, block.end, block.headings)
    if run:
        yield run
    if pending:
        yield _Section(pending.start, pending.end, pending.headings)


def _leads(heading: Block, block: Block) -> bool:
    """Return whether the block's path already names this heading."""
    return len(block.headings) > len(heading.headings)


def _merge_small(
    sections: Iterator[_Section], gaps: Sequence[int], size: int
) -> Iterator[_Section]:
    """Join short neighbours under the same parent: a passage of a few words finds nothing."""
    held: _Section | None = None
    for section in sections:
        if held and _are_small_siblings(held, section, gaps, size):
            held = _Section(held.start, section.end, _common(held.headings, section.headings))
            continue
        if held:
            yield held
        held = section
    if held:
        yield held


def _are_small_siblings(one: _Section, other: _Section, gaps: Sequence[int], size: int) -> bool:
    short = min(one.end - one.start, other.end - other.start) < _SMALL
    fits = other.end - one.start <= size
    shared = len(_common(one.headings, other.headings))
    are_siblings = shared >= max(len(one.headings), len(other.headings)) - 1
    return short and fits and are_siblings and not _has_gap(gaps, one.end, other.start)


def _unbroken(blocks: Sequence[Block], section: _Section, size: int) -> Iterator[Span]:
    """Yield what a section is cut between: each row of a table, and all that is no row."""
    inside = blocks[
        bisect_left(blocks, section.start, key=_start) : bisect_left(
            blocks, section.end, key=_start
        )
    ]
    is_long = section.end - section.start > size
    start = section.start
    for block in inside if is_long else ():
        if block.kind is BlockKind.TABLE_ROW:
            if start < block.start:
                yield Span(start, block.start)
            yield Span(block.start, block.end)
            start = block.end
    if start < section.end:
        yield Span(start, section.end)


def _start(block: Block) -> int:
    return block.start


def _has_gap(gaps: Sequence[int], start: int, end: int) -> bool:
    at = bisect_left(gaps, start)
    return at < len(gaps) and gaps[at] < end


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    shared = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        shared += 1
    return one[:shared]


def _locate(text: str, start: int, end: int, split: Split) -> Iterator[Span]:
    """Yield where the pieces that `split` makes of text[start:end] lie, without outer space."""
    region = text[start:end]
    at = 0
    for piece in split(region):
        stripped = piece.strip()
        if not stripped:
            continue
        found = region.index(stripped, at)
        at = found + len(stripped)
        yield Span(start + found, start + at)


def _units(text: str, span: Span, breaks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a passage that no sentence crosses: blocks and paragraphs."""
    first, last = bisect_right(breaks, span.start), bisect_right(breaks, span.end - 1)
    edges = [span.start, *breaks[first:last], span.end]
    for start, end in pairwise(edges):
        at = start
        while (gap := text.find("\n\n", at, end)) >= 0:
            yield at, gap
            at = gap + 2
        yield at, end


def _rejoined(text: str, spans: Iterator[Span]) -> Iterator[Span]:
    """Undo breaks after abbreviations and clause numbers, which end in a full stop too."""
    held: Span | None = None
    for span in spans:
        if held and _is_unfinished(text[held.start : held.end], text[span.start : span.end]):
            held = Span(held.start, span.end)
            continue
        if held:
            yield held
        held = span
    if held:
        yield held


def _is_unfinished(sentence: str, following: str) -> bool:
    """Return whether its full stop ends no sentence.

    It belongs to an abbreviation, an initial, the number of a clause ("1.2.", "Article 12.") or
    the day of a date ("3. Mai"). After any other number it is the end: "... to dock 2."
    """
    if not sentence.endswith("."):
        return False
    words = sentence.split()
    last = words[-1].rstrip(".").lower().lstrip("(")
    if last.isdigit():
        is_label = len(words) == 2 and words[0][:1].isupper()
        return len(words) == 1 or is_label or bool(_MONTH.match(following))
    numbered = not any(letter.isalpha() for letter in sentence)
    return numbered or last in _ABBREVIATIONS or len(last) == 1


def _page_at(pages: Sequence[Page], offset: int) -> int | None:
    if not pages:
        return None
    at = bisect_right([page.start for page in pages], offset) - 1
    return pages[max(at, 0)].number
