"""The originals, in a folder where a file's name is the sha256 of its content."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from retrieval.errors import Damaged, Unavailable


class Blobs:
    """A content-addressed folder: writing the same bytes twice stores them once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Store bytes durably and return their sha256 in hexadecimal."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, name: str) -> bytes:
        """Return the bytes stored under a sha256, checked against it."""
        return await asyncio.to_thread(self._get, name)

    async def holds(self, name: str) -> bool:
        """Return whether the bytes are there and are what was stored."""
        try:
            await self.get(name)
        except Damaged:
            return False
        return True

    async def names(self) -> set[str]:
        """Return the name of everything stored; what a crash left half written is not."""
        return await asyncio.to_thread(self._names)

    async def remove(self, name: str) -> None:
        """Forget the bytes stored under a sha256; it is no error if there are none."""
        await asyncio.to_thread(lambda: self._path(name).unlink(missing_ok=True))

    def _names(self) -> set[str]:
        try:
            return {each.name for each in self._folder.glob("??/*") if len(each.name) == 64}
        except OSError as error:
            raise Unavailable(
                f"Expected to list {self._folder}, got: {error.strerror}. Check its owner."
            ) from error

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _put(self, content: bytes) -> str:
        name = name_of(content)
        path = self._path(name)
        try:
            if path.exists() and name_of(path.read_bytes()) == name:
                return name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_durably(path, content)
        except OSError as error:
            raise Unavailable(
                f"Expected to write into {self._folder}, got: {error.strerror}. "
                "Free some space or fix the permissions, then try again."
            ) from error
        return name

    def _get(self, name: str) -> bytes:
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise Damaged(
                f"Expected the original {name[:12]}… in {self._folder}, got: {error.strerror}. "
                "Restore the folder from a backup, or add the document again."
            ) from error
        if name_of(content) != name:
            raise Damaged(
                f"The original {name[:12]}… in {self._folder} is not what was stored. "
                "Restore the folder from a backup, or add the document again."
            )
        return content


def name_of(content: bytes) -> str:
    """Return the name that bytes are stored under: their sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
