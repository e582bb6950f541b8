"""Channels at random: whoever reads what is posted may read every source of it, at that moment.

The reference is plain Python and shares no code with us. Whoever is nobody here may read what
everyone reads and nobody is denied; people from outside only of the sources that are public.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from assistant.slack.audience import Audience, Audiences, Reach
from assistant.slack.channels import Configured, Looking, Matching, Workspace
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Member, Place
from assistant.slack.people import Linked, Linking
from assistant.slack.profiles import ChannelInfo, UserInfo
from retrieval.access import Principal, acl_for
from retrieval.database import Database
from retrieval.documents import Version
from retrieval.people.company import Company
from retrieval.people.directory import LOCAL
from retrieval.people.tables import groups, memberships, users
from retrieval.tables import denied, documents, versions
from tests.shelves import Shelves

TEAM, PLACE = "T1", Place("T1", "C1", "1.1")
PEOPLE = [f"p{number}" for number in range(7)]
GROUPS = [f"g{number}" for number in range(5)]
SOURCES = ["files", "site", "desk"]
KINDS = ["linked", "linked", "linked", "linked", "mapped", "guest", "stranger", "bot", "deleted"]
OTHER = "somebody of theirs"
_NONE = ("bot", "deleted")
KINDS += ["unconfirmed", "elsewhere", "unknown", "suspended"]


@dataclass
class Paper:
    """A version of a document."""

    number: int
    readers: set[str]
    denied: set[str]
    source: str


@dataclass
class Town:
    """Everything that decides who may read what is posted."""

    kinds: dict[str, str]
    groups: dict[str, set[str]]
    members: set[str]
    papers: list[Paper]
    flags: set[str] = field(default_factory=set)
    public: frozenset[str] = frozenset()
    fails: set[str] = field(default_factory=set)
    most: int = 50

    def groups_of(self, person: str) -> set[str]:
        found: set[str] = set()
        for _ in range(len(self.groups) + 1):
            names = {f"user:{person}"} | {f"group:{each}" for each in found}
            found |= {name for name, members in self.groups.items() if members & names}
        return found

    def readers(self) -> set[str]:
        """Return the people who see what is posted: apps and closed accounts are none.

        Where others share the channel, somebody of theirs sees it whom nothing tells of.
        """
        theirs = {OTHER} if self.flags & {"shared", "external"} else set()
        return theirs | {each for each in self.members if self._kind(each) not in _NONE}

    def may_read(self, person: str, paper: Paper) -> bool:
        """Say whether somebody may read a paper, whoever they are in Slack."""
        kind = self._kind(person)
        if kind not in ("linked", "mapped"):
            is_outside = kind in ("guest", "stranger")
            is_public = not self.public or paper.source in self.public
            is_open = "everyone" in paper.readers and not paper.denied
            return is_open and (is_public or not is_outside)
        names = {"everyone", f"user:{person}"} | {f"group:{g}" for g in self.groups_of(person)}
        return bool(names & paper.readers) and not names & paper.denied

    def _kind(self, person: str) -> str:
        return self.kinds.get(person, "stranger")

    def is_shared(self, paper: Paper) -> bool:
        """Say whether one name lets all of them read a paper."""
        shared = set.intersection(*(self.groups_of(each) for each in self.readers()))
        names = {"everyone"} | {f"group:{each}" for each in shared}
        if len(self.readers()) == 1:
            names |= {f"user:{each}" for each in self.readers()}
        return bool(names & paper.readers)


class Rooms:
    """Slack as the town has it."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def user(self, user: str) -> UserInfo:
        if user in self.town.fails:
            raise SlackFailed("users.info", "internal_error")
        kind = self.town.kinds[user]
        domain = "elsewhere.example" if kind == "elsewhere" else "firm.example"
        local = "somebody" if kind == "unknown" else user
        return UserInfo(
            user,
            "T2" if kind == "stranger" else TEAM,
            email="" if kind == "mapped" else f"{local}@{domain}",
            is_email_confirmed=kind != "unconfirmed",
            is_bot=kind == "bot",
            is_deleted=kind == "deleted",
            is_guest=kind == "guest",
        )

    async def channel(self, channel: str) -> ChannelInfo:
        if "channel" in self.town.fails:
            raise SlackFailed("conversations.info", "internal_error")
        flags = self.town.flags
        return ChannelInfo(
            channel,
            is_private="private" in flags,
            is_archived="archived" in flags,
            is_shared="shared" in flags,
            is_external="external" in flags,
            is_member=True,
        )

    async def members(self, channel: str) -> AsyncIterator[str]:
        if "members" in self.town.fails:
            raise SlackFailed("conversations.members", "ratelimited")
        for each in sorted(self.town.members):
            yield each
            if "page" in self.town.fails:
                raise SlackFailed("conversations.members", "internal_error")


class Papers:
    """A library that has nothing but the rule."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> Mapping[int, Version]:
        acl, wanted = acl_for(principal), set(version_ids)
        found = [
            each.number
            for each in self.town.papers
            if each.number in wanted
            and acl.allows(
                each.readers, denied=each.denied, source=each.source, document_id=str(each.number)
            )
        ]
        return dict.fromkeys(found, cast("Version", None))


class Maker:
    """Draws towns, and what happens in them."""

    def __init__(self, drawn: random.Random) -> None:
        self.drawn = drawn

    def town(self) -> Town:
        drawn = self.drawn
        kinds = {name: drawn.choice(KINDS[: drawn.choice([4, 5, 13])]) for name in PEOPLE}
        kinds["p0"] = "linked"
        every = [f"user:{each}" for each in PEOPLE] + [f"group:{each}" for each in GROUPS]
        town = Town(
            kinds,
            {group: set(drawn.sample(every, drawn.randint(1, 6))) for group in GROUPS},
            {"p0", *drawn.sample(PEOPLE, drawn.choice([0, 1, 2, 3, 7]))},
            [self.paper(number) for number in range(12)],
            set(drawn.sample(["private", "archived", "shared", "external"], self.few(0.15))),
            frozenset({"site"}) if drawn.random() < 0.3 else frozenset(),
            most=drawn.choice([2, 50, 50, 50]),
        )
        failing = ["channel", "members", "page", *PEOPLE]
        town.fails = set(drawn.sample(failing, self.few(0.1))) - {"p0"}
        return town

    def paper(self, number: int) -> Paper:
        every = [f"user:{each}" for each in PEOPLE] + [f"group:{each}" for each in GROUPS]
        readers = set(self.drawn.sample(every, self.drawn.choice([0, 1, 2, 4])))
        readers |= {"everyone"} if self.drawn.random() < 0.4 else set()
        barred = set(self.drawn.sample(every, self.drawn.choice([0, 0, 0, 1, 2])))
        return Paper(number, readers, barred, self.drawn.choice(SOURCES))

    def change(self, town: Town) -> None:
        """Let one thing happen that changes who may read what."""
        drawn = self.drawn
        name, paper = drawn.choice(PEOPLE[1:]), drawn.choice(town.papers)
        match drawn.randrange(7):
            case 0:
                town.members ^= {name}
            case 1:
                town.kinds[name] = drawn.choice(KINDS)
            case 2:
                town.flags ^= {drawn.choice(["private", "archived", "shared", "external"])}
            case 3:
                paper.denied ^= {f"user:{name}"}
            case 4:
                paper.readers ^= {drawn.choice(["everyone", f"user:{name}", "group:g1"])}
            case 5:
                town.groups[drawn.choice(GROUPS)] ^= {f"user:{name}"}
            case _:
                town.fails ^= {drawn.choice(["channel", "members", name])}

    def few(self, chance: float) -> int:
        return int(self.drawn.random() < chance)


class Scene:
    """The real parts over a town: the directory and the denials lie in SQL."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def set(self, town: Town) -> None:
        """Write people, groups and denials as the town has them."""
        edges = [
            {"group": name, "member": each, "origin": LOCAL}
            for name, members in town.groups.items()
            for each in members
        ]
        version = next(iter(await self._versions()))
        names = {each for paper in town.papers for each in paper.denied}
        async with self.database.transaction() as connection:
            await connection.execute(delete(groups))
            made = [{"name": name, "created_at": 0} for name in town.groups]
            await connection.execute(insert(groups), made)
            if edges:
                await connection.execute(insert(memberships), edges)
            await connection.execute(update(users).values(suspended_at=None))
            gone = [each for each, kind in town.kinds.items() if kind == "suspended"]
            suspended = update(users).where(users.c.name.in_(gone)).values(suspended_at=1)
            await connection.execute(suspended)
            await connection.execute(delete(denied))
            if names:
                rows = [{"version_id": version, "reader": each} for each in sorted(names)]
                await connection.execute(insert(denied), rows)

    def parts(self, town: Town) -> tuple[Linking, Audiences]:
        mapped = {name: name for name, kind in town.kinds.items() if kind == "mapped"}
        workspace = Workspace(TEAM, {"firm.example": Matching.NAME}, mapped)
        configured = Configured(
            {TEAM: workspace},
            public=town.public,
            looking=Looking(town.most, remember=0, remember_people=0),
        )
        rooms, company = Rooms(town), Company(self.database)
        linking = Linking(configured, lambda _: rooms, company)
        return linking, Audiences(configured, lambda _: rooms, linking, company, Papers(town))

    async def _versions(self) -> list[int]:
        async with self.database.transaction() as connection:
            rows = await connection.execute(versions.select())
            return [row.id for row in rows]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    for source in SOURCES:
        await shelves.put(f"{source}.txt")
    async with shelves.database.transaction() as connection:
        rows = (await connection.execute(documents.select())).all()
        for row, source in zip(rows, SOURCES, strict=True):
            named = update(documents).where(documents.c.id == row.id).values(source=source)
            await connection.execute(named)
        people = [{"id": each, "name": each, "display": each, "created_at": 0} for each in PEOPLE]
        await connection.execute(insert(users), people)
    yield Scene(shelves.database)
    await shelves.database.close()


async def check(scene: Scene, maker: Maker) -> tuple[Reach, bool]:
    """Ask in a town, let things happen, and post what still may be; look at who reads it."""
    town = maker.town()
    await scene.set(town)
    linking, audiences = scene.parts(town)
    asker = await linking.who(Member(TEAM, "p0"))
    assert isinstance(asker, Linked)
    audience = await audiences.of(PLACE, asker)
    used = await shown(audiences, audience, town)
    for paper in used:
        assert all(town.may_read(each, paper) for each in town.readers()), (paper, audience)
    _is_as_wide_as_can_be(town, audience, used)

    for _ in range(maker.drawn.choice([0, 1, 1, 2, 3])):
        maker.change(town)
    await scene.set(town)
    linking, later = scene.parts(town)
    again = await linking.who(Member(TEAM, "p0"))
    assert isinstance(again, Linked)
    now = await later.of(PLACE, again, anew=True)
    numbers = [each.number for each in used]
    is_posted = audience.is_within(now) and await later.may_show(now, numbers)
    if is_posted:
        for paper in used:
            assert all(town.may_read(each, paper) for each in town.readers()), (paper, now)
    return audience.reach, is_posted


async def shown(audiences: Audiences, audience: Audience, town: Town) -> list[Paper]:
    """Return all that an answer to this audience may rest on."""
    return [each for each in town.papers if await audiences.may_show(audience, [each.number])]


def _is_as_wide_as_can_be(town: Town, audience: Audience, used: list[Paper]) -> None:
    """Where every member is somebody, nothing is kept back that one name of them all opens."""
    numbers = {each.number for each in used}
    if audience.reach is Reach.MEMBERS:
        readers = town.readers()
        assert numbers == {
            each.number
            for each in town.papers
            if town.is_shared(each) and all(town.may_read(one, each) for one in readers)
        }
    elif not audience.is_closed and not town.public:
        assert numbers == {
            each.number for each in town.papers if "everyone" in each.readers and not each.denied
        }


async def test_who_reads_what_is_posted_may_read_all_that_it_rests_on(scene: Scene) -> None:
    came = [await check(scene, Maker(random.Random(seed))) for seed in range(250)]

    assert {reach for reach, _ in came} >= {
        Reach.MEMBERS,
        Reach.EXTERNAL,
        Reach.SHARED,
        Reach.GUESTS,
        Reach.UNLINKED,
        Reach.TOO_MANY,
        Reach.UNSURE,
        Reach.ARCHIVED,
    }
    assert 50 < sum(is_posted for _, is_posted in came) < 250


@pytest.mark.deep
@pytest.mark.parametrize("part", range(10))
async def test_in_five_thousand_towns(scene: Scene, part: int) -> None:
    for seed in range(1_000 + part * 500, 1_500 + part * 500):
        await check(scene, Maker(random.Random(seed)))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
@given(st.randoms(use_true_random=False))
async def test_so_it_is_for_towns_that_hypothesis_draws(scene: Scene, drawn: random.Random) -> None:
    await check(scene, Maker(drawn))


async def test_one_more_who_reads_along_makes_another_audience(scene: Scene) -> None:
    town = Maker(random.Random(1)).town()
    town = replace(town, kinds=dict.fromkeys(PEOPLE, "linked"), flags=set(), fails=set(), most=50)
    town.members = {"p0", "p1"}
    await scene.set(town)
    linking, audiences = scene.parts(town)
    asker = await linking.who(Member(TEAM, "p0"))
    assert isinstance(asker, Linked)

    two = await audiences.of(PLACE, asker)
    town.members = {"p0", "p1", "p2"}
    three = await audiences.of(PLACE, asker)

    assert two.principal.name == "p0"
    assert two.principal.glass == frozenset()
    assert three.is_within(three)
    assert three.is_within(two)
    assert not two.is_within(three)
