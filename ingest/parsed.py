"""What parsing gives: text, the structure of that text, and its pages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retrieval.documents import Page


class BlockKind(StrEnum):
    """What a block is, as far as chunking cares."""

    HEADING = "heading"
    TEXT = "text"
    CLAUSE = "clause"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the text that chunks do not mix with another of a different heading path.

    `headings` is the path of headings above it, outermost first, itself excluded.
    """

    start: int
    end: int
    kind: BlockKind
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document's content as text.

    Blocks are in order, do not overlap, and may leave white space between them.
    `problems` says in plain words what could not be read; text that was read is kept.
    `declared` are metadata the file itself states (front matter): title, effective, status, ...
    """

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...] = ()
    title: str = ""
    problems: tuple[str, ...] = ()
    declared: tuple[tuple[str, str], ...] = ()
