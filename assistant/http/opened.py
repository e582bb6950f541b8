"""A version opened at its cited words, as the source page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.http.parts import Reading
from assistant.http.reading import cited_pages
from assistant.rectangles import Rectangle, rectangles
from retrieval.access import Principal
from retrieval.documents import Page, Span, Status, Version
from retrieval.library import TextBlock, VersionText


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its size in points, and where the cited words lie on it."""

    page: Page
    lit: tuple[Rectangle, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is cited, or not."""

    text: str
    lit: bool


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


async def sheets(
    library: Reading, version: Version, span: Span | None, *, principal: Principal
) -> list[Sheet]:
    """Return every page; those that the span touches with its rectangles."""
    pages = await library.pages(version, principal=principal)
    cited = set(cited_pages(pages, span))
    shown = []
    for page in pages:
        lit: tuple[Rectangle, ...] = ()
        if span is not None and page.number in cited:
            boxed = await library.page(version, page.number, principal=principal)
            lit = tuple(rectangles(boxed, span))
        shown.append(Sheet(page, lit))
    return shown


def pieces(stored: VersionText, span: Span | None) -> list[Piece]:
    """Return the text block by block, nothing of it left out, cut where the span begins and ends.

    White space between blocks is the only thing that is not shown.
    """
    shown = []
    for block in _complete(stored):
        runs = tuple(_runs(stored.text, block, span))
        if runs:
            shown.append(Piece(block.kind, min(max(block.depth, 1), 6), runs))
    return shown


def _complete(stored: VersionText) -> Iterator[TextBlock]:
    """Yield the blocks, and as plain text whatever lies between them."""
    at = 0
    for block in (*stored.blocks, TextBlock(len(stored.text), len(stored.text), "text", 0)):
        if stored.text[at : block.start].strip():
            yield TextBlock(at, block.start, "text", 0)
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
