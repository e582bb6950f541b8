"""People whom a sign-in provider knows: matched by issuer and subject, never by name or e-mail."""

from __future__ import annotations

from assistant.signin.authenticator import note_groups
from assistant.signin.errors import ProviderFailed
from assistant.signin.oidc import Identity
from retrieval.audit.event import Act, Event, Record
from retrieval.errors import BadRequest
from retrieval.people.directory import Directory
from retrieval.people.people import Person

ORIGIN = "oidc"


class Outsiders:
    """Lets in whom a provider has signed in, and takes over the groups it tells of."""

    def __init__(self, directory: Directory, record: Record, *, may_add: bool) -> None:
        self._directory = directory
        self._record = record
        self._may_add = may_add

    async def admit(self, identity: Identity, origin: str) -> Person:
        """Return the person, added at their first sign-in if that is allowed.

        Raises:
            ProviderFailed: they are suspended, or unknown and may not be or cannot be added.
        """
        person = await self._directory.person_at(identity.issuer, identity.subject)
        if person is None:
            person = await self._added(identity, origin)
        if person.is_suspended:
            raise _not_admitted("somebody who may not come in")
        await note_groups(
            self._directory, self._record, person.name, identity.groups, ORIGIN, origin
        )
        return person

    async def _added(self, identity: Identity, origin: str) -> Person:
        if not self._may_add:
            raise _not_admitted("somebody who is not known here")
        if not await self._directory.is_free(identity.name):
            raise _not_admitted("a name that cannot be used, or that somebody else has here")
        about = {"did": "add", "by": ORIGIN}
        await self._record.note(Event(Act.PERSON, identity.name, origin, about))
        try:
            return await self._directory.add(
                identity.name,
                identity.display,
                issuer=identity.issuer,
                subject=identity.subject,
            )
        except BadRequest as error:
            raise _not_admitted("a name that somebody else has here") from error


def _not_admitted(got: str) -> ProviderFailed:
    return ProviderFailed(
        f"Expected somebody who has an account here, got {got}. Ask an administrator."
    )
