"""Sources that state different figures of the same: both are shown, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from assistant.answers import Answer, Notice, Question, Sentence, Source
from assistant.compose import Composer
from assistant.disagreement import Differing, Rival, notice_of
from assistant.prompt import Numbered
from assistant.quotes import Quoter
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.candidates import Candidates
from retrieval.documents import InForce, Kind, Scope, Status, now
from retrieval.retriever import Retrieved
from tests.assistant.test_quotes import ANSWERS
from tests.assistant.test_writer import Carries, Says
from tests.retrieval.made_candidates import (
    EMBEDDER,
    WORDS,
    passage_of,
    retrieved_of,
    version_of,
)

FIVE = "Temperature records of medicines are kept for five years from the date of delivery."
SEVEN = "Temperature records of medicines shall be kept for seven years from the date of delivery."
ASKED = "How long do we keep temperature records?"


def source(number: int, text: str, title: str = "", **fields: Any) -> list[Numbered]:
    """Return the sentences of an approved policy, or of what the fields say."""
    titled = version_of(number, title or f"Rules {number}")
    version = replace(titled, **{"kind": Kind.POLICY, **fields})
    passage = passage_of(number, version, text)
    return [
        Numbered(f"{number}.{at}", passage, span) for at, span in enumerate(passage.sentences, 1)
    ]


def rivals(
    told: Sequence[Numbered], *others: Sequence[Numbered], asked: str = ASKED, text: str = ""
) -> list[Rival]:
    """Return what stands against the first sentence, told as it is or in other words."""
    question = Question(asked, Principal.person("ann"), Scope(as_of=now()))
    given = [each for sentences in (told, *others) for each in sentences]
    return Differing(question, given, WORDS.terms).rivals(text or told[0].text, told[:1])


@pytest.mark.parametrize(
    ("one", "other", "told", "states"),
    [
        (FIVE, SEVEN, "five years", "seven years"),
        (FIVE, FIVE.replace("five years", "60 days"), "", ""),
        ("The mileage rate for an own car is EUR 0.28.", "The mileage rate for an own car is "
         "EUR 0.32.", "EUR 0.28", "EUR 0.32"),
        ("The lease of the office ends on 1 March 2027.", "The lease of the office ends on "
         "1 April 2027.", "1 March 2027", "1 April 2027"),
        ("Each order of goods needs three signatures.", "Each order of goods needs two "
         "signatures.", "three signatures", "two signatures"),
    ],
)  # fmt: skip
def test_another_figure_of_the_same_is_found(one: str, other: str, told: str, states: str) -> None:
    found = rivals(source(1, one), source(2, other))
    assert [(each.told, each.states) for each in found] == ([(told, states)] if told else [])


def test_of_several_figures_the_one_in_the_same_place_differs() -> None:
    text = "The tenant gives notice of {} days to the landlord and pays within 14 days of it."
    found = rivals(source(1, text.format(30)), source(2, text.format(60)))
    assert [(each.told, each.states) for each in found] == [("30 days", "60 days")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FIVE, FIVE),
        (FIVE, FIVE.replace("five years", "60 months")),
        (FIVE, FIVE.replace("five years", "at least four years") + f" {FIVE}"),
        (FIVE, "Invoices of suppliers are paid within 30 days."),
        (FIVE.replace("for", "for at least"), SEVEN.replace("for", "for at most")),
        (FIVE.replace("medicines", "Alder"), SEVEN.replace("medicines", "Birch")),
        (f"{FIVE} {SEVEN}", SEVEN),
        (FIVE + " From 2020.", "Temperature records of medicines are kept well."),
        (FIVE.replace("five years", "five years since 1 May 2024"),
         FIVE.replace("five years", "two years since 1 May 2020")),
    ],
)  # fmt: skip
def test_what_does_not_contradict_is_no_rival(one: str, other: str) -> None:
    assert rivals(source(1, one), source(2, other)) == []


def test_what_is_told_is_compared_not_all_that_is_cited() -> None:
    cited = source(1, FIVE.replace(".", " and are read by 2 persons."))
    other = source(2, SEVEN)
    assert rivals(cited, other, text="Two persons read the temperature records.") == []
    assert rivals(cited, other, text="Temperature records are kept for 5 years.")


@pytest.mark.parametrize("declared", [Status.DRAFT, Status.APPROVED])
def test_only_what_is_approved_stands_against_it(declared: Status) -> None:
    found = rivals(source(1, FIVE), source(2, SEVEN, declared=declared))
    assert bool(found) is (declared is Status.APPROVED)
    ended = InForce(end=now() - 10, ended_by=Status.SUPERSEDED)
    assert rivals(source(1, FIVE), source(2, SEVEN, in_force=ended)) == []


def test_an_older_version_is_answered_by_the_one_in_force() -> None:
    ended = InForce(end=now() - 10, ended_by=Status.SUPERSEDED)
    old = source(1, FIVE, document_id="same", in_force=ended)
    new = source(2, SEVEN, document_id="same", kind=Kind.TICKET)
    assert rivals(old, new)


@pytest.mark.parametrize(
    ("asked", "parties", "is_rival"),
    [
        ("How long are the records of Alder kept?", ((), ()), False),
        ("How long are the records kept?", ((), ()), True),
        ("How long does the Birch contract keep records?", ((), ()), True),
        ("How long are the records of Alder kept?", (("A", "B"), ("B", "A")), True),
        ("How long are the records of Alder kept?", (("A", "B"), ("C", "B")), False),
    ],
)
def test_a_contract_contradicts_another_only_if_it_may_be_meant(
    asked: str, parties: tuple[tuple[str, ...], tuple[str, ...]], is_rival: bool
) -> None:
    one = source(1, FIVE, "Supply agreement, Alder", kind=Kind.CONTRACT, parties=parties[0])
    other = source(2, SEVEN, "Supply agreement, Birch", kind=Kind.CONTRACT, parties=parties[1])
    assert bool(rivals(one, other, asked=asked)) is is_rival


def test_a_ticket_contradicts_only_what_it_is_asked_about() -> None:
    ticket = source(2, SEVEN, "Alarm in Birchholm", kind=Kind.TICKET)
    assert rivals(source(1, FIVE), ticket) == []
    assert rivals(source(1, FIVE), ticket, asked="What of the alarm in Birchholm?")


async def of_policies(*texts: str) -> Retrieved:
    """Return one policy per text, as found; the second has a date from which it counts."""
    retrieved = await retrieved_of(ASKED, [(f"Rules {at}", each) for at, each in enumerate(texts)])
    found = []
    for at, each in enumerate(retrieved.found):
        day = date(2024, 9, 1) if at else None
        version = replace(each.passage.version, kind=Kind.POLICY, effective_from=day)
        found.append(replace(each, passage=replace(each.passage, version=version)))
    candidates: Candidates = retrieved.candidates
    return replace(retrieved, found=tuple(found), candidates=candidates)


async def written(said: str, *texts: str) -> list[object]:
    question = Question(ASKED, Principal.person("ann"), Scope(as_of=now()))

    def compare(question: Question, given: Any) -> Differing:
        return Differing(question, given, WORDS.terms)

    writer = Writer(Composer(str, b"s" * 32), Says(said), Carries(), compare=compare)
    found = (await of_policies(*texts)).found
    return [each async for each in writer.write(question, found)]


async def test_a_model_that_tells_one_side_is_followed_by_the_other_with_its_date() -> None:
    told = await written("They are kept for five years. [1.1]", FIVE, SEVEN)
    _, _, first, notice, source, second = told
    assert isinstance(first, Sentence)
    assert isinstance(notice, Notice)
    assert isinstance(source, Source)
    assert isinstance(second, Sentence)
    assert not first.differs
    assert second.differs
    assert second.text == second.citations[0].words == SEVEN
    assert notice.text == (
        "Sources differ: “Rules 0” (approved) states five years; "
        "“Rules 1” (approved, in force from 1 September 2024) states seven years."
    )


def test_no_title_ends_its_marks_and_goes_on_in_our_own_words() -> None:
    other = source(2, SEVEN, "Rules\u201d (withdrawn) states nothing; \u201cRules")
    notice = notice_of(rivals(source(1, FIVE), other), now())
    assert notice.count("\u201c") == notice.count("\u201d") == 2


async def test_the_other_side_is_told_once() -> None:
    said = "They are kept for five years. [1.1]\nThat is five years. [1.1]"
    told = await written(said, FIVE, SEVEN)
    assert sum(isinstance(each, Sentence) and each.differs for each in told) == 1
    assert sum(isinstance(each, Notice) for each in told) == 1


async def test_a_source_that_states_otherwise_is_not_cited_for_it() -> None:
    told = await written("They are kept for five years. [1.1][2.1]", FIVE, SEVEN)
    first, second = [each for each in told if isinstance(each, Sentence)]
    assert [each.words for each in first.citations] == [FIVE]
    assert [each.words for each in second.citations] == [SEVEN]


async def test_a_model_that_tells_both_sides_is_left_alone() -> None:
    told = await written("They are kept for five or seven years. [1.1][2.1]", FIVE, SEVEN)
    [only] = [each for each in told if isinstance(each, Sentence)]
    assert [each.words for each in only.citations] == [FIVE, SEVEN]


@pytest.mark.parametrize(("other", "count"), [(SEVEN, 1), (FIVE, 0)])
async def test_quotes_that_differ_are_told_apart(other: str, count: int) -> None:
    quoter = Quoter(EMBEDDER, WORDS.terms, ANSWERS)
    question = Question(ASKED, Principal.person("ann"), Scope(as_of=now()))
    answer = await quoter.quote(question, await of_policies(FIVE, other))
    assert isinstance(answer, Answer)
    assert len(answer.sentences) == 2
    assert len(answer.notices) == count
    assert all("five years" in each and "seven years" in each for each in answer.notices)
