"""What people prove who they are with: sessions, tokens and one-time links, kept as digests only.

A secret is 256 random bits, shown once. Whether it still counts is decided at every look:
expired, idle, revoked or its person suspended, and it opens nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update

from retrieval.access import Principal
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.people.directory import person_with
from retrieval.people.people import Person
from retrieval.people.principals import principal_of, unknown
from retrieval.people.tables import credentials, users

SECRET_BYTES = 32
_USED_EVERY_SECONDS = 60


class CredentialKind(StrEnum):
    """What a secret is for: a browser's session, a program's token, a one-time link."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential, without its secret."""

    id: str
    person: str
    kind: CredentialKind
    label: str
    scopes: frozenset[str]
    created_at: int
    expires_at: int
    used_at: int | None
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a secret that counts proves."""

    credential: Credential
    person: Person
    principal: Principal


class Credentials:
    """Every credential. `idle_seconds` is how long an unused session counts."""

    def __init__(
        self, database: Database, *, idle_seconds: int = 4 * 3600, clock: Callable[[], int] = now
    ) -> None:
        self._database = database
        self._idle_seconds = idle_seconds
        self._clock = clock

    async def make(
        self,
        name: str,
        kind: CredentialKind,
        *,
        lasts_seconds: int,
        label: str = "",
        scopes: Iterable[str] = (),
    ) -> tuple[str, Credential]:
        """Return a new secret for a person, and what is kept of it.

        Raises:
            NotFound: the person is unknown or suspended.
        """
        secret, instant = secrets.token_urlsafe(SECRET_BYTES), self._clock()
        may_come_in = (users.c.name == name) & users.c.suspended_at.is_(None)
        values = {
            "id": secrets.token_hex(16),
            "kind": kind.value,
            "label": label,
            "scopes": sorted(scopes),
            "created_at": instant,
            "expires_at": instant + lasts_seconds,
        }
        async with self._database.transaction() as connection:
            owner = select(users.c.id).where(may_come_in)
            user_id = (await connection.execute(owner)).scalar_one_or_none()
            if user_id is None:
                raise unknown(name)
            values |= {"user_id": user_id, "digest": digest_of(secret)}
            await connection.execute(insert(credentials).values(**values))
            row = (await connection.execute(_with_names(credentials.c.id == values["id"]))).one()
        return secret, _to_credential(row)

    async def prove(self, secret: str, kind: CredentialKind) -> Proven | None:
        """Return whom a secret of this kind stands for, or None if it opens nothing now."""
        instant = self._clock()
        async with self._database.transaction() as connection:
            row = (await connection.execute(_with_names(_counts(secret, kind, instant)))).first()
            if row is None or self._is_idle(row, instant):
                return None
            try:
                person = await person_with(connection, row.user_id)
                principal = await principal_of(connection, person)
            except NotFound:
                return None
        if instant - (row.used_at or 0) >= _USED_EVERY_SECONDS:
            await self._used(row.id, instant)
        return Proven(_to_credential(row), person, principal)

    async def spend(self, secret: str, kind: CredentialKind) -> bool:
        """Use up a secret, and return whether this call, and no other, was the one that did."""
        instant = self._clock()
        statement = update(credentials).where(_counts(secret, kind, instant))
        async with self._database.transaction() as connection:
            done = await connection.execute(statement.values(used_at=instant, revoked_at=instant))
            return bool(done.rowcount)

    async def revoke(self, credential_id: str) -> None:
        """Have one credential count no more, or raise `NotFound`."""
        is_it = (credentials.c.id == credential_id) & credentials.c.revoked_at.is_(None)
        async with self._database.transaction() as connection:
            statement = update(credentials).where(is_it).values(revoked_at=self._clock())
            if not (await connection.execute(statement)).rowcount:
                raise NotFound(
                    f"Expected the id of a credential that counts, got {credential_id[:40]!r}. "
                    "`pincite token list` names them."
                )

    async def revoke_all(
        self, name: str, kinds: Iterable[CredentialKind] = tuple(CredentialKind)
    ) -> int:
        """Have a person's credentials of these kinds count no more, and return how many did."""
        owner = select(users.c.id).where(users.c.name == name).scalar_subquery()
        theirs = (credentials.c.user_id == owner) & credentials.c.revoked_at.is_(None)
        statement = update(credentials).where(theirs, credentials.c.kind.in_(list(kinds)))
        async with self._database.transaction() as connection:
            done = await connection.execute(statement.values(revoked_at=self._clock()))
            return done.rowcount

    async def of(self, name: str) -> list[Credential]:
        """Return a person's credentials that were not revoked, oldest first."""
        theirs = (users.c.name == name) & credentials.c.revoked_at.is_(None)
        statement = _with_names(theirs).order_by(credentials.c.created_at, credentials.c.id)
        async with self._database.transaction() as connection:
            return [_to_credential(row) for row in (await connection.execute(statement)).all()]

    def _is_idle(self, row: Row[Any], instant: int) -> bool:
        last = max(row.created_at, row.used_at or 0)
        return bool(row.kind == CredentialKind.SESSION and last + self._idle_seconds <= instant)

    async def _used(self, credential_id: str, instant: int) -> None:
        """Note when a credential was last used; a busy database only makes the note older."""
        statement = update(credentials).where(credentials.c.id == credential_id)
        with contextlib.suppress(Unavailable):
            async with self._database.transaction() as connection:
                await connection.execute(statement.values(used_at=instant))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def lasting(days: int) -> int:
    """Return days in seconds, or raise `BadRequest` if that is not 1 to 365."""
    if not 1 <= days <= 365:
        raise BadRequest(f"Expected 1 to 365 days, got {days}. Choose a number between them.")
    return days * 86_400


def _counts(secret: str, kind: CredentialKind, instant: int) -> Any:
    return (
        (credentials.c.digest == digest_of(secret))
        & (credentials.c.kind == kind.value)
        & credentials.c.revoked_at.is_(None)
        & (credentials.c.expires_at > instant)
    )


def _with_names(condition: Any) -> Any:
    joined = credentials.join(users, users.c.id == credentials.c.user_id)
    return select(credentials, users.c.name).select_from(joined).where(condition)


def _to_credential(row: Row[Any]) -> Credential:
    return Credential(
        row.id,
        row.name,
        CredentialKind(row.kind),
        row.label,
        frozenset(row.scopes),
        row.created_at,
        row.expires_at,
        row.used_at,
        row.revoked_at,
    )
