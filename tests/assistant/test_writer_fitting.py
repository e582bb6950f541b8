"""A prompt that the server refuses is made shorter once, and what the model saw is on record."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import pytest

from assistant.answers import Context, Piece
from assistant.compose import Budget, Composer
from assistant.counting import Counting
from assistant.model import Failing, ModelFailed
from assistant.neighbours import Neighbours
from assistant.prompt import Prompt
from assistant.recorded import Recorded
from assistant.writer import Writer
from retrieval.audit.event import Act
from retrieval.retriever import Found
from tests.assistant.http_world import Notes
from tests.assistant.test_compose import THIRTY, Shelved, Window, clauses, found_in, found_of
from tests.assistant.test_writer import Carries, question
from tests.models import Says as Line
from tests.models import running
from tests.models.says import Body
from tests.models.standin import Received, StandIn


class Refuses:
    """A model that refuses as often as it is told to, and then says its line."""

    name = "refuses"

    def __init__(self, times: int, failing: Failing = Failing.REFUSED, *, first: str = "") -> None:
        self.times, self.failing, self.first = times, failing, first
        self.prompts: list[Prompt] = []

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        self.prompts.append(prompt)
        if len(self.prompts) <= self.times:
            if self.first:
                yield self.first
            raise ModelFailed(self.failing, "It is too long.")
        yield "Notice is due. [1.1]"


def writer_of(model: Refuses, budget: Budget | None = None) -> Writer:
    composer = Composer(str, b"s" * 32, budget, counting=Counting(Window(4_000)))
    return Writer(composer, model, Carries())


async def told_by(writer: Writer, found: Sequence[Found]) -> list[Piece]:
    return [each async for each in writer.write(question(), found)]


def bytes_of(prompt: Prompt) -> int:
    return sum(len(each.content.encode()) for each in prompt.messages)


async def test_a_refused_prompt_is_made_surely_short_enough_once() -> None:
    model = Refuses(1)
    assert await told_by(writer_of(model), await found_of(THIRTY))
    first, second = model.prompts
    assert bytes_of(second) < bytes_of(first)
    assert bytes_of(second) + second.most_tokens <= 4_000
    assert second.sentences


async def test_it_is_asked_no_third_time() -> None:
    model = Refuses(9)
    with pytest.raises(ModelFailed):
        await told_by(writer_of(model), await found_of(THIRTY))
    assert len(model.prompts) == 2


async def test_a_prompt_that_is_as_short_already_is_not_sent_again() -> None:
    model = Refuses(9)
    with pytest.raises(ModelFailed):
        await told_by(writer_of(model), await found_of(THIRTY[:1]))
    assert len(model.prompts) == 1


@pytest.mark.parametrize("failing", [each for each in Failing if each is not Failing.REFUSED])
async def test_what_fails_otherwise_is_not_tried_again(failing: Failing) -> None:
    model = Refuses(9, failing)
    with pytest.raises(ModelFailed):
        await told_by(writer_of(model), await found_of(THIRTY))
    assert len(model.prompts) == 1


class GivesUp(StandIn):
    """Begins an answer, and then sends an error as a server does that refuses a request."""

    def reply(self, received: Received) -> Line:
        return _GivingUp(("Notice ",))


class _GivingUp(Line):
    def last_chunks(self, asked: Body) -> list[Body]:  # type: ignore[override]
        return [{"object": "error", "message": "No.", "code": 400}]


async def test_after_the_first_word_nothing_is_tried_again() -> None:
    from assistant.sglang import SGLang

    with running(GivesUp()) as server:
        model = SGLang(server.url, "tiny")
        composer = Composer(str, b"s" * 32, counting=Counting(Window(4_000)))
        with pytest.raises(ModelFailed) as caught:
            await told_by(Writer(composer, model, Carries()), await found_of(THIRTY))
        await model.close()
    assert caught.value.failing is Failing.CUT
    assert len(server.received) == 1


async def test_what_the_model_saw_beside_what_was_found_is_told_first() -> None:
    own = clauses()
    model = Refuses(0)
    composer = Composer(str, b"s" * 32, neighbours=Neighbours(Shelved(own)))
    first, *rest = await told_by(Writer(composer, model, Carries()), found_in(own[3], own[1]))
    assert first == Context((own[0], own[2]))
    assert not any(isinstance(each, Context) for each in rest)
    assert {each.passage.id for each in model.prompts[0].sentences.values()} == {
        each.id for each in own[:4]
    }


class Answers:
    """An assistant that found two passages, and whose writer adds their neighbours."""

    def __init__(self, writer: Writer, found: Sequence[Found]) -> None:
        self.writer, self.found = writer, found

    async def stream(self, asked: object) -> AsyncGenerator[Piece, None]:
        yield Context(tuple(each.passage for each in self.found))
        async for piece in self.writer.write(question(), self.found):
            yield piece


async def test_all_that_the_model_saw_is_on_record_before_a_word_is_shown() -> None:
    own, notes = clauses(), Notes()
    composer = Composer(str, b"s" * 32, neighbours=Neighbours(Shelved(own)))
    answers = Answers(Writer(composer, Refuses(0), Carries()), found_in(own[3], own[1]))
    recorded = Recorded(answers, notes, "quotes 1")  # type: ignore[arg-type]
    async for _ in recorded.stream(question()):
        seen = [each for each in notes.events if each.act is Act.RETRIEVE]
        places = [[one["passage"] for one in each.about["passages"]] for each in seen]  # type: ignore[union-attr,index,call-overload]
        assert places == [[own[3].id, own[1].id], [own[0].id, own[2].id]]
