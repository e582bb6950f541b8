"""What may be asked over HTTP: every field checked here, once, for API and pages alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from assistant.answers import Question
from assistant.http.errors import Told, described, short
from retrieval.access import Principal
from retrieval.documents import Kind, Scope, Status, end_of, now
from retrieval.plain import plain

QUESTION_LIMIT = 2_000
CHOICE_LIMIT = 50
EnumT = TypeVar("EnumT", bound=StrEnum)

_QUESTION = f"text of 1 to {QUESTION_LIMIT:,} characters"
_ANSWER_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_CONVERSATION_ID = re.compile(r"[0-9a-f]{32}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def to_question(value: Any) -> str:
    """Return the question, cleaned, or raise `Told`."""
    if not isinstance(value, str):
        raise Told(_QUESTION, described(value), "Send the question as a JSON string.")
    if len(value) > QUESTION_LIMIT:
        raise Told(_QUESTION, f"a text of {len(value):,} characters", "Ask in fewer words.")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Told(_QUESTION, "a text with null bytes or half characters", "Remove them.")
    cleaned = " ".join(plain(value).split())
    if not cleaned:
        raise Told(_QUESTION, "nothing to read", "Write a question.")
    return cleaned


def to_day(value: Any) -> date | None:
    """Return a day that is not in the future anywhere on earth, or raise `Told`."""
    if value is None:
        return None
    expected = "a date like 2026-03-31, today or earlier"
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Told(expected, described(value), "Write year, month and day with hyphens.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Told(expected, described(value), "Choose a day that exists.") from None
    if day > (datetime.now(UTC) + timedelta(hours=14)).date():
        raise Told(expected, described(value), "Choose today or an earlier day.")
    return day


def to_choices(values: Any, of: type[EnumT]) -> frozenset[EnumT]:
    """Return the members of `of` that `values` name, or raise `Told`."""
    words = to_texts(values)
    unknown = sorted(words - set(of))
    if unknown:
        expected = "any of " + ", ".join(of)
        raise Told(expected, described(unknown[0]), "Use these words exactly.")
    return frozenset(of(word) for word in words)


def to_texts(values: Any) -> frozenset[str]:
    """Return a set of short texts, or raise `Told`."""
    expected = f"a list of at most {CHOICE_LIMIT} short texts"
    if not isinstance(values, list | tuple | set | frozenset) or len(values) > CHOICE_LIMIT:
        raise Told(expected, described(values), "Send a JSON list of strings.")
    for value in values:
        if not isinstance(value, str) or len(value) > 500 or short(value) != value[:40]:
            raise Told(expected, described(value), "Send each as plain text.")
    return frozenset(values)


def to_answer_id(value: Any) -> str | None:
    """Return the asker's own name for an answer, or raise `Told`."""
    if value is None:
        return None
    if not isinstance(value, str) or not _ANSWER_ID.fullmatch(value):
        expected = "8 to 64 letters, digits, hyphens and underscores"
        raise Told(expected, described(value), "Send a random one, or leave it out.")
    return value


def to_conversation_id(value: Any) -> str | None:
    """Return the id of a conversation, or raise `Told`."""
    if value is None:
        return None
    if not isinstance(value, str) or not _CONVERSATION_ID.fullmatch(value):
        expected = "the 32 letters and digits of a `conversation` that an answer gave"
        raise Told(expected, described(value), "Send it as it came, or leave it out.")
    return value


def _kinds(values: Any) -> frozenset[Kind]:
    return to_choices(values, Kind)


def _statuses(values: Any) -> frozenset[Status]:
    return to_choices(values, Status)


def _listed(*words: str) -> WithJsonSchema:
    items: dict[str, Any] = {"type": "string"}
    return WithJsonSchema({"type": "array", "items": items | ({"enum": words} if words else {})})


Text = Annotated[
    str,
    BeforeValidator(to_question),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": QUESTION_LIMIT}),
]
Day = Annotated[
    date | None,
    BeforeValidator(to_day),
    WithJsonSchema({"type": "string", "format": "date"}),
    Field(description="Search what was in force at the end of this day."),
]
AnswerId = Annotated[
    str | None,
    BeforeValidator(to_answer_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_ANSWER_ID.pattern}$"}),
    Field(description="Your own name for the answer, by which you can stop or report it."),
]
ConversationId = Annotated[
    str | None,
    BeforeValidator(to_conversation_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_CONVERSATION_ID.pattern}$"}),
    Field(description="The conversation that the question continues, as an answer named it."),
]
Kinds = Annotated[frozenset[Kind], BeforeValidator(_kinds), _listed(*Kind)]
Statuses = Annotated[frozenset[Status], BeforeValidator(_statuses), _listed(*Status)]
Names = Annotated[frozenset[str], BeforeValidator(to_texts), _listed()]

STANDING = frozenset({Status.APPROVED, Status.DRAFT})


class AskIn(BaseModel):
    """A question and what to limit it to; an empty list means no limit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "question": "How much notice must either party give to terminate?",
                    "kinds": ["contract"],
                    "as_of": "2026-03-31",
                }
            ]
        },
    )

    question: Text
    kinds: Kinds = frozenset()
    statuses: Statuses = STANDING
    sources: Names = frozenset()
    parties: Names = frozenset()
    as_of: Day = None
    answer: AnswerId = None
    conversation: ConversationId = None
    approved: bool = Field(
        True, description="Whether an approved answer comes first; false asks the sources."
    )

    def by(self, principal: Principal, origin: str = "") -> Question:
        """Return the question as this principal asks it."""
        scope = Scope(
            as_of=instant_of(self.as_of),
            kinds=self.kinds,
            statuses=self.statuses or STANDING,
            sources=self.sources,
            parties=self.parties,
        )
        continued = self.conversation or ""
        question = Question(
            self.question,
            principal,
            scope,
            origin,
            conversation=continued,
            skips_approved=not self.approved,
        )
        return question if self.answer is None else replace(question, id=self.answer)


class SearchIn(BaseModel):
    """A search and its filters, as query parameters; a filter may be given more than once."""

    model_config = ConfigDict(extra="forbid")

    q: Text
    kind: Kinds = frozenset()
    status: Statuses = STANDING
    source: Names = frozenset()
    party: Names = frozenset()
    as_of: Day = None
    limit: int = Field(20, ge=1, le=50)

    def by(self, principal: Principal, origin: str = "") -> Question:
        """Return the search as this principal makes it."""
        scope = Scope(
            as_of=instant_of(self.as_of),
            kinds=self.kind,
            statuses=self.status or STANDING,
            sources=self.source,
            parties=self.party,
        )
        return Question(self.q, principal, scope, origin)


def instant_of(day: date | None) -> int:
    """Return the last instant of a day that has been, or the present one."""
    return now() if day is None else min(end_of(day) - 1, now())


def given(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of a submitted form as `SearchIn` takes them; empty ones are left out."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if value == "":
            continue
        if name in ("kind", "status", "source", "party"):
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields
