"""Where the values of a call come from, and who may read it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Whence(StrEnum):
    """Where a value comes from. What is not known to be anything else comes from TEXT."""

    TYPED = "typed"
    SYSTEM = "system"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Label:
    """Where one argument comes from. `readers` (reader names) may read it there.

    Whoever answers to a name in `denied` may not, whatever `readers` says.

    TYPED: the asker wrote it, in this turn or a form. SYSTEM: a system that is trusted gave it as
    an identifier. TEXT: a model took it from documents or results, or thought of it.
    """

    whence: Whence = Whence.TEXT
    readers: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


Labels = Mapping[str, Label]
"""By name of the argument. One without a label is TEXT that nobody may read."""
