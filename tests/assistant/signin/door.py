"""A server with a door: real tables, a record in memory, cheap hashes, a clock that can be set."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.http.parts import Parts
from assistant.signin.accounts import make_invitation
from assistant.signin.passwords import Passwords
from assistant.signin.signin import Options, SignIn, make_sign_in
from retrieval.audit.event import Act, Event
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import Unavailable
from retrieval.people.attempts import Attempts
from retrieval.people.credentials import CredentialKind, Credentials
from retrieval.people.directory import Directory
from retrieval.people.people import Role
from tests.assistant.http_world import make_parts

PASSWORD = "four tall green ships"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DAY = 86_400


@dataclass
class Noted:
    """A record in memory; `is_full` makes it refuse."""

    events: list[Event] = field(default_factory=list)
    is_full: bool = False

    async def note(self, event: Event) -> int:
        if self.is_full:
            raise Unavailable("The record cannot be written.")
        self.events.append(event)
        return len(self.events)

    def acts(self) -> list[Act]:
        return [each.act for each in self.events]


@dataclass
class Clock:
    """An instant that stays, and how far ahead of it this clock is."""

    ahead_seconds: int = 0
    instant: int = field(default_factory=now)

    def __call__(self) -> int:
        return self.instant + self.ahead_seconds


@dataclass
class Door:
    """What stands behind the entrance."""

    database: Database
    options: Options
    record: Noted = field(default_factory=Noted)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.directory = Directory(self.database)
        self.credentials = Credentials(self.database, clock=self.clock)
        self.attempts = Attempts(self.database, clock=self.clock)
        self.sign_in: SignIn = make_sign_in(
            self.options,
            self.directory,
            self.credentials,
            self.attempts,
            self.record,
            Passwords(CHEAP),
        )

    def parts(self, **more: Any) -> Parts:
        """Return the parts of an application behind this door."""
        part = Part.ready("sign-in", self.sign_in)
        authenticate = self.sign_in.authenticator.authenticate
        return make_parts(sign_in=part, authenticate=authenticate, **more)

    @cached_property
    def app(self) -> FastAPI:
        """Return the application behind this door."""
        return create_app(self.parts())

    def client(self, peer: str = "10.1.2.3", **more: Any) -> httpx.AsyncClient:
        """Return a browser or a program at an address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(peer, 4711))
        options = {"base_url": "http://testserver", "headers": {"Sec-Fetch-Site": "same-origin"}}
        return httpx.AsyncClient(transport=transport, **(options | more))

    async def add(self, name: str, groups: Iterable[str] = (), roles: Iterable[Role] = ()) -> None:
        """Add somebody with the password that everybody here has."""
        await self.directory.add(name, roles=roles)
        await self.directory.set_password(name, CHEAP.hash(PASSWORD))
        for group in groups:
            await self.directory.join(group, [f"user:{name}"])

    async def token(self, name: str, *scopes: str) -> str:
        """Return a token of somebody's for these actions."""
        kind = CredentialKind.TOKEN
        secret, _ = await self.credentials.make(name, kind, lasts_seconds=DAY, scopes=scopes)
        return secret

    async def invitation(self, name: str) -> str:
        """Return the path of a link for somebody."""
        return await make_invitation(self.credentials, name)


@asynccontextmanager
async def opened(folder: Path, **options: Any) -> AsyncIterator[Door]:
    """Lend a door with fresh tables."""
    database = Database(f"sqlite:///{folder / 'people.db'}")
    await database.migrate()
    try:
        yield Door(database, Options(**({"address": "http://testserver"} | options)))
    finally:
        await database.close()


def form_token(page: str) -> str:
    """Return the token of the forms of a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


async def sign_in(
    http: httpx.AsyncClient, name: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    """Sign in as a browser does: load the form, send it."""
    page = await http.get("/sign-in")
    sent = {"name": name, "password": password, "form_token": form_token(page.text)} | more
    return await http.post("/sign-in", data=sent)
