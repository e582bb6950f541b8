"""Who is told how answers come about: that something happened and how long it took, no words."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Watching(Protocol):
    """Whoever watches answers being written."""

    def retrieving(self) -> AbstractContextManager[object]:
        """Return a block in which passages are looked for."""

    def withheld(self) -> None:
        """Note that a sentence was written which is not shown."""


class Unwatched:
    """Nobody watches."""

    def retrieving(self) -> AbstractContextManager[object]:
        """Return a block that nobody looks at."""
        return nullcontext()

    def withheld(self) -> None:
        """Note nothing."""
