"""Behind the answers: what becomes a case, that none delays or fails an answer, none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from assistant.answers import (
    Citation,
    Earlier,
    Question,
    Refusal,
    RefusalReason,
    Sentence,
    Source,
    Withheld,
)
from assistant.claims.claims import Fault, FaultKind
from assistant.prompt import Numbered
from assistant.review import queueing
from assistant.review.lately import Lately, Most
from assistant.review.outcome import Outcome, conflicting, reported, to_review
from assistant.review.queueing import Queueing
from retrieval.access import Principal
from retrieval.documents import Kind, Passage, Scope, Span, Status, end_of
from retrieval.errors import Unavailable
from retrieval.review.case import CaseKind, Circumstances, Flaw, Matter, Place
from tests.retrieval.made_candidates import passage_of, version_of

LEASE = version_of(7, "Lease")
PASSAGE: Passage = passage_of(71, LEASE, "Notice is ninety days. Rent is due.")
WRITTEN = Withheld(
    "Notice is sixty days.",
    (Numbered("1.1", PASSAGE, Span(100, 122)),),
    (Fault(FaultKind.DURATION, "sixty days"),),
)
TOLD = Sentence(
    "Notice is ninety days.", (Citation(1, 71, 100, 122, None, "Notice is ninety days."),)
)
DAY = 86_400


def outcome(text: str = "How much notice?", asker: str = "ann", **more: object) -> Outcome:
    question = Question(text, Principal.person(asker), Scope(as_of=0), id="a" * 32)
    return replace(Outcome(question, 41, "Some-8B", (PASSAGE,)), **more)  # type: ignore[arg-type]


def refusal(reason: RefusalReason = RefusalReason.NOT_SUPPORTED) -> Refusal:
    return Refusal(outcome().question, reason, "Nothing.", ())


def told(asker: str = "ann", answer: str = "a" * 32) -> Outcome:
    one = outcome(asker=asker, sentences=(TOLD,), sources=(Source(1, LEASE, "approved"),))
    return replace(one, question=replace(one.question, id=answer))


@dataclass
class Kept:
    """Cases in memory; `fails` is raised as often as it says, and `hangs` waits for ever."""

    fails: int = 0
    hangs: bool = False
    matters: list[Matter] = field(default_factory=list)
    tries: int = 0

    async def open(self, matter: Matter) -> int | None:
        self.tries += 1
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if self.tries <= self.fails:
            raise Unavailable("The disk is full of How much notice.")
        self.matters.append(matter)
        return len(self.matters)


# What becomes a case


def test_a_withheld_sentence_is_kept_with_what_it_cites_and_why() -> None:
    matter = to_review(outcome(withheld=(WRITTEN,)))
    assert matter is not None
    assert (matter.kind, matter.asker, matter.asked) == (CaseKind.WITHHELD, "ann", 41)
    [said] = matter.said
    assert said.text == "Notice is sixty days."
    assert said.cites == (Place(7, "d7", 1, 71, 100, 122),)
    assert said.flaws == (Flaw("duration", "sixty days"),)
    assert matter.evidence == (Place(7, "d7", 1, 71, 100, 135),)


@pytest.mark.parametrize("reason", [RefusalReason.NOT_SUPPORTED, RefusalReason.NOTHING_READABLE])
def test_a_refusal_is_kept_with_its_reason(reason: RefusalReason) -> None:
    matter = to_review(outcome(refusal=refusal(reason)))
    assert matter is not None
    assert (matter.kind, matter.reason, matter.said) == (CaseKind.REFUSED, reason.value, ())


def test_where_all_was_withheld_there_is_one_case_that_says_so() -> None:
    matter = to_review(outcome(withheld=(WRITTEN,), refusal=refusal()))
    assert matter is not None
    assert (matter.kind, matter.reason) == (CaseKind.WITHHELD, "not_supported")


@pytest.mark.parametrize("more", [{}, {"refusal": refusal(RefusalReason.STOPPED)}])
def test_what_was_answered_or_stopped_is_no_case(more: dict[str, object]) -> None:
    assert to_review(outcome(**more)) is None
    assert to_review(replace(told(), **more)) is None  # type: ignore[arg-type]


def test_an_answer_whose_sources_differ_is_a_case_of_its_own() -> None:
    assert conflicting(told()) is None
    matter = conflicting(replace(told(), differs=True))
    assert matter is not None
    assert (matter.kind, [each.text for each in matter.said]) == (
        CaseKind.CONFLICTING,
        ["Notice is ninety days."],
    )
    assert to_review(replace(told(), differs=True)) is None


def test_how_it_was_asked_is_kept_as_far_as_it_is_not_the_usual() -> None:
    plain = outcome(refusal=refusal())
    day = end_of(date(2026, 3, 31)) - 1
    scope = Scope(
        as_of=day,
        kinds=frozenset({Kind.POLICY, Kind.CONTRACT}),
        statuses=frozenset({Status.EXPIRED}),
        sources=frozenset({"folder"}),
        parties=frozenset({"Halden"}),
    )
    before = tuple(Earlier(f"Question {number}?") for number in range(30))
    asked = replace(plain.question, text="And in Germany?", scope=scope, earlier=before)
    matter = to_review(replace(plain, question=asked, looked_for="How much notice in Germany?"))
    assert matter is not None
    assert matter.question == "How much notice in Germany?"
    assert matter.how == Circumstances(
        "And in Germany?",
        tuple(f"Question {number}?" for number in range(10, 30)),
        "2026-03-31",
        ("contract", "policy"),
        ("expired",),
        ("folder",),
        ("Halden",),
    )
    usual = replace(scope, kinds=frozenset(), sources=frozenset(), parties=frozenset())
    usual = replace(usual, as_of=day - 5, statuses=frozenset({Status.DRAFT, Status.APPROVED}))
    matter = to_review(replace(plain, question=replace(plain.question, scope=usual)))
    assert matter is not None
    assert matter.how == Circumstances()


def test_what_earlier_turns_rest_on_must_be_readable_too() -> None:
    """A follow-up is made to stand alone with words of what was told before."""
    other, third = version_of(8, "Board minutes"), version_of(9, "Plan")
    earlier = (Earlier("Before?", ("It costs 5,000 euros.",), (other,)),)
    one = outcome(refusal=refusal(), looked_for="How much notice, at 5,000 euros?")
    question = replace(one.question, earlier=earlier, rests_on=(third,))
    matter = to_review(replace(one, question=question))
    assert matter is not None
    assert matter.question == "How much notice, at 5,000 euros?"
    assert matter.versions == {7, 8, 9}


def test_a_reader_can_report_what_they_were_told_or_refused_and_nothing_else() -> None:
    matter = reported(told())
    assert matter is not None
    assert matter.kind is CaseKind.REPORTED
    assert [each.text for each in matter.said] == ["Notice is ninety days."]
    assert matter.said[0].cites == (Place(7, "d7", 1, 71, 100, 122),)
    assert reported(outcome(refusal=refusal())) is not None
    assert reported(outcome(withheld=(WRITTEN,))) is None


# Written behind the answers


async def test_nobody_waits_for_a_case_and_a_clean_end_loses_none() -> None:
    kept = Kept()
    queue = Queueing(kept, Lately())
    for number in range(50):
        queue.ended(outcome(f"{number}?", refusal=refusal()))
    assert kept.matters == []
    await queue.close()
    assert [each.question for each in kept.matters] == [f"{each}?" for each in range(50)]


async def test_what_fails_is_tried_again_and_the_next_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Kept(fails=2)
    queue = Queueing(kept, Lately(), waits=(0, 0))
    queue.ended(outcome("one?", refusal=refusal()))
    queue.ended(outcome("two?", refusal=refusal()))
    await queue.close()
    assert [each.question for each in kept.matters][-1] == "two?"
    kept = Kept(fails=3)
    queue = Queueing(kept, Lately(), waits=(0, 0))
    queue.ended(outcome("one?", refusal=refusal()))
    await _until(lambda: kept.tries == 3)
    queue.ended(outcome("two?", refusal=refusal()))
    await queue.close()
    assert [each.question for each in kept.matters] == ["two?"]
    assert "left out: Unavailable" in caplog.text
    assert "notice" not in caplog.text


async def test_the_end_waits_for_no_pause_between_tries() -> None:
    kept = Kept(fails=1)
    queue = Queueing(kept, Lately(), waits=(3_600,))
    queue.ended(outcome("one?", refusal=refusal()))
    await _until(lambda: kept.tries == 1)
    async with asyncio.timeout(120):
        await queue.close()
    assert [each.question for each in kept.matters] == ["one?"]


async def test_a_database_that_hangs_makes_nobody_wait_and_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queueing, "MOST_WAITING", 3)
    monkeypatch.setattr(queueing, "_PATIENCE_SECONDS", 0.01)
    queue = Queueing(Kept(hangs=True), Lately(), waits=())
    for number in range(10):
        queue.ended(outcome(f"{number}?", refusal=refusal()))
    assert len(queue._waiting) == 3
    await queue.close()
    assert "too many wait" in caplog.text


async def test_the_end_comes_though_the_database_hangs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queueing, "_CLOSING_SECONDS", 0.01)
    queue = Queueing(Kept(hangs=True), Lately())
    queue.ended(outcome("one?", refusal=refusal()))
    queue.ended(outcome("two?", refusal=refusal()))
    async with asyncio.timeout(120):
        await queue.close()
    assert "2 still waited" in caplog.text


async def test_a_case_that_cannot_even_be_made_fails_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = replace(told(), sources=())
    Queueing(Kept(), Lately()).ended(broken)
    assert "left out: KeyError" in caplog.text


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not is_so():  # noqa: ASYNC110 - what another task brings about
            await asyncio.sleep(0)


async def test_who_was_erased_meanwhile_is_not_written_and_not_remembered() -> None:
    kept, memory = Kept(), Lately()
    queue = Queueing(kept, memory)
    queue.ended(told("ann"))
    for asker in ("ann", "bob", "ann"):
        queue.ended(outcome("one?", asker, refusal=refusal()))
    queue.forget("ann")
    await queue.close()
    assert [each.asker for each in kept.matters] == ["bob"]
    assert memory.told("ann", "a" * 32) is None


async def test_who_is_erased_between_two_tries_is_not_written_under_a_new_key() -> None:
    kept = Kept(fails=1)
    queue = Queueing(kept, Lately(), waits=(3_600,))
    queue.ended(outcome("one?", "ann", refusal=refusal()))
    queue.ended(outcome("two?", "bob", refusal=refusal()))
    await _until(lambda: kept.tries == 1)
    queue.forget("ann")
    await queue.close()
    assert [each.asker for each in kept.matters] == ["bob"]


# Told lately


class Clock:
    instant = 1_800_000_000

    def __call__(self) -> int:
        return self.instant


def lately(**most: int) -> tuple[Lately, Clock]:
    clock = Clock()
    return Lately(Most(**most), clock), clock


def keep(memory: Lately, asker: str, *answers: str) -> None:
    for answer in answers:
        matter = reported(told(asker, answer))
        assert matter is not None
        memory.keep(matter)


def test_an_answer_is_found_by_its_person_and_its_name_alone() -> None:
    memory, _ = lately()
    keep(memory, "ann", "first")
    assert memory.told("ann", "first") is not None
    assert memory.told("bob", "first") is None
    assert memory.told("ann", "other") is None


def test_of_each_person_a_few_are_remembered_and_of_a_few_people() -> None:
    memory, _ = lately(people=2, answers=2)
    keep(memory, "ann", "1", "2", "3")
    assert [memory.told("ann", each) is not None for each in "123"] == [False, True, True]
    keep(memory, "bob", "1")
    keep(memory, "cat", "1")
    assert memory.told("ann", "3") is None
    assert memory.told("bob", "1") is not None


def test_an_answer_is_forgotten_after_a_day() -> None:
    memory, clock = lately()
    keep(memory, "ann", "first")
    clock.instant += DAY
    assert memory.told("ann", "first") is None


def test_reports_are_limited_for_each_person_and_hour() -> None:
    memory, clock = lately(reports=2)
    keep(memory, "ann", "1", "2")
    keep(memory, "bob", "1")
    memory.report("ann", "1")
    clock.instant += 600
    memory.report("ann", "2")
    assert memory.wait_seconds("ann") == 3_000
    assert memory.wait_seconds("bob") == memory.wait_seconds("nobody") == 0
    clock.instant += 3_000
    assert memory.wait_seconds("ann") == 0


def test_a_report_that_was_taken_back_may_be_made_again_but_counts() -> None:
    memory, _ = lately(reports=1)
    keep(memory, "ann", "1")
    memory.report("ann", "1")
    assert memory.is_reported("ann", "1")
    memory.take_back("ann", "1")
    assert not memory.is_reported("ann", "1")
    assert memory.wait_seconds("ann") > 0
