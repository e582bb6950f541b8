"""A document on its way in: fetched, parsed and cut, before it has vectors or an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

from connectors.connector import Found
from ingest.parsed import Parsed
from retrieval.documents import Details, Status
from retrieval.embedder import Vectors
from retrieval.keywords import Keywords
from retrieval.shelf import Known
from retrieval.staging import Chunk, NewVersion

RECIPE = "2"


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything about a new version but its vectors."""

    found: Found
    known: Known | None
    details: Details
    own: Mapping[str, str]
    media_type: str
    blob: str
    parsed: Parsed
    chunks: tuple[Chunk, ...]
    keywords: tuple[Keywords, ...]

    def texts(self) -> list[str]:
        """Return what is to be embedded, one text per chunk."""
        return [chunk.embedded_text(self.details.title) for chunk in self.chunks]

    def version(self, source: str, model: str, vectors: Vectors) -> NewVersion:
        """Return the version to store; `vectors` has one row per chunk."""
        parsed = self.parsed
        return NewVersion(
            source=source,
            uri=self.found.uri,
            fingerprint=self.found.fingerprint,
            recipe=RECIPE,
            model=model,
            details=self.details,
            own_details=self.own,
            media_type=self.media_type,
            blob=self.blob,
            text=parsed.text,
            blocks=tuple((b.start, b.end, b.kind.value, len(b.headings)) for b in parsed.blocks),
            pages=parsed.pages,
            chunks=self.chunks,
            vectors=vectors,
            keywords=self.keywords,
            problems=parsed.problems,
        )


@dataclass(frozen=True, slots=True)
class Redescribed:
    """A document whose content is as it was, while what is said of it may not be."""

    found: Found
    known: Known
    details: Details

    @property
    def is_said_anew(self) -> bool:
        """Return whether more than its readers is another than it was."""
        was = self.known.details
        return replace(self.details, readers=was.readers, denied=was.denied) != was


def own_details(parsed: Parsed) -> dict[str, str]:
    """Return what the content says of itself, as text by field."""
    own = dict(parsed.declared)
    if parsed.title:
        own.setdefault("title", parsed.title)
    return own


def merged(found: Found, own: Mapping[str, str]) -> Details:
    """Return the details to store: stated for this document, else its own, else the folder's.

    Readers are never taken from the content: it must not decide who may read it.
    """
    details = found.details
    changes = {
        field: value
        for key, (field, read) in _OWN_FIELDS.items()
        if key in own and field not in found.stated and (value := read(own[key])) is not None
    }
    if details.title and "title" not in found.stated and "title" in changes:
        changes.pop("title")
    details = replace(details, **changes)  # type: ignore[arg-type]
    return details if details.title else replace(details, title=_title_of(found.name))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _status(text: str) -> Status | None:
    named = text.strip().lower()
    return Status(named) if named in (Status.DRAFT, Status.APPROVED) else None


def _text(text: str) -> str | None:
    return " ".join(text.split())[:500] or None


_OWN_FIELDS = {
    "title": ("title", _text),
    "owner": ("owner", _text),
    "status": ("status", _status),
    "effective": ("effective_from", _day),
    "expires": ("expires_on", _day),
}


def _title_of(name: str) -> str:
    """Return a readable title from a file name: underscores and hyphens become spaces."""
    stem = PurePosixPath(name).stem.replace("_", " ").replace("-", " ")
    return " ".join(stem.split()) or name
