"""Runs as they lie in a home, and the whole application over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.signin.signin import Options
from deploy.settings import Settings
from evals.running.kept import ROWS, RUN
from evals.running.result import Row, Run
from evals.running.written import line_of, text_of
from evals.web.evaluations import evaluations
from retrieval.people.people import Role
from tests.assistant.signin.door import Door, sign_in
from tests.shelves import Shelves


def keep(home: Path, run: Run, rows: Iterable[Row]) -> Run:
    """Put a run where runs are kept."""
    folder = home / "evaluations" / run.id
    folder.mkdir(parents=True)
    (folder / RUN).write_bytes(text_of(run))
    (folder / ROWS).write_bytes(b"".join(map(line_of, rows)))
    return run


@dataclass
class Office:
    """Eve and otto evaluate, eve is on the board; ann only asks, mara administers."""

    home: Path
    shelves: Shelves
    door: Door

    def app(self) -> Any:
        joined: Any = Part.ready("parts", SimpleNamespace(library=self.shelves.library))
        annexes = (evaluations(Settings(pincite_home=self.home), joined),)
        real, record = self.shelves.library, self.door.record
        return create_app(self.door.parts(real=real, record=record, annexes=annexes))

    @asynccontextmanager
    async def browser(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a browser in which somebody is signed in."""
        transport = httpx.ASGITransport(
            self.app(), raise_app_exceptions=False, client=("10.1.2.3", 4711)
        )
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", headers=headers
        ) as http:
            assert (await sign_in(http, name)).status_code == 303
            yield http


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    """Open the office."""
    shelves = Shelves(folder)
    await shelves.database.migrate()
    door = Door(shelves.database, Options(address="http://testserver"))
    await door.add("ann")
    await door.add("eve", ["board"], [Role.EVALUATOR])
    await door.add("otto", roles=[Role.EVALUATOR])
    await door.add("mara", roles=[Role.ADMIN])
    try:
        yield Office(folder / "home", shelves, door)
    finally:
        await shelves.database.close()
