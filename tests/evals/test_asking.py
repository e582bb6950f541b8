"""Asking a case through the real assistant: what is read anew, and what is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answers import Citation, Sentence, Source
from assistant.review.outcome import EVALUATION
from deploy.acting import principal_of
from deploy.settings import Settings
from evals.measures.every import MEASURES
from evals.outcome import Outcome
from evals.presets.configuration import SERVED, Configuration, configuration_of
from evals.running.asking import question_of, rereading_of
from evals.running.checking import checked
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.rereading import place_of
from evals.running.run import Work, run_suite
from evals.running.session import Session, groups, opened
from evals.suites.case import Case, Expected, Gold, Suite
from evals.suites.corpus import name_of
from evals.suites.reading import read_suite
from pincite import join
from retrieval.documents import Scope, now
from retrieval.halting import ANSWERS
from retrieval.review.case import CaseState
from tests.evals.small import LEASE, LICENCE, SUITE, write_suite
from tests.retrieval.hashed_embedder import HashedEmbedder


@pytest.fixture(autouse=True)
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_embedder(_: Settings) -> HashedEmbedder:
        return HashedEmbedder(512)

    monkeypatch.setattr("deploy.opening.open_embedder", open_embedder)


@asynccontextmanager
async def session_of(suite: Suite, configuration: Configuration = SERVED) -> AsyncIterator[Session]:
    [group] = groups([suite], configuration)
    async with opened(group, Settings(), join) as session:
        yield session


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.running.asking._PAUSE_SECONDS", 0.0)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return read_suite(write_suite(tmp_path))


def case_of(suite: Suite, case_id: str) -> Case:
    return next(each for each in suite.cases if each.id == case_id)


async def test_an_answer_is_read_anew(suite: Suite) -> None:
    async with session_of(suite) as session:
        found = await session.asker.ask(case_of(suite, "notice"))

    assert (found.case, found.refused, found.mode, found.error) == ("notice", "", "quotes", "")
    cited = [each for said in found.said for each in said.cited]
    words = "The tenant must give notice of six months before the end of a year."
    assert words in [each.words for each in cited]
    for each in cited:
        assert each.is_exact
        assert (
            each.words
            == {"papers/lease.txt": LEASE, "papers/licence.txt": LICENCE}[each.document][
                each.start : each.end
            ]
        )
    assert all(each.is_supported for each in found.said)
    [gold] = found.gold
    assert LEASE[gold.start : gold.end] == words
    assert gold.doc_id == found.retrieved[0].doc_id == "papers/lease.txt"
    assert "papers/lease.txt" in found.named
    assert 0 < found.first_seconds <= found.seconds
    assert (found.tokens_read, found.tokens_written, found.withheld) == (None, None, 0)


async def test_who_may_not_read_is_refused_and_finds_nothing(suite: Suite) -> None:
    case = case_of(suite, "chair")
    async with session_of(suite) as session:
        bob = await session.asker.ask(case)
        ann = await session.asker.ask(replace(case, person="ann"))

    closed = "papers/closed/salaries.txt"
    assert bob.retrieved
    assert closed not in (*bob.named, *(each.doc_id for each in bob.retrieved))
    assert ann.retrieved[0].doc_id == closed


async def test_what_goes_wrong_is_in_the_outcome(suite: Suite) -> None:
    async with session_of(suite) as session:
        nobody = await session.asker.ask(replace(suite.cases[0], person="zoe"))
        gold = Expected(answerable=True, gold=(Gold("papers/lease.txt", "No such words."),))
        lost = await session.asker.ask(replace(suite.cases[0], expected=gold))

    assert "zoe" in nobody.error
    assert not nobody.seconds
    assert "papers/lease.txt" in lost.error
    assert lost.said


async def test_a_follow_up_is_asked_in_a_conversation_that_is_gone_afterwards(
    suite: Suite,
) -> None:
    case = replace(case_of(suite, "support"), question="And how soon does its support answer?")
    async with session_of(suite) as session:
        found = await session.asker.ask(case)
        ann = await principal_of(session.parts, "ann")
        left = await session.parts.history.own(principal=ann)

    assert "licence" in found.looked_for
    assert found.error == ""
    assert left == []


async def test_the_review_queue_is_spared_and_the_record_is_not(suite: Suite) -> None:
    async with session_of(suite) as session:
        case = replace(case_of(suite, "chair"), question="Who won the race in Oslo?")
        before = await session.parts.record.newest()
        found = await session.asker.ask(case)
        noted = await session.parts.record.newest() - before
        question = await question_of(session.parts, case)
        await session.parts.review.queueing.close()
        waiting = await session.parts.review.cases.listed(state=CaseState.OPEN)

    assert found.refused
    assert not waiting
    assert question.channel == EVALUATION
    assert noted == 3


async def test_answers_that_are_stopped_are_an_error_and_no_refusal(suite: Suite) -> None:
    async with session_of(suite) as session:
        await session.parts.stops.stop(ANSWERS, reason="A drill.", by="ann", origin="test")
        found = await session.asker.ask(suite.cases[0])
        await session.parts.stops.resume(ANSWERS, by="ann", origin="test")
        again = await session.asker.ask(suite.cases[0])

    assert "stopped" in found.error
    assert not found.refused
    assert again.said


async def test_a_day_is_asked_for_at_its_end(suite: Suite) -> None:
    async with session_of(suite) as session:
        question = await question_of(
            session.parts, replace(suite.cases[0], as_of="2026-02-28", kinds=("policy",))
        )

    assert question.scope.as_of == 1_772_323_199
    assert [each.value for each in question.scope.kinds] == ["policy"]


async def test_what_is_excluded_is_not_found(suite: Suite) -> None:
    case = replace(suite.cases[0], excluded=("papers/lease.txt",))
    async with session_of(suite) as session:
        found = await session.asker.ask(case)

    assert found.retrieved
    assert "papers/lease.txt" not in {each.doc_id for each in found.retrieved}


async def test_a_citation_that_lies_is_not_exact_and_supports_nothing(suite: Suite) -> None:
    async with session_of(suite) as session:
        parts = session.parts
        ann = await principal_of(parts, "ann")
        listed = await parts.library.all_versions(principal=ann)
        version = next(each for each in listed if name_of(each) == "papers/lease.txt")
        source = Source(1, version, "approved")
        reread = rereading_of(parts, [suite])

        async def said(text: str, start: int, end: int, words: str, mode: str) -> tuple[bool, bool]:
            sentence = Sentence(text, (Citation(1, 1, start, end, None, words),))
            found = await reread.said(sentence, [source], mode, principal=ann)
            return found.cited[0].is_exact, bool(found.is_supported)

        start = LEASE.index("Rent")
        words = LEASE[start : start + 30]
        assert await said(words, start, start + 30, words, "quotes") == (True, True)
        assert await said(words, start + 1, start + 31, words, "quotes") == (False, False)
        assert await said("Rent is free.", start, start + 30, words, "quotes") == (True, False)
        assert await said("Rent is free.", start, start + 30, words, "model") == (True, False)
        assert await said("", start, start, "", "quotes") == (False, False)
        other = await principal_of(parts, "bob")
        shut = replace(other, shut=frozenset({"papers"}))
        sentence = Sentence(words, (Citation(1, 1, start, start + 30, None, words),))
        found = await reread.said(sentence, [source], "quotes", principal=shut)
        assert not found.cited[0].is_exact


async def test_gold_is_located_by_words_by_characters_and_whole(suite: Suite) -> None:
    async with session_of(suite) as session:
        ann = await principal_of(session.parts, "ann")
        golds = (
            Gold("papers/lease.txt", "Rent for the\nAlder   warehouse"),
            Gold("papers/lease.txt", start=3, end=9),
            Gold("papers/licence.txt"),
            Gold("papers/lease.txt", "nowhere"),
            Gold("papers/none.txt"),
        )
        cases = (Case("a", "?", expected=Expected(gold=golds)),)
        reread = rereading_of(session.parts, [replace(suite, cases=cases)])
        found, missing = await reread.located(golds, Scope(as_of=now()), principal=ann)

    assert [LEASE[each.start : each.end] for each in found[:1]] == ["Rent for the Alder warehouse"]
    assert [(each.start, each.end) for each in found[1:]] == [(3, 9), (0, len(LICENCE))]
    assert missing == ("papers/lease.txt", "papers/none.txt")


def test_words_are_found_whatever_space_is_between_them() -> None:
    assert place_of("a b", "x a b") == (2, 5)
    assert place_of("a b", "x a \n b") == (2, 7)
    assert place_of("a.b", "xaxb") is None
    assert place_of(" ", "ab") is None


async def test_two_runs_of_a_suite_give_the_same_but_for_the_time(
    suite: Suite, tmp_path: Path
) -> None:
    async def run(at_once: int) -> tuple[list[Outcome], list[dict[str, float]], object]:
        kept = KeptRuns(tmp_path / "kept")
        async with session_of(suite) as session:
            done = await run_suite(Work(suite, Plan(at_once=at_once), MEASURES, kept), session)
        rows = list(kept.rows(done.id))
        timeless = [replace(row.outcome, first_seconds=0.0, seconds=0.0) for row in rows]
        scores = [{k: v for k, v in row.scores.items() if "seconds" not in k} for row in rows]
        return timeless, scores, done.stamp

    assert await run(1) == await run(3)


async def test_checking_finds_what_cannot_be_asked(tmp_path: Path) -> None:
    broken = SUITE.replace("is due on the first day", "is due on the last day").replace(
        "papers/closed/salaries.txt", "papers/closed/salary.txt"
    )
    suite = read_suite(write_suite(tmp_path, broken))

    found = await checked([suite], Settings(), join)

    assert len(found) == 2
    assert "rent" in found[0]
    assert "papers/lease.txt" in found[0]
    assert "salary.txt" in found[1]
    half = SUITE.replace("papers/closed/salaries.txt", "papers/closed/sal")
    cut_off = read_suite(write_suite(tmp_path / "half", half))
    assert "papers/closed/sal" in "".join(await checked([cut_off], Settings(), join))
    folder = SUITE.replace("papers/closed/salaries.txt", "papers/closed/")
    below = read_suite(write_suite(tmp_path / "folder", folder))
    assert await checked([below], Settings(), join) == []
    sound = read_suite(write_suite(tmp_path / "sound"))
    assert await checked([sound], Settings(), join) == []


@pytest.mark.parametrize("name", ["open-webui", "anythingllm", "llamaindex", "ragflow"])
async def test_recreated_settings_find_and_say_nothing(
    suite: Suite, tmp_path: Path, name: str
) -> None:
    kept = KeptRuns(tmp_path / "kept")
    async with session_of(suite, configuration_of(name)) as session:
        run = await run_suite(Work(suite, Plan(), MEASURES, kept), session)

    figures = {each.name: each for each in run.figures}
    assert figures["doc_r_at_10"].mean == 1.0
    assert "refused" not in figures
    assert "citation_exactness" not in figures
    assert run.stamp.configuration == f"{name} (re-creation)"
    assert not any(row.outcome.error for row in kept.rows(run.id))
