"""What can go wrong while documents are taken in, named by the remedy.

IngestError
├── FileRefused        this file is left out until it changes
│   ├── Unsupported    of a kind that is not read here: convert it
│   ├── Unreadable     damaged, protected or empty: save it anew
│   ├── TooLarge       beyond a limit of size: split it, or raise the limit
│   └── TimedOut       beyond the limit of time: split it, or raise the limit
└── TryLater           the file may be fine: try again
"""


class IngestError(Exception):
    """Root of the tree; every message says what was expected, what came and what to do."""


class FileRefused(IngestError):
    """This file is left out until it changes."""


class Unsupported(FileRefused):
    """A kind of file that is not read here."""


class Unreadable(FileRefused):
    """A damaged, protected or empty file."""


class TooLarge(FileRefused):
    """A file beyond a limit of size or memory."""


class TimedOut(FileRefused):
    """A file that takes longer to read than is allowed."""


class TryLater(IngestError):
    """The reader was not available; nothing is known against the file."""
