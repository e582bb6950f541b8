"""A follow-up without an answer is looked for once more, with the whole question before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from assistant.answers import Answer, Earlier, Opening, Question, Refusal
from assistant.assistant import INSTEAD, Assistant
from assistant.compose import Composer
from assistant.conversation_again import again_of
from assistant.conversation_follow_up import InFull
from assistant.conversation_rewriter import LONGEST_JOINED
from assistant.model import Failing
from assistant.quotes import Quoter
from assistant.recorded import Recorded
from assistant.review.outcome import Outcome
from assistant.support import Support
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.documents import Scope, now
from retrieval.retriever import Retrieved
from tests.assistant.http_world import Notes
from tests.assistant.test_quotes import LEASES, REFUSES
from tests.assistant.test_writer import Carries, Says
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of, version_of

FIRST = "How much notice must the tenant give?"
LEASE = version_of(1, "Lease, Alder")
EARLIER = (Earlier(FIRST, ("The tenant must give notice of six months.",), (LEASE,)),)
OWN = "What of six months?"
ALONE = f"{OWN} {LEASE.title}"
WHOLE = f"{OWN} {FIRST}"
BY_WORDS = Support(np.array([0.0, 0.0, 20.0, 0.0, 0.0, 0.0]), -4.0, named=0.5, unnamed=0.5)
"""Takes a sentence for an answer that has a fifth of the words asked."""
MILL = [("Mill", "The mill is old and made of stone.")]
OTHER = "Who drives the trucks?"


@dataclass
class Shelf:
    """Finds the leases for whoever asks for notice, else the mill, and tells what it was asked."""

    asked: list[str] = field(default_factory=list)
    hides: str = "?!"

    async def retrieve(self, text: str, **_: object) -> Retrieved:
        self.asked.append(text)
        is_found = "notice" in text and self.hides not in text
        return await retrieved_of(text, LEASES if is_found else MILL)


@dataclass
class Outcomes:
    """Keeps what became of questions."""

    came: list[Outcome] = field(default_factory=list)

    def ended(self, outcome: Outcome) -> None:
        self.came.append(outcome)


def question(text: str = f"And {OWN.lower()}", earlier: tuple[Earlier, ...] = EARLIER) -> Question:
    return Question(text, Principal.person("ann"), Scope(as_of=now()), earlier=earlier)


def asking(support: Support = BY_WORDS, model: Says | None = None) -> tuple[Assistant, Shelf]:
    shelf = Shelf()
    writer = Writer(Composer(str, b"s" * 32), model, Carries()) if model else None
    quoter = Quoter(EMBEDDER, WORDS.terms, support)
    return Assistant(shelf, quoter, writer=writer), shelf  # type: ignore[arg-type]


async def test_what_the_second_look_finds_is_told_as_found_by_it() -> None:
    assistant, shelf = asking()
    reply = await assistant.ask(question())
    assert isinstance(reply, Answer)
    assert reply.sentences[0].text == "The tenant must give notice of six months."
    assert shelf.asked == [ALONE, WHOLE]
    assert (reply.question.text, reply.question.asked) == (WHOLE, question().text)
    assert reply.question.rests_on == ()


async def test_each_look_is_on_record_with_what_it_looked_for() -> None:
    (assistant, _), notes, outcomes = asking(), Notes(), Outcomes()
    [opening, *_] = [
        each async for each in Recorded(assistant, notes, "test", outcomes).stream(question())
    ]
    assert isinstance(opening, Opening)
    looks = [each for each in notes.events if each.act is Act.RETRIEVE]
    assert [each.words for each in looks] == [{"looked_for": ALONE}, {"looked_for": WHOLE}]
    assert [len(each.about["passages"]) for each in looks] == [len(MILL), len(LEASES)]  # type: ignore[arg-type]
    assert outcomes.came[0].looked_for == opening.question.text == WHOLE


async def test_an_answer_to_the_earlier_question_is_none_to_this_one() -> None:
    (assistant, shelf), outcomes = asking(), Outcomes()
    asked = Recorded(assistant, Notes(), "test", outcomes)
    reply = await asked.ask(question(f"And {OTHER.lower()}"))
    assert isinstance(reply, Refusal)
    assert shelf.asked == [f"{OTHER} {LEASE.title}", f"{OTHER} {FIRST}"]
    assert reply.question.text == outcomes.came[0].looked_for == shelf.asked[0]
    assert len(outcomes.came[0].passages) == len(MILL) + len(LEASES)


async def test_an_answer_from_another_document_than_was_told_of_is_none() -> None:
    told = replace(EARLIER[0], rests_on=(version_of(7, "Lease, Cedar"),))
    assistant, shelf = asking()
    assert isinstance(await assistant.ask(question(earlier=(told,))), Refusal)
    nothing_told = replace(told, told=(), rests_on=())
    assert isinstance(await assistant.ask(question(earlier=(nothing_told,))), Answer)
    assert shelf.asked[1] == shelf.asked[-1] == WHOLE


async def test_a_question_that_only_begins_like_a_follow_up_is_looked_for_alone() -> None:
    alone = "Must the tenant give notice of six months to leave at all?"
    told = replace(EARLIER[0], rests_on=(version_of(7, "Lease, Cedar"),))
    assistant, shelf = asking()
    shelf.hides = told.rests_on[0].title
    reply = await assistant.ask(question(f"And {alone.lower()}", (told,)))
    assert isinstance(reply, Answer)
    assert reply.question.text == alone
    assert shelf.asked == [f"{alone} {shelf.hides}", alone]


async def test_what_the_second_look_does_not_support_either_is_refused_as_at_first() -> None:
    assistant, shelf = asking(REFUSES)
    reply = await assistant.ask(question())
    assert isinstance(reply, Refusal)
    assert (reply.question.text, len(shelf.asked)) == (ALONE, 2)


@pytest.mark.parametrize(
    "asked",
    [
        question(FIRST.replace("notice", "rent"), ()),
        question("How much rent must the tenant of the mill pay each year in advance?"),
        question("And contractors?"),
        question(earlier=(Earlier(FIRST + "?" * LONGEST_JOINED),)),
    ],
)
async def test_there_is_but_one_look_where_a_second_would_find_no_more(asked: Question) -> None:
    assistant, shelf = asking(REFUSES)
    assert isinstance(await assistant.ask(asked), Refusal)
    assert len(shelf.asked) == 1


async def test_a_model_that_fails_does_not_keep_the_sources_from_it() -> None:
    assistant, shelf = asking(model=Says(failing=Failing.DOWN))
    reply = await assistant.ask(question())
    assert isinstance(reply, Answer)
    assert reply.notices[0] == INSTEAD[Failing.DOWN]
    assert shelf.asked[-1] == WHOLE


def test_only_the_persons_words_are_looked_for_again() -> None:
    made = replace(question(), text=ALONE, asked=question().text, rests_on=(LEASE,))
    again = again_of(made)
    assert again is not None
    assert again.whole == InFull(OWN, WHOLE, LEASE)
    assert (again.question.text, again.question.rests_on) == (WHOLE, ())
    assert again_of(replace(made, text=WHOLE)) is None
    assert again_of(replace(made, asked="")) is None
