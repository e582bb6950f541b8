"""What is taken out of the product on purpose closes the gate; one layer of two does not.

A small tier: `python -m tests.evals.planted` plants the same in the suites of the box.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.settings import Settings
from evals.running.plan import Plan
from evals.suites.case import Suite
from evals.suites.reading import read_suite
from tests.evals.planted import PLANTS, Plant, planted
from tests.evals.small import LEASE, LICENCE, write_suite
from tests.retrieval.hashed_embedder import HashedEmbedder

TIMES = 8


@pytest.fixture(autouse=True)
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_embedder(_: Settings) -> HashedEmbedder:
        return HashedEmbedder(512)

    monkeypatch.setattr("deploy.opening.open_embedder", open_embedder)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Return the small suite, each case asked so often that chance cannot be blamed."""
    suite = read_suite(write_suite(tmp_path))
    lease = tmp_path / "papers" / "lease.txt"
    lease.write_text(LEASE.replace("six months", "6 months"))
    (tmp_path / "papers" / "licence.txt").write_text(LICENCE.replace("two hours", "2 hours"))
    cases = tuple(
        replace(case, id=f"{case.id}-{at}", expected=replace(case.expected, gold=()))
        for case in suite.cases
        if not case.earlier
        for at in range(TIMES)
    )
    return replace(suite, cases=cases)


def over(name: str) -> Plant:
    return replace(next(each for each in PLANTS if each.name == name), suites=("small",))


@pytest.mark.parametrize(
    "name", ["access re-check off", "index behind", "access re-check off, index behind"]
)
async def test_both_layers_of_the_access_rule_must_fall(
    suite: Suite, tmp_path: Path, name: str
) -> None:
    plant = over(name)

    found = await planted([plant], {"small": suite}, Plan(at_once=2), tmp_path / "runs")

    assert found["nothing"] == {"small": ()}
    told = found[name]["small"]
    assert bool(told) is plant.closes
    if told:
        assert told[0].startswith("access_leak 1 of 8 cases: at most 0 is allowed")


async def test_a_verifier_that_lets_all_through_is_found(suite: Suite, tmp_path: Path) -> None:
    plant = over("verifier off")

    found = await planted([plant], {"small": suite}, Plan(at_once=2), tmp_path / "runs")

    assert found["nothing, with a model"] == {"small": ()}
    assert any(each.startswith("support ") for each in found["verifier off"]["small"])
