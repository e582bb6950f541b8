"""A version opened at its cited words, as the source page shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.http.parts import Reading
from assistant.http.reading import cited_pages
from assistant.http.table import Run
from retrieval.access import Principal
from retrieval.boxes import Rectangle, rectangles
from retrieval.documents import Page, Span, Status, Version
from retrieval.library import TextBlock, VersionText

BETWEEN = "between"
PAGES_SHOWN = 120
CHARACTERS_SHOWN = 300_000
_WRAP = re.compile(r"(?<=[^\n]{45})\n(?=[^\s•*–-])")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its size in points, and where the cited words lie on it."""

    page: Page
    lit: tuple[Rectangle, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of text as it is shown."""

    kind: str
    depth: int
    runs: tuple[Run, ...]

    @property
    def is_lit(self) -> bool:
        """Return whether cited words are in it."""
        return any(run.lit for run in self.runs)


@dataclass(frozen=True, slots=True)
class Window:
    """What is shown of something long: from `first` until before `last`, and where else to go."""

    first: int
    last: int
    earlier: int | None
    later: int | None


def window(total: int, size: int, at: int) -> Window:
    """Return `size` of `total`, beginning at `at` or as near to it as there is anything."""
    first = min(max(at, 0), max(total - 1, 0))
    last = min(first + size, total)
    earlier = max(first - size, 0) if first else None
    return Window(first, last, earlier, last if last < total else None)


async def sheets(
    library: Reading,
    version: Version,
    span: Span | None,
    *,
    principal: Principal,
    at: int | None = None,
) -> tuple[list[Sheet], Window]:
    """Return pages, those that the span touches with its rectangles, and which ones they are.

    `at` is how many pages come before the first one shown; without it, the cited one is near.
    """
    pages = await library.pages(version, principal=principal)
    cited = cited_pages(pages, span)
    near = min(cited, default=1) - 1 - PAGES_SHOWN // 4
    shown = window(len(pages), PAGES_SHOWN, near if at is None else at)
    drawn = []
    for page in pages[shown.first : shown.last]:
        lit: tuple[Rectangle, ...] = ()
        if span is not None and page.number in cited:
            boxed = await library.page(version, page.number, principal=principal)
            lit = tuple(rectangles(boxed, span))
        drawn.append(Sheet(page, lit))
    return drawn, shown


def excerpt(stored: VersionText, span: Span | None, at: int | None = None) -> Window:
    """Return which characters of a text to show; without `at`, those about the span."""
    near = (span.start if span else 0) - CHARACTERS_SHOWN // 4
    return window(len(stored.text), CHARACTERS_SHOWN, near if at is None else at)


def pieces(stored: VersionText, span: Span | None, shown: Window | None = None) -> list[Piece]:
    """Return the text block by block, nothing of it left out, cut where the span begins and ends.

    White space between blocks is the only thing that is not shown, and what lies outside `shown`.
    """
    found = []
    for block in _complete(stored):
        if shown and (block.end <= shown.first or block.start >= shown.last):
            continue
        runs = tuple(_runs(stored.text, block, span))
        if runs:
            found.append(Piece(block.kind, block.depth, runs))
    return found


def groups(shown: Sequence[Piece]) -> list[list[Piece]]:
    """Return the rows of one table together, and every other piece alone."""
    keyed = groupby(enumerate(shown), lambda pair: pair[1].kind == "table_row" or pair[0])
    return [[piece for _, piece in group] for _, group in keyed]


def flowing(text: str) -> str:
    """Return text whose long lines flow on, where the file only broke them for width."""
    return _WRAP.sub(" ", text)


def _complete(stored: VersionText) -> Iterator[TextBlock]:
    """Yield the blocks, and whatever lies between them: running heads, page numbers."""
    at = 0
    for block in (*stored.blocks, TextBlock(len(stored.text), len(stored.text), "text", 0)):
        if stored.text[at : block.start].strip():
            yield TextBlock(at, block.start, BETWEEN, 0)
        yield block
        at = max(at, block.end)


def _runs(text: str, block: TextBlock, span: Span | None) -> Iterator[Run]:
    inside = text[block.start : block.end]
    start = block.start + len(inside) - len(inside.lstrip())
    end = block.start + len(inside.rstrip())
    first, last = (start, start) if span is None else (span.start, span.end)
    first, last = max(start, min(first, end)), min(end, max(last, start))
    cuts = ((start, first, False), (first, last, True), (last, end, False))
    for begin, stop, lit in cuts:
        if begin < stop:
            yield Run(text[begin:stop], lit)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader must know before relying on a version, and where to go instead."""

    text: str
    other: Version | None = None


def notices(version: Version, versions: list[Version], instant: int) -> list[Notice]:
    """Return what is to be said about the standing of a version; `versions` are newest first."""
    said = []
    status = version.status_at(instant)
    current = next((each for each in versions if each.in_force.covers(instant)), None)
    newer = next((each for each in versions if each.number > version.number), None)
    if version.declared is Status.DRAFT:
        said.append(Notice("This version is a draft. It has not been approved."))
    if status is Status.SUPERSEDED:
        replaced = current if current and current.number != version.number else newer
        said.append(Notice("This version has been superseded.", replaced))
    elif status is Status.EXPIRED:
        said.append(Notice("This version has expired.", newer))
    elif version.in_force.start > instant:
        said.append(Notice("This version is not in force yet.", _unless(current, version)))
    elif newer is not None:
        said.append(Notice("A newer version exists that is not in force yet.", newer))
    said.extend(Notice(f"Not everything could be read: {each}") for each in version.problems)
    return said


def _unless(other: Version | None, version: Version) -> Version | None:
    return None if other is None or other.number == version.number else other
