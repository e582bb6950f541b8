"""What a tool of a far system gave, as a document that can be cited: its asker's alone.

It is no document of the library. It is kept, sealed, with the call that it came of, and its name
says which call that is; its rows have negative numbers, which no row of the library has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from retrieval.documents import InForce, Kind, Passage, Span, Status, Version
from tools.tool import Result

_NAMED: Final = "call-"
_MOST_PASSAGES: Final = 256
_LONGEST: Final = 500
_ENDS: Final = re.compile(r"\n+|(?<=[.!?])\s+(?=[^\W_a-z])")


def version_of(call_id: str, tool: str, result: Result, *, person: str, at: int) -> Version:
    """Return the version that a kept result is: `person` alone reads it. `at` is an instant."""
    return Version(
        id=-_number(call_id) - 1,
        document_id=f"{_NAMED}{call_id}",
        number=1,
        title=result.title,
        kind=Kind.OTHER,
        source=tool,
        uri=tool,
        declared=Status.APPROVED,
        owner="",
        link=result.link,
        parties=(),
        effective_from=None,
        expires_on=None,
        media_type="text/plain",
        blob="",
        characters=len(result.text),
        pages=0,
        added_at=at,
        in_force=InForce(),
        readers=frozenset({f"user:{person}"}),
    )


def passages_of(version: Version, text: str) -> tuple[Passage, ...]:
    """Return a result in passages: whole sentences, a line being at least one, all of it."""
    made = list[Passage]()
    for ordinal, spans in enumerate(islice(_grouped(_sentences(text)), _MOST_PASSAGES)):
        start, end = spans[0].start, spans[-1].end
        number = (version.id + 1) * _MOST_PASSAGES - ordinal - 1
        words = text[start:end]
        made.append(Passage(number, version, ordinal, start, end, None, (), words, tuple(spans)))
    return tuple(made)


def call_of(document_id: str) -> str | None:
    """Return the id of the call whose result has this name; None for a document."""
    return document_id.removeprefix(_NAMED) if document_id.startswith(_NAMED) else None


def is_result(row: int) -> bool:
    """Return whether a version or a passage of this number is of a result."""
    return row < 0


def _number(call_id: str) -> int:
    """Return a number of 40 bits for a call: with the passages' it is one that JSON keeps."""
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:5])


def _sentences(text: str) -> Iterator[Span]:
    at = 0
    for match in (*_ENDS.finditer(text), None):
        end = match.start() if match else len(text)
        words = text[at:end]
        start = at + len(words) - len(words.lstrip())
        if words.strip():
            yield Span(start, start + len(words.strip()))
        at = match.end() if match else end


def _grouped(spans: Iterator[Span]) -> Iterator[list[Span]]:
    """Yield sentences that follow each other and are not longer together than a passage."""
    group = list[Span]()
    for each in spans:
        if group and each.end - group[0].start > _LONGEST:
            yield group
            group = []
        group.append(each)
    if group:
        yield group
