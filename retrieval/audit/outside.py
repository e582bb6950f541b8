"""The file of checkpoints, meant to lie where whoever can change the database cannot write."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from retrieval.audit import durably
from retrieval.audit.checkpoint import Checkpoint
from retrieval.errors import Unavailable

_log = logging.getLogger(__name__)


class Outside:
    """Signed lines, appended only. What cannot be written now is written with the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[str] = []
        self._busy = asyncio.Lock()

    @property
    def public_key(self) -> Path:
        """Return where the key lies that the lines can be checked with."""
        return self._path.with_suffix(".pub")

    async def store(self, checkpoints: Iterable[Checkpoint]) -> bool:
        """Append what was signed and return whether it is on the disk."""
        self._waiting += [each.line() for each in checkpoints]
        async with self._busy:
            lines = list(self._waiting)
            if not lines:
                return True
            content = "".join(f"{line}\n" for line in lines).encode()
            try:
                with durably.told("add checkpoints to", self._path):
                    await asyncio.to_thread(durably.append, self._path, content)
            except Unavailable as error:
                _log.warning("Checkpoints wait to be stored: %s", error)
                return False
            del self._waiting[: len(lines)]
            return True

    async def tail(self, size: int) -> str | None:
        """Return at most the last `size` bytes of the file, or nothing if there is none."""
        with durably.told("read the checkpoints in", self._path):
            return await asyncio.to_thread(self._tail, size)

    async def read(self) -> list[Checkpoint]:
        """Return every checkpoint of the file; lines that are none are left out."""
        with durably.told("read the checkpoints in", self._path):
            try:
                content = await asyncio.to_thread(self._path.read_bytes)
            except FileNotFoundError:
                return []
        read = map(Checkpoint.read, content.decode("utf-8", "replace").splitlines())
        return [each for each in read if each]

    def _tail(self, size: int) -> str | None:
        if not self._path.exists():
            return None
        with self._path.open("rb") as file:
            file.seek(-min(size, file.seek(0, os.SEEK_END)), os.SEEK_END)
            return file.read().decode("utf-8", "replace")
