"""Tables: CSV, TSV, and the rows of tables elsewhere as readable text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from ingest.errors import Unreadable
from ingest.parsed import BlockKind, Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import decoded
from ingest.parsers.writer import Writer
from ingest.visible import visible

_SAMPLE = 8_000
_NAME_CHARACTERS = 80


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
    """Yield one line per row that is not blank; the first row names the columns if it can."""
    names: list[str] | None = None
    only: str | None = None
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if names is None:
            names = _names(cells) if has_names else []
            if names:
                only = " | ".join(cell for cell in cells if cell)
                continue
        only = None
        yield _row(names, cells)
    if only:
        yield only


def _names(cells: list[str]) -> list[str]:
    filled = [cell for cell in cells if cell]
    fits = all(len(cell) <= _NAME_CHARACTERS for cell in filled)
    worded = sum(any(letter.isalpha() for letter in cell) for cell in filled)
    return cells if len(filled) > 1 and fits and worded >= 0.6 * len(filled) else []


def _row(names: list[str], cells: list[str]) -> str:
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
