"""A model whose sentence never ends is not waited for: quotes instead, or the end of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import httpx
import pytest

from assistant.answers import Answer, Reply
from assistant.assistant import INSTEAD, Assistant
from assistant.compose import Composer
from assistant.model import Failing, ModelFailed
from assistant.quotes import Quoter
from assistant.sglang import Constrained
from assistant.writer import CUT_SHORT, Writer
from tests.assistant.jumping_loop import run
from tests.assistant.prompts import PATIENT, sglang_at, whole
from tests.assistant.test_quotes import ANSWERS
from tests.assistant.test_writer import Carries, Shelf, question
from tests.models import Fault, Puppet
from tests.models.fault import Mode
from tests.models.fixtures import fault, puppet
from tests.models.says import Says, as_event
from tests.retrieval.made_candidates import EMBEDDER, WORDS

__all__ = ["fault", "puppet"]

SIX = "Six months. [1.1]\n"
SENTENCE = '{"text": "Six months.", "cites": ["1.1"]}'
BEGUN = '{"refused": false, "sentences": ['


async def asked_at(
    url: str, sentence_seconds: float, constrained: Constrained = Constrained.GRAMMAR
) -> Reply:
    """Return what is told by a model that is waited for patiently, but for each sentence."""
    patience = replace(PATIENT, whole_seconds=60, sentence_seconds=sentence_seconds)
    async with sglang_at(url, patience=patience) as model:
        model.constrained = constrained
        writer = Writer(Composer(str, b"s" * 32), model, Carries())
        quoter = Quoter(EMBEDDER, WORDS.terms, ANSWERS)
        assistant = Assistant(Shelf(), quoter, writer=writer)  # type: ignore[arg-type]
        return await assistant.ask(question())


def slowly(*pieces: str) -> Says:
    return Says(pieces, pause_seconds=0.02)


async def test_without_a_first_sentence_the_sources_speak(fault: Fault) -> None:
    fault.does(Mode.ENDLESS)
    fault.drip_seconds = 0.05
    reply = await asked_at(fault.url, 0.5)
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.notices[0]) == ("quotes", INSTEAD[Failing.SLOW])
    assert fault.received[0].wait_aborted()


@pytest.mark.parametrize(
    ("constrained", "beginning"),
    [
        (Constrained.GRAMMAR, ("\n",) * 200),
        (Constrained.GRAMMAR, ("\r", " ") * 100),
        (Constrained.JSON_SCHEMA, (BEGUN, *(" ",) * 200)),
    ],
)
async def test_nothing_at_all_is_no_sentence(
    puppet: Puppet, constrained: Constrained, beginning: Sequence[str]
) -> None:
    puppet.says(slowly(*beginning, SIX))
    reply = await asked_at(puppet.url, 0.5, constrained)
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.notices[0]) == ("quotes", INSTEAD[Failing.SLOW])


@pytest.mark.parametrize("later", [("again ",) * 200, ("\n",) * 200])
async def test_after_a_sentence_one_that_never_ends_ends_the_answer(
    puppet: Puppet, later: Sequence[str]
) -> None:
    puppet.says(slowly(SIX, *later))
    reply = await asked_at(puppet.url, 0.5)
    assert isinstance(reply, Answer)
    assert [each.text for each in reply.sentences] == ["Six months."]
    assert (reply.mode, reply.notices) == ("model", (CUT_SHORT,))


class InVirtualTime(httpx.AsyncBaseTransport, httpx.AsyncByteStream):
    """A server in this process that sends these pieces, so many seconds after each other."""

    def __init__(self, seconds: float, *pieces: str) -> None:
        self.seconds, self.pieces = seconds, pieces

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        says = Says(self.pieces)
        for chunk in says.chunks({}):
            yield as_event(chunk)
            await asyncio.sleep(self.seconds)
        for chunk in (*says.last_chunks({}), "[DONE]"):
            yield as_event(chunk)


async def said_by(server: InVirtualTime, constrained: Constrained) -> str:
    """Return what a model says, if every sentence may take eight seconds."""
    patience = replace(PATIENT, whole_seconds=600, sentence_seconds=8)
    async with sglang_at("http://127.0.0.1:9", patience=patience) as model:
        model.constrained = constrained
        model._client = httpx.AsyncClient(transport=server)
        return await whole(model)


WAYS = [
    (Constrained.GRAMMAR, ("Six ", "months. [1.1]\n", "Nine ", "months. [1.2]\n", "Rent. [2.1]")),
    (
        Constrained.JSON_SCHEMA,
        (BEGUN, " ", SENTENCE, " ", f", {SENTENCE}", " ", f", {SENTENCE}", "]}"),
    ),
]


@pytest.mark.parametrize(("constrained", "pieces"), WAYS)
def test_each_sentence_has_a_time_of_its_own(
    constrained: Constrained, pieces: Sequence[str]
) -> None:
    said = run(said_by(InVirtualTime(3, *pieces), constrained))
    assert said.count("[") == 3


@pytest.mark.parametrize(("constrained", "pieces"), WAYS)
def test_no_sentence_has_more(constrained: Constrained, pieces: Sequence[str]) -> None:
    with pytest.raises(ModelFailed) as failed:
        run(said_by(InVirtualTime(6, *pieces), constrained))
    assert failed.value.failing is Failing.SLOW
