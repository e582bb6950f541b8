"""What may be asked of is what the rule says: in SQL, in search, and in both indexes, at any time.

Histories are generated: versions come, people decide and undo, readers change, time passes. The
rule is the one of `reference.py`, and knows nothing of how ours is kept.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from retrieval.access import Principal, acl_for
from retrieval.database import Database
from retrieval.documents import ALWAYS, NEVER, Scope, Status, end_of, start_of
from retrieval.errors import BadRequest
from retrieval.governance.decision import Act
from retrieval.governance.standing import Ruling, Stated
from retrieval.index import Index, IndexQuery
from retrieval.qdrant.edge import EdgeIndex
from retrieval.qdrant.server import MEMORY, ServerIndex, ServerSettings
from retrieval.search.catalogue import Catalogue
from retrieval.search.choice import Choice
from retrieval.search.wanted import Wanted
from retrieval.sources import NEW_VERSIONS
from tests import postgres
from tests.retrieval.edge_folders import MEMORY as FAST
from tests.retrieval.governance.office import (
    ANN,
    BOB,
    DAY,
    LEGAL,
    START,
    GovernedOffice,
    open_office,
)
from tests.retrieval.governance.reference import Reference
from tests.retrieval.people_databases import run_server
from tests.shelves import EVERYONE

__all__ = ["run_server"]

NAMES = ("a.txt", "b.txt")
PEOPLE = (ANN, BOB)
STATUSES = [
    frozenset({Status.APPROVED}),
    frozenset({Status.APPROVED, Status.DRAFT}),
    frozenset({Status.DRAFT}),
    frozenset({Status.EXPIRED, Status.SUPERSEDED}),
    frozenset(Status),
]


@dataclass
class Told:
    """A document as the test remembers it: versions, decisions, and readers of each version."""

    stated: list[Stated] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    readers: list[frozenset[str]] = field(default_factory=list)

    def readable(self, who: Principal, number: int) -> bool:
        both = (self.readers[number], self.readers[-1])
        return any(all(key in each or "everyone" in each for each in both) for key in who.keys)


class History:
    """Things that happen to a library, in it and in memory alike."""

    def __init__(self, office: GovernedOffice, seed: int) -> None:
        self.office, self.random = office, random.Random(seed)
        self.told = {name: Told() for name in NAMES}
        self.new_versions = self.random.choice(["declared", "draft", "approved"])
        self.acts: list[tuple[Act, str, Ruling]] = []
        self.undone: set[str] = set()
        self.days: dict[str, date | None] = {}
        self.rulings = 0

    async def begin(self) -> None:
        options = {NEW_VERSIONS: self.new_versions}
        await self.office.sources.put("folder", "files", "/srv", options)
        for name in NAMES:
            await self.arrive(name)

    async def step(self) -> None:
        self.office.clock.pass_(self.random.choice([0, 1, 5, DAY]))
        name = self.random.choice(NAMES)
        act = self.random.choice([self.arrive, self.decide, self.decide, self.decide, self.undo])
        await act(name)

    async def arrive(self, name: str) -> None:
        told, draw = self.told[name], self.random
        declared = draw.choice([Status.APPROVED, Status.DRAFT])
        today = self.office.clock.at // DAY * DAY
        day = draw.choice([None, None, _day(today + draw.choice([-2, 0, 1, 3]) * DAY)])
        expires = draw.choice([None, None, _day(today + draw.choice([-1, 1, 2]) * DAY)])
        readers = draw.choice([EVERYONE, EVERYONE, LEGAL])
        words = f"{name} {draw.choice('xyz')}{len(told.stated)}"
        if told.stated and draw.random() < 0.3:
            words = draw.choice(told.stated).blob
        version_id = await self.office.shelves.put(
            name,
            words,
            status=declared,
            effective_from=day,
            expires_on=expires,
            readers=readers,
        )
        arrived = Status(self.new_versions) if self.new_versions != "declared" else None
        previous = self.days.get(name) if told.stated else None
        start = ALWAYS if day is None else start_of(day)
        if told.stated and (day is None or day == previous):
            start = self.office.clock.at
        self.days[name] = day
        told.stated.append(
            Stated(
                version_id,
                words,
                self.office.clock.at,
                start,
                end_of(expires) if expires else NEVER,
                arrived or declared,
                arrived is Status.DRAFT,
            )
        )
        told.readers.append(readers)

    async def decide(self, name: str) -> None:
        told, at = self.told[name], self.office.clock.at
        status = self.random.choice(["draft", "approved", "expired", "declared"])
        number = self._about(told, status, at)
        document = await self.office.shelves.document_id(name)
        try:
            act = await self.office.decide(document, status, by=ANN)
        except BadRequest as error:
            if "all is decided so already" not in str(error):
                raise
            return
        self._rule(name, told.stated[number], len(told.stated) - 1, act, status)

    async def undo(self, name: str) -> None:
        ours = [each for each in self.acts if each[1] == name]
        if not ours:
            return
        act, _, ruling = self.random.choice(ours)
        told = self.told[name]
        is_latest = told.rulings[-1] == ruling
        try:
            back = await self.office.undo(act)
        except BadRequest:
            assert not is_latest or act.id in self.undone
            return
        assert is_latest
        self.undone.add(act.id)
        before = told.rulings[:-1]
        own = [each for each in before if each.version_id == ruling.version_id]
        carried = [each for each in before if each.seen_id < ruling.version_id]
        status = own[-1].status if own else None
        if not own and carried:
            last = carried[-1]
            is_held = last.status is not Status.APPROVED or last.blob == ruling.blob
            status = last.status if is_held else None
        self.rulings += 1
        told.rulings.append(replace(ruling, id=self.rulings, at=back.at, status=status))
        self.acts.append((back, name, told.rulings[-1]))

    def _about(self, told: Told, status: str, at: int) -> int:
        """Return which version a decision is about: one that waits, in force, or the newest."""
        reference = self.reference(told)
        newest = len(told.stated) - 1
        waits = reference.begins[newest] == NEVER and reference.status(newest, at) is None
        if waits and status == "approved":
            return newest
        standing = (Status.DRAFT, Status.APPROVED)
        counts = [at_ for at_ in range(newest + 1) if reference.status(at_, at) in standing]
        return counts[-1] if counts else newest

    def _rule(self, name: str, about: Stated, newest: int, act: Act, status: str) -> None:
        told = self.told[name]
        self.rulings += 1
        ruling = Ruling(
            self.rulings,
            about.id,
            told.stated[newest].id,
            about.blob,
            act.at,
            None if status == "declared" else Status(status),
        )
        told.rulings.append(ruling)
        self.acts.append((act, name, ruling))

    def reference(self, told: Told) -> Reference:
        return Reference(told.stated, told.rulings)

    def admitted(self, who: Principal, at: int, statuses: frozenset[Status]) -> set[int]:
        """Return the ids of the versions that a question may rest on."""
        return {
            told.stated[number].id
            for told in self.told.values()
            for number in range(len(told.stated))
            if told.readable(who, number) and self.reference(told).status(number, at) in statuses
        }

    def instants(self) -> list[int]:
        """Return instants at and about which anything happened, and now."""
        marks = {self.office.clock.at, START - DAY}
        for told in self.told.values():
            marks |= {each.at for each in told.rulings} | {each.added_at for each in told.stated}
            marks |= {each.expires for each in told.stated if each.expires < NEVER}
        drawn = self.random.sample(sorted(marks), min(3, len(marks)))
        return sorted({at + by for at in drawn for by in (-1, 0)} | {self.office.clock.at})


def _day(instant: int) -> date:
    return datetime.fromtimestamp(instant, UTC).date()


async def check(history: History, indexes: list[Index]) -> None:
    office = history.office
    ids = await office.shelves.passage_ids()
    own = {each.id: each.labels.version_id for each in await office.shelves.journal.points(0, 9999)}
    catalogue = Catalogue(office.database)
    for index in indexes:
        await office.shelves.journal.bring_along(index, index.name)
    for at in history.instants():
        for statuses in history.random.sample(STATUSES, 3):
            for who in PEOPLE:
                wanted = history.admitted(who, at, statuses)
                scope = Scope(as_of=at, statuses=statuses)
                found = await office.shelves.library.candidates(ids, principal=who, scope=scope)
                assert {own[each] for each in found} == wanted, (at, statuses)
                acl = acl_for(who)
                listed = await catalogue.listed(acl, at, Wanted(), Choice())
                assert {each.id for each in listed if each.entry.status in statuses} == wanted
                counted = await catalogue.entries(acl, at)
                total = sum(each.count for each in counted if each.status in statuses)
                assert total == len(wanted)
                for index in indexes:
                    vector = np.zeros(8, np.float32)
                    vector[0] = 1
                    hits = await index.query(IndexQuery(vector, "", acl, scope, 999))
                    assert {own[each.id] for each in hits} == wanted, (index, at, statuses)


@asynccontextmanager
async def indexes() -> AsyncIterator[list[Index]]:
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        edge = await EdgeIndex.open(Path(folder), model="hashed", dimension=8)
        server = await ServerIndex.open(ServerSettings(MEMORY), model="hashed", dimension=8)
        try:
            yield [edge, server]
        finally:
            await edge.close()
            await server.close()


async def histories(seeds: range, steps: int, url: str = "") -> None:
    for seed in seeds:
        print(f"seed {seed}")
        with tempfile.TemporaryDirectory(dir=FAST) as folder, pytest.MonkeyPatch.context() as patch:
            if url:
                await (await postgres.emptied(Database(url))).close()
            office = await open_office(Path(folder), patch, url)
            history = History(office, seed)
            try:
                async with indexes() as both:
                    await history.begin()
                    for _ in range(steps):
                        await history.step()
                    await check(history, both)
            finally:
                await office.database.close()


async def test_what_is_admitted_is_what_the_rule_says() -> None:
    await histories(range(8), steps=8)


@pytest.mark.slow
async def test_the_same_on_postgres(server: str) -> None:
    await histories(range(100, 103), steps=8, url=server)


@pytest.mark.deep
@pytest.mark.parametrize("part", range(10))
async def test_what_is_admitted_over_many_histories(part: int) -> None:
    await histories(range(1_000 + 50 * part, 1_050 + 50 * part), steps=14)
