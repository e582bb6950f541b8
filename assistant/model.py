"""The language model as the assistant needs it, and how one fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Protocol

from assistant.prompt import Prompt


class Failing(StrEnum):
    """Why a model gave no answer, or only half of one."""

    DOWN = "down"
    SLOW = "slow"
    BUSY = "busy"
    BROKEN = "broken"
    CUT = "cut"
    LONG = "long"
    REFUSED = "refused"
    RESTING = "resting"
    CALLED = "called"


class ModelFailed(Exception):
    """The model did not do what was asked of it.

    DOWN: it cannot be reached. SLOW: no word, or not the last one, within the time allowed. BUSY:
    it takes no more requests for now. BROKEN: it answered with an error or with what is no
    answer. CUT: the answer ended before its end. LONG: it became as long as it may, before its
    end. REFUSED: it does not accept such a request. RESTING: it failed so often that it is left
    alone for a while. CALLED: it called a tool where words were asked for. `wait_seconds` is how
    long to wait before the next request, where that is known. The text holds no words of any
    prompt or answer.
    """

    def __init__(self, failing: Failing, told: str, wait_seconds: float | None = None) -> None:
        super().__init__(told)
        self.failing = failing
        self.wait_seconds = wait_seconds


class Model(Protocol):
    """A model that is served somewhere."""

    @property
    def name(self) -> str:
        """Return the name and revision that are stamped on every answer."""

    def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield the answer as it is written, in pieces of any size; of calls, a line for each.

        Closing the generator ends the request at the server. Raises `ModelFailed`.
        """
