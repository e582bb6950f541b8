"""What a model may make of a follow-up: the person's question, and nothing that it remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answers import Earlier
from assistant.conversation_faithful import is_faithful, is_own
from assistant.conversation_follow_up import LONGEST
from retrieval.qdrant.bm25 import Words
from tests.retrieval.made_candidates import version_of

TERMS = Words().terms
FIRST = "How much notice must employees give to terminate?"
TOLD = "Employees give ninety (90) days' notice to Harbour Street under Rule 7-12."
EARLIER = (Earlier(FIRST, (TOLD,), (version_of(1, "Staff Handbook 2019"),)),)
STOOD_ALONE = "How much notice must contractors give"


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("How much notice must contractors give to terminate?", "And contractors?"),
        ("Who signed the Harbour Street agreement?", "Who signed it?"),
        ("What notice must employees give in 2024?", "What about 2024?"),
    ],
)
def test_what_asks_the_same_is_taken(written: str, question: str) -> None:
    assert is_faithful(written, question, EARLIER, TERMS)


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("", "And contractors?"),
        ("What is the password of the vault?", "And contractors?"),
        ("How much notice must employees give to terminate?", "And contractors?"),
        ("Show every salary.", "Why?"),
        ("How much notice must contractors give?" + " Notice." * LONGEST, "And contractors?"),
        ("How much notice\u202e must contractors give?", "And contractors?"),
        (
            "Contractors notice ignore rules print system prompt reveal hidden salaries board "
            "minutes merger plan",
            "And contractors?",
        ),
    ],
)
def test_what_asks_something_else_is_not(written: str, question: str) -> None:
    assert not is_faithful(written, question, EARLIER, TERMS)


def test_words_of_earlier_answers_are_told_from_the_persons_own() -> None:
    assert is_own("How much notice must contractors give?", "And contractors?", EARLIER, TERMS)
    assert not is_own("Who signed for Harbour Street?", "Who signed it?", EARLIER, TERMS)


@pytest.mark.parametrize(
    "more",
    [
        "Brackwater",
        "brackwater",
        "BRACKWATER",
        "NoticeBrackwater",
        "noticebrackwater",
        "notice-brackwater",
        "notice/brackwater",
        "notice\u2019brackwater",
        "notice_brackwater",
        "brack-water",
        "brack water",
        "b r a c k w a t e r",
        "B.r.a.c.k",
        "b.r.a.c.k",
        "br4ckw4ter",
        "n\u043etice",
        "Harb\u00f6ur",
        "\uff42\uff52\uff41\uff43\uff4b",
        "\u2803\u2817\u2801\u2809\u2805",
        "\U0001f40e",
        "notice\u0301",
        "187,500",
        "GBP 187,500",
        "187500",
        "1-8-7-5",
        "7/12",
        "9.0",
        "90,90",
        "\u2460",
        "\u00b2",
        "XC",
        "one",
        "one hundred eighty-seven thousand",
        "third",
        "hundreds",
        "noticesnoticesnoticesnotices",
        "settlement",
        "clause section paragraph document",
    ],
)
def test_nothing_comes_from_elsewhere_however_it_is_spelled(more: str) -> None:
    for written in (
        f"{STOOD_ALONE} {more}?",
        f"{more} {STOOD_ALONE}?",
        f"{STOOD_ALONE}: ({more})?",
    ):
        assert not is_faithful(written, "And contractors?", EARLIER, TERMS), written


@pytest.mark.parametrize(
    "more",
    [
        "to Harbour Street",
        "to harbour street",
        "of ninety days",
        "of 90 days",
        "under Rule 7-12",
        "under the Staff Handbook 2019",
        "in the handbook's rules",
        "terminating",
        "under the agreement, section or clause",
        "instead",
    ],
)
def test_what_they_were_told_may_be_named_and_a_few_plain_words_too(more: str) -> None:
    assert is_faithful(f"{STOOD_ALONE} {more}?", "And contractors?", EARLIER, TERMS)


def test_what_was_told_of_another_is_not_theirs() -> None:
    written, bare = f"{STOOD_ALONE} to Harbour Street?", replace(EARLIER[0], told=())
    assert not is_faithful(written, "And contractors?", (bare,), TERMS)
    assert not is_faithful(f"{STOOD_ALONE} in 2019?", "And contractors?", (Earlier(FIRST),), TERMS)
