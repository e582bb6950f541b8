"""One sync while it goes on: what it knows, counts, and lists as not taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.connector import Found
from connectors.errors import ConnectorError
from ingest.draft import Draft, Redescribed
from ingest.errors import FileRefused, IngestError
from ingest.summary import Report, Tally
from ingest.trail import Trail
from retrieval.failures import Failures
from retrieval.shelf import Known

_UNFORESEEN = "reading it failed in an unforeseen way ({}: {}); save it anew, or report it"


@dataclass(frozen=True, slots=True)
class Run:
    """A sync of one source. `known` is what the library had when it began, by URI."""

    source: str
    known: dict[str, Known]
    failures: Failures
    tally: Tally
    report: Report
    trail: Trail

    @property
    def unchanged(self) -> int:
        """Return how many known documents were neither changed nor removed."""
        tally = self.tally
        return len(self.known) - tally.updated - tally.described - tally.removed

    def step(self) -> None:
        """Count one document as dealt with."""
        self.tally.done += 1
        self.report(self.tally)

    def stored(self, draft: Draft) -> None:
        """Count one document as taken in."""
        self.tally.new += draft.known is None
        self.tally.updated += draft.known is not None
        self.tally.passages += len(draft.chunks)
        self.step()

    def described(self, one: Redescribed) -> None:
        """Count one document as dealt with, its content as it was."""
        self.tally.described += one.details != one.known.details
        self.step()

    async def settled(self, outcomes: Sequence[tuple[Found, tuple[str, ...]]]) -> None:
        """List what the library could not read of documents; nothing is amiss with the rest."""
        for found, problems in outcomes:
            if problems:
                await self.trouble(found.uri, "partial", "; ".join(problems), found.fingerprint)
        sound = [found.uri for found, problems in outcomes if not problems]
        if sound:
            await self.failures.clear(self.source, sound)

    async def failed(self, found: Found, error: Exception) -> None:
        """List a document that could not be taken in: refused until it changes, or tried again."""
        is_foreseen = isinstance(error, IngestError | ConnectorError)
        is_refused = isinstance(error, FileRefused) or not is_foreseen
        outcome = "refused" if is_refused else "unreachable"
        reason = str(error) if is_foreseen else _UNFORESEEN.format(type(error).__name__, error)
        await self.trouble(found.uri, outcome, reason, found.fingerprint)
        self.step()

    async def trouble(self, uri: str, outcome: str, reason: str, fingerprint: str) -> None:
        """List one trouble, here and where `pincite status` finds it."""
        await self.failures.save(self.source, uri, outcome, reason, fingerprint)
        self.tally.troubles.append((uri, outcome, reason))
