"""What a sync changes goes on record before it is done, as sets of documents.

Ids, numbers of versions and counts: no title, no text, no URI. A reader is named as a grant names
one: a group by its name, a person under the pseudonym that ends when they are erased.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ingest.summary import Tally
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.people.lapsing import Lapsed
from retrieval.readership import DENY, GRANT, Readership
from retrieval.shelf import Doomed, Numbered

_DOCUMENTS = 200
_PEOPLE = 100
_PERSON = "user:"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """What a source is about to say about who reads a document, and what it said before."""

    document_id: str
    before: Readership
    after: Readership


@dataclass(frozen=True, slots=True)
class Trail:
    """The record of one source, kept for whoever has it synced or removed.

    Each call returns once what it tells of is on the disk, and raises `Unavailable` if that
    cannot be done: then it must not happen.
    """

    record: Record
    desk: Desk
    source: str

    async def began(self) -> None:
        """Note that a sync begins."""
        await self._note([self._event(Act.SOURCE, {"did": "sync"})])

    async def ended(self, tally: Tally, *, is_whole: bool) -> None:
        """Note what a sync did, and whether it came to its end."""
        about: dict[str, Json] = {
            "did": "synced",
            "whole": is_whole,
            "new": tally.new,
            "updated": tally.updated,
            "described": tally.described,
            "moved": tally.moved,
            "removed": tally.removed,
            "unchanged": tally.unchanged,
            "passages": tally.passages,
            **{each: tally.count(each) for each in ("refused", "partial", "unreachable")},
        }
        await self._note([self._event(Act.SOURCE, about)])

    async def stores(self, staged: Sequence[Numbered]) -> None:
        """Note versions that are about to be seen."""
        told: list[Json] = [
            {"document": each.document_id, "version": each.number} for each in staged
        ]
        await self._note(
            self._event(Act.SOURCE, {"did": "store", "versions": [*some]})
            for some in _pieces(told, _DOCUMENTS)
        )

    async def describes(self, document_ids: Sequence[str]) -> None:
        """Note documents of which something else than readers is about to be said anew."""
        await self._note(self._of(Act.SOURCE, {"did": "describe"}, document_ids))

    async def moves(self, document_ids: Sequence[str]) -> None:
        """Note documents that are about to get another URI."""
        await self._note(self._of(Act.SOURCE, {"did": "move"}, document_ids))

    async def removes(self, document_ids: Sequence[str]) -> None:
        """Note documents that are about to be taken out of sight."""
        await self._note(self._of(Act.DELETE, {"did": "remove"}, document_ids))

    async def purges(self, doomed: Doomed) -> None:
        """Note what is about to be deleted for good, and what a crash left half taken in."""
        if doomed.unpublished:
            about: dict[str, Json] = {"did": "sweep", "versions": doomed.unpublished}
            await self._note([self._event(Act.DELETE, about)])
        await self._note(self._of(Act.DELETE, {"did": "purge"}, doomed.document_ids))

    async def permits(self, changes: Iterable[Change]) -> None:
        """Note who is about to be let in or kept out, in the words of a grant."""
        events: list[Event] = []
        for (do, effect, names), documents in _grouped(changes).items():
            for some in _pieces(sorted(names), _PEOPLE):
                told, people = told_readers(some)
                about: dict[str, Json] = {"do": do, "effect": effect, "readers": told}
                events += self._of(Act.PERMISSION, about, documents, people)
        await self._note(events)

    async def lapses(self, every: Iterable[Lapsed]) -> None:
        """Note grants that are about to end with what they are of, in the words of a grant."""
        events: list[Event] = []
        for each in every:
            [told], people = told_readers([each.reader])
            about: dict[str, Json] = {"do": "remove", "effect": GRANT, "reader": told}
            about["document"] = each.document_id
            events.append(self._event(Act.PERMISSION, about, people))
        await self._note(events)

    def _of(
        self,
        act: Act,
        about: Mapping[str, Json],
        document_ids: Sequence[str],
        people: tuple[str, ...] = (),
    ) -> Iterator[Event]:
        for some in _pieces(document_ids, _DOCUMENTS):
            yield self._event(act, {**about, "documents": [*some]}, people)

    def _event(self, act: Act, about: Mapping[str, Json], people: tuple[str, ...] = ()) -> Event:
        told = {**about, "source": self.source}
        return Event(act, self.desk.by, self.desk.origin, told, concerns=people)

    async def _note(self, events: Iterable[Event]) -> None:
        """Note events together: the record appends what waits in one transaction."""
        await asyncio.gather(*(self.record.note(each) for each in events))


def told_readers(names: Iterable[str]) -> tuple[list[Json], tuple[str, ...]]:
    """Return readers as they may stand in the clear, and the people among them by name."""
    ordered = sorted(names)
    people = tuple(name.removeprefix(_PERSON) for name in ordered if name.startswith(_PERSON))
    return ["user" if name.startswith(_PERSON) else name for name in ordered], people


def _pieces(every: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for at in range(0, len(every), most):
        yield every[at : at + most]


def _grouped(changes: Iterable[Change]) -> dict[tuple[str, str, frozenset[str]], list[str]]:
    """Return which documents each change is of: mostly a folder's, all the same one."""
    grouped: dict[tuple[str, str, frozenset[str]], list[str]] = {}
    for change in changes:
        was, will = change.before, change.after
        for do, effect, names in (
            ("add", GRANT, will.readers - was.readers),
            ("remove", GRANT, was.readers - will.readers),
            ("add", DENY, will.denied - was.denied),
            ("remove", DENY, was.denied - will.denied),
        ):
            if names:
                grouped.setdefault((do, effect, names), []).append(change.document_id)
    return grouped
