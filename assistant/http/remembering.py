"""A person's own conversations, as the HTTP entrance uses them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from assistant.conversation_recalled import Recalled
from assistant.conversation_search import Match
from retrieval.access import Principal
from retrieval.conversation_turn import Conversation, Turn


class Remembering(Protocol):
    """A person's own conversations. Somebody else's and missing raise the same `NotFound`."""

    async def own(
        self, *, principal: Principal, before: tuple[int, str] | None = None
    ) -> Sequence[Conversation]:
        """Return them, the latest first; `before` goes on after a list."""

    async def opened(self, conversation_id: str, *, principal: Principal) -> Sequence[Recalled]:
        """Return the turns of one, oldest first, with what may be read now."""

    async def citing(
        self, version_ids: Collection[int], *, principal: Principal
    ) -> Sequence[tuple[str, Turn]]:
        """Return their last turns that cite one of these versions, the latest first."""

    async def looked_through(self, words: str, *, principal: Principal) -> Sequence[Match]:
        """Return those in which all the words stand, the latest first."""

    async def title(self, conversation_id: str, *, principal: Principal) -> str:
        """Return what the person calls one, "" if nothing."""

    async def rename(self, conversation_id: str, title: str, *, principal: Principal) -> None:
        """Give one a name; "" takes it back."""

    async def branch(self, conversation_id: str, before: str, *, principal: Principal) -> str:
        """Begin another with what came before a turn of it; "" where nothing did."""

    async def remove(self, conversation_id: str, *, principal: Principal) -> None:
        """Remove one."""
