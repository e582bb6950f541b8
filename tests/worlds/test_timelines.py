"""What changes is felt at the next request: revoked, moved, removed, granted, aged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.worlds.channels import CANARY, look
from tests.worlds.firm import Document, Firm
from tests.worlds.house import House, batched, house
from tests.worlds.maker import PEOPLE, SOURCES, Maker
from tests.worlds.test_worlds import check


class Timeline:
    """One firm to which things happen, in the reference and in the house alike."""

    def __init__(self, built: House, firm: Firm, maker: Maker) -> None:
        self.built, self.firm, self.maker = built, firm, maker
        self.gone: list[Document] = []
        self.steps: list[Callable[[], Awaitable[None]]] = [
            self.arrive,
            self.renew,
            self.renew,
            self.restrict,
            self.restrict,
            self.move,
            self.remove,
            self.remove,
            self.come_back,
            self.come_back,
            self.add,
            self.take_back,
            self.age,
            self.regroup,
            self.open_glass,
            self.close_glass,
        ]

    async def step(self) -> None:
        """Let something happen; the index has not heard of it yet."""
        await self.maker.random.choice(self.steps)()

    async def arrive(self) -> None:
        drawn = self.maker.document(self.firm)
        drawn.versions = drawn.versions[:1]
        self.firm.documents.append(drawn)
        await self.built.put([(drawn, drawn.newest)])

    async def renew(self) -> None:
        if document := self._any():
            document.versions.append(self.maker.version(self.firm, document.source))
            await self.built.put([(document, document.newest)])

    async def restrict(self) -> None:
        if document := self._any():
            newest = document.newest
            newest.readers, newest.denied = self.maker.readers(), self.maker.denied()
            known = (await self.built.shelf.known(document.source))[document.uri]
            names = frozenset(newest.readers), frozenset(newest.denied)
            await self.built.shelf.restrict(known, *names)

    async def move(self) -> None:
        if document := self._any():
            known = (await self.built.shelf.known(document.source))[document.uri]
            document.uri = f"{self.maker.canary()}.txt"
            await self.built.shelf.move(known.document_id, document.uri)

    async def remove(self) -> None:
        if document := self._any():
            known = (await self.built.shelf.known(document.source))[document.uri]
            self.firm.documents.remove(document)
            self.gone.append(document)
            self.firm.added = [
                each
                for each in self.firm.added
                if each.born != document.born or each.effect == "deny"
            ]
            self.firm.glass = {each for each in self.firm.glass if each[2] != document.born}
            await self.built.shelf.remove(known.document_id)
            await self.built.follow()
            await self.built.shelf.end(await self.built.shelf.lapsed(document.source))
            await self.built.shelf.purge(document.source)

    async def come_back(self) -> None:
        """Have what was removed lie again where it was first seen: a denial of it holds."""
        if self.gone:
            gone = self.gone.pop()
            version = self.maker.version(self.firm, gone.source)
            back = Document(gone.source, gone.born, gone.born, [version])
            self.firm.documents.append(back)
            await self.built.put([(back, back.newest)])

    async def add(self) -> None:
        if self.firm.documents:
            self.firm.added.append(self.maker.added(self.firm))
            await self.built.add(self.firm.added[-1])

    async def take_back(self) -> None:
        if self.firm.added:
            gone = self.maker.random.choice(self.firm.added)
            self.firm.added = [each for each in self.firm.added if each != gone]
            await self.built.take_back(gone)

    async def age(self) -> None:
        source = self.maker.random.choice(SOURCES)
        self.firm.stale[source] = not self.firm.stale[source]
        await self.built.age(self.firm)

    async def regroup(self) -> None:
        self.firm.groups = self.maker.groups()
        await self.built.regroup(self.firm)

    async def open_glass(self) -> None:
        if document := self._any():
            person = self.maker.random.choice(PEOPLE)
            self.firm.glass.add((person, document.source, document.born))
            await self.built.open_glass(person, document.source, document.born)

    async def close_glass(self) -> None:
        if self.firm.glass:
            ended = self.maker.random.choice(sorted(self.firm.glass))
            self.firm.glass.remove(ended)
            await self.built.close_glass(*ended)

    def _any(self) -> Document | None:
        return self.maker.random.choice(self.firm.documents) if self.firm.documents else None


async def _leaks_nothing(built: House, firm: Firm, person: str) -> None:
    """Look before the index has heard of what happened."""
    seen = await look(built, await built.principal(firm, person), firm)
    visible = firm.visible(person)
    for channel, text in seen.channels.items():
        assert set(CANARY.findall(text)) <= visible, channel


async def _timelines(kind: str, seeds: range, steps: int) -> None:
    for few in batched(seeds, 5):
        async with house(kind) as built:
            for seed in few:
                print(f"seed {seed}")
                await _timeline(built, seed, steps)


async def _timeline(built: House, seed: int, steps: int) -> None:
    maker = Maker(seed)
    firm = maker.firm(documents=4)
    await built.move_in(firm)
    happening = Timeline(built, firm, maker)
    for at in range(1, steps + 1):
        await happening.step()
        person = maker.random.choice(PEOPLE)
        await _leaks_nothing(built, firm, person)
        if at % 3 == 0:
            await built.follow()
            await check(built, firm, person, maker)
    await built.move_out()


@pytest.mark.parametrize("kind", ["edge", "server"])
async def test_what_changes_is_felt_at_the_next_request(kind: str) -> None:
    await _timelines(kind, range(15), steps=6)


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["edge", "server"])
@pytest.mark.parametrize("part", range(20))
async def test_in_two_thousand_timelines(kind: str, part: int) -> None:
    first = 1_000 + 50 * part + (1_000 if kind == "server" else 0)
    await _timelines(kind, range(first, first + 50), steps=30)
