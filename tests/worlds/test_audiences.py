"""Firms at random, read by several at once: what is shown to all, each of them may read."""

from __future__ import annotations

import pytest

from retrieval.access import Principal
from retrieval.documents import Scope, Status, now
from retrieval.staging import document_id_of
from tests.worlds.channels import look
from tests.worlds.firm import Firm
from tests.worlds.house import House, batched, house
from tests.worlds.maker import PEOPLE, Maker


async def together(house: House, firm: Firm, people: list[str]) -> Principal:
    """Return several people as one who asks for them all: the first."""
    first, *others = [await house.principal(firm, each) for each in people]
    return first.together(others)


async def check(house: House, firm: Firm, people: list[str], maker: Maker) -> None:
    """Compare all that people see together with the reference, and with what each may read."""
    readable = firm.readable_together(people)
    for each in people:
        assert readable.keys() <= firm.readable(each).keys()
    hidden = sorted(set(firm.hidden(people[0])) | (firm.readable(people[0]).keys() - readable))
    asked = [maker.random.choice(each) for each in (sorted(readable), hidden) if each]
    principal = await together(house, firm, people)

    seen = await look(house, principal, firm, asked)

    visible = set.intersection(*(firm.visible(each) for each in people))
    for channel, canaries in seen.canaries().items():
        assert canaries <= visible, (channel, canaries - visible)
    expected = {
        (document_id_of(document.source, document.born), number)
        for document, number in readable.values()
    }
    assert seen.listed == expected
    assert seen.found == expected
    points = await house.journal.points(0, 10_000)
    scope = Scope(as_of=now(), statuses=frozenset(Status))
    given = await house.library.candidates([p.id for p in points], principal=principal, scope=scope)
    assert await house.asked_index(principal, scope) == set(given)


@pytest.mark.parametrize("kind", ["edge", "server"])
async def test_people_together_are_shown_what_each_of_them_may_read(kind: str) -> None:
    await _worlds(kind, range(40))


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["edge", "server"])
@pytest.mark.parametrize("part", range(20))
async def test_in_four_thousand_worlds(kind: str, part: int) -> None:
    first = 50_000 + 100 * part + (2_000 if kind == "server" else 0)
    await _worlds(kind, range(first, first + 100))


async def _worlds(kind: str, seeds: range) -> None:
    for few in batched(seeds):
        async with house(kind) as built:
            for seed in few:
                print(f"seed {seed}")
                maker = Maker(seed)
                firm = maker.firm()
                await built.move_in(firm)
                people = maker.random.sample(PEOPLE, maker.random.randint(1, len(PEOPLE)))
                await check(built, firm, people, maker)
                await built.move_out()
