"""Which questions follow others, what they ask, and what may be made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Earlier
from assistant.conversation_follow_up import (
    Standing,
    before,
    in_full,
    is_follow_up,
    standing,
)
from retrieval.documents import Version
from tests.retrieval.made_candidates import version_of

FIRST = "How much notice must employees give to terminate?"
EARLIER = (Earlier(FIRST, ("Employees give ninety days' notice to Harbour Street.",)),)

FOLLOWING = (
    "and for contractors?",
    "What about 2024?",
    "Who signed it?",
    "How about Hamburg",
    "Why?",
    "Does it apply to part-time staff?",
    "When do they have to tell us in writing?",
    "And if the contract has been ended by the other party before that day, what then?",
    "Is that still in force?",
    "Which one is newer?",
    "2024?",
    "Does this apply abroad?",
    "What else is there to know about that?",
    "Is there a form for this?",
    "Is it the same for contractors too?",
    "Do contractors get the same one?",
    "And where?",
)
STANDING = (
    FIRST,
    "What is the daily meal allowance abroad?",
    "Which contracts with Northwind Logistics expire in 2026?",
    "Why did the invoice export fail in March?",
    "Android phones: who pays for repairs?",
    "What does the travel policy say about the meals that are paid by hosts?",
    "If an employee resigns during the notice period of a contract, does she keep her bonus?",
    "Who owns the Harbour Street lease?",
    "Are there exceptions to the travel policy for interns?",
    "Is it allowed to smoke in the offices?",
    "",
    "?!",
)


@pytest.mark.parametrize("question", FOLLOWING)
def test_a_follow_up_is_seen(question: str) -> None:
    assert is_follow_up(question, EARLIER)
    assert not is_follow_up(question, ())


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert not is_follow_up(question, EARLIER)


def test_a_follow_up_of_a_follow_up_leans_on_all_back_to_one_that_stood_alone() -> None:
    asked = ("What is the allowance for meals?", FIRST, "And for contractors?", "In Hamburg?")
    earlier = tuple(map(Earlier, asked))
    assert before(earlier) == [FIRST, "And for contractors?", "In Hamburg?"]


LEASE = version_of(1, "Lease of Elm Wharf")
RENT = "How much notice must we give to end the lease of Elm Wharf in Hull?"
TOLD = (Earlier(RENT, ("Six months' notice ends the lease.",), (LEASE,)),)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("And what is the rent?", "What is the rent? Lease of Elm Wharf"),
        ("How large is its deposit?", "How large is its deposit? Lease of Elm Wharf"),
        ("And the deposit?", "The deposit? Lease of Elm Wharf"),
    ],
)
def test_a_new_point_is_asked_of_the_document_that_was_told_of(question: str, text: str) -> None:
    assert standing(question, TOLD, 2_000, uses_titles=True) == Standing(text, (LEASE,))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("And what is the rent?", "What is the rent? Elm Wharf Hull"),
        ("How large is its deposit?", "How large is its deposit? Elm Wharf Hull"),
    ],
)
@pytest.mark.parametrize("earlier", [TOLD, (Earlier(RENT),)])
def test_what_a_model_reads_has_the_persons_words_alone(
    question: str, text: str, earlier: tuple[Earlier, ...]
) -> None:
    assert standing(question, earlier, 2_000, uses_titles=False) == Standing(text)


@pytest.mark.parametrize(
    ("question", "asked", "text"),
    [
        ("And in Leeds?", "What is the rent there in Hull?", "What is the rent there in Leeds?"),
        ("What about Leeds?", "What is the rent in Hull?", "What is the rent in Leeds?"),
        ("And with Polarn?", "Who waits with Alder?", "Who waits with Polarn?"),
        ("And outside Europe?", "What is the rate in Hull?", "What is the rate outside Europe?"),
        ("And below minus 25?", "May I stay below minus 18?", "May I stay below minus 25?"),
        ("And from abroad?", "May I work from home?", "May I work from abroad?"),
        ("And contractors?", FIRST, f"Contractors? {FIRST}"),
    ],
)  # fmt: skip
def test_the_same_is_asked_of_something_else(question: str, asked: str, text: str) -> None:
    earlier = (Earlier(asked, ("Told.",), (LEASE,)),)
    assert standing(question, earlier, 2_000, uses_titles=True) == Standing(text)


def test_a_follow_up_that_names_something_else_is_asked_alone() -> None:
    made = standing("And what is the rent in Leeds?", TOLD, 2_000, uses_titles=True)
    assert made == Standing("What is the rent in Leeds?")


def test_a_document_told_of_before_another_question_is_not_meant() -> None:
    earlier = (*TOLD, Earlier("Who waits with Alder?"))
    made = standing("And how long?", earlier, 2_000, uses_titles=True)
    assert made == Standing("How long? Alder")


def test_a_chain_leans_on_what_was_asked_last_of_something_else() -> None:
    earlier = (Earlier("What is the rent in Hull?"), Earlier("And in Leeds?"))
    made = standing("And with Polarn?", earlier, 2_000, uses_titles=False)
    assert made.text == "What is the rent with Polarn?"
    made = standing("When is it due?", earlier, 2_000, uses_titles=False)
    assert made.text == "When is it due? Leeds"


@pytest.mark.parametrize(
    ("question", "text", "about"),
    [
        ("And how long is each one?", f"How long is each one? {RENT}", LEASE),
        ("Is it due soon?", f"Is it due soon? {RENT}", LEASE),
        (
            "And how many quotations do I need for a purchase of pumps?",
            "How many quotations do I need for a purchase of pumps?",
            None,
        ),
        (
            "And how many quotations do they need for a purchase of pumps?",
            f"How many quotations do they need for a purchase of pumps? {RENT}",
            LEASE,
        ),
    ],
)
def test_in_full_it_has_all_that_it_leans_on(
    question: str, text: str, about: Version | None
) -> None:
    made = in_full(question, TOLD)
    assert (made.text, made.about) == (text, about)
    assert made.text.startswith(made.own)


@given(st.lists(st.text(max_size=40), max_size=6), st.text(max_size=60))
def test_in_full_it_has_only_the_persons_words(asked: list[str], question: str) -> None:
    earlier = [Earlier(each, ("secret sentence",), (LEASE,)) for each in asked]
    made = in_full(question, earlier)
    assert set(made.text.casefold()) <= set("".join([*asked, question]).casefold()) | set(" ?:")


@given(st.lists(st.text(max_size=40), max_size=6), st.text(max_size=40), st.integers(0, 200))
def test_a_question_made_to_stand_alone_has_only_the_persons_words(
    asked: list[str], question: str, limit: int
) -> None:
    earlier = [Earlier(each, ("secret sentence",), (LEASE,)) for each in asked]
    made = standing(question, earlier, limit, uses_titles=False)
    assert len(made.text) <= max(limit, len(question))
    assert made.rests_on == ()
    assert set(made.text.casefold()) <= set("".join([*asked, question]).casefold()) | set(" ?:")


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_a_title_among_its_words_is_told_of(asked: list[str], question: str) -> None:
    title = "\u2603\u2603\u2603"
    version = version_of(1, title)
    earlier = [Earlier(each, ("Told.",), (version,)) for each in asked]
    made = standing(question, earlier, 2_000, uses_titles=True)
    assert (title in made.text) == (made.rests_on == (version,)) or title in question
