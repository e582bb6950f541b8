"""Running heads: what stands at the top or bottom of page after page, and page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from retrieval.layout import Line
from retrieval.pdf import PageText

_EDGE = 0.13
_LINES = 4
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(
    r"(?i)[\W_]*(?:page\s*)?(?:[a-z]{1,2}-)?(?:\d{1,4}|[ivxl]{1,6})"
    r"(?:\s*(?:of|/)\s*\d{1,4})?[\W_]*"
)
_LONGEST = 200


def running_lines(pages: Sequence[PageText]) -> set[tuple[int, int]]:
    """Return the running lines, each as its page's number and where it starts in its text."""
    places: dict[tuple[str, bool], list[tuple[int, int]]] = defaultdict(list)
    found: set[tuple[int, int]] = set()
    for page in pages:
        for line, is_top in _at_edge(page):
            text = page.text[line.start : line.end]
            if len(text) > _LONGEST:
                continue
            if _NUMBER.fullmatch(text):
                found.add((page.number, line.start))
            else:
                places[_DIGITS.sub("#", " ".join(text.lower().split())), is_top].append(
                    (page.number, line.start)
                )
    for (text, _), where in places.items():
        on_pages = len({number for number, _ in where})
        if on_pages >= max(3, 0.4 * len(pages)) and len(text) > 1:
            found.update(where)
    return found


def _at_edge(page: PageText) -> Iterator[tuple[Line, bool]]:
    """Yield the few highest and lowest lines that lie near an edge, and whether at the top."""
    by_height = sorted(page.lines, key=lambda line: line.middle)
    for line in by_height[:_LINES]:
        if line.middle < _EDGE * page.height:
            yield line, True
    for line in by_height[-_LINES:]:
        if line.middle > (1 - _EDGE) * page.height:
            yield line, False
