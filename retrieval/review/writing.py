"""How a matter is written down: places in the clear, and the words as one text to be sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, astuple
from typing import Any

from retrieval.review.case import CaseKind, Circumstances, Flaw, Matter, Place, Said


def words_of(matter: Matter) -> str:
    """Return all of a matter that anybody wrote, as one text."""
    said = [
        {
            "text": each.text,
            "cites": [astuple(place) for place in each.cites],
            "flaws": [astuple(flaw) for flaw in each.flaws],
        }
        for each in matter.said
    ]
    return json.dumps(
        {
            "question": matter.question,
            "answer_id": matter.answer_id,
            "recalled": matter.recalled,
            "reason": matter.reason,
            "note": matter.note,
            "said": said,
            "how": asdict(matter.how),
        }
    )


def places_of(evidence: Iterable[Place]) -> str:
    """Return places as one text: ids and characters, no words."""
    return json.dumps([astuple(each) for each in evidence], separators=(",", ":"))


def matter_of(
    words: str,
    evidence: str,
    *,
    kind: str,
    asker: str,
    asked: int,
    made_by: str,
    approved: int | None = None,
) -> Matter:
    """Return the matter that was written down."""
    values: dict[str, Any] = json.loads(words)
    said = tuple(
        Said(
            each["text"],
            tuple(Place(*place) for place in each["cites"]),
            tuple(Flaw(*flaw) for flaw in each["flaws"]),
        )
        for each in values.pop("said")
    )
    recalled = tuple(values.pop("recalled"))
    how = _circumstances(values.pop("how", {}))
    places = tuple(Place(*each) for each in json.loads(evidence))
    return Matter(
        kind=CaseKind(kind),
        asker=asker,
        asked=asked,
        made_by=made_by,
        evidence=places,
        said=said,
        recalled=recalled,
        how=how,
        approved=approved,
        **values,
    )


def _circumstances(values: dict[str, Any]) -> Circumstances:
    """Return how a question was asked; of cases kept by earlier versions nothing is known."""
    listed: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in values.items()
    }
    return Circumstances(**listed)


def asked_in(words: str) -> str:
    """Return the question among the words of a matter."""
    return str(json.loads(words)["question"])


def question_of(words: str) -> str:
    """Return the question among the words of a matter, as two of them are compared."""
    return compared(json.loads(words)["question"])


def compared(question: str) -> str:
    """Return a question without what makes no other question of it."""
    return " ".join(question.casefold().split()).rstrip("?!. ")


def rests_on(matter: Matter) -> str:
    """Return the sha256 of the versions that a matter rests on."""
    return _digest(json.dumps(sorted(matter.versions)))


def context_of(kind: str, opened_at: int, evidence: str) -> str:
    """Return what the sealed words are bound to: they open with this evidence only."""
    return f"case {kind} {opened_at} {_digest(evidence)}"


def closing_context(case_id: int, state: str, closed_at: int) -> str:
    """Return what the sealed words of a closing are bound to."""
    return f"case {case_id} {state} {closed_at}"


def note_context(case_id: int, noted_at: int) -> str:
    """Return what a further note is bound to."""
    return f"case {case_id} note {noted_at}"


def reply_context(case_id: int) -> str:
    """Return what the sealed words to an asker are bound to."""
    return f"case {case_id} reply"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
