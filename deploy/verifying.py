"""The register of models in a running server: verified in the background, and noted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.checkup import ModelSeen, Verifying
from deploy.failing import foreseen
from deploy.models import register
from deploy.models.register import Registered
from deploy.models.verified import Verified, keep, verified
from deploy.operations import models
from deploy.operations.operation import Progress, Result
from retrieval.audit.event import Act, Event, Record
from retrieval.documents import now
from retrieval.errors import BadRequest


class RegisterAtWork:
    """The register of a home; `served` names the model that answers, empty where none does."""

    def __init__(self, home: Path, served: str, record: Record) -> None:
        self._home = home
        self._record = record
        self.served = served
        self.verifying: Verifying | None = None
        self.failed = ""
        self._task: asyncio.Task[None] | None = None

    async def listed(self) -> Sequence[ModelSeen]:
        """Return every registered model, by name; raise `Damaged` if the register is not sound."""
        found = await asyncio.to_thread(register.listed, self._home)
        seen = await asyncio.to_thread(verified, self._home)
        return [_seen(each, seen.get(each.name), self.served) for each in found]

    def begin(self, name: str, by: str, origin: str) -> None:
        """Begin to verify one model, or every one where `name` is empty; what was found is noted.

        Raises:
            BadRequest: a verification goes on.
        """
        if self.verifying is not None:
            raise BadRequest(
                "Expected no verification to go on, got one. Wait for its end: it reads each file."
            )
        self.verifying, self.failed = Verifying(name), ""
        self._task = asyncio.create_task(self._verify(name, by, origin))

    async def close(self) -> None:
        """End what goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _verify(self, name: str, by: str, origin: str) -> None:
        try:
            async for event in models.verify(self._home, name=name or None):
                match event:
                    case Progress(label, done, total):
                        model = label.removeprefix("reading ")
                        self.verifying = Verifying(model, done, total)
                    case Result(value):
                        await self._keep(value["models"], by, origin)
        except Exception as error:  # told on the page; the server goes on
            known = foreseen(error)
            self.failed = str(known) if known else f"Unexpected {type(error).__name__}."
        finally:
            self.verifying = None

    async def _keep(self, told: Sequence[dict[str, Any]], by: str, origin: str) -> None:
        found = {
            each["name"]: Verified(now(), each["weights"], tuple(each["troubles"])) for each in told
        }
        for name, each in found.items():
            about = {"did": "verify", "model": name, "is_sound": not each.troubles}
            await self._record.note(Event(Act.MODEL, by, origin, about))
        await asyncio.to_thread(keep, self._home, found)


def _seen(model: Registered, seen: Verified | None, served: str) -> ModelSeen:
    is_of_these = seen is not None and seen.weights == model.weights
    return ModelSeen(
        name=model.name,
        revision=model.revision,
        source=model.source,
        licence=model.licence,
        weights=model.weights,
        template=model.template,
        files=len(model.files),
        size=sum(each.size for each in model.files),
        added_at=model.added_at,
        is_served=model.name == served,
        verified_at=seen.at if seen and is_of_these else None,
        troubles=seen.troubles if seen and is_of_these else (),
    )
