"""One record of an export (a ticket): its text unchanged, then its comments."""

from __future__ import annotations

import json
from typing import Any

from connectors.records import TEXTS, TITLES
from ingest.errors import Unreadable
from ingest.parsed import Block, BlockKind, Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.outline import outlined
from ingest.parsers.plain import decoded, rows
from ingest.visible import one_line, storable

_DECLARED = ("id", "status", "created", "author", "owner", "link", "url", "effective", "expires")


def parse(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return a record's text, which begins with the given text as it stands."""
    record = _object(raw)
    title = one_line(_first(record, TITLES))
    text = storable(_first(record, TEXTS, strip=False)) or title
    if len(text) > limits.characters:
        raise Unreadable("its text is too long; split the record")
    parts, length = [text], len(text)
    blocks = outlined(text, list(rows(text)))
    problems: list[str] = []
    for comment in _comments(record):
        piece = storable(comment)
        if length + len(piece) > limits.characters:
            problems.append("later comments were left out: the record is too long")
            break
        gap = "\n\n" if length else ""
        blocks += _blocks(piece, length + len(gap))
        parts += (gap, piece)
        length += len(gap) + len(piece)
    declared = tuple(
        (key, one_line(str(record[key]))) for key in _DECLARED
        if isinstance(record.get(key), str | int) and str(record[key]).strip()
    )  # fmt: skip
    return Parsed("".join(parts), tuple(blocks), (), title, tuple(problems), declared)


def _object(raw: bytes) -> dict[str, Any]:
    text, _ = decoded(raw)
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise Unreadable(f"one JSON object was expected: {reason[:200]}") from None
    if not isinstance(record, dict):
        raise Unreadable("one JSON object with a title and a text was expected, other JSON came")
    if not (_first(record, TEXTS) or _first(record, TITLES)):
        keys = ", ".join(map(str, list(record)[:8]))
        raise Unreadable(f"a JSON object with one of {', '.join(TEXTS + TITLES)} was expected, "
                         f"one with these keys came: {keys[:200]}")  # fmt: skip
    return record


def _first(record: dict[str, Any], keys: tuple[str, ...], strip: bool = True) -> str:
    for key in keys:
        value = record.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip() if strip else str(value)
    return ""


def _comments(record: dict[str, Any]) -> list[str]:
    found = record.get("comments")
    comments = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [piece for each in comments if (piece := _comment(each))]


def _blocks(comment: str, start: int) -> tuple[Block, Block]:
    """Return who says it, which heads it, and what is said."""
    byline, _, _ = comment.partition("\n")
    said = start + len(byline) + 1
    return (
        Block(start, said - 1, BlockKind.HEADING),
        Block(said, start + len(comment), BlockKind.COMMENT, (byline,)),
    )


def _comment(comment: dict[str, Any]) -> str:
    text = _first(comment, ("text", "body"), strip=False)
    if not text:
        return ""
    author = one_line(_first(comment, ("author", "by"))) or "someone"
    created = one_line(_first(comment, ("created", "date")))
    return f"Comment by {author}{f' on {created}' if created else ''}\n{text.strip()}"
