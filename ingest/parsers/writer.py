"""Putting a text together piece by piece, with blocks that point exactly into it."""

from __future__ import annotations

from ingest.parsed import Block, BlockKind, Parsed
from ingest.visible import one_line, visible

_MOST_HEADINGS = 6


class Writer:
    """Collects pieces of text; `heading` pieces become the path of what follows."""

    def __init__(self, most_characters: int) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._most = most_characters
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self.problems: list[str] = []
        self.is_full = False

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the path that the next block will have."""
        return tuple(title for _, title in self._path)

    @property
    def opening_heading(self) -> str:
        """Return the heading that the text begins with, if it does."""
        opens = bool(self._blocks) and self._blocks[0].kind is BlockKind.HEADING
        return self._parts[1] if opens else ""

    @property
    def length(self) -> int:
        """Return how many characters were collected."""
        return self._length

    def add(self, text: str, kind: BlockKind = BlockKind.TEXT, gap: str = "\n\n") -> None:
        """Append a block of visible text; blank text is passed over."""
        self.add_exactly(visible(text).strip(), kind, gap)

    def add_exactly(self, text: str, kind: BlockKind = BlockKind.TEXT, gap: str = "\n\n") -> None:
        """Append a block of text that must not change."""
        if not text.strip() or self.is_full:
            return
        gap = gap if self._length else ""
        if self._length + len(gap) + len(text) > self._most:
            self.is_full = True
            self.problems.append(f"only the first {self._length:,} characters were read")
            return
        start = self._length + len(gap)
        self._parts += (gap, text)
        self._length = start + len(text)
        self._blocks.append(Block(start, self._length, kind, self.headings))

    def heading(self, text: str, level: int) -> None:
        """Append a heading; it ends every heading of its level or deeper."""
        title = one_line(text)
        if not title:
            return
        self.close(level)
        self.add(title, BlockKind.HEADING)
        self._path = [*self._path, (level, title)][-_MOST_HEADINGS:]

    def close(self, level: int) -> None:
        """End every heading of this level or deeper."""
        self._path = [step for step in self._path if step[0] < level]

    def parsed(self, title: str = "", declared: tuple[tuple[str, str], ...] = ()) -> Parsed:
        """Return what was collected."""
        return Parsed(
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            title=one_line(title),
            problems=tuple(self.problems),
            declared=declared,
        )
