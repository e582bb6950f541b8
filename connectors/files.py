"""Files in a folder, found by listing it: changes, moves and deletions, whatever the clock says."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.connector import (
    Found,
    Observation,
    Reached,
    Removed,
    Unreachable,
    is_at_or_below,
)
from connectors.errors import Misconfigured, SourceDown
from connectors.folder_rules import NAME, FolderRules
from connectors.records import MEDIA_TYPE, SUFFIXES, BadRecord, Record, records
from retrieval.documents import Details

_MAX_EXPORT_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    uri: str
    identity: str
    changed_at: int
    size: int
    details: Details
    stated: frozenset[str]

    @property
    def fingerprint(self) -> str:
        return f"{self.identity}:{self.changed_at}:{_digest(self.details, self.stated)}"

    @property
    def is_export(self) -> bool:
        return self.path.suffix.lower() in SUFFIXES


class FilesConnector:
    """A folder, or single files. A URI is a path below `top`; a record adds `#id`.

    Every listing is compared with what the library holds, so two files that share a moment
    are never mistaken for one. Links are not followed.
    """

    def __init__(self, top: Path, details: Details, only: tuple[Path, ...] = ()) -> None:
        self._top = top
        self._details = details
        self._only = only

    async def changes(self, cursor: str, known: Mapping[str, str]) -> AsyncIterator[Observation]:
        """Yield what changed. The cursor holds the fingerprints of exports already read."""
        try:
            listed, unreachable = await asyncio.to_thread(self._list)
        except Misconfigured as error:
            if not known:
                raise
            yield Unreachable(".", str(error), closes=True)
            return
        if known and not listed and not unreachable:
            self._refuse_if_emptied(len(known))
        for each in unreachable:
            yield each
        moves = _moves(listed, known)
        present = set(moves.values())
        for found in self._changed(listed, known, moves, present):
            yield found
        exports, read = [file for file in listed if file.is_export], _read_cursor(cursor)
        for file in exports:
            async for observation in self._export(file, read, known, present):
                yield observation
        for uri in self._missing(known, present, unreachable):
            yield Removed(uri)
        reached = {file.uri: file.fingerprint for file in exports}
        yield Reached(json.dumps(reached, sort_keys=True))

    def _changed(
        self,
        listed: list[_File],
        known: Mapping[str, str],
        moves: Mapping[str, str],
        present: set[str],
    ) -> Iterator[Found]:
        """Yield the single files that changed, and add every one to `present`."""
        for file in listed:
            if not file.is_export:
                present.add(file.uri)
                if known.get(file.uri) != file.fingerprint:
                    yield _found(file, moves.get(file.uri))

    async def _export(
        self, file: _File, read: Mapping[str, str], known: Mapping[str, str], present: set[str]
    ) -> AsyncIterator[Observation]:
        """Yield what changed in an export, and add to `present` what it holds."""
        if read.get(file.uri) == file.fingerprint:
            present |= {uri for uri in known if uri.startswith(file.uri + "#")}
            return
        for observation in await asyncio.to_thread(_open_export, file):
            present.add(observation.uri)
            if not _is_known(observation, known):
                yield observation

    def _refuse_if_emptied(self, known: int) -> None:
        """An empty folder is more often a lost mount than a wish to forget everything."""
        if not self._only and not any(self._top.iterdir()):
            raise SourceDown(
                f"Expected files in {self._top}, but it is empty while {known} documents from it "
                "are indexed. Mount it again, or remove the source to forget them."
            )

    def _missing(
        self, known: Mapping[str, str], present: set[str], unreachable: list[Unreachable]
    ) -> list[str]:
        """Return the URIs that are gone; what lies below an unreachable folder is not."""
        gone = [uri for uri in known if uri not in present]
        if self._only:
            names = tuple(path.relative_to(self._top).as_posix() for path in self._only)
            gone = [uri for uri in gone if any(is_at_or_below(uri, name) for name in names)]
        return [uri for uri in gone if not any(each.covers(uri) for each in unreachable)]

    def _list(self) -> tuple[list[_File], list[Unreachable]]:
        if not self._top.is_dir():
            raise SourceDown(
                f"Expected the folder {self._top}, but it is not there. Mount or create it; what "
                "was indexed from it stays until then."
            )
        files: list[_File] = []
        unreachable: list[Unreachable] = []
        rules = FolderRules.of_source(self._top, self._details)
        for found in self._walk(self._top, rules):
            (files if isinstance(found, _File) else unreachable).append(found)  # type: ignore[arg-type]
        return files, unreachable

    def _walk(self, folder: Path, rules: FolderRules) -> Iterator[_File | Unreachable]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Unreachable(self._uri(folder), f"cannot list the folder: {error.strerror}")
            return
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith((".", "~$")) or entry.name == NAME or entry.is_symlink():
                continue
            if entry.is_dir() and self._leads_to_wanted(path):
                yield from self._enter(path, rules)
            elif self._is_wanted(path) and rules.admits(path) and not entry.is_dir():
                yield self._file(path, rules)

    def _enter(self, folder: Path, rules: FolderRules) -> Iterator[_File | Unreachable]:
        try:
            inner = rules.below(folder)
        except Misconfigured as error:
            yield Unreachable(self._uri(folder), str(error), closes=True)
            return
        yield from self._walk(folder, inner)

    def _file(self, path: Path, rules: FolderRules) -> _File | Unreachable:
        try:
            status = path.lstat()
        except OSError as error:
            return Unreachable(self._uri(path), f"cannot look at the file: {error.strerror}")
        if not stat.S_ISREG(status.st_mode):
            return Unreachable(self._uri(path), "not a regular file")
        details, stated = rules.describe(path)
        identity = f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
        return _File(
            path, self._uri(path), identity, status.st_ctime_ns, status.st_size, details, stated
        )

    def _uri(self, path: Path) -> str:
        name = path.relative_to(self._top).as_posix()
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def _is_wanted(self, path: Path) -> bool:
        return not self._only or any(path.is_relative_to(each) for each in self._only)

    def _leads_to_wanted(self, path: Path) -> bool:
        return self._is_wanted(path) or any(each.is_relative_to(path) for each in self._only)


def _is_known(observation: Found | Unreachable, known: Mapping[str, str]) -> bool:
    if isinstance(observation, Unreachable):
        return False
    return known.get(observation.uri) == observation.fingerprint


def _moves(listed: list[_File], known: Mapping[str, str]) -> dict[str, str]:
    """Return new URI -> old URI of files that are the same file under another name."""
    present = {file.uri for file in listed}
    vanished = {
        fingerprint.rsplit(":", 2)[0]: uri
        for uri, fingerprint in known.items()
        if uri not in present and "#" not in uri
    }
    return {
        file.uri: vanished.pop(file.identity)
        for file in listed
        if file.uri not in known and file.identity in vanished
    }


def _found(file: _File, moved_from: str | None) -> Found:
    return Found(
        uri=file.uri,
        name=file.uri.rsplit("/", 1)[-1],
        media_type="",
        fingerprint=file.fingerprint,
        details=file.details,
        stated=file.stated,
        moved_from=moved_from,
        fetch=functools.partial(asyncio.to_thread, _read, file.path),
    )


def _read(path: Path) -> bytes:
    """Return a file's content; what became a link since it was listed is not followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise SourceDown(f"Expected {path.name} to be a regular file; it no longer is.")
            return file.read()
    except OSError as error:
        raise SourceDown(f"Expected to read {path.name!a}, got: {error.strerror}.") from error


def _open_export(file: _File) -> list[Found | Unreachable]:
    if file.size > _MAX_EXPORT_BYTES:
        limit = _MAX_EXPORT_BYTES // 1_000_000
        return [Unreachable(file.uri, f"expected an export of at most {limit} MB; split it")]
    try:
        content = _read(file.path)
    except SourceDown as error:
        return [Unreachable(file.uri, str(error))]
    return [_from_record(file, each) for each in records(file.path.name.lower(), content)]


def _from_record(file: _File, record: Record | BadRecord) -> Found | Unreachable:
    uri = f"{file.uri}#{record.id}"
    if isinstance(record, BadRecord):
        return Unreachable(uri, record.reason)
    details = replace(
        file.details,
        title=record.title or file.details.title,
        link=record.link or file.details.link,
    )
    return Found(
        uri=uri,
        name=record.id,
        media_type=MEDIA_TYPE,
        fingerprint=f"{record.digest}:{_digest(details, file.stated)}",
        details=details,
        stated=file.stated,
        moved_from=None,
        fetch=functools.partial(_already, record.content),
    )


async def _already(content: bytes) -> bytes:
    return content


def _digest(details: Details, stated: frozenset[str]) -> str:
    parts = [details.title, details.kind, sorted(details.readers), details.status, details.owner]
    parts += [details.link, details.parties, str(details.effective_from), str(details.expires_on)]
    parts += [sorted(details.denied)] if details.denied else []
    text = json.dumps([*parts, details.supersedes, sorted(stated)], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_cursor(cursor: str) -> dict[str, str]:
    try:
        value = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
