"""Text as it is drawn: lists as lists, the head of a letter line by line, rows as a table.

Nothing of what was taken in changes or is left out: a marker stays the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from assistant.comparing import Piece as Compared
from assistant.http.opened import HEADERS, WRAPS_FROM, Piece
from assistant.http.table import Run, between

TABLE: Final = "table"
HEAD: Final = "head"
BULLETS: Final = "bullets"
NUMBERS: Final = "numbers"
BARE: Final = "bare"
_TOGETHER: Final = frozenset({TABLE, HEAD, BULLETS, NUMBERS, BARE})
_BULLET: Final = re.compile(r"[-•●▪◦*·–o+][ \t]+(?=\S)")
_NUMBER: Final = re.compile(r"\(?(?:\d{1,9}|[a-z]{1,2}|[ivx]{1,5})[.)][ \t]+(?=\S)")
_DASH: Final = re.compile(r"[-•●▪◦*–][ \t]+(?=\S)")
_COUNTED: Final = re.compile(r"\(?(\d{1,2})[.)][ \t]+(?=\S)")
_HEADER: Final = re.compile(rf"({HEADERS})[ \xa0]?:(?:[ \t]+|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """Something drawn alone; `before` is the marker of an item, or a header's name."""

    before: tuple[Run, ...]
    runs: tuple[Run, ...]

    @property
    def is_lit(self) -> bool:
        """Return whether cited words are in it."""
        return any(run.lit for run in (*self.before, *self.runs))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines that belong together: a table, a list, the head of a letter; or one alone."""

    form: str
    depth: int
    lines: tuple[Line, ...]


def drawn(shown: Sequence[Piece]) -> list[Drawn]:
    """Return pieces as they are drawn, in order; every other piece than these stays alone."""
    parts = [*_parts(shown)]
    keyed = groupby(
        enumerate(parts), lambda pair: pair[1].form if pair[1].form in _TOGETHER else pair[0]
    )
    found = []
    for _, group in keyed:
        each = [part for _, part in group]
        lines = tuple(line for part in each for line in part.lines)
        found.append(Drawn(each[0].form, each[0].depth, lines))
    return found


def bulleted(side: Sequence[Compared]) -> tuple[str, Sequence[Compared]]:
    """Return the bullet that one side of a comparison begins with, "" if none, and the rest.

    A bullet that alone differs stays among the words, where it is seen to differ.
    """
    found = _DASH.match(side[0].text) if side else None
    if not found or found.end() == len(side[0].text):
        return "", side
    return found[0], (Compared(side[0].text[found.end() :], side[0].differs), *side[1:])


def _parts(shown: Sequence[Piece]) -> Iterator[Drawn]:
    numbers = [_counted(each) for each in shown]
    for at, piece in enumerate(shown):
        if piece.kind == "table_row":
            yield Drawn(TABLE, piece.depth, (Line((), piece.runs),))
        elif piece.kind == "list_item":
            yield _item(piece, 0, len(_words(piece)))
        elif piece.kind == "text":
            near = {*numbers[max(at - 1, 0) : at], *(each - 2 for each in numbers[at + 1 : at + 2])}
            yield from _text(piece, numbers[at] > 0 and numbers[at] - 1 in near)
        else:
            yield Drawn(piece.kind, piece.depth, (Line((), piece.runs),))


def _text(piece: Piece, goes_on: bool) -> Iterator[Drawn]:
    """Yield what a paragraph has in it; `goes_on` says that those about it count on with it."""
    rows = [*_rows(_words(piece))]
    if head := _head(piece, rows):
        yield head
        return
    items = _items(rows, goes_on)
    begin = 0
    for (first, last, _), (start, _, words) in pairwise(rows):
        is_over = begin in items and last - first < WRAPS_FROM
        if words.strip() and (start in items or is_over):
            yield _part(piece, begin, last, items)
            begin = start
    yield _part(piece, begin, rows[-1][1], items)


def _part(piece: Piece, start: int, end: int, items: frozenset[int]) -> Drawn:
    if start in items:
        return _item(piece, start, end)
    return Drawn(piece.kind, piece.depth, (Line((), tuple(between(piece.runs, start, end))),))


def _item(piece: Piece, start: int, end: int) -> Drawn:
    words = _words(piece)[start:end]
    bullet, number = _BULLET.match(words), _NUMBER.match(words)
    form = BULLETS if bullet else NUMBERS if number else BARE
    found = bullet or number
    after = start + (found.end() if found else 0)
    before = tuple(between(piece.runs, start, after))
    return Drawn(form, piece.depth, (Line(before, tuple(between(piece.runs, after, end))),))


def _items(rows: Sequence[tuple[int, int, str]], goes_on: bool) -> frozenset[int]:
    """Return where items begin: bullets, or numbers that count on from the first."""
    dashes = [start for start, _, words in rows if _DASH.match(words)]
    counted: list[int] = []
    expected = 0
    for start, _, words in rows:
        found = _COUNTED.match(words)
        if found and int(found[1]) == (expected or int(found[1])):
            counted.append(start)
            expected = int(found[1]) + 1
    is_listed = len(dashes) > 1 or 0 in dashes
    is_counted = len(counted) > 1 or (goes_on and 0 in counted)
    return frozenset((dashes if is_listed else []) + (counted if is_counted else []))


def _head(piece: Piece, rows: Sequence[tuple[int, int, str]]) -> Drawn | None:
    found = [_HEADER.match(words) for _, _, words in rows]
    names = [each[1] for each in found if each]
    if len(rows) < 2 or len(names) < len(rows) or len({*names}) < len(names):
        return None
    lines = [
        Line(
            tuple(between(piece.runs, start, start + name.end())),
            tuple(between(piece.runs, start + name.end(), end)),
        )
        for (start, end, _), name in zip(rows, found, strict=True)
        if name
    ]
    return Drawn(HEAD, piece.depth, tuple(lines))


def _counted(piece: Piece) -> int:
    found = _COUNTED.match(_words(piece)) if piece.kind == "text" else None
    return int(found[1]) if found else 0


def _rows(text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    for words in text.split("\n"):
        yield at, at + len(words), words
        at += len(words) + 1


def _words(piece: Piece) -> str:
    return "".join(run.text for run in piece.runs)
