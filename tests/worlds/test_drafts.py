"""Firms at random, with drafts: an evaluator sees one only if all of it is theirs to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.review.review import Review
from evals.drafts.drafting import Drafting, Who
from evals.drafts.own_suites import OwnSuites
from retrieval.drafts.drafts import Drafts
from retrieval.errors import NotFound
from retrieval.review.cases import Cases
from tests.worlds.channels import CANARY
from tests.worlds.firm import Firm
from tests.worlds.house import House, house
from tests.worlds.maker import PEOPLE, Maker
from tests.worlds.test_review import DESK, Keys, fill


async def check(
    built: House, firm: Firm, drafting: Drafting, evaluator: str, opened: dict[int, set[str]]
) -> None:
    """Compare what an evaluator sees of drafts with what the reference says they may read."""
    who = Who(await built.principal(firm, evaluator), DESK)
    readable, visible = set(firm.readable(evaluator)), firm.visible(evaluator)
    theirs = {number for number, canaries in opened.items() if canaries <= readable}
    listing = await drafting.listed(who)
    assert {each.number for each in listing.drafts} == theirs
    assert listing.hidden == len(opened) - len(theirs)
    assert set(CANARY.findall(repr(listing))) <= visible
    assert {each.id for each in await drafting.cases(who)} == {f"review-{each}" for each in theirs}
    for number in opened:
        if number in theirs:
            assert set(CANARY.findall(repr(await drafting.draft(number, who)))) <= visible
        else:
            with pytest.raises(NotFound):
                await drafting.draft(number, who)


@pytest.mark.parametrize("seed", range(10))
async def test_an_evaluator_sees_a_draft_only_if_all_of_it_is_theirs(
    seed: int, tmp_path: Path
) -> None:
    await _world(seed, tmp_path)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1_000, 1_500))
async def test_an_evaluator_sees_no_more_in_hundreds_of_firms(seed: int, tmp_path: Path) -> None:
    await _world(seed, tmp_path)


async def _world(seed: int, folder: Path) -> None:
    maker = Maker(seed)
    firm = maker.firm()
    async with house("edge") as built:
        keys = Keys()
        cases, drafts = Cases(built.database, keys), Drafts(built.database, keys)
        suites = OwnSuites(folder)
        review = Review.over(cases, drafts, built.library, built.record, suites)
        drafting = Drafting(review, built.library, built.directory, built.record, suites)
        await built.move_in(firm)
        opened = await fill(built, firm, cases, maker)
        for each in await cases.some(opened):
            assert await drafts.make(each, by=PEOPLE[0])
        for evaluator in PEOPLE:
            await check(built, firm, drafting, evaluator, opened)
