"""The index on a server keeps the contract, and its foreign errors end as ours."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import BadRequest, Damaged, Mismatch, RetrievalError, Unavailable
from retrieval.index import Drop, Index, Put, Relabel
from retrieval.qdrant.generation import make_of
from retrieval.qdrant.points import KEYWORDS, LOOKUPS, RANGES
from retrieval.qdrant.server import MEMORY, ServerIndex, ServerSettings
from tests.contracts.index_contract import EMBEDDER, IndexContract, ask, contents, labels, point
from tests.retrieval.recorded_qdrant import (
    Answer,
    Asked,
    RecordedQdrant,
    collection,
    recorded_qdrant,
    result,
)

METADATA: dict[str, Any] = {
    "name": "qdrant-1",
    "make": asdict(make_of(EMBEDDER.name, EMBEDDER.dimension)),
}
INDEXED = {name: {"data_type": "keyword", "points": 0} for name in (*KEYWORDS, *LOOKUPS, *RANGES)}
DONE = {"operation_id": 1, "status": "completed"}


async def opened(settings: ServerSettings) -> ServerIndex:
    """Open the index for the hashed embedder."""
    return await ServerIndex.open(settings, model=EMBEDDER.name, dimension=EMBEDDER.dimension)


async def anew(settings: ServerSettings) -> ServerIndex:
    """Replace the index for the hashed embedder."""
    return await ServerIndex.anew(settings, model=EMBEDDER.name, dimension=EMBEDDER.dimension)


class TestServerIndex(IndexContract):
    @pytest.fixture
    async def index(self) -> AsyncIterator[Index]:
        index = await opened(ServerSettings(MEMORY))
        yield index
        await index.close()


def healthy(asked: Asked) -> Answer:
    """Answer as a server with our collection, which makes every change."""
    if asked.path.endswith("/exists"):
        return result({"exists": True})
    if asked.method == "GET":
        return result(collection(METADATA, INDEXED))
    return result(DONE)


def empty(fake: dict[str, Any]) -> Callable[[Asked], Answer]:
    """Return the answers of a server that gets its collection and indexes from us."""

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/exists"):
            return result({"exists": bool(fake)})
        if asked.method == "PUT" and asked.path.startswith("/collections/pincite?"):
            fake.update(asked.body)
            return result(True)
        if asked.method == "PUT" and asked.path == "/collections/pincite":
            fake.update(asked.body)
            return result(True)
        if asked.method == "GET":
            return result(collection(fake["metadata"], {}))
        return result(DONE)

    return answer


async def test_makes_the_collection_as_a_production_user_would() -> None:
    made: dict[str, Any] = {}
    async with recorded_qdrant(empty(made)) as fake:
        settings = ServerSettings(fake.url, api_key="k", shards=3, replicas=2, write_consistency=2)
        index = await opened(settings)
        await index.close()
    assert made["shard_number"] == 3
    assert made["replication_factor"] == 2
    assert made["write_consistency_factor"] == 2
    assert made["vectors"]["dense"]["distance"] == "Cosine"
    assert made["sparse_vectors"]["words"]["modifier"] == "idf"
    assert made["metadata"]["make"]["model"] == EMBEDDER.name
    indexed = {each.body["field_name"]: each.body["field_schema"] for each in _made_indexes(fake)}
    assert set(indexed) == set(INDEXED)
    assert indexed["readers"]["is_tenant"] is True
    assert all(each.headers["api-key"] == "k" for each in fake.asked)
    assert index.name == made["metadata"]["name"]


async def test_every_change_waits_until_it_is_made() -> None:
    async with recorded_qdrant(healthy) as fake:
        index = await opened(ServerSettings(fake.url))
        before = len(fake.asked)
        await index.apply([Put((await point(1, "w"),)), Relabel(labels(1)), Drop(1)])
        await index.close()
    assert [each.path.split("?")[0].rsplit("/", 1)[1] for each in fake.asked[before:]] == [
        "points",
        "payload",
        "delete",
    ]
    assert all("wait=true" in each.path for each in fake.asked[before:])


async def test_a_change_that_is_only_acknowledged_is_not_made() -> None:
    def busy(asked: Asked) -> Answer:
        is_read = asked.method == "GET"
        return healthy(asked) if is_read else result({**DONE, "status": "acknowledged"})

    async with recorded_qdrant(busy) as fake:
        index = await opened(ServerSettings(fake.url))
        with pytest.raises(Unavailable, match="acknowledged"):
            await index.apply([Drop(1)])
        await index.close()


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (500, b"oops", Unavailable, "500"),
        (503, b"{}", Unavailable, "503"),
        (429, b"{}", Unavailable, "INDEX_URL"),
        (401, b"{}", Unavailable, "INDEX_API_KEY"),
        (403, b"{}", Unavailable, "INDEX_API_KEY"),
        (404, b"{}", Damaged, "pincite reindex"),
        (400, b"{}", Damaged, "pincite reindex"),
        (200, b"<html>hello</html>", Unavailable, "INDEX_URL"),
        (200, b'{"result": 7}', Unavailable, "INDEX_URL"),
        (200, b"", Unavailable, "INDEX_URL"),
        (302, b"", Unavailable, "INDEX_URL"),
    ],
)
async def test_foreign_errors_end_as_ours(
    status: int, body: bytes, error: type[RetrievalError], says: str
) -> None:
    is_well = True

    def answer(asked: Asked) -> Answer:
        return healthy(asked) if is_well else (status, body)

    async with recorded_qdrant(answer) as fake:
        index = await opened(ServerSettings(fake.url))
        is_well = False
        await _fails(index, fake, error, says)
        await index.close()


async def test_a_server_that_hangs_is_unavailable() -> None:
    async with recorded_qdrant(lambda asked: None) as fake:
        with pytest.raises(Unavailable, match="Timeout"):
            await opened(ServerSettings(fake.url, timeout_seconds=1))


@pytest.mark.parametrize("prefers_grpc", [False, True])
async def test_a_server_that_is_not_there_is_unavailable(prefers_grpc: bool) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ServerSettings(
        f"http://127.0.0.1:{port}", prefers_grpc=prefers_grpc, grpc_port=port, timeout_seconds=2
    )
    with pytest.raises(Unavailable, match="INDEX_URL"):
        await opened(settings)


async def test_another_model_is_a_mismatch() -> None:
    async with recorded_qdrant(healthy) as fake:
        with pytest.raises(Mismatch, match=r"model 'other'.*pincite reindex"):
            await ServerIndex.open(
                ServerSettings(fake.url), model="other", dimension=EMBEDDER.dimension
            )


async def test_a_collection_of_somebody_else_is_left_alone() -> None:
    def foreign(asked: Asked) -> Answer:
        is_info = asked.method == "GET" and not asked.path.endswith("/exists")
        return result(collection({}, {})) if is_info else healthy(asked)

    async with recorded_qdrant(foreign) as fake:
        with pytest.raises(Damaged, match="Name another collection"):
            await opened(ServerSettings(fake.url))
        with pytest.raises(Damaged, match="Name another collection"):
            await anew(ServerSettings(fake.url))
    assert {each.method for each in fake.asked} == {"GET"}


async def test_anew_replaces_our_collection_whatever_it_was_made_with() -> None:
    other: dict[str, Any] = {"metadata": {**METADATA, "make": {**METADATA["make"], "model": "x"}}}
    answer = empty(other)

    def forgetting(asked: Asked) -> Answer:
        if asked.method == "DELETE":
            other.clear()
            return result(True)
        return answer(asked)

    async with recorded_qdrant(forgetting) as fake:
        index = await anew(ServerSettings(fake.url))
        await index.close()
    assert index.name != METADATA["name"]
    assert other["metadata"]["make"]["model"] == EMBEDDER.name


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (ServerSettings("qdrant.example:6333"), "https://HOST:6333"),
        (ServerSettings("ftp://qdrant.example"), "https://HOST:6333"),
        (ServerSettings("http://qdrant.example", api_key="secret"), "Use TLS"),
        (
            ServerSettings("https://q.example", ca_file=Path("ca.pem"), prefers_grpc=True),
            "Switch gRPC off",
        ),
    ],
)
async def test_settings_that_cannot_be_meant_are_refused(
    settings: ServerSettings, says: str
) -> None:
    with pytest.raises(BadRequest, match=says) as caught:
        await opened(settings)
    assert "secret" not in str(caught.value) + repr(settings)


async def _fails(
    index: ServerIndex, fake: RecordedQdrant, error: type[RetrievalError], says: str
) -> None:
    for work in (ask(index, "w"), index.apply([Drop(1)]), contents(index), opened(_like(fake))):
        with pytest.raises(error, match=says):
            await work


def _like(fake: RecordedQdrant) -> ServerSettings:
    return ServerSettings(fake.url)


def _made_indexes(fake: RecordedQdrant) -> list[Asked]:
    return [each for each in fake.asked if "/index" in each.path]
