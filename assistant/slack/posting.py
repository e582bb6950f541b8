"""A workspace of Slack, as far as answers are written into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from assistant.slack.errors import SlackBusy, SlackFailed, SlackUnreachable
from assistant.slack.event import Member, Place
from assistant.slack.profiles import Posted
from assistant.slack.shown import Shown

_TROUBLE: Final = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
"""What Slack says when it could not, not that it would not."""


Check = Callable[[], Awaitable[None]]
"""Return if what is to be written may be written now; raise what says that it may not."""


class Posting(Protocol):
    """What is done in a workspace. Each raises `SlackFailed` where Slack does not do it.

    A `check` is done just before anything is written, when all waiting for Slack is over.
    """

    async def post(
        self, place: Place, shown: Shown, *, mark: str, check: Check | None = None
    ) -> str:
        """Post a message and return its `ts`; by `mark` it is known again."""

    async def update(
        self, place: Place, ts: str, shown: Shown, *, mark: str, check: Check | None = None
    ) -> None:
        """Put something else into a message of ours."""

    async def delete(self, place: Place, ts: str) -> None:
        """Delete a message of ours."""

    async def tell(
        self, place: Place, user: str, shown: Shown, *, check: Check | None = None
    ) -> object:
        """Show something to one user alone, in passing."""

    async def respond(self, url: str, shown: Shown | None, *, replaces: bool = False) -> None:
        """Show something to whoever used a command, alone, by the address that came with it."""

    async def dm(self, user: str) -> str:
        """Return the channel of the direct messages with a user."""

    async def begin_stream(
        self, place: Place, to: Member, shown: Shown, *, check: Check | None = None
    ) -> str:
        """Begin a message that is added to, and return its `ts`."""

    async def append(
        self, place: Place, ts: str, shown: Shown, *, check: Check | None = None
    ) -> None:
        """Add to it."""

    async def end_stream(
        self, place: Place, ts: str, shown: Shown, *, mark: str, check: Check | None = None
    ) -> None:
        """Add what comes last; then it is a message like any other."""

    async def status(self, place: Place, text: str) -> None:
        """Show what is being done, below the thread, until something is posted."""

    async def title(self, place: Place, text: str) -> None:
        """Give a thread of the assistant pane a title."""

    async def replies(self, place: Place) -> Sequence[Posted]:
        """Return what was said in a thread, oldest first."""


Workspaces = Callable[[str], Posting]
"""Return the workspace with this id, or raise `SlackFailed`: the app is not there."""


def is_for_good(failed: SlackFailed) -> bool:
    """Return whether Slack would not do it, however often it were asked."""
    return not isinstance(failed, SlackBusy | SlackUnreachable) and failed.code not in _TROUBLE
