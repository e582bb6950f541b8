"""The calls of tools that a model makes in one reply, put together from their pieces.

Nothing in them is believed: not the name, not that the arguments are JSON, not their number. They
go on as lines of our own, once the reply is whole: half a call is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from assistant.model import Failing, ModelFailed
from tools.call import MOST_CHARACTERS

MOST_CALLS: Final = 8
MOST_WORDS: Final = 600
"""A model that has said so much before its first call is answering, and calls nothing."""
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call as a model wrote it."""

    name: str = field(repr=False)
    arguments: str = field(repr=False)

    def line(self) -> str:
        """Return it as one line."""
        return json.dumps([self.name, self.arguments]) + "\n"

    @classmethod
    def read(cls, line: str) -> Wanted:
        """Return what such a line says."""
        name, arguments = json.loads(line)
        return cls(name, arguments)


@dataclass(slots=True)
class _Piecing:
    name: str
    arguments: str = ""


class Calls:
    """Takes the pieces of calls, and the words beside them. More calls than a few are left out."""

    def __init__(self) -> None:
        self._calls: dict[int, _Piecing] = {}
        self._words = 0

    @property
    def is_talk(self) -> bool:
        """Return whether so much was said without a call that none is waited for."""
        return not self._calls and self._words > MOST_WORDS

    def say(self, text: str) -> None:
        """Note words beside calls; they are nobody's to read."""
        self._words += len(text)

    def take(self, pieces: Any) -> int:
        """Add pieces, and return how many characters they are.

        Raises:
            ModelFailed: they are no pieces of calls.
        """
        if not isinstance(pieces, list):
            raise _nonsense()
        return sum(self._add(each) for each in pieces)

    def lines(self) -> Iterator[str]:
        """Yield the calls, a line each, in the order in which they were begun."""
        for each in self._calls.values():
            yield Wanted(_joined(each.name), _joined(each.arguments)).line()

    def _add(self, piece: Any) -> int:
        function = piece.get("function") if isinstance(piece, dict) else None
        if not isinstance(function, dict):
            raise _nonsense()
        name, arguments = function.get("name") or "", function.get("arguments") or ""
        if not isinstance(name, str) or not isinstance(arguments, str):
            raise _nonsense()
        at = self._at(piece.get("index"), is_new=bool(name))
        if at not in self._calls and len(self._calls) < MOST_CALLS:
            self._calls[at] = _Piecing(name[:_LONGEST_NAME])
        if at in self._calls:
            call = self._calls[at]
            call.arguments = (call.arguments + arguments)[: MOST_CHARACTERS + 1]
        return len(name) + len(arguments)

    def _at(self, index: Any, *, is_new: bool) -> int:
        """Return which call a piece belongs to: servers that number none begin one by its name."""
        if type(index) is int:
            return index
        return len(self._calls) - (not is_new and bool(self._calls))


def _joined(text: str) -> str:
    """Return the text with halves of characters joined that came apart; lone halves stay."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _nonsense() -> ModelFailed:
    return ModelFailed(Failing.BROKEN, "The model's server answered with what is no call.")
