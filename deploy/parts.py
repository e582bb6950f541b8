"""The joined application: every part that an operation may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assistant.assistant import Assistant
from deploy.settings import Settings
from deploy.upkeep import Upkeep
from ingest.indexer import Indexer
from ingest.pipeline import Pipeline
from retrieval.census import Census
from retrieval.embedder import Embedder
from retrieval.failures import Failures
from retrieval.index import Index
from retrieval.journal import Journal
from retrieval.library import Library
from retrieval.retriever import Retriever
from retrieval.shelf import Shelf
from retrieval.sources import Sources

RenderPage = Callable[[bytes, int, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What `pincite.join` makes and the operations use."""

    settings: Settings
    library: Library
    shelf: Shelf
    census: Census
    sources: Sources
    failures: Failures
    journal: Journal
    index: Index
    indexer: Indexer
    embedder: Embedder
    pipeline: Pipeline
    retriever: Retriever
    assistant: Assistant
    render: RenderPage
    upkeep: Upkeep
