"""`pincite serve`: the web page and API at once, the heavy parts behind them as they load."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager

import uvicorn
from starlette.requests import HTTPConnection

from assistant.administration import Administration
from assistant.conversation_recall import History
from assistant.http.app import create_app
from assistant.http.health import PART_WAITS_SECONDS, Part
from assistant.http.parts import Annex, Asking, Unbroken
from assistant.http.parts import Parts as HttpParts
from assistant.http.people import People
from assistant.review.review import Review
from assistant.signin.addresses import peer_of
from assistant.signin.caller import Caller, Means
from assistant.signin.signin import SignIn
from deploy import control, door, rounds
from deploy.acting import principal_of
from deploy.home import prepare
from deploy.operations.operation import Arguments, Event
from deploy.operations.registry import OPERATIONS
from deploy.parts import Parts
from deploy.settings import Settings
from deploy.terminal import err
from deploy.tracing import say_loudly
from retrieval.audit.event import Event as NotedEvent
from retrieval.errors import BadRequest, Damaged, RetrievalError, Unavailable
from retrieval.library import Library
from retrieval.people.glass import Glass

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
    """
    prepare(settings.home)
    if await control.is_running(settings.home):
        raise Unavailable(
            f"Expected no other server for {settings.home}, but one runs. Stop it, or set "
            "PINCITE_HOME to another folder."
        )
    listener = _bind(settings)
    async with Serving(settings, join) as serving:
        server = _WebServer(
            uvicorn.Config(
                create_app(serving.http_parts(people, examples, annexes)),
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # who may say where a request comes from is judged elsewhere
                timeout_graceful_shutdown=5,
            )
        )
        err.print(f"Pincite is at http://{settings.pincite_host}:{settings.pincite_port}")
        say_loudly(settings)
        await server.serve(sockets=[listener])


class _WebServer(uvicorn.Server):
    """Returns when a signal has stopped it, so that what stands behind it is closed in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGINT and SIGTERM; uvicorn's own way would then end the process at once."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)


class Serving:
    """The joined parts of a server while it runs: loaded behind it, kept in step by it."""

    def __init__(self, settings: Settings, join: Join) -> None:
        self._settings = settings
        self._join = join
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
            review=Part("review", self._review),
            assistant=Part("assistant", self._assistant),
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
            annexes=annexes(self._settings, self._joined),
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

    async def _library(self) -> Library:
        return (await self.parts()).library

    async def _review(self) -> Review:
        return (await self.parts()).review

    async def _history(self) -> History:
        return (await self.parts()).history

    async def _assistant(self) -> Asking:
        parts = await self.parts()
        await parts.embedder.embed(["ready"])
        gc.collect()
        gc.freeze()  # what is loaded stays: to walk it again and again held up all for 0.4 s
        return parts.assistant

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
        parts = await self.parts()
        return Administration(
            directory=parts.directory,
            credentials=parts.credentials,
            grants=parts.grants,
            glass=parts.glass,
            stops=parts.stops,
            record=parts.record,
            sources=parts.sources,
            census=parts.census,
            bring_along=parts.indexer.bring_along,
        )

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

    async def _keep_in_step(self) -> None:
        """Look at every source in turn, and rebuild the index when that has become due."""
        with contextlib.suppress(RetrievalError):
            parts = await self.parts()
            await parts.embedder.embed(["ready"])
            while True:
                await asyncio.sleep(self._settings.pincite_sync_minutes * 60)
                await rounds.once(parts)


def _import_heavy() -> None:
    """Import off the event loop what takes long, so that health checks are answered meanwhile."""
    for name in _HEAVY:
        importlib.import_module(name)


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.pincite_host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.pincite_host, settings.pincite_port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"Expected to listen on {settings.pincite_host}:{settings.pincite_port}, got: "
            f"{error.strerror}. Stop what uses that port, or set PINCITE_PORT to another."
        ) from error
    return listener
