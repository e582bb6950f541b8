"""Which approved answers a question asks for: by its vector, then by rules that must all hold.

Only those are looked at among whose readers one of the asker's keys is: of others, not even that
they are there makes a difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from assistant.review.likeness import Asked, ask_the_same
from retrieval.approved.approved import Approved, Known
from retrieval.embedder import Embedder
from retrieval.index import Vector
from retrieval.keywords import Terms

LEAST: Final = 0.8
"""The cosine from which two questions may ask the same: see `evals/bench/paraphrases.py`."""
_MOST: Final = 8


class Answers(Protocol):
    """Where approved answers are kept."""

    async def revision(self) -> int:
        """Return a number that is larger after every change."""

    async def known(self) -> list[Known]:
        """Return every published answer with the vector of its question."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is held in memory: a row of `vectors` (n, dimension) for each answer."""

    revision: int = -1
    every: tuple[Approved, ...] = ()
    asked: tuple[Asked, ...] = ()
    vectors: Vector = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class Matching:
    """Finds the approved answers to a question; they are read again after every change."""

    def __init__(
        self, answers: Answers, embedder: Embedder, terms: Terms, least: float = LEAST
    ) -> None:
        self._answers = answers
        self._embedder = embedder
        self._terms = terms
        self._least = least
        self._held = _Held()
        self._reading = asyncio.Lock()

    @property
    def model(self) -> str:
        """Return what makes vectors."""
        return self._embedder.name

    async def vector(self, question: str) -> Vector:
        """Return the vector of a question, as it is kept with an answer."""
        rows = await self._embedder.embed([question])
        row: Vector = rows[0]
        return row

    async def asked_for(self, question: str, keys: Collection[str]) -> list[Approved]:
        """Return the answers to this question for these readers, the nearest first."""
        held = await self._present()
        mine = [at for at, each in enumerate(held.every) if _is_for(each, keys)]
        if not mine:
            return []
        likeness = held.vectors[mine] @ await self.vector(question)
        near = [int(at) for at in np.argsort(-likeness)[:_MOST] if likeness[at] >= self._least]
        asked = Asked.of(question, self._terms) if near else None
        return [
            held.every[mine[at]]
            for at in near
            if asked is not None and ask_the_same(held.asked[mine[at]], asked)
        ]

    async def _present(self) -> _Held:
        """Return all published answers as they are now."""
        if self._held.revision == await self._answers.revision():
            return self._held
        async with self._reading:
            revision = await self._answers.revision()
            if self._held.revision != revision:
                self._held = await self._read(revision)
        return self._held

    async def _read(self, revision: int) -> _Held:
        known = await self._answers.known()
        if not known:
            return _Held(revision)
        texts = [each.approved.edition.content.question for each in known]
        asked = tuple(Asked.of(text, self._terms) for text in texts)
        every = tuple(each.approved for each in known)
        return _Held(revision, every, asked, await self._vectors(known, texts))

    async def _vectors(self, known: Sequence[Known], texts: Sequence[str]) -> Vector:
        """Return a row for each question, made anew where another embedder made it."""
        others = [at for at, each in enumerate(known) if each.model != self._embedder.name]
        rows = {at: each.vector for at, each in enumerate(known)}
        if others:
            fresh = await self._embedder.embed([texts[at] for at in others])
            rows |= dict(zip(others, fresh, strict=True))
        stacked: Vector = np.stack([rows[at] for at in range(len(known))])
        return stacked


def _is_for(approved: Approved, keys: Collection[str]) -> bool:
    return not approved.edition.content.readers.isdisjoint(keys)
