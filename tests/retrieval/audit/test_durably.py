"""Files are on the disk once written, for their owner alone, and gone once destroyed."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from retrieval.audit import durably
from retrieval.errors import Unavailable


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was made to survive a loss of power, by inode, in order."""
    inodes: list[int] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        inodes.append(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return inodes


def inode(path: Path) -> int:
    return path.stat().st_ino


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_written_whole_and_stays(tmp_path: Path, synced: list[int]) -> None:
    path = tmp_path / "file"
    (tmp_path / ".new-file").write_bytes(b"left by a crash")
    (tmp_path / ".new-file").chmod(0o644)
    durably.write(path, b"first")
    assert synced == [inode(path), inode(tmp_path)]
    durably.write(path, b"second")

    assert path.read_bytes() == b"second"
    assert mode(path) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_is_written_is_in_the_file_before_it_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: sizes.append(os.fstat(handle).st_size))
    durably.write(tmp_path / "written", b"12345")
    durably.append(tmp_path / "appended", b"123")

    assert (sizes[0], sizes[2]) == (5, 3)


def test_lines_are_added_at_the_end_and_stay(tmp_path: Path, synced: list[int]) -> None:
    path = tmp_path / "file"
    durably.append(path, b"one\n")
    assert synced == [inode(path), inode(tmp_path)], "a new file needs its folder synced"
    durably.append(path, b"two\n")
    assert synced[2:] == [inode(path)]

    assert path.read_bytes() == b"one\ntwo\n"
    assert mode(path) == 0o600


@pytest.mark.parametrize(
    ("before", "after"), [(b"", b"new\n"), (b"a\n", b"a\nnew\n"), (b"a\nb", b"a\nb\nnew\n")]
)
def test_a_torn_line_is_closed_first(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(before)
    durably.append(path, b"new\n")

    assert path.read_bytes() == after


def test_what_is_destroyed_is_overwritten_where_it_lay(tmp_path: Path, synced: list[int]) -> None:
    path, same = tmp_path / "file", tmp_path / "same"
    path.write_bytes(b"a secret key")
    os.link(path, same)
    durably.destroy(path)

    assert not path.exists()
    assert len(same.read_bytes()) == len(b"a secret key")
    assert same.read_bytes() != b"a secret key"
    assert synced == [inode(same), inode(tmp_path)]
    durably.destroy(path)
    assert len(synced) == 2


def test_what_is_destroyed_is_overwritten_on_the_disk_before_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, same = tmp_path / "file", tmp_path / "same"
    path.write_bytes(b"a secret key")
    os.link(path, same)
    at_sync: list[bytes] = []

    def fsync(_: int) -> None:
        at_sync.append(same.read_bytes())
        path.unlink(missing_ok=True)  # another process was quicker

    monkeypatch.setattr(os, "fsync", fsync)
    durably.destroy(path)

    assert len(at_sync) == 2
    assert b"a secret key" not in at_sync


def test_one_at_a_time_is_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    with durably.alone(folder), (folder / ".lock").open("rb") as other:
        assert (mode(folder), mode(folder / ".lock")) == (0o700, 0o600)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(ZeroDivisionError), durably.alone(folder):
        raise ZeroDivisionError
    with (folder / ".lock").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_error_of_the_file_system_says_what_was_expected(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for error, says in ((full, "No space left"), (OSError("something odd"), "something odd")):
        with (
            pytest.raises(Unavailable, match=f"to write .*file, got: {says}"),
            durably.told("write", tmp_path / "file"),
        ):
            raise error
