"""Firms at random: nobody sees a trace of what they may not read, and all of what they may."""

from __future__ import annotations

import pytest

from retrieval.access import Principal
from retrieval.documents import Scope, Status, now
from retrieval.errors import NotFound
from retrieval.staging import document_id_of
from tests.worlds.channels import Seen, look
from tests.worlds.firm import Firm
from tests.worlds.house import House, batched, house
from tests.worlds.maker import PEOPLE, Maker

NOT_FOUND = repr(
    ("NotFound", "There is no such document for you. Check the address, or ask its owner.")
)


async def check(house: House, firm: Firm, person: str, maker: Maker) -> None:
    """Compare all that a person sees with what the reference says they may."""
    readable, hidden = firm.readable(person), firm.hidden(person)
    principal = await house.principal(firm, person)
    asked = [maker.random.choice(each) for each in (sorted(readable), hidden) if each]

    seen = await look(house, principal, firm, asked)

    _shows_only(seen, firm.visible(person))
    expected = {
        (document_id_of(document.source, document.born), number)
        for document, number in readable.values()
    }
    assert seen.listed == expected
    assert seen.found == expected
    assert seen.errors == {NOT_FOUND}
    assert _facets(firm, person) == repr(await house.library.facets(principal=principal))
    await _opens_by_number(house, principal, expected)


def _shows_only(seen: Seen, visible: set[str]) -> None:
    for channel, canaries in seen.canaries().items():
        assert canaries <= visible, (channel, canaries - visible)


def _facets(firm: Firm, person: str) -> str:
    seen = firm.readable(person)
    sources = sorted({document.source for document, _ in seen.values()})
    parties = sorted(f"party {canary}" for canary in seen)
    return f"Facets(sources={tuple(sources)}, parties={tuple(parties)})"


async def _opens_by_number(house: House, principal: Principal, mine: set[tuple[str, int]]) -> None:
    """Try the number of every passage there is."""
    points = await house.journal.points(0, 10_000)
    states = await house.states()
    scope = Scope(as_of=now(), statuses=frozenset(Status))
    ids = [each.id for each in points]
    given = await house.library.candidates(ids, principal=principal, scope=scope)
    assert set(given) == {each.id for each in points if states[each.labels.version_id] in mine}
    assert await house.asked_index(principal, scope) == set(given)
    for point in points[::3]:
        if point.id in given:
            assert (await house.library.passage(point.id, principal=principal)).id == point.id
            continue
        with pytest.raises(NotFound) as caught:
            await house.library.passage(point.id, principal=principal)
        assert repr((type(caught.value).__name__, str(caught.value))) == NOT_FOUND


@pytest.mark.parametrize("kind", ["edge", "server"])
async def test_nobody_sees_what_they_may_not_read_and_all_see_what_they_may(kind: str) -> None:
    await _worlds(kind, range(75), people=1)


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["edge", "server"])
@pytest.mark.parametrize("part", range(50))
async def test_in_ten_thousand_worlds(kind: str, part: int) -> None:
    first = 1_000 + 100 * part + (5_000 if kind == "server" else 0)
    await _worlds(kind, range(first, first + 100), people=len(PEOPLE))


async def _worlds(kind: str, seeds: range, people: int) -> None:
    for few in batched(seeds):
        async with house(kind) as built:
            await _worlds_of(built, few, people)


async def _worlds_of(built: House, seeds: range, people: int) -> None:
    for seed in seeds:
        print(f"seed {seed}")
        maker = Maker(seed)
        firm = maker.firm()
        await built.move_in(firm)
        for person in maker.random.sample(PEOPLE, people):
            await check(built, firm, person, maker)
        await built.move_out()
