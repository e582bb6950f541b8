"""A made-up library for benchmarks: clustered vectors, and words as rare as real ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evals.bench.index_world import World
from retrieval.documents import Details, Kind, Span
from retrieval.index import Point
from retrieval.keywords import OfBody
from retrieval.shelf import Shelf
from retrieval.staging import Chunk, NewVersion

_PER_DOCUMENT = 100
FEW_READERS = frozenset({"group:few"})
ALL_READERS = frozenset({"group:all"})


def documents(world: World, model: str, keywords: OfBody) -> Iterator[NewVersion]:
    """Yield versions of 100 passages each; one in a hundred can be read by group:few too."""
    for number in range(world.size // 1_000):
        batch = world.batch(number)
        for at in range(0, len(batch), _PER_DOCUMENT):
            yield _version(batch[at : at + _PER_DOCUMENT], model, keywords)


async def fill(shelf: Shelf, world: World, model: str, keywords: OfBody) -> None:
    """Store and publish the made-up library."""
    for version in documents(world, model, keywords):
        await shelf.publish(await shelf.stage(version))


def _version(points: list[Point], model: str, keywords: OfBody) -> NewVersion:
    is_few = points[0].id // _PER_DOCUMENT % 100 == 0
    details = Details(
        title=f"Document {points[0].id}",
        kind=Kind.CONTRACT,
        readers=ALL_READERS | FEW_READERS if is_few else ALL_READERS,
    )
    return version(points, ("bench", f"document-{points[0].id}"), details, model, keywords)


def version(
    points: list[Point], place: tuple[str, str], details: Details, model: str, keywords: OfBody
) -> NewVersion:
    """Return a version of these passages; `place` is its source and its URI there."""
    chunks = tuple(_chunks(points))
    return NewVersion(
        source=place[0],
        uri=place[1],
        fingerprint=place[1],
        recipe="1",
        model=model,
        details=details,
        own_details={},
        media_type="text/plain",
        blob="0" * 64,
        text="\n".join(chunk.text for chunk in chunks),
        blocks=(),
        pages=(),
        chunks=chunks,
        vectors=np.stack([point.vector for point in points]),
        keywords=tuple(keywords(chunk.body) for chunk in chunks),
        problems=(),
    )


def _chunks(points: list[Point]) -> Iterator[Chunk]:
    start = 0
    for ordinal, point in enumerate(points):
        end = start + len(point.text)
        yield Chunk(ordinal, start, end, None, (), point.text, (Span(start, end),))
        start = end + 1
