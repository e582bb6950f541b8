"""Firms at random, with a queue: a reviewer sees a case only if all of it is theirs to read."""

from __future__ import annotations

import pytest

from assistant.http.review_shapes import shown_case, shown_cases
from assistant.review.reviewing import Chosen, Reviewing
from retrieval.audit.record import Desk
from retrieval.audit.subject import Standing, Subject
from retrieval.documents import Passage
from retrieval.drafts.drafts import Drafts
from retrieval.review.case import CaseKind, Matter, Place, Said
from retrieval.review.cases import Cases
from tests.worlds.channels import CANARY
from tests.worlds.firm import Firm
from tests.worlds.house import House, house
from tests.worlds.maker import PEOPLE, Maker

DESK = Desk("test", "test")


class Keys:
    """The keys of everybody here, in memory; nobody is erased or held."""

    def __init__(self) -> None:
        self.known = {each: Subject.new(each) for each in PEOPLE}

    async def subject(self, person: str) -> Subject:
        return self.known[person]

    async def subjects(self) -> dict[str, Subject]:
        return {each.id: each for each in self.known.values()}

    async def standing(self) -> Standing:
        return Standing()


def place(passage: Passage) -> Place:
    version = passage.version
    return Place(
        version.id, version.document_id, version.number, passage.id, passage.start, passage.end
    )


async def fill(built: House, firm: Firm, cases: Cases, maker: Maker) -> dict[int, set[str]]:
    """Open a case of what each person finds, with all its words; return their canaries."""
    points = await built.journal.points(0, 10_000)
    opened: dict[int, set[str]] = {}
    for asker in PEOPLE:
        principal = await built.principal(firm, asker)
        ids = [each.id for each in points]
        passages = list((await built.library.passages(ids, principal=principal)).values())
        for kind in CaseKind:
            found = maker.random.sample(passages, min(len(passages), maker.random.randint(1, 3)))
            words = " ".join(f"{each.version.title} {each.text}" for each in found)
            cites = tuple(place(each) for each in found[:1])
            number = await cases.open(
                Matter(
                    kind=kind,
                    asker=asker,
                    question=f"{kind} {words}?",
                    answer_id="",
                    asked=1,
                    made_by="",
                    evidence=tuple(map(place, found)),
                    said=(Said(words, cites),),
                    note=words,
                )
            )
            assert number is not None
            opened[number] = set(CANARY.findall(words)) | {
                each.version.owner.removeprefix("owner of ") for each in found
            }
    return opened


async def check(
    built: House, firm: Firm, cases: Cases, reviewer: str, opened: dict[int, set[str]]
) -> None:
    """Compare what a reviewer sees of each case with what the reference says they may read."""
    principal = await built.principal(firm, reviewer)
    reviewing = Reviewing(cases, Drafts(built.database, built.record), built.library, built.record)
    listing = await reviewing.listed(Chosen(), principal=principal, desk=DESK)
    listed = {each.id: each for each in shown_cases(listing).cases}
    assert set(listed) == set(opened)
    readable, visible = set(firm.readable(reviewer)), firm.visible(reviewer)
    for number, canaries in opened.items():
        seen = await reviewing.case(number, principal=principal, desk=DESK)
        told = shown_case(seen).model_dump_json() + listed[number].model_dump_json()
        assert set(CANARY.findall(told)) <= visible
        assert listed[number].is_readable == (canaries <= readable)


@pytest.mark.parametrize("seed", range(25))
async def test_a_reviewer_sees_a_case_only_if_all_of_it_is_theirs(seed: int) -> None:
    await _world(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1_000, 2_000))
async def test_in_a_thousand_worlds_with_a_queue(seed: int) -> None:
    await _world(seed)


async def _world(seed: int) -> None:
    maker = Maker(seed)
    firm = maker.firm()
    async with house("edge") as built:
        cases = Cases(built.database, Keys())
        await built.move_in(firm)
        opened = await fill(built, firm, cases, maker)
        for reviewer in PEOPLE:
            await check(built, firm, cases, reviewer, opened)
