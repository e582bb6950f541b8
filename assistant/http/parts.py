"""What the HTTP entrance needs from the rest, and nothing more than it needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection, Request

from assistant.administration import Administration
from assistant.answers import Question, Reply, Told
from assistant.governing import Governing
from assistant.http.health import Part
from assistant.http.people import People
from assistant.http.remembering import Remembering
from assistant.marking import Stems
from assistant.review.review import Review
from assistant.searching import Search
from assistant.sharing import Sharing
from assistant.signin.caller import Action, Caller, require
from assistant.signin.signin import SignIn
from assistant.slack.handlers import ToSlack
from retrieval.access import Principal
from retrieval.audit.event import Record
from retrieval.documents import Page, Passage, Version
from retrieval.keywords import Terms
from retrieval.library import Facets, VersionText
from retrieval.people.glass import Glass
from retrieval.search.choice import Choice, Tally
from retrieval.search.finder import Results
from retrieval.search.saved import SavedSearches
from tools.workbench import Workbench

Authenticate = Callable[[HTTPConnection], Awaitable[Caller]]
"""Return who asks, or raise `NotSignedIn`."""

RenderPage = Callable[[bytes, int, int], Awaitable[bytes]]
"""(original file, page number from 1, width in pixels) -> PNG."""

Exposition = Callable[[], Awaitable[bytes]]
"""Return the metrics in Prometheus' text format."""

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Reading(Protocol):
    """The library as this entrance uses it. Unreadable and missing raise the same `NotFound`."""

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage."""

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> Sequence[Passage]:
        """Return the passages at these places, version id and ordinal, that one may read."""

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        """Return one version; None means the one in force now, else the newest."""

    async def current(
        self, document_ids: Iterable[str], *, principal: Principal
    ) -> dict[str, Version]:
        """Return the version in force now, else the newest, of those documents one may read."""

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

    def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield the same piece by piece."""

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's; raise `NotFound` if none is being written."""

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""


class Looking(Protocol):
    """Searching as this entrance uses it."""

    @property
    def terms(self) -> Terms:
        """Return what tells the stems of a text."""

    @property
    def stems(self) -> Stems:
        """Return what tells the stem of a word."""

    async def find(self, search: Search) -> Results:
        """Return what was found, once that is on record."""

    async def fresh(self, search: Search) -> int:
        """Return how many versions are new to a search."""

    async def latest(self, *, principal: Principal) -> int:
        """Return when the last version that one may read arrived or came into force."""

    async def tally(self, ticked: Choice, *, principal: Principal, as_of: int) -> Tally:
        """Return how much there is to find, of what one may read."""


class GlassSeen(Protocol):
    """Where owners learn that the glass was broken over their documents."""

    async def of_owner(
        self, names: frozenset[str], *, document_id: str | None = None
    ) -> Sequence[Glass]:
        """Return what was opened of an owner's lately, newest first: all, or one document."""


class Unbroken:
    """Glass where nobody administers: it was never broken."""

    async def of_owner(
        self, names: frozenset[str], *, document_id: str | None = None
    ) -> Sequence[Glass]:
        """Return nothing."""
        return ()


class FromSlack(Protocol):
    """Where Slack's requests go."""

    async def received(self, raw: bytes, headers: Iterable[tuple[bytes, bytes]]) -> ToSlack:
        """Take a request in if Slack signed these bytes, and return what it is answered."""


LetIn = Callable[[], None]
"""Return if one more question may be asked, by whomever; else raise `Busy`."""


def anybody() -> None:
    """Let everybody in."""


@dataclass(frozen=True, slots=True)
class Annex:
    """Pages of another package. `title` leads to `path`, for whoever may do `action`."""

    router: APIRouter
    path: str
    title: str
    action: Action


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything `create_app` joins.

    `let_in` is asked before anything else is known of who asks: turning away must cost little.
    `history` is None where no conversation is kept, `sharing` where nobody else is, `saved` where
    no search is kept, `review` no case, `governing` nothing that is decided of documents,
    `workbench` where there are no tools.
    `people` is given for a demonstration only: it lets anybody be any of them. `sign_in` is
    None where there is nothing to sign in to, and so is `administration`; `metrics` is None where
    nothing is measured. `hosts` are the names under which the server may be called; `*` among
    them turns that check off. `is_https` says that people reach it over HTTPS.
    `slack` is None where Slack does not come by HTTP.
    """

    library: Part[Reading]
    assistant: Part[Asking]
    searching: Part[Looking]
    render: RenderPage
    authenticate: Authenticate
    record: Record
    let_in: LetIn = anybody
    history: Part[Remembering] | None = None
    sharing: Part[Sharing] | None = None
    saved: Part[SavedSearches] | None = None
    review: Part[Review] | None = None
    governing: Part[Governing] | None = None
    workbench: Part[Workbench] | None = None
    sign_in: Part[SignIn] | None = None
    administration: Part[Administration] | None = None
    glass: GlassSeen = field(default_factory=Unbroken)
    people: People | None = None
    examples: tuple[str, ...] = ()
    metrics: Exposition | None = None
    hosts: frozenset[str] = LOCAL_HOSTS
    is_https: bool = False
    file_bytes: int = 100_000_000
    annexes: tuple[Annex, ...] = ()
    slack: FromSlack | None = None

    def loading(self) -> tuple[Part[Any], ...]:
        """Return the parts that may need a while."""
        always: tuple[Part[Any], ...] = (self.library, self.assistant)
        guarded: tuple[Part[Any] | None, ...] = (self.sign_in, self.administration)
        return (*always, *(each for each in guarded if each))


def parts_of(request: Request) -> Parts:
    """Return the parts that the app was created with."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


async def given_parts(request: Request) -> Parts:
    """Return the same as a dependency: a function that does not wait would cost a thread."""
    return parts_of(request)


async def room(request: Request) -> None:
    """Raise `Busy` where nobody can be let in, before it is even known who asks."""
    parts_of(request).let_in()


InParts = Annotated[Parts, Depends(given_parts)]
HAS_ROOM = Depends(room)


async def address_of(request: Request) -> str:
    """Return where others find this server: the address the operator set, else the one asked."""
    part = parts_of(request).sign_in
    address = (await part.get()).options.address if part else str(request.base_url)
    return address.rstrip("/")


async def caller_of(request: Request) -> Caller:
    """Return who asks, and keep it for the page's head; every route depends on this."""
    caller = await parts_of(request).authenticate(request)
    request.state.caller = caller
    return caller


def doing(action: Action) -> Callable[[Caller], Awaitable[Caller]]:
    """Return a dependency that gives the caller if they may do this."""

    async def permitted(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        require(caller, action)
        return caller

    return permitted


Asker = Annotated[Caller, Depends(doing(Action.ASK))]
Searcher = Annotated[Caller, Depends(doing(Action.SEARCH))]
Reader = Annotated[Caller, Depends(doing(Action.READ))]
