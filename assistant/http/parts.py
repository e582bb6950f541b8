"""What the HTTP entrance needs from the rest, and nothing more than it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from assistant.answers import Question, Reply
from assistant.http.health import Part
from assistant.http.people import People
from retrieval.access import Principal
from retrieval.documents import Page, Passage, Version
from retrieval.library import Facets, VersionText

PrincipalOf = Callable[[Request], Principal]
RenderPage = Callable[[bytes, int, int], Awaitable[bytes]]
"""(original file, page number from 1, width in pixels) -> PNG."""

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Reading(Protocol):
    """The library as this entrance uses it. Unreadable and missing raise the same `NotFound`."""

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage."""

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        """Return one version; None means the one in force now, else the newest."""

    async def versions(self, document_id: str, *, principal: Principal) -> list[Version]:
        """Return every version, newest first."""

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        """Return the stored text and its blocks."""

    async def page(self, version: Version, number: int, *, principal: Principal) -> Page:
        """Return one page with its boxes."""

    async def pages(self, version: Version, *, principal: Principal) -> list[Page]:
        """Return every page, without boxes."""

    async def original(self, version: Version, *, principal: Principal) -> bytes:
        """Return the file as it came."""

    async def facets(self, *, principal: Principal) -> Facets:
        """Return what this principal can filter by."""


class Found(Protocol):
    """A passage that was found."""

    @property
    def passage(self) -> Passage:
        """Return the passage."""


class Asking(Protocol):
    """The assistant as this entrance uses it."""

    async def ask(self, question: Question) -> Reply:
        """Return an answer or a refusal."""

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything `create_app` joins.

    `people` is given for a demonstration only: it lets anybody be any of them. `hosts` are
    the names under which the server may be called; `*` among them turns that check off.
    """

    library: Part[Reading]
    assistant: Part[Asking]
    render: RenderPage
    principal_of: PrincipalOf
    people: People | None = None
    examples: tuple[str, ...] = ()
    hosts: frozenset[str] = LOCAL_HOSTS


def parts_of(request: Request) -> Parts:
    """Return the parts that the app was created with."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def principal_of(request: Request) -> Principal:
    """Return who asks."""
    return parts_of(request).principal_of(request)
