"""All that one person can see of a house, channel by channel, as it would be sent."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.answers import Context, Question, Told, reply_of
from assistant.export import markdown
from assistant.export.exported import Exported
from assistant.export.gathering import of_passages, of_turns
from assistant.http.ask import events
from assistant.http.conversation_shapes import shown_turns
from assistant.http.hit_shapes import shown_hits
from assistant.http.parts import Found as Hit
from assistant.http.reading import shown_version
from assistant.http.shapes import shown, shown_passage
from retrieval.access import Principal
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.documents import Scope, Status, Version, now
from retrieval.errors import RetrievalError
from retrieval.staging import document_id_of
from tests.worlds.firm import Document, Firm
from tests.worlds.house import House
from tests.worlds.maker import QUESTIONS

CANARY = re.compile(r"zq[a-z]{9}\d+")
NEVER_THERE = 2**50 + 7
_ALL = frozenset(Status)
_PASSING = {"id", "asked_at"}


@dataclass(frozen=True)
class Seen:
    """What came through each channel, as text, and what a reader can list."""

    channels: dict[str, str]
    listed: frozenset[tuple[str, int]]
    found: frozenset[tuple[str, int]]
    errors: frozenset[str]

    def canaries(self) -> dict[str, set[str]]:
        """Return the canaries that each channel shows."""
        return {name: set(CANARY.findall(text)) for name, text in self.channels.items()}


async def look(house: House, principal: Principal, firm: Firm, asked: Iterable[str] = ()) -> Seen:
    """Open everything that there is to open, as this principal; `asked` are further questions."""
    channels: dict[str, str] = {}
    found: set[tuple[str, int]] = set()
    passages: set[int] = set()
    scope = Scope(as_of=now(), statuses=_ALL)
    for question in [*QUESTIONS, *asked]:
        asks = Question(question, principal, scope)
        pieces = [piece async for piece in house.assistant.stream(asks)]
        told = [each for each in pieces if not isinstance(each, Context)]
        reply = shown(reply_of(pieces)).model_dump(mode="json")
        hits = await house.assistant.search(asks, 200)
        sent = [each.model_dump(mode="json") for each in shown_hits(hits, scope.as_of)]
        channels[f"answer to {question}"] = repr({**reply, "question": ""})
        channels[f"stream for {question}"] = await _streamed(told, question)
        channels[f"hits for {question}"] = repr(sent)
        found |= {(each["document"], each["version"]) for each in sent}
        passages |= {each["passage"] for each in sent}
    channels["history"] = await _history(house, principal, hits)
    channels["facets"] = repr(await house.library.facets(principal=principal))
    versions = await house.library.all_versions(principal=principal)
    channels["list"] = repr([_sent(each) for each in versions])
    for version in versions:
        channels[f"opened {version.document_id} {version.number}"] = await _open(
            house, principal, version
        )
    for number in sorted(passages):
        passage = await house.library.passage(number, principal=principal)
        channels[f"passage {number}"] = repr(shown_passage(passage, scope.as_of).model_dump())
    listed = frozenset((each.document_id, each.number) for each in versions)
    return Seen(channels, listed, frozenset(found), await _errors(house, principal, firm, listed))


async def _history(house: House, principal: Principal, hits: Sequence[Hit]) -> str:
    """Return all that was ever told, once more is kept: everything that is found now, cited."""
    conversation = hashlib.md5(principal.name.encode(), usedforsecurity=False).hexdigest()
    found = [each.passage for each in hits]
    said = tuple(
        Said(each.text, (Cited(each.version.id, each.id, each.start, each.end, 1, each.text),))
        for each in found
    )
    turn = Turn(secrets.token_hex(16), now(), "And now?", mode="quotes", said=said)
    await house.conversations.keep(conversation, turn, person=principal.name)
    turns = await house.history.opened(conversation, principal=principal)
    place = {"principal": principal, "address": "http://here"}
    left = await of_turns(turns, house.library, **place)
    ids = [each.id for each in found]
    left += await of_passages(ids, house.library, asked="", **place)
    sections = tuple(replace(each, at=0) for each in left)
    exported = markdown.written(Exported(sections, principal.name, 0)).decode()
    listed = await house.history.own(principal=principal)
    shown = shown_turns(conversation, turns).model_dump(exclude={"turns": {"__all__": _PASSING}})
    return repr([shown, exported, [(each.first, each.turns) for each in listed]])


async def _streamed(told: Sequence[Told], question: str) -> str:
    """Return the events of a reply; the question itself is repeated in the first."""

    async def pieces() -> AsyncGenerator[Told, None]:
        for each in told:
            yield each

    sent = "".join([each async for each in events(pieces())])
    return sent.replace(json.dumps(question), "", 1)


async def _open(house: House, principal: Principal, version: Version) -> str:
    library = house.library
    text = await library.text(version, principal=principal)
    pages = await library.pages(version, principal=principal)
    page = await library.page(version, 1, principal=principal)
    original = await library.original(version, principal=principal)
    again = await library.version(version.document_id, version.number, principal=principal)
    every = await library.versions(version.document_id, principal=principal)
    shown_again = [_sent(each) for each in (again, *every)]
    return repr([text, pages, page, original.decode(), shown_again])


async def _errors(
    house: House, principal: Principal, firm: Firm, listed: frozenset[tuple[str, int]]
) -> frozenset[str]:
    """Return all that is said of what cannot be opened, and of what is not there at all."""
    library, told = house.library, set[str]()
    attempts: list[Awaitable[Any]] = [
        library.versions("0" * 24, principal=principal),
        library.version("0" * 24, None, principal=principal),
        library.passage(NEVER_THERE, principal=principal),
    ]
    for document in firm.documents:
        attempts += _attempts(house, principal, document, listed)
    for attempt in attempts:
        try:
            said: object = await attempt
        except RetrievalError as error:
            said = (type(error).__name__, str(error))
        told.add(repr(said))
    return frozenset(told)


def _attempts(
    house: House, principal: Principal, document: Document, listed: frozenset[tuple[str, int]]
) -> list[Awaitable[Any]]:
    at = document_id_of(document.source, document.born)
    hidden = [
        number for number in range(1, len(document.versions) + 1) if (at, number) not in listed
    ]
    attempts: list[Awaitable[Any]] = [
        house.library.version(at, number, principal=principal) for number in hidden
    ]
    if len(hidden) == len(document.versions):
        attempts.append(house.library.versions(at, principal=principal))
        attempts.append(house.library.version(at, None, principal=principal))
    return attempts


def _sent(version: Version) -> str:
    return repr(shown_version(version, now()).model_dump())
