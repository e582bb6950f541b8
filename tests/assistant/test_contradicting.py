"""Results that contradict each other: approved, of the same matter, with other figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant.answers import Question
from assistant.contradicting import Conflict, conflicts
from retrieval.documents import InForce, Kind, Passage, Scope, Span, Status, now
from retrieval.qdrant.bm25 import Words
from tests.assistant.http_documents import make_version
from tests.assistant.http_world import ANN

TERMS = Words().terms
MINE = "The daily meal allowance for travel abroad is 45 euros for each full day."
ITS = "The daily meal allowance for travel abroad is 60 euros for each full day."


def passage(number: int, text: str, **more: Any) -> Passage:
    version = make_version(number, f"{number:032x}", f"Policy {number}", **more)
    return Passage(number, version, 0, 0, len(text), None, (), text, (Span(0, len(text)),))


def found(*passages: Passage) -> dict[int, Conflict]:
    question = Question("meal allowance", ANN, Scope(as_of=now()))
    return dict(conflicts(question, passages, TERMS))


def test_two_policies_with_other_figures_are_told_of_each_other() -> None:
    told = found(passage(1, MINE), passage(2, ITS))
    assert {at: each.other.id for at, each in told.items()} == {1: 2, 2: 1}
    assert "45" in told[1].states
    assert "60" in told[1].otherwise


def test_what_says_the_same_or_of_something_else_does_not_differ() -> None:
    assert found(passage(1, MINE), passage(2, MINE)) == {}
    assert found(passage(1, MINE), passage(2, "Keep receipts above 25 euros for a year.")) == {}


def test_a_draft_and_what_is_over_contradict_nothing() -> None:
    over = InForce(0, 1, Status.SUPERSEDED)
    assert found(passage(1, MINE), passage(2, ITS, declared=Status.DRAFT)) == {}
    assert found(passage(1, MINE), passage(2, ITS, in_force=over)) == {}


def test_contracts_contradict_each_other_only_between_the_same_parties() -> None:
    one = {"kind": Kind.CONTRACT, "parties": ("Acme", "Zed")}
    other = {"kind": Kind.CONTRACT, "parties": ("Zed", "Acme")}
    assert set(found(passage(1, MINE, **one), passage(2, ITS, **other))) == {1, 2}
    stranger = {"kind": Kind.CONTRACT, "parties": ("Acme", "Else")}
    assert found(passage(1, MINE, **one), passage(2, ITS, **stranger)) == {}
    assert found(passage(1, MINE, kind=Kind.CONTRACT), passage(2, ITS, kind=Kind.CONTRACT)) == {}


def test_two_passages_of_one_document_do_not_contradict_each_other() -> None:
    first = passage(1, MINE)
    second = replace(passage(2, ITS), version=replace(first.version, id=2, number=2))
    assert found(first, second) == {}
