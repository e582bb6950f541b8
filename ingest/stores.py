"""Where the indexing hand writes."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.indexer import Indexer
from retrieval.blobs import Blobs
from retrieval.failures import Failures
from retrieval.shelf import Shelf
from retrieval.sources import Sources


@dataclass(frozen=True, slots=True)
class Stores:
    """The library's parts, and what brings the index along with them."""

    shelf: Shelf
    blobs: Blobs
    failures: Failures
    sources: Sources
    indexer: Indexer
