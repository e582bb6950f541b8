"""Who would read words that are posted in a place, as one principal: what it reads, all of them do.

READ FIRST: `Audiences.of`. Where it is not known for sure who reads, or some of them are nobody
here, only what everyone reads is shown, and nothing that is denied to anybody at all. Where even
that is too much, because nobody can read there any longer, nothing is.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from assistant.slack.channels import Configured
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Place
from assistant.slack.people import Linked, Linking, Unlinked, Why
from assistant.slack.profiles import ChannelInfo, UserInfo
from retrieval.access import EVERYONE, Principal
from retrieval.documents import Version
from retrieval.people.company import Company

AT_ONCE: Final = 8
MOST_REMEMBERED: Final = 2_000


class Reach(StrEnum):
    """Whose rights count in a place, and why not the members'."""

    ASKER = "asker"
    MEMBERS = "members"
    EXTERNAL = "external"
    SHARED = "shared"
    GUESTS = "guests"
    UNLINKED = "unlinked"
    OPEN = "open"
    TOO_MANY = "too_many"
    UNSURE = "unsure"
    ARCHIVED = "archived"


_OUTSIDE: Final = frozenset(
    {Reach.EXTERNAL, Reach.SHARED, Reach.GUESTS, Reach.UNSURE, Reach.TOO_MANY}
)
"""Where people who do not work here may read: there the sources named as public are used alone."""
_NO_READER: Final = "nobody"

_TOLD: Final[Mapping[Reach, str]] = {
    Reach.ASKER: "Only you read this.",
    Reach.MEMBERS: "Only what every member of this channel may read was used.",
    Reach.EXTERNAL: "People of other companies read this channel, so only what everyone may read "
    "was used.",
    Reach.SHARED: "Several workspaces share this channel, so only what everyone may read was used.",
    Reach.GUESTS: "Guests read this channel, so only what everyone may read was used.",
    Reach.UNLINKED: "Pincite does not know every member of this channel, so only what everyone "
    "may read was used.",
    Reach.OPEN: "Everyone in the workspace can open this channel, so only what everyone may read "
    "was used.",
    Reach.TOO_MANY: "This channel has too many members to look at each, so only what everyone may "
    "read was used.",
    Reach.UNSURE: "Slack did not tell who reads this channel, so only what everyone may read was "
    "used.",
    Reach.ARCHIVED: "Nothing is posted there: the channel is archived, or somebody else's, or "
    "Pincite is not in it any more. Ask in a direct message, or invite it there.",
}


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a place. The principal has the asker's name, and reads what all of them may."""

    principal: Principal
    reach: Reach
    members: int = 0

    @property
    def is_public_only(self) -> bool:
        """Return whether only what everyone reads is shown here."""
        return self.reach not in (Reach.ASKER, Reach.MEMBERS)

    @property
    def is_closed(self) -> bool:
        """Return whether nothing may be posted here."""
        return self.reach is Reach.ARCHIVED

    @property
    def reason(self) -> str:
        """Return whose rights were used and why, in words of ours alone."""
        return _TOLD[self.reach]

    def is_within(self, other: Audience) -> bool:
        """Return whether all that may be read here may be read by the other audience too."""
        mine, theirs = self.principal, other.principal
        if self.is_closed or other.is_closed:
            return self.is_closed
        return (
            mine.keys <= theirs.keys
            and mine.glass <= theirs.glass
            and theirs.keys | theirs.barred <= mine.keys | mine.barred
            and theirs.shut <= mine.shut
        )


class Rooms(Protocol):
    """A workspace, as far as it tells who reads a channel."""

    async def user(self, user: str) -> UserInfo:
        """Return what Slack tells of a user, or raise `SlackFailed`."""

    async def channel(self, channel: str) -> ChannelInfo:
        """Return what Slack tells of a channel, or raise `SlackFailed`."""

    def members(self, channel: str) -> AsyncIterator[str]:
        """Yield the users in a channel, page by page, or raise `SlackFailed`."""


class Readable(Protocol):
    """The library, as far as it tells what may be read now."""

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> Mapping[int, Version]:
        """Return those of the versions that one may read now, by id."""


@dataclass(frozen=True, slots=True)
class _Room:
    """A channel and the users in it; None if they are too many."""

    info: ChannelInfo
    users: frozenset[str] | None


class Audiences:
    """Finds who reads a place, and what they may be shown."""

    def __init__(
        self,
        configured: Configured,
        workspaces: Callable[[str], Rooms],
        linking: Linking,
        company: Company,
        library: Readable,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configured = configured
        self._workspaces = workspaces
        self._linking = linking
        self._company = company
        self._library = library
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, _Room]] = OrderedDict()

    async def of(
        self, place: Place, asker: Linked, *, is_shared: bool = False, anew: bool = False
    ) -> Audience:
        """Return who reads a place, `asker` among them, with the rights that they have now.

        `is_shared` is what came with the question: that the channel is shared with other
        companies. With `anew` Slack is asked again who is in it, whatever is remembered.

        Raises:
            Unavailable: the directory cannot be read: then nothing may be shown.
        """
        if place.team != asker.member.team:
            return await self._public(Reach.EXTERNAL, [asker])
        room, found = await self._looked(place, asker, anew=anew)
        if room is None:
            return await self._public(Reach.UNSURE, [asker, *found])
        info = room.info
        if info.is_archived or not info.is_member:
            return _closed(asker)
        if info.is_direct:
            is_own = info.user == asker.member.user
            return Audience(asker.principal, Reach.ASKER, 1) if is_own else _closed(asker)
        if info.is_external or is_shared:
            return await self._public(Reach.EXTERNAL, [asker, *found])
        reach = self._reach(room, found)
        if reach is not Reach.MEMBERS:
            return await self._public(reach, [asker, *found])
        others = [each.principal for each in found if isinstance(each, Linked)]
        return Audience(asker.principal.together(others), Reach.MEMBERS, len(found))

    async def may_show(self, audience: Audience, version_ids: Collection[int]) -> bool:
        """Return whether the audience may read every one of these versions at this moment.

        What a tool gave is nobody's but its asker's, who may read it alone.
        """
        if audience.is_closed:
            return False
        if audience.reach is Reach.ASKER:
            version_ids = [each for each in version_ids if each >= 0]
        readable = await self._library.readable(version_ids, principal=audience.principal)
        return readable.keys() >= set(version_ids)

    def forget(self, team: str, channel: str = "") -> None:
        """Look anew at a channel the next time, or at all channels of a workspace."""
        for key in [each for each in self._kept if each[0] == team and channel in ("", each[1])]:
            del self._kept[key]

    def _reach(self, room: _Room, found: Iterable[Linked | Unlinked]) -> Reach:
        """Return whose rights count in a channel of this workspace's own."""
        nobody = {each.why for each in found if isinstance(each, Unlinked)}
        is_open = self._configured.is_open_public
        narrowed = {
            Reach.SHARED: room.info.is_shared,
            Reach.GUESTS: Why.GUEST in nobody,
            Reach.EXTERNAL: Why.STRANGER in nobody,
            Reach.TOO_MANY: room.users is None,
            Reach.UNLINKED: bool(nobody),
            Reach.OPEN: is_open and not (room.info.is_private or room.info.is_group_direct),
        }
        return next((reach for reach, is_so in narrowed.items() if is_so), Reach.MEMBERS)

    async def _public(self, reach: Reach, found: Iterable[Linked | Unlinked]) -> Audience:
        """Return an audience of anybody at all: what is denied to anybody is kept from it."""
        asker, *others = found
        assert isinstance(asker, Linked)
        linked = [each.principal for each in others if isinstance(each, Linked)]
        barred = frozenset[str]().union(
            *(each.barred for each in others if isinstance(each, Unlinked))
        )
        named = self._configured.public if reach in _OUTSIDE else ()
        anybody = Principal(
            asker.person,
            frozenset({EVERYONE}),
            shut=await self._company.shut(named),
            barred=barred | await self._company.denied(),
        )
        return Audience(asker.principal.together([anybody, *linked]), reach, len(others))

    async def _looked(
        self, place: Place, asker: Linked, *, anew: bool
    ) -> tuple[_Room | None, list[Linked | Unlinked]]:
        """Return a channel and who its users are here; None and nobody if Slack does not tell."""
        try:
            async with asyncio.timeout(self._configured.looking.seconds):
                room = await self._room(place, anew=anew)
                users = (room.users or frozenset()) - {asker.member.user}
                infos = await self._profiles(place.team, users)
        except (SlackFailed, TimeoutError):
            return None, []
        readers = [each for each in infos if not (each.is_bot or each.is_deleted)]
        return room, await self._linking.whos(place.team, readers)

    async def _room(self, place: Place, *, anew: bool) -> _Room:
        """Return what Slack tells of a channel now, or told a moment ago."""
        key, web, asked_at = (
            (place.team, place.channel),
            self._workspaces(place.team),
            self._clock(),
        )
        kept = self._kept.get(key)
        if kept and not anew and asked_at < kept[0] + self._configured.looking.remember:
            return kept[1]
        info = await web.channel(place.channel)
        is_nobodys = info.is_direct or info.is_archived
        users = frozenset[str]() if is_nobodys else await self._users(web, place.channel)
        room = _Room(info, users)
        self._kept[key] = asked_at, room
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_REMEMBERED:
            self._kept.popitem(last=False)
        return room

    async def _users(self, web: Rooms, channel: str) -> frozenset[str] | None:
        """Return the users in a channel, None if they are too many to look at each."""
        users: set[str] = set()
        async for each in web.members(channel):
            users.add(each)
            if len(users) > self._configured.looking.members:
                return None
        return frozenset(users)

    async def _profiles(self, team: str, users: Iterable[str]) -> list[UserInfo]:
        """Return what Slack tells of each user, a few of them asked for at once."""
        few = asyncio.Semaphore(AT_ONCE)

        async def profile(user: str) -> UserInfo:
            async with few:
                return await self._linking.profile(team, user)

        tasks = [asyncio.create_task(profile(each)) for each in sorted(users)]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for each in tasks:
                each.cancel()


def _closed(asker: Linked) -> Audience:
    """Return an audience that is shown nothing: it answers to what no document names."""
    return Audience(Principal(asker.person, frozenset({_NO_READER})), Reach.ARCHIVED)
