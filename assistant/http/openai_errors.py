"""Errors in the form that OpenAI's clients read, under `/v1/`; everywhere else in our own."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import JSONResponse

from assistant.http.documented import Responses
from assistant.http.errors import ErrorDetail, Problem

PREFIX = "/v1/"
_STATUSES: Mapping[int, int] = {422: 400}
_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class FailureDetail(BaseModel):
    """One mistake; `param` is the part of the request that it is about."""

    message: str
    type: str
    param: str | None
    code: str


class FailureOut(BaseModel):
    """The body of what is not a success, and the event that ends a failed stream."""

    error: FailureDetail


FAILURES: Responses = {
    400: {"model": FailureOut, "description": "Something is not as expected, or not supported"},
    401: {"model": FailureOut, "description": "Send a token: `Authorization: Bearer TOKEN`"},
    403: {"model": FailureOut, "description": "The token is not for asking"},
    404: {"model": FailureOut, "description": "No such model"},
    429: {"model": FailureOut, "description": "More is asked than can be answered; Retry-After"},
    "4XX": {"model": FailureOut, "description": "Another mistake of the caller's"},
    503: {"model": FailureOut, "description": "A part is not ready; see Retry-After"},
}


def failure_of(problem: Problem) -> FailureOut:
    """Return a problem in OpenAI's form; its message says what to do."""
    detail = problem.detail
    kind = "server_error" if problem.status >= 500 else "invalid_request_error"
    return FailureOut(
        error=FailureDetail(
            message=_message(detail),
            type=_TYPES.get(problem.status, kind),
            param=problem.field or None,
            code=detail.code,
        )
    )


def _message(detail: ErrorDetail) -> str:
    """Return a mistake in one sentence; some already are one."""
    if detail.expected.startswith("Expected "):
        return detail.expected
    return f"Expected {detail.expected}, got {detail.got}. {detail.do}"


def as_json(path: str, problem: Problem) -> JSONResponse:
    """Return a problem as the programs that call this path read it."""
    if not path.startswith(PREFIX):
        return JSONResponse(problem.body, status_code=problem.status)
    status = _STATUSES.get(problem.status, problem.status)
    return JSONResponse(failure_of(problem).model_dump(), status_code=status)
