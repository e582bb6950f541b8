"""Reading the record: entries with names and words again, for whom the key is still there."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from retrieval.audit import tables
from retrieval.audit.entry import Entry, context_of
from retrieval.audit.event import Act
from retrieval.audit.keyring import Keyring
from retrieval.audit.retention import concerning
from retrieval.audit.subject import Subject
from retrieval.database import Database
from retrieval.errors import NotFound

ERASED = "erased"
_PAGE = 500
MOST_OPENED = 5_000
_PSEUDONYM = re.compile(r"s[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entries: by or about a person, about a document, from `since` until before `until`.

    `person` is a name, or the pseudonym of somebody erased; `text` stands in the words, as far as
    they can be opened. What is not given does not limit.
    """

    person: str = ""
    document: str = ""
    since: int | None = None
    until: int | None = None
    acts: frozenset[Act] = frozenset()
    text: str = ""


async def export(
    database: Database, keyring: Keyring, choice: Choice
) -> AsyncIterator[dict[str, Any]]:
    """Yield the chosen entries as JSON objects, oldest first.

    Each has `number`, `at`, `act`, `actor`, `origin`, `about`, `concerns`, `words` and `digest`.
    Of people whose key is gone there is the pseudonym for the name, and "erased" for the rest.

    Raises:
        NotFound: nobody of that name is on record.
    """
    after = 0
    while page := await _page(database, keyring, choice, after=after):
        subjects = await keyring.all()
        for entry in page:
            if choice.document and choice.document not in _ids(json.loads(entry.body)["about"]):
                continue
            if not choice.text:
                yield opened(entry, subjects)
            for told in _with_text([entry], subjects, choice) if choice.text else ():
                yield told
        after = page[-1].number


async def latest(
    database: Database, keyring: Keyring, choice: Choice, *, limit: int, before: int | None = None
) -> list[dict[str, Any]]:
    """Return the newest of the chosen entries older than entry `before`, newest first.

    A text is looked for in the newest `MOST_OPENED` entries that are chosen otherwise; that
    somebody looked for it is none of what is found, unless readings are asked for.
    """
    if not choice.text:
        page = await _page(
            database, keyring, choice, before=before, limit=limit, is_newest_first=True
        )
        subjects = await keyring.all()
        return [opened(entry, subjects) for entry in page]
    found: list[dict[str, Any]] = []
    for _ in range(MOST_OPENED // _PAGE):
        page = await _page(database, keyring, choice, before=before, is_newest_first=True)
        found += await asyncio.to_thread(_with_text, page, await keyring.all(), choice)
        if len(page) < _PAGE or len(found) >= limit:
            break
        before = page[-1].number
    return found[:limit]


def _with_text(
    page: Sequence[Entry], subjects: Mapping[str, Subject], choice: Choice
) -> list[dict[str, Any]]:
    """Return the entries in whose words a text stands, whatever its case."""
    has_readings = Act.EXPORT in choice.acts
    every = (opened(each, subjects) for each in page if has_readings or each.act != Act.EXPORT)
    sought = choice.text.casefold()
    return [
        each
        for each in every
        if isinstance(each["words"], Mapping)
        and any(sought in str(value).casefold() for value in each["words"].values())
    ]


def opened(entry: Entry, subjects: Mapping[str, Subject]) -> dict[str, Any]:
    """Return an entry as it is read by people."""
    said = json.loads(entry.body)
    actor = subjects.get(entry.actor)
    context = context_of(entry.number, entry.act, entry.actor)
    text = actor.unseal(said["sealed"], context) if actor else None
    sealed = json.loads(text) if text else {"origin": ERASED, "words": ERASED}
    return {
        "number": entry.number,
        "at": entry.at,
        "act": entry.act,
        "actor": actor.name if actor else entry.actor,
        "origin": sealed["origin"],
        "about": said["about"],
        "concerns": [
            subjects[each].name if each in subjects else each for each in said["concerns"]
        ],
        "words": sealed["words"],
        "digest": entry.digest,
    }


async def _page(
    database: Database,
    keyring: Keyring,
    choice: Choice,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = _PAGE,
    is_newest_first: bool = False,
) -> Sequence[Entry]:
    events = tables.events.c
    query = select(tables.events).where(events.number > after)
    if before is not None:
        query = query.where(events.number < before)
    if choice.person:
        query = query.where(concerning(await subject_of(keyring, choice.person)))
    if choice.document:
        query = query.where(events.body.contains(json.dumps(choice.document), autoescape=True))
    if choice.since is not None:
        query = query.where(events.at >= choice.since)
    if choice.until is not None:
        query = query.where(events.at < choice.until)
    if choice.acts:
        query = query.where(events.act.in_(sorted(choice.acts)))
    order = events.number.desc() if is_newest_first else events.number
    async with database.transaction() as connection:
        rows = (await connection.execute(query.order_by(order).limit(limit))).all()
    return [Entry(*row) for row in rows]


async def subject_of(keyring: Keyring, person: str) -> str:
    """Return the pseudonym of a person, given by name or by pseudonym, or raise `NotFound`."""
    subject = await keyring.named(person)
    if subject:
        return subject.id
    if _PSEUDONYM.fullmatch(person):
        return person
    raise NotFound(
        f"Expected the name of somebody on record, got {person[:80]!r}. Whoever was erased is "
        "known by a pseudonym only: s and 32 digits, as in an export of a period."
    )


def _ids(value: Any) -> set[str]:
    """Return every text inside a JSON value."""
    if isinstance(value, dict):
        return set().union(*map(_ids, value.values()))
    if isinstance(value, list):
        return set().union(*map(_ids, value))
    return {value} if isinstance(value, str) else set()
