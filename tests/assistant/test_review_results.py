"""A case that rests on what a tool gave: open to who asked for it, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assistant.review.review import Review
from assistant.review.reviewing import Chosen
from assistant.tool_opened import WithResults
from assistant.tool_results import passages_of, version_of
from retrieval.access import Principal
from retrieval.audit.record import Desk
from retrieval.documents import Version
from retrieval.drafts.drafts import Drafts
from retrieval.errors import BadRequest, NotFound
from retrieval.review.case import CaseKind, CaseState, Matter, Place, Said
from retrieval.review.cases import Cases
from tests.shelves import Shelves
from tests.tools.benches import LOOK_UP, Bench
from tools.call import Call
from tools.confirmation import Done
from tools.kept_results import Results
from tools.tool import Result

TEXT = "The printer of floor two burnt down. Its owner is ann."
ANN, BOB = Principal.person("ann", ["staff"]), Principal.person("bob", ["legal"])
DESK = Desk("ann", "test")


class World:
    """Ann called a tool; a case of hers rests on what it gave, and on a document."""

    def __init__(self, bench: Bench, shelves: Shelves, review: Review) -> None:
        self.bench = bench
        self.shelves = shelves
        self.review = review

    async def open(self, *versions: Version, call: str = "") -> int:
        places = [Place(each.id, each.document_id, each.number, 1, 0, 11) for each in versions]
        result = self.result(call) if call else None
        if result is not None:
            [first, *_] = passages_of(result, TEXT)
            places.append(Place(result.id, result.document_id, 1, first.id, 4, 11))
        matter = Matter(
            CaseKind.WITHHELD,
            "ann",
            "What burnt down?",
            "a" * 32,
            7,
            "model",
            tuple(places),
            (Said("It burnt down.", tuple(places)),),
        )
        number = await self.review.cases.open(matter)
        assert number is not None
        return number

    def result(self, call: str) -> Version:
        return version_of(call, LOOK_UP.name, Result("RIM-7", TEXT), person="ann", at=1)

    async def called(self) -> str:
        came = await self.bench.turn().call(Call(LOOK_UP.name, {"ticket": "RIM-7"}))
        assert isinstance(came, Done)
        return came.id


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    bench = await Bench.open(shelves.database, tmp_path)
    bench.hand(LOOK_UP.name).result = Result("RIM-7", TEXT)
    opened = WithResults(shelves.library, Results(bench.calls))
    drafts = Drafts(shelves.database, bench.record)
    cases = Cases(shelves.database, bench.record)
    review = Review.over(cases, drafts, shelves.library, bench.record, results=opened)
    try:
        yield World(bench, shelves, review)
    finally:
        await bench.close()
        await shelves.database.close()


async def test_who_asked_for_it_sees_the_case_with_its_words(world: World) -> None:
    number = await world.open(call=await world.called())
    seen = await world.review.reviewing.case(number, principal=ANN, desk=DESK)
    assert seen.case is not None
    [said] = seen.case.matter.said
    assert (seen.words or {})[said.cites[0]] == TEXT[4:11] == "printer"
    [version] = (seen.versions or {}).values()
    assert version.readers == {"user:ann"}


async def test_somebody_else_learns_that_there_is_one(world: World) -> None:
    number = await world.open(call=await world.called())
    seen = await world.review.reviewing.case(number, principal=BOB, desk=Desk("bob", "test"))
    assert (seen.case, seen.versions, seen.words) == (None, None, None)
    listing = await world.review.reviewing.listed(Chosen(), principal=BOB, desk=Desk("bob", "test"))
    assert [each.case for each in listing.cases] == [None]
    with pytest.raises(NotFound):
        await world.review.reviewing.close(
            number, CaseState.DISMISSED, "", principal=BOB, desk=Desk("bob", "test")
        )
    with pytest.raises(NotFound):
        await world.review.reviewing.draft(number, principal=BOB, desk=Desk("bob", "test"))


async def test_a_result_that_is_gone_or_was_never_there_opens_to_nobody(world: World) -> None:
    for call in ("0" * 32, ""):
        number = await world.open(*([] if call else [world.result("1" * 32)]), call=call)
        seen = await world.review.reviewing.case(number, principal=ANN, desk=DESK)
        assert seen.case is None


async def test_a_document_of_the_same_case_has_to_be_readable_too(world: World) -> None:
    on_board = Principal.person("ann", ["staff", "board"])
    row = await world.shelves.put("board.txt", "The plan.", readers=frozenset({"group:board"}))
    closed = (await world.shelves.library.readable([row], principal=on_board))[row]
    number = await world.open(closed, call=await world.called())
    seen = await world.review.reviewing.case(number, principal=ANN, desk=DESK)
    assert seen.case is None
    seen = await world.review.reviewing.case(number, principal=on_board, desk=DESK)
    assert seen.case is not None


async def test_no_test_case_is_made_of_it(world: World) -> None:
    number = await world.open(call=await world.called())
    with pytest.raises(BadRequest, match="rests on what a tool gave"):
        await world.review.reviewing.draft(number, principal=ANN, desk=DESK)
    assert await world.review.drafts.of([number]) == {}
