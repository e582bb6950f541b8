"""Entries of the record as a page shows them: in words, documents as links, openings folded.

One look at a PDF is a dozen entries, one for each picture of a page and the words on it. Those
that follow each other are shown as one line, which unfolds; each keeps its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import unquote

from assistant.http.administering import when
from assistant.http.record_words import act_name, done_name, key_name
from assistant.wording import day, say
from retrieval.audit.event import Act

_INSTANTS: Final = frozenset({"as_of", "since", "until", "before"})
_SHARED: Final = ("document", "version")
_DOCUMENTS: Final = frozenset({"document", "documents"})
_ADDRESS: Final = re.compile(r"/(?:source|documents|compare)/([^/?#\s]+)")
_DONE: Final = frozenset({"do", "did", "what"})
_FIRST: Final = ("do", "did", "what", "document", "version", "passage", "start", "end")
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of what stands in an entry; `document` is the id that it is, if it is one.

    One that is not `is_said` is in the words of the code, whatever language is spoken.
    """

    text: str
    document: str = ""
    is_said: bool = True


@dataclass(frozen=True, slots=True)
class Detail:
    """What stands under a key of an entry; `several` is how many there are of it, 0 for one."""

    key: Piece
    pieces: tuple[Piece, ...]
    several: int = 0

    @property
    def value(self) -> str:
        """Return what stands there as one text."""
        return "".join(each.text for each in self.pieces)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown: `details` are its ids and counts, `words` what was said.

    `folded` are the entries of which it is one line, newest first, if there are several, and
    `span` tells from when to when they are.
    """

    number: int
    at: int
    act: Piece
    actor: str
    origin: str
    concerns: tuple[str, ...]
    details: tuple[Detail, ...]
    words: tuple[tuple[str, str], ...]
    are_words_erased: bool
    folded: tuple[Line, ...] = ()
    span: str = ""


def lines_of(entries: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Return entries as `KeptRecord.latest` gives them, in the shape that they are shown in."""
    return [_folded(list(group)) for _, group in groupby(entries, key=_together)]


def line_of(entry: Mapping[str, Any]) -> Line:
    """Return one entry in the shape that it is shown in."""
    words = entry["words"]
    return Line(
        number=entry["number"],
        at=entry["at"],
        act=_named(act_name(entry["act"])),
        actor=entry["actor"],
        origin=entry["origin"],
        concerns=tuple(entry["concerns"]),
        details=tuple(_details(entry["about"], is_opening=entry["act"] == Act.OPEN)),
        words=tuple(words.items()) if isinstance(words, Mapping) else (),
        are_words_erased=not isinstance(words, Mapping),
    )


def documents_of(lines: Iterable[Line]) -> set[str]:
    """Return the ids of the documents that lines name."""
    details = (detail for line in lines for detail in line.details)
    return {piece.document for each in details for piece in each.pieces if piece.document}


def document_of(text: str) -> str:
    """Return the id of a document from the address of one of its pages, or what was given."""
    found = _ADDRESS.search(text)
    return unquote(found[1]) if found else text


def _together(entry: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what entries have in common that are shown as one line."""
    about, words = entry["about"], entry["words"]
    is_told = isinstance(words, Mapping) and bool(words)
    if entry["act"] != Act.OPEN or is_told or not isinstance(about.get("document"), str):
        return (entry["number"],)
    who = (entry["actor"], entry["origin"], *entry["concerns"])
    return ("opened", *who, about["document"], about.get("version"))


def _span(first: int, last: int) -> str:
    """Return from when to when, with the day once where it is one."""
    one, other = (datetime.fromtimestamp(each, UTC) for each in (first, last))
    if one.date() != other.date():
        return say("{first} to {last}", first=when(first), last=when(last))
    times = dict.fromkeys((f"{one:%H:%M}", f"{other:%H:%M}"))
    return say("{day}, {time} UTC", day=day(one.date(), is_short=True), time="–".join(times))


def _folded(entries: Sequence[Mapping[str, Any]]) -> Line:
    """Return entries as one line: what they share, and under it what each has of its own."""
    if len(entries) == 1:
        return line_of(entries[0])
    told = [{k: v for k, v in each["about"].items() if k not in _SHARED} for each in entries]
    own = (line_of({**each, "about": about}) for each, about in zip(entries, told, strict=True))
    shared = {name: entries[0]["about"].get(name) for name in _SHARED}
    span = _span(entries[-1]["at"], entries[0]["at"])
    line = line_of({**entries[0], "about": shared})
    return replace(line, folded=tuple(own), span=span)


def _named(told: tuple[str, bool]) -> Piece:
    return Piece(told[0], is_said=told[1])


def _details(about: Mapping[str, object], is_opening: bool = False) -> Iterator[Detail]:
    """Yield what stands in an entry, key by key, without what is empty."""
    for key, value in sorted(about.items(), key=_place):
        if value in _EMPTY:
            continue
        several = len(value) if isinstance(value, list) else 0
        told = tuple(_pieces(value, key))
        if key in _DONE and isinstance(value, str):
            told = (_named(done_name(value, is_opening=is_opening)),)
        yield Detail(_named(key_name(key)), told, several)


def _place(item: tuple[str, object]) -> int:
    """Return where a key stands: what was done and to which words first, the rest as it came."""
    return _FIRST.index(item[0]) if item[0] in _FIRST else len(_FIRST)


def _pieces(value: object, key: str) -> Iterator[Piece]:
    """Yield what stands under a key of an entry, as one line of text."""
    match value:
        case bool():
            yield Piece(say("yes") if value else say("no"))
        case int() if key in _INSTANTS:
            yield Piece(when(value))
        case dict():
            yield from _joined(map(_under, _details(value)), ", ")
        case list() if any(isinstance(each, dict | list) for each in value):
            yield from _joined((_row(each, key) for each in value), "; ")
        case list():
            yield from _joined((_pieces(each, key) for each in value), ", ")
        case str() if key == "acts":
            yield _named(act_name(value))
        case str() if key in _DOCUMENTS:
            yield Piece(value, value)
        case _:
            yield Piece(str(value))


def _row(value: object, key: str) -> Iterator[Piece]:
    """Yield a row of a list; of one that is itself a list, the first names what it is about."""
    if not isinstance(value, list):
        return _pieces(value, key)
    told = [(each, "" if at else key) for at, each in enumerate(value) if each is not None]
    return _joined((_pieces(each, name) for each, name in told), ", ")


def _under(detail: Detail) -> Iterator[Piece]:
    yield detail.key
    yield Piece(" ")
    yield from detail.pieces


def _joined(several: Iterable[Iterable[Piece]], between: str) -> Iterator[Piece]:
    for at, pieces in enumerate(several):
        if at:
            yield Piece(between)
        yield from pieces
