"""Rows of text that name their columns (`City: Oslo; Night: 190`), shown as a table again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_BETWEEN = re.compile(r"; (?=[^:;\n]{1,80}: )|\t| \| ")
_NAME = re.compile(r"([^:;\n]{1,80}): ")


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is cited, or not; `found` is its number among the places found, 0 if it is none."""

    text: str
    lit: bool
    found: int = 0


Cell = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Column names, none if the rows do not all name theirs, and the cells of each row."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(rows: Sequence[Sequence[Run]]) -> Table:
    """Return rows as a table; a row that says nothing of a column gets an empty cell there."""
    cut = [_cells(row) for row in rows]
    named = [{_name(cell): cell for cell in cells} for cells in cut]
    if any("" in row or len(row) < len(cells) for row, cells in zip(named, cut, strict=True)):
        return Table((), tuple(cut))
    names = tuple(dict.fromkeys(name for row in named for name in row))
    filled = tuple(
        tuple(_after(row.get(name, ()), len(name) + 2) for name in names) for row in named
    )
    if any(_is_lit(one) and not _is_lit(other) for one, other in zip(cut, filled, strict=True)):
        return Table((), tuple(cut))  # only a name is cited: it must stay where it can be marked
    return Table(names, filled)


def _is_lit(cells: Sequence[Cell]) -> bool:
    return any(run.lit or run.found for cell in cells for run in cell)


def _cells(row: Sequence[Run]) -> tuple[Cell, ...]:
    """Cut a row where one cell ends, wherever in it the cited words begin or end."""
    text = "".join(run.text for run in row)
    edges = [0, *(edge for found in _BETWEEN.finditer(text) for edge in found.span()), len(text)]
    starts, ends = edges[::2], edges[1::2]
    return tuple(tuple(between(row, start, end)) for start, end in zip(starts, ends, strict=True))


def between(row: Sequence[Run], start: int, end: int) -> Iterator[Run]:
    """Yield what of a row is between two characters of it."""
    at = 0
    for run in row:
        text = run.text[max(start - at, 0) : max(end - at, 0)]
        if text:
            yield Run(text, run.lit, run.found)
        at += len(run.text)


def _name(cell: Cell) -> str:
    found = _NAME.match("".join(run.text for run in cell))
    return found[1] if found else ""


def _after(cell: Cell, count: int) -> Cell:
    return tuple(between(cell, count, sum(len(run.text) for run in cell)))
