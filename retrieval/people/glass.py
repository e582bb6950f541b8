"""Breaking the glass: an administrator reads one document, for a reason, for a short time.

An administrator is not a reader. Where one must look all the same, the reason is recorded
before anything is opened, the owner is shown it, and it ends by itself, or with the document.
Glass stands in for a reader and for nothing else: it lifts no denial (see `access.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.audit.event import Act, Event, Json, Record
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, NotFound
from retrieval.people.owning import is_owned
from retrieval.people.people import Role
from retrieval.people.reasons import legible
from retrieval.people.tables import glasses, user_roles, users
from retrieval.tables import documents, versions

MOST_MINUTES = 60
OWNERS_SEE_DAYS = 30
_SHORTEST_REASON = 10
_FEWEST_LETTERS = 8
_LONGEST_REASON = 500
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Glass:
    """One document, open to one administrator from `starts_at` until just before `ends_at`.

    `owner` is whose it was at `starts_at`; the document may be gone since.
    """

    id: int
    user_name: str
    document_id: str
    reason: str
    starts_at: int
    ends_at: int
    owner: str = ""

    def is_open(self, instant: int) -> bool:
        """Return whether the document could be read by it at this instant."""
        return self.starts_at <= instant < self.ends_at


class Glasses:
    """The glass that was broken."""

    def __init__(self, database: Database, record: Record) -> None:
        self._database = database
        self._record = record

    async def open(
        self, name: str, document_id: str, reason: str, minutes: int, *, origin: str
    ) -> Glass:
        """Let the administrator of this name read the document from now on, for `minutes`.

        Raises `BadRequest` without a reason, with too many minutes or for anybody else,
        `NotFound` for an unknown document, `Unavailable` if it cannot be recorded.
        """
        said = _checked(reason, minutes)
        async with self._database.transaction() as connection:
            await _require_administrator(connection, name)
            owner = await _owner_of(connection, document_id)
        about: dict[str, Json] = {"do": "open", "document": document_id, "minutes": minutes}
        await self._record.note(Event(Act.GLASS, name, origin, about, {"reason": said}))
        starts = now()
        values = {
            "user_name": name,
            "document_id": document_id,
            "owner": owner,
            "reason": said,
            "starts_at": starts,
            "ends_at": starts + minutes * 60,
        }
        async with self._database.transaction() as connection:
            made = await connection.execute(insert(glasses).values(**values).returning(glasses))
            return _to_glass(made.mappings().one())

    async def close(self, glass_id: int, *, by: str, origin: str) -> Glass:
        """End a reading early, or raise `NotFound`; one that has ended stays as it was."""
        chosen = glasses.c.id == glass_id
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(glasses).where(chosen))).mappings().first()
        if row is None:
            raise NotFound(
                f"Expected the number of a broken glass, got {glass_id}. "
                "`pincite access glass` lists them."
            )
        about: dict[str, Json] = {
            "do": "close",
            "glass": glass_id,
            "document": row["document_id"],
        }
        whose = (row["user_name"],)
        await self._record.note(Event(Act.GLASS, by, origin, about, concerns=whose))
        async with self._database.transaction() as connection:
            instant = now()
            late = chosen & (glasses.c.ends_at > instant)
            await connection.execute(update(glasses).where(late).values(ends_at=instant))
            kept = await connection.execute(select(glasses).where(chosen))
            return _to_glass(kept.mappings().one())

    async def all(self, *, document_id: str | None = None) -> list[Glass]:
        """Return what was opened, newest first: all, or of one document."""
        statement = select(glasses).order_by(glasses.c.id.desc())
        if document_id is not None:
            statement = statement.where(glasses.c.document_id == document_id)
        async with self._database.transaction() as connection:
            return [_to_glass(row) for row in (await connection.execute(statement)).mappings()]

    async def of_owner(
        self, names: frozenset[str], *, document_id: str | None = None
    ) -> list[Glass]:
        """Return what was opened of an owner's in the last `OWNERS_SEE_DAYS`, newest first.

        `names` are those that `owner_names` gives. Owner is whoever was when it was opened, and
        whoever is by the newest version: another owner stated since hides it from nobody.
        Whoever shows this must ask the library first what they may read.
        """
        statement = (
            select(glasses, versions.c.owner.label("owner_now"))
            .outerjoin(documents, documents.c.id == glasses.c.document_id)
            .outerjoin(versions, versions.c.id == documents.c.published_id)
            .where(glasses.c.starts_at > now() - OWNERS_SEE_DAYS * _DAY_SECONDS)
            .order_by(glasses.c.starts_at.desc(), glasses.c.id.desc())
        )
        if document_id is not None:
            statement = statement.where(glasses.c.document_id == document_id)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).mappings()
            return [
                _to_glass(row)
                for row in rows
                if is_owned(row["owner"], names) or is_owned(row["owner_now"] or "", names)
            ]


async def opened_by(connection: AsyncConnection, name: str, instant: int) -> frozenset[str]:
    """Return the documents that this person has opened, as it stands at this instant.

    Whoever is no administrator any more, or is suspended, has opened none.
    """
    statement = (
        select(glasses.c.document_id)
        .join(users, users.c.name == glasses.c.user_name)
        .join(user_roles, user_roles.c.user_id == users.c.id)
        .where(
            glasses.c.user_name == name,
            glasses.c.starts_at <= instant,
            glasses.c.ends_at > instant,
            user_roles.c.role == Role.ADMIN.value,
            users.c.suspended_at.is_(None),
        )
    )
    return frozenset((await connection.execute(statement)).scalars())


async def close_all(connection: AsyncConnection, document_id: str) -> None:
    """End every reading of a document that is being removed: it must not open the next one."""
    instant = now()
    still = (glasses.c.document_id == document_id) & (glasses.c.ends_at > instant)
    await connection.execute(update(glasses).where(still).values(ends_at=instant))


def _checked(reason: str, minutes: int) -> str:
    said = " ".join(reason.split())
    if not _SHORTEST_REASON <= len(said) <= _LONGEST_REASON:
        raise BadRequest(
            f"Expected a reason of {_SHORTEST_REASON} to {_LONGEST_REASON} characters, got "
            f"{len(said)}. The owner of the document will read it."
        )
    if (count := legible(said)) < _FEWEST_LETTERS:
        raise BadRequest(
            f"Expected a reason with {_FEWEST_LETTERS} letters or digits, got {count}. The owner "
            "of the document will read it."
        )
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadRequest(f"Expected 1 to {MOST_MINUTES} minutes, got {minutes}.")
    return said


async def _require_administrator(connection: AsyncConnection, name: str) -> None:
    statement = (
        select(users.c.id)
        .join(user_roles, user_roles.c.user_id == users.c.id)
        .where(
            users.c.name == name,
            users.c.suspended_at.is_(None),
            user_roles.c.role == Role.ADMIN.value,
        )
    )
    if (await connection.execute(statement)).first() is None:
        raise BadRequest(
            f"Expected the name of an administrator who is not suspended, got {name[:80]!r}. "
            "Nobody else can break the glass."
        )


async def _owner_of(connection: AsyncConnection, document_id: str) -> str:
    """Return whose a document is, or say that there is none."""
    statement = (
        select(versions.c.owner)
        .join(documents, documents.c.published_id == versions.c.id)
        .where(documents.c.id == document_id, documents.c.removed_at.is_(None))
    )
    owner = (await connection.execute(statement)).scalar_one_or_none()
    if owner is None:
        raise NotFound(
            f"Expected the id of a document, got {document_id[:80]!r}. It stands in the address "
            "of the document's page."
        )
    return str(owner)


def _to_glass(row: RowMapping) -> Glass:
    return Glass(**{column.name: row[column.name] for column in glasses.c})
