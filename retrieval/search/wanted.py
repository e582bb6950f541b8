"""What somebody wants to find, as they typed it and ticked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from retrieval.documents import Kind, Status

STANDING = frozenset({Status.APPROVED, Status.DRAFT})


class Sort(StrEnum):
    """In which order results come."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A piece of a query that could not be used, and why. The rest of the query was.

    `form` is why with names in braces for the `facts`, for whoever tells it in another language.
    """

    piece: str = field(repr=False)
    form: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """Return why, in English."""
        return self.form.format(**self.facts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query. What is `named` must hold; `words` only rank, unless nothing else is there.

    A document must have every one of `phrases` in its text and of `titles` in its title; a
    passage none of `without`. `after` and `before` bound the day from which a version counts,
    both included. Of `kinds`, `statuses`, `sources`, `owners` and `parties` any will do; the
    last three are parts of a name. Empty means no limit.
    """

    words: str = field(default="", repr=False)
    phrases: tuple[str, ...] = field(default=(), repr=False)
    without: tuple[str, ...] = field(default=(), repr=False)
    titles: tuple[str, ...] = field(default=(), repr=False)
    kinds: frozenset[Kind] = frozenset()
    statuses: frozenset[Status] = frozenset()
    sources: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    mistakes: tuple[Mistake, ...] = ()

    @property
    def spoken(self) -> str:
        """Return every word that a result may be ranked by."""
        return " ".join(each for each in (self.words, *self.phrases, *self.titles) if each)

    @property
    def sought(self) -> tuple[str, ...]:
        """Return the words and phrases that a reader will look for in a result."""
        return (*self.phrases, *self.words.split())
