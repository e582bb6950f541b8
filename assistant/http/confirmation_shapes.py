"""What waits for a person's word, as it is told over HTTP. Its values are exact, never cleaned.

A character that cannot be seen, or that reorders others, is spelt out instead of shown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel

from assistant.answers import Asking
from retrieval.documents import now
from retrieval.plain import plain
from tools.confirmation import Confirmation, Standing
from tools.labels import Whence

WHERE = "This has to be confirmed before it is done:"


class ShownOut(BaseModel):
    """One argument to the letter, and where its value is from, in words too."""

    name: str
    value: str
    whence: Whence
    told: str


class ConfirmationOut(BaseModel):
    """A call that changes something, and that is not made until somebody confirms it.

    `will` is what will happen, `tried` what the far system says would; `approver` is who may
    confirm it, at `link`, within `left_seconds`; `digest` is that of the call that is shown. No
    word of it is a model's.
    """

    id: str
    tool: str
    will: str
    tried: str
    shown: list[ShownOut]
    asker: str
    approver: str
    expires_at: datetime
    left_seconds: int
    standing: Standing
    digest: str
    link: str


class AskingOut(BaseModel):
    """Nothing is said, but something waits for your word."""

    outcome: Literal["confirmation"] = "confirmation"
    conversation: str = ""
    looked_for: str = ""
    confirmation: ConfirmationOut


def confirmation_link(confirmation_id: str) -> str:
    """Return our own address of a confirmation."""
    return f"/confirmations/{quote(confirmation_id, safe='')}"


def shown_confirmation(confirmation: Confirmation, reader: str) -> ConfirmationOut:
    """Return a confirmation as it is sent to the person of this name."""
    whence = whence_of(confirmation.asker, reader)
    return ConfirmationOut(
        id=confirmation.id,
        tool=spelt(confirmation.tool),
        will=spelt(confirmation.will),
        tried=plain(confirmation.tried),
        shown=[
            ShownOut(
                name=spelt(each.name),
                value=spelt(each.value),
                whence=each.whence,
                told=whence[each.whence],
            )
            for each in confirmation.shown
        ],
        asker=confirmation.asker,
        approver=confirmation.approver,
        expires_at=datetime.fromtimestamp(confirmation.expires, UTC),
        left_seconds=max(0, confirmation.expires - now()),
        standing=confirmation.standing,
        digest=confirmation.digest,
        link=confirmation_link(confirmation.id),
    )


def spelt(text: str) -> str:
    """Return a text as it is, but what a page would hide or leave out of it by its number."""
    if plain(text) == text:
        return text
    return "".join(each if plain(each) else f"[U+{ord(each):04X}]" for each in text)


def whence_of(asker: str, reader: str) -> dict[Whence, str]:
    """Return in words where a value comes from, for whoever looks at it."""
    return {
        Whence.TYPED: "you wrote it" if asker == reader else f"{asker} wrote it",
        Whence.SYSTEM: "the system gave it",
        Whence.TEXT: "taken from documents, or thought of by the model",
    }


def shown_asking(asking: Asking) -> AskingOut:
    """Return what waits, as it is sent where nothing is said."""
    question = asking.question
    return AskingOut(
        conversation=question.conversation or "",
        looked_for=plain(question.text) if question.asked else "",
        confirmation=shown_confirmation(asking.confirmation, question.principal.name),
    )
