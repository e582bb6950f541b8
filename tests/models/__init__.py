"""Stand-in models: small real HTTP servers on loopback that speak as SGLang does.

Each answers `POST /v1/chat/completions` (plain, and server-sent events with `stream: true`),
`GET /v1/models` and `GET /health`, and keeps what it was asked in `received`.

    puppet      says exactly what a test sets, in the pieces and with the tool calls it sets
    echo        says its whole prompt
    scripted    answers questions from a table
    tape        plays whatever bytes a test sets, with any status and headers
    fault       misbehaves: hangs, fails, is busy, stops halfway, talks nonsense, never ends, drips

Take a fixture of that name (`tests/models/fixtures.py`), or run one for a while:

    with running(Puppet()) as puppet:
        puppet.says("All is well.", Says(("All ", "is "), holds=True))
        ...ask the model at `puppet.url`, for instance with httpx...
        [first, second] = puppet.received
        assert first.body["messages"][-1]["content"] == "How is it?"
        assert second.wait_aborted()

`Received` is one request: `headers` (names in lower case), `body`, and whether the client went
away before it had its whole reply: `is_aborted` now, `wait_aborted()` within some seconds.
`Says` is one reply; see there for pieces, tool calls, reasoning, chunking and holding.
"""

from tests.models.fault import Fault, Mode
from tests.models.parrots import Echo, Puppet, Scripted
from tests.models.says import Call, Says
from tests.models.standin import Received, StandIn, running
from tests.models.tape import Played, Tape

__all__ = [
    "Call",
    "Echo",
    "Fault",
    "Mode",
    "Played",
    "Puppet",
    "Received",
    "Says",
    "Scripted",
    "StandIn",
    "Tape",
    "running",
]
