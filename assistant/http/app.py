"""Join the routes into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from assistant.http import (
    acting,
    acting_forms,
    acting_pages,
    admin,
    admin_access,
    admin_health,
    admin_holds,
    admin_people,
    admin_record,
    admin_sources,
    admin_tokens,
    admin_tools,
    admin_upload,
    admin_usage,
    approved,
    approved_pages,
    ask,
    compare_pages,
    conversation_pages,
    conversations,
    export,
    export_pages,
    governing,
    governing_pages,
    health,
    keys,
    languages,
    mcp,
    metrics,
    openai,
    pages,
    people,
    reading,
    related,
    review,
    review_pages,
    saved_pages,
    search,
    search_pages,
    sharing_pages,
    signin,
    slack,
    source_pages,
)
from assistant.http.errors import NOT_FOUND, BadInput, Problem, problem_of, refused
from assistant.http.headers import Doorkeeper, SecurityHeaders, limit_of, security, too_large
from assistant.http.languages import Speaking
from assistant.http.openai_errors import PREFIX, as_json
from assistant.http.parts import Parts, parts_of
from assistant.mcp.entrance import McpEntrance
from assistant.signin.errors import NotSignedIn, SignInError
from retrieval.errors import RetrievalError

_FOR_PROGRAMS = (
    "/api/",
    PREFIX,
    "/healthz",
    "/readyz",
    "/metrics",
    "/mcp",
    "/openapi.json",
    "/slack/",
    "/static/",
)
_ABOUT = (
    "Ask and search the organisation's own documents. Every sentence shown is pinned to the "
    "exact words it rests on; what is not supported is not said."
)
# FastAPI can otherwise be told by a variable of the environment to report to a collector.
_SILENT: Any = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_ROUTED = (
    health,
    metrics,
    ask,
    openai,
    mcp,
    slack,
    conversations,
    export,
    export_pages,
    search,
    reading,
    related,
    people,
    languages,
    keys,
    approved,
    approved_pages,
    review,
    review_pages,
    governing,
    governing_pages,
    signin,
    pages,
    source_pages,
    compare_pages,
    saved_pages,
    search_pages,
    conversation_pages,
    sharing_pages,
    acting,
    acting_forms,
    acting_pages,
    admin,
    admin_people,
    admin_access,
    admin_record,
    admin_tools,
    admin_sources,
    admin_upload,
    admin_usage,
    admin_health,
    admin_holds,
    admin_tokens,
)
Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def create_app(parts: Parts) -> FastAPI:
    """Return the application; its parts begin to load when it starts."""
    app = FastAPI(
        title="Pincite",
        summary="Answers pinned to the exact words they rest on",
        description=_ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        telemetry=_SILENT,
        middleware=[
            Middleware(SecurityHeaders, is_https=parts.is_https),
            Middleware(Doorkeeper, hosts=parts.hosts, file_bytes=parts.file_bytes),
            Middleware(Speaking),
        ],
        exception_handlers=_handlers(),
    )
    app.state.parts = parts
    for module in _ROUTED:
        app.include_router(module.router)
    for annex in parts.annexes:
        app.include_router(annex.router)
    app.mount("/static", StaticFiles(directory=pages.WEB / "static"), name="static")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    for part in parts.loading():
        part.start()
    app.state.mcp = McpEntrance()
    async with app.state.mcp.run():
        yield
    for part in parts.loading():
        part.stop()


def _handlers() -> dict[int | type[Exception], Handler]:
    ours = (RequestValidationError, BadInput, RetrievalError, Exception)
    handlers: dict[int | type[Exception], Handler] = dict.fromkeys(ours, _told)
    return handlers | {HTTPException: _told_by_status, SignInError: _told_at_the_door}


async def _told(request: Request, error: Exception) -> Response:
    """Tell what was wrong; to people an address that none has is one that leads to nothing."""
    is_program = request.url.path.startswith(_FOR_PROGRAMS)
    wrong = error.errors() if isinstance(error, RequestValidationError) else ()
    if wrong and not is_program and all(each["loc"][0] == "path" for each in wrong):
        return _answer(request, NOT_FOUND)
    return _answer(request, problem_of(error))


async def _told_at_the_door(request: Request, error: SignInError) -> Response:
    """Ask a program for a token and a person to sign in; tell both what they may not do."""
    is_program = request.url.path.startswith(_FOR_PROGRAMS)
    if isinstance(error, NotSignedIn) and not is_program and parts_of(request).sign_in:
        return signin.to_sign_in(request)
    response = _answer(request, signin.problem_of(error))
    if isinstance(error, NotSignedIn):
        response.headers["WWW-Authenticate"] = 'Bearer realm="pincite"'
    return response


async def _told_by_status(request: Request, error: HTTPException) -> Response:
    limit = limit_of(request.url.path, parts_of(request).file_bytes)
    known = {404: NOT_FOUND, 413: too_large(limit)}
    if error.status_code in known:
        return _answer(request, known[error.status_code])
    phrase = HTTPStatus(error.status_code).phrase.lower()
    problem = refused(
        error.status_code,
        phrase.replace(" ", "_"),
        "a request as /openapi.json describes it",
        phrase,
        "Check the method and the body.",
    )
    return _answer(request, problem)


def _answer(request: Request, problem: Problem) -> Response:
    """Return the problem as JSON to programs and as a page to people."""
    if request.url.path.startswith(_FOR_PROGRAMS):
        response: Response = as_json(request.url.path, problem)
    else:
        response = pages.error_page(request, problem)
    # An unforeseen error is answered outside the middleware.
    response.headers.update(security(parts_of(request).is_https))
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response
