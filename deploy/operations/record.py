"""The record, as an operator uses it: check it, read it, hold it, and erase a person from it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from deploy.operations.operation import Event, Parts, Progress, Result
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR, Desk
from retrieval.documents import end_of, start_of
from retrieval.errors import BadRequest, Unavailable

_MOST_INLINE = 10_000


async def audit_verify(parts: Parts) -> AsyncIterator[Event]:
    """Check the whole record and tell where anything is wrong, and what."""
    verdict = None
    async for verdict in parts.record.verify():
        yield Progress("checking the record", verdict.checked, verdict.total, "events")
    assert verdict
    yield Result({"is_sound": verdict.is_sound, **asdict(verdict)})


async def audit_export(
    parts: Parts,
    person: str = "",
    document: str = "",
    since: str = "",
    until: str = "",
    file: str = "",
) -> AsyncIterator[Event]:
    """Give the events of a person, a document or a period (days, both included), oldest first.

    With `file`, they are written there, one JSON object a line, for its owner alone.
    """
    choice = Choice(person, document, _start(since), _end(until))
    if file:
        async for event in _written(parts.record.export(choice), file):
            yield event
        return
    events: list[dict[str, Any]] = []
    async for entry in parts.record.export(choice):
        events.append(entry)
        if len(events) > _MOST_INLINE:
            raise BadRequest(
                f"Expected at most {_MOST_INLINE} events to print, got more. Name a file to "
                "write them to, or a shorter period."
            )
    yield Result({"events": events})


async def audit_erase(parts: Parts, person: str) -> AsyncIterator[Event]:
    """Make a person's name and words unreadable for good, and delete what is kept of them."""
    yield Result(await erased(parts, person, OPERATOR))


async def erased(parts: Parts, person: str, desk: Desk) -> dict[str, Any]:
    """Erase a person from the record and from what is kept of them; tell what went.

    Raises:
        NotFound: nobody of that name is on record.
        BadRequest: the person is under a legal hold.
    """
    pseudonym = await parts.record.erase(person, desk)
    cases = await parts.review.forget(person)  # first: what waits would be written anew
    gone = await parts.conversations.forget([pseudonym])
    await parts.saved.forget([pseudonym])
    if parts.workbench is not None:
        await parts.workbench.tidy(0)  # what an erased person's key sealed opens no more
    return {"person": person, "pseudonym": pseudonym, "conversations": gone, "cases": cases}


async def audit_hold(parts: Parts, person: str, reason: str) -> AsyncIterator[Event]:
    """Put a person under a legal hold: nothing by or about them is erased or pruned."""
    if not reason.strip():
        raise BadRequest("Expected the reason of the legal hold, got nothing. Name the case.")
    yield Result({"person": person, "event": await parts.record.hold(person, reason)})


async def audit_release(parts: Parts, person: str) -> AsyncIterator[Event]:
    """End a legal hold."""
    yield Result({"person": person, "event": await parts.record.release(person)})


async def _written(entries: AsyncIterator[dict[str, Any]], file: str) -> AsyncIterator[Event]:
    count = 0
    with await asyncio.to_thread(_created, file) as lines:
        try:
            async for entry in entries:
                lines.write(json.dumps(entry) + "\n")
                count += 1
                if count % 1000 == 0:
                    yield Progress("writing events", count, count, "events")
        except BaseException:
            await asyncio.to_thread(os.unlink, file)
            raise
    yield Result({"events": count, "file": file})


def _start(day: str) -> int | None:
    return start_of(_day(day)) if day else None


def _end(day: str) -> int | None:
    return end_of(_day(day)) if day else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"Expected a day as YYYY-MM-DD, got {text[:40]!r}.") from error


def _created(file: str) -> TextIO:
    path = Path(file)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise Unavailable(
            f"Expected to create {path}, got: {error.strerror}. Name a file that is not there "
            "yet, in a folder that can be written."
        ) from error
    return os.fdopen(handle, "w", encoding="ascii")
