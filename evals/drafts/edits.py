"""What an evaluator makes of a draft: the question, and what is expected of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Final

from evals.drafts.masking import LABEL
from retrieval.errors import BadRequest

LONGEST_QUESTION: Final = 2_000
LONGEST_LINE: Final = 1_000
MOST_LINES: Final = 50
BETWEEN_WORDINGS: Final = "|"
_LANGUAGE: Final = re.compile(r"[a-z]{2}|")
_PERSON: Final = re.compile(r"[^\s:,]{0,126}")


@dataclass(frozen=True, slots=True)
class Edits:
    """The draft as evaluators left it; what they have not touched is empty.

    `question` is masked ("" is the masked one that was asked). `gold` are numbers of the passages
    found that answer it, whole, `words` lines that stand in one of them and do. `facts` must be
    said, each in one of its wordings, `lies` must not. `person` asks ("" is whoever runs the
    suite). `earlier`, the questions before it, and `as_of`, the day, are None where they stay as
    they were asked. `shown` are pieces of personal data that are not masked.
    """

    question: str = ""
    answerable: bool | None = None
    gold: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    lies: tuple[str, ...] = ()
    language: str = ""
    person: str = ""
    category: str = ""
    shown: tuple[str, ...] = ()
    earlier: tuple[str, ...] | None = None
    as_of: str | None = None

    def written(self) -> str:
        """Return the edits as one text."""
        return json.dumps(asdict(self))


def read_edits(text: str) -> Edits:
    """Return the edits that a text says; none of an empty one."""
    if not text:
        return Edits()
    values: dict[str, Any] = json.loads(text)
    listed = {each.name: values.get(each.name, each.default) for each in fields(Edits)}
    for name in ("gold", "words", "lies", "shown", "earlier"):
        listed[name] = None if listed[name] is None else tuple(listed[name])
    listed["facts"] = tuple(tuple(each) for each in listed["facts"])
    return Edits(**listed)


def require_sound(edits: Edits, passages: int) -> None:
    """Raise `BadRequest` unless a test case can be made of edits to a draft of so many passages."""
    earlier = edits.earlier or ()
    said = edits.facts, edits.lies, edits.words, earlier
    told = (
        (
            all(len(each) <= LONGEST_QUESTION for each in (edits.question, *earlier)),
            f"questions of at most {LONGEST_QUESTION:,} characters",
        ),
        (_is_day(edits.as_of or ""), "a day that there is, as 2026-03-31"),
        (all(len(each) <= MOST_LINES for each in said), f"at most {MOST_LINES} lines of a kind"),
        (
            all(len(each) <= LONGEST_LINE for each in _lines_of(edits)),
            f"lines of at most {LONGEST_LINE:,} characters",
        ),
        (bool(_LANGUAGE.fullmatch(edits.language)), "a language as two small letters, such as en"),
        (bool(_PERSON.fullmatch(edits.person)), "the name of a person, without spaces"),
        (all(0 <= each < passages for each in edits.gold), f"numbers of the {passages} passages"),
    )
    for is_so, expected in told:
        if not is_so:
            raise BadRequest(
                f"Expected {expected}, got something else. Correct it; nothing is kept."
            )
    if any(LABEL.search(each) for each in _said_of(edits)):
        raise BadRequest(
            "Expected what must or must not be said in its own words, got the label of something "
            "masked. Show that piece first, if it stands in the sources."
        )
    if edits.answerable is False and (edits.gold or edits.words or edits.facts):
        raise BadRequest(
            "Expected nothing to be found of what should not be answered, got passages, words or "
            "facts. Take them away, or say that it should be answered."
        )


def _is_day(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def unmasked(edits: Edits, label: str, piece: str) -> Edits:
    """Return edits with a piece of personal data instead of its label."""
    earlier = edits.earlier
    return replace(
        edits,
        question=edits.question.replace(label, piece),
        earlier=None if earlier is None else tuple(each.replace(label, piece) for each in earlier),
        shown=(*edits.shown, piece),
    )


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a text in which anything stands."""
    return tuple(each.strip() for each in text.splitlines() if each.strip())


def facts_of(text: str) -> tuple[tuple[str, ...], ...]:
    """Return facts, one a line; wordings of which one is enough are parted by a bar."""
    parted = (
        tuple(one.strip() for one in line.split(BETWEEN_WORDINGS) if one.strip())
        for line in lines_of(text)
    )
    return tuple(each for each in parted if each)


def as_lines(lines: Iterable[str | tuple[str, ...]]) -> str:
    """Return facts or lines as they are typed."""
    between = f" {BETWEEN_WORDINGS} "
    return "\n".join(each if isinstance(each, str) else between.join(each) for each in lines)


def _said_of(edits: Edits) -> list[str]:
    return [*(one for fact in edits.facts for one in fact), *edits.lies]


def _lines_of(edits: Edits) -> list[str]:
    return [*_said_of(edits), *edits.words, edits.category]
