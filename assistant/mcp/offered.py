"""What other agents are offered: three tools that read, each with the rights of who calls.

They are the doors of the HTTP entrance by another name: the same checks, the same record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.answers import Question, pieces_of
from assistant.http.errors import Problem, of_validation, problem_of
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.hit_shapes import shown_hits
from assistant.http.openai_told import Written
from assistant.http.parts import Parts
from assistant.http.requests import Day, Kinds, Names, Text, instant_of
from assistant.http.shapes import shown, source_link
from assistant.recorded import note_opening
from assistant.signin.caller import Action, Caller, may, require
from assistant.signin.errors import NotAllowed
from retrieval.documents import Scope, now
from retrieval.plain import plain

CHANNEL = "mcp"
MOST_CHARACTERS = 20_000


class Asked(BaseModel):
    """What a search or a question may be limited to; an empty list limits nothing."""

    model_config = ConfigDict(extra="forbid")

    question: Text
    kinds: Kinds = frozenset()
    sources: Names = frozenset()
    parties: Names = frozenset()
    as_of: Day = None

    def by(self, caller: Caller) -> Question:
        """Return the question as this caller asks it, by this channel."""
        scope = Scope(
            as_of=instant_of(self.as_of),
            kinds=self.kinds,
            sources=self.sources,
            parties=self.parties,
        )
        origin = caller.origin.replace("web", CHANNEL, 1)
        return Question(
            self.question,
            caller.principal,
            scope,
            origin,
            channel=CHANNEL,
            roles=caller.roles,
            may_act=may(caller, Action.ACT),
        )


class Searched(Asked):
    """A search, and how many passages are wanted."""

    limit: Annotated[int, Field(ge=1, le=50)] = 10


class Opened(BaseModel):
    """Which document to read, from which character on, and how much of it.

    Without a version it is the one in force, else the newest.
    """

    model_config = ConfigDict(extra="forbid")

    document: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
    version: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    start: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    characters: Annotated[int, Field(ge=1, le=MOST_CHARACTERS)] = 4_000


@dataclass(frozen=True, slots=True)
class Came:
    """What comes of a call: text to read, and the same as data. `is_error`: it was refused."""

    text: str
    data: dict[str, Any]
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class House:
    """Whose server is called: its parts, who calls, and the address that links begin with."""

    parts: Parts
    caller: Caller
    address: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool: its name, what it does, what it takes, and what does it."""

    name: str
    title: str
    says: str
    takes: type[BaseModel]
    does: Callable[[Any, House], Awaitable[Came]]


async def call(name: str, arguments: object, house: House) -> Came | None:
    """Return what comes of a call, a refusal told like every other; None: there is no such tool."""
    offer = next((each for each in OFFERS if each.name == name), None)
    if offer is None:
        return None
    try:
        return await offer.does(offer.takes.model_validate(arguments), house)
    except ValidationError as error:
        return _refused(of_validation(error.errors()))
    except NotAllowed as error:
        return Came(plain(str(error)), {"error": {"code": "not_allowed"}}, is_error=True)
    except Exception as error:  # told as it is over HTTP: what, why, what to do, and no trace
        return _refused(problem_of(error))


def _refused(problem: Problem) -> Came:
    detail = problem.detail
    text = f"Expected {detail.expected}, got {detail.got}. {detail.do}"
    return Came(text, problem.body, is_error=True)


async def _search(asked: Searched, house: House) -> Came:
    require(house.caller, Action.SEARCH)
    assistant = await house.parts.assistant.get(wait_seconds=PART_WAITS_SECONDS)
    question = asked.by(house.caller)
    hits = shown_hits(await assistant.search(question, asked.limit), question.scope.as_of)
    lines = [
        f"{each.score_rank}. {each.title}, {each.status}: {plain(each.text)} "
        f"<{house.address}{each.link}>"
        for each in hits
    ]
    data = {"hits": [each.model_dump(mode="json") for each in hits]}
    return Came("\n".join(lines) or "Nothing that you may read was found.", data)


async def _ask(asked: Asked, house: House) -> Came:
    require(house.caller, Action.ASK)
    house.parts.let_in()
    assistant = await house.parts.assistant.get(wait_seconds=PART_WAITS_SECONDS)
    question = replace(asked.by(house.caller), conversation=None, roles=house.caller.roles)
    reply = await assistant.ask(question)
    written = Written(house.address)
    for piece in pieces_of(reply):
        written.take(piece)
    written.end()
    return Came(written.text, shown(reply).model_dump(mode="json"))


async def _open(opened: Opened, house: House) -> Came:
    require(house.caller, Action.READ)
    library = await house.parts.library.get(wait_seconds=PART_WAITS_SECONDS)
    principal = house.caller.principal
    version = await library.version(opened.document, opened.version, principal=principal)
    origin = house.caller.origin.replace("web", CHANNEL, 1)
    await note_opening(house.parts.record, version, principal=principal, origin=origin, what="text")
    stored = await library.text(version, principal=principal)
    end = min(opened.start + opened.characters, len(stored.text))
    data = {
        "document": version.document_id,
        "version": version.number,
        "title": plain(version.title),
        "status": version.status_at(now()),
        "start": opened.start,
        "end": max(end, opened.start),
        "characters": len(stored.text),
        "text": stored.text[opened.start : end],
        "link": source_link(version.document_id, version.number),
    }
    return Came(plain(stored.text[opened.start : end]) or "There is no more of it.", data)


OFFERS: tuple[Offer, ...] = (
    Offer(
        "search",
        "Search",
        "Find passages of the organisation's contracts, policies and tickets, best first, as far "
        "as you may read them. Each names its document, version and characters.",
        Searched,
        _search,
    ),
    Offer(
        "ask",
        "Ask",
        "Ask a question of the organisation's documents. Every sentence of the answer has a "
        "footnote with the exact words it rests on; what is not supported is not said.",
        Asked,
        _ask,
    ),
    Offer(
        "open_document",
        "Open a document",
        "Read a document on from a character, for example around a passage that was found.",
        Opened,
        _open,
    ),
)
