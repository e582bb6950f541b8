"""What an answer rests on once tools were called, and what is told of that around the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest

from assistant.answers import Asking, Context, Notice, Opening, Piece, Refusal
from retrieval.documents import Passage
from retrieval.retriever import Found

UNUSED = "What tools gave is not used here. It stands among your calls."


@dataclass(slots=True)
class Brought:
    """What was found before any tool was called, and what tools gave and said since."""

    retrieved: tuple[Found, ...]
    has_asked: bool = False
    _given: list[Passage] = field(default_factory=list)
    _notices: list[Notice] = field(default_factory=list)

    @property
    def found(self) -> tuple[Found, ...]:
        """Return all of it, what tools gave and what was found by turns: neither is crowded out."""
        given = (Found(each, 0.0) for each in self._given)
        mixed: Iterable[Found | None] = chain(*zip_longest(given, self.retrieved))
        return tuple(each for each in mixed if each is not None)

    def take(self, piece: Context | Asking | Notice) -> Iterator[Piece]:
        """Add what comes of tools; yield what is to be told or noted at once."""
        match piece:
            case Notice():
                self._notices.append(piece)
                return
            case Context():
                self._given += piece.passages
            case Asking():
                self.has_asked = True
        yield piece

    def leave(self) -> None:
        """Have it told that what tools gave is not used, if they gave anything."""
        if self._given:
            self._notices.append(Notice(UNUSED))

    def told(self, piece: Piece) -> Iterator[Piece]:
        """Yield a piece of an answer with what must be known of the tools.

        That there is no answer is not told to somebody who is asked for their word.
        """
        match piece:
            case Opening():
                yield piece
                yield from self._notices
            case Refusal() if self.has_asked:
                return
            case Refusal():
                said = [piece.text, *(each.text for each in self._notices)]
                yield replace(piece, text=" ".join(said))
            case _:
                yield piece
