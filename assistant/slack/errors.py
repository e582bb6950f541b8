"""What can go wrong when Slack is asked for something, named by the remedy.

SlackFailed             Slack refused: `code` is its own word for why; nothing was done
├── SlackBusy           it would take too long to be let in: try again after `retry_seconds`
└── SlackUnreachable    no answer came: it may have been done, look before doing it again
"""

from __future__ import annotations

from retrieval.errors import RetrievalError


class SlackFailed(RetrievalError):
    """Slack did not do what it was asked: `method` is what, `code` is why, in its own word."""

    def __init__(self, method: str, code: str, remedy: str = "") -> None:
        super().__init__(
            f"Expected Slack to do {method}, got {code}." + (f" {remedy}" if remedy else "")
        )
        self.method, self.code = method, code


class SlackBusy(SlackFailed):
    """Slack lets nobody in for so long that waiting was given up; nothing was done."""

    def __init__(self, method: str, retry_seconds: int) -> None:
        super().__init__(method, "ratelimited", f"Try again in {retry_seconds} seconds.")
        self.retry_seconds = retry_seconds


class SlackUnreachable(SlackFailed):
    """No whole answer came back, so nobody knows whether it was done."""

    def __init__(self, method: str, cause: str) -> None:
        super().__init__(method, cause, "Check that slack.com can be reached from here.")
