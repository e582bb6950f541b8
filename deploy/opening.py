"""Opening the parts that a setting chooses between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np

from deploy.choices import SERVED, Choices
from deploy.settings import Settings
from deploy.upkeep import EdgeUpkeep, ServerUpkeep, Upkeep, points_of
from ingest.parser import PRELOAD, TASKS
from ingest.parsers import ocr
from ingest.parsers.limits import ReadLimits
from retrieval.confinement import Limits
from retrieval.embedder import Embedder
from retrieval.errors import BadRequest
from retrieval.index import Index
from retrieval.journal import Journal
from retrieval.keywords import Terms
from retrieval.model_files import default_model_folder, local_model_folder
from retrieval.qdrant import edge
from retrieval.qdrant.edge import EdgeIndex, EdgeSettings
from retrieval.qdrant.points import Dbsf, Ranking, Rrf
from retrieval.qdrant.server import ServerIndex, ServerSettings
from retrieval.ranking import FEATURES, Ranker
from retrieval.related import NOTHING
from retrieval.remote_embedder import RemoteEmbedder
from retrieval.sandbox import Sandbox
from retrieval.sentence_transformer import SentenceTransformerEmbedder


def ranking_of(settings: Settings, choices: Choices = SERVED) -> Ranking:
    """Return how the index fuses; `evals/training/README.md` has other choices' figures."""
    return Ranking(
        Rrf(choices.fusion_k) if choices.fusion == "rrf" else Dbsf(),
        least_depth=choices.fusion_depth,
        exact_up_to=settings.index_exact_up_to,
    )


async def open_embedder(settings: Settings) -> Embedder:
    """Return the embedder that the settings name; a local one loads at its first use."""
    if settings.embedding_url:
        if not settings.embedding_model:
            raise BadRequest(
                "Expected EMBEDDING_MODEL to name a model of the server at EMBEDDING_URL, got "
                "nothing. Set it to the name that the server knows."
            )
        key = settings.embedding_key.get_secret_value()
        return await RemoteEmbedder.connect(settings.embedding_url, settings.embedding_model, key)
    return await asyncio.to_thread(_local_embedder, settings.embedding_model)


async def open_index(
    settings: Settings, embedder: Embedder, journal: Journal, choices: Choices = SERVED
) -> tuple[Index, Upkeep]:
    """Return the index that the settings name, and what keeps it in shape."""
    model, dimension = embedder.name, embedder.dimension
    if settings.index_url:
        there = server_settings(settings, choices)
        server = await ServerIndex.open(there, model=model, dimension=dimension)
        return server, ServerUpkeep(server, journal)
    index = await EdgeIndex.open(
        index_folder(settings),
        model=model,
        dimension=dimension,
        settings=EdgeSettings(ranking=ranking_of(settings, choices)),
    )
    return index, EdgeUpkeep(index, settings.database())


def open_ranker(terms: Terms, choices: Choices = SERVED) -> Ranker:
    """Return what puts passages in order, or as much of it as is chosen."""
    ranker = Ranker.load(terms)
    match choices.ranker:
        case "learned":
            return ranker
        case "line":
            return replace(ranker, related=NOTHING)
        case "none":
            fused = np.array([name == "fused" for name in FEATURES], np.float64)
            return replace(ranker, weight=fused, related=NOTHING)


async def make_index_anew(settings: Settings, embedder: Embedder, journal: Journal) -> int:
    """Make the index anew from the library, whatever state it is in; return its size in points."""
    position = await journal.newest()
    model, dimension = embedder.name, embedder.dimension
    if settings.index_url:
        there = server_settings(settings)
        server = await ServerIndex.anew(there, model=model, dimension=dimension)
        try:
            return await journal.bring_along(server, server.name)
        finally:
            await server.close()
    source = points_of(settings.database())
    name, points = await edge.reindex(
        index_folder(settings), model=model, dimension=dimension, source=source
    )
    await journal.mark(name, position)
    return points


def index_folder(settings: Settings) -> Path:
    """Return where the embedded index lies."""
    return settings.home / "index"


def server_settings(settings: Settings, choices: Choices = SERVED) -> ServerSettings:
    """Return how to reach the Qdrant server."""
    return ServerSettings(
        url=settings.index_url,
        collection=settings.index_collection,
        api_key=settings.index_api_key.get_secret_value() or None,
        prefers_grpc=settings.index_grpc,
        ca_file=settings.index_ca_file,
        shards=settings.index_shards,
        replicas=settings.index_replicas,
        ranking=ranking_of(settings, choices),
    )


def _local_embedder(model: str) -> SentenceTransformerEmbedder:
    folder = local_model_folder(Path(model)) if model else default_model_folder()
    return SentenceTransformerEmbedder(folder)


def open_sandbox(settings: Settings) -> Sandbox:
    """Return the sandbox that files are read and pages rendered in."""
    limits = Limits(
        wall_seconds=settings.parse_seconds,
        cpu_seconds=settings.parse_seconds,
        memory_bytes=settings.parse_memory_mb << 20,
        programs=tuple(filter(None, [ocr.installed_program()])),
    )
    return Sandbox(TASKS, limits=limits, preload=PRELOAD)


def read_limits(settings: Settings) -> ReadLimits:
    """Return how much of one file is read."""
    return ReadLimits(
        file_bytes=settings.parse_max_mb * 1_000_000, ocr_program=ocr.installed_program()
    )
