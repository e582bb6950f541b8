"""How conversations are shown over HTTP: each turn with what its person may read now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.answers import RefusalReason
from assistant.conversation_recall import Recalled
from assistant.http.plain import plain
from assistant.http.shapes import SentenceOut, SourceOut, shown_sentence, shown_source
from assistant.quotes import NOT_ANSWERED, NOTHING
from retrieval.conversation_turn import Conversation

LEFT_OUT = "Something of this answer can no longer be shown to you."
_REFUSED = {
    RefusalReason.NOTHING_READABLE: NOTHING,
    RefusalReason.NOT_SUPPORTED: NOT_ANSWERED,
    RefusalReason.STOPPED: "This answer was stopped.",
}
_EXAMPLE: dict[str, Any] = {
    "id": "0f8e6c1ba7d24953b2c4e5f60718293a",
    "question": "How much notice must either party give to terminate?",
    "turns": 2,
    "started_at": "2026-03-31T09:12:40Z",
    "last_at": "2026-03-31T09:14:02Z",
}


class ConversationOut(BaseModel):
    """A conversation of one's own; `question` is the first of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    question: str
    turns: int
    started_at: datetime
    last_at: datetime


class ConversationsOut(BaseModel):
    """One's own conversations, the latest first; `more` goes on after them, if there are more."""

    conversations: list[ConversationOut]
    more: int | None


class TurnOut(BaseModel):
    """A question and what of its answer may be shown now.

    `left_out` says that something may not; `refused` is why nothing was said, or why it ended
    early, "" for an answer.
    """

    id: str
    asked_at: datetime
    question: str
    looked_for: str
    mode: str
    model: str
    sentences: list[SentenceOut]
    sources: list[SourceOut]
    refused: str
    left_out: str


class TurnsOut(BaseModel):
    """A conversation of one's own, oldest turn first."""

    id: str
    turns: list[TurnOut]


def shown_conversations(listed: Sequence[Conversation], more: int | None) -> ConversationsOut:
    """Return a list as it is sent."""
    return ConversationsOut(conversations=[_conversation(each) for each in listed], more=more)


def shown_turns(conversation: str, turns: Sequence[Recalled]) -> TurnsOut:
    """Return a conversation as it is sent."""
    return TurnsOut(id=conversation, turns=[shown_turn(each) for each in turns])


def shown_turn(turn: Recalled) -> TurnOut:
    """Return a turn as it is sent."""
    versions = {each.number: each.version for each in turn.sources}
    return TurnOut(
        id=turn.id,
        asked_at=_moment(turn.at),
        question=plain(turn.asked),
        looked_for=plain(turn.looked_for),
        mode=turn.mode,
        model=plain(turn.model),
        sentences=[shown_sentence(each, versions) for each in turn.sentences],
        sources=[shown_source(each) for each in turn.sources],
        refused=_REFUSED[RefusalReason(turn.refused)] if turn.refused else "",
        left_out=LEFT_OUT if turn.is_partial else "",
    )


def _conversation(each: Conversation) -> ConversationOut:
    return ConversationOut(
        id=each.id,
        question=plain(each.first),
        turns=each.turns,
        started_at=_moment(each.started_at),
        last_at=_moment(each.last_at),
    )


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
