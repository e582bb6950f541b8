"""The joined application: every part that an operation may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assistant.admission import Admission
from assistant.conversation_recall import History
from assistant.measured import Measured
from assistant.review.review import Review
from assistant.stopping import Underway
from assistant.survey import Survey
from assistant.watching import Watchers
from deploy.settings import Settings
from deploy.upkeep import Upkeep
from ingest.indexer import Indexer
from ingest.pipeline import Pipeline
from retrieval.audit.record import KeptRecord
from retrieval.census import Census
from retrieval.conversations import Conversations
from retrieval.embedder import Embedder
from retrieval.failures import Failures
from retrieval.index import Index
from retrieval.journal import Journal
from retrieval.library import Library
from retrieval.people.attempts import Attempts
from retrieval.people.credentials import Credentials
from retrieval.people.directory import Directory
from retrieval.people.glass import Glasses
from retrieval.people.grants import Grants
from retrieval.retriever import Retriever
from retrieval.shelf import Shelf
from retrieval.sources import Sources
from retrieval.stops import Stops

RenderPage = Callable[[bytes, int, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What `pincite.join` makes and the operations use."""

    settings: Settings
    record: KeptRecord
    directory: Directory
    credentials: Credentials
    attempts: Attempts
    grants: Grants
    glass: Glasses
    stops: Stops
    underway: Underway
    admission: Admission
    library: Library
    conversations: Conversations
    history: History
    review: Review
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
    assistant: Measured
    watching: Watchers
    survey: Survey
    render: RenderPage
    upkeep: Upkeep
