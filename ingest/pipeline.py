"""How documents get in. READ FIRST: `Pipeline.sync` is the story, the rest are its verbs.

    observe -> at once -> draft -> embed -> store
    what a source has | access, moves, removals | fetch, parse, chunk | vectors | SQL, index

Stages run at the same time, each a little ahead of the next. The cursor is saved only after
everything before it is stored, so a crash repeats work but loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from connectors.connector import Connector, Found, Observation, Reached, Removed, Unreachable
from ingest.chunker import Chunker
from ingest.draft import RECIPE, Draft, merged, own_details
from ingest.flow import Flow, gathered
from ingest.indexer import Indexer
from ingest.parsed import Parsed
from ingest.parser import Parser
from ingest.run import Run
from ingest.summary import Report, Tally
from ingest.vectors import NONE, vectors_of
from retrieval.blobs import Blobs, name_of
from retrieval.documents import Details
from retrieval.embedder import Embedder, Vectors
from retrieval.errors import RetrievalError
from retrieval.failures import Failures
from retrieval.keywords import Keywords, OfBody
from retrieval.shelf import Shelf
from retrieval.sources import SourceRecord, Sources
from retrieval.staging import Chunk

_BATCH_PASSAGES = 512
_BATCHES_AT_ONCE = 2
"""So the next batch is ready the moment a core has finished its share of this one."""

Connect = Callable[[SourceRecord], Connector]


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the pipeline writes."""

    shelf: Shelf
    blobs: Blobs
    failures: Failures
    sources: Sources
    indexer: Indexer


@dataclass(frozen=True, slots=True)
class Embedded:
    """A draft with one vector per chunk, or anything else that passes through."""

    item: Draft | Reached
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
    ) -> None:
        self._stores = stores
        self._parser = parser
        self._chunker = chunker
        self._embedder = embedder
        self._keywords = keywords
        self._one_at_a_time = asyncio.Lock()

    async def sync(self, name: str, connect: Connect, report: Report) -> Tally:
        """Take in what changed at a source, tell `report` how it goes, return what was done.

        The source is read when its turn comes: what an operator changed meanwhile holds.
        """
        async with self._one_at_a_time, Flow() as flow:
            source = await self._stores.sources.get(name)
            if source is None:
                return Tally()
            connector = connect(source)
            await self._clear_up(name)
            known = await self._stores.shelf.known(name)
            run = Run(name, known, self._stores.failures, Tally(), report)
            seen = await self._seen(run)
            observed = flow.ahead(self._at_once(connector.changes(source.cursor, seen), run), 0)
            drafts = flow.ahead(self._drafts(observed, run), 8)
            batches = gathered(drafts, _passages, _BATCH_PASSAGES)
            async for batch in flow.mapped(batches, self._embed, _BATCHES_AT_ONCE):
                await self._store(batch, run)
            await self._clear_up(name)
            run.tally.unchanged = run.unchanged
            return run.tally

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

    async def _at_once(
        self, observations: AsyncIterator[Observation], run: Run
    ) -> AsyncIterator[Found | Reached]:
        """Apply what must not wait behind embedding; yield what needs its content looked at."""
        async for seen in observations:
            match seen:
                case Removed():
                    await self._remove(seen, run)
                case Unreachable():
                    await run.trouble(seen.uri, "unreachable", seen.reason, "")
                    if seen.closes:
                        await self._close(seen, run)
                case Found():
                    run.tally.seen += 1
                    await self._move(seen, run)
                    await self._change_access(seen, run)
                    yield seen
                case Reached():
                    yield seen

    async def _drafts(
        self, observed: AsyncIterator[Found | Reached], run: Run
    ) -> AsyncIterator[Draft | Reached]:
        """Fetch, parse and chunk; what fails is listed and never stops the rest."""
        async for seen in observed:
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
            if draft is None:
                run.step()
            else:
                yield draft

    async def _draft(self, found: Found, run: Run) -> Draft | None:
        """Return what is to be stored, or None if the content is what the library has."""
        content = await found.fetch()
        blob = await asyncio.to_thread(name_of, content)
        known = run.known.get(found.uri)
        if known and known.blob == blob and known.recipe == RECIPE:
            details = merged(found, known.own_details)
            if details.title == known.details.title:
                await self._stores.blobs.put(content)
                await self._stores.shelf.describe(known, details, found.fingerprint)
                await run.settled([(found, known.problems)])
                run.tally.described += details != known.details
                return None
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

    async def _embed(self, batch: list[Draft | Reached]) -> list[Embedded]:
        """Give each chunk its vector, in one call; known texts keep theirs."""
        drafts = [each for each in batch if isinstance(each, Draft)]
        vectors = iter(await vectors_of(drafts, self._stores.shelf, self._embedder))
        return [
            Embedded(item, next(vectors) if isinstance(item, Draft) else NONE) for item in batch
        ]

    async def _store(self, batch: list[Embedded], run: Run) -> None:
        """Stage, index, publish, index: visible whole or not at all."""
        drafts = [each.item for each in batch if isinstance(each.item, Draft)]
        new = {
            each.item.found.uri: each.item.version(run.source, self._embedder.name, each.vectors)
            for each in batch
            if isinstance(each.item, Draft)
        }
        staged = await self._stores.shelf.stage_all(list(new.values()))
        await self._stores.indexer.bring_along()
        await self._stores.shelf.publish_all(staged)
        await self._stores.indexer.bring_along()
        await run.settled([(each.found, each.parsed.problems) for each in drafts])
        for draft in drafts:
            run.stored(draft)
        for each in batch:
            if isinstance(each.item, Reached):
                await self._stores.sources.save_cursor(run.source, each.item.cursor)

    async def _remove(self, removed: Removed, run: Run) -> None:
        await self._stores.failures.clear(run.source, [removed.uri])
        known = run.known.get(removed.uri)
        if known:
            await self._stores.shelf.remove(known.document_id)
            await self._stores.indexer.bring_along()
            run.tally.removed += 1

    async def _move(self, found: Found, run: Run) -> None:
        if found.moved_from is None:
            return
        await self._stores.failures.clear(run.source, [found.moved_from])
        known = run.known.pop(found.moved_from, None)
        if known:
            await self._stores.shelf.move(known.document_id, found.uri)
            run.known[found.uri] = known
            run.tally.moved += 1

    async def _close(self, seen: Unreachable, run: Run) -> None:
        """Let nobody read what lies in a part of the source: its readers are not known now."""
        for uri, known in run.known.items():
            if seen.covers(uri):
                await self._stores.shelf.restrict(known, frozenset(), known.details.denied)
        await self._stores.indexer.bring_along()

    async def _change_access(self, found: Found, run: Run) -> None:
        """Apply changed readers before anything slow: a revocation does not queue."""
        known = run.known.get(found.uri)
        if known and _access(known.details) != _access(found.details):
            details = merged(found, known.own_details)
            await self._stores.shelf.restrict(known, details.readers, details.denied)
            await self._stores.indexer.bring_along()

    async def forget(self, source: str) -> int:
        """Remove everything taken in from a source, and the source; return how many documents."""
        async with self._one_at_a_time:
            known = await self._stores.shelf.known(source)
            for each in known.values():
                await self._stores.shelf.remove(each.document_id)
            failed = [each.uri for each in await self._stores.failures.all(source)]
            await self._stores.failures.clear(source, failed)
            await self._clear_up(source)
            await self._stores.sources.remove(source)
            return len(known)

    async def _clear_up(self, source: str) -> None:
        """Forget for good what was removed and what a crash left staged, originals first."""
        for blob in await self._stores.shelf.condemned(source):
            await self._stores.blobs.remove(blob)
        await self._stores.shelf.purge(source)
        await self._stores.indexer.bring_along()


def _access(details: Details) -> tuple[frozenset[str], frozenset[str]]:
    return details.readers, details.denied


def _passages(item: Draft | Reached) -> int:
    return len(item.chunks) if isinstance(item, Draft) else 0
