"""Alive and ready: which parts are loading, ready or failed, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from assistant.signin.errors import SignInError
from retrieval.errors import RetrievalError, Unavailable

T = TypeVar("T")

PART_WAITS_SECONDS = 8.0


class State(StrEnum):
    """How far a part is."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Part(Generic[T]):
    """A part of the server that may need a while before it can serve."""

    def __init__(self, name: str, load: Callable[[], Awaitable[T]]) -> None:
        self.name = name
        self._load = load
        self._loading: asyncio.Task[T] | None = None

    @classmethod
    def ready(cls, name: str, value: T) -> Part[T]:
        """Return a part that needs no loading."""

        async def at_once() -> T:
            return value

        return cls(name, at_once)

    def start(self) -> None:
        """Begin to load in the background; a second call changes nothing."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
            # Read once so that a failure nobody waited for is not reported by asyncio as lost.
            self._loading.add_done_callback(lambda done: done.cancelled() or done.exception())

    def stop(self) -> None:
        """Give up loading."""
        if self._loading is not None and not self._loading.done():
            self._loading.cancel()

    @property
    def state(self) -> State:
        """Return how far the part is."""
        if self._loading is None or not self._loading.done():
            return State.LOADING
        return State.FAILED if self.reason else State.READY

    @property
    def reason(self) -> str:
        """Return why the part failed, or an empty string."""
        task = self._loading
        if task is None or not task.done():
            return ""
        if task.cancelled():
            return "It was stopped while loading."
        error = task.exception()
        if error is None:
            return ""
        return str(error) if isinstance(error, RetrievalError) else type(error).__name__

    async def get(self, wait_seconds: float = 0.5) -> T:
        """Return the part, waiting up to `wait_seconds`, or raise `Unavailable`."""
        self.start()
        assert self._loading is not None
        await asyncio.wait({self._loading}, timeout=wait_seconds)
        if self.state is State.LOADING:
            raise Unavailable(f"The {self.name} is still loading. Try again in a few seconds.")
        if self.state is State.FAILED:
            raise Unavailable(f"The {self.name} could not be loaded: {self.reason}")
        return self._loading.result()


class Alive(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "alive"}]})

    status: str = "alive"


class PartState(BaseModel):
    """One part: loading, ready, or failed with a reason."""

    state: State
    reason: str = ""


class Readiness(BaseModel):
    """Whether every part is ready."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ready": False,
                    "parts": {
                        "library": {"state": "ready", "reason": ""},
                        "assistant": {"state": "loading", "reason": ""},
                    },
                }
            ]
        }
    )

    ready: bool
    parts: dict[str, PartState]


async def _watched(request: Request) -> tuple[Part[object], ...]:
    parts = request.app.state.parts
    return tuple(parts.loading())


async def _is_known(request: Request) -> bool:
    """Return whether somebody who is known asks; strangers are not told why a part failed."""
    parts = request.app.state.parts
    if parts.sign_in is None:
        return True  # nobody is a stranger where there is no door
    if not any(part.reason for part in parts.loading()):
        return False  # there is nothing to tell, so nothing to wait for
    try:
        await parts.authenticate(request)
    except (SignInError, RetrievalError):
        return False
    return True


router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether the process answers")
async def healthz() -> Alive:
    """Return at once, whatever the parts do."""
    return Alive()


@router.get(
    "/readyz",
    summary="Whether every part is ready",
    responses={503: {"model": Readiness, "description": "At least one part is not ready"}},
)
async def readyz(
    response: Response,
    watched: Annotated[tuple[Part[object], ...], Depends(_watched)],
    is_known: Annotated[bool, Depends(_is_known)],
) -> Readiness:
    """Return the state of every part; the status is 503 until all are ready."""
    states = {
        part.name: PartState(state=part.state, reason=part.reason if is_known else "")
        for part in watched
    }
    ready = all(each.state is State.READY for each in states.values())
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Readiness(ready=ready, parts=states)
