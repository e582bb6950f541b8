"""What the folder of a model may hold, and reading it so that nothing in it can surprise.

Flat, regular files with plain names: safetensors weights, JSON and text. Each is opened once,
never through a link, and what is checked are the bytes that are hashed.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from deploy.models.strict import Malformed, as_json
from deploy.models.weights import tensors_of
from retrieval.errors import BadRequest

WEIGHTS = ".safetensors"
INDEX = ".safetensors.index.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")
_TEXTS = {".jinja", ".md", ".txt"}
_BARE = {"COPYING", "LICENCE", "LICENSE", "NOTICE", "README", "USE_POLICY"}
_SENTENCEPIECE = "tokenizer.model"
_NOT_WEIGHTS = {
    ".bin",
    ".ckpt",
    ".dll",
    ".gguf",
    ".ggml",
    ".h5",
    ".joblib",
    ".keras",
    ".msgpack",
    ".nemo",
    ".npy",
    ".npz",
    ".onnx",
    ".pb",
    ".pickle",
    ".pkl",
    ".pt",
    ".pth",
    ".py",
    ".pyc",
    ".pyd",
    ".safetensor",
    ".sh",
    ".so",
    ".tar",
    ".tflite",
    ".zip",
}
_PACKED = (b"\x80", b"PK", b"\x1f\x8b", b"\x7fELF", b"#!")
_LARGEST_TEXT = 256 * 1024 * 1024
_CODE_KEYS = {"auto_map", "custom_generate", "custom_pipelines", "trust_remote_code"}
_REMOVE = "Remove it, or leave this model: nothing in the folder may be able to run."


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is registered; `size` is in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Read:
    """A file as it was read. `trouble` is why it is refused, if it is.

    `tensors` are those of a weights file; `told` is what a JSON file says.
    """

    file: File
    trouble: str = ""
    tensors: frozenset[str] = frozenset()
    told: dict[str, Any] = field(default_factory=dict, repr=False)


class ModelFolder:
    """An open folder, and the names of the files in it."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self.names = tuple(sorted(self._listed()))

    def read(self, name: str) -> Read:
        """Return one file, hashed and checked.

        Raises:
            BadRequest: it cannot be read, is a link, or changed meanwhile.
        """
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            with os.fdopen(os.open(name, flags, dir_fd=self._handle), "rb") as file:
                before = os.fstat(file.fileno())
                if not stat.S_ISREG(before.st_mode):
                    raise self._refused(name, "something else than a regular file")
                read = _read(name, file, before.st_size)
                after = os.fstat(file.fileno())
        except OSError as error:
            raise self._refused(name, error.strerror or str(error), "Make it readable.") from error
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise self._refused(name, "that it changed while it was read", "Try again.")
        return read

    def _listed(self) -> Iterator[str]:
        seen: dict[str, str] = {}
        with os.scandir(self._handle) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                self._check(entry)
                other = seen.setdefault(entry.name.lower(), entry.name)
                if other != entry.name:
                    raise self._refused(entry.name, f"it beside {other}: they look the same")
                yield entry.name

    def _check(self, entry: os.DirEntry[str]) -> None:
        name = entry.name
        if entry.is_symlink():
            copy = f"Copy the files themselves: `cp -rL {self.path} COPY`, and name the copy."
            raise self._refused(name, "a symbolic link", copy)
        if name.startswith("."):
            raise self._refused(name, "a hidden file or folder")
        if entry.is_dir(follow_symlinks=False):
            raise self._refused(name, "a folder")
        if not entry.is_file(follow_symlinks=False):
            raise self._refused(name, "something else than a regular file")
        if not _NAME.fullmatch(name):
            raise self._refused(name, "a name with other than plain letters, digits and ._+-")
        if Path(name).suffix.lower() in _NOT_WEIGHTS:
            raise self._refused(name, "a kind that can carry code or is not safetensors", _REMOVE)
        if not _is_known(name):
            raise self._refused(name, "a kind that no served model needs")

    def _refused(self, name: str, got: str, do: str = "Remove it.") -> BadRequest:
        return BadRequest(
            f"Expected safetensors weights, JSON and text as plain files in {self.path}, "
            f"got {ascii(name)[:120]}: {got}. {do}"
        )


@contextmanager
def opened(path: Path) -> Iterator[ModelFolder]:
    """Open the folder of a model, which no link may lead to.

    Raises:
        BadRequest: it is not there, not a folder, or holds what it may not.
    """
    path = path.absolute()
    try:
        real = path.resolve(strict=True)
        if real != path:
            raise BadRequest(
                f"Expected the folder of a model without links or `..` on the way, got {path}, "
                f"which leads to {real}. Name {real} if that is what you mean."
            )
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (OSError, RuntimeError) as error:  # the latter: links in a circle
        why = error.strerror if isinstance(error, OSError) else "links that lead in a circle"
        raise BadRequest(
            f"Expected the folder of a model, got {path}: {why}. Name a folder with config.json, "
            "tokenizer.json and safetensors weights."
        ) from error
    try:
        yield ModelFolder(path, handle)
    except OSError as error:
        raise BadRequest(
            f"Expected to read {path}, got: {error.strerror}. Check permissions and the disk."
        ) from error
    finally:
        os.close(handle)


def _is_known(name: str) -> bool:
    path = Path(name)
    known = {".json", WEIGHTS} | _TEXTS
    return path.suffix in known or name == _SENTENCEPIECE or name in _BARE


def _read(name: str, file: BufferedReader, size: int) -> Read:
    trouble = ""
    tensors: frozenset[str] = frozenset()
    told: dict[str, Any] = {}
    try:
        if name.endswith(WEIGHTS):
            tensors = tensors_of(file, size)
        else:
            told = _looked_at(name, file, size)
    except Malformed as error:
        trouble = str(error)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Read(File(name, size, digest), trouble, tensors, told)


def _looked_at(name: str, file: BufferedReader, size: int) -> dict[str, Any]:
    """Return what a JSON file says, and nothing for other text."""
    if size > _LARGEST_TEXT:
        raise Malformed(f"{size} bytes, more than any text of a model")
    content = file.read(_LARGEST_TEXT)
    if name.endswith(".json"):
        told = as_json(content)
        if key := _code_key(told):
            raise Malformed(f"the key {key}, which names code to be run")
        return told
    if content.startswith(_PACKED):
        raise Malformed("something packed or executable under a harmless name")
    if name != _SENTENCEPIECE:
        try:
            is_text = "\0" not in content.decode("utf-8")
        except UnicodeDecodeError:
            is_text = False
        if not is_text:
            raise Malformed("something else than text")
    return {}


def _code_key(told: Any) -> str:
    """Return a key that would have code of the model's maker run; a word of a vocabulary is none.

    Vocabularies map words to whole numbers, settings of this name map to anything else.
    """
    stack = [told]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for key, each in value.items():
                if key in _CODE_KEYS and type(each) is not int:
                    return str(key)
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    return ""
