"""The library with the results of tools beside it: each opens to who asked for it, as cited.

A result has no pages, no original and no other version. What is nobody's looks like what is
somebody else's: the same `NotFound` as a document's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from assistant.tool_results import call_of, is_result, version_of
from retrieval.access import Principal, acl_for
from retrieval.documents import Page, Passage, Version
from retrieval.errors import NotFound
from retrieval.library import Facets, Library, VersionText
from tools.kept import Kept


class Results(Protocol):
    """Where the results of tools are kept."""

    async def of(self, call_ids: Iterable[str], *, person: str) -> list[Kept]:
        """Return those of the calls that this person asked for and that gave them something."""


class WithResults:
    """Opens documents as the library does, and results of tools."""

    def __init__(self, library: Library, results: Results) -> None:
        self._library = library
        self._results = results

    async def results(
        self, call_ids: Collection[str], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the results that this principal may read now, by id of the version."""
        kept = await self._results.of(call_ids, person=principal.name)
        versions = [version for each in kept if (version := _version(each)) is not None]
        return {each.id: each for each in versions if _is_theirs(each, principal)}

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Version]:
        """Return those of the library's versions that one may read now, by id."""
        wanted = [each for each in version_ids if not is_result(each)]
        return await self._library.readable(wanted, principal=principal)

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage of the library, or raise `NotFound`."""
        return await self._library.passage(passage_id, principal=principal)

    async def passages(
        self, passage_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Passage]:
        """Return those of the library's passages that one may read, by id."""
        wanted = [each for each in passage_ids if not is_result(each)]
        return await self._library.passages(wanted, principal=principal)

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> list[Passage]:
        """Return the library's passages at these places; a result has none beside what is found."""
        wanted = [each for each in places if not is_result(each[0])]
        return await self._library.neighbours(wanted, principal=principal) if wanted else []

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        """Return a version by number; a result has one."""
        if call_of(document_id) is None:
            return await self._library.version(document_id, number, principal=principal)
        if number not in (None, 1):
            raise _not_found()
        return (await self.versions(document_id, principal=principal))[0]

    async def versions(self, document_id: str, *, principal: Principal) -> list[Version]:
        """Return every version of a document, newest first, or the one of a result."""
        if (call := call_of(document_id)) is None:
            return await self._library.versions(document_id, principal=principal)
        found = list((await self.results([call], principal=principal)).values())
        if not found:
            raise _not_found()
        return found

    async def current(
        self, document_ids: Iterable[str], *, principal: Principal
    ) -> dict[str, Version]:
        """Return the version in force now of each that one may read."""
        wanted = set(document_ids)
        calls = {call for each in wanted if (call := call_of(each)) is not None}
        found = await self._library.current(
            {each for each in wanted if call_of(each) is None}, principal=principal
        )
        results = await self.results(calls, principal=principal)
        return found | {each.document_id: each for each in results.values()}

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        """Return the stored text of a version; a result's has no blocks."""
        if (call := call_of(version.document_id)) is None:
            return await self._library.text(version, principal=principal)
        if not _is_theirs(version, principal):
            raise _not_found()
        for each in await self._results.of([call], person=principal.name):
            if each.ended and each.ended.result:
                return VersionText(each.ended.result.text, ())
        raise _not_found()

    async def pages(self, version: Version, *, principal: Principal) -> list[Page]:
        """Return the pages of a version; a result has none."""
        if call_of(version.document_id) is not None:
            return []
        return await self._library.pages(version, principal=principal)

    async def page(self, version: Version, number: int, *, principal: Principal) -> Page:
        """Return one page with its boxes, or raise `NotFound`."""
        if call_of(version.document_id) is not None:
            raise _not_found()
        return await self._library.page(version, number, principal=principal)

    async def original(self, version: Version, *, principal: Principal) -> bytes:
        """Return the file that a version was made from; a result's is its text."""
        if call_of(version.document_id) is None:
            return await self._library.original(version, principal=principal)
        return (await self.text(version, principal=principal)).text.encode()

    async def facets(self, *, principal: Principal) -> Facets:
        """Return what this principal can filter by."""
        return await self._library.facets(principal=principal)


def _version(kept: Kept) -> Version | None:
    result = kept.ended.result if kept.ended else None
    if result is None:
        return None
    asked = kept.asked
    return version_of(asked.id, asked.call.tool, result, person=asked.asker, at=kept.ended_at)


def _is_theirs(version: Version, principal: Principal) -> bool:
    """Return whether a result may be read: its asker alone may, not with others beside them."""
    place = {"source": version.source, "document_id": version.document_id}
    return acl_for(principal).allows(version.readers, denied=(), **place)


def _not_found() -> NotFound:
    return NotFound("There is no such document for you. Check the address, or ask its owner.")
