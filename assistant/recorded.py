"""Nothing is shown that is not on record: what stands around the assistant and the library.

A question is noted before anything is looked for, and what was found before a word of an answer is
shown. An answer that comes whole is noted before it is shown; one that comes by sentences when its
last one has come, or when it ends early. What cannot be noted is not answered: `Unavailable`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from assistant.answers import (
    Asking,
    Context,
    Named,
    Notice,
    Opening,
    Piece,
    Question,
    Refusal,
    Reply,
    Sentence,
    Source,
    Told,
    Withheld,
    reply_of,
)
from assistant.disagreement import DIFFER
from assistant.noted import cited, limits, of_version, places
from assistant.review.outcome import Outcome, Outcomes, Untold
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.documents import Passage, Version

_log = logging.getLogger(__name__)


class Found(Protocol):
    """A passage that was found."""

    @property
    def passage(self) -> Passage:
        """Return the passage."""


class Asked(Protocol):
    """The assistant that is watched."""

    def stream(self, question: Question) -> AsyncGenerator[Piece, None]:
        """Yield what was found, then an answer or a refusal, piece by piece."""

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's; raise `NotFound` if none is being written."""

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""


class Recorded:
    """An assistant whose every question and reply is on record.

    `settings` names what answers: the model, and a digest of the settings in force. `outcomes` is
    told what became of each question, when that is over.
    """

    def __init__(
        self,
        assistant: Asked,
        record: Record,
        settings: str,
        outcomes: Outcomes | None = None,
    ) -> None:
        self._assistant = assistant
        self._record = record
        self._settings = settings
        self._outcomes = outcomes or Untold()
        self._noting: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal, once all that is noted of it is on record."""
        return reply_of([told async for told in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield the pieces of a reply; it has not ended well before it is on record.

        Close it (`contextlib.aclosing`) when nobody takes the pieces any longer.
        """
        about: dict[str, Json] = {"scope": limits(question.scope), "settings": self._settings}
        about["channel"] = question.channel
        if question.conversation:
            about |= {"conversation": question.conversation, "turn": question.turn}
        telling = _Telling(question, await self._note(Act.ASK, question, about))
        retrieving: list[asyncio.Task[None]] = []
        try:
            async with aclosing(self._assistant.stream(question)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Context | Withheld):
                        telling.keep(piece)
                        if isinstance(piece, Context):
                            retrieving.append(self._soon([telling.retrieval(piece)]))
                        continue
                    for each in retrieving:
                        await asyncio.shield(each)
                    if isinstance(piece, Refusal):
                        await self._note_all(telling.refusal(piece))
                    telling.take(piece)
                    yield piece
        except BaseException:
            self._soon(telling.answer(ended="early"))
            raise
        finally:
            self._outcomes.ended(telling.outcome(self._settings))
        await self._note_all(telling.answer())

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._assistant.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, once the search and what it found are on record."""
        found = await self._assistant.search(question, limit)
        about: dict[str, Json] = {
            "scope": limits(question.scope),
            "settings": self._settings,
            "passages": places(each.passage for each in found),
        }
        await self._note(Act.SEARCH, question, about)
        return found

    async def _note(self, act: Act, question: Question, about: dict[str, Json]) -> int:
        words = {"question": question.text}
        event = Event(act, question.principal.name, question.origin, about, words)
        return await self._record.note(event)

    async def _note_all(self, events: Iterable[Event]) -> None:
        for event in events:
            await self._record.note(event)

    def _soon(self, events: Iterable[Event]) -> asyncio.Task[None]:
        """Note events while something else goes on, or though nobody waits for it any longer."""
        task = asyncio.create_task(self._note_all(events))
        self._noting.add(task)
        task.add_done_callback(self._noted)
        return task

    def _noted(self, task: asyncio.Task[None]) -> None:
        self._noting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("What was retrieved or told is not on record: %s.", type(error).__name__)


@dataclass(slots=True)
class _Telling:
    """What is told of one reply, and the events that say so. `asked` is the question's number."""

    question: Question
    asked: int
    opening: Opening | None = None
    sources: list[Source] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    found: list[Context] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    refused: Refusal | None = None
    asking: Asking | None = None
    is_noted: bool = False
    differs: bool = False
    approved: Named | None = None
    began: float = field(default_factory=time.monotonic)

    def keep(self, piece: Context | Withheld) -> None:
        if isinstance(piece, Context):
            self.found.append(piece)
        else:
            self.withheld.append(piece)

    def take(self, piece: Told) -> None:
        match piece:
            case Refusal():
                self.refused = piece
            case Asking():
                self.asking = piece
            case Opening():
                self.opening, self.approved = piece, piece.approved
                self.sources += piece.sources
            case Source():
                self.sources.append(piece)
            case Sentence():
                self.sentences.append(piece)
            case Notice(text):
                self.differs |= text.startswith(DIFFER)

    def retrieval(self, context: Context) -> Event:
        words = {"looked_for": context.looked_for} if context.looked_for else {}
        return self._event(Act.RETRIEVE, {"passages": places(context.passages)}, words)

    def refusal(self, refusal: Refusal) -> list[Event]:
        near = [of_version(each.version) for each in refusal.nearest]
        about: dict[str, Json] = {"reason": refusal.reason.value, "nearest": list[Json](near)}
        about |= self._left_out()
        return [*self.answer(ended="stopped"), self._event(Act.REFUSE, about)]

    def answer(self, ended: str = "whole") -> list[Event]:
        """Return the event of what was told, once; none if nothing was said or asked."""
        if self.is_noted or not (self.sentences or self.asking):
            return []
        self.is_noted = True
        about: dict[str, Json] = {
            "mode": self.opening.mode if self.opening else "",
            "model": self.opening.model if self.opening else "",
            "ended": ended,
            "cited": cited(self.sources, self.sentences),
            **self._left_out(),
        }
        if self.approved:
            about["approved"] = f"{self.approved.id}.{self.approved.number}"
        if self.asking is not None:
            about["confirmation"] = self.asking.confirmation.id
        words = {"answer": "\n".join(each.text for each in self.sentences)}
        return [self._event(Act.ANSWER, about, words)]

    def outcome(self, made_by: str) -> Outcome:
        """Return what became of the question, as far as it came."""
        return Outcome(
            question=self.question,
            asked=self.asked,
            made_by=made_by,
            passages=tuple(each for found in self.found for each in found.passages),
            looked_for=self._looked_for(),
            sources=tuple(self.sources),
            sentences=tuple(self.sentences),
            withheld=tuple(self.withheld),
            refusal=self.refused,
            differs=self.differs or any(each.differs for each in self.sentences),
            approved=self.approved.id if self.approved else None,
        )

    def _looked_for(self) -> str:
        """Return the question that was answered or refused, "" where it is the one asked."""
        first = self.opening or self.refused
        if first is not None and first.question.asked:
            return first.question.text
        return next((each.looked_for for each in self.found if each.looked_for), "")

    def _left_out(self) -> dict[str, Json]:
        """Return how many sentences were withheld, and how many for which kinds of faults."""
        if not self.withheld:
            return {}
        kinds = Counter(kind for each in self.withheld for kind in {f.kind for f in each.faults})
        counted: dict[str, Json] = {str(kind): kinds[kind] for kind in sorted(kinds)}
        return {"withheld": len(self.withheld), "faults": counted}

    def _event(
        self, act: Act, about: dict[str, Json], words: dict[str, str] | None = None
    ) -> Event:
        who, origin = self.question.principal.name, self.question.origin
        took = round((time.monotonic() - self.began) * 1000)
        how: dict[str, Json] = {"channel": self.question.channel, "milliseconds": took}
        return Event(act, who, origin, {"asked": self.asked, **how, **about}, words or {})


async def note_opening(
    record: Record, version: Version, *, principal: Principal, origin: str, what: str
) -> None:
    """Note that somebody opens a version: its text, a page, a citation, the original."""
    about = {**of_version(version), "what": what}
    await record.note(Event(Act.OPEN, principal.name, origin, about))
