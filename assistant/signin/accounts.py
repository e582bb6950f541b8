"""Local accounts: a name, a password, and the one-time link by which the password is set."""

from __future__ import annotations

from assistant.signin.errors import BadInvitation, TooManyTries, WrongCredentials
from assistant.signin.passwords import Passwords, check_rule
from assistant.signin.sessions import STRANGER
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.errors import NotFound
from retrieval.people.attempts import Attempts
from retrieval.people.credentials import CredentialKind, Credentials
from retrieval.people.directory import Directory
from retrieval.people.people import Person, Role

OPERATOR = "operator"
INVITATION_SECONDS = 24 * 3600
_INVITATION = CredentialKind.INVITATION


class Accounts:
    """Signs people in by password, and lets them set one by a link."""

    def __init__(
        self,
        directory: Directory,
        credentials: Credentials,
        attempts: Attempts,
        record: Record,
        passwords: Passwords,
    ) -> None:
        self._directory = directory
        self._credentials = credentials
        self._attempts = attempts
        self._record = record
        self._passwords = passwords

    async def check(self, name: str, password: str, address: str) -> None:
        """Return if the password is the person's.

        Raises:
            WrongCredentials: it is not, or there is no such person who may come in.
            TooManyTries: too many attempts from this address failed; nothing was judged.
        """
        if wait_seconds := await self._attempts.begin(name, address):
            raise TooManyTries(wait_seconds)
        hashed = await self._directory.password(name) if name.isprintable() else None
        if not await self._passwords.is_right(password, hashed):
            actor = STRANGER if hashed is None else name
            await self._record.note(
                Event(Act.SIGN_IN_FAILED, actor, f"web {address}", {"by": "password"})
            )
            raise WrongCredentials(
                "Expected a name and the password that belongs to it, got something else. Try "
                "again, or ask an administrator for a new link."
            )
        await self._attempts.succeed(name, address)
        if hashed and self._passwords.is_outdated(hashed):
            await self._directory.set_password(name, await self._passwords.hashed(password))

    async def invite(self, name: str, by: str, origin: str) -> str:
        """Return the path of a link by which a person sets a password; earlier links end.

        Raises:
            NotFound: the person is unknown or suspended.
        """
        await self._directory.principal(name)
        await self._record.note(Event(Act.PERSON, by, origin, {"did": "invite"}, concerns=(name,)))
        return await make_invitation(self._credentials, name)

    async def invited(self, secret: str) -> Person:
        """Return whom a link is for, without using it up, or raise `BadInvitation`."""
        proven = await self._credentials.prove(secret, _INVITATION)
        if proven is None:
            raise _spent()
        return proven.person

    async def accept(self, secret: str, password: str, origin: str) -> Person:
        """Use up a link to set a password, and end every session of that person.

        Raises:
            BadInvitation: the link counts no more.
            BadRequest: the password does not keep the rule; the link still counts.
        """
        person = await self.invited(secret)
        check_rule(password, person.name)
        hashed = await self._passwords.hashed(password)
        await self._record.note(Event(Act.PERSON, person.name, origin, {"did": "password"}))
        if not await self._credentials.spend(secret, _INVITATION):
            raise _spent()
        await self._directory.set_password(person.name, hashed)
        await self._credentials.revoke_all(person.name, [CredentialKind.SESSION, _INVITATION])
        return person

    async def first_admin_link(self, name: str, origin: str = "command line") -> str | None:
        """Return the path of a link by which `name` becomes the first administrator.

        None if there is an administrator already, or `name` is somebody else by now.
        """
        if await self._directory.has_admin():
            return None
        try:
            person = await self._directory.person(name)
        except NotFound:
            await self._note_admin(name, origin)
            person = await self._directory.add(name, roles=[Role.ADMIN])
        if Role.ADMIN not in person.roles or person.is_suspended:
            return None
        return await self.invite(name, OPERATOR, origin)

    async def _note_admin(self, name: str, origin: str) -> None:
        about: dict[str, Json] = {"did": "add", "roles": [Role.ADMIN.value]}
        await self._record.note(Event(Act.PERSON, OPERATOR, origin, about, concerns=(name,)))


def _spent() -> BadInvitation:
    return BadInvitation(
        "Expected a link that was not used yet and is not older than a day, got another. "
        "Ask an administrator for a new one."
    )


async def make_invitation(credentials: Credentials, name: str) -> str:
    """Return the path of a new link for a person, the only one that counts."""
    await credentials.revoke_all(name, [_INVITATION])
    secret, _ = await credentials.make(name, _INVITATION, lasts_seconds=INVITATION_SECONDS)
    return f"/invitation/{secret}"
