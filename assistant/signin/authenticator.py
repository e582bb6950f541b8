"""Who asks: the one place where a request becomes a caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from assistant.signin.addresses import Network, client_of, is_within, peer_of
from assistant.signin.caller import Caller, Means
from assistant.signin.cookies import Cookie
from assistant.signin.errors import NotSignedIn
from assistant.signin.sessions import STRANGER
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.errors import BadRequest, NotFound
from retrieval.people.attempts import Attempts
from retrieval.people.credentials import CredentialKind, Credentials
from retrieval.people.directory import Directory, well_named
from retrieval.people.people import Person

PROXY = "proxy"
TOKEN = "token"  # noqa: S105 - a means, not a secret
_NOTHING = (
    "Expected a session or a token that counts, got none. Sign in, or send "
    "`Authorization: Bearer TOKEN` with a token that is not expired, revoked or suspended."
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A reverse proxy that signs people in and says who they are in a header.

    It is believed only when the connection comes from one of its networks. `groups_header`
    holds names between commas. `may_add` lets people in who were not here before.
    """

    header: str
    networks: tuple[Network, ...]
    groups_header: str = ""
    may_add: bool = False


class _Rejected(NotSignedIn):
    """Something came that does not count; `by` is what it was."""

    def __init__(self, by: str) -> None:
        super().__init__(_NOTHING)
        self.by = by


class Authenticator:
    """Recognises callers by a token, a session or a trusted proxy's word, in this order."""

    def __init__(
        self,
        directory: Directory,
        credentials: Credentials,
        attempts: Attempts,
        record: Record,
        session: Cookie,
        *,
        proxy: Proxy | None = None,
        proxies: Iterable[Network] = (),
    ) -> None:
        self._directory = directory
        self._credentials = credentials
        self._attempts = attempts
        self._record = record
        self._session = session
        self._proxy = proxy
        self._proxies = tuple(proxies)

    async def authenticate(self, connection: HTTPConnection) -> Caller:
        """Return who asks.

        Raises:
            NotSignedIn: nothing that came counts, or something came that must not.
        """
        try:
            return await self._recognised(connection)
        except _Rejected as error:
            await self._note_rejected(connection, error.by)
            raise

    async def _recognised(self, connection: HTTPConnection) -> Caller:
        proxied = self._proxied(connection)
        if secret := _bearer(connection):
            return await self._by_token(connection, secret)
        if secret := self._session.read(connection):
            caller = await self._by_session(connection, secret)
            if caller and proxied in ("", caller.name):
                return caller
        if proxied:
            return await self._by_proxy(connection, proxied)
        raise NotSignedIn(_NOTHING)

    async def _note_rejected(self, connection: HTTPConnection, by: str) -> None:
        """Note that something came that does not count, so many times from an address.

        What counts is never made to wait: it is judged first, and 256 bits are not guessed.
        """
        if not await self._attempts.begin_by(by, self.address_of(connection)):
            origin = self.origin_of(connection)
            await self._record.note(Event(Act.SIGN_IN_FAILED, STRANGER, origin, {"by": by}))

    def origin_of(self, connection: HTTPConnection) -> str:
        """Return where a request comes from, as it is recorded."""
        return f"web {self.address_of(connection)}"

    def address_of(self, connection: HTTPConnection) -> str:
        """Return the address that a request comes from."""
        return client_of(connection, self._proxies)

    async def _by_token(self, connection: HTTPConnection, secret: str) -> Caller:
        proven = await self._credentials.prove(secret, CredentialKind.TOKEN)
        if proven is None:
            raise _Rejected(TOKEN)
        return Caller(
            proven.principal,
            proven.person,
            Means.TOKEN,
            self.origin_of(connection),
            scopes=proven.credential.scopes,
            credential=proven.credential.id,
        )

    async def _by_session(self, connection: HTTPConnection, secret: str) -> Caller | None:
        proven = await self._credentials.prove(secret, CredentialKind.SESSION)
        if proven is None:
            return None
        return Caller(
            proven.principal,
            proven.person,
            Means.SESSION,
            self.origin_of(connection),
            credential=proven.credential.id,
            session=secret,
        )

    def _proxied(self, connection: HTTPConnection) -> str:
        """Return whom a proxy names; a header from anywhere else makes the request nobody's."""
        if self._proxy is None or self._proxy.header not in connection.headers:
            return ""
        named = connection.headers.getlist(self._proxy.header)
        if len(named) > 1 or not is_within(peer_of(connection), self._proxy.networks):
            raise _Rejected(PROXY)
        return named[0].strip()

    async def _by_proxy(self, connection: HTTPConnection, name: str) -> Caller:
        assert self._proxy
        origin = self.origin_of(connection)
        try:
            person = await self._person(name, origin)
            if self._proxy.groups_header:
                told = connection.headers.get(self._proxy.groups_header, "").split(",")
                groups = [each.strip() for each in told if each.strip()]
                await note_groups(self._directory, self._record, name, groups, PROXY, origin)
            principal = await self._directory.principal(name)
        except (NotFound, BadRequest) as error:
            raise _Rejected(PROXY) from error
        return Caller(principal, person, Means.PROXY, origin)

    async def _person(self, name: str, origin: str) -> Person:
        assert self._proxy
        try:
            return await self._directory.person(name)
        except NotFound:
            if not (self._proxy.may_add and await self._directory.is_free(name)):
                raise
        await self._record.note(Event(Act.PERSON, name, origin, {"did": "add", "by": PROXY}))
        return await self._directory.add(name)


async def note_groups(
    directory: Directory,
    record: Record,
    name: str,
    told: Iterable[str],
    source: str,
    origin: str,
) -> None:
    """Put a person into the groups that somebody outside tells of, once the change is noted.

    A group whose name cannot be a reader's is left out: nothing can be readable by it.
    """
    wanted = frozenset(filter(is_group_name, told))
    there = await directory.told_groups(name, source)
    if wanted == there:
        return
    about: dict[str, Json] = {
        "did": "groups",
        "by": source,
        "joined": [*sorted(wanted - there)],
        "left": [*sorted(there - wanted)],
    }
    await record.note(Event(Act.PERMISSION, name, origin, about))
    await directory.replace_memberships(name, wanted, source)


def is_group_name(name: str) -> bool:
    """Return whether a group may be called so."""
    try:
        well_named(name, "group")
    except BadRequest:
        return False
    return True


def _bearer(connection: HTTPConnection) -> str:
    """Return the token that a program sends, or an empty string; two at once are nobody's."""
    given = connection.headers.getlist("authorization")
    secrets = [each[7:].strip() for each in given if each[:7].lower() == "bearer "]
    if len(secrets) > 1 or "" in secrets:
        raise _Rejected(TOKEN)
    return secrets[0] if secrets else ""
