"""How conversations are shown over HTTP: each turn with what its person may read now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.answers import RefusalReason
from assistant.conversation_masking import Masked
from assistant.conversation_recalled import Recalled
from assistant.conversation_search import Match
from assistant.http.approved_named import ApprovedOut, shown_approved
from assistant.http.shapes import SentenceOut, SourceOut, shown_sentence, shown_source
from assistant.quotes import NOT_ANSWERED, NOTHING
from assistant.wording import counted, say
from retrieval.conversation_turn import Conversation, Turn
from retrieval.plain import plain

LEFT_OUT = "left out: you may no longer read what it rests on, or it is gone."
LOOKED_FOR_LEFT_OUT = (
    "What was looked for is not shown: its words are from a document that you may no longer read."
)
QUESTION_MASKED = (
    "The question is not shown: it may have words of a document that you may not read."
)
NO_ANSWER = "No answer was given."
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
    """A conversation of one's own; `question` is the first of it, `title` its name, "" for none."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    question: str
    turns: int
    started_at: datetime
    last_at: datetime
    title: str = ""


class BranchOut(BaseModel):
    """Where another question begins a conversation anew; "" where nothing came before it."""

    conversation: str


class ConversationsOut(BaseModel):
    """One's own conversations, the latest first; `more` goes on after them, if there are more."""

    conversations: list[ConversationOut]
    more: str | None


class TurnOut(BaseModel):
    """A question and what of its answer may be shown now.

    `left_out` says that something may not; `refused` is why nothing was said, or why it ended
    early, "" for an answer; `nearest` are the sources that a refusal named. `confirmation` is the
    id of what waited for your word, "" if nothing. `as_of` is the day asked for, null where that
    was the day of asking; `kinds` is what the question was limited to. `answer` is your own name
    for what you were told.
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
    confirmation: str = ""
    notices: list[str] = []
    lead: str = ""
    approved: ApprovedOut | None = None
    nearest: list[SourceOut] = []
    as_of: date | None = None
    kinds: list[str] = []
    answer: str = ""


class MaskedOut(TurnOut):
    """A turn of somebody else's, as far as one may read it; `masked` says what one may not."""

    masked: list[str]


class MatchOut(BaseModel):
    """A conversation in which words were found, and where: each piece, and whether it is found."""

    conversation: str
    turn: str
    title: str
    asked_at: datetime
    question: str
    found: list[tuple[str, bool]]


class CitedOut(BaseModel):
    """A question of one's own whose answer cites a document."""

    conversation: str
    question: str
    asked_at: datetime


class TurnsOut(BaseModel):
    """A conversation of one's own, oldest turn first."""

    id: str
    turns: list[TurnOut]


def shown_conversations(listed: Sequence[Conversation], more: str | None) -> ConversationsOut:
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
        left_out=_left_out(turn),
        confirmation=turn.asking,
        notices=[plain(each) for each in turn.notices],
        lead=turn.lead,
        approved=shown_approved(turn.approved),
        nearest=[shown_source(each) for each in turn.nearest],
        as_of=turn.past_day,
        kinds=list(turn.kinds),
        answer=turn.answer,
    )


def shown_masked(turns: Sequence[Masked]) -> list[MaskedOut]:
    """Return turns of somebody else's as they are sent to who may read them in part."""
    return [
        MaskedOut(
            **shown_turn(each.turn).model_dump(exclude={"left_out", "refused"}),
            left_out="",
            refused=NO_ANSWER if each.turn.refused else "",
            masked=_masked(each),
        )
        for each in turns
    ]


def shown_matches(found: Sequence[Match]) -> list[MatchOut]:
    """Return conversations in which words were found as they are sent."""
    return [
        MatchOut(
            conversation=each.conversation,
            turn=each.turn,
            title=plain(each.title),
            asked_at=_moment(each.at),
            question=plain(each.asked),
            found=[(plain(piece.text), piece.lit) for piece in each.found],
        )
        for each in found
    ]


def shown_cited(found: Sequence[tuple[str, Turn]]) -> list[CitedOut]:
    """Return turns that cite a document as they are sent."""
    return [
        CitedOut(conversation=conversation, question=plain(turn.asked), asked_at=_moment(turn.at))
        for conversation, turn in found
    ]


def _conversation(each: Conversation) -> ConversationOut:
    return ConversationOut(
        id=each.id,
        question=plain(each.first),
        turns=each.turns,
        started_at=_moment(each.started_at),
        last_at=_moment(each.last_at),
        title=plain(each.title),
    )


def _left_out(turn: Recalled) -> str:
    """Return what is said of what may not be shown, "" where all may."""
    if not turn.is_partial:
        return ""
    if not turn.left_out:
        return say(LOOKED_FOR_LEFT_OUT)
    said = counted(
        turn.left_out,
        "{count} sentence of this answer is {why}",
        "{count} sentences of this answer are {why}",
    )
    return say(said, count=turn.left_out, why=say(LEFT_OUT))


def _masked(each: Masked) -> list[str]:
    """Return what is said of what somebody else may not read: how much, never of what."""
    said = [say(QUESTION_MASKED)] if each.is_asked_masked else []
    if number := each.turn.left_out:
        one_or_many = counted(
            number,
            "{count} sentence of the answer is not shown: it rests on a document that you may "
            "not read.",
            "{count} sentences of the answer are not shown: they rest on a document that you may "
            "not read.",
        )
        said.append(say(one_or_many, count=number))
    return said


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
