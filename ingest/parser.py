"""From bytes to text with structure. READ FIRST of parsing: `SandboxedParser.parse`.

    limits -> what is it? -> read it -> check what came back

What only needs decoding (plain text, Markdown, records) is read here; every other format is
read in a process that can be killed (`retrieval.sandbox`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from ingest import media, wire
from ingest.errors import TimedOut, TooLarge, TryLater, Unreadable
from ingest.parsed import Parsed
from ingest.parsers import formats
from ingest.parsers.limits import ReadLimits
from retrieval.errors import Contained, TookTooLong, TookTooMuch, Unavailable
from retrieval.sandbox import Sandbox

TASKS = {"parse": "ingest.parsers.formats:read", "render": "retrieval.pdf:render_task"}
PRELOAD = (
    "ingest.parsers.html", "ingest.parsers.mail", "ingest.parsers.office", "ingest.parsers.pdf"
)  # fmt: skip
_LIGHT_BYTES = 300_000
_INSTANT_BYTES = 30_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file turned out to be, and what it says."""

    media_type: str
    parsed: Parsed


class Parser(Protocol):
    """Reads one file; raises `IngestError` if there is nothing to index in it."""

    async def parse(self, raw: bytes, media_type: str, name: str) -> Reading:
        """Return what a file says; `media_type` may be empty, `name` matters for text only."""


async def _aside(raw: bytes, work: Callable[..., T], *arguments: object) -> T:
    """Do light work at once, or in a thread where it would hold up the loop."""
    if len(raw) <= _INSTANT_BYTES:
        return work(raw, *arguments)
    return await asyncio.to_thread(work, raw, *arguments)


class SandboxedParser:
    """Reads every accepted format; `sandbox` must know the tasks above."""

    def __init__(self, sandbox: Sandbox, limits: ReadLimits | None = None) -> None:
        self._sandbox, self._limits = sandbox, limits or ReadLimits()

    async def parse(self, raw: bytes, media_type: str, name: str) -> Reading:
        """Return what a file says, or raise `FileRefused` or `TryLater`."""
        if len(raw) > self._limits.file_bytes:
            raise TooLarge(
                f"at most {self._limits.file_bytes:,} bytes are read, {len(raw):,} came; "
                "split the file or raise the limit"
            )
        found = await _aside(raw, media.identified, name, media_type)
        if found.type in formats.LIGHT and len(raw) <= _LIGHT_BYTES:
            parsed = await _aside(raw, formats.LIGHT[found.type], name, self._limits)
        else:
            parsed = await self._read_apart(raw, found.type, name)
        if not parsed.text.strip():
            raise Unreadable("; ".join(parsed.problems) or "there is no text in it")
        problems = (found.problem, *parsed.problems) if found.problem else parsed.problems
        return Reading(found.type, replace(parsed, problems=problems))

    async def _read_apart(self, raw: bytes, kind: str, name: str) -> Parsed:
        try:
            answer, data = await self._sandbox.call(
                "parse", formats.order(kind, name, self._limits), raw
            )
        except TookTooLong as error:
            raise TimedOut(str(error)) from error
        except TookTooMuch as error:
            raise TooLarge(str(error)) from error
        except Contained as error:
            raise Unreadable(str(error)) from error
        except Unavailable as error:
            raise TryLater(str(error)) from error
        if refused := formats.refusal(answer):
            raise refused
        return await asyncio.to_thread(wire.unpacked, answer, data, self._limits.characters)
