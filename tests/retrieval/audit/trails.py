"""Short ways to fill a record in tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from retrieval.audit.event import Act, Event
from retrieval.audit.reading import Choice
from retrieval.audit.record import KeptRecord
from retrieval.audit.verification import Verdict

ACTS = (Act.ASK, Act.ANSWER, Act.REFUSE, Act.OPEN, Act.SIGN_IN)
PEOPLE = ("ann", "bob", "cho")


@asynccontextmanager
async def opened(folder: Path, **options: Any) -> AsyncIterator[KeptRecord]:
    """Yield a record that is closed afterwards."""
    record = await KeptRecord.open(folder, **options)
    try:
        yield record
    finally:
        await record.close()


def event(number: int = 0, **values: Any) -> Event:
    """Return an event; no two numbers give the same."""
    given = {
        "act": ACTS[number % len(ACTS)],
        "actor": PEOPLE[number % len(PEOPLE)],
        "origin": f"web 10.0.0.{number % 250}",
        "about": {"document": f"document-{number}", "count": number},
        "words": {"question": f"What about {number}?"},
    }
    return Event(**{**given, **values})


async def fill(record: KeptRecord, count: int, start: int = 0) -> list[int]:
    """Note events at once and return their numbers."""
    noted = (record.note(event(number)) for number in range(start, start + count))
    return list(await asyncio.gather(*noted))


async def verdict_of(record: KeptRecord) -> Verdict:
    """Return the final verdict."""
    return [verdict async for verdict in record.verify()][-1]


async def exported(record: KeptRecord, **choice: Any) -> list[dict[str, Any]]:
    """Return the entries chosen, without the one that notes the export."""
    return [each async for each in record.export(Choice(**choice)) if each["act"] != "export"]


def database_of(folder: Path) -> bytes:
    """Return every byte of the database and its log."""
    return b"".join(each.read_bytes() for each in folder.glob("audit.db*"))
