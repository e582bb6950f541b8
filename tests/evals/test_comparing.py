"""Comparing runs: verdicts worked out by hand, baselines, and a gate that closes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bootstrap import interval
from evals.comparing.baseline import Baseline, Baselines, read_baseline, write_baseline
from evals.comparing.gate import gate_of
from evals.comparing.paired import Comparison, Difference, Verdict, compare
from evals.comparing.randomised import probability
from evals.comparing.scored import scored_of
from evals.comparing.sweep import Sweep
from evals.errors import BadSuite
from evals.measures.every import MEASURES
from evals.reports.plot import plot_of
from evals.running.result import Row, Run
from evals.running.run import run_suite
from evals.suites.case import Suite, Threshold
from retrieval.errors import BadRequest
from tests.evals.asked import MadeAsker, MadeSession, made_suite, outcome_of, work_in


def row(case: str, name: str, score: float, category: str = "") -> Row:
    made = replace(made_suite(1).cases[0], id=f"{case}-0001", category=category)
    return Row(made, outcome_of(made), {name: score})


def rows(name: str, scores: Sequence[float], category: str = "") -> list[Row]:
    return [row(f"{category}{at}", name, score, category) for at, score in enumerate(scores)]


def only(comparison: Comparison) -> Difference:
    [found] = comparison.overall
    return found


def test_what_is_the_same_has_no_difference() -> None:
    found = only(compare(rows("r_at_8", [0, 1, 0.5]), rows("r_at_8", [0, 1, 0.5])))

    assert (found.mean, found.low, found.high, found.n, found.changed) == (0, 0, 0, 3, 0)
    assert (found.first, found.second, found.probability) == (0.5, 0.5, 1.0)
    assert found.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("r_at_8", Verdict.WORSE),
        ("access_leak", Verdict.BETTER),
        ("tokens_read", Verdict.BETTER),
        ("unheard_of", Verdict.CANNOT_TELL),
    ],
)
def test_which_way_is_better_depends_on_the_measure(name: str, verdict: Verdict) -> None:
    found = only(compare(rows(name, [1.0] * 20), rows(name, [0.0] * 10 + [1.0] * 10)))

    assert found.mean == -0.5
    assert found.low < -0.5 < found.high < 0
    assert (found.changed, found.n) == (10, 20)
    assert found.verdict is verdict


def test_five_changes_one_way_are_too_few_to_tell_and_six_are_enough() -> None:
    """A sign test gives 2/32 for five and 2/64 for six: only the second is below 5 %."""
    for changed, verdict in ((5, Verdict.CANNOT_TELL), (6, Verdict.WORSE)):
        second = [0.0] * changed + [1.0] * (60 - changed)
        found = only(compare(rows("r_at_8", [1.0] * 60), rows("r_at_8", second)))
        assert found.verdict is verdict


def test_only_the_same_question_is_compared() -> None:
    first, second = rows("r_at_8", [0.0, 0.0, 0.0]), rows("r_at_8", [1.0, 1.0, 1.0])
    second[1] = replace(second[1], case=replace(second[1].case, question="Another?"))
    second[2] = replace(second[2], case=replace(second[2].case, note="Only a note."))

    found = compare(first, [*second, row("new", "r_at_8", 1.0)])

    assert (found.paired, found.only_first, found.only_second) == (2, 1, 2)
    assert only(found).n == 2


def test_categories_have_their_own_verdicts() -> None:
    first = rows("r_at_8", [1.0] * 10, "a") + rows("r_at_8", [1.0] * 10, "b")
    second = rows("r_at_8", [0.0] * 10, "a") + rows("r_at_8", [1.0] * 10, "b")

    found = compare(first, second)

    assert {name: each[0].verdict for name, each in found.categories.items()} == {
        "a": Verdict.WORSE,
        "b": Verdict.CANNOT_TELL,
    }
    assert only(found).verdict is Verdict.WORSE


def test_a_measure_that_only_one_run_has_is_left_out() -> None:
    assert compare(rows("r_at_8", [1.0]), rows("r_at_1", [1.0])).overall == ()


def exactly(differences: Sequence[float]) -> float:
    """Return the probability over all signs."""
    observed = abs(sum(differences))
    signs = itertools.product((-1, 1), repeat=len(differences))
    sums = [abs(sum(a * b for a, b in zip(each, differences, strict=True))) for each in signs]
    return sum(each >= observed - 1e-9 for each in sums) / len(sums)


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=8))
def test_the_probability_is_near_that_of_all_signs(differences: list[float]) -> None:
    found = probability(differences)

    assert 0 < found <= 1
    assert found == pytest.approx(exactly(differences), abs=0.03)
    assert found == probability(differences) == probability([-each for each in differences])


def test_the_interval_is_that_of_two_thousand_resamples_drawn_one_by_one() -> None:
    values = np.random.default_rng(1).random(301)
    generator = np.random.default_rng(20260101)
    means = [generator.choice(values, len(values)).mean() for _ in range(2_000)]

    assert interval(list(values)) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))
    assert interval([0.25] * 9) == (0.25, 0.25)
    assert interval([]) == (0.0, 0.0)


async def run_of(folder: Path, asker: MadeAsker | None = None, suite: Suite | None = None) -> Run:
    return await run_suite(work_in(folder, suite), MadeSession(asker or MadeAsker()))


def read(folder: Path, run: Run) -> list[Row]:
    return list(work_in(folder).kept.rows(run.id))


async def test_a_baseline_keeps_scores_and_not_a_word(tmp_path: Path) -> None:
    run = await run_of(tmp_path)
    baselines = Baselines(tmp_path / "baselines")

    path = baselines.store(run, read(tmp_path, run))

    assert "What is number" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    found = baselines.of("made", "served")
    assert found == Baseline(run.stamp, tuple(map(scored_of, read(tmp_path, run))))
    assert baselines.of("made", "other") is None


async def test_a_run_that_was_cut_short_is_no_baseline(tmp_path: Path) -> None:
    run = await run_of(tmp_path)

    with pytest.raises(BadRequest, match="all its 20 cases, got one of 3"):
        write_baseline(tmp_path / "b.jsonl", replace(run, asked=3), [])


@pytest.mark.parametrize("content", ["", "{}", "not json\n", '{"suite": 1}\n{}\n'])
def test_a_file_that_is_no_baseline_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text(content)

    with pytest.raises(BadSuite, match=r"b\.jsonl"):
        read_baseline(path)


async def test_the_gate_is_open_on_the_same_and_closed_on_worse(tmp_path: Path) -> None:
    suite = made_suite(60)
    good = await run_of(tmp_path, suite=suite)
    before = Baseline(good.stamp, tuple(map(scored_of, read(tmp_path, good))))
    again = await run_of(tmp_path, suite=suite)
    broken = frozenset(case.id for case in suite.cases[:30])
    bad = await run_of(tmp_path, MadeAsker(broken), suite)

    assert gate_of(suite, again, read(tmp_path, again), before) == ()
    told = gate_of(suite, bad, read(tmp_path, bad), before)
    assert any(each.startswith("r_at_8 ") and "worse by" in each for each in told)
    assert gate_of(suite, bad, read(tmp_path, bad), None) == ()


async def test_a_slower_run_is_no_regression(tmp_path: Path) -> None:
    run = await run_of(tmp_path)
    fast = read(tmp_path, run)
    slow = [
        replace(each, scores=each.scores | {"first_seconds": 9.0, "last_seconds": 9.0})
        for each in fast
    ]
    before = Baseline(run.stamp, tuple(map(scored_of, fast)))

    assert gate_of(made_suite(), run, slow, before) == ()


async def test_thresholds_close_the_gate_by_themselves(tmp_path: Path) -> None:
    run = await run_of(tmp_path)
    mean = next(each.mean for each in run.figures if each.name == "r_at_8")
    bounds = {
        "r_at_8": Threshold(at_least=mean),
        "citation_exactness": Threshold(at_least=1.0, at_most=1.0),
    }
    suite = replace(made_suite(), thresholds=bounds)
    missed = {"r_at_8": Threshold(mean + 0.01), "access_leak": Threshold(at_most=0.0)}
    other = replace(suite, thresholds=missed)

    assert gate_of(suite, run, read(tmp_path, run), None) == ()
    first, second = gate_of(other, run, read(tmp_path, run), None)
    assert first.startswith("r_at_8")
    assert "at least" in first
    assert second == "access_leak: no case was measured, though the suite sets a threshold"
    assert gate_of(suite, run, [], None) == ()


async def test_cases_that_failed_close_the_gate(tmp_path: Path) -> None:
    run = await run_of(tmp_path)
    found = read(tmp_path, run)
    found[4] = replace(found[4], outcome=replace(found[4].outcome, error="It broke."))

    [told] = gate_of(made_suite(), run, found, None)

    assert told == "1 cases could not be asked or judged: case-0004"


async def test_a_sweep_is_drawn_with_every_figure_in_words(tmp_path: Path) -> None:
    suite = replace(made_suite(40), title="Made <up>")
    first = await run_of(tmp_path, suite=suite)
    broken = frozenset(case.id for case in suite.cases[:20])
    second = await run_of(tmp_path, MadeAsker(broken), suite)
    second = replace(second, stamp=replace(second.stamp, configuration="broken"))

    sweep = Sweep.of([first, second], lambda run: read(tmp_path, run))
    drawn = plot_of(sweep)

    assert sweep.verdict(second, "r_at_8") is Verdict.WORSE
    assert sweep.verdict(first, "r_at_8") is Verdict.CANNOT_TELL
    assert "Made &lt;up&gt;" in drawn
    assert drawn.count("<circle") == 2 + sum(
        each.name in {m.name for m in MEASURES if m.unit == "share"}
        for run in (first, second)
        for each in run.figures
    )
    assert "broken" in drawn
