"""How documents get in. READ FIRST: `Pipeline.sync` is the story, the rest are its verbs.

    observe -> at once -> draft -> embed -> store
    what a source has | access, moves, removals | fetch, parse, chunk | vectors | SQL, index

Stages run at the same time, each a little ahead of the next. The cursor is saved only after
everything before it is stored, so a crash repeats work but loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import numpy as np

from connectors.connector import Connector, Found, Observation, Reached, Removed, Unreachable
from connectors.errors import ConnectorError
from ingest.chunker import Chunker
from ingest.draft import RECIPE, Draft, merged, own_details
from ingest.errors import FileRefused, IngestError
from ingest.flow import ahead, gathered
from ingest.indexer import Indexer
from ingest.parsed import Parsed
from ingest.parser import Parser
from ingest.summary import Report, Tally
from retrieval.blobs import Blobs
from retrieval.embedder import Embedder, Vectors
from retrieval.failures import Failures
from retrieval.keywords import Keywords, OfBody
from retrieval.shelf import Known, Shelf
from retrieval.sources import SourceRecord, Sources
from retrieval.staging import Chunk, digest_of

_BATCH_PASSAGES = 256


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

    async def sync(self, source: SourceRecord, connector: Connector, report: Report) -> Tally:
        """Take in what changed at a source, tell `report` how it goes, return what was done."""
        async with self._one_at_a_time:
            run = _Run(source.name, await self._stores.shelf.known(source.name), Tally(), report)
            seen = await self._seen(run)
            observed = ahead(self._at_once(connector.changes(source.cursor, seen), run), 0)
            drafts = ahead(self._drafts(observed, run), 8)
            batches = ahead(self._embed(gathered(drafts, _passages, _BATCH_PASSAGES), run), 1)
            async for batch in batches:
                await self._store(batch, run)
            await self._forget_removed()
            run.tally.unchanged = len(run.known) - run.touched
            return run.tally

    async def _seen(self, run: _Run) -> Mapping[str, str]:
        """Return the fingerprints that need no second look: published or refused as they are.

        What was out of reach is named too, without one: it is tried again, or forgotten once gone.
        """
        failed = await self._stores.failures.all(run.source)
        refused = {
            each.uri: each.fingerprint if each.outcome == "refused" else "" for each in failed
        }
        published = {
            uri: known.fingerprint if known.recipe == RECIPE else ""
            for uri, known in run.known.items()
        }
        return {**refused, **published}

    async def _at_once(
        self, observations: AsyncIterator[Observation], run: _Run
    ) -> AsyncIterator[Found | Reached]:
        """Apply what must not wait behind embedding; yield what needs its content looked at."""
        async for seen in observations:
            match seen:
                case Removed():
                    await self._remove(seen, run)
                case Unreachable():
                    await self._trouble(run, seen.uri, "unreachable", seen.reason, "")
                case Found():
                    run.tally.seen += 1
                    await self._move(seen, run)
                    await self._change_access(seen, run)
                    yield seen
                case Reached():
                    yield seen

    async def _drafts(
        self, observed: AsyncIterator[Found | Reached], run: _Run
    ) -> AsyncIterator[Draft | Reached]:
        """Fetch, parse and chunk; what fails is listed and never stops the rest."""
        async for seen in observed:
            if isinstance(seen, Reached):
                yield seen
                continue
            try:
                draft = await self._draft(seen, run)
            except (IngestError, ConnectorError) as error:
                outcome = "refused" if isinstance(error, FileRefused) else "unreachable"
                await self._trouble(run, seen.uri, outcome, str(error), seen.fingerprint)
                run.step()
                continue
            if draft is None:
                run.step()
            else:
                yield draft

    async def _draft(self, found: Found, run: _Run) -> Draft | None:
        """Return what is to be stored, or None if the content is what the library has."""
        content = await found.fetch()
        blob = await self._stores.blobs.put(content)
        known = run.known.get(found.uri)
        if known and known.blob == blob and known.recipe == RECIPE:
            details = merged(found, known.own_details)
            if details.title == known.details.title:
                await self._stores.shelf.describe(known, details, found.fingerprint)
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
            blob=blob,
            parsed=reading.parsed,
            chunks=chunks,
            keywords=keywords,
        )

    def _cut(self, parsed: Parsed) -> tuple[tuple[Chunk, ...], tuple[Keywords, ...]]:
        chunks = self._chunker.chunk(parsed)
        return chunks, tuple(self._keywords(chunk.body) for chunk in chunks)

    async def _embed(
        self, batches: AsyncIterator[list[Draft | Reached]], run: _Run
    ) -> AsyncIterator[list[Embedded]]:
        """Give each chunk its vector, in one call per batch; known texts keep theirs."""
        async for batch in batches:
            vectors = await self._vectors([each for each in batch if isinstance(each, Draft)])
            yield [
                Embedded(item, vectors.pop(0) if isinstance(item, Draft) else _NONE)
                for item in batch
            ]

    async def _vectors(self, drafts: list[Draft]) -> list[Vectors]:
        texts = [draft.texts() for draft in drafts]
        reusable: dict[str, Vectors] = {}
        for draft in drafts:
            if draft.known:
                reusable |= await self._stores.shelf.known_vectors(
                    draft.known.document_id, self._embedder.name
                )
        wanted = sorted(
            {text for each in texts for text in each if digest_of(text) not in reusable}
        )
        fresh = dict(zip(wanted, await self._embedder.embed(wanted), strict=True))
        rows = [
            [fresh[text] if text in fresh else reusable[digest_of(text)] for text in each]
            for each in texts
        ]
        return [np.stack(each) if each else _NONE for each in rows]

    async def _store(self, batch: list[Embedded], run: _Run) -> None:
        """Stage, index, publish, index: visible whole or not at all."""
        staged = [
            await self._stores.shelf.stage(
                each.item.version(run.source, self._embedder.name, each.vectors)
            )
            for each in batch
            if isinstance(each.item, Draft)
        ]
        await self._stores.indexer.bring_along()
        for version_id in staged:
            await self._stores.shelf.publish(version_id)
        await self._stores.indexer.bring_along()
        for each in batch:
            if isinstance(each.item, Reached):
                await self._stores.sources.save_cursor(run.source, each.item.cursor)
            else:
                await self._stored(each.item, run)

    async def _stored(self, draft: Draft, run: _Run) -> None:
        uri, problems = draft.found.uri, draft.parsed.problems
        if problems:
            reason = "; ".join(problems)
            await self._trouble(run, uri, "partial", reason, draft.found.fingerprint)
        else:
            await self._stores.failures.clear(run.source, uri)
        run.tally.new += draft.known is None
        run.tally.updated += draft.known is not None
        run.tally.passages += len(draft.chunks)
        run.step()

    async def _remove(self, removed: Removed, run: _Run) -> None:
        await self._stores.failures.clear(run.source, removed.uri)
        known = run.known.get(removed.uri)
        if known:
            await self._stores.shelf.remove(known.document_id)
            await self._stores.indexer.bring_along()
            run.tally.removed += 1

    async def _move(self, found: Found, run: _Run) -> None:
        known = run.known.pop(found.moved_from, None) if found.moved_from else None
        if known:
            await self._stores.shelf.move(known.document_id, found.uri)
            run.known[found.uri] = known
            run.tally.moved += 1

    async def _change_access(self, found: Found, run: _Run) -> None:
        """Apply changed readers before anything slow: a revocation does not queue."""
        known = run.known.get(found.uri)
        if known and known.details.readers != found.details.readers:
            details = merged(found, known.own_details)
            await self._stores.shelf.restrict(known, details.readers)
            await self._stores.indexer.bring_along()

    async def _trouble(
        self, run: _Run, uri: str, outcome: str, reason: str, fingerprint: str
    ) -> None:
        await self._stores.failures.save(run.source, uri, outcome, reason, fingerprint)
        run.tally.troubles.append((uri, outcome, reason))

    async def forget(self, source: str) -> int:
        """Remove everything taken in from a source, and the source; return how many documents."""
        async with self._one_at_a_time:
            known = await self._stores.shelf.known(source)
            for each in known.values():
                await self._stores.shelf.remove(each.document_id)
            for failure in await self._stores.failures.all(source):
                await self._stores.failures.clear(source, failure.uri)
            await self._stores.sources.remove(source)
            await self._stores.indexer.bring_along()
            await self._forget_removed()
            return len(known)

    async def _forget_removed(self) -> None:
        for blob in await self._stores.shelf.purge():
            await self._stores.blobs.remove(blob)


@dataclass(slots=True)
class _Run:
    """One sync while it goes on."""

    source: str
    known: dict[str, Known]
    tally: Tally
    report: Report

    @property
    def touched(self) -> int:
        tally = self.tally
        return tally.updated + tally.described + tally.removed

    def step(self) -> None:
        """Count one document as dealt with."""
        self.tally.done += 1
        self.report(self.tally)


def _passages(item: Draft | Reached) -> int:
    return len(item.chunks) if isinstance(item, Draft) else 0


_NONE: Vectors = np.zeros((0, 0), np.float32)
