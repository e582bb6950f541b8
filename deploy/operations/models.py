"""The register of models, as an operator uses it: add one, check them, list them.

They need no other part: weights are read here and not in the server, and only an addition needs
the record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.models import register
from deploy.models.contents import contents_of
from deploy.models.folder import ModelFolder, Read, opened
from deploy.models.proof import check_neutral
from deploy.models.register import Label, Registered
from deploy.models.verification import differences
from deploy.operations.operation import Event, Progress, Result
from retrieval.audit.event import Act, Json, Record
from retrieval.audit.event import Event as Noted
from retrieval.audit.record import OPERATOR
from retrieval.errors import BadRequest


async def add(home: Path, record: Record, *, folder: Path, label: Label) -> AsyncIterator[Event]:
    """Register the model in a folder; the record holds its hashes before the register does."""
    register.check(home, label)
    read: list[Read] = []
    with opened(folder) as files:
        async for each in _read(files, label.name):
            if isinstance(each, Progress):
                yield each
            else:
                read.append(each)
        contents = contents_of(files.path, read)
        await asyncio.to_thread(check_neutral, _tokenizer(read), contents.tokens)
        model = register.entry_of(label, files.path, contents)

    async def noted() -> None:
        about: dict[str, Json] = {
            "did": "add",
            "model": model.name,
            "revision": model.revision,
            "weights": model.weights,
            "files": contents.manifest,
            "template": model.template,
        }
        words = {"source": model.source, "licence": model.licence, "folder": model.folder}
        await record.note(Noted(Act.MODEL, OPERATOR.by, OPERATOR.origin, about, words))

    await register.enter(home, label, model, noted)
    yield Result(_told(model) | {"chat_template": str(register.template_path(home, model.name))})


async def verify(home: Path, *, name: str | None = None) -> AsyncIterator[Event]:
    """Tell whether one model, or every one, is still what was registered, and what is not."""
    models = (register.registered(home, name),) if name else register.listed(home)
    told: list[dict[str, Any]] = []
    for model in models:
        read: list[Read] = []
        try:
            with opened(Path(model.folder)) as files:
                async for each in _read(files, model.name):
                    if isinstance(each, Progress):
                        yield each
                    else:
                        read.append(each)
            found = await asyncio.to_thread(differences, home, model, read)
        except BadRequest as error:
            found = [str(error)]
        template = str(register.template_path(home, model.name))
        told.append(
            _told(model) | {"chat_template": template, "is_sound": not found, "troubles": found}
        )
    yield Result({"is_sound": all(each["is_sound"] for each in told), "models": told})


async def list_all(home: Path) -> AsyncIterator[Event]:
    """Tell every registered model."""
    yield Result({"models": [_told(each) for each in register.listed(home)]})


async def _read(files: ModelFolder, name: str) -> AsyncIterator[Progress | Read]:
    """Yield every file as it was read, and how far this is."""
    total = len(files.names)
    for done, each in enumerate(files.names):
        yield Progress(f"reading {name}", done, total, "files")
        yield await asyncio.to_thread(files.read, each)


def _tokenizer(read: list[Read]) -> dict[str, Any]:
    return next(each.told for each in read if each.file.name == "tokenizer.json")


def _told(model: Registered) -> dict[str, Any]:
    added = datetime.fromtimestamp(model.added_at, UTC).isoformat()
    told = {key: value for key, value in asdict(model).items() if key not in ("files", "tokens")}
    sizes = sum(each.size for each in model.files)
    return told | {"added_at": added, "files": len(model.files), "bytes": sizes}
