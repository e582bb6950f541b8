"""Conversations: what stands around the assistant so that a question can follow another.

READ FIRST: `Conversing.stream` is the story. What came before is read and checked anew, the
question is answered, and what was told is kept, sealed, for its person alone. What cannot be kept
is answered all the same: then the next question does not find it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.answers import (
    Asking,
    Notice,
    Opening,
    Question,
    Refusal,
    Reply,
    Sentence,
    Source,
    Told,
    reply_of,
)
from assistant.conversation_recall import History
from assistant.measured import Answering
from assistant.recorded import Found
from assistant.tool_results import call_of, is_result
from retrieval.access import Principal
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.conversations import Conversations
from retrieval.documents import Version, now
from retrieval.errors import NotFound

KEPT_WITHIN_SECONDS = 2.0
"""How long the end of an answer waits for the turn to be kept: a sync may be writing."""

Shut = Callable[[], frozenset[str]]
"""Return the sources that no answer may rest on now."""

_log = logging.getLogger(__name__)


class Conversing:
    """An assistant that remembers what it told a person, and uses what they may still read."""

    def __init__(
        self,
        assistant: Answering,
        conversations: Conversations,
        history: History,
        shut: Shut,
        *,
        keeps: bool = True,
    ) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._history = history
        self._shut = shut
        self._keeps = keeps
        self._keeping: dict[str, asyncio.Task[None]] = {}

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal."""
        return reply_of([told async for told in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield the same piece by piece; close it when nobody takes them any longer.

        Raises:
            NotFound: the conversation that it continues is not there, or not this person's.
        """
        if question.conversation is not None:
            question = await self._continued(question, question.conversation)
        telling = _Telling(question)
        try:
            async with aclosing(self._assistant.stream(question)) as pieces:
                async for piece in pieces:
                    telling.take(piece)
                    yield piece
        except Exception:  # who asked is told that nothing of it counts: it may not be on record
            telling.counts = False
            raise
        finally:
            keeping = self._keep(telling) if telling.counts else None
        if keeping is not None:
            await asyncio.wait({keeping}, timeout=KEPT_WITHIN_SECONDS)

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._assistant.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""
        return await self._assistant.search(question, limit)

    async def _continued(self, question: Question, conversation: str) -> Question:
        """Return the question with its place in a conversation, and what came before it there."""
        turn = secrets.token_hex(16)
        if not self._keeps:
            return _alone(question, conversation)
        if not conversation:
            return replace(question, conversation=secrets.token_hex(16), turn=turn)
        if (unfinished := self._keeping.get(conversation)) is not None:
            await asyncio.wait({unfinished}, timeout=KEPT_WITHIN_SECONDS)
        principal = question.principal
        allowed = replace(principal, shut=principal.shut | self._shut())
        earlier = await self._history.earlier(conversation, principal=allowed)
        return replace(question, turn=turn, earlier=earlier)

    def _keep(self, telling: _Telling) -> asyncio.Task[None] | None:
        """Begin to keep what was told; nothing if nothing was, or it is kept nowhere."""
        question, turn = telling.question, telling.turn()
        if question.conversation is None or turn is None:
            return None
        at, person = question.conversation, question.principal.name
        task = asyncio.create_task(self._conversations.keep(at, turn, person=person))
        self._keeping[at] = task
        task.add_done_callback(lambda done: self._kept(at, done))
        return task

    def _kept(self, conversation: str, task: asyncio.Task[None]) -> None:
        if self._keeping.get(conversation) is task:
            del self._keeping[conversation]
        if not task.cancelled() and (error := task.exception()):
            _log.warning("A turn of a conversation is not kept: %s.", type(error).__name__)


def _headed(opening: Opening | None) -> dict[str, Any]:
    """Return what a turn keeps of what stood above an answer: of a person's name, nothing."""
    if opening is None:
        return {}
    if (named := opening.approved) is None:
        return {"lead": opening.lead}
    days = named.approved_on.isoformat(), named.review_by.isoformat()
    return {"approved": named.id, "edition": (named.number, *days)}


def _alone(question: Question, conversation: str) -> Question:
    """Return a question that is kept nowhere; it can continue nothing."""
    if conversation:
        raise NotFound("There is no such conversation of yours: none is kept.")
    return replace(question, conversation=None)


@dataclass(slots=True)
class _Telling:
    """What was told of one question. It `counts` unless it ended in an error."""

    question: Question
    counts: bool = True
    opening: Opening | None = None
    refusal: Refusal | None = None
    asking: Asking | None = None
    versions: dict[int, Version] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def take(self, piece: Told) -> None:
        match piece:
            case Opening():
                self.opening = piece
                self.versions |= {each.number: each.version for each in piece.sources}
            case Source():
                self.versions[piece.number] = piece.version
            case Sentence():
                self.sentences.append(piece)
            case Refusal():
                self.refusal = piece
            case Asking():
                self.asking = piece
            case Notice():
                self.notices.append(piece.text)

    def turn(self) -> Turn | None:
        """Return the turn to keep; none if nothing was told."""
        first = self.opening or self.refusal or self.asking
        if first is None:
            return None
        asked, told = self.question, first.question
        return Turn(
            id=asked.turn,
            at=now(),
            asked=asked.text,
            looked_for=told.text if told.asked else "",
            rests_on=tuple(each.id for each in told.rests_on),
            mode=self.opening.mode if self.opening else "",
            model=self.opening.model if self.opening else "",
            refused=self.refusal.reason.value if self.refusal else "",
            asking=self.asking.confirmation.id if self.asking else "",
            as_of=told.scope.as_of,
            said=tuple(self._said(each) for each in self.sentences),
            notices=tuple(self.notices),
            nearest=self._nearest(),
            kinds=tuple(sorted(told.scope.kinds)),
            answer=asked.id,
            **_headed(self.opening),
        )

    def _nearest(self) -> tuple[int, ...]:
        """Return the versions that a refusal named: what a tool gave is no source to go back to."""
        near = [each.version.id for each in self.refusal.nearest] if self.refusal else []
        return tuple(each for each in near if not is_result(each))

    def _said(self, sentence: Sentence) -> Said:
        cited = tuple(
            Cited(
                self.versions[each.source].id,
                each.passage_id,
                each.start,
                each.end,
                each.page,
                each.words,
                call_of(self.versions[each.source].document_id) or "",
                each.head,
            )
            for each in sentence.citations
        )
        return Said(sentence.text, cited, sentence.differs)
