"""What a zip archive promises to hold, looked at before anything is unpacked."""

from __future__ import annotations

import io
import zipfile

from ingest.errors import TooLarge, Unreadable
from ingest.parsers.limits import ReadLimits

_SMALL = 10_000_000


def checked(raw: bytes, limits: ReadLimits) -> zipfile.ZipFile:
    """Return the archive, or raise if it is damaged or would unpack to too much."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Unreadable("it is damaged or cut short; save it anew") from None
    members = archive.infolist()
    count = len(members)
    if count > limits.members:
        raise TooLarge(f"at most {limits.members:,} parts inside were expected, {count:,} came")
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("it is protected by a password; save it without one")
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        most = limits.unpacked_bytes
        raise TooLarge(f"it would unpack to {unpacked:,} bytes, {most:,} are allowed")
    if unpacked > _SMALL and unpacked > limits.ratio * max(len(raw), 1):
        raise TooLarge("it unpacks to far more than a document does; save it anew")
    return archive
