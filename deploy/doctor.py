"""`pincite doctor`: every part looked at on its own, with what to do about what is wrong."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from connectors.errors import ConnectorError
from connectors.registry import open_connector
from deploy import control
from deploy.home import prepare
from deploy.models.register import listed
from deploy.opening import index_folder, open_embedder, open_index, open_sandbox
from deploy.settings import Settings
from deploy.slack_examined import examine_slack
from deploy.speaking import examine_model
from deploy.terminal import out
from deploy.tracing import examine_traces
from ingest.errors import IngestError
from ingest.parser import SandboxedParser
from retrieval.blobs import Blobs
from retrieval.census import Census
from retrieval.database import Database
from retrieval.errors import Damaged, RetrievalError
from retrieval.journal import Journal
from retrieval.sources import Sources

_LITTLE_SPACE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part. `state` is sound, note or wrong."""

    part: str
    state: str
    found: str


class Doctor:
    """Looks at the parts in the order in which they stand on each other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._findings: list[Finding] = []

    async def examine(self) -> list[Finding]:
        """Return what was found; one part's failure does not hide the next."""
        database = Database(self._settings.database())
        try:
            for part, look in self.looks(database).items():
                await self._look(part, look)
        finally:
            await database.close()
        return self._findings

    def looks(self, database: Database) -> dict[str, Callable[[], Awaitable[str]]]:
        """Return what is looked at, part by part: each tells what it found, or raises why not."""
        return {
            "settings": self._settings_read,
            "home folder": self._home,
            "server": self._server,
            "database": lambda: self._database(database),
            "originals": lambda: self._originals(database),
            "sources": lambda: self._sources(database),
            "embedding model": self._embedder,
            "index": lambda: self._index(database),
            "reader of files": self._reader,
            "language model": self._model,
            "traces": lambda: examine_traces(self._settings),
            "Slack": lambda: examine_slack(self._settings),
        }

    async def _look(self, part: str, look: Callable[[], Awaitable[str]]) -> None:
        try:
            found = await look()
        except (ConnectorError, IngestError, OSError, RetrievalError) as error:
            self._findings.append(Finding(part, "wrong", str(error)))
            return
        state = "note" if found.startswith("Note: ") else "sound"
        self._findings.append(Finding(part, state, found.removeprefix("Note: ")))

    async def _model(self) -> str:
        found = await examine_model(self._settings)
        names = [each.name for each in listed(self._settings.home)]
        if not self._settings.model_url or self._settings.model_name in names:
            return found
        told = found.removeprefix("Note: ")
        return f"Note: {told}; not registered, so nobody knows its weights: `pincite models add`"

    async def _settings_read(self) -> str:
        return "every setting has a value that is allowed"

    async def _home(self) -> str:
        prepare(self._settings.home)
        free = shutil.disk_usage(self._settings.home).free
        told = f"{self._settings.home}, {free / 1e9:.1f} GB free"
        return f"Note: {told}: that is little; free some space" if free < _LITTLE_SPACE else told

    async def _server(self) -> str:
        running = await control.is_running(self._settings.home)
        return "running here; commands go through it" if running else "not running"

    async def _database(self, database: Database) -> str:
        await database.migrate()
        counts = await Census(database).by_source()
        await database.check()
        documents = sum(each.documents for each in counts)
        passages = sum(each.passages for each in counts)
        closed = sum(each.closed for each in counts)
        told = f"{documents} documents, {passages} passages"
        if closed:
            return f"Note: {told}; {closed} documents have no readers: state them in pincite.yaml"
        return told

    async def _originals(self, database: Database) -> str:
        blobs = Blobs(self._settings.home / "blobs")
        damaged = [name for name in await Census(database).blobs() if not await blobs.holds(name)]
        if damaged:
            raise Damaged(
                f"{len(damaged)} originals are missing or altered, the first is "
                f"{damaged[0][:12]}…. Restore the blobs folder from a backup; or delete there what "
                "is altered and run `pincite sync`, which brings back what the sources still have."
            )
        return "every original is what was stored"

    async def _sources(self, database: Database) -> str:
        records = await Sources(database).all()
        missing = []
        for record in records:
            open_connector(record)
            is_there = await asyncio.to_thread(Path(record.location).is_dir)
            if record.connector == "files" and not is_there:
                missing.append(record.name)
        if missing:
            return f"Note: not reachable now: {', '.join(missing)}; mount them, or remove them"
        return f"{len(records)} configured" if records else "none yet: `pincite add PATH` makes one"

    async def _embedder(self) -> str:
        embedder = await open_embedder(self._settings)
        [vector] = await embedder.embed(["a short question"])
        return f"{embedder.name}, {len(vector)} dimensions, answers"

    async def _index(self, database: Database) -> str:
        if not self._settings.index_url and await control.is_running(self._settings.home):
            return f"{index_folder(self._settings)} is in use by the running server"
        journal = Journal(database)
        index, _ = await open_index(self._settings, await open_embedder(self._settings), journal)
        try:
            behind = await journal.bring_along(index, index.name)
            points = await index.count()
        finally:
            await index.close()
        expected = await journal.count()
        if points != expected:
            return (
                f"Note: {points} points where the library has {expected} passages: "
                "run `pincite reindex`"
            )
        return f"{points} points, as many as the library has passages ({behind} changes applied)"

    async def _reader(self) -> str:
        sample = b"<title>Sample</title><p>A short page to read.</p>"
        async with open_sandbox(self._settings) as sandbox:
            reading = await SandboxedParser(sandbox).parse(sample, "text/html", "sample.html")
        return f"reads a sample in a process of its own ({len(reading.parsed.text)} characters)"


async def examine(settings: Settings) -> dict[str, Any]:
    """Return every finding, and whether all parts are sound."""
    findings = await Doctor(settings).examine()
    return {
        "sound": all(each.state != "wrong" for each in findings),
        "findings": [asdict(each) for each in findings],
    }


def show_findings(value: dict[str, Any]) -> None:
    """Print a line for each part."""
    styles = {"sound": "green", "note": "yellow", "wrong": "bold red"}
    for each in value["findings"]:
        state = Text(f"{each['state']:<6}", style=styles[each["state"]])
        out.print(state + Text(f"{each['part']:<17}") + Text(each["found"]))
