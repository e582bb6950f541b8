"""Earlier turns, checked anew: whatever of them is shown or used again is readable at this moment.

A sentence stays only if its person may still read every version that it cites. What else is left
out is not told, but that something is. Words that were looked for may be from a document too:
they go with it, and only what the person wrote themselves is always theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistant.answers import Citation, Earlier, Sentence, Source
from retrieval.access import Principal
from retrieval.conversation_turn import Conversation, Said, Turn
from retrieval.conversations import Conversations
from retrieval.documents import Version, now

_MOST_EARLIER = 8


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn as it may be shown now. `is_partial` says that something of it is left out."""

    id: str
    at: int
    asked: str = field(repr=False)
    looked_for: str = field(repr=False)
    mode: str
    model: str
    refused: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    is_partial: bool


class Readable(Protocol):
    """The library, as far as it tells what may be read now."""

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the versions that one may read now, by id."""


class History:
    """A person's own conversations, each opened with what they may read now."""

    def __init__(self, conversations: Conversations, library: Readable) -> None:
        self._conversations = conversations
        self._library = library

    async def own(self, *, principal: Principal, before: int | None = None) -> list[Conversation]:
        """Return a person's conversations, the latest first; `before` goes on after a list."""
        return await self._conversations.own(person=principal.name, before=before)

    async def latest(self, *, principal: Principal) -> str | None:
        """Return the id of the conversation that a person last added to, if there is one."""
        own = await self.own(principal=principal)
        return own[0].id if own else None

    async def opened(self, conversation_id: str, *, principal: Principal) -> list[Recalled]:
        """Return the turns of a conversation, oldest first.

        Raises:
            NotFound: there is none of this id that is this person's.
        """
        turns = await self._conversations.turns(conversation_id, person=principal.name)
        readable = await self._readable(turns, principal)
        return [recalled(each, readable) for each in turns]

    async def earlier(self, conversation_id: str, *, principal: Principal) -> tuple[Earlier, ...]:
        """Return what of the last turns a follow-up may use, oldest first, or raise `NotFound`."""
        last = await self._conversations.turns(
            conversation_id, person=principal.name, limit=_MOST_EARLIER
        )
        readable = await self._readable(last, principal)
        return tuple(usable(each, readable) for each in last)

    async def remove(self, conversation_id: str, *, principal: Principal) -> None:
        """Remove a conversation, or raise `NotFound` if there is none of this person's."""
        await self._conversations.remove(conversation_id, person=principal.name)

    async def _readable(self, turns: Sequence[Turn], principal: Principal) -> Mapping[int, Version]:
        wanted = frozenset[int]().union(*(each.versions for each in turns))
        return await self._library.readable(wanted, principal=principal) if wanted else {}


def recalled(turn: Turn, readable: Mapping[int, Version]) -> Recalled:
    """Return a turn as it may be shown to somebody who may read these versions, by id."""
    kept = _kept(turn, readable)
    numbers = _numbers(kept)
    instant = now()
    is_theirs = readable.keys() >= set(turn.rests_on)
    return Recalled(
        id=turn.id,
        at=turn.at,
        asked=turn.asked,
        looked_for=turn.looked_for if is_theirs else "",
        mode=turn.mode,
        model=turn.model,
        refused=turn.refused,
        sentences=tuple(_sentence(each, numbers) for each in kept),
        sources=tuple(
            Source(number, readable[at], readable[at].status_at(instant))
            for at, number in numbers.items()
        ),
        is_partial=len(kept) < len(turn.said) or not is_theirs,
    )


def usable(turn: Turn, readable: Mapping[int, Version]) -> Earlier:
    """Return what of a turn may enter a prompt: never the question as it was looked for."""
    kept = _kept(turn, readable)
    used = dict.fromkeys(at for each in kept for at in sorted(each.versions))
    if kept and turn.mode == "model":
        used |= dict.fromkeys(turn.rests_on)
    return Earlier(
        turn.asked, tuple(each.text for each in kept), tuple(readable[at] for at in used)
    )


def _kept(turn: Turn, readable: Mapping[int, Version]) -> list[Said]:
    """Return the sentences that may be shown; a model may have put the words it was asked in."""
    if turn.mode == "model" and not readable.keys() >= set(turn.rests_on):
        return []
    return [each for each in turn.said if each.cited and readable.keys() >= each.versions]


def _numbers(kept: Iterable[Said]) -> dict[int, int]:
    """Return the number of each version that is cited, in the order in which they are."""
    cited = dict.fromkeys(each.version for said in kept for each in said.cited)
    return {at: number for number, at in enumerate(cited, 1)}


def _sentence(said: Said, numbers: Mapping[int, int]) -> Sentence:
    return Sentence(
        said.text,
        tuple(
            Citation(
                numbers[each.version], each.passage, each.start, each.end, each.page, each.words
            )
            for each in said.cited
        ),
        said.differs,
    )
