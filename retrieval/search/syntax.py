"""Reading a query: words, "exact phrases", -without and field:value.

What cannot be used is told and left out; it never fails, and other text around it counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from retrieval.documents import Kind, Status
from retrieval.search.wanted import Mistake, Wanted

MOST_PIECES: Final = 12
FIELDS: Final = ("kind", "source", "status", "owner", "party", "title", "after", "before")
_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"' * 6)
_PIECE: Final = re.compile(
    r"""(?P<minus>-(?=[^\s\d-]))?(?:(?P<field>[^\W\d_][\w-]*):(?=[^\s:/]))?"""
    r"""(?:"(?P<quoted>[^"]*)(?P<end>"|$)|(?P<word>[^\s"]+))"""
)
_SHOWN: Final = 40
EnumT = TypeVar("EnumT", bound=StrEnum)


def read_query(text: str) -> Wanted:
    """Return what a query asks for, and what in it could not be used."""
    reading = _Reading()
    for match in _PIECE.finditer(text.translate(_QUOTES)):
        reading.take(match)
    return replace(
        reading.wanted,
        words=" ".join(reading.words),
        mistakes=tuple(reading.mistakes),
    )


@dataclass(slots=True)
class _Reading:
    """A query as far as it has been read."""

    wanted: Wanted = field(default_factory=Wanted)
    words: list[str] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def take(self, match: re.Match[str]) -> None:
        quoted, piece = match["quoted"], match[0]
        value = " ".join((match["word"] if quoted is None else quoted).split())
        if quoted is not None and not match["end"]:
            self._tell(piece, "the quotation mark is not closed; it was read to the end")
        if not value:
            return
        name = (match["field"] or "").casefold()
        if name in FIELDS:
            self._take_field(name, value, piece, is_refused=bool(match["minus"]))
        elif name:
            self._tell(
                piece, "there is no field {field}:, so these are words to find", field=name[:_SHOWN]
            )
            self.words += [f"{match['field']}:{value}"]
        elif match["minus"]:
            self._add("without", value, piece)
        elif quoted is not None:
            self._add("phrases", value, piece)
        else:
            self.words.append(value)

    def _take_field(self, name: str, value: str, piece: str, *, is_refused: bool) -> None:
        if is_refused:
            self._tell(piece, "only words and phrases can be left out with -; it was not used")
            return
        match name:
            case "kind":
                kinds = self._one_of(Kind, name, value, piece)
                self.wanted = replace(self.wanted, kinds=self.wanted.kinds | kinds)
            case "status":
                statuses = self._one_of(Status, name, value, piece)
                self.wanted = replace(self.wanted, statuses=self.wanted.statuses | statuses)
            case "after" | "before":
                self._take_day(name, value, piece)
            case "party":
                self._add("parties", value, piece)
            case _:
                self._add(f"{name}s", value, piece)

    def _take_day(self, name: str, value: str, piece: str) -> None:
        try:
            day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
        except ValueError:
            day = None
        if day is None:
            self._tell(piece, "{field}: takes a day like 2026-03-31; it was not used", field=name)
            return
        present: date | None = getattr(self.wanted, name)
        narrower: Callable[[date, date], date] = max if name == "after" else min
        narrowed = day if present is None else narrower(present, day)
        if name == "after":
            self.wanted = replace(self.wanted, after=narrowed)
        else:
            self.wanted = replace(self.wanted, before=narrowed)

    def _one_of(self, of: type[EnumT], name: str, value: str, piece: str) -> frozenset[EnumT]:
        try:
            return frozenset({of(value.casefold())})
        except ValueError:
            self._tell(
                piece,
                "{field}: is one of {words}; it was not used",
                field=name,
                words=", ".join(of),
            )
            return frozenset()

    def _add(self, name: str, value: str, piece: str) -> None:
        present: tuple[str, ...] = getattr(self.wanted, name)
        if value in present:
            return
        if len(present) == MOST_PIECES:
            self._tell(
                piece,
                "at most {most} of one sort can be given; it was not used",
                most=str(MOST_PIECES),
            )
            return
        added: dict[str, tuple[str, ...]] = {name: (*present, value)}
        self.wanted = replace(self.wanted, **added)  # type: ignore[arg-type]

    def _tell(self, piece: str, form: str, **facts: str) -> None:
        shown = piece if len(piece) <= _SHOWN else f"{piece[: _SHOWN - 1]}\u2026"
        self.mistakes.append(Mistake(shown, form, facts))
