"""A version opened at its cited words, as the source page shows it."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.http.finding import Finding, nearest
from assistant.http.parts import Reading
from assistant.http.reading import cited_pages
from assistant.http.table import Run
from assistant.wording import day, say
from retrieval.access import Principal
from retrieval.boxes import Rectangle, rectangles
from retrieval.documents import Page, Span, Status, Version
from retrieval.library import TextBlock, VersionText

BETWEEN = "between"
PAGES_SHOWN = 120
CHARACTERS_SHOWN = 300_000
WRAPS_FROM = 45
HEADERS = (
    "From|To|Cc|Bcc|Date|Sent|Subject|Reply-To|Von|An|Gesendet|Datum|Betreff|De|À|Envoyé|Objet"
)
_WRAP = re.compile(rf"(?<=[^\n]{{{WRAPS_FROM}}})\n(?=[^\s•*>–-])(?!(?:{HEADERS})[ \xa0]?:\s)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its size in points, where the cited words lie on it, and those looked for.

    `found` has the rectangles of each place, by its number.
    """

    page: Page
    lit: tuple[Rectangle, ...]
    found: tuple[tuple[int, tuple[Rectangle, ...]], ...] = ()


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

    def has_found(self, number: int) -> bool:
        """Return whether the place of this number begins or goes on in it."""
        return any(run.found == number for run in self.runs)


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
    finding: Finding | None = None,
) -> tuple[list[Sheet], Window]:
    """Return pages with the rectangles of what is cited and found, and which ones they are.

    `at` is how many pages come before the first one shown; without it, what is looked for or else
    cited is near.
    """
    pages = await library.pages(version, principal=principal)
    in_hand = (finding.current if finding else None) or span
    near = min(cited_pages(pages, in_hand), default=1) - 1 - PAGES_SHOWN // 4
    shown = window(len(pages), PAGES_SHOWN, near if at is None else at)
    numbered = [*enumerate(finding.spans, 1)] if finding else []
    drawn = []
    for page in pages[shown.first : shown.last]:
        here = [(number, each) for number, each in numbered if _touches(page, each)]
        is_cited = span is not None and _touches(page, span)
        if is_cited or here:
            page = await library.page(version, page.number, principal=principal)
        lit = tuple(rectangles(page, span)) if span and is_cited else ()
        drawn.append(
            Sheet(page, lit, tuple((at, tuple(rectangles(page, each))) for at, each in here))
        )
    return drawn, shown


def _touches(page: Page, span: Span) -> bool:
    return page.start < span.end and span.start < page.end


def excerpt(stored: VersionText, span: Span | None, at: int | None = None) -> Window:
    """Return which characters of a text to show; without `at`, those about the span."""
    near = (span.start if span else 0) - CHARACTERS_SHOWN // 4
    return window(len(stored.text), CHARACTERS_SHOWN, near if at is None else at)


def pieces(
    stored: VersionText,
    span: Span | None,
    shown: Window | None = None,
    finding: Finding | None = None,
) -> list[Piece]:
    """Return the text block by block, nothing of it left out, cut where something begins or ends.

    White space between blocks is the only thing that is not shown, and what lies outside `shown`.
    """
    spans = finding.spans if finding else ()
    starts, ends = [each.start for each in spans], [each.end for each in spans]
    found = []
    for block in _complete(stored):
        if shown and (block.end <= shown.first or block.start >= shown.last):
            continue
        first, last = bisect_right(ends, block.start), bisect_left(starts, block.end)
        here = [*enumerate(spans[first:last], first + 1)]
        runs = tuple(_runs(stored.text, block, span, here))
        if runs:
            found.append(Piece(block.kind, block.depth, runs))
    return found


def flowing(text: str) -> str:
    """Return text whose long lines flow on, where the file only broke them for width.

    The headers of a letter, what is quoted in it and items of a list begin lines of their own.
    """
    return _WRAP.sub(" ", text)


def _complete(stored: VersionText) -> Iterator[TextBlock]:
    """Yield the blocks, and whatever lies between them: running heads, page numbers."""
    at = 0
    for block in (*stored.blocks, TextBlock(len(stored.text), len(stored.text), "text", 0)):
        if stored.text[at : block.start].strip():
            yield TextBlock(at, block.start, BETWEEN, 0)
        yield block
        at = max(at, block.end)


def _runs(
    text: str, block: TextBlock, span: Span | None, found: Sequence[tuple[int, Span]]
) -> Iterator[Run]:
    inside = text[block.start : block.end]
    start = block.start + len(inside) - len(inside.lstrip())
    end = block.start + len(inside.rstrip())
    every = [*([span] if span else []), *(each for _, each in found)]
    edges = {start, end, *(at for each in every for at in (each.start, each.end))}
    for begin, stop in pairwise(sorted(at for at in edges if start <= at <= end)):
        number = next((at for at, each in found if each.start <= begin < each.end), 0)
        is_lit = span is not None and span.start <= begin < span.end
        yield Run(text[begin:stop], is_lit, number)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader must know before relying on a version, and where to go instead.

    `same` is where the cited words stand in the other version; `is_gone` says that they do not.
    """

    text: str
    other: Version | None = None
    same: Span | None = None
    is_gone: bool = False


async def located(
    library: Reading, told: Sequence[Notice], words: str, near: int, *, principal: Principal
) -> list[Notice]:
    """Return the notices with where the cited words stand in the versions that they name."""
    found = []
    for each in told:
        if each.other is not None and words.strip():
            other = (await library.text(each.other, principal=principal)).text
            same = await asyncio.to_thread(nearest, other, words, near=near)
            each = replace(each, same=same, is_gone=same is None)
        found.append(each)
    return found


def notices(version: Version, versions: list[Version], instant: int) -> list[Notice]:
    """Return what is to be said about the standing of a version; `versions` are newest first."""
    said = []
    status = version.status_at(instant)
    current = next((each for each in versions if each.in_force.covers(instant)), None)
    newer = next((each for each in versions if each.number > version.number), None)
    if version.declared is Status.DRAFT:
        said.append(Notice(say("This version is a draft. It has not been approved.")))
    if status is Status.SUPERSEDED:
        replaced = current if current and current.number != version.number else newer
        said.append(Notice(say("This version has been superseded."), replaced))
    elif status is Status.EXPIRED:
        said.append(Notice(say("This version has expired."), newer))
    elif version.in_force.start > instant:
        said.append(Notice(say("This version is not in force yet."), _unless(current, version)))
    elif newer is not None:
        said.append(Notice(say("A newer version exists that is not in force yet."), newer))
    if status is Status.APPROVED and (since := version.overdue_since(instant)):
        said.append(Notice(say("Its review is overdue since {day}.", day=day(since))))
    said.extend(
        Notice(say("Not everything could be read: {problem}", problem=each))
        for each in version.problems
    )
    return said


def _unless(other: Version | None, version: Version) -> Version | None:
    return None if other is None or other.number == version.number else other
