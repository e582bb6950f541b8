"""What must not wait behind embedding: removals, moves and changed readers, set by set.

Each set is on record before it is applied; if it cannot be, the sync ends there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby

from connectors.connector import Found, Observation, Reached, Removed, Unreachable
from ingest.draft import merged
from ingest.run import Run
from ingest.stores import Stores
from ingest.trail import Change, Trail
from retrieval.documents import Details
from retrieval.readership import Readership
from retrieval.shelf import Known


class AtOnce:
    """The first stage after the source."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def applied(
        self, observed: AsyncIterator[list[Observation]], run: Run
    ) -> AsyncIterator[Found | Reached]:
        """Apply what is seen, in its order; yield what needs its content looked at."""
        async for handful in observed:
            for _, alike in groupby(handful, type):
                together = list(alike)
                found = [each for each in together if isinstance(each, Found)]
                run.tally.seen += len(found)
                await self._remove([each for each in together if isinstance(each, Removed)], run)
                await self._move(found, run)
                await self._change_access(found, run)
                for each in together:
                    if isinstance(each, Unreachable):
                        await self._miss(each, run)
                    elif isinstance(each, Found | Reached):
                        yield each

    async def _remove(self, removed: Sequence[Removed], run: Run) -> None:
        if not removed:
            return
        here = {each.uri: run.known[each.uri] for each in removed if each.uri in run.known}
        await run.trail.removes([known.document_id for known in here.values()])
        await self._stores.failures.clear(run.source, [each.uri for each in removed])
        for known in here.values():
            await self._stores.shelf.remove(known.document_id)
            run.tally.removed += 1
        if here:
            await end_grants(self._stores, run.trail)  # before another can lie at the same place
            await self._stores.indexer.bring_along()

    async def _move(self, found: Sequence[Found], run: Run) -> None:
        moved = {each.moved_from: each for each in found if each.moved_from is not None}
        if not moved:
            return
        here = {uri: run.known[uri] for uri in moved if uri in run.known}
        await run.trail.moves([known.document_id for known in here.values()])
        await self._stores.failures.clear(run.source, list(moved))
        for uri, known in here.items():
            target = moved[uri].uri
            await self._stores.shelf.move(known.document_id, target)
            run.known[target] = run.known.pop(uri)
            run.tally.moved += 1

    async def _change_access(self, found: Sequence[Found], run: Run) -> None:
        """Apply changed readers before anything slow: a revocation does not queue."""
        changed = [
            (known, merged(each, known.own_details))
            for each in found
            if (known := run.known.get(each.uri))
            and readership(known.details) != readership(each.details)
        ]
        await self._restrict([(known, readership(details)) for known, details in changed], run)

    async def _miss(self, seen: Unreachable, run: Run) -> None:
        """List what cannot be read; if its readers cannot be known either, let nobody read it."""
        await run.trouble(seen.uri, "unreachable", seen.reason, "")
        if seen.closes:
            shut = [known for uri, known in run.known.items() if seen.covers(uri)]
            nobody = [(each, Readership(denied=each.details.denied)) for each in shut]
            await self._restrict(nobody, run)

    async def _restrict(self, wanted: Sequence[tuple[Known, Readership]], run: Run) -> None:
        if not wanted:
            return
        await run.trail.permits(
            Change(known.document_id, readership(known.details), after) for known, after in wanted
        )
        for known, after in wanted:
            await self._stores.shelf.restrict(known, after.readers, after.denied)
        await self._stores.indexer.bring_along()


async def end_grants(stores: Stores, trail: Trail) -> None:
    """End the grants of documents that are removed, on record: they must not open what returns."""
    if ended := await stores.shelf.lapsed(trail.source):
        await trail.lapses(ended)
        await stores.shelf.end(ended)


def readership(details: Details) -> Readership:
    """Return who reads a document by what its source says of it."""
    return Readership(details.readers, details.denied)
