"""A made-up house of many documents and people, so that every list and count has work to do.

Sources, owners, kinds, statuses, days of review, parties and years are spread over the documents.
Everybody in `group:all` reads all, in `group:half` every other one, in `group:few` one in a
hundred. One of them has conversations, saved searches, and cases to review; the record has events.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Final

from deploy.parts import Parts
from evals.bench.index_world import World
from evals.bench.made_up import version
from retrieval.audit.event import Act, Event
from retrieval.audit.record import Desk
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.documents import Details, Kind, Page, Status, now
from retrieval.governance.decision import Change, Chosen
from retrieval.people.people import Role
from retrieval.qdrant.bm25 import Words
from retrieval.review.case import CaseKind, Matter
from retrieval.staging import NewVersion

WHOLE: Final = "wilma"
HALF: Final = "harald"
FEW: Final = "fiona"
PEOPLE: Final = {WHOLE: "all", HALF: "half", FEW: "few"}
"""By name: the group by which they read."""

_ONE_IN: Final = {"all": 1, "half": 2, "few": 100}
"""Of how many documents a group reads one."""

SOURCES: Final = 12
LONG: Final = "Annexes of everything"
"""The title of the one document of many pages."""

_EACH: Final = 10
_BATCH: Final = 100
_OWNED_EACH: Final = 40
_PAGES: Final = 400
_WHAT: Final = ("Lease", "Supply", "Service", "Transport", "Storage", "Licence", "Loan", "Audit")
_SORT: Final = ("agreement", "amendment", "policy", "instruction", "report")
_ROLES: Final = (Role.ADMIN, Role.OPERATOR, Role.STEWARD, Role.REVIEWER)
_DESK: Final = Desk(WHOLE, "benchmark")
_TODAY: Final = date.today()


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is in a house; a document has ten passages."""

    documents: int
    conversations: int = 1_000
    searches: int = 20
    events: int = 100_000
    cases: int = 200


async def move_in(parts: Parts, size: Size) -> None:
    """Fill a house that is empty, and bring its index along."""
    for name, group in PEOPLE.items():
        await parts.directory.add(name, roles=_ROLES if name == WHOLE else ())
        await parts.directory.join(group, [f"user:{name}"])
    for number in range(SOURCES):
        await parts.sources.put(_source(number), "files", f"/srv/{_source(number)}", {})
        await parts.sources.save_cursor(_source(number), "")
    last = size.documents // 100
    every = documents(size.documents, parts.embedder.name)
    await _shelve(parts, islice(every, size.documents - last))
    for number in range(size.searches):
        asked = f"q=w{number + 3}+w{number + 40}&source={_source(number)}"
        await parts.saved.keep(f"Search {number}", asked, person=WHOLE)
    await asyncio.sleep(1)  # what is new to them came in a later second
    await _shelve(parts, every)
    await _review(parts, min(SOURCES, size.documents))
    await _talk(parts, size.conversations)
    await _ask_for_review(parts, size.cases)
    await _note(parts, size.events)
    await parts.indexer.bring_along()


def documents(size: int, model: str) -> Iterator[NewVersion]:
    """Yield as many documents, the first of them long."""
    keywords = Words().of_body
    world, made = World(max(size * _EACH, 1_000)), 0
    for number in range((size * _EACH + 999) // 1_000):
        batch = world.batch(number)
        for at in range(0, len(batch), _EACH):
            if made == size:
                return
            few = batch[at : at + _EACH]
            new = version(few, (_source(made), _uri(made)), _details(made), model, keywords)
            yield _paged(new) if made == 0 else new
            made += 1


def _details(number: int) -> Details:
    subject, sort = _WHAT[number % len(_WHAT)], _SORT[number // 3 % len(_SORT)]
    groups = [name for name, each in _ONE_IN.items() if number % each == 0]
    begins = date(_TODAY.year - 1 - number % 6, 1 + number % 12, 1 + number % 28)
    return Details(
        title=f"{subject} {sort} {number % 89} of party {number % 300}, no. {number}"
        if number
        else LONG,
        kind=list(Kind)[number // 5 % 4],
        readers=frozenset(f"group:{each}" for each in groups),
        status=Status.DRAFT if number % 8 == 7 else Status.APPROVED,
        owner=f"Owner {number // _OWNED_EACH}" if number % 9 else "",
        parties=(f"Party {number % 300}", f"Party {300 + number % 70}"),
        effective_from=begins if number % 5 else None,
        expires_on=_TODAY - timedelta(days=number % 300) if number % 12 == 5 else None,
        supersedes=_uri(number - SOURCES) if number % 20 == 19 else None,
    )


def _uri(number: int) -> str:
    return f"folder-{number % 50}/document-{number}.txt" if number else "annexes.pdf"


def _source(number: int) -> str:
    return f"source-{number % SOURCES}"


def _paged(new: NewVersion) -> NewVersion:
    """Return the same of many pages, as if it were a PDF; its passages are those of the first."""
    length = len(new.text) + 1
    text = "\n".join([new.text] * _PAGES)
    pages = tuple(
        Page(at + 1, at * length, (at + 1) * length - 1, 595.0, 842.0) for at in range(_PAGES)
    )
    blocks = tuple((each.start, each.end, "text", 0) for each in pages)
    return replace(new, text=text, blocks=blocks, pages=pages, media_type="application/pdf")


async def _shelve(parts: Parts, every: Iterator[NewVersion]) -> None:
    while batch := list(islice(every, _BATCH)):
        await parts.shelf.publish_all(await parts.shelf.stage_all(batch))


async def _review(parts: Parts, sources: int) -> None:
    """Give a day of review to the documents of three sources in four, the first of them soon."""
    principal = await parts.directory.principal(WHOLE)
    for number in range(sources):
        if number % 4:
            day = _TODAY + timedelta(days=20 * number)
            change, chosen = Change(review_by=day.isoformat()), Chosen(source=_source(number))
            govern = parts.governing.governance
            await govern.decide(chosen, change, "", principal=principal, desk=_DESK)


async def _talk(parts: Parts, count: int) -> None:
    """Have one person talk, three turns each time, about documents that they may read."""
    principal = await parts.directory.principal(WHOLE)
    some = (await parts.governing.listed(Chosen(), principal=principal)).lines
    began = now() - 60 * count
    for number in range(count):
        conversation = secrets.token_hex(16)
        for at in range(3):
            line = some[(number + at) % len(some)]
            cited = Cited(line.version_id, 1, 0, 20, None, "the words that it cites")
            said = Said("A sentence that was said to them of some length. " * 3, (cited,))
            asked = f"Question {number} about {line.title}?"
            turn = Turn(secrets.token_hex(16), began + 60 * number + at, asked, said=(said,) * 3)
            await parts.conversations.keep(conversation, turn, person=WHOLE)


async def _ask_for_review(parts: Parts, count: int) -> None:
    for number in range(count):
        question = f"Question {number} that nobody answered?"
        asker = f"person-{number % 20}"
        await parts.review.cases.open(
            Matter(CaseKind.REFUSED, asker, question, secrets.token_hex(8), number, "quotes", ())
        )


async def _note(parts: Parts, count: int) -> None:
    """Have the record hold as many events, of some people and some acts."""
    acts = (Act.ASK, Act.RETRIEVE, Act.ANSWER, Act.OPEN)
    for start in range(0, count, 5_000):
        numbers = range(start, min(start + 5_000, count))
        await asyncio.gather(
            *(
                parts.record.note(
                    Event(
                        acts[number % 4],
                        f"person-{number // 4 % 50}",
                        "web 10.1.2.3",
                        {"number": number, "document": f"{number % 997:024x}"},
                        {"question": f"How much notice must be given in case {number}?"},
                    )
                )
                for number in numbers
            )
        )
