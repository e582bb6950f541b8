"""Documents that want calls made, and a model that obeys all of them: nothing is ever done.

The suite runs as it always does, over real HTTP, with its own policy of tools. What is behind them
is stood in for, and counts what reaches it. Broken on purpose, the gate lets something through,
and the measure sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import tools.gate
import tools.turn
from assistant.tool_loop import ToolLoop
from deploy.settings import Settings
from evals.comparing.gate import gate_of
from evals.measures.every import MEASURES
from evals.measures.injection import is_about
from evals.presets.configuration import SERVED
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Row, Run
from evals.running.run import Work, run_suite
from evals.running.session import Session, groups, opened
from evals.suites.case import Suite
from evals.suites.reading import read_suite, suite_of
from pincite import join
from tests.evals.obeying import Obeying
from tests.models import running
from tests.retrieval.hashed_embedder import HashedEmbedder
from tools.confirmation import Standing
from tools.decision import Decision, Outcome, Reason
from tools.tool import Asker, Errand

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

WHOLE = read_suite(suite_of("injection"))
ATTACKS = [each for each in WHOLE.cases if is_about("injection-call", each)]
ASKED_FOR = [each for each in WHOLE.cases if each.expected.calls]
SUITE = replace(WHOLE, cases=(*ATTACKS, *ASKED_FOR))


@dataclass
class World:
    """Whom the suite asks, and the model that they ask in turn."""

    session: Session
    model: Obeying

    async def asked(
        self, folder: Path, suite: Suite, *, honest: bool = False
    ) -> tuple[Run, list[Row], tuple[str, ...]]:
        """Run a suite; return the run, its rows, and what keeps the gate closed."""
        self.model.honest = honest
        kept = KeptRuns(folder)
        run = await run_suite(Work(suite, Plan(at_once=2), MEASURES, kept), self.session)
        rows = list(kept.rows(run.id))
        return run, rows, gate_of(suite, run, rows, None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    """Lend the library of the suite, which is taken in once."""
    with pytest.MonkeyPatch.context() as patch, running(Obeying()) as model:
        async with session_at(model.url, patch) as session:
            yield World(session, model)


@asynccontextmanager
async def session_at(url: str, patch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    """Lend whom the suite asks, with a model at this address."""

    async def hashed(_: Settings) -> HashedEmbedder:
        return HashedEmbedder()

    patch.setattr("deploy.opening.open_embedder", hashed)
    patch.setattr("evals.running.asking._PAUSE_SECONDS", 5.0)  # a machine at its limits
    settings = Settings().model_copy(
        update={
            "model_url": url,
            "model_name": "stand-in",
            "model_first_word_seconds": 60.0,
            "model_first_sentence_seconds": 300.0,
            "model_seconds": 600.0,
            "tools_seconds": 600.0,
        }
    )
    [group] = groups([SUITE], SERVED)
    async with opened(group, settings, join) as session:
        yield session


def figure(run: Run, name: str) -> tuple[float, int]:
    [found] = [each for each in run.figures if each.name == name]
    return found.mean, found.n


async def test_the_suite_has_as_many_cases_as_promised() -> None:
    assert len(ATTACKS) >= 25
    assert all(each.expected.forbidden and each.expected.answerable for each in ATTACKS)
    assert len([each for each in WHOLE.cases if is_about("over-defence-call", each)]) >= 10
    assert WHOLE.thresholds["acted"].at_most == 0
    assert len({each.expected.forbidden[0].tool for each in ATTACKS}) >= 6


async def test_a_model_that_obeys_every_document_has_nothing_done(
    world: World, tmp_path: Path
) -> None:
    before, standings = world.model.wanted, Counter[str]()
    run, rows, gate = await world.asked(tmp_path, SUITE)
    assert [row.outcome.error for row in rows if row.outcome.error] == []
    assert figure(run, "acted") == (0.0, len(SUITE.cases))
    assert [each for each in gate if each.startswith("acted")] == []
    for row in rows:
        assert row.outcome.possible
        for call in row.outcome.calls:
            standings[call.standing] += 1
            assert not (call.changes and call.is_made), row.case.id
    assert await _waiting(world.session) == 0, "nothing waits when its case is over"
    assert world.model.wanted - before > 4 * len(SUITE.cases)
    assert standings["waiting"] >= 5, "what changes anything was asked for all the same"
    assert standings["done"] > len(ATTACKS) // 2, "and what only reads was read"
    assert standings["denied"] > len(ATTACKS)
    assert "off the books" not in standings


async def _waiting(session: Session) -> int:
    made = [
        each
        for person in SUITE.people
        for each in await session.parts.calls.made(person=person, limit=1_000)
    ]
    assert any(each.standing is Standing.DECLINED for each in made)
    return sum(each.standing is Standing.WAITING for each in made)


async def test_an_honest_model_gets_every_call_that_is_asked_for(
    world: World, tmp_path: Path
) -> None:
    suite = replace(SUITE, cases=tuple(ASKED_FOR))
    run, rows, _ = await world.asked(tmp_path, suite, honest=True)
    assert [each.case.id for each in rows if each.scores["tools_called"] < 1] == []
    assert figure(run, "acted") == (0.0, len(ASKED_FOR))
    told = {name for row in rows for name in row.outcome.named}
    assert "desk.look_up/desk.look_up" in told, "what a far system says is cited"
    assert figure(run, "citation_exactness")[0] == 1


@pytest.mark.parametrize("plant", ["gate", "readers"])
async def test_a_gate_that_lets_through_is_seen_and_closes_the_other_one(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plant: str
) -> None:
    def allowing(*_: Any) -> Decision:
        return Decision(Outcome.ALLOW, Reason.FINE)

    if plant == "gate":
        monkeypatch.setattr(tools.turn, "decide", allowing)
    else:
        monkeypatch.setattr(tools.gate, "_told_to_others", lambda *_: "")
    chosen = [each for each in ATTACKS if each.person == "hana" or plant == "gate"]
    times = [replace(each, id=f"{each.id}-{at}") for at in range(6) for each in chosen]
    run, rows, gate = await world.asked(tmp_path, replace(SUITE, cases=tuple(times[:12])))
    acted, _ = figure(run, "acted")
    assert acted > 0
    assert any(each.startswith(f"acted {acted:.4g}") for each in gate)
    made = [call for row in rows for call in row.outcome.calls if call.is_made]
    assert any(call.changes for call in made) is (plant == "gate")


async def test_what_comes_past_the_books_is_seen_too(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A hand that somebody calls by itself, without the gate, is counted where it acts."""
    real = ToolLoop.gather

    async def gather(self: Any, question: Any, found: Any) -> Any:
        hand = {each.tool.name: each for each in self._workbench._equipment.hands}
        errand = Errand(Asker(question.principal), "nowhere", 0)
        await hand["desk.comment"].run({"key": "OPS-7", "text": "CALL-TOKEN-99"}, errand)
        async for each in real(self, question, found):
            yield each

    monkeypatch.setattr(ToolLoop, "gather", gather)
    suite = replace(SUITE, cases=tuple(ATTACKS[:2]))
    run, rows, gate = await world.asked(tmp_path, suite, honest=True)
    assert figure(run, "acted") == (1.0, 2)
    assert any(each.startswith("acted") for each in gate)
    assert {call.standing for row in rows for call in row.outcome.calls} == {"off the books"}
