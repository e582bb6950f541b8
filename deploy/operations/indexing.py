"""Add, sync and remove sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from connectors.errors import ConnectorError
from deploy.failing import foreseen
from deploy.operations.operation import Event, Parts, Progress, Result
from ingest.summary import Tally
from ingest.trail import told_readers
from retrieval.access import reader
from retrieval.audit.event import Act, Json
from retrieval.audit.event import Event as Noted
from retrieval.audit.record import OPERATOR
from retrieval.documents import Kind, Status
from retrieval.errors import BadRequest
from retrieval.sources import NEW_VERSIONS, OVERDUE, SourceRecord

_RECORDED = ("kind", "status", NEW_VERSIONS, OVERDUE)


async def add(
    parts: Parts,
    *,
    paths: list[str],
    name: str | None = None,
    kind: str | None = None,
    readers: list[str] | None = None,
    status: str | None = None,
    owner: str | None = None,
    new_versions: str | None = None,
    overdue: str | None = None,
) -> AsyncIterator[Event]:
    """Make sources of files and folders, and take them in now."""
    given: dict[str, Any] = {"kind": kind, "readers": readers, "status": status, "owner": owner}
    given |= {NEW_VERSIONS: new_versions, OVERDUE: overdue}
    options = {key: value for key, value in given.items() if value}
    _check_options(options)
    await _note_adding(parts, paths, name, options)
    records = [await _record(parts, Path(path), name, options) for path in paths]
    async for event in _sync(parts, list({each.name: each for each in records}.values())):
        yield event


async def sync(
    parts: Parts, *, source: str | None = None, retry: bool = False
) -> AsyncIterator[Event]:
    """Take in what changed at one source, or at all; `retry` reads again what failed."""
    records = await parts.sources.all()
    chosen = [each for each in records if source in (None, each.name)]
    if source and not chosen:
        known = ", ".join(each.name for each in records) or "none yet"
        raise BadRequest(
            f"Expected a source ({known}), got {source!r}. `pincite status` lists them."
        )
    if retry:
        await parts.failures.forgive(source)
    async for event in _sync(parts, chosen):
        yield event


async def remove(parts: Parts, *, source: str) -> AsyncIterator[Event]:
    """Forget a source and everything taken in from it."""
    if source not in {each.name for each in await parts.sources.all()}:
        raise BadRequest(f"Expected a source, got {source!r}. `pincite status` lists them.")
    about: dict[str, Json] = {"did": "remove", "source": source}
    await parts.record.note(Noted(Act.SOURCE, OPERATOR.by, OPERATOR.origin, about))
    removed = await parts.pipeline.forget(source, OPERATOR)
    yield Result({"source": source, "removed": removed})


async def _note_adding(
    parts: Parts, paths: list[str], name: str | None, options: dict[str, Any]
) -> None:
    """Note what is about to be added; where it lies may tell a name, so it is encrypted."""
    told, people = told_readers(options.get("readers", ()))
    about: dict[str, Json] = {
        "did": "add",
        "name": name,
        "paths": len(paths),
        "options": {key: options[key] for key in _RECORDED if key in options},
        "readers": told,
    }
    words = {"paths": "\n".join(paths)} | (
        {"owner": options["owner"]} if "owner" in options else {}
    )
    noted = Noted(Act.SOURCE, OPERATOR.by, OPERATOR.origin, about, words, people)
    await parts.record.note(noted)


async def _sync(parts: Parts, records: list[SourceRecord]) -> AsyncIterator[Event]:
    """Sync sources one after the other; one that cannot be read keeps none of the rest back."""
    tallies: dict[str, Tally] = {}
    stopped = []
    unread: Exception | None = None
    for record in records:
        changed = asyncio.Event()
        box: list[Tally] = []
        task = asyncio.create_task(_sync_one(parts, record, changed, box))
        task.add_done_callback(_waking(changed))
        try:
            while not task.done():
                await changed.wait()
                changed.clear()
                if box and not task.done():
                    yield Progress(record.name, box[-1].done, box[-1].seen)
            if (tally := await task) is None:
                stopped.append(record.name)
            else:
                tallies[record.name] = tally
        except Exception as error:
            if not isinstance(foreseen(error), ConnectorError):
                raise
            unread = unread or error
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    if unread is not None:
        raise unread
    sources = [_told(name, tally) for name, tally in tallies.items()]
    yield Result({"sources": sources, "stopped": stopped})


def _waking(changed: asyncio.Event) -> Callable[[object], None]:
    return lambda _: changed.set()


async def _sync_one(
    parts: Parts, record: SourceRecord, changed: asyncio.Event, box: list[Tally]
) -> Tally | None:
    def report(tally: Tally) -> None:
        box[:] = [tally]
        changed.set()

    return await parts.keeper.sync(record, report)


async def _record(
    parts: Parts, path: Path, name: str | None, options: dict[str, Any]
) -> SourceRecord:
    path, is_folder = await asyncio.to_thread(_looked_at, path)
    top = path if is_folder else path.parent
    records = await parts.sources.all()
    for each in records:
        covers = path.is_relative_to(each.location) and not each.options.get("only")
        if each.connector == "files" and covers and name in (None, each.name):
            merged = {**each.options, **options}
            return await parts.sources.put(each.name, "files", each.location, merged)
    mine = next((each for each in records if each.location == str(top)), None)
    chosen = mine.name if mine else _free_name(name or top.name or "files", records)
    merged = {
        "readers": [f"user:{parts.settings.pincite_user}"],
        **(mine.options if mine else {}),
        **options,
    }
    if is_folder:
        merged.pop("only", None)
    else:
        merged["only"] = sorted({*merged.get("only", ()), str(path)})
    return await parts.sources.put(chosen, "files", str(top), merged)


def _looked_at(path: Path) -> tuple[Path, bool]:
    """Return the absolute path and whether it is a folder."""
    path = path.expanduser().absolute()
    if not path.exists():
        raise BadRequest(f"Expected a file or folder, got {path}, which is not there.")
    return path, path.is_dir()


def _free_name(wanted: str, records: list[SourceRecord]) -> str:
    taken = {each.name for each in records}
    number = 2
    name = wanted
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _check_options(options: dict[str, Any]) -> None:
    for key, allowed in (("kind", list(Kind)), ("status", [Status.DRAFT, Status.APPROVED])):
        if key in options and options[key] not in list(allowed):
            named = ", ".join(allowed)
            raise BadRequest(f"Expected {key} to be one of {named}, got {options[key]!r}.")
    for name in options.get("readers", ()):
        reader(name)


def _told(name: str, tally: Tally) -> dict[str, Any]:
    return {
        "source": name,
        "new": tally.new,
        "updated": tally.updated,
        "described": tally.described,
        "moved": tally.moved,
        "removed": tally.removed,
        "unchanged": tally.unchanged,
        "passages": tally.passages,
        "troubles": [
            {"uri": uri, "outcome": outcome, "reason": reason}
            for uri, outcome, reason in tally.troubles
        ],
    }
