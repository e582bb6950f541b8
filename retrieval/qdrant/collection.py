"""The collection on a Qdrant server: how it is made, and whether it is the one we expect."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from retrieval.errors import Damaged
from retrieval.qdrant import points
from retrieval.qdrant.client import MEMORY, ServerSettings
from retrieval.qdrant.folder import Make
from retrieval.qdrant.points import DENSE, REINDEX, WORDS


async def prepare(client: AsyncQdrantClient, settings: ServerSettings, make: Make) -> str:
    """Make or check the collection and its payload indexes; return the index's lasting name."""
    if not await client.collection_exists(settings.collection):
        await _create(client, settings, make)
    found = await client.get_collection(settings.collection)
    name, came = _manifest(found, settings)
    make.check(came, _place(settings))
    if settings.url != MEMORY:
        for field_name, schema in _schemas():
            if field_name not in found.payload_schema:
                await client.create_payload_index(
                    settings.collection, field_name, schema, wait=True
                )
    return name


async def discard(client: AsyncQdrantClient, settings: ServerSettings) -> None:
    """Delete the collection if it is there and ours, or raise `Damaged`."""
    if await client.collection_exists(settings.collection):
        _manifest(await client.get_collection(settings.collection), settings)
        await client.delete_collection(settings.collection)


def _manifest(found: models.CollectionInfo, settings: ServerSettings) -> tuple[str, Make]:
    try:
        metadata = dict(found.config.metadata or {})
        return str(metadata["name"]), Make(**metadata["make"])
    except (KeyError, TypeError) as error:
        raise Damaged(
            f"Expected a collection of ours, but {_place(settings)} does not say what it was made "
            f"with. Name another collection, or delete this one and: {REINDEX}"
        ) from error


def _place(settings: ServerSettings) -> str:
    return f"the collection {settings.collection!r} at {settings.url}"


async def _create(client: AsyncQdrantClient, settings: ServerSettings, make: Make) -> None:
    try:
        await client.create_collection(
            settings.collection,
            vectors_config={
                DENSE: models.VectorParams(
                    size=make.dimension,
                    distance=models.Distance.COSINE,
                    on_disk=settings.keeps_vectors_on_disk,
                )
            },
            sparse_vectors_config={WORDS: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            shard_number=settings.shards,
            replication_factor=settings.replicas,
            write_consistency_factor=settings.write_consistency,
            on_disk_payload=True,
            metadata={"name": f"qdrant-{uuid.uuid4().hex[:12]}", "make": asdict(make)},
        )
    except UnexpectedResponse as error:
        # Another process made it in the same moment: what counts is what it holds now.
        if error.status_code != 409:
            raise


def _schemas() -> Iterator[tuple[str, Any]]:
    keyword, integer = models.KeywordIndexType.KEYWORD, models.IntegerIndexType.INTEGER
    for name in points.KEYWORDS:
        tenant = True if name == points.TENANT else None
        yield name, models.KeywordIndexParams(type=keyword, is_tenant=tenant)
    for name in points.LOOKUPS:
        yield name, models.IntegerIndexParams(type=integer, lookup=True, range=False)
    for name in points.RANGES:
        yield name, models.IntegerIndexParams(type=integer, lookup=False, range=True)
