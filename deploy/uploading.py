"""Where uploads lie: a folder that is a source of its own, written so that half a file is no file.

A file arrives under a name that no sync looks at, is on the disk before it is judged, and is moved
to its place in one step. What is said of it stands in a `pincite.yaml` beside it: files of which
the same is said lie in one folder, named after that. No name of a folder or path is ever taken
from what was sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Final

from assistant.failed import told_failure
from assistant.uploads import Became, Label, Outcome, Reached, Uploaded
from connectors.connector import is_at_or_below
from deploy.keeping import Keeper
from deploy.settings import Settings
from deploy.upload_files import (
    digest_of,
    judged,
    made,
    name_of,
    placed,
    rules_of,
    too_large,
)
from ingest import media
from ingest.trail import told_readers
from retrieval.audit import durably
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.census import Census
from retrieval.errors import BadRequest, NotFound
from retrieval.failures import Failure
from retrieval.sources import Sources

SOURCE: Final = "uploads"
_ARRIVING: Final = ".arriving"


class UploadFolder:
    """Takes files into a folder, and has the source that it is looked at."""

    def __init__(
        self,
        folder: Path,
        most_bytes: int,
        record: Record,
        sources: Sources,
        census: Census,
        keeper: Keeper,
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._record = record
        self._sources = sources
        self._census = census
        self._keeper = keeper
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    def of(
        cls, settings: Settings, record: Record, sources: Sources, census: Census, keeper: Keeper
    ) -> UploadFolder:
        """Return the folder that the settings name, for files as large as are read."""
        most_bytes = settings.parse_max_mb * 1_000_000
        return cls(settings.uploads(), most_bytes, record, sources, census, keeper)

    @property
    def source(self) -> str:
        """Return the name of the source."""
        return SOURCE

    @property
    def most_bytes(self) -> int:
        """Return how large a file may be."""
        return self._most_bytes

    @property
    def accepted(self) -> str:
        """Return the kinds of files that are read, as people call them."""
        return media.ACCEPTED

    @property
    def suffixes(self) -> Collection[str]:
        """Return the endings of names that such files have, with their dots."""
        return media.SUFFIXES

    async def take(
        self,
        name: str,
        pieces: AsyncIterator[bytes],
        label: Label,
        desk: Desk,
        *,
        replaces: bool = False,
    ) -> Uploaded:
        """Store a file whole or not at all, on record first, and have the source looked at.

        Raises:
            BadRequest: it is too large, of a kind that is not read, damaged, or another file of
                this name lies there and `replaces` is not given. Nothing was stored.
            Unavailable: it cannot be noted or written. Nothing was stored.
        """
        called = name_of(name)
        await self._require_place()
        arrived = await self._arrived(pieces)
        try:
            async with self._one_at_a_time:  # a file is read whole to be judged
                digest = await asyncio.to_thread(judged, arrived, called)
                uploaded = await self._put(arrived, called, digest, label, desk, replaces)
        finally:
            await asyncio.to_thread(arrived.unlink, missing_ok=True)
        with contextlib.suppress(BadRequest):  # a source that is paused is looked at when resumed
            await self._keeper.ask(SOURCE, desk)
        return uploaded

    async def outcome(self, uri: str) -> Outcome:
        """Return how far a file has come, or raise `NotFound`."""
        digest = await asyncio.to_thread(self._digest_at, uri)
        if not digest:
            raise NotFound("There is no such upload.")
        if SOURCE in {*self._keeper.under_way, *self._keeper.waiting}:
            return Outcome(Reached.WAITING)
        if failure := await self._failure(uri):
            told = told_failure(failure)
            reached = Reached.PARTLY if failure.outcome == "partial" else Reached.REFUSED
            return Outcome(reached, told.expected, told.got, told.do)
        is_found = await self._census.holds(SOURCE, uri, digest)
        return Outcome(Reached.FOUND if is_found else Reached.WAITING)

    async def _failure(self, uri: str) -> Failure | None:
        """Return why a file, or a record in it, was not taken in whole."""
        own = await self._keeper.failures.one(SOURCE, uri)
        some = [own] if own else await self._keeper.failures.some(SOURCE, after=uri, limit=1)
        return next((each for each in some if is_at_or_below(each.uri, uri)), None)

    def _digest_at(self, uri: str) -> str:
        """Return the digest of an uploaded file, empty if the URI names none."""
        folder, _, name = uri.partition("/")
        is_ours = re.fullmatch(r"[0-9a-f]{16}", folder) and name and name == name_of(name)
        return digest_of(self._folder / folder / name) if is_ours else ""

    async def _require_place(self) -> None:
        """Make the folder and the source, if they are not there."""
        with durably.told("make", self._folder):
            await asyncio.to_thread(made, self._folder / _ARRIVING)
        found = await self._sources.get(SOURCE)
        if found is None:
            await self._sources.put(SOURCE, "files", str(self._folder), {})
        elif found.location != str(self._folder):
            raise BadRequest(
                f"Expected the source {SOURCE} to be the folder of uploads, got another folder. "
                "Remove that source or give it another name: uploads need this one."
            )

    async def _arrived(self, pieces: AsyncIterator[bytes]) -> Path:
        """Write what comes to the disk, under a name that no sync looks at."""
        path = self._folder / _ARRIVING / secrets.token_hex(16)
        count = 0
        try:
            with durably.told("write into", self._folder):
                handle = await asyncio.to_thread(
                    os.open, path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600
                )
                with os.fdopen(handle, "wb") as file:
                    async for piece in pieces:
                        count += len(piece)
                        if count > self._most_bytes:
                            raise too_large(self._most_bytes)
                        await asyncio.to_thread(file.write, piece)
                    await asyncio.to_thread(file.flush)
                    await asyncio.to_thread(os.fsync, file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    async def _put(
        self, arrived: Path, name: str, digest: str, label: Label, desk: Desk, replaces: bool
    ) -> Uploaded:
        rules = rules_of(label)
        folder = self._folder / hashlib.sha256(rules).hexdigest()[:16]
        path, uri = folder / name, f"{folder.name}/{name}"
        there = await asyncio.to_thread(digest_of, path)
        if there == digest:
            return Uploaded(uri, name, Became.SAME)
        if there and not replaces:
            raise BadRequest(
                f"Expected a name that is free, got {name}, where another file lies with the same "
                "readers and owner. Give it another name, or choose that it replaces that one."
            )
        became = Became.REPLACED if there else Became.STORED
        await self._note(name, digest, arrived, label, desk, became)
        with durably.told("write into", folder):
            await asyncio.to_thread(placed, arrived, path, rules)
        return Uploaded(uri, name, became)

    async def _note(
        self, name: str, digest: str, arrived: Path, label: Label, desk: Desk, became: Became
    ) -> None:
        told, people = told_readers(label.readers)
        about: dict[str, Json] = {
            "did": "upload",
            "source": SOURCE,
            "sha256": digest,
            "bytes": (await asyncio.to_thread(arrived.stat)).st_size,
            "readers": told,
            "options": {"kind": label.kind.value, "status": label.status.value},
            "replaces": became is Became.REPLACED,
        }
        words = {"name": name} | ({"owner": label.owner} if label.owner else {})
        await self._record.note(Event(Act.SOURCE, desk.by, desk.origin, about, words, people))
