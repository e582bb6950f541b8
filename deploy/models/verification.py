"""Whether a model is still what was registered: every difference is named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.models.contents import contents_of
from deploy.models.folder import Read
from deploy.models.register import Registered, template_path
from retrieval.errors import BadRequest


def differences(home: Path, model: Registered, read: Sequence[Read]) -> list[str]:
    """Return how the files read, and the chat template, differ from those registered."""
    found = [*_of_template(home, model), *_of_files(model, read)]
    if found:
        return found
    try:
        contents = contents_of(Path(model.folder), read)
    except BadRequest as error:
        return [str(error)]
    if (contents.weights, contents.tokens) != (model.weights, model.tokens):
        return ["the register says other weights or tokens than its own files have"]
    return []


def _of_files(model: Registered, read: Sequence[Read]) -> Iterator[str]:
    there = {each.file.name: each.file for each in read}
    known = {each.name: each for each in model.files}
    for name in sorted(known.keys() - there.keys()):
        yield f"{name} is missing"
    for name in sorted(there.keys() - known.keys()):
        yield f"{name} is not registered"
    for name in sorted(known.keys() & there.keys()):
        if there[name] != known[name]:
            was, now = known[name], there[name]
            yield (
                f"{name} is changed: {was.size} bytes with sha256 {was.sha256[:12]}… registered, "
                f"{now.size} with {now.sha256[:12]}… there"
            )


def _of_template(home: Path, model: Registered) -> Iterator[str]:
    path = template_path(home, model.name)
    try:
        handled = b"" if path.is_symlink() else path.read_bytes()
    except OSError as error:
        yield f"the chat template {path} cannot be read: {error.strerror}"
        return
    if hashlib.sha256(handled).hexdigest() != model.template:
        yield f"the chat template {path} is changed"
