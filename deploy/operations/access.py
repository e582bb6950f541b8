"""Let readers in, keep them out, and break the glass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from deploy.operations.operation import Event, Parts, Result
from retrieval.audit.record import OPERATOR
from retrieval.documents import now
from retrieval.people.grants import Addition, Effect, Grant


async def grant(
    parts: Parts,
    *,
    reader: str,
    source: str = "",
    document: str | None = None,
    reason: str = "",
) -> AsyncIterator[Event]:
    """Let a reader read a source or a document, beyond what its source states."""
    yield await _added(parts, Addition(Effect.GRANT, reader, source, document, reason))


async def deny(
    parts: Parts,
    *,
    reader: str,
    source: str = "",
    document: str | None = None,
    reason: str = "",
) -> AsyncIterator[Event]:
    """Keep a reader from a source or a document, whatever else lets them read it."""
    yield await _added(parts, Addition(Effect.DENY, reader, source, document, reason))


async def ungrant(parts: Parts, *, number: int) -> AsyncIterator[Event]:
    """Take a grant or a denial back."""
    removed = await parts.grants.remove(number, by=OPERATOR.by, origin=OPERATOR.origin)
    await parts.indexer.bring_along()
    yield Result(asdict(removed))


async def grants(parts: Parts, *, source: str | None = None) -> AsyncIterator[Event]:
    """List what administrators added to the readers that sources state."""
    yield Result({"grants": [_listed(each) for each in await parts.grants.all(source)]})


async def break_glass(
    parts: Parts, *, user: str, document: str, reason: str, minutes: int = 15
) -> AsyncIterator[Event]:
    """Let an administrator read one document for a while; the owner is shown it."""
    opened = await parts.glass.open(user, document, reason, minutes, origin=OPERATOR.origin)
    yield Result(asdict(opened))


async def glass(parts: Parts) -> AsyncIterator[Event]:
    """List the glass that was broken, newest first, and tell which is open now."""
    instant = now()
    listed = await parts.glass.all()
    yield Result({"glass": [asdict(each) | {"is_open": each.is_open(instant)} for each in listed]})


async def end_glass(parts: Parts, *, number: int) -> AsyncIterator[Event]:
    """End such a reading early; one that has ended stays as it was."""
    ended = await parts.glass.close(number, by=OPERATOR.by, origin=OPERATOR.origin)
    yield Result(asdict(ended))


def _listed(each: Grant) -> dict[str, Any]:
    told = asdict(each)
    if each.is_gone:
        told["note"] = f"no such {'document' if each.document_id else 'source'} now"
    return told


async def _added(parts: Parts, wanted: Addition) -> Result:
    added = await parts.grants.add(wanted, by=OPERATOR.by, origin=OPERATOR.origin)
    await parts.indexer.bring_along()
    return Result(asdict(added))
