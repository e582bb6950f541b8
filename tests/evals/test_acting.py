"""What a run may have done by tools: nothing that changes anything, nothing as somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.operations.indexing import add
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.terminal import follow
from evals.errors import BadSuite
from evals.measures.every import MEASURES
from evals.outcome import Called
from evals.presets.configuration import SERVED
from evals.running.acting import require_reading
from evals.running.asking import asking
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Row
from evals.running.run import Work
from evals.running.session import groups, opened
from evals.starting.at_hand import run_at_hand
from evals.suites.case import Case, Expected, Suite, ToolCall
from evals.suites.reading import read_suite
from evals.suites.writing import digest_of, written
from evals.web.seeing import Openness, Viewer
from pincite import join
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR
from tests.evals.obeying import Obeying
from tests.evals.small import SUITE, write_suite
from tests.evals.suites import NOTHING
from tests.models import running
from tests.retrieval.hashed_embedder import HashedEmbedder
from tools.confirmation import Standing

READING = """\
systems:
  Desk: {shape: jira, url: 'https://desk.example.com', projects: {OPS: Task}}
tools:
  today:
    allow: [{for: [everyone], by: [evaluation]}]
    seen by: asker
    confirm: always
  desk.look_up:
    allow: [{for: [everyone], by: [evaluation, web]}]
    seen by: asker
  desk.create_ticket:
    allow: [{for: [everyone], by: [web]}]
    seen by: asker
"""
PATIENT = {
    "model_name": "stand-in",
    "model_first_word_seconds": 60.0,
    "model_first_sentence_seconds": 600.0,
    "model_seconds": 600.0,
    "tools_seconds": 600.0,
}
CHANGING = READING.replace("by: [web]}", "by: [web, evaluation]}")
TODAY = Case("today", "Which day is it today?", expected=Expected(calls=(ToolCall("today"),)))
TICKET = Case(
    "ticket",
    'Create a ticket in OPS with the title "It is dark" and the text "The lamp is out."',
    expected=Expected(calls=(ToolCall("desk.create_ticket", {"title": "It is dark"}),)),
)


@pytest.fixture(autouse=True)
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_embedder(_: Settings) -> HashedEmbedder:
        return HashedEmbedder(512)

    monkeypatch.setattr("deploy.opening.open_embedder", open_embedder)


def suite_of(*cases: Case) -> Suite:
    return Suite("own", "Own", cases, "digest")


def settings_in(folder: Path, policy: str, url: str = "") -> Settings:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / "tools.yaml").write_text(policy)
    return Settings(pincite_home=home, pincite_user="ann", model_url=url, **PATIENT)  # type: ignore[arg-type]


@asynccontextmanager
async def at_hand(folder: Path, policy: str, url: str = "") -> AsyncIterator[Parts]:
    """Lend a library at hand with tools, in which bob has an account."""
    write_suite(folder)
    async with join(settings_in(folder, policy, url)) as parts:
        await follow(add(parts, paths=[str(folder / "papers")], readers=["everyone"]))
        await parts.directory.add("bob")
        yield parts


async def test_a_policy_that_opens_to_evaluations_what_changes_is_refused(tmp_path: Path) -> None:
    async with at_hand(tmp_path, CHANGING) as parts:
        with pytest.raises(BadSuite, match=r"only what reads, got desk\.create_ticket"):
            require_reading(parts.workbench)
        work = Work(suite_of(TODAY), Plan(), MEASURES, KeptRuns(tmp_path / "kept"))
        with pytest.raises(BadSuite, match="only what reads"):
            await run_at_hand(parts, work, lambda *_: None, person="bob")
    [group] = groups([suite_of(TODAY)], SERVED)
    with pytest.raises(BadSuite, match="only what reads"):
        async with opened(group, settings_in(tmp_path, CHANGING), join):
            raise AssertionError("Expected no session, got one.")


async def test_without_that_check_nothing_is_called_all_the_same(tmp_path: Path) -> None:
    with running(Obeying(honest=True)) as model:
        async with (
            at_hand(tmp_path, CHANGING, model.url) as parts,
            asking(parts, [suite_of(TICKET)]) as asker,
        ):
            outcome = await asker.ask(TICKET)
        assert (outcome.calls, outcome.possible, outcome.error) == ((), False, "")
        assert not any(each.body.get("tools") for each in model.received)


async def test_whoever_runs_it_may_have_what_reads_called_and_nobody_else(tmp_path: Path) -> None:
    with running(Obeying(honest=True)) as model:
        async with at_hand(tmp_path, READING, model.url) as parts:
            async with asking(parts, [suite_of(TODAY)]) as asker:
                own = await asker.ask(replace(TODAY, person=""))
                other = await asker.ask(replace(TODAY, person="bob"))
            async with asking(parts, [suite_of(TODAY)], runner="bob") as asker:
                as_bob = await asker.ask(replace(TODAY, person="bob"))
    assert own.possible
    assert as_bob.possible
    assert [(each.tool, each.standing) for each in own.calls] == [("today", "waiting")]
    assert [(each.tool, each.is_made) for each in as_bob.calls] == [("today", False)]
    assert (other.calls, other.possible) == ((), False)


async def test_what_waits_is_declined_when_its_case_is_over(tmp_path: Path) -> None:
    with running(Obeying(honest=True)) as model:
        async with at_hand(tmp_path, READING, model.url) as parts:
            async with asking(parts, [suite_of(TODAY)]) as asker:
                await asker.ask(TODAY)
            [kept] = await parts.calls.made(person="ann")
            assert kept.standing is Standing.DECLINED
            assert kept.asked.channel == "evaluation"
            entries = await parts.record.latest(Choice(), OPERATOR, limit=50)
            did = [each["about"]["did"] for each in entries if each["act"] in ("tool", "confirm")]
            assert sorted(did) == ["decline", "wait"]


async def test_each_case_has_a_session_that_nobody_else_has(tmp_path: Path) -> None:
    with running(Obeying(honest=True)) as model:
        async with at_hand(tmp_path, READING, model.url) as parts:
            async with asking(parts, [suite_of(TODAY)]) as asker:
                for case_id in ("one", "two"):
                    await asker.ask(replace(TODAY, id=case_id))
            sessions = {each.asked.session for each in await parts.calls.made(person="ann")}
    assert len(sessions) == 2
    assert all(len(each) > 32 for each in sessions)


async def test_a_suite_that_brings_documents_and_no_tools_has_none(tmp_path: Path) -> None:
    """Not even those that the settings of the installation name."""
    suite = read_suite(write_suite(tmp_path))
    (tmp_path / "policy.yaml").write_text(READING)
    [group] = groups([suite], SERVED)
    settings = Settings(tools_policy=tmp_path / "policy.yaml")
    async with opened(group, settings, join) as session:
        assert session.parts.workbench is None
        assert (await session.stamp(suite, 0)).tools == ""
        outcome = await session.asker.ask(suite.cases[0])
    assert (outcome.calls, outcome.possible) == ((), False)


@pytest.fixture
def with_tools(tmp_path: Path) -> Suite:
    """Return a suite with tools, a far system of which is stood in for."""
    (tmp_path / "policy.yml").write_text(CHANGING.replace("    confirm: always\n", ""))
    (tmp_path / "said.yml").write_text(
        "answers:\n  - {tool: desk.look_up, arguments: {key: OPS-7}, title: 'OPS-7: The lamp'}\n"
    )
    named = "corpus: [papers]\ntools: policy.yml\nanswers: said.yml\n"
    text = SUITE.replace("corpus: [papers]\n", named)
    return read_suite(write_suite(tmp_path, text))


async def test_a_suite_brings_tools_of_its_own(with_tools: Suite, tmp_path: Path) -> None:
    look = ToolCall("desk.look_up", {"key": "OPS-7"})
    asks = Case("look", "What is the state of OPS-7?", "ann", expected=Expected(calls=(look,)))
    made = replace(TICKET, person="ann")
    [group] = groups([with_tools], SERVED)
    with running(Obeying(honest=True)) as model:
        settings = Settings(model_url=model.url, **PATIENT)  # type: ignore[arg-type]
        async with opened(group, settings, join) as session:
            assert session.parts.workbench is not None
            assert (await session.stamp(with_tools, 0)).tools
            found = await session.asker.ask(asks)
            waiting = await session.asker.ask(made)
    [call] = found.calls
    assert (call.tool, call.arguments, call.standing) == (
        "desk.look_up",
        '{"key":"OPS-7"}',
        "done",
    )
    assert call.is_made
    assert not call.changes
    [call] = waiting.calls
    assert (call.standing, call.is_made, call.changes) == ("waiting", False, True)
    assert (waiting.said, waiting.error) == ((), "") or waiting.said


def test_tools_are_written_as_they_were_read(with_tools: Suite, tmp_path: Path) -> None:
    path = tmp_path / "again.yaml"
    path.write_text(written(with_tools, tmp_path))
    assert "tools: policy.yml" in path.read_text()
    assert read_suite(path) == with_tools
    elsewhere = replace(with_tools, tools=str(Path("/elsewhere/policy.yml")))
    assert digest_of(elsewhere) == with_tools.digest
    assert digest_of(replace(with_tools, tools="")) != with_tools.digest


def test_a_case_in_which_tools_were_called_here_is_shown_to_nobody() -> None:
    call = Called("today", "{}", "done", is_made=True, changes=False)
    quiet, called = (Row(TODAY, each, {}) for each in (NOTHING, replace(NOTHING, calls=(call,))))
    here, boxed = Viewer(Openness.READERS), Viewer(Openness.EVERY_EVALUATOR)
    assert (here.may_see(quiet), here.may_see(called)) == (True, False)
    assert boxed.may_see(called)


def test_suites_with_other_tools_do_not_share_a_library(with_tools: Suite) -> None:
    other = replace(with_tools, name="other", tools="")
    assert len(groups([with_tools, other], SERVED)) == 2
    assert len(groups([with_tools, replace(with_tools, name="other")], SERVED)) == 1
