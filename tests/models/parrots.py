"""The stand-in models that behave: they say what they are told to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

from starlette.types import Send

from tests.models.says import Says
from tests.models.standin import Received, StandIn, problem, send_json


class Puppet(StandIn):
    """Says what was set, each reply once, in order; more than was set is answered with 500."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[Says] = deque()
        self._lock = threading.Lock()

    def says(self, *lines: Says | str) -> None:
        """Add what is said next; a text is said in one piece."""
        with self._lock:
            self._lines += [each if isinstance(each, Says) else Says((each,)) for each in lines]

    async def respond(self, received: Received, send: Send) -> None:
        """Send the next line."""
        with self._lock:
            line = self._lines.popleft() if self._lines else None
        if line is None:
            await send_json(send, 500, problem("Nothing more was set to be said.", 500))
        else:
            await self.send_said(line, received, send)


class Echo(StandIn):
    """Says its whole prompt: each message's role and content, tools and all, a line at a time."""

    def reply(self, received: Received) -> Says:
        """Return the prompt."""
        lines = [f"{each.get('role')}: {each.get('content')}" for each in received.messages]
        if received.body.get("tools"):
            lines.append(f"tools: {received.body['tools']}")
        return Says(tuple("\n".join(lines).splitlines(keepends=True)))


class Scripted(StandIn):
    """Answers questions from a table: the longest question that the last message contains.

    `answers` may be changed while it runs; what no entry fits is answered with `otherwise`.
    """

    def __init__(
        self, answers: Mapping[str, str | Says] | None = None, otherwise: str = ""
    ) -> None:
        super().__init__()
        self.answers: dict[str, str | Says] = dict(answers or {})
        self.otherwise = otherwise

    def reply(self, received: Received) -> Says:
        """Return the answer to the question in the last message."""
        fitting = [each for each in self.answers if each in received.text]
        answer = self.answers[max(fitting, key=len)] if fitting else self.otherwise
        return answer if isinstance(answer, Says) else Says((answer,))
