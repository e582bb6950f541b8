"""An answer that a model writes: only what its cited words carry is told, whatever it says."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest

from assistant.answers import (
    Answer,
    Opening,
    Piece,
    Question,
    Refusal,
    Reply,
    Sentence,
    Source,
    Withheld,
    reply_of,
)
from assistant.assistant import INSTEAD, Assistant
from assistant.claims.claims import Fault
from assistant.compose import Budget, Composer
from assistant.grammar import MOST_CITED
from assistant.model import Failing, ModelFailed
from assistant.prompt import Numbered, Prompt
from assistant.quotes import NOT_ANSWERED, Quoter
from assistant.support import Support
from assistant.writer import CUT_SHORT, LEFT_OUT, NOT_CARRIED, Writer
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.retriever import Found, Retrieved
from tests.assistant.test_quotes import ANSWERS, LEASES, REFUSES
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of

ASKED = "How much notice must the tenant give?"


class Says:
    """A model that says what it was set to, and then ends, or fails."""

    name = "says"

    def __init__(self, *pieces: str, failing: Failing | None = None) -> None:
        self.pieces, self.failing = pieces, failing
        self.prompts: list[Prompt] = []
        self.is_closed = False

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        self.prompts.append(prompt)
        try:
            for each in self.pieces:
                yield each
            if self.failing:
                raise ModelFailed(self.failing, "It failed.")
        finally:
            self.is_closed = True


@dataclass(frozen=True)
class Verdict:
    is_carried: bool
    faults: tuple[Fault, ...] = ()


class Carries:
    """Takes a sentence for carried unless it has the word `false`."""

    def __init__(self) -> None:
        self.checked: list[tuple[str, list[str]]] = []

    async def check(self, text: str, cited: Sequence[Numbered]) -> Verdict:
        self.checked.append((text, [each.id for each in cited]))
        return Verdict("false" not in text)


def question() -> Question:
    return Question(ASKED, Principal.person("ann"), Scope(as_of=now()))


async def told_by(model: Says, checking: Carries | None = None) -> list[Piece]:
    found = (await retrieved_of(ASKED, LEASES)).found
    writer = Writer(Composer(str, b"s" * 32), model, checking or Carries())
    return [each async for each in writer.write(question(), found)]


async def test_a_sentence_is_told_with_the_words_that_it_cites() -> None:
    opening, source, sentence = await told_by(Says("Six months. [1.1]"))
    assert isinstance(opening, Opening)
    assert opening.mode == "model"
    assert isinstance(source, Source)
    assert isinstance(sentence, Sentence)
    [citation] = sentence.citations
    assert sentence.text == "Six months."
    assert citation.words == "The tenant must give\nnotice of six months."
    assert citation.source == source.number == 1


async def test_sources_are_numbered_as_they_are_first_cited() -> None:
    told = await told_by(Says("Nine. [2.1]\nSix. [1.1]\nRent. [1.2][2.1]"))
    answer = reply_of(told)
    assert isinstance(answer, Answer)
    assert [each.version.title for each in answer.sources] == ["Lease, Birch", "Lease, Alder"]
    cited = [[each.source for each in one.citations] for one in answer.sentences]
    assert cited == [[1], [2], [2, 1]]


@pytest.mark.parametrize(
    "written",
    [
        "It is false. [1.1]",
        "Nobody said so.",
        "Six. [9.1]",
        "Six. [1.1][9.1]",
        "Six. [1.9]",
        "Six. [one]",
    ],
)
async def test_what_is_not_carried_is_never_told(written: str) -> None:
    withheld, refusal = await told_by(Says(written))
    assert isinstance(withheld, Withheld)
    assert isinstance(refusal, Refusal)
    assert refusal.text == NOT_CARRIED
    kept = await told_by(Says(f"{written}\nSix months. [1.1]\n{written}"))
    answer = reply_of(kept)
    assert isinstance(answer, Answer)
    assert [each.text for each in answer.sentences] == ["Six months."]
    assert answer.notices == (LEFT_OUT,)


async def test_a_model_is_not_asked_without_a_passage() -> None:
    model = Says("Six months.")
    writer = Writer(Composer(str, b"s" * 32, Budget(prompt=10)), model, Carries())
    found = (await retrieved_of(ASKED, LEASES)).found
    with pytest.raises(ModelFailed):
        await anext(writer.write(question(), found))
    assert model.prompts == []


@pytest.mark.parametrize(("cited", "is_told"), [(MOST_CITED, True), (MOST_CITED + 1, False)])
async def test_a_sentence_rests_on_a_few_others_and_not_on_a_heap(
    cited: int, is_told: bool
) -> None:
    said = "One is due. Two are due. Three are due. Four are due. Five are due."
    found = (await retrieved_of(ASKED, [("Lease", said)])).found
    ids = "".join(f"[1.{number}]" for number in range(1, cited + 1))
    writer = Writer(Composer(str, b"s" * 32), Says(f"All are due. {ids}"), Carries())
    told = [each async for each in writer.write(question(), found)]
    assert any(isinstance(each, Sentence) for each in told) is is_told


async def test_every_sentence_is_checked_against_all_it_cites() -> None:
    checking = Carries()
    await told_by(Says("Six. [1.1][2.1]\nRent. [1.2]"), checking)
    assert checking.checked == [("Six.", ["1.1", "2.1"]), ("Rent.", ["1.2"])]


async def test_where_the_model_sees_no_answer_the_nearest_sources_are_named() -> None:
    [refusal] = await told_by(Says("NO ANSWER"))
    assert isinstance(refusal, Refusal)
    assert refusal.text == NOT_ANSWERED
    assert [each.version.title for each in refusal.nearest] == ["Lease, Alder", "Lease, Birch"]


@pytest.mark.parametrize("failing", list(Failing))
async def test_a_model_that_fails_before_a_word_fails_aloud(failing: Failing) -> None:
    with pytest.raises(ModelFailed):
        await told_by(Says("It is false. [1.1]\nSix", failing=failing))


async def test_a_model_that_fails_midway_leaves_what_was_checked() -> None:
    answer = reply_of(await told_by(Says("Six months. [1.1]\nAnd", failing=Failing.CUT)))
    assert isinstance(answer, Answer)
    assert [each.text for each in answer.sentences] == ["Six months."]
    assert answer.notices == (CUT_SHORT,)


@pytest.mark.parametrize("pieces", [(), ("",), ("\n", " ")])
async def test_a_model_that_says_nothing_has_failed(pieces: tuple[str, ...]) -> None:
    with pytest.raises(ModelFailed):
        await told_by(Says(*pieces))


async def test_who_stops_listening_ends_the_request() -> None:
    model = Says("Six months. [1.1]\n", "Rent. [1.2]\n")
    found = (await retrieved_of(ASKED, LEASES)).found
    writer = Writer(Composer(str, b"s" * 32), model, Carries())
    async with aclosing(writer.write(question(), found)) as told:
        await anext(told)
    assert model.is_closed


# The assistant


class Shelf:
    """Finds the leases."""

    async def retrieve(self, text: str, **_: object) -> Retrieved:
        return await retrieved_of(text, LEASES)


async def asked(model: Says, support: Support = ANSWERS, failing: Failing | None = None) -> Reply:
    quoter = Quoter(EMBEDDER, WORDS.terms, support)
    writer = Writer(Composer(str, b"s" * 32), model, Carries())
    assistant = Assistant(Shelf(), quoter, writer=writer)  # type: ignore[arg-type]
    return await assistant.ask(replace(question(), failing=failing))


async def test_with_a_model_the_answer_is_its_own() -> None:
    reply = await asked(Says("Six months. [1.1]"))
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.model, reply.notices) == ("model", "says", ())


@pytest.mark.parametrize("failing", list(Failing))
async def test_while_the_model_fails_the_sources_speak_and_it_is_said_why(failing: Failing) -> None:
    reply = await asked(Says(failing=failing))
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.model, reply.notices[0]) == ("quotes", "", INSTEAD[failing])


async def test_a_model_that_just_said_nothing_is_not_waited_for_again() -> None:
    model = Says("Six months. [1.1]")
    reply = await asked(model, failing=Failing.SLOW)
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.notices[0]) == ("quotes", INSTEAD[Failing.SLOW])
    assert model.prompts == []


async def test_while_the_model_fails_what_is_not_answered_is_refused_all_the_same() -> None:
    assert isinstance(await asked(Says(failing=Failing.DOWN), REFUSES), Refusal)


async def test_a_refusal_of_the_model_is_not_answered_with_quotes() -> None:
    assert isinstance(await asked(Says("NO ANSWER")), Refusal)


async def test_what_the_model_is_given_is_only_what_was_found() -> None:
    model = Says("NO ANSWER")
    found: Sequence[Found] = (await retrieved_of(ASKED, LEASES)).found
    await asked(model)
    [prompt] = model.prompts
    given = {each.passage.id for each in prompt.sentences.values()}
    assert given == {each.passage.id for each in found}
