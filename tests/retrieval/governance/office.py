"""A library whose documents are decided about, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from retrieval import library, shelf, staging
from retrieval.access import Principal
from retrieval.audit.record import Desk
from retrieval.database import Database
from retrieval.governance import governance, history, undoing
from retrieval.governance.decision import Act, Change, Chosen
from retrieval.governance.governance import Governance
from retrieval.governance.history import Decisions
from retrieval.governance.listing import Register
from retrieval.people.directory import Directory
from retrieval.sources import Sources
from tests.retrieval.records import RememberingRecord
from tests.shelves import Shelves

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob")
LEGAL = frozenset({"group:legal"})
BOARD = frozenset({"group:board"})
START = 1_800_000_000
DAY = 86_400


@dataclass
class Clock:
    """The time as everything that decides has it."""

    at: int = START

    def __call__(self) -> int:
        return self.at

    def pass_(self, seconds: int = 1) -> int:
        self.at += seconds
        return self.at


@dataclass
class GovernedOffice:
    """A library, what is decided about it, and a clock."""

    shelves: Shelves
    clock: Clock
    record: RememberingRecord = field(default_factory=RememberingRecord)

    def __post_init__(self) -> None:
        self.database: Database = self.shelves.database
        self.governance = Governance(self.database, self.record)
        self.decisions = Decisions(self.database)
        self.register = Register(self.database)
        self.sources = Sources(self.database)
        self.directory = Directory(self.database)

    async def put(self, uri: str, text: str = "Some words.", **details: Any) -> str:
        """Take a version in, and return its document's id."""
        await self.shelves.put(uri, text, **details)
        return await self.shelves.document_id(uri)

    async def decide(
        self,
        documents: str | Iterable[str],
        status: str | None = None,
        *,
        by: Principal = ANN,
        note: str = "They met.",
        number: int | None = None,
        digest: str | None = None,
        **change: Any,
    ) -> Act:
        """Decide about documents named by their ids."""
        ids = [documents] if isinstance(documents, str) else documents
        return await self.governance.decide(
            Chosen(documents=frozenset(ids)),
            Change(status, **change),
            note,
            principal=by,
            desk=Desk(by.name, "test"),
            number=number,
            digest=digest,
        )

    async def undo(self, act: Act, by: Principal = ANN) -> Act:
        """Bring back what was before an act."""
        return await self.governance.undo(
            act.id, "Too early.", principal=by, desk=Desk(by.name, "test")
        )

    async def statuses(self, uri: str, *, principal: Principal = ANN) -> list[str]:
        """Return how the versions of a document stand now, oldest first."""
        document = await self.shelves.document_id(uri)
        listed = await self.shelves.library.versions(document, principal=principal)
        return [each.status_at(self.clock.at).value for each in reversed(listed)]


def set_clock(patch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Have everything that decides or takes in go by the clock of the test."""
    for module in (governance, undoing, history, library, shelf, staging):
        patch.setattr(module, "now", clock)


async def open_office(folder: Path, patch: pytest.MonkeyPatch, url: str = "") -> GovernedOffice:
    """Return an office with an empty library."""
    clock = Clock()
    set_clock(patch, clock)
    shelves = Shelves(folder, url)
    await shelves.database.migrate()
    return GovernedOffice(shelves, clock)
