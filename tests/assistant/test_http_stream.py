"""Answers that come by sentences: told as they are written, stopped, cut off, failing midway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from assistant.answers import Opening, Piece, Question, Reply, Sentence, Told, pieces_of, reply_of
from assistant.http import ask
from assistant.http.health import Part
from assistant.http.parts import Parts
from assistant.recorded import Recorded
from assistant.stopping import BY_YOU, NeverStopped, Pieces, Underway
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.errors import Busy, Unavailable
from tests.assistant.http_client import client
from tests.assistant.http_firm import firm
from tests.assistant.http_served import served
from tests.assistant.http_world import (
    ANN,
    BOB,
    Notes,
    ShelfLibrary,
    WordAssistant,
    asking_as,
    until,
)
from tests.assistant.http_world import make_parts as parts_with
from tests.assistant.test_http_ask import NOTICE, parsed

ANSWER = "0123456789abcdef"
ASKED = {"question": NOTICE, "answer": ANSWER}
STOP = f"/api/answers/{ANSWER}/stop"


@dataclass
class Writer(WordAssistant):
    """Writes a sentence, then waits for `goes_on` or fails, as it is told."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    was_cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    fails_with: Exception | None = None
    fails_at: type[Told] = Sentence
    is_silent: bool = False
    underway: Underway = field(default_factory=lambda: Underway(NeverStopped()))

    def stream(self, question: Question) -> Pieces:  # type: ignore[override]
        return self.underway.told(question, self._written(question))

    async def ask(self, question: Question) -> Reply:
        return reply_of([piece async for piece in self.stream(question)])

    async def _written(self, question: Question) -> AsyncGenerator[Piece, None]:
        try:
            if self.is_silent:
                await self.goes_on.wait()
            for piece in pieces_of(await super().ask(question)):
                if self.fails_with is not None and isinstance(piece, self.fails_at):
                    raise self.fails_with
                yield piece
                if isinstance(piece, Sentence):
                    self.has_begun.set()
                    await self.goes_on.wait()
        except asyncio.CancelledError:
            self.was_cancelled.set()
            raise

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        self.underway.stop(answer_id, principal=principal)


def writer(**more: object) -> Writer:
    return Writer(ShelfLibrary(firm()), **more)  # type: ignore[arg-type]


def parts_of(writes: Writer, notes: Notes | None = None, who: Principal = ANN) -> Parts:
    record = notes or Notes()
    assistant = Part.ready("assistant", Recorded(writes, record, "quotes"))
    return parts_with(assistant=assistant, record=record, authenticate=asking_as(who))


@pytest.fixture
async def asking() -> AsyncIterator[tuple[Writer, Notes, httpx.AsyncClient]]:
    writes, notes = writer(), Notes()
    async with client(parts_of(writes, notes)) as http, asyncio.timeout(120):
        yield writes, notes, http


async def test_one_stops_ones_own_answer_and_is_told_so(
    asking: tuple[Writer, Notes, httpx.AsyncClient],
) -> None:
    writes, notes, http = asking
    reply = asyncio.create_task(http.post("/api/ask/stream", json=ASKED))
    await writes.has_begun.wait()
    await asyncio.sleep(0.1)  # the sentence is on its way
    stopped = await http.post(STOP)
    assert (stopped.status_code, stopped.content) == (204, b"")
    events = parsed((await reply).text)
    assert [name for name, _ in events] == ["sources", "sentence", "stopped"]
    assert str(events[-1][1]["text"]).startswith(BY_YOU)
    await writes.was_cancelled.wait()
    assert [each.act for each in notes.events] == [Act.ASK, Act.ANSWER, Act.REFUSE]


async def test_an_answer_of_somebody_else_looks_like_none(
    asking: tuple[Writer, Notes, httpx.AsyncClient],
) -> None:
    writes, _, http = asking
    reply = asyncio.create_task(http.post("/api/ask/stream", json=ASKED))
    await writes.has_begun.wait()
    async with client(parts_of(writes, who=BOB)) as other:
        theirs = await other.post(STOP)
        none = await other.post("/api/answers/fedcba9876543210/stop")
    assert theirs.status_code == none.status_code == 404
    assert theirs.content == none.content
    writes.goes_on.set()
    assert [name for name, _ in parsed((await reply).text)][-1] == "done"


async def test_two_answers_of_one_person_have_two_names(
    asking: tuple[Writer, Notes, httpx.AsyncClient],
) -> None:
    writes, _, http = asking
    reply = asyncio.create_task(http.post("/api/ask/stream", json=ASKED))
    await writes.has_begun.wait()
    again = await http.post("/api/ask/stream", json=ASKED)
    assert again.status_code == 422
    writes.goes_on.set()
    assert (await reply).status_code == 200


@pytest.mark.parametrize("name", ["short", "x" * 65, "with space", "émigré-answer", 12345678, []])
async def test_a_name_for_an_answer_is_plain(name: object) -> None:
    async with client() as http:
        response = await http.post("/api/ask", json={"question": NOTICE, "answer": name})
    assert response.status_code == 422
    assert "8 to 64 letters" in response.json()["error"]["expected"]


@pytest.mark.parametrize("error", [Unavailable("The model is gone."), ZeroDivisionError()])
async def test_what_fails_midway_ends_with_an_error_and_without_a_trace(error: Exception) -> None:
    writes = writer(fails_with=error)
    async with client(parts_of(writes)) as http:
        response = await http.post("/api/ask/stream", json=ASKED)
    events = parsed(response.text)
    assert [name for name, _ in events] == ["sources", "error"]
    assert set(events[-1][1]) == {"code", "expected", "got", "do"}
    assert "ZeroDivision" not in response.text


async def test_what_fails_before_the_first_event_has_an_error_status() -> None:
    writes = writer(fails_with=Unavailable("The model is gone."), fails_at=Opening)
    async with client(parts_of(writes)) as http:
        response = await http.post("/api/ask/stream", json=ASKED)
    assert response.status_code == 503
    assert response.json()["error"]["got"] == "The model is gone."


async def test_an_answer_whose_end_is_not_on_record_does_not_end_well() -> None:
    writes = writer()
    writes.goes_on.set()
    async with client(parts_of(writes, Notes(fails_at=1))) as http:
        response = await http.post("/api/ask/stream", json=ASKED)
        at_once = await http.post("/api/ask", json=ASKED)
    assert [name for name, _ in parsed(response.text)][-1] == "error"
    assert at_once.status_code == 503
    assert "sentences" not in at_once.text


async def test_who_leaves_ends_the_writing() -> None:
    writes, notes = writer(), Notes()
    with served(parts_of(writes, notes)) as address:
        async with asyncio.timeout(120), httpx.AsyncClient(base_url=address) as http:
            async with http.stream("POST", "/api/ask/stream", json=ASKED) as response:
                lines = response.aiter_lines()
                while not (await anext(lines)).startswith("event: sentence"):
                    pass
                sentence = json.loads((await anext(lines)).removeprefix("data: "))
            await until(writes.was_cancelled.is_set)
            await until(lambda: notes.events[-1].act is Act.ANSWER)
            assert (await http.post(STOP)).status_code == 404
    assert notes.events[-1].words == {"answer": sentence["text"]}
    assert notes.events[-1].about["ended"] == "early"


async def test_sentences_are_told_as_they_are_written() -> None:
    writes = writer()
    with served(parts_of(writes)) as address:
        async with (
            asyncio.timeout(120),
            httpx.AsyncClient(base_url=address) as http,
            http.stream("POST", "/api/ask/stream", json=ASKED) as response,
        ):
            seen = []
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    seen.append(line.removeprefix("event: "))
                if seen[-1:] == ["sentence"] and not writes.goes_on.is_set():
                    assert seen == ["sources", "sentence"]
                    writes.goes_on.set()
    assert seen[-1] == "done"


async def test_who_leaves_before_the_first_word_ends_the_writing_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ask, "BEGINS_AFTER_SECONDS", 0.05)
    writes = writer(is_silent=True)
    with served(parts_of(writes)) as address:
        async with asyncio.timeout(120), httpx.AsyncClient(base_url=address) as http:
            async with http.stream("POST", "/api/ask/stream", json=ASKED) as response:
                assert response.status_code == 200
            await until(writes.was_cancelled.is_set)


async def test_what_fails_late_but_before_the_first_word_is_an_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ask, "BEGINS_AFTER_SECONDS", 0.05)
    writes = writer(is_silent=True, fails_with=Unavailable("The model is gone."), fails_at=Opening)
    async with client(parts_of(writes)) as http:
        reply = asyncio.create_task(http.post("/api/ask/stream", json=ASKED))
        await asyncio.sleep(0.2)
        writes.goes_on.set()
        response = await reply
    assert response.status_code == 200
    assert [name for name, _ in parsed(response.text)] == ["error"]


async def test_where_too_much_is_asked_one_is_told_when_to_come_again() -> None:
    writes = writer(fails_with=Busy("More is asked.", 7), fails_at=Opening)
    async with client(parts_of(writes)) as http:
        for path in ("/api/ask", "/api/ask/stream"):
            response = await http.post(path, json={"question": NOTICE})
            assert (response.status_code, response.headers["retry-after"]) == (429, "7")
            assert response.json()["error"]["code"] == "busy"
