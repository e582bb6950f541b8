"""What a caller is told when something is wrong: what was expected, what came, what to do.

Nothing that was sent is repeated except short filter values, and never a trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict

from retrieval.errors import BadRequest, Busy, NotFound, RetrievalError, Unavailable
from retrieval.plain import plain


class ErrorDetail(BaseModel):
    """One mistake and its remedy."""

    code: str
    expected: str
    got: str
    do: str


class ErrorOut(BaseModel):
    """The body of every answer that is not a success."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "code": "bad_input",
                        "expected": "`question` as text of 1 to 2,000 characters",
                        "got": "a text of 100,000 characters",
                        "do": "Ask in fewer words.",
                    }
                }
            ]
        }
    )

    error: ErrorDetail


class BadInput(Exception):
    """The request is not what was expected."""

    def __init__(self, expected: str, got: str, do: str) -> None:
        super().__init__(expected)
        self.expected, self.got, self.do = expected, got, do


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake as it is shown: HTTP status, body, and how long to wait before trying again.

    `field` is the part of the request that it is about, where that is known.
    """

    status: int
    detail: ErrorDetail
    retry_after: int | None = None
    field: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        return ErrorOut(error=self.detail).model_dump()


NOT_FOUND = Problem(
    404,
    ErrorDetail(
        code="not_found",
        expected="something that exists and that you may read",
        got="no such thing for you",
        do="Check the address, or ask the owner of the document.",
    ),
)
UNEXPECTED = Problem(
    500,
    ErrorDetail(
        code="unexpected",
        expected="an answer",
        got="a fault in the server",
        do="Try again. If it happens again, tell the person who runs this server.",
    ),
)
DAMAGED = Problem(
    500,
    ErrorDetail(
        code="damaged",
        expected="stored data that can be trusted",
        got="data that cannot be read as it is",
        do="Tell the person who runs this server to run `pincite doctor`.",
    ),
)
BAD_JSON = Problem(
    400,
    ErrorDetail(
        code="bad_json",
        expected="a body that is one JSON object",
        got="something that is not JSON",
        do="Send `Content-Type: application/json` and a JSON object.",
    ),
)


def refused(status: int, code: str, expected: str, got: str, do: str) -> Problem:
    """Return a problem of the caller's making."""
    return Problem(status, ErrorDetail(code=code, expected=expected, got=got, do=do))


def problem_of(error: Exception) -> Problem:
    """Return how an error of ours is shown."""
    match error:
        case RequestValidationError():
            return of_validation(error.errors())
        case BadInput():
            return refused(422, "bad_input", error.expected, error.got, error.do)
        case NotFound():
            return NOT_FOUND
        case BadRequest():
            return refused(422, "bad_input", plain(str(error)), "something else", "Correct it.")
        case Busy():
            return busy(error)
        case Unavailable():
            return unavailable(str(error))
        case RetrievalError():
            return DAMAGED
        case _:
            return UNEXPECTED


def unavailable(reason: str) -> Problem:
    """Return that a part is not there now."""
    detail = ErrorDetail(
        code="unavailable",
        expected="every part of the server to be ready",
        got=plain(reason),
        do="Wait a few seconds and try again. /readyz says how each part stands.",
    )
    return Problem(503, detail, retry_after=5)


def busy(error: Busy) -> Problem:
    """Return that more is asked than can be answered."""
    wait = error.retry_seconds
    do = f"Wait {wait} seconds and ask again."
    problem = refused(429, "busy", "fewer questions at once", plain(str(error)), do)
    return replace(problem, retry_after=wait)


def of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the first thing that validation found wrong."""
    first = errors[0]
    if first["type"].startswith("json_"):
        return BAD_JSON
    field = ".".join(str(step) for step in first["loc"] if step not in ("body", "query", "path"))
    return replace(_of_field(field, first), field=short(field))


def _of_field(field: str, first: Mapping[str, Any]) -> Problem:
    if first["type"] == "extra_forbidden":
        expected = "only the fields that /openapi.json lists"
        return refused(422, "unknown_field", expected, f"`{short(field)}`", "Leave it out.")
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Told):
        return refused(422, "bad_input", f"`{field}` as {cause.expected}", cause.got, cause.do)
    name = f"`{short(field)}`" if field else "a JSON object"
    if first["type"] == "missing":
        return refused(422, "bad_input", name, "nothing", "Add it.")
    told = f"{name}: {first['msg']}"
    return refused(422, "bad_input", told, described(first.get("input")), "Correct it.")


class Told(ValueError):
    """A value that is not what was expected, told in words that can be shown."""

    def __init__(self, expected: str, got: str, do: str) -> None:
        super().__init__(expected)
        self.expected, self.got, self.do = expected, got, do


def described(value: object) -> str:
    """Say what a value is without repeating more than a word of it."""
    match value:
        case None:
            return "nothing"
        case bool() | int() | float():
            return f"the {type(value).__name__} {short(str(value))}"
        case str() if len(value) > 40:
            return f"a text of {len(value):,} characters"
        case str():
            return f"'{short(value)}'"
        case Mapping():
            return "an object"
        case _:
            return "a list" if isinstance(value, Sequence) else "something else"


def short(text: str) -> str:
    """Return at most 40 characters that are fit to be shown."""
    return plain(text.encode("utf-8", "replace").decode())[:40]
