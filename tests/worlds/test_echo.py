"""A model that says its whole prompt: it is given, and can tell, only what its asker may read."""

from __future__ import annotations

import json

import pytest

from assistant.answers import Question
from assistant.assistant import Assistant
from assistant.carried import Bounds, Verifier
from assistant.compose import Composer
from assistant.http.shapes import shown
from assistant.neighbours import Neighbours
from assistant.quotes import Quoter
from assistant.sglang import SGLang
from assistant.support import Support
from assistant.writer import Writer
from retrieval.documents import Scope, Status, now
from tests.models import Echo
from tests.worlds.channels import CANARY
from tests.worlds.house import EMBEDDER, WORDS, House, batched, house
from tests.worlds.maker import PEOPLE, QUESTIONS, Maker


def echoing(built: House, model: SGLang) -> Assistant:
    """Return the assistant of a house, with a model."""
    checking = Verifier(EMBEDDER, WORDS.terms, Bounds.load())
    composer = Composer(str, b"s" * 32, neighbours=Neighbours(built.library))
    writer = Writer(composer, model, checking)
    quoter = Quoter(EMBEDDER, WORDS.terms, Support.load())
    return Assistant(built.retriever, quoter, writer=writer)


async def _echoes(echo: Echo, kind: str, seeds: range) -> None:
    for few in batched(seeds):
        async with house(kind) as built:
            for seed in few:
                print(f"seed {seed}")
                await _echoes_of(echo, built, Maker(seed))


async def _echoes_of(echo: Echo, built: House, maker: Maker) -> None:
    firm = maker.firm()
    await built.move_in(firm)
    model = SGLang(echo.url, "echo")
    for person in PEOPLE:
        principal = await built.principal(firm, person)
        visible = firm.visible(person)
        scope = Scope(as_of=now(), statuses=frozenset(Status))
        for text in [*QUESTIONS, *firm.hidden(person)[:1]]:
            before = len(echo.received)
            reply = await echoing(built, model).ask(Question(text, principal, scope))
            asked = set(CANARY.findall(text))
            for received in echo.received[before:]:
                given = set(CANARY.findall(json.dumps(received.body)))
                assert given <= visible | asked, (person, given)
            told = shown(reply).model_dump(mode="json") | {"question": ""}
            assert set(CANARY.findall(repr(told))) <= visible, person
    await model.close()
    await built.move_out()


@pytest.mark.parametrize("kind", ["edge", "server"])
async def test_a_model_is_given_only_what_its_asker_may_read(echo: Echo, kind: str) -> None:
    await _echoes(echo, kind, range(10))
    given = [each for each in echo.received if CANARY.search(json.dumps(each.body))]
    assert len(given) > 20, "it was given something, most of the time"


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["edge", "server"])
async def test_in_a_thousand_worlds_of_an_echo(echo: Echo, kind: str) -> None:
    await _echoes(echo, kind, range(1_000, 1_500))
