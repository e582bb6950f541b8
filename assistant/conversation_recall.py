"""Earlier turns, checked anew: whatever of them is shown or used again is readable at this moment.

What stays of a turn is told in `assistant/conversation_recalled.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.answers import Earlier
from assistant.conversation_recalled import Recalled, recalled, usable
from assistant.conversation_search import MOST_SEARCHED, Match, matches
from assistant.tool_results import is_result
from retrieval.access import Principal
from retrieval.conversation_turn import Conversation, Turn
from retrieval.conversations import Conversations
from retrieval.documents import Version

_MOST_EARLIER = 8


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
        rows = frozenset[int]().union(*(each.versions.union(each.nearest) for each in turns))
        wanted = frozenset(each for each in rows if not is_result(each))
        found = await self._library.readable(wanted, principal=principal) if wanted else {}
        calls = frozenset[str]().union(*(each.results for each in turns))
        return found | (await self._kept.results(calls, principal=principal) if calls else {})


def _closed(turn: Turn) -> Turn:
    """Return a turn whose sentences rest on nothing any more: none of them is shown."""
    return replace(turn, said=tuple(replace(each, cited=()) for each in turn.said), notices=())
