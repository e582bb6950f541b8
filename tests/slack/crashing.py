"""Workers that are killed: at any point where they wait, or as a process of its own by signal 9."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from assistant.slack.channels import Rules
from assistant.slack.web import Web
from retrieval.audit.subject import Standing, Subject
from retrieval.database import Database
from retrieval.people.directory import Directory
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary, WordAssistant
from tests.slack.fake import FakeSlack
from tests.slack.office import Clock, Office, at_once


class Killed(BaseException):
    """The worker is dead: nothing of it goes on."""


class KilledAt:
    """A coroutine that dies the `at`-th time that it waits for something, if it comes so far.

    What it had open is closed, as the system closes what a dead process had open.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], at: int) -> None:
        self._coroutine = coroutine
        self._at = at

    def __await__(self) -> Generator[Any, Any, bool]:
        """Return whether it came to its end."""
        waits, error = 0, None
        try:
            while True:
                going = self._coroutine
                waited_for = going.send(None) if error is None else going.throw(error)
                waits += 1
                if waits == self._at:
                    error = Killed()
                    continue
                try:
                    error = None
                    yield waited_for
                except BaseException as told:  # what the loop tells it, it is told
                    error = told
        except StopIteration:
            return True
        except Killed:
            return False


class KeysOfAll:
    """Keys that every process makes the same."""

    async def subject(self, person: str) -> Subject:
        digest = sha256(person.encode())
        return Subject(f"s{digest.hexdigest()[:32]}", person, digest.digest())

    async def standing(self) -> Standing:
        return Standing()


@asynccontextmanager
async def reopened(office: Office, **more: Any) -> AsyncIterator[Office]:
    """Lend another process over the same database and the same Slack."""
    async with process(
        office.slack,
        str(office.database.url.database),
        office.team.bot_token,
        office.team,
        rules=office.rules,
        direct=office.direct,
        **more,
    ) as other:
        yield other


@asynccontextmanager
async def process(
    slack: Any, path: str, token: str, team: Any, ahead: int = 0, **more: Any
) -> AsyncIterator[Office]:
    """Lend what a process of ours has."""
    database = Database(f"sqlite:///{path}")
    web = Web(token, api=slack.url, pace=at_once())
    library = ShelfLibrary(firm())
    keys: Any = KeysOfAll()
    office = Office(
        slack,
        team,
        web,
        database,
        Directory(database),
        WordAssistant(library),
        library,
        clock=Clock(ahead),
        keys=keys,
        **more,
    )
    try:
        yield office
    finally:
        await web.close()
        await database.close()


async def work_one(office: Office) -> None:
    """Claim one question and do what is wished of it."""
    claim = await office.inbox.claim()
    if claim is not None:
        await office.answering().answer(claim)


async def arrived(slack: FakeSlack) -> None:
    """Return when all that was sent to Slack has come there: its loop is this one."""
    for _ in range(30):
        await asyncio.sleep(0)
    await asyncio.sleep(0.002)


class _There:
    """The Slack that another process holds."""

    def __init__(self, url: str) -> None:
        self.url = url


class _Team:
    def __init__(self, team: str) -> None:
        self.id = team


async def main(path: str, url: str, token: str, team: str, ahead: int) -> None:
    """Work as a process of its own until it is killed."""
    there: Any = _There(url)
    rules = Rules(each_hour=0, all_each_hour=0)
    async with (
        process(
            there, path, token, _Team(team), ahead, rules=rules, direct=rules, at_once=3
        ) as office,
        office.working.going(),
    ):
        print("working", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    database, url, token, team, ahead = sys.argv[1:]
    assert Path(database).exists()
    asyncio.run(main(database, url, token, team, int(ahead)))
