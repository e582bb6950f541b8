"""A judge over real HTTP: bound to two words, pinned, and believed as far as it was measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sglang import SGLang
from deploy.models.register import Registered
from deploy.settings import Settings
from evals.errors import BadSuite
from evals.judging.agreement import agreement_of, measured, read_labelled
from evals.judging.believed import Believed
from evals.judging.judge import Judge, Pinned
from evals.judging.measuring import measure_judge
from evals.presets.configuration import Configuration
from retrieval.errors import BadRequest, Unavailable
from tests.models import Puppet, Received, Says, StandIn, running


class Judging(StandIn):
    """Judges as people did, but for every `wrong`th sentence."""

    def __init__(self, wrong: int = 0) -> None:
        super().__init__()
        self.wrong = wrong
        self.people = {each.sentence: each.supported for each in read_labelled()}

    def reply(self, received: Received) -> Says:
        """Return one of the two verdicts."""
        sentence = received.text.rsplit("Sentence:\n", 1)[1]
        at = list(self.people).index(sentence)
        is_wrong = bool(self.wrong) and at % self.wrong == 0
        return Says(("supported" if self.people[sentence] is not is_wrong else "not supported",))


@pytest.fixture
def judging() -> Iterator[Judging]:
    with running(Judging()) as standin:
        yield standin


async def test_a_judge_that_says_what_people_say_agrees_wholly(judging: Judging) -> None:
    model = SGLang(judging.url, "judge")

    found = await measured(Judge(model), read_labelled())

    await model.close()
    assert (found.n, found.alike, found.kappa) == (24, 1.0, 1.0)
    assert (found.passed, found.failed) == (0.0, 0.0)
    body = judging.received[0].body
    assert body["temperature"] == 0
    assert body["ebnf"] == 'root ::= "supported" | "not supported"\n'
    assert body["max_tokens"] == 8


async def test_a_judge_that_is_wrong_now_and_then_is_believed_less() -> None:
    with running(Judging(wrong=3)) as standin:
        model = SGLang(standin.url, "judge")
        found = await measured(Judge(model), read_labelled())
        await model.close()

    assert found.alike == pytest.approx(16 / 24)
    assert found.kappa == pytest.approx(1 / 3)
    assert found.low < found.kappa < found.high < 1


async def test_what_is_no_verdict_is_no_score() -> None:
    with running(Puppet()) as puppet:
        puppet.says("Well, it depends.", "supported, I think", "")
        model = SGLang(puppet.url, "judge")
        with pytest.raises(Unavailable, match=r"judge"):
            await Judge(model).accepts("A.", ["A."])
        await model.close()


@pytest.mark.parametrize(
    ("people", "judge", "kappa"),
    [
        ([True, False], [True, False], 1.0),
        ([True, False], [False, True], -1.0),
        ([True, True, False, False], [True, False, True, False], 0.0),
        ([True] * 4, [True] * 4, 0.0),
        # Observed 0.7; expected 0.5 * 0.6 + 0.5 * 0.4 = 0.5, so 0.2 / 0.5.
        ([True] * 5 + [False] * 5, [True] * 4 + [False] + [True] * 2 + [False] * 3, 0.4),
    ],
)
def test_kappa_is_as_worked_out_by_hand(
    people: list[bool], judge: list[bool], kappa: float
) -> None:
    assert agreement_of(people, judge).kappa == pytest.approx(kappa)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_kappa_keeps_to_its_bounds_and_takes_no_side(pairs: list[tuple[bool, bool]]) -> None:
    people, judge = [one for one, _ in pairs], [other for _, other in pairs]
    found = agreement_of(people, judge)

    assert -1 <= found.low <= found.high <= 1
    assert found.kappa == pytest.approx(agreement_of(judge, people).kappa)
    assert found.kappa == pytest.approx(agreement_of(people[::-1], judge[::-1]).kappa)


def registered_as(revision: str) -> Registered:
    return Registered("judge", revision, "", "", "", "", "", "0" * 64, 0, (), ())


async def test_a_judge_is_pinned_and_measured_before_it_is_believed(
    judging: Judging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(pincite_home=tmp_path)
    pinned = Pinned(judging.url, "judge", "r1")
    configuration = Configuration("judged", judge=pinned)
    believed = Believed(tmp_path / "evaluations" / "judges")
    with pytest.raises(BadSuite, match="pincite eval judge"):
        believed.of(pinned)
    with pytest.raises(BadRequest, match="judge"):
        await measure_judge(configuration, settings)
    monkeypatch.setattr("evals.judging.judge.registered", lambda *_: registered_as("r2"))
    with pytest.raises(BadSuite, match="'r1'"):
        await measure_judge(configuration, settings)
    monkeypatch.setattr("evals.judging.judge.registered", lambda *_: registered_as("r1"))

    found = await measure_judge(configuration, settings)

    assert believed.of(pinned) == found
    with pytest.raises(BadSuite):
        believed.of(Pinned(judging.url, "judge", "r2"))
    with pytest.raises(BadSuite, match="has none"):
        await measure_judge(Configuration("plain"), settings)


@pytest.mark.parametrize("content", ["", "- {words: [], sentence: a, supported: true}", "{", "3"])
def test_labels_that_are_none_are_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labelled.yaml"
    path.write_text(content)

    with pytest.raises(BadSuite, match="labelled"):
        read_labelled(path)
