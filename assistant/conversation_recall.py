"""Earlier turns, checked anew: whatever of them is shown or used again is readable at this moment.

A sentence stays only if its person may still read every version that it cites. What else is left
out is not told, but that something is. Words that were looked for may be from a document too:
they go with it, and only what the person wrote themselves is always theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.answers import Citation, Earlier, Sentence, Source
from assistant.conversation_search import MOST_SEARCHED, Match, matches
from assistant.tool_results import is_result
from retrieval.access import Principal
from retrieval.conversation_turn import Conversation, Said, Turn
from retrieval.conversations import Conversations
from retrieval.documents import Version, now

_MOST_EARLIER = 8


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn as it may be shown now. `is_partial` says that something of it is left out.

    `left_out` counts the sentences that are; `as_of` is the instant for which it was asked, 0
    where that was not kept. `notices` may name sources: they go with any of them.
    """

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
    asking: str = ""
    as_of: int = 0
    left_out: int = 0
    notices: tuple[str, ...] = field(default=(), repr=False)


class Readable(Protocol):
    """The library, as far as it tells what may be read now."""

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the versions that one may read now, by id."""


class Kept(Protocol):
    """Where results of tools are kept."""

    async def results(
        self, call_ids: Collection[str], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the results that one may read now, by id of the version."""


class Approvals(Protocol):
    """Who reads approved answers: `retrieval.approved.opening.OpenAnswers`."""

    async def open(self, answer_ids: Collection[int], *, principal: Principal) -> Collection[int]:
        """Return those of the answers that one may read now."""


class NoApprovals:
    """No answer was approved, so none that was told as such is told again."""

    async def open(self, answer_ids: Collection[int], *, principal: Principal) -> Collection[int]:
        """Return nothing."""
        return ()


class NoResults:
    """No result is kept."""

    async def results(
        self, call_ids: Collection[str], *, principal: Principal
    ) -> dict[int, Version]:
        """Return nothing."""
        return {}


class History:
    """A person's own conversations, each opened with what they may read now."""

    def __init__(
        self,
        conversations: Conversations,
        library: Readable,
        kept: Kept | None = None,
        approvals: Approvals | None = None,
    ) -> None:
        self._conversations = conversations
        self._library = library
        self._kept = kept or NoResults()
        self._approvals = approvals or NoApprovals()

    async def own(
        self, *, principal: Principal, before: tuple[int, str] | None = None
    ) -> list[Conversation]:
        """Return a person's conversations, the latest first; `before` goes on after a place."""
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
        turns = await self._open(turns, principal)
        readable = await self._readable(turns, principal)
        return [recalled(each, readable) for each in turns]

    async def earlier(self, conversation_id: str, *, principal: Principal) -> tuple[Earlier, ...]:
        """Return what of the last turns a follow-up may use, oldest first, or raise `NotFound`."""
        last = await self._conversations.turns(
            conversation_id, person=principal.name, limit=_MOST_EARLIER
        )
        last = await self._open(last, principal)
        readable = await self._readable(last, principal)
        return tuple(usable(each, readable) for each in last)

    async def citing(
        self, version_ids: Collection[int], *, principal: Principal
    ) -> list[tuple[str, Turn]]:
        """Return those of a person's last turns that cite one of the versions, the latest first.

        Each comes with the id of its conversation. Nobody else's questions are looked at.
        """
        wanted = frozenset(version_ids)
        lately = await self._conversations.lately(person=principal.name)
        return [
            (conversation, turn)
            for conversation, turn in lately
            if any(wanted & each.versions for each in turn.said)
        ]

    async def title(self, conversation_id: str, *, principal: Principal) -> str:
        """Return what a person calls a conversation of theirs, "" if nothing, or `NotFound`."""
        return await self._conversations.title(conversation_id, person=principal.name)

    async def rename(self, conversation_id: str, title: str, *, principal: Principal) -> None:
        """Give a conversation of this person's a name; "" takes it back. Raise `NotFound`."""
        await self._conversations.rename(conversation_id, title, person=principal.name)

    async def branch(self, conversation_id: str, before: str, *, principal: Principal) -> str:
        """Begin another conversation with what came before a turn; "" where nothing did.

        Raises:
            NotFound: there is no such turn in a conversation of this person's.
        """
        return await self._conversations.branch(conversation_id, before, person=principal.name)

    async def looked_through(self, words: str, *, principal: Principal) -> list[Match]:
        """Return a person's own conversations in which all the words stand, the latest first.

        Words of an answer count while every version that they are from may be read.
        """
        lately = await self._conversations.lately(person=principal.name, limit=MOST_SEARCHED)
        told = await self._open([turn for _, turn in lately], principal)
        readable = await self._readable(told, principal)
        turns = [(at, recalled(turn, readable)) for (at, _), turn in zip(lately, told, strict=True)]
        titles = await self._conversations.titles(person=principal.name)
        return await asyncio.to_thread(matches, words, turns, titles)

    async def remove(self, conversation_id: str, *, principal: Principal) -> None:
        """Remove a conversation, or raise `NotFound` if there is none of this person's."""
        await self._conversations.remove(conversation_id, person=principal.name)

    async def _open(self, turns: Sequence[Turn], principal: Principal) -> list[Turn]:
        """Return the turns without what approved answers told that are not this person's now."""
        wanted = {each.approved for each in turns if each.approved}
        is_open = await self._approvals.open(wanted, principal=principal) if wanted else ()
        return [_closed(each) if each.approved not in {0, *is_open} else each for each in turns]

    async def _readable(self, turns: Sequence[Turn], principal: Principal) -> Mapping[int, Version]:
        rows = frozenset[int]().union(*(each.versions for each in turns))
        wanted = frozenset(each for each in rows if not is_result(each))
        found = await self._library.readable(wanted, principal=principal) if wanted else {}
        calls = frozenset[str]().union(*(each.results for each in turns))
        return found | (await self._kept.results(calls, principal=principal) if calls else {})


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
        asking=turn.asking,
        as_of=turn.as_of,
        left_out=len(turn.said) - len(kept),
        notices=turn.notices if readable.keys() >= turn.versions else (),
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


def _closed(turn: Turn) -> Turn:
    """Return a turn whose sentences rest on nothing any more: none of them is shown."""
    return replace(turn, said=tuple(replace(each, cited=()) for each in turn.said), notices=())


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
                numbers[each.version],
                each.passage,
                each.start,
                each.end,
                each.page,
                each.words,
                each.head,
            )
            for each in said.cited
        ),
        said.differs,
    )
