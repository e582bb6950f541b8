"""The library as a reader sees it: every call names its principal, and nothing else leaves.

Missing and unreadable look the same: `NotFound`, with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.access import AclFilter, Principal, acl_for
from retrieval.blobs import Blobs
from retrieval.candidates import Candidate
from retrieval.database import Database
from retrieval.documents import Page, Passage, Scope, Version, now
from retrieval.errors import NotFound
from retrieval.governance.deciding import stood
from retrieval.readership import NOBODY, readerships
from retrieval.rows import to_candidate, to_passage, to_version, versions_with_documents
from retrieval.tables import documents, pages, passages, texts, vectors, versions


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A stretch of a version's text and what it is (values of `ingest.parsed.BlockKind`)."""

    start: int
    end: int
    kind: str
    depth: int


@dataclass(frozen=True, slots=True)
class VersionText:
    """A version's stored text and its structure."""

    text: str
    blocks: tuple[TextBlock, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """What a principal can filter by: values found in documents they may read."""

    sources: tuple[str, ...]
    parties: tuple[str, ...]


class Library:
    """Documents, versions and passages, for one principal at a time."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def candidates(
        self, ids: Sequence[int], *, principal: Principal, scope: Scope
    ) -> dict[int, Candidate]:
        """Return those of the passages that readers and scope admit, by id."""
        statement = select(passages, vectors.c.vector).join(
            vectors, vectors.c.passage_id == passages.c.id
        )
        async with self._database.transaction() as connection:
            rows = await _chunked(connection, statement, passages.c.id, ids)
            found = await _readable(
                connection, {row.version_id for row in rows}, acl_for(principal)
            )
        return {
            row.id: to_candidate(row, found[row.version_id])
            for row in rows
            if row.version_id in found and scope.admits(found[row.version_id])
        }

    async def stretch(self, run: Sequence[Passage], *, principal: Principal) -> Passage:
        """Return passages that follow each other in one version as one, the text between included.

        It has the id of the first; a single passage is returned as it is.
        """
        first, last = run[0], run[-1]
        if first is last:
            return first
        span = func.substr(texts.c.text, first.start + 1, last.end - first.start)
        async with self._database.transaction() as connection:
            await _require(connection, first.version, principal)
            text = await connection.execute(
                select(span).where(texts.c.version_id == first.version.id)
            )
        sentences = tuple(sentence for passage in run for sentence in passage.sentences)
        return replace(first, end=last.end, text=text.scalar_one(), sentences=sentences)

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> list[Passage]:
        """Return the passages at these places, (version id, ordinal) each, that one may read."""
        at = tuple_(passages.c.version_id, passages.c.ordinal)
        async with self._database.transaction() as connection:
            rows = await _chunked(connection, select(passages), at, sorted(set(places)))
            found = await _readable(
                connection, {row.version_id for row in rows}, acl_for(principal)
            )
        return [to_passage(row, found[row.version_id]) for row in rows if row.version_id in found]

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage of any version, or raise `NotFound`."""
        async with self._database.transaction() as connection:
            statement = select(passages).where(passages.c.id == passage_id)
            row = (await connection.execute(statement)).first()
            if row is None:
                raise _not_found()
            found = await _readable(connection, {row.version_id}, acl_for(principal))
        if row.version_id not in found:
            raise _not_found()
        return to_passage(row, found[row.version_id])

    async def passages(
        self, passage_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Passage]:
        """Return those of the passages that one may read, by id."""
        wanted = sorted(set(passage_ids))
        async with self._database.transaction() as connection:
            rows = await _chunked(connection, select(passages), passages.c.id, wanted)
            found = await _readable(
                connection, {row.version_id for row in rows}, acl_for(principal)
            )
        return {
            row.id: to_passage(row, found[row.version_id])
            for row in rows
            if row.version_id in found
        }

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        """Return a version by number, or with None the one in force now, else the newest."""
        listed = await self.versions(document_id, principal=principal)
        if number is None:
            return _current(listed)
        for each in listed:
            if each.number == number:
                return each
        raise _not_found()

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the versions that one may read now, by id."""
        async with self._database.transaction() as connection:
            return await _readable(connection, set(version_ids), acl_for(principal))

    async def current(
        self, document_ids: Iterable[str], *, principal: Principal
    ) -> dict[str, Version]:
        """Return the version in force now, else the newest, of those documents one may read."""
        wanted = sorted(set(document_ids))
        statement, column = versions_with_documents(), versions.c.document_id
        async with self._database.transaction() as connection:
            rows = await _chunked(connection, statement, column, wanted)
            allowed = await _allowed(connection, rows, acl_for(principal))
        found: dict[str, list[Version]] = {}
        for each in sorted(allowed.values(), key=lambda version: -version.number):
            found.setdefault(each.document_id, []).append(each)
        return {document: _current(listed) for document, listed in found.items()}

    async def versions(self, document_id: str, *, principal: Principal) -> list[Version]:
        """Return every version of a document, newest first, or raise `NotFound`."""
        statement = versions_with_documents().where(versions.c.document_id == document_id)
        listed = await self._listed(statement, principal)
        if not listed:
            raise _not_found()
        return sorted(listed, key=lambda each: -each.number)

    async def named(self, names: Iterable[str], *, principal: Principal) -> list[Version]:
        """Return every readable version of the documents that are called `source/uri`."""
        name = documents.c.source + "/" + documents.c.uri
        async with self._database.transaction() as connection:
            statement, wanted = versions_with_documents(), sorted(set(names))
            rows = await _chunked(connection, statement, name, wanted)
            return list((await _allowed(connection, rows, acl_for(principal))).values())

    async def all_versions(self, *, principal: Principal) -> list[Version]:
        """Return every readable version, by document and number."""
        return sorted(
            await self._listed(versions_with_documents(), principal),
            key=lambda each: (each.source, each.uri, each.number),
        )

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        """Return the stored text of a version with its blocks."""
        async with self._database.transaction() as connection:
            await _require(connection, version, principal)
            statement = select(texts).where(texts.c.version_id == version.id)
            row = (await connection.execute(statement)).one()
        return VersionText(row.text, tuple(TextBlock(*block) for block in row.blocks))

    async def pages(self, version: Version, *, principal: Principal) -> list[Page]:
        """Return the pages of a version, in order, without their boxes."""
        columns = [column for column in pages.c if column.name != "boxes"]
        async with self._database.transaction() as connection:
            await _require(connection, version, principal)
            statement = select(*columns).where(pages.c.version_id == version.id)
            rows = (await connection.execute(statement.order_by(pages.c.number))).all()
        return [Page(row.number, row.start, row.end, row.width, row.height) for row in rows]

    async def page(self, version: Version, number: int, *, principal: Principal) -> Page:
        """Return one page with its boxes, or raise `NotFound`."""
        async with self._database.transaction() as connection:
            await _require(connection, version, principal)
            statement = select(pages).where(
                pages.c.version_id == version.id, pages.c.number == number
            )
            row = (await connection.execute(statement)).first()
        if row is None:
            raise _not_found()
        return Page(row.number, row.start, row.end, row.width, row.height, row.boxes)

    async def original(self, version: Version, *, principal: Principal) -> bytes:
        """Return the file that a version was made from."""
        async with self._database.transaction() as connection:
            await _require(connection, version, principal)
        return await self._blobs.get(version.blob)

    async def facets(self, *, principal: Principal) -> Facets:
        """Return the sources and parties that this principal can filter by."""
        listed = await self.all_versions(principal=principal)
        sources = {each.source for each in listed}
        parties = {party for each in listed for party in each.parties}
        return Facets(tuple(sorted(sources)), tuple(sorted(parties)))

    async def _listed(self, statement: Select[Any], principal: Principal) -> list[Version]:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
            return list((await _allowed(connection, rows, acl_for(principal))).values())


def _current(listed: Sequence[Version]) -> Version:
    """Return the version in force now, else the first; they come newest first."""
    instant = now()
    return next((each for each in listed if each.in_force.covers(instant)), listed[0])


async def _require(connection: AsyncConnection, version: Version, principal: Principal) -> None:
    if version.id not in await _readable(connection, {version.id}, acl_for(principal)):
        raise _not_found()


async def _readable(
    connection: AsyncConnection, version_ids: Iterable[int], acl: AclFilter
) -> dict[int, Version]:
    rows = await _chunked(connection, versions_with_documents(), versions.c.id, sorted(version_ids))
    return await _allowed(connection, rows, acl)


async def _allowed(
    connection: AsyncConnection, rows: Sequence[Row[Any]], acl: AclFilter
) -> dict[int, Version]:
    """Return those of the versions in `rows` that `acl` allows, by id."""
    named = await readerships(connection, [row.id for row in rows])
    past = await stood(connection, [row.id for row in rows if row.has_past])
    allowed = {}
    for row in rows:
        who = named.get(row.id, NOBODY)
        place = {"source": row.source, "document_id": row.document_id}
        if acl.allows(who.readers, denied=who.denied, **place):
            allowed[row.id] = to_version(row, who.readers, who.denied, past.get(row.id, ()))
    return allowed


async def _chunked(
    connection: AsyncConnection, statement: Select[Any], column: Any, values: Sequence[Any]
) -> list[Row[Any]]:
    """Run `statement` for `column IN values` in pieces: databases bound their parameters."""
    found: list[Row[Any]] = []
    for start in range(0, len(values), 500):
        piece = values[start : start + 500]
        found += (await connection.execute(statement.where(column.in_(piece)))).all()
    return found


def _not_found() -> NotFound:
    return NotFound("There is no such document for you. Check the address, or ask its owner.")
