"""What administrators do through the pages: every act is on record before it takes effect.

The parts are those that the command line uses. Two rules are the pages' own: the last
administrator stays, because then nobody could undo it here; whoever holds the machine may still.
And what is stopped must exist, because a slip of the pen must not look like a stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from assistant import membership
from assistant.checkup import Checkups, Models
from assistant.keeping import Keeping
from assistant.signin.caller import Action, Caller, may
from assistant.unanswered import Clustering
from assistant.uploads import Uploads
from retrieval.audit.record import Desk, KeptRecord
from retrieval.audit.verification import Verdict
from retrieval.census import Census
from retrieval.errors import BadRequest, NotFound
from retrieval.halting import Sort, Target
from retrieval.people.credentials import Credentials
from retrieval.people.directory import Directory
from retrieval.people.glass import Glass, Glasses
from retrieval.people.grants import Addition, Grant, Grants
from retrieval.people.people import Person, Role
from retrieval.people.reasons import legible
from retrieval.sources import Sources
from retrieval.stops import Stopping, Stops

ADMINISTERING = (
    Action.STOP,
    Action.MANAGE_PEOPLE,
    Action.MANAGE_ACCESS,
    Action.MANAGE_SOURCES,
    Action.READ_AUDIT,
)


def administers(caller: Caller) -> bool:
    """Return whether there is anything here for the caller to do."""
    return any(may(caller, action) for action in ADMINISTERING)


@dataclass(frozen=True, slots=True)
class Administration:
    """The parts that administrators work with; `bring_along` has the index follow a change.

    What is None is not there: nobody keeps sources in step, nothing is uploaded, and so on.
    """

    directory: Directory
    credentials: Credentials
    grants: Grants
    glass: Glasses
    stops: Stops
    record: KeptRecord
    sources: Sources
    census: Census
    bring_along: Callable[[], Awaitable[object]]
    keeping: Keeping | None = None
    uploads: Uploads | None = None
    clustering: Clustering | None = None
    checkups: Checkups | None = None
    models: Models | None = None
    erase: Callable[[str, Desk], Awaitable[Mapping[str, object]]] | None = None
    _one_at_a_time: asyncio.Lock = field(
        default_factory=asyncio.Lock, init=False, repr=False, compare=False
    )

    async def suspend(self, name: str, desk: Desk) -> Person:
        """Keep a person out, or raise `BadRequest` for the last administrator."""
        async with self._one_at_a_time:
            await self._check_an_admin_stays(name, desk, "suspend")
            return await membership.suspend(self, desk, name)

    async def set_roles(self, name: str, roles: Iterable[str], desk: Desk) -> Person:
        """Give a person these roles alone; `BadRequest` if the last administrator would go."""
        wanted = frozenset(roles)
        async with self._one_at_a_time:
            if Role.ADMIN not in wanted:
                await self._check_an_admin_stays(name, desk, "take the role from")
            return await membership.set_roles(self, desk, name, wanted)

    async def stop(self, target: Target, reason: str, desk: Desk) -> Stopping:
        """Stop something, or raise `BadRequest` if it is not there or no reason is given."""
        _check_reason(reason)
        await self._check_known(target)
        return await self.stops.stop(target, reason=reason.strip(), by=desk.by, origin=desk.origin)

    async def resume(self, target: Target, desk: Desk) -> bool:
        """Let something go on, and return whether it was stopped."""
        return await self.stops.resume(target, by=desk.by, origin=desk.origin)

    async def add_access(self, wanted: Addition, desk: Desk) -> Grant:
        """Let a reader in or keep one out, and bring the index along."""
        _check_reason(wanted.reason)
        added = await self.grants.add(wanted, by=desk.by, origin=desk.origin)
        await self.bring_along()
        return added

    async def take_back(self, number: int, desk: Desk) -> Grant:
        """Take a grant or a denial back, and bring the index along."""
        removed = await self.grants.remove(number, by=desk.by, origin=desk.origin)
        await self.bring_along()
        return removed

    async def break_glass(self, document_id: str, reason: str, minutes: int, desk: Desk) -> Glass:
        """Let whoever acts, and nobody else, read one document for a while.

        The index need not follow: what somebody opened stands in each query of theirs.
        """
        return await self.glass.open(desk.by, document_id, reason, minutes, origin=desk.origin)

    async def end_glass(self, number: int, desk: Desk) -> Glass:
        """End such a reading early, whoever's it is."""
        return await self.glass.close(number, by=desk.by, origin=desk.origin)

    async def checked(self) -> Verdict:
        """Return how the whole record stands."""
        return [verdict async for verdict in self.record.verify()][-1]

    async def _check_an_admin_stays(self, name: str, desk: Desk, what: str) -> None:
        """Whoever acts is in, so stays an administrator unless it is themselves they act on."""
        if not _is_admin(await self.directory.person(name)):
            return
        if desk.by != name and _is_admin(await self.directory.person(desk.by)):
            return
        if not await self.directory.has_admin(besides=name):
            raise BadRequest(
                f"Expected another administrator who can sign in before you {what} {name!r}, got "
                "none. Make somebody else an administrator first: without one nobody could undo it."
            )

    async def _check_known(self, target: Target) -> None:
        """Refuse a person or a source that is not there."""
        names = [each.name for each in await self.sources.all()]
        if target.sort is Sort.SOURCE and target.name not in names:
            raise BadRequest(
                f"Expected a source ({', '.join(names) or 'none yet'}), got {target.name!r}. "
                "Nothing was stopped."
            )
        if target.sort is Sort.USER:
            try:
                await self.directory.person(target.name)
            except NotFound as error:
                raise BadRequest(
                    f"Expected the name of a person, got {target.name!r}. Nothing was stopped."
                ) from error


def _is_admin(person: Person) -> bool:
    return Role.ADMIN in person.roles and not person.is_suspended


def _check_reason(reason: str) -> None:
    if not legible(reason):
        raise BadRequest("Expected a reason, got none. Say why: it is kept with it.")
