"""Files that are there for good once written, or gone for good once destroyed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import Unavailable


def write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read: whole or not at all, and on the disk."""
    temporary = path.with_name(f".new-{path.name}")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    settle(path.parent)


def append(path: Path, content: bytes) -> None:
    """Add to the end of a file, on the disk; a line left torn by a crash is closed first."""
    is_new = not path.exists()
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
            content = b"\n" + content
        file.write(content)
        os.fsync(file.fileno())
    if is_new:
        settle(path.parent)


def destroy(path: Path) -> None:
    """Overwrite a file, then remove it; it is no error if it is not there.

    A disk that copies on write, or a snapshot of it, may still hold the old bytes.
    """
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "wb", buffering=0) as file:
        file.write(os.urandom(os.fstat(handle).st_size))
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time do something in a folder, which is made if it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def told(what: str, where: Path) -> Iterator[None]:
    """Turn an error of the file system into `Unavailable`, with what was expected."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"Expected to {what} {where}, got: {error.strerror or error}. Check free space, "
            "permissions and the owner of the folder; then try again."
        ) from error
