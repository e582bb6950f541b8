"""`pincite serve`: the web page and API at once, the heavy parts behind them as they load."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from starlette.requests import HTTPConnection

from assistant.administration import Administration
from assistant.conversation_recall import History
from assistant.http.app import create_app
from assistant.http.health import PART_WAITS_SECONDS, Part
from assistant.http.parts import Annex, Asking, Looking, Unbroken
from assistant.http.parts import Parts as HttpParts
from assistant.http.people import People
from assistant.signin.addresses import peer_of
from assistant.signin.caller import Caller, Means
from assistant.signin.signin import SignIn
from assistant.tool_opened import WithResults
from deploy import control, door, equipping, rounds
from deploy.acting import principal_of
from deploy.home import prepare
from deploy.office import office_of
from deploy.operations.operation import Arguments, Event
from deploy.operations.registry import OPERATIONS
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.slacking import slack_of
from deploy.terminal import err
from deploy.tracing import say_loudly
from deploy.web_server import web_server
from retrieval.audit.event import Event as NotedEvent
from retrieval.documents import now
from retrieval.errors import BadRequest, Damaged, RetrievalError, Unavailable
from retrieval.people.glass import Glass
from tools.workbench import Workbench

PartT = TypeVar("PartT")
Join = Callable[[Settings], AbstractAsyncContextManager[Parts]]
Annexes = Callable[[Settings, Part[Parts]], tuple[Annex, ...]]

log = logging.getLogger("pincite")

_HEAVY = ("deploy.opening", "ingest.chunker", "ingest.parser", "ingest.pipeline")


async def serve(
    settings: Settings,
    join: Join,
    people: People | None = None,
    examples: tuple[str, ...] = (),
    annexes: Annexes = lambda *_: (),
) -> None:
    """Serve until a signal comes. `annexes` make the pages that other packages bring.

    Raises:
        Unavailable: the port is taken, the home cannot be written, or another server runs there.
        BadRequest: the policy of tools, or what is set of Slack, is not what was expected.
    """
    prepare(settings.home)
    equipping.look(settings)
    if await control.is_running(settings.home):
        raise Unavailable(
            f"Expected no other server for {settings.home}, but one runs. Stop it, or set "
            "PINCITE_HOME to another folder."
        )
    listener = door.bind(settings)
    sys.setswitchinterval(0.0005)  # the loop waits that long for each thread that computes
    async with Serving(settings, join) as serving:
        server = web_server(create_app(serving.http_parts(people, examples, annexes)))
        err.print(f"Pincite is at http://{settings.pincite_host}:{settings.pincite_port}")
        say_loudly(settings)
        await server.serve(sockets=[listener])


class Serving:
    """The joined parts of a server while it runs: loaded behind it, kept in step by it."""

    def __init__(self, settings: Settings, join: Join) -> None:
        self._settings = settings
        self._join = join
        self._slack = slack_of(settings)
        self._parts: asyncio.Future[Parts] = asyncio.get_running_loop().create_future()
        self._stopping = asyncio.Event()
        self._joined: Part[Parts] = Part("library", self.parts)
        self._door: Part[SignIn] = Part("sign-in", self._sign_in)
        self._office: Part[Administration] = Part("administration", self._administration)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Serving:
        self._tasks = [
            asyncio.create_task(self._hold()),
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._keep_in_step()),
            asyncio.create_task(self._answer_slack()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        self._joined.stop()
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def http_parts(
        self,
        people: People | None,
        examples: tuple[str, ...],
        annexes: Annexes = lambda *_: (),
    ) -> HttpParts:
        """Return what the HTTP entrance needs; its parts become ready as these load."""
        has_door = people is None and self._settings.pincite_sign_in == "on"
        keeps = self._settings.conversation_days > 0
        by_nobody = people.authenticate if people else self._authenticate_owner
        return HttpParts(
            library=Part("library", self._library),
            history=Part("history", self._history) if keeps else None,
            sharing=self._part("sharing", lambda parts: parts.sharing)
            if keeps and (has_door or people)
            else None,
            saved=self._part("searches", lambda parts: parts.saved),
            review=self._part("review", lambda parts: parts.review),
            governing=self._part("governing", lambda parts: parts.governing),
            workbench=Part("tools", self._workbench) if self._settings.tools_file() else None,
            assistant=Part("assistant", self._assistant),
            searching=Part("searching", self._searching),
            render=self._render,
            authenticate=self._authenticate if has_door else by_nobody,
            record=self,
            let_in=self._let_in,
            sign_in=self._door if has_door else None,
            administration=self._office if has_door else None,
            glass=self if has_door else Unbroken(),
            people=people,
            examples=examples,
            metrics=None if people else self._metrics,
            hosts=door.hosts_of(self._settings),
            is_https=self._settings.address().startswith("https://"),
            file_bytes=self._settings.parse_max_mb * 1_000_000,
            annexes=annexes(self._settings, self._joined),
            slack=self._slack if self._slack and self._slack.is_http else None,
        )

    def _let_in(self) -> None:
        if self._parts.done() and not self._parts.exception():
            self._parts.result().admission.let_in()

    async def parts(self) -> Parts:
        """Return the parts once they are joined."""
        return await asyncio.shield(self._parts)

    async def _hold(self) -> None:
        """Keep the parts joined until the server stops."""
        await asyncio.to_thread(_import_heavy)
        try:
            async with self._join(self._settings) as parts:
                self._parts.set_result(parts)
                await self._stopping.wait()
        except Exception as error:  # told by every part that waits for this, and by /readyz
            if self._parts.done():
                raise
            self._parts.set_exception(error)
            self._parts.exception()
            err.print(f"Cannot serve answers: {error}", markup=False)

    async def note(self, event: NotedEvent) -> int:
        """Note an event once the record is there: what is served is never ahead of it."""
        parts = await self._joined.get(wait_seconds=PART_WAITS_SECONDS)
        return await parts.record.note(event)

    async def of_owner(
        self, names: frozenset[str], *, document_id: str | None = None
    ) -> Sequence[Glass]:
        """Return what was opened by glass of an owner's, once the parts are there."""
        parts = await self._joined.get(wait_seconds=PART_WAITS_SECONDS)
        return await parts.glass.of_owner(names, document_id=document_id)

    def _part(self, name: str, of: Callable[[Parts], PartT]) -> Part[PartT]:
        """Return a part that is there once all are joined."""

        async def joined() -> PartT:
            return of(await self.parts())

        return Part(name, joined)

    async def _library(self) -> WithResults:
        return (await self.parts()).opened

    async def _workbench(self) -> Workbench:
        workbench = (await self.parts()).workbench
        assert workbench is not None
        return workbench

    async def _history(self) -> History:
        return (await self.parts()).history

    async def _assistant(self) -> Asking:
        parts = await self.parts()
        await parts.embedder.embed(["ready"])
        gc.collect()
        gc.freeze()  # what is loaded stays: to walk it again and again held up all for 0.4 s
        return parts.assistant

    async def _searching(self) -> Looking:
        parts = await self.parts()
        await parts.embedder.embed(["ready"])
        return parts.searching

    async def _render(self, original: bytes, page: int, width: int) -> bytes:
        return await (await self.parts()).render(original, page, width)

    async def _metrics(self) -> bytes:
        parts = await self._joined.get(wait_seconds=PART_WAITS_SECONDS)
        return await parts.survey.exposition()

    async def _sign_in(self) -> SignIn:
        opened = await asyncio.to_thread(door.open_sign_in, self._settings, await self.parts())
        if link := await opened.accounts.first_admin_link(self._settings.pincite_user):
            err.print("There is no administrator yet. Become one, within a day and once, at")
            err.print(f"{self._settings.address()}{link}", markup=False, soft_wrap=True)
        return opened

    async def _administration(self) -> Administration:
        return office_of(await self.parts())

    async def _authenticate(self, connection: HTTPConnection) -> Caller:
        opened = await self._door.get(wait_seconds=PART_WAITS_SECONDS)
        return await opened.authenticator.authenticate(connection)

    async def _authenticate_owner(self, connection: HTTPConnection) -> Caller:
        """Return the owner of this machine, whoever asks: only loopback is listened on."""
        parts = await self._joined.get(wait_seconds=PART_WAITS_SECONDS)
        principal = await principal_of(parts, None)
        return Caller(principal, None, Means.MACHINE, f"web {peer_of(connection)}")

    async def _listen(self) -> None:
        server = await control.listen(self._settings.home, self._run)
        try:
            async with server:
                await self._stopping.wait()
        finally:
            control.socket_path(self._settings.home).unlink(missing_ok=True)

    async def _run(self, operation: str, arguments: Arguments) -> AsyncIterator[Event]:
        if operation not in OPERATIONS:
            raise BadRequest(f"Expected an operation, got {operation!r}: are the versions equal?")
        try:
            parts = await self.parts()
        except Damaged as error:
            raise Unavailable(
                f"{error} Stop the server first; it cannot do this itself."
            ) from error
        async for event in OPERATIONS[operation](parts, **arguments):
            yield event

    async def _answer_slack(self) -> None:
        """Answer in Slack, if it is set, once the parts are there."""
        if self._slack is not None:
            with contextlib.suppress(RetrievalError):
                await self._slack.run(await self.parts())

    async def _keep_in_step(self) -> None:
        """Look at every source in turn, and rebuild the index when that has become due."""
        with contextlib.suppress(RetrievalError):
            parts = await self.parts()
            await parts.embedder.embed(["ready"])
            while True:
                parts.keeper.next_at = now() + parts.keeper.every_seconds
                await asyncio.sleep(parts.keeper.every_seconds)
                await rounds.once(parts)


def _import_heavy() -> None:
    """Import off the event loop what takes long, so that health checks are answered meanwhile."""
    for name in _HEAVY:
        importlib.import_module(name)
