"""The nouns of an export: what was asked, what may still be said, and the words under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from retrieval.documents import Status, Version


@dataclass(frozen=True, slots=True)
class Footnote:
    """Exact words of a version, found at `start` to `end` of its stored text at export.

    `number` counts from 1 through the whole export. `page` is the one that the words begin on,
    `status` is of the moment of export, `link` opens the version at these words. `head` stands
    above the list of which they are an item, and is none of them.
    """

    number: int
    version: Version
    status: Status
    start: int
    end: int
    page: int | None
    link: str
    words: str = field(repr=False)
    head: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence and the footnotes that carry it; one that `differs` is another source's."""

    text: str = field(repr=False)
    footnotes: tuple[Footnote, ...]
    differs: bool = False

    @property
    def is_quote(self) -> bool:
        """Return whether it is the words of its first footnote, apart from white space."""
        return self.text == " ".join(self.footnotes[0].words.split())


@dataclass(frozen=True, slots=True)
class Section:
    """One question or one search, and what was found.

    `mode` is `quotes`, `model` (then `model` says which wrote it) or `passages`. `at` is when it
    was asked, None for a search; `as_of` the day for which, None where that is not known.
    `ended` says why an answer ended early, "" if it did not. `left_out` counts the sentences that
    were not exported because their words could not be checked.
    """

    asked: str = field(repr=False)
    looked_for: str = field(repr=False)
    at: int | None
    as_of: date | None
    mode: str
    model: str
    stated: tuple[Stated, ...]
    ended: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Exported:
    """A whole export: `by` is who took it out, `at` the instant."""

    sections: tuple[Section, ...]
    by: str
    at: int

    @property
    def title(self) -> str:
        """Return what was asked first."""
        return self.sections[0].asked

    @property
    def footnotes(self) -> Iterator[Footnote]:
        """Yield every footnote in order of number."""
        for section in self.sections:
            for stated in section.stated:
                yield from stated.footnotes

    @property
    def left_out(self) -> int:
        """Return how many sentences are not in it."""
        return sum(each.left_out for each in self.sections)
