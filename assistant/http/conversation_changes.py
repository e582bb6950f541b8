"""What has changed since an answer was given: sources of it that count no longer, or again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.conversation_recalled import Recalled
from assistant.http.parts import Reading
from assistant.http.shapes import source_link
from retrieval.access import Principal
from retrieval.documents import Status, Version, now
from retrieval.plain import plain

_SAID = {
    Status.SUPERSEDED: "has been superseded",
    Status.EXPIRED: "has expired",
    Status.APPROVED: "is in force again",
    Status.DRAFT: "is a draft again",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A cited version whose standing is another now; `newer` is what counts instead, if known."""

    title: str
    number: int
    link: str
    said: str
    newer: int | None = None
    newer_link: str = ""


async def changed(
    turns: Sequence[Recalled], library: Reading, *, principal: Principal
) -> dict[str, list[Changed]]:
    """Return what changed of each turn's sources since it was told, by the turn's id."""
    instant = now()
    moved = {
        turn.id: [
            each.version
            for each in turn.sources
            if each.version.status_at(turn.at) is not each.version.status_at(instant)
        ]
        for turn in turns
    }
    documents = {each.document_id for listed in moved.values() for each in listed}
    current = await library.current(documents, principal=principal) if documents else {}
    return {
        turn: [_changed(each, current.get(each.document_id), instant) for each in listed]
        for turn, listed in moved.items()
        if listed
    }


def _changed(version: Version, current: Version | None, instant: int) -> Changed:
    said = _SAID[version.status_at(instant)]
    link = source_link(version.document_id, version.number)
    found = Changed(plain(version.title), version.number, link, said)
    if current is None or current.number <= version.number:
        return found
    newer = source_link(current.document_id, current.number)
    return Changed(found.title, found.number, link, said, current.number, newer)
