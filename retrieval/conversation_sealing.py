"""How turns and names of conversations are sealed, and opened again by their person's key alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row

from retrieval.audit.subject import Subject
from retrieval.conversation_tables import conversations
from retrieval.conversation_turn import Turn


def sealed_turn(owner: Subject, conversation_id: str, turn: Turn) -> dict[str, Any]:
    """Return the row of a turn."""
    sealed = owner.seal(turn.written(), _of_turn(conversation_id, turn.id))
    return {"id": turn.id, "conversation_id": conversation_id, "at": turn.at, "sealed": sealed}


def unsealed(owner: Subject, rows: Iterable[Row[Any]]) -> list[Turn]:
    """Return the turns that this key opens; no other could be read."""
    opened = (
        (row, owner.unseal(row.sealed, _of_turn(row.conversation_id, row.id))) for row in rows
    )
    return [Turn.read(row.id, row.at, written) for row, written in opened if written is not None]


def sealed_title(owner: Subject, conversation_id: str, title: str) -> str | None:
    """Return a name as it is stored; none for no name."""
    return owner.seal(title, _of_title(conversation_id)) if title else None


def title_of(owner: Subject, conversation_id: str, sealed: str | None) -> str:
    """Return the name of a conversation, "" where it has none."""
    return owner.unseal(sealed, _of_title(conversation_id)) or "" if sealed else ""


def is_of(owner: Subject, conversation_id: str) -> ColumnElement[bool]:
    """Return the condition that a conversation is there and this person's."""
    is_theirs = (conversations.c.id == conversation_id) & (conversations.c.owner == owner.id)
    return is_theirs & conversations.c.removed_at.is_(None)


def _of_turn(conversation_id: str, turn_id: str) -> str:
    return f"turn {turn_id} of {conversation_id}"


def _of_title(conversation_id: str) -> str:
    return f"title of {conversation_id}"
