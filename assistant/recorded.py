"""Nothing is shown that is not on record: what stands around the assistant and the library.

A question is noted before anything is looked for, and what came of it before anything of it is
shown. What cannot be noted is not answered: `Unavailable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import Answer, Question, Refusal, Reply
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.documents import Passage, Scope, Version


class Found(Protocol):
    """A passage that was found."""

    @property
    def passage(self) -> Passage:
        """Return the passage."""


class Asked(Protocol):
    """The assistant that is watched."""

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal."""

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An assistant whose every question and reply is on record.

    `settings` names what answers: the model, and a digest of the settings in force.
    """

    assistant: Asked
    record: Record
    settings: str

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal, once question and reply are on record."""
        about: dict[str, Json] = {"scope": _told(question.scope), "settings": self.settings}
        asked = await self._note(Act.ASK, question, about)
        reply = await self.assistant.ask(question)
        await self._note_reply(reply, asked)
        return reply

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, once the search and what it found are on record."""
        found = await self.assistant.search(question, limit)
        about: dict[str, Json] = {
            "scope": _told(question.scope),
            "settings": self.settings,
            "passages": _places(each.passage for each in found),
        }
        await self._note(Act.SEARCH, question, about)
        return found

    async def _note(self, act: Act, question: Question, about: dict[str, Json]) -> int:
        words = {"question": question.text}
        return await self.record.note(
            Event(act, question.principal.name, question.origin, about, words)
        )

    async def _note_reply(self, reply: Reply, asked: int) -> None:
        who, origin = reply.question.principal.name, reply.question.origin
        about: dict[str, Json] = {"asked": asked}
        match reply:
            case Answer():
                about |= {"mode": reply.mode, "cited": _cited(reply)}
                words = {"answer": "\n".join(each.text for each in reply.sentences)}
                await self.record.note(Event(Act.ANSWER, who, origin, about, words))
            case Refusal():
                near = [_of_version(each.version) for each in reply.nearest]
                about |= {"reason": reply.reason.value, "nearest": list(near)}
                await self.record.note(Event(Act.REFUSE, who, origin, about))


async def note_opening(
    record: Record, version: Version, *, principal: Principal, origin: str, what: str
) -> None:
    """Note that somebody opens a version: its text, a page, a citation, the original."""
    about = {**_of_version(version), "what": what}
    await record.note(Event(Act.OPEN, principal.name, origin, about))


def _cited(answer: Answer) -> list[Json]:
    versions = {each.number: each.version for each in answer.sources}
    return [
        {
            **_of_version(versions[citation.source]),
            "passage": citation.passage_id,
            "start": citation.start,
            "end": citation.end,
        }
        for sentence in answer.sentences
        for citation in sentence.citations
    ]


def _places(found: Iterable[Passage]) -> list[Json]:
    return [{**_of_version(each.version), "passage": each.id} for each in found]


def _of_version(version: Version) -> dict[str, Json]:
    return {"document": version.document_id, "version": version.number}


def _told(scope: Scope) -> dict[str, Json]:
    return {
        "as_of": scope.as_of,
        "kinds": list[Json](sorted(each.value for each in scope.kinds)),
        "statuses": list[Json](sorted(each.value for each in scope.statuses)),
        "sources": list[Json](sorted(scope.sources)),
        "parties": list[Json](sorted(scope.parties)),
    }
