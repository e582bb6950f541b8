"""Conversations over real tables, with keys in memory, for tests of what stands around them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.conversation import Conversing
from assistant.conversation_recall import History, Readable
from assistant.http.health import Part
from assistant.http.parts import Parts
from assistant.sharing import Sharing
from retrieval.audit.subject import Standing, Subject
from retrieval.conversation_shares import Shares
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.conversations import Conversations
from retrieval.database import Database
from retrieval.documents import now
from tests.assistant.http_firm import firm
from tests.assistant.http_world import Notes, ShelfLibrary, WordAssistant, make_parts


@dataclass
class Keys:
    """The keys of people, in memory."""

    subjects_by_name: dict[str, Subject] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    async def subject(self, person: str) -> Subject:
        return self.subjects_by_name.setdefault(person, Subject.new(person))

    async def subjects(self) -> Mapping[str, Subject]:
        return {each.id: each for each in self.subjects_by_name.values()}

    async def standing(self) -> Standing:
        return Standing(frozenset(self.subjects_by_name[each].id for each in self.held))


@dataclass
class Remembered:
    """Conversations, and the assistant that holds them."""

    conversations: Conversations
    history: History
    assistant: Conversing
    library: ShelfLibrary
    shut: set[str]
    sharing: Sharing
    notes: Notes

    def parts(self, **more: Any) -> Parts:
        """Return the parts of a server that remembers."""
        values = {
            "assistant": Part.ready("assistant", self.assistant),
            "history": Part.ready("history", self.history),
            "sharing": Part.ready("sharing", self.sharing),
        }
        return make_parts(self.library, **(values | more))


def remembering(
    database: Database, library: ShelfLibrary, readable: Readable | None = None, **more: Any
) -> Remembered:
    """Return what remembers in this database; `assistant` is who answers."""
    keys, notes, shut = Keys(), Notes(), set[str]()
    conversations = Conversations(database, keys)
    history = History(conversations, readable or library)
    assistant = more.pop("assistant", None) or WordAssistant(library)
    conversing = Conversing(assistant, conversations, history, lambda: frozenset(shut), **more)
    sharing = Sharing(Shares(database, keys), readable or library, notes)
    return Remembered(conversations, history, conversing, library, shut, sharing, notes)


@asynccontextmanager
async def remembered(folder: Path, **more: Any) -> AsyncIterator[Remembered]:
    """Lend the firm's documents with somebody who remembers."""
    database = Database(f"sqlite:///{folder / 'library.db'}")
    await database.migrate()
    try:
        yield remembering(database, ShelfLibrary(firm()), **more)
    finally:
        await database.close()


async def begun(conversations: Conversations, person: str, *said: Said) -> str:
    """Return the id of a new conversation of somebody's, of one turn."""
    conversation = secrets.token_hex(16)
    turn = Turn(secrets.token_hex(16), now(), "What is the notice?", mode="quotes", said=said)
    await conversations.keep(conversation, turn, person=person)
    return conversation


def saying(text: str, *versions: int) -> Said:
    """Return a sentence that rests on these versions."""
    return Said(text, tuple(Cited(each, 4711, 0, len(text), 1, text) for each in versions))
