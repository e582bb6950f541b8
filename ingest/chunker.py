"""Cutting a parsed document into passages: the only file that knows LlamaIndex.

Passages keep to sections, have about 500 characters and end where a sentence, list item,
table row or comment ends. Offsets are exact: a passage's text is a slice of the text.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    end: int
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Outline:
    """Where blocks start, in order, and which of them are headings: those are no sentences."""

    starts: tuple[int, ...]
    headings: frozenset[int]

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> _Outline:
        starts = tuple(sorted({block.start for block in blocks}))
        headings = (block.start for block in blocks if block.kind is BlockKind.HEADING)
        return cls(starts, frozenset(headings))


class Chunker:
    """Cuts text into passages of at most `size` characters, longer only for one long word."""

    def __init__(self, size: int = _SIZE) -> None:
        self._size = size

    @cached_property
    def _split(self) -> tuple[Split, Split]:
        return _splitters(self._size)

    def chunk(self, parsed: Parsed) -> tuple[Chunk, ...]:
        """Return the passages of a document in order; white space belongs to none."""
        gaps = _gaps(parsed.text, parsed.blocks)
        spans = [
            (span, section.headings)
            for section in _merge_small(_sections(parsed.blocks, gaps), gaps, self._size)
            for span in _locate(parsed.text, section.start, section.end, self._split[0])
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
            )
            for ordinal, (span, headings) in enumerate(spans)
        )

    def _sentences_in(self, text: str, span: Span, outline: _Outline) -> Iterator[Span]:
        for start, end in _units(text, span, outline.starts):
            if start not in outline.headings:
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
        if held and _is_unfinished(text[held.start : held.end]):
            held = Span(held.start, span.end)
            continue
        if held:
            yield held
        held = span
    if held:
        yield held


def _is_unfinished(sentence: str) -> bool:
    last = sentence.rsplit(None, 1)[-1].rstrip(".").lower().lstrip("(")
    numbered = not any(letter.isalpha() for letter in sentence)
    return sentence.endswith(".") and (numbered or last in _ABBREVIATIONS or len(last) == 1)


def _page_at(pages: Sequence[Page], offset: int) -> int | None:
    if not pages:
        return None
    at = bisect_right([page.start for page in pages], offset) - 1
    return pages[max(at, 0)].number
