"""The joined application: every part that an operation may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assistant.admission import Admission
from assistant.checkup import Checkups, Models
from assistant.conversation_recall import History
from assistant.governing import Governing
from assistant.measured import Measured
from assistant.review.review import Review
from assistant.searching import Searching
from assistant.sharing import Sharing
from assistant.stopping import Underway
from assistant.survey import Survey
from assistant.tool_opened import WithResults
from assistant.unanswered import Clustering
from assistant.watching import Watchers
from deploy.keeping import Keeper
from deploy.settings import Settings
from deploy.upkeep import Upkeep
from deploy.uploading import UploadFolder
from ingest.indexer import Indexer
from ingest.pipeline import Pipeline
from retrieval.audit.record import KeptRecord
from retrieval.census import Census
from retrieval.conversations import Conversations
from retrieval.database import Database
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
from retrieval.search.saved import SavedSearches
from retrieval.shelf import Shelf
from retrieval.sources import Sources
from retrieval.stops import Stops
from tools.calls import Calls
from tools.workbench import Workbench

RenderPage = Callable[[bytes, int, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What `pincite.join` makes and the operations use."""

    settings: Settings
    database: Database
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
    sharing: Sharing
    review: Review
    workbench: Workbench | None
    calls: Calls
    opened: WithResults
    shelf: Shelf
    census: Census
    sources: Sources
    failures: Failures
    journal: Journal
    index: Index
    indexer: Indexer
    embedder: Embedder
    pipeline: Pipeline
    keeper: Keeper
    uploads: UploadFolder
    clustering: Clustering
    checkup: Checkups
    models: Models
    retriever: Retriever
    searching: Searching
    saved: SavedSearches
    assistant: Measured
    watching: Watchers
    survey: Survey
    render: RenderPage
    upkeep: Upkeep

    @property
    def governing(self) -> Governing:
        """Return what documents are governed with."""
        return Governing.over(self.database, self.record, self.library, self.indexer.bring_along)
