"""An entry: one event as it stands in the chain, and the JSON that its digest is taken of.

The JSON is canonical: keys sorted, no spaces, ASCII (everything else escaped, so that no line
break and no terminal code can act), numbers as Python writes them, which reads back the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retrieval.audit.event import Act, Event
from retrieval.audit.subject import Subject
from retrieval.documents import now
from retrieval.errors import BadRequest

GENESIS = "0" * 64
"""What stands for the digest of the event before the first."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that waits to be appended: checked, dated and written as JSON."""

    act: Act
    at: int
    actor: str
    concerns: tuple[str, ...]
    about: str
    words: str = field(repr=False)

    @classmethod
    def of(cls, event: Event) -> Draft:
        """Return an event of this instant, or raise `BadRequest` if JSON cannot hold it."""
        return cls(
            act=event.act,
            at=now(),
            actor=event.actor,
            concerns=event.concerns,
            about=canonical(dict(event.about)),
            words=canonical({"origin": event.origin, "words": dict(event.words)}),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the chain. `digest` is the sha256 of `body`, in hexadecimal."""

    number: int
    at: int
    act: str
    actor: str
    body: str
    digest: str

    def row(self) -> dict[str, int | str]:
        """Return the entry as a row of its table."""
        return {
            "number": self.number,
            "at": self.at,
            "act": self.act,
            "actor": self.actor,
            "body": self.body,
            "digest": self.digest,
        }


def entry_of(draft: Draft, subjects: Mapping[str, Subject], number: int, previous: str) -> Entry:
    """Return the entry that follows the one whose digest is `previous`."""
    actor = subjects[draft.actor]
    concerns = canonical([subjects[name].id for name in draft.concerns])
    sealed = actor.seal(draft.words, context_of(number, draft.act, actor.id))
    body = (
        f'{{"about":{draft.about},"act":"{draft.act}","actor":"{actor.id}","at":{draft.at},'
        f'"concerns":{concerns},"number":{number},"previous":"{previous}","sealed":"{sealed}"}}'
    )
    return Entry(number, draft.at, draft.act.value, actor.id, body, digest_of(body))


def context_of(number: int, act: str, actor: str) -> str:
    """Return what encrypted words are bound to: they open nowhere else."""
    return f"{number} {act} {actor}"


def canonical(value: Any) -> str:
    """Return a value as canonical JSON, or raise `BadRequest` if JSON cannot hold it."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequest(
            f"Expected an event of JSON values (text, numbers, lists, objects), got: {error}."
        ) from error
    return text.replace("\x7f", "\\u007f")  # the one control character that json leaves as it is


def digest_of(text: str) -> str:
    """Return the sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
