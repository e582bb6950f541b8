"""What a connector is: it lists what changed at a source since it was last asked.

A connector never decides what is stored. It says what is there now, who may read it and how
to fetch it; the indexing hand compares that with the library.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from retrieval.documents import Details


@dataclass(frozen=True, slots=True)
class Found:
    """A document at the source. `fingerprint` changes whenever content or details may have.

    `stated` names the fields of `details` that the source states for this very document; what
    the content says of itself may fill the others, readers excepted. `moved_from` is the URI
    that the same document had before. `media_type` may be empty where the source does not know.
    """

    uri: str
    name: str
    media_type: str
    fingerprint: str
    details: Details
    stated: frozenset[str]
    moved_from: str | None
    fetch: Callable[[], Awaitable[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removed:
    """A document that the source no longer has."""

    uri: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A document, or a part of the source, that could not be read; what is known of it stays.

    `closes` says that who may read it cannot be known either: then nobody may, until it can.
    `.` is the whole source.
    """

    uri: str
    reason: str
    closes: bool = False

    def covers(self, uri: str) -> bool:
        """Return whether a document lies in what could not be read."""
        return self.uri == "." or is_at_or_below(uri, self.uri)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the listing came: saved once everything before it is stored."""

    cursor: str


Observation = Found | Removed | Unreachable | Reached


def is_at_or_below(uri: str, place: str) -> bool:
    """Return whether a URI is a place itself, in that folder, or a record of that export."""
    return uri == place or uri.startswith((f"{place}/", f"{place}#"))


class Connector(Protocol):
    """One source. `known` maps the URIs that the library holds to their fingerprints."""

    def changes(self, cursor: str, known: Mapping[str, str]) -> AsyncIterator[Observation]:
        """Yield what changed since `cursor` (empty: everything), then `Reached`."""
