"""What can go wrong in the library and the index, named by the remedy.

RetrievalError
├── Refused            the request cannot be met as asked: change it
│   ├── NotFound       no such thing for this principal (also: not readable)
│   └── BadRequest     the input is not what was expected
├── Contained          reading one input was stopped in the sandbox: leave that input out
│   ├── TookTooLong    split it, or raise the limit of time
│   ├── TookTooMuch    split it, or raise the limit of memory or space
│   └── Broke          it crashed its reader: save it anew with the program that made it
├── Unavailable        wait or free something, then try again
│   ├── Locked         another process owns the folder
│   └── Busy           more is asked than can be done: wait as long as it says
└── Damaged            stop and call a person; `pincite doctor` says what to do
    └── Mismatch       made by another model, dimension or version
"""


class RetrievalError(Exception):
    """Root of the tree; every message says what was expected, what came and what to do."""


class Refused(RetrievalError):
    """The request cannot be met as asked."""


class NotFound(Refused):
    """No such thing, or none that this principal may read: the two look the same."""


class BadRequest(Refused):
    """The input is not what was expected."""


class Contained(RetrievalError):
    """Work on one input was stopped inside the sandbox; nothing else is affected."""


class TookTooLong(Contained):
    """The time allowed for one input was over."""


class TookTooMuch(Contained):
    """The memory or space allowed for one input was used up."""


class Broke(Contained):
    """The process that read the input crashed, failed or answered with nonsense."""


class Unavailable(RetrievalError):
    """A part is not reachable now; trying again later may succeed."""


class Locked(Unavailable):
    """Another process owns the folder."""


class Busy(Unavailable):
    """More is asked than can be done now; try again after `retry_seconds`."""

    def __init__(self, told: str, retry_seconds: int) -> None:
        super().__init__(told)
        self.retry_seconds = retry_seconds


class Damaged(RetrievalError):
    """Stored data cannot be trusted as it is."""


class Mismatch(Damaged):
    """The data was made by another model, dimension or version."""
