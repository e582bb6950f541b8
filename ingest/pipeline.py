"""How documents get in. READ FIRST: `Pipeline.sync` is the story, the rest are its verbs.

    observe -> at once -> draft -> embed -> store
    what a source has | access, moves, removals | fetch, parse, chunk | vectors | SQL, index

Stages run at the same time, each a little ahead of the next. The cursor is saved only after
everything before it is stored, so a crash repeats work but loses nothing. What is about to be
changed is on record first (`ingest/trail.py`): what cannot be noted is not done, and the sync ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.connector import Connector, Found, Reached
from ingest.at_once import AtOnce, end_grants, readership
from ingest.chunker import Chunker
from ingest.draft import RECIPE, Draft, Redescribed, merged, own_details
from ingest.flow import Flow, gathered
from ingest.parsed import Parsed
from ingest.parser import Parser
from ingest.run import Run
from ingest.stores import Stores
from ingest.summary import Report, Tally
from ingest.trail import Change, Trail
from ingest.vectors import NONE, vectors_of
from retrieval.audit.event import Record
from retrieval.audit.record import OPERATOR, Desk
from retrieval.blobs import name_of
from retrieval.embedder import Embedder, Vectors
from retrieval.errors import RetrievalError
from retrieval.keywords import Keywords, OfBody
from retrieval.shelf import Numbered
from retrieval.sources import SourceRecord
from retrieval.staging import Chunk, NewVersion

_HANDFUL = 256
_BATCH_PASSAGES = 512
_BATCHES_AT_ONCE = 2
"""So the next batch is ready the moment a core has finished its share of this one."""

Connect = Callable[[SourceRecord], Connector]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A draft with one vector per chunk, or anything else that passes through."""

    item: Draft | Redescribed | Reached
    vectors: Vectors


class Pipeline:
    """Brings what a connector finds into the library and the index."""

    def __init__(
        self,
        stores: Stores,
        parser: Parser,
        chunker: Chunker,
        embedder: Embedder,
        keywords: OfBody,
        record: Record,
    ) -> None:
        self._stores = stores
        self._at_once = AtOnce(stores)
        self._parser = parser
        self._chunker = chunker
        self._embedder = embedder
        self._keywords = keywords
        self._record = record
        self._one_at_a_time = asyncio.Lock()

    async def sync(
        self, name: str, connect: Connect, report: Report, desk: Desk = OPERATOR
    ) -> Tally:
        """Take in what changed at a source, tell `report` how it goes, return what was done.

        The source is read when its turn comes: what an operator changed meanwhile holds. `desk`
        is in whose name it is done.

        Raises:
            Unavailable: what comes next cannot be noted or stored; the next run goes on there.
        """
        async with self._one_at_a_time:
            source = await self._stores.sources.get(name)
            if source is None:
                return Tally()
            tally, trail = Tally(), Trail(self._record, desk, name)
            await trail.began()
            try:
                await self._take_in(source, connect(source), tally, report, trail)
            except Exception:
                with contextlib.suppress(RetrievalError):  # what went wrong first is what is told
                    await trail.ended(tally, is_whole=False)
                raise
            await trail.ended(tally, is_whole=True)
            return tally

    async def _take_in(
        self, source: SourceRecord, connector: Connector, tally: Tally, report: Report, trail: Trail
    ) -> None:
        await self._clear_up(trail)
        known = await self._stores.shelf.known(source.name)
        run = Run(source.name, known, self._stores.failures, tally, report, trail)
        seen = await self._seen(run)
        async with Flow() as flow:
            observed = flow.handfuls(connector.changes(source.cursor, seen), _HANDFUL)
            applied = flow.ahead(self._at_once.applied(observed, run), 0)
            drafts = flow.ahead(self._drafts(applied, run), 8)
            batches = gathered(drafts, _weight, _BATCH_PASSAGES)
            async for batch in flow.mapped(batches, self._embed, _BATCHES_AT_ONCE):
                await self._store(batch, run)
        await self._clear_up(trail)
        tally.unchanged = run.unchanged

    async def _seen(self, run: Run) -> Mapping[str, str]:
        """Return the fingerprints that need no second look: published or refused as they are.

        What was out of reach is named too, without one: it is tried again, or forgotten once
        gone. So is what has lost its original: reading it again brings that back.
        """
        originals = await self._stores.blobs.names()
        published = {
            uri: known.fingerprint if known.recipe == RECIPE and known.blob in originals else ""
            for uri, known in run.known.items()
        }
        failed = {
            each.uri: each.fingerprint if each.outcome == "refused" else ""
            for each in await self._stores.failures.all(run.source)
            if each.outcome != "partial" or each.uri not in published
        }
        return {**published, **failed}

    async def _drafts(
        self, applied: AsyncIterator[Found | Reached], run: Run
    ) -> AsyncIterator[Draft | Redescribed | Reached]:
        """Fetch, parse and chunk; what fails is listed and never stops the rest."""
        async for seen in applied:
            if isinstance(seen, Reached):
                yield seen
                continue
            try:
                draft = await self._draft(seen, run)
            except RetrievalError:  # the library itself is out of order: no file can be taken in
                raise
            except Exception as error:  # whatever one file does, the rest goes on
                await run.failed(seen, error)
                continue
            yield draft

    async def _draft(self, found: Found, run: Run) -> Draft | Redescribed:
        """Return what is to be stored: a version, or only what is said of the one there is."""
        content = await found.fetch()
        blob = await asyncio.to_thread(name_of, content)
        known = run.known.get(found.uri)
        if known and known.blob == blob and known.recipe == RECIPE:
            details = merged(found, known.own_details)
            if details.title == known.details.title:
                await self._stores.blobs.put(content)
                return Redescribed(found, known, details)
        reading = await self._parser.parse(content, found.media_type, found.name)
        own = own_details(reading.parsed)
        chunks, keywords = await asyncio.to_thread(self._cut, reading.parsed)
        return Draft(
            found=found,
            known=known,
            details=merged(found, own),
            own=own,
            media_type=reading.media_type,
            blob=await self._stores.blobs.put(content),
            parsed=reading.parsed,
            chunks=chunks,
            keywords=keywords,
        )

    def _cut(self, parsed: Parsed) -> tuple[tuple[Chunk, ...], tuple[Keywords, ...]]:
        chunks = self._chunker.chunk(parsed)
        return chunks, tuple(self._keywords(chunk.body) for chunk in chunks)

    async def _embed(self, batch: list[Draft | Redescribed | Reached]) -> list[Embedded]:
        """Give each chunk its vector, in one call; known texts keep theirs."""
        drafts = [each for each in batch if isinstance(each, Draft)]
        vectors = iter(await vectors_of(drafts, self._stores.shelf, self._embedder))
        return [
            Embedded(item, next(vectors) if isinstance(item, Draft) else NONE) for item in batch
        ]

    async def _store(self, batch: list[Embedded], run: Run) -> None:
        """Stage, index, publish, index: visible whole or not at all."""
        drafts = [each.item for each in batch if isinstance(each.item, Draft)]
        said = [each.item for each in batch if isinstance(each.item, Redescribed)]
        new = {
            each.item.found.uri: each.item.version(run.source, self._embedder.name, each.vectors)
            for each in batch
            if isinstance(each.item, Draft)
        }
        staged = await self._stores.shelf.stage_all(list(new.values()))
        await self._stores.indexer.bring_along()
        numbered = await self._stores.shelf.numbered(staged)
        await self._note(list(zip(numbered, new.values(), strict=True)), said, run)
        for one in said:
            await self._stores.shelf.describe(one.known, one.details, one.found.fingerprint)
        await self._stores.shelf.publish_all(staged)
        await self._stores.indexer.bring_along()
        await run.settled([(each.found, each.parsed.problems) for each in drafts])
        await run.settled([(each.found, each.known.problems) for each in said])
        for one in said:
            run.described(one)
        for draft in drafts:
            run.stored(draft)
        for each in batch:
            if isinstance(each.item, Reached):
                await self._stores.sources.save_cursor(run.source, each.item.cursor)

    async def _note(
        self, staged: Sequence[tuple[Numbered, NewVersion]], said: Sequence[Redescribed], run: Run
    ) -> None:
        """Put on record what a batch is about to make visible, and for whom.

        Changed readers were applied at once; whatever came in between is found here.
        """
        after = {each.known.document_id: readership(each.details) for each in said}
        after |= {numbered.document_id: readership(new.details) for numbered, new in staged}
        before = await self._stores.shelf.stated(after)
        await run.trail.permits(
            Change(at, before[at], will) for at, will in after.items() if at in before
        )
        await run.trail.stores([numbered for numbered, _ in staged])
        await run.trail.describes([each.known.document_id for each in said if each.is_said_anew])

    async def forget(self, source: str, desk: Desk = OPERATOR) -> int:
        """Remove everything taken in from a source, and the source; return how many documents.

        Raises:
            Unavailable: it cannot be noted or done; what is left is still there.
        """
        async with self._one_at_a_time:
            trail = Trail(self._record, desk, source)
            known = await self._stores.shelf.known(source)
            await trail.removes([each.document_id for each in known.values()])
            for each in known.values():
                await self._stores.shelf.remove(each.document_id)
            failed = [each.uri for each in await self._stores.failures.all(source)]
            await self._stores.failures.clear(source, failed)
            await self._clear_up(trail)
            await trail.lapses(await self._stores.sources.lapsing(source))
            await self._stores.sources.remove(source)
            return len(known)

    async def _clear_up(self, trail: Trail) -> None:
        """Forget for good what was removed and what a crash left staged, originals first."""
        await end_grants(self._stores, trail)
        await trail.purges(await self._stores.shelf.doomed(trail.source))
        for blob in await self._stores.shelf.condemned(trail.source):
            await self._stores.blobs.remove(blob)
        await self._stores.shelf.purge(trail.source)
        await self._stores.indexer.bring_along()


def _weight(item: Draft | Redescribed | Reached) -> int:
    """Return how many passages' worth of a batch something is."""
    match item:
        case Draft():
            return len(item.chunks)
        case Redescribed():
            return 1
        case Reached():
            return 0
