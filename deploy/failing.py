"""Which failures we foresee, and the exit code each has."""

from __future__ import annotations

from connectors.errors import ConnectorError, Misconfigured
from deploy.settings import SettingsError
from ingest.errors import IngestError
from retrieval.errors import Refused, RetrievalError

FAILED = 1
WRONG_INPUT = 2


class RemoteError(Exception):
    """What the running server said went wrong; `code` is the exit code that goes with it."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


_FORESEEN = (ConnectorError, IngestError, RemoteError, RetrievalError, SettingsError)


def foreseen(error: BaseException) -> BaseException | None:
    """Return the failure with a message for people, also from within a group, or None."""
    if isinstance(error, _FORESEEN):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next((found for each in error.exceptions if (found := foreseen(each))), None)
    return None


def exit_code_of(error: BaseException) -> int:
    """Return the exit code that goes with a failure."""
    if isinstance(error, RemoteError):
        return error.code
    is_input = isinstance(error, Misconfigured | Refused | SettingsError)
    return WRONG_INPUT if is_input else FAILED
