"""Tables: CSV, TSV, and the rows of tables elsewhere as readable text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from ingest.errors import Unreadable
from ingest.parsed import BlockKind, Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import decoded
from ingest.parsers.writer import Writer
from ingest.visible import visible

_SAMPLE = 8_000
_NAME_CHARACTERS = 80
_OPENING = 20
_WIDE = 0.6


def parse(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return each row as `Name: value; Name: value`."""
    text, problems = decoded(raw)
    writer = Writer(limits.characters)
    writer.problems.extend(problems)
    csv.field_size_limit(max(1, min(limits.characters, 2**31 - 1)))
    reader = csv.reader(io.StringIO(visible(text), newline=""), _dialect(text))
    try:
        write_rows(writer, reader, limits.columns)
    except csv.Error as error:
        if not writer.length:
            raise Unreadable(f"comma-separated values were expected: {error}") from None
        writer.problems.append(f"reading stopped at a row that is no row: {error}")
    return writer.parsed()


def write_rows(writer: Writer, rows: Iterable[list[str]], most_columns: int) -> None:
    """Write rows as blocks; cells beyond the last column allowed are left out with a word."""
    wide = False

    def narrowed() -> Iterator[list[str]]:
        nonlocal wide
        for row in rows:
            wide = wide or any(row[most_columns:])
            yield row[:most_columns]

    for at, line in enumerate(rows_text(narrowed(), has_names=True)):
        writer.add(line, BlockKind.TABLE_ROW, "\n" if at else "\n\n")
        if writer.is_full:
            break
    if wide:
        writer.problems.append(f"only the first {most_columns:,} columns were read")


def rows_text(rows: Iterable[list[str]], has_names: bool) -> Iterator[str]:
    """Yield one line per row that is not blank.

    The first row that is about as wide as the table names the columns if it can; what stands
    above it, and a sentence alone in its row below, are notes and stay as they are.
    """
    cleaned = ([" ".join(cell.split()) for cell in row] for row in rows)
    filled = (cells for cells in cleaned if any(cells))
    opening = list(islice(filled, _OPENING))
    at = _names_at(opening) if has_names else None
    names = [] if at is None else opening[at]
    row = -1
    for row, cells in enumerate(chain(opening, filled)):
        if at is None or row < at:
            yield _row([], cells)
        elif row > at:
            yield _row([] if _is_note(cells) else names, cells)
    if row == at:
        yield _row([], names)


def _names_at(opening: Sequence[list[str]]) -> int | None:
    """Return which of a table's first rows names its columns."""
    widths = [sum(map(bool, cells)) for cells in opening]
    wide = max(2, _WIDE * max(widths, default=0))
    at = next((at for at, width in enumerate(widths) if width >= wide), None)
    return at if at is not None and _are_names(opening[at]) else None


def _are_names(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    fits = all(len(cell) <= _NAME_CHARACTERS for cell in filled)
    worded = sum(any(letter.isalpha() for letter in cell) for cell in filled)
    return fits and worded >= 0.6 * len(filled)


def _is_note(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) == 1 and (len(filled[0]) > _NAME_CHARACTERS or filled[0].endswith("."))


def _row(names: Sequence[str], cells: Sequence[str]) -> str:
    if not names:
        return " | ".join(cell for cell in cells if cell)
    return "; ".join(
        f"{names[at]}: {cell}" if at < len(names) and names[at] else cell
        for at, cell in enumerate(cells)
        if cell
    )


def _dialect(text: str) -> type[csv.Dialect] | csv.Dialect:
    """Guess the separator from the first lines; quotes are doubled, as RFC 4180 has it."""
    lines = [line for line in text[:_SAMPLE].splitlines()[:20] if line.strip()]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}

    class Found(csv.excel):
        delimiter = max(counts, key=lambda mark: (min(counts[mark], default=0), sum(counts[mark])))

    return Found
