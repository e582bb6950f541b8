"""Nothing leaves unread: each cited stretch is fetched anew, under the rights of who exports.

Words count only if they are, to the character, what the library holds between the offsets at this
moment. What cannot be read any more and what does not match are left out alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from retrieval.access import Principal
from retrieval.documents import Page, Passage, Version
from retrieval.errors import NotFound
from retrieval.library import VersionText


class Reading(Protocol):
    """The library, as far as an export reads it; unreadable and missing raise `NotFound`."""

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage."""

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        """Return the stored text of a version."""

    async def pages(self, version: Version, *, principal: Principal) -> list[Page]:
        """Return the pages of a version, without boxes."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A claim to be checked: these are the characters `start` to `end` of that version."""

    version: Version
    start: int
    end: int
    words: str = field(repr=False)

    @property
    def claim(self) -> Claim:
        """Return what is claimed, as one value."""
        return self.version.id, self.start, self.end, self.words


Claim = tuple[int, int, int, str]
"""Id of a version, start, end, and the words that are claimed to stand there."""


async def checked(
    library: Reading, cited: Iterable[Cited], *, principal: Principal
) -> dict[Claim, int | None]:
    """Return the claims that hold, each with the page on which its words begin.

    Each version is read once, however often it is cited; its text is not kept.
    """
    grouped: dict[int, list[Cited]] = {}
    for each in cited:
        grouped.setdefault(each.version.id, []).append(each)
    found: dict[Claim, int | None] = {}
    for group in grouped.values():
        try:
            found |= await _of_version(library, group, principal)
        except NotFound:
            continue
    return found


async def _of_version(
    library: Reading, group: list[Cited], principal: Principal
) -> dict[Claim, int | None]:
    version = group[0].version
    text = (await library.text(version, principal=principal)).text
    pages = await library.pages(version, principal=principal) if version.pages else []
    return {
        each.claim: _page(pages, each.start)
        for each in group
        if 0 <= each.start < each.end <= len(text) and text[each.start : each.end] == each.words
    }


def _page(pages: list[Page], at: int) -> int | None:
    return next((each.number for each in reversed(pages) if each.start <= at), None)
