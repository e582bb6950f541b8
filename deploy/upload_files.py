"""Files that are uploaded, on the disk: their names, what is said of them, and moving them in.

Of a file's own name, what could mean anything to a file system is left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
import unicodedata
from pathlib import Path
from typing import Final

from assistant.uploads import Label
from connectors.folder_rules import NAME as RULES
from ingest import media
from ingest.errors import FileRefused
from retrieval.audit import durably
from retrieval.errors import BadRequest, Unavailable
from retrieval.plain import plain

_LONGEST_BYTES: Final = 150
_LEFT_BEHIND_SECONDS: Final = 86_400
_NOT_PLAIN: Final = re.compile(r"[^\w .()\-]")
_DEVICES: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def name_of(told: str) -> str:
    """Return a name as a file may have it: letters of any script, digits, and little else.

    Raises:
        BadRequest: nothing is left of it.
    """
    composed = unicodedata.normalize("NFC", plain(told.encode("utf-8", "ignore").decode()))
    last = re.split(r"[/\\]", composed)[-1]
    name = " ".join(_NOT_PLAIN.sub("_", last).split()).strip(". ")
    stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
    ending = f"{dot}{suffix}".encode()[:20].decode("utf-8", "ignore")
    room = _LONGEST_BYTES - len(ending.encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").strip(". ")
    if not stem.strip("_ ") and not dot:
        raise BadRequest(
            "Expected a file with a name of letters or digits, got one without. Rename it."
        )
    whole = f"{stem or 'file'}{ending}"
    return f"_{whole}" if whole == RULES or _DEVICES.match(whole) or whole[0] in ".~" else whole


def too_large(most_bytes: int) -> BadRequest:
    """Return that a file is larger than may be uploaded."""
    return BadRequest(
        f"Expected a file of at most {most_bytes // 1_000_000} MB, got a larger one. Split it, or "
        "have the operator raise PARSE_MAX_MB."
    )


def judged(path: Path, name: str) -> str:
    """Return the digest of a file of a kind that is read, or raise `BadRequest`."""
    try:
        content = path.read_bytes()
        media.identified(content, name)
    except FileRefused as error:
        told = str(error)
        what, _, do = told.partition("; ")
        raise BadRequest(
            f"Expected a file that can be read, got {name}: {what}. "
            f"{(do[:1].upper() + do[1:]) if do else 'Save it as one of these kinds'}."
        ) from error
    except OSError as error:
        raise Unavailable(f"Expected to read what arrived, got: {error.strerror}.") from error
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a file that lies there, empty if none does."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def rules_of(label: Label) -> bytes:
    """Return what is said of a file as a `pincite.yaml`, written as JSON, which is YAML.

    It is stated of each file, so that no content says otherwise of itself.
    """
    stated = {"kind": label.kind.value, "status": label.status.value}
    stated |= {"owner": label.owner} if label.owner else {}
    said = {"readers": sorted(label.readers), "files": {"*": stated}}
    return (json.dumps(said, sort_keys=True) + "\n").encode()


def placed(arrived: Path, path: Path, rules: bytes) -> None:
    """Move a file to its place in one step, once what is said of it lies there."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not (path.parent / RULES).exists():
        durably.write(path.parent / RULES, rules)
        durably.settle(path.parent.parent)
    os.replace(arrived, path)
    durably.settle(path.parent)


def made(arriving: Path) -> None:
    """Make the folders, and remove what a crash left half arrived."""
    arriving.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in arriving.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - each.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                each.unlink()
