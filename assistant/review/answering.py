"""A reviewer answers from sources: each sentence is held to what a model's sentence is held to.

A sentence rests on characters of versions that the reviewer may read and that count now. What the
check of its words objects to is said; a person may publish it all the same, by hand, and that is
kept with it. A sentence that rests on nothing is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from assistant.prompt import Numbered
from assistant.writer import Checking
from retrieval.access import Principal
from retrieval.approved.approved import Stated
from retrieval.documents import Passage, Span, Status, Version, now
from retrieval.errors import BadRequest
from retrieval.plain import plain
from retrieval.review.case import Flaw, Place

MOST_SENTENCES: Final = 12
MOST_PICKS: Final = 8
LONGEST_SENTENCE: Final = 1_000
LONGEST_PICK: Final = 2_000
_LONGEST_PIECE: Final = 500
_STANDING: Final = (Status.APPROVED, Status.DRAFT)


@dataclass(frozen=True, slots=True)
class Pick:
    """Characters `start` to `end` of a version's stored text, named as people name it."""

    document: str
    version: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as a reviewer wrote it; `by_hand` publishes it whatever the check says."""

    text: str = field(repr=False)
    picks: tuple[Pick, ...]
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence with the places that it rests on, and what speaks against it."""

    text: str = field(repr=False)
    cites: tuple[Place, ...]
    is_carried: bool
    flaws: tuple[Flaw, ...] = ()


class Reading(Protocol):
    """The library as whoever writes from it needs it."""

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        """Return a version, or raise `NotFound`."""

    async def passages(
        self, passage_ids: Collection[int], *, principal: Principal
    ) -> dict[int, Passage]:
        """Return those of the passages that one may read, by id."""


class Pins(Protocol):
    """Finds passages by place: `retrieval.approved.pinning.Pinning`."""

    async def at(self, version_id: int, start: int, end: int) -> list[int]:
        """Return the ids of the passages that share characters with this stretch, in order."""


class Answering:
    """Holds what a reviewer writes to the words that it rests on."""

    def __init__(self, library: Reading, pins: Pins, checking: Checking) -> None:
        self._library = library
        self._pins = pins
        self._checking = checking

    async def check(self, written: Sequence[Written], *, principal: Principal) -> list[Checked]:
        """Return what the check says of each sentence.

        Raises:
            BadRequest: a sentence is empty, too long, or rests on nothing that counts now.
            NotFound: it rests on what is not there, or not theirs to read: the two look the same.
        """
        if not 0 < len(written) <= MOST_SENTENCES:
            raise BadRequest(
                f"Expected 1 to {MOST_SENTENCES} sentences, got {len(written)}. Write what the "
                "sources say, in few sentences."
            )
        return [await self._one(at, each, principal) for at, each in enumerate(written, 1)]

    async def _one(self, at: int, written: Written, principal: Principal) -> Checked:
        text = " ".join(plain(written.text).split())
        if not 0 < len(text) <= LONGEST_SENTENCE:
            raise BadRequest(
                f"Expected sentence {at} to have 1 to {LONGEST_SENTENCE:,} characters, got "
                f"{len(text):,}. Write it anew, or leave it out."
            )
        if not 0 < len(written.picks) <= MOST_PICKS:
            raise BadRequest(
                f"Expected sentence {at} to rest on 1 to {MOST_PICKS} places, got "
                f"{len(written.picks)}. Pick the words that carry it: what rests on nothing is not "
                "published."
            )
        cited = [
            each
            for pick in dict.fromkeys(written.picks)
            for each in await self._cited(at, pick, principal)
        ]
        verdict = await self._checking.check(text, cited)
        flaws = tuple(Flaw(str(each.kind), each.piece[:_LONGEST_PIECE]) for each in verdict.faults)
        return Checked(text, tuple(map(_place, cited)), verdict.is_carried, flaws)

    async def _cited(self, at: int, pick: Pick, principal: Principal) -> list[Numbered]:
        """Return the words picked, by the passages that they lie in."""
        version = await self._library.version(pick.document, pick.version, principal=principal)
        instant = now()
        if not version.in_force.covers(instant) or version.status_at(instant) not in _STANDING:
            raise BadRequest(
                f"Expected sentence {at} to rest on versions that count now, got version "
                f"{version.number} of a document, which does not. Pick from the one that does."
            )
        if not 0 <= pick.start < pick.end <= min(version.characters, pick.start + LONGEST_PICK):
            raise BadRequest(
                f"Expected sentence {at} to rest on at most {LONGEST_PICK:,} characters within "
                f"the {version.characters:,} of its document, got {pick.start} to {pick.end}. "
                "Pick the words again."
            )
        ids = await self._pins.at(version.id, pick.start, pick.end)
        found = await self._library.passages(ids, principal=principal)
        cited = list(_numbered(pick, ids, found))
        if not cited:
            raise BadRequest(
                f"Expected sentence {at} to rest on words, got a place without any. Pick again."
            )
        return cited


def published(checked: Sequence[Checked], written: Sequence[Written]) -> tuple[Stated, ...]:
    """Return the sentences as they are published.

    Raises:
        BadRequest: the check objects to some of them, and nobody has said that this is known.
    """
    open_ones = [
        str(at)
        for at, (each, its) in enumerate(zip(checked, written, strict=True), 1)
        if not each.is_carried and not its.by_hand
    ]
    if open_ones:
        raise BadRequest(
            "Expected words that carry every sentence, got some that do not carry sentence "
            f"{', '.join(open_ones)}. Write it closer to the words, pick others, or say that it "
            "is published by hand."
        )
    return tuple(
        Stated(each.text, each.cites, not each.is_carried, () if each.is_carried else each.flaws)
        for each in checked
    )


def _numbered(
    pick: Pick, ids: Sequence[int], passages: Mapping[int, Passage]
) -> Sequence[Numbered]:
    found = [passages[each] for each in ids if each in passages]
    cut = ((each, max(each.start, pick.start), min(each.end, pick.end)) for each in found)
    stretches = [
        Numbered(f"{passage.id}.{start}", passage, Span(start, end, _page(passage, start)))
        for passage, start, end in cut
    ]
    return [each for each in stretches if each.text.strip()]


def _page(passage: Passage, start: int) -> int | None:
    """Return the page on which a place is: that of the sentence it is in."""
    ends = [*(each.start for each in passage.sentences[1:]), passage.end]
    for span, end in zip(passage.sentences, ends, strict=True):
        if start < end:
            return span.page if span.page is not None else passage.page
    return passage.page


def _place(cited: Numbered) -> Place:
    version, span = cited.passage.version, cited.span
    return Place(
        version.id,
        version.document_id,
        version.number,
        cited.passage.id,
        span.start,
        span.end,
        span.page,
    )
