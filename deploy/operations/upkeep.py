"""Status and reindex: what an operator asks of a running library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict

from deploy.operations.operation import Event, Parts, Progress, Result
from deploy.operations.stopping import listed
from retrieval.reembed import reembed


async def status(parts: Parts) -> AsyncIterator[Event]:
    """Tell what is indexed, from where, and what could not be."""
    counts = {each.source: each for each in await parts.census.by_source()}
    sources = [
        {
            "source": each.name,
            "connector": each.connector,
            "location": each.location,
            "synced_at": each.synced_at,
            "documents": counts[each.name].documents if each.name in counts else 0,
            "versions": counts[each.name].versions if each.name in counts else 0,
            "passages": counts[each.name].passages if each.name in counts else 0,
            "without_readers": counts[each.name].closed if each.name in counts else 0,
        }
        for each in await parts.sources.all()
    ]
    failures = [asdict(each) for each in await parts.failures.all()]
    told = {"sources": sources, "failures": failures, "stops": await listed(parts)}
    yield Result({"model": parts.embedder.name, **told})


async def reindex(parts: Parts) -> AsyncIterator[Event]:
    """Embed again what another model embedded, then build the index anew from the library."""
    async for done, total in reembed(parts.journal, parts.embedder):
        yield Progress("embedding again", done, total, "passages")
    points = await parts.upkeep.rebuild()
    yield Result({"points": points, "model": parts.embedder.name})
