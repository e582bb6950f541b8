"""Sharing inside: a link to a conversation or an answer, opened with the rights of who opens it.

That a link is made, opened or ended is on record before it is so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.conversation_masking import Masked, masked
from assistant.conversation_recall import Readable
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.conversation_shares import Share, Shares


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link leads one person to. `title` is "" where there is none, or it is masked."""

    share: Share
    by: str
    title: str
    turns: tuple[Masked, ...]

    @property
    def is_masked(self) -> bool:
        """Return whether something of it may not be shown to this person."""
        return any(each.is_asked_masked or each.turn.left_out for each in self.turns)


class Sharing:
    """The links that people make for each other."""

    def __init__(self, shares: Shares, library: Readable, record: Record) -> None:
        self._shares = shares
        self._library = library
        self._record = record

    async def make(
        self,
        conversation: str,
        *,
        principal: Principal,
        origin: str,
        turn: str = "",
        to: Collection[str] | None = None,
        days: int,
    ) -> Share:
        """Make a link to a conversation as it stands, or to one turn of it.

        `to` names who may open it; None means everybody here.

        Raises:
            NotFound: there is no such conversation or turn of this person's.
            BadRequest: nobody is named or too many are, the days are too many, or the links.
        """
        planned = await self._shares.planned(
            conversation, person=principal.name, turn=turn, to=to, days=days
        )
        about: dict[str, Json] = {"turn": turn, "is_open": planned.is_open, "days": days}
        await self._note("make", planned, principal, origin, about, planned.readers)
        await self._shares.make(planned, person=principal.name)
        return planned

    async def of(self, conversation: str, *, principal: Principal) -> Sequence[Share]:
        """Return the links to a conversation of this person's that open now, the latest first."""
        return await self._shares.of(conversation, person=principal.name)

    async def end(
        self, conversation: str, share: str, *, principal: Principal, origin: str
    ) -> None:
        """End a link of this person's, or raise `NotFound` if none of this id opens."""
        open_now = await self._shares.of(conversation, person=principal.name)
        for each in open_now:
            if each.id == share:
                await self._note("end", each, principal, origin, {}, each.readers)
        await self._shares.end(conversation, share, person=principal.name)

    async def opened(self, share: str, *, principal: Principal, origin: str) -> Shared:
        """Return what a link leads to, masked for this person, or raise `NotFound`."""
        found = await self._shares.opened(share, person=principal.name)
        wanted = frozenset[int]().union(*(each.versions for each in found.turns))
        readable = await self._library.readable(wanted, principal=principal) if wanted else {}
        turns = tuple(masked(found.turns, found.shown, readable))
        title = found.title if wanted <= readable.keys() else ""
        shared = Shared(found.share, found.by, title, turns)
        about: dict[str, Json] = {
            "turns": len(turns),
            "masked": sum(each.turn.left_out for each in turns),
            "cited": _cited(turns),
        }
        await self._note("open", found.share, principal, origin, about, (found.by,))
        return shared

    async def _note(
        self,
        what: str,
        share: Share,
        principal: Principal,
        origin: str,
        about: dict[str, Json],
        concerns: Collection[str],
    ) -> None:
        told: dict[str, Json] = {"what": what, "share": share.id}
        told |= {"conversation": share.conversation, **about}
        others = tuple(each for each in concerns if each != principal.name)
        await self._record.note(Event(Act.SHARE, principal.name, origin, told, concerns=others))


def _cited(turns: Sequence[Masked]) -> list[Json]:
    """Return each version whose words are shown, once."""
    versions = {one.version.id: one.version for each in turns for one in each.turn.sources}
    return [{"document": each.document_id, "version": each.number} for each in versions.values()]
