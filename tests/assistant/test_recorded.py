"""Nothing is shown that is not on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from assistant.answers import (
    Answer,
    Context,
    Opening,
    Piece,
    Question,
    Refusal,
    RefusalReason,
    Sentence,
    Told,
    pieces_of,
)
from assistant.recorded import Recorded, note_opening
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.documents import Scope
from retrieval.errors import NotFound, Unavailable
from tests.assistant.http_client import CONTRACT, client
from tests.assistant.http_firm import firm
from tests.assistant.http_world import Notes, ShelfLibrary, WordAssistant, make_parts, until

ANN = Principal.person("ann", ["legal"])
NOTICE = "How much written notice must either party give to terminate the agreement?"


@dataclass
class Watched:
    """An assistant that tells how many events stood on record when it was asked."""

    notes: Notes
    inner: WordAssistant
    on_record: list[int] = field(default_factory=list)
    fails_after: type[Told] | None = None
    stops_after: type[Told] | None = None

    async def stream(self, question: Question) -> AsyncGenerator[Piece, None]:
        self.on_record.append(len(self.notes.events))
        found = await self.inner.search(question, 8)
        yield Context(tuple(each.passage for each in found))
        for told in pieces_of(await self.inner.ask(question)):
            yield told
            if self.fails_after is type(told):
                raise Unavailable("The model is gone.")
            if self.stops_after is type(told):
                yield Refusal(question, RefusalReason.STOPPED, "Stopped.", ())
                return

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        raise NotFound("There is no such answer of yours being written.")

    async def search(self, question: Question, limit: int) -> Sequence[object]:
        return await self.inner.search(question, limit)


def recorded(notes: Notes) -> tuple[Recorded, Watched]:
    watched = Watched(notes, WordAssistant(ShelfLibrary(firm())))
    return Recorded(watched, notes, "quotes 1"), watched  # type: ignore[arg-type]


def question(text: str = NOTICE) -> Question:
    return Question(text, ANN, Scope(as_of=2_000_000_000), "web 10.1.2.3")


async def test_the_question_is_on_record_before_anything_is_looked_for() -> None:
    notes = Notes()
    assistant, watched = recorded(notes)
    reply = await assistant.ask(question())
    assert isinstance(reply, Answer)
    assert watched.on_record == [1]
    asked, retrieved, answered = notes.events
    assert (asked.act, asked.actor, asked.origin) == (Act.ASK, "ann", "web 10.1.2.3")
    assert asked.words == {"question": NOTICE}
    assert retrieved.act is Act.RETRIEVE
    assert (answered.act, answered.about["ended"]) == (Act.ANSWER, "whole")
    assert retrieved.about["asked"] == answered.about["asked"] == 1


async def test_what_was_retrieved_is_on_record_before_the_first_word() -> None:
    notes = Notes()
    assistant, _ = recorded(notes)
    async with aclosing(assistant.stream(question())) as told:
        assert isinstance(await anext(told), Opening)
        passages = notes.events[-1].about["passages"]
    assert notes.events[1].act is Act.RETRIEVE
    found = await WordAssistant(ShelfLibrary(firm())).search(question(), 8)
    assert [each["passage"] for each in passages] == [each.passage.id for each in found]  # type: ignore[index, union-attr, call-overload]


async def test_an_answer_whose_listener_leaves_is_on_record_as_far_as_it_came() -> None:
    notes = Notes()
    assistant, _ = recorded(notes)
    async with aclosing(assistant.stream(question())) as told:
        await anext(told)
        sentence = await anext(told)
    await until(lambda: notes.events[-1].act is Act.ANSWER)
    assert isinstance(sentence, Sentence)
    assert notes.events[-1].words == {"answer": sentence.text}
    assert notes.events[-1].about["ended"] == "early"


async def test_an_answer_that_is_stopped_is_on_record_before_that_is_told() -> None:
    notes = Notes()
    assistant, watched = recorded(notes)
    watched.stops_after = Sentence
    reply = await assistant.ask(question())
    assert isinstance(reply, Refusal)
    *_, answered, refused = notes.events
    assert (answered.act, answered.about["ended"]) == (Act.ANSWER, "stopped")
    assert len(answered.about["cited"]) == 1  # type: ignore[arg-type]
    assert (refused.act, refused.about["reason"]) == (Act.REFUSE, "stopped")


async def test_an_answer_that_fails_is_on_record_as_far_as_it_came() -> None:
    notes = Notes()
    assistant, watched = recorded(notes)
    watched.fails_after = Sentence
    with pytest.raises(Unavailable):
        await assistant.ask(question())
    await until(lambda: notes.events[-1].act is Act.ANSWER)
    assert notes.events[-1].about["ended"] == "early"


async def test_an_answer_that_nobody_heard_a_word_of_is_none() -> None:
    notes = Notes()
    assistant, watched = recorded(notes)
    watched.fails_after = Opening
    with pytest.raises(Unavailable):
        await assistant.ask(question())
    for _ in range(20):
        await asyncio.sleep(0)
    assert [each.act for each in notes.events] == [Act.ASK, Act.RETRIEVE]


async def test_it_is_said_aloud_where_the_end_cannot_be_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assistant, _ = recorded(Notes(fails_at=2))
    async with aclosing(assistant.stream(question())) as told:
        await anext(told)
        await anext(told)
    await until(lambda: "not on record" in caplog.text)


async def test_an_answer_on_record_names_every_place_it_cites() -> None:
    notes = Notes()
    assistant, _ = recorded(notes)
    reply = await assistant.ask(question())
    assert isinstance(reply, Answer)
    cited = notes.events[-1].about["cited"]
    assert isinstance(cited, list)
    places = [(each["passage"], each["start"], each["end"]) for each in cited]  # type: ignore[index, call-overload]
    shown = [c for sentence in reply.sentences for c in sentence.citations]
    assert places == [(each.passage_id, each.start, each.end) for each in shown]


async def test_a_refusal_is_on_record_with_its_reason() -> None:
    notes = Notes()
    assistant, _ = recorded(notes)
    reply = await assistant.ask(question("Colour of the invoice?"))
    assert isinstance(reply, Refusal)
    assert notes.events[-1].act is Act.REFUSE
    assert notes.events[-1].about["reason"] == RefusalReason.NOT_SUPPORTED.value


@pytest.mark.parametrize("fails_at", [0, 1, 2])
async def test_what_cannot_be_noted_is_not_answered(fails_at: int) -> None:
    assistant, watched = recorded(Notes(fails_at))
    with pytest.raises(Unavailable):
        await assistant.ask(question())
    assert len(watched.on_record) == min(fails_at, 1)


@pytest.mark.parametrize("fails_at", [0, 1])
async def test_not_a_word_is_streamed_before_question_and_passages_are_noted(
    fails_at: int,
) -> None:
    assistant, _ = recorded(Notes(fails_at))
    with pytest.raises(Unavailable):
        await anext(assistant.stream(question()))


async def test_a_search_is_shown_only_when_on_record() -> None:
    notes = Notes()
    assistant, _ = recorded(notes)
    found = await assistant.search(question(), 5)
    [event] = notes.events
    assert event.act is Act.SEARCH
    assert len(event.about["passages"]) == len(found) > 0  # type: ignore[arg-type]
    refusing, _ = recorded(Notes(0))
    with pytest.raises(Unavailable):
        await refusing.search(question(), 5)


async def test_words_stand_nowhere_but_among_the_words() -> None:
    notes = Notes()
    assistant, _ = recorded(notes)
    await assistant.ask(question())
    await assistant.search(question(), 5)
    [held, *_] = firm()
    await note_opening(notes, held.version, principal=ANN, origin="web", what="text")
    about = " ".join(str(each.about) for each in notes.events)
    assert "notice" not in about
    assert "ninety" not in about
    assert held.version.title not in about


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (f"/api/documents/{CONTRACT}", "document"),
        (f"/api/documents/{CONTRACT}/versions/1/text", "text"),
        (f"/api/documents/{CONTRACT}/versions/1/original", "original"),
        (f"/api/documents/{CONTRACT}/versions/1/pages/1.png", "page_image"),
        (f"/source/{CONTRACT}/1", "source"),
    ],
)
async def test_what_is_opened_is_on_record_or_stays_shut(path: str, what: str) -> None:
    notes = Notes()
    async with client(make_parts(record=notes)) as http:
        assert (await http.get(path)).status_code == 200
    [event] = notes.events
    assert (event.act, event.actor, event.about["what"]) == (Act.OPEN, "ann", what)
    assert event.about["document"] == CONTRACT

    async with client(make_parts(record=Notes(fails_at=0))) as http:
        refused = await http.get(path)
    assert refused.status_code == 503
    assert "notice" not in refused.text
