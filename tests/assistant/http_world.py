"""A library in memory and an assistant that counts shared words, for tests of the entrance."""

from __future__ import annotations

import asyncio
import io
import re
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from reportlab.lib.pagesizes import A4
from starlette.requests import HTTPConnection

from assistant.answers import (
    Answer,
    Citation,
    Question,
    Refusal,
    RefusalReason,
    Reply,
    Sentence,
    Source,
    Told,
    pieces_of,
)
from assistant.http.health import Part
from assistant.http.parts import Authenticate, Parts, Reading
from assistant.http.people import People
from assistant.signin.caller import Caller, Means
from retrieval.access import AclFilter, Principal, acl_for
from retrieval.audit.event import Event
from retrieval.documents import (
    Page,
    Passage,
    Span,
    Version,
)
from retrieval.errors import NotFound, Unavailable
from retrieval.library import Facets, VersionText
from tests.assistant.http_documents import Held, opened_pdf
from tests.assistant.http_firm import firm

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob", ["support"])
EXAMPLES = (
    "How much notice must either party give to terminate?",
    "What is the daily meal allowance abroad?",
    "Why did the invoice export fail in March?",
)


@dataclass
class ShelfLibrary:
    """The library's signatures over a list in memory."""

    held: list[Held] = field(default_factory=list)

    def _readable(self, principal: Principal) -> list[Held]:
        acl = acl_for(principal)
        return [each for each in self.held if _allows(acl, each.version)]

    def _held(self, version: Version, principal: Principal) -> Held:
        for each in self._readable(principal):
            if each.version.id == version.id:
                return each
        raise NotFound("There is no such document for you.")

    def passages(self, principal: Principal) -> list[Passage]:
        return [found for each in self._readable(principal) for found in passages_of(each)]

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        for each in self.passages(principal):
            if each.id == passage_id:
                return each
        raise NotFound("There is no such document for you.")

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> list[Passage]:
        wanted = set(places)
        every = self.passages(principal)
        return [each for each in every if (each.version.id, each.ordinal) in wanted]

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        listed = await self.versions(document_id, principal=principal)
        if number is None:
            return listed[0]
        for each in listed:
            if each.number == number:
                return each
        raise NotFound("There is no such document for you.")

    async def readable(
        self, version_ids: Iterable[int], *, principal: Principal
    ) -> dict[int, Version]:
        there = {each.version.id: each.version for each in self._readable(principal)}
        return {each: there[each] for each in version_ids if each in there}

    async def current(
        self, document_ids: Iterable[str], *, principal: Principal
    ) -> dict[str, Version]:
        readable = {each.version.document_id for each in self._readable(principal)}
        return {
            document: await self.version(document, None, principal=principal)
            for document in document_ids
            if document in readable
        }

    async def versions(self, document_id: str, *, principal: Principal) -> list[Version]:
        listed = [
            each.version
            for each in self._readable(principal)
            if each.version.document_id == document_id
        ]
        if not listed:
            raise NotFound("There is no such document for you.")
        return sorted(listed, key=lambda each: -each.number)

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        held = self._held(version, principal)
        return VersionText(held.text, held.blocks)

    async def page(self, version: Version, number: int, *, principal: Principal) -> Page:
        for each in self._held(version, principal).pages:
            if each.number == number:
                return each
        raise NotFound("There is no such document for you.")

    async def pages(self, version: Version, *, principal: Principal) -> list[Page]:
        return [replace(each, boxes=b"") for each in self._held(version, principal).pages]

    async def original(self, version: Version, *, principal: Principal) -> bytes:
        return self._held(version, principal).original

    async def facets(self, *, principal: Principal) -> Facets:
        listed = [each.version for each in self._readable(principal)]
        parties = {party for each in listed for party in each.parties}
        return Facets(tuple(sorted({each.source for each in listed})), tuple(sorted(parties)))


def _allows(acl: AclFilter, version: Version) -> bool:
    place = {"source": version.source, "document_id": version.document_id}
    return acl.allows(version.readers, denied=(), **place)


@dataclass(frozen=True, slots=True)
class FoundPassage:
    passage: Passage
    score: float


@dataclass
class WordAssistant:
    """Quotes the sentences that share most words with the question."""

    library: ShelfLibrary

    async def search(self, question: Question, limit: int) -> list[FoundPassage]:
        found = [
            FoundPassage(each, shared(question.text, f"{each.version.title} {each.text}"))
            for each in self.library.passages(question.principal)
            if question.scope.admits(each.version)
        ]
        found = [each for each in found if each.score > 0]
        return sorted(found, key=lambda each: -each.score)[:limit]

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        for told in pieces_of(await self.ask(question)):
            yield told

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        raise NotFound("There is no such answer of yours being written.")

    async def ask(self, question: Question) -> Reply:
        found = await self.search(question, 8)
        instant = question.scope.as_of
        sources: dict[int, Source] = {}
        for each in found:
            version = each.passage.version
            status = version.status_at(instant).value
            sources.setdefault(version.id, Source(len(sources) + 1, version, status))
        sentences = [
            _quoted(each.passage, span, sources[each.passage.version.id].number)
            for each in found
            for span in each.passage.sentences
            if shared(question.text, words_of(each.passage, span)) >= 2
        ][:5]
        named = tuple(sources.values())
        if not sentences:
            reason = RefusalReason.NOT_SUPPORTED if named else RefusalReason.NOTHING_READABLE
            text = "None of the documents you may read answers this."
            return Refusal(question, reason, text, named[:3])
        cited = {each.citations[0].source for each in sentences}
        kept = tuple(each for each in named if each.number in cited)
        return Answer(question, "quotes", "Here is what your sources say", tuple(sentences), kept)


def words_of(passage: Passage, span: Span) -> str:
    return passage.text[span.start - passage.start : span.end - passage.start]


def shared(one: str, other: str) -> int:
    return len(_words(one) & _words(other))


def _words(text: str) -> set[str]:
    words = re.findall(r"\w{4,}", text.lower())
    stems = {each if re.search(r"\d", each) else each[:6] for each in words}
    return stems - {"what", "must", "does"}


def _quoted(passage: Passage, span: Span, source: int) -> Sentence:
    words = words_of(passage, span)
    cited = Citation(source, passage.id, span.start, span.end, passage.page, words)
    return Sentence(words, (cited,))


def passages_of(held: Held) -> list[Passage]:
    found = []
    headings: tuple[str, ...] = ()
    for ordinal, block in enumerate(held.blocks):
        text = held.text[block.start : block.end]
        if block.kind == "heading":
            headings = (*headings[: block.depth], text)
            continue
        spans = tuple(
            Span(block.start + match.start(), block.start + match.end())
            for match in re.finditer(r"(?s)\S.*?(?:[.?!](?=\s|$)|$)", text)
        )
        number = next((page.number for page in held.pages if block.start < page.end), None)
        found.append(
            Passage(
                held.version.id * 1000 + ordinal,
                held.version,
                ordinal,
                block.start,
                block.end,
                number,
                headings,
                text,
                spans,
            )
        )
    return found


async def render(original: bytes, page: int, width: int) -> bytes:
    """Draw a page as the real part does, without its sandbox."""
    out = io.BytesIO()
    with opened_pdf(original) as pdf:
        pdf[page - 1].render(scale=width / A4[0]).to_pil().save(out, "PNG")
    return out.getvalue()


def make_parts(
    library: ShelfLibrary | None = None, *, real: Reading | None = None, **more: object
) -> Parts:
    """Return parts over the firm's documents, ann asking; `real` is what sources open from."""
    from tests.assistant.shelf_finder import ShelfFinder

    library = library or ShelfLibrary(firm())
    values: dict[str, object] = {
        "library": Part.ready("library", real or library),
        "assistant": Part.ready("assistant", WordAssistant(library)),
        "searching": Part.ready("searching", ShelfFinder(library)),
        "render": render,
        "authenticate": asking_as(ANN),
        "record": Notes(),
        "examples": EXAMPLES,
        "hosts": frozenset({"testserver", "127.0.0.1"}),
    }
    return Parts(**(values | more))  # type: ignore[arg-type]


@dataclass
class Notes:
    """A record in memory that fails from a given note on."""

    fails_at: int = sys.maxsize
    events: list[Event] = field(default_factory=list)

    async def note(self, event: Event) -> int:
        if len(self.events) >= self.fails_at:
            raise Unavailable("The record cannot be written.")
        self.events.append(event)
        return len(self.events)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another task or thread will bring about."""
    async with asyncio.timeout(120):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def asking_as(principal: Principal) -> Authenticate:
    """Return what recognises everybody as this one person, who has no account."""

    async def authenticate(_: HTTPConnection) -> Caller:
        return Caller(principal, None, Means.MACHINE, "web test")

    return authenticate


def demo_people() -> People:
    """Return ann and bob to choose from."""
    return People((ANN, BOB))
