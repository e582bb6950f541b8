"""`Parsed` as JSON and bytes, and back with every claim checked: the sender may be hostile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.errors import Unreadable
from ingest.parsed import Block, BlockKind, Parsed
from ingest.visible import one_line, storable
from retrieval.boxes import decode
from retrieval.documents import Page

_KINDS = tuple(BlockKind)
_MOST_PAGES = 100_000
_MOST_PROBLEMS = 100
_MOST_HEADINGS = 16
_HEADING_CHARACTERS = 300
_PROBLEM_CHARACTERS = 500


def packed(parsed: Parsed) -> tuple[dict[str, Any], bytes]:
    """Return a document as a JSON object and bytes: the text, then the boxes of each page."""
    paths: dict[tuple[str, ...], int] = {}
    text = storable(parsed.text).encode()
    header = {
        "text": len(text),
        "blocks": [
            (each.start, each.end, _KINDS.index(each.kind),
             paths.setdefault(each.headings, len(paths)))
            for each in parsed.blocks
        ],
        "paths": list(paths),
        "pages": [
            (page.number, page.start, page.end, page.width, page.height, len(page.boxes))
            for page in parsed.pages
        ],
        "title": parsed.title,
        "problems": parsed.problems,
        "declared": parsed.declared,
    }  # fmt: skip
    return header, b"".join((text, *(page.boxes for page in parsed.pages)))


def unpacked(header: dict[str, Any], data: bytes, most_characters: int) -> Parsed:
    """Return the document, or raise `Unreadable` if anything in it cannot be true."""
    try:
        return _checked(header, data, most_characters)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise Unreadable(f"its reader gave an impossible answer ({error}); save it anew") from None


def _checked(header: dict[str, Any], data: bytes, most_characters: int) -> Parsed:
    size = _number(header["text"], 0, len(data))
    text = data[:size].decode("utf-8")
    if len(text) > most_characters or "\x00" in text:
        raise ValueError("its text")
    paths = [_path(path) for path in header["paths"]]
    return Parsed(
        text=text,
        blocks=tuple(_blocks(header["blocks"], paths, len(text))),
        pages=tuple(_pages(header["pages"], data, size, len(text))),
        title=one_line(str(header["title"])),
        problems=tuple(_plain(each) for each in header["problems"][:_MOST_PROBLEMS]),
        declared=tuple(
            (_plain(key), _plain(value)) for key, value in header["declared"][:_MOST_PROBLEMS]
        ),
    )


def _blocks(rows: Any, paths: list[tuple[str, ...]], length: int) -> Iterator[Block]:
    before = 0
    for start, end, kind, path in rows:
        _number(start, before, length)
        before = _number(end, start, length)
        yield Block(start, end, _KINDS[_number(kind, 0, len(_KINDS) - 1)],
                    paths[_number(path, 0, len(paths) - 1)])  # fmt: skip


def _pages(rows: Any, data: bytes, at: int, length: int) -> Iterator[Page]:
    before, last = 0, 0
    for number, start, end, width, height, size in rows[:_MOST_PAGES]:
        last = _number(number, last + 1, _MOST_PAGES)
        _number(start, before, length)
        before = _number(end, start, length)
        boxes = data[at : at + _number(size, 0, len(data) - at)]
        at += size
        if boxes:
            decode(boxes, end - start)
        yield Page(number, start, end, _size(width), _size(height), boxes)


def _number(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"a number from {least} to {most} was expected")
    return value


def _size(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value < 1e6:
        raise ValueError("a page size was expected")
    return float(value)


def _path(path: Any) -> tuple[str, ...]:
    return tuple(one_line(str(step), _HEADING_CHARACTERS) for step in path[:_MOST_HEADINGS])


def _plain(value: Any) -> str:
    return one_line(str(value), _PROBLEM_CHARACTERS)
