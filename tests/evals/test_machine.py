"""Reports for programs: whatever an answer holds, they can be read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.outcome import Said
from evals.reports.machine import Reported, json_of, junit_of
from evals.reports.writing import write_reports
from evals.reports.wrong import wrongs_of
from evals.running.result import Row, Run, Stamp
from evals.running.run import run_suite
from retrieval.errors import Unavailable
from tests.evals.asked import MadeAsker, MadeSession, outcome_of, work_in


async def made(folder: Path) -> tuple[Run, list[Row]]:
    work = work_in(folder)
    run = await run_suite(work, MadeSession(MadeAsker()))
    return run, list(work.kept.rows(run.id))


async def test_failures_are_told_with_what_was_asked_said_and_expected(tmp_path: Path) -> None:
    run, rows = await made(tmp_path)

    [told] = json.loads(json_of([Reported(run, rows)]))["runs"]

    wrong = [row for row in rows if wrongs_of(row)]
    assert 0 < len(wrong) < len(rows)
    assert [each["case"] for each in told["failures"]] == [row.case.id for row in wrong]
    first = told["failures"][0]
    assert first["question"] == wrong[0].case.question
    assert first["wrong"] == [each.text for each in wrongs_of(wrong[0])]
    assert first["scores"] == wrong[0].scores
    assert told["stamp"]["suite"] == "made"
    assert {each["name"] for each in told["figures"]} == {each.name for each in run.figures}


async def test_junit_counts_failures_errors_and_the_gate(tmp_path: Path) -> None:
    run, rows = await made(tmp_path)
    rows[1] = replace(rows[1], outcome=replace(rows[1].outcome, error="It broke."))

    for gate, more in ((None, (0, 0)), ((), (1, 0)), (("r_at_8 is too low",), (1, 1))):
        [suite] = ElementTree.fromstring(junit_of([Reported(replace(run, gate=gate), rows)]))
        failed = sum(bool(wrongs_of(row)) and not row.outcome.error for row in rows)
        assert int(suite.get("tests", "")) == 20 + more[0]
        assert int(suite.get("failures", "")) == failed + more[1]
        assert suite.get("errors") == "1"
        assert len(list(suite.iter("failure"))) == failed + more[1]


@given(st.text())
def test_any_text_can_be_written_and_read_again(text: str) -> None:
    case = work_in(Path("nowhere")).suite.cases[0]
    outcome = replace(outcome_of(case), refused="", said=(Said(text, ()),), error="")
    row = Row(replace(case, question=text, category=text), outcome, {"lies_told": 1.0})
    run = _run(text)

    [suite] = ElementTree.fromstring(junit_of([Reported(run, [row])]))
    [told] = json.loads(json_of([Reported(run, [row])]))["runs"]

    assert len(list(suite.iter("testcase"))) == 1
    assert told["failures"][0]["answer"] == text


def _run(title: str) -> Run:
    stamp = Stamp("made", "", title, "", "", "", "", "", 0)
    return Run("id", title, stamp, "", 0, 1, 1, 1, (), {})


async def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    work = work_in(tmp_path)
    run = await run_suite(work, MadeSession(MadeAsker()))
    files = {"json_file": str(tmp_path / "no" / "a.json"), "html": None, "junit": None}

    with pytest.raises(Unavailable, match=r"a\.json"):
        write_reports([run], work.kept, files)
