"""Sweeps: what is embedded once, what a choice leaves out, and what is called a re-creation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.choices import Choices
from deploy.opening import open_ranker
from deploy.settings import Settings
from evals import scratch
from evals.comparing.sweep import Sweep
from evals.errors import BadSuite
from evals.measures.every import MEASURES
from evals.outcome import Outcome
from evals.presets.configuration import SERVED, Configuration, configuration_of
from evals.presets.recreated import RecreatedAsker
from evals.reports.plot import plot_of
from evals.running.asking import failed
from evals.running.embedders import Embedders, Remembering
from evals.running.plan import Plan
from evals.running.scoring import RETRIEVAL, scores_of
from evals.running.session import groups, opened
from evals.running.several import Evaluations, Order
from evals.suites.case import Case, Expected, Suite
from evals.suites.reading import read_suite
from pincite import join
from retrieval.embedder import Vectors
from retrieval.errors import Unavailable
from retrieval.mention import find_mention
from tests.evals.small import write_suite
from tests.retrieval.hashed_embedder import HashedEmbedder
from tests.retrieval.made_candidates import WORDS, candidates_of, vector_of


class Counting(HashedEmbedder):
    """Counts how often each text was embedded."""

    def __init__(self) -> None:
        super().__init__(512)
        self.seen = Counter[str]()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen.update(texts)
        return await super().embed(texts)


@pytest.fixture
def opened_embedders(monkeypatch: pytest.MonkeyPatch) -> list[Counting]:
    made: list[Counting] = []

    async def open_embedder(_: Settings) -> Counting:
        made.append(Counting())
        return made[-1]

    monkeypatch.setattr("deploy.opening.open_embedder", open_embedder)
    return made


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return read_suite(write_suite(tmp_path))


async def swept(suite: Suite, home: Path, names: Sequence[str]) -> Sweep:
    evaluations = Evaluations(Settings(pincite_home=home), join, Embedders(remembers=True))
    orders = [Order(configuration_of(name), Plan()) for name in names]
    return await evaluations.sweep([suite], orders)


async def test_a_sweep_opens_one_embedder_and_embeds_no_passage_twice(
    suite: Suite, tmp_path: Path, opened_embedders: list[Counting]
) -> None:
    names = ["served", "ranks-fused-60", "no-ranker", "no-titles", "open-webui"]

    found = await swept(suite, tmp_path / "home", names)

    [embedder] = opened_embedders
    assert len(found.runs) == len(names)
    assert set(embedder.seen.values()) == {1}
    assert any(text.startswith("Lease of the Alder") for text in embedder.seen)


async def test_a_recreation_is_called_one_in_the_stamp_and_in_the_plot(
    suite: Suite, tmp_path: Path, opened_embedders: list[Counting]
) -> None:
    found = await swept(suite, tmp_path / "home", ["served", "ragflow"])

    assert [run.stamp.configuration for run in found.runs] == ["served", "ragflow (re-creation)"]
    assert "ragflow (re-creation)" in plot_of(found)


async def test_what_a_machine_at_its_limits_did_not_take_in_is_tried_again(
    suite: Suite,
    tmp_path: Path,
    opened_embedders: list[Counting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, left = scratch.follow, [1]

    async def follow(events: Any) -> Any:
        done = await real(events)
        left[0] -= 1
        return done | {"stopped": ["papers"]} if left[0] >= 0 else done

    monkeypatch.setattr(scratch, "follow", follow)
    monkeypatch.setattr(scratch, "_PAUSE_SECONDS", 0.0)

    assert (await swept(suite, tmp_path / "home", ["served"])).runs[0].asked == 4
    left[0] = 9
    with pytest.raises(Unavailable, match="Try again"):
        await swept(suite, tmp_path / "home", ["served"])


async def test_only_one_suite_is_swept(suite: Suite, tmp_path: Path) -> None:
    evaluations = Evaluations(Settings(pincite_home=tmp_path), join)

    with pytest.raises(BadSuite, match="got 2"):
        await evaluations.sweep([suite, suite], [Order(SERVED, Plan())])


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), max_size=6), st.integers(0, 6))
async def test_what_is_remembered_is_what_would_be_embedded(
    batches: list[list[str]], most: int
) -> None:
    counting = Counting()
    remembering = Remembering(counting, most)

    for batch in batches:
        rows = await remembering.embed(batch)
        assert rows.dtype == np.float32
        assert rows.shape == (len(batch), 512)
        assert (rows == await HashedEmbedder(512).embed(batch)).all() if batch else True

    first = list(dict.fromkeys(text for batch in batches for text in batch))[:most]
    assert all(counting.seen[text] == 1 for text in first)


async def test_without_titles_a_passage_is_embedded_and_indexed_without(
    tmp_path: Path, opened_embedders: list[Counting]
) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "alder-lease.md").write_text(
        "---\ntitle: Quincewort\n---\n\n# Rent\n\nRent is due on the first day.\n"
    )
    suite = replace(read_suite(write_suite(tmp_path / "s")), corpus=(str(tmp_path / "papers"),))

    async def known(choices: Choices) -> tuple[bool, int]:
        [group] = groups([replace(suite, people={})], Configuration("made", choices=choices))
        async with opened(group, Settings(), join) as session:
            texts = opened_embedders[-1].seen
            points = await session.parts.journal.points(0, 10)
            return any("Quincewort" in text for text in texts), sum(
                "Quincewort" in point.context for point in points
            )

    assert await known(Choices()) == (True, 1)
    assert await known(Choices(titles=False)) == (False, 0)


PAIRS = [
    ("Lease, Alder", "Lease between Alder Homes and the tenant."),
    ("Lease, Alder", "The tenant must give notice of six months."),
    ("Travel Policy", "Trains are preferred to planes."),
]


async def test_a_ranker_that_is_left_out_leaves_the_order_of_the_index() -> None:
    candidates = await candidates_of(PAIRS)
    mention = find_mention("In the Lease, Alder: how much notice?", candidates.titles, WORDS.terms)
    rest = await vector_of(mention.rest)

    none = open_ranker(WORDS.terms, Choices(ranker="none"))
    line = open_ranker(WORDS.terms, Choices(ranker="line"))
    whole = open_ranker(WORDS.terms)

    order, _ = none.order(rest, mention, candidates)
    assert list(order) == list(np.argsort(-candidates.fused, kind="stable"))
    assert not len(line.related.weight)
    assert (line.weight == whole.weight).all()
    assert len(whole.related.weight)


def test_a_case_that_was_never_asked_has_failed_and_earns_nothing() -> None:
    answerable = Case("a", "?", expected=Expected(answerable=True, lies=("x",), unseen=("y",)))
    unanswerable = replace(answerable, expected=Expected(answerable=False))

    told = scores_of(answerable, failed(answerable, ValueError()), MEASURES)
    other = scores_of(unanswerable, failed(unanswerable, ValueError()), MEASURES)

    assert (told["failed"], told["falsely_refused"]) == (1.0, 1.0)
    assert (other["failed"], other["refused"]) == (1.0, 0.0)
    assert not told.keys() & {"lies_told", "access_leak", "first_seconds", "last_seconds"}


async def test_what_goes_wrong_in_a_recreation_is_an_error_of_retrieval() -> None:
    case = Case("a", "?", expected=Expected(answerable=True))
    asker = RecreatedAsker(None, None, None, {})  # type: ignore[arg-type]

    found: Outcome = await asker.ask(case)

    assert found.error
    assert found.mode == RETRIEVAL
    assert scores_of(case, found, MEASURES) == {"failed": 1.0}
