"""The fake itself: Web API and response URLs over HTTP, Socket Mode over WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack.fake.block_kit import check_blocks
from tests.slack.fake.bodies import Bodies, as_http, kind_of
from tests.slack.fake.methods import METHODS, called
from tests.slack.fake.refusing import Refused, need
from tests.slack.fake.workspace import Body, Channel, Message, User, Whisper, Workspace

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "mpim:history",
    "mpim:read",
    "users:read",
    "users:read.email",
)
_PATIENCE_SECONDS = 60.0
_MOST_CONNECTIONS = 10


@dataclass(frozen=True)
class Call:
    """A call as it came. `answer` is what Slack said; `at` is the fake's clock."""

    method: str
    team: str
    args: dict[str, Any]
    answer: Body
    at: float

    @property
    def is_ok(self) -> bool:
        """Return whether it was done."""
        return bool(self.answer.get("ok"))


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of a method ("" is every one).

    `error` is Slack's word, `status` the HTTP status. `is_late` does what was asked and fails only
    then; `drops` closes the connection instead of answering. `where` picks calls by arguments.
    """

    method: str = ""
    error: str = "internal_error"
    status: int = 200
    retry_after: int = 0
    times: int = 1
    is_late: bool = False
    drops: bool = False
    where: Callable[[dict[str, Any]], bool] = lambda _: True


@dataclass(frozen=True)
class Acked:
    """How a delivery was acknowledged: after how long, with which payload, at which attempt."""

    seconds: float
    payload: Any
    attempts: int


@dataclass(eq=False)
class _Url:
    team: Workspace
    channel: Channel
    user: User
    on: Whisper | None
    until: float
    left: int = 5


@dataclass(eq=False)
class FakeSlack:
    """See `tests.slack.fake`."""

    scopes: Iterable[str] = SCOPES
    app: str = "A000000001"
    app_token: str = field(default_factory=lambda: f"xapp-1-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    can_stream: bool = True
    can_stream_blocks: bool = True
    limits_posts: bool = False
    echoes: bool = False
    resends_after: float = 20.0
    teams: dict[str, Workspace] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    deliveries: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self._advanced = 0.0
        self._sockets: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._acks: dict[str, asyncio.Future[Any]] = {}
        self._urls: dict[str, _Url] = {}
        self._triggers: dict[str, float] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._last_post: dict[str, float] = defaultdict(lambda: -10.0)
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> FakeSlack:
        app = web.Application(client_max_size=4_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{token}", self._response)
        app.router.add_get("/link", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        for gate in self._held.values():
            gate.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for socket in list(self._sockets):
            await socket.close()
        await self._runner.cleanup()

    # The world

    def now(self) -> float:
        """Return the fake's time."""
        return time.time() + self._advanced

    def advance(self, seconds: float) -> None:
        """Let the fake's time pass."""
        self._advanced += seconds

    def team(self, name: str = "") -> Workspace:
        """Return a new workspace in which the app is installed, or one by its id."""
        if name in self.teams:
            return self.teams[name]
        team = Workspace(name or f"T{len(self.teams) + 1:09d}", self.now, self.app, self.scopes)
        self.teams[team.id] = team
        return team

    def bodies(self, team: Workspace) -> Bodies:
        """Return what makes the bodies that Slack sends of this workspace."""
        return Bodies(self, team)

    # What goes wrong

    def fail(self, method: str = "", error: str = "internal_error", **more: Any) -> Fault:
        """Let the next call fail; see `Fault`."""
        fault = Fault(method, error, **more)
        self.faults.append(fault)
        return fault

    def limit(self, method: str, retry_after: int = 1, times: int = 1) -> Fault:
        """Answer 429 with `Retry-After`."""
        more: Body = {"status": 429, "retry_after": retry_after, "times": times}
        return self.fail(method, "ratelimited", **more)

    def hold(self, method: str) -> None:
        """Let every call of a method wait until `release`; it is recorded when it goes on."""
        self._held[method] = asyncio.Event()

    def release(self, method: str) -> None:
        """Let the calls that wait go on."""
        self._held.pop(method).set()

    # What was seen

    def of(self, method: str) -> list[Call]:
        """Return the calls of a method, in order."""
        return [each for each in self.calls if each.method == method]

    async def until(self, is_so: Callable[[], object], seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait until something is so; it is looked at after each call, ack and connection."""
        async with asyncio.timeout(seconds), self._changed:
            while not is_so():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), 0.2)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # Delivering

    async def deliver(self, *bodies: Body, times: int = 1) -> list[Acked]:
        """Deliver bodies over the socket at once, each `times` times; wait for every ack.

        What is not acknowledged, because a socket was lost or within `resends_after` seconds (Slack
        waits for three), is delivered again, as Slack does.
        """
        every = [body for body in bodies for _ in range(times)]
        return list(await asyncio.gather(*(self._deliver(each) for each in every)))

    async def _deliver(self, body: Body) -> Acked:
        started, attempts = time.perf_counter(), 0
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                await self.until(lambda: self._open())
                attempts += 1
                with contextlib.suppress(ConnectionError):
                    payload = await self._send(body, attempts)
                    return Acked(time.perf_counter() - started, payload, attempts)
                await asyncio.sleep(0.01)  # whoever is gone is noticed only by a loop that turns

    async def _send(self, body: Body, attempt: int) -> Any:
        socket = self._open()[-1]
        envelope = secrets.token_hex(16)
        told = {"envelope_id": envelope, "type": kind_of(body), "payload": body}
        told["accepts_response_payload"] = told["type"] != "events_api"
        if told["type"] == "events_api":
            told |= {"retry_attempt": attempt - 1, "retry_reason": "timeout" if attempt > 1 else ""}
        ack = asyncio.get_running_loop().create_future()
        self._acks[envelope] = ack
        self.deliveries += 1
        closed = asyncio.ensure_future(_until_closed(socket))
        try:
            await socket.send_str(json.dumps(told))
            first, patience = asyncio.FIRST_COMPLETED, self.resends_after
            await asyncio.wait({ack, closed}, timeout=patience, return_when=first)
            if not ack.done():
                raise ConnectionError("not acknowledged")
            return ack.result()
        finally:
            closed.cancel()
            self._acks.pop(envelope, None)

    def signed(
        self, body: Body | bytes, at: float | None = None, secret: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        """Return the bytes and headers with which Slack posts a body to a request URL."""
        raw, kind = (body, "application/json") if isinstance(body, bytes) else as_http(body)
        stamp = str(int(self.now() if at is None else at))
        key = (secret or self.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        return raw, {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    def happened(
        self, team: Workspace, channel: Channel, message: Message, subtype: str = ""
    ) -> None:
        """Send the app the events of its own message, if `echoes`."""
        if self.echoes and self._open() and not subtype:
            for body in self.bodies(team).of_message(message):
                self._start(self._deliver(body))

    def _start(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Sockets

    def new_socket_url(self) -> str:
        """Return a URL for one connection."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        base = self.url.replace("http://", "ws://").removesuffix("api/")
        return f"{base}link?ticket={ticket}&app_id={self.app}"

    def _open(self) -> list[web.WebSocketResponse]:
        return [each for each in self._sockets if not _is_lost(each)]

    @property
    def is_connected(self) -> bool:
        """Return whether the app is connected."""
        return bool(self._open())

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does every few hours; `warning` comes before."""
        told = {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
        for socket in self._open():
            await socket.send_str(json.dumps(told))

    def drop(self) -> None:
        """Cut every connection without a word."""
        for socket in self._open():
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(request.query["ticket"])
        if len(self._open()) >= _MOST_CONNECTIONS:
            return web.Response(status=429)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self.connections += 1
        hello: Body = {"type": "hello", "num_connections": len(self._open())}
        hello |= {"debug_info": {"host": "fake"}, "connection_info": {"app_id": self.app}}
        await socket.send_str(json.dumps(hello))
        await self._tell()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._acknowledged(json.loads(message.data))
        finally:
            self._sockets.remove(socket)
            await self._tell()
        return socket

    async def _acknowledged(self, told: Body) -> None:
        ack = self._acks.get(told.get("envelope_id", ""))
        if ack is not None and not ack.done():
            ack.set_result(told.get("payload"))
        await self._tell()

    # The Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = await _given(request)
        if method in self._held:
            await self._held[method].wait()
        fault = self._fault(method, given)
        try:
            if fault and not fault.is_late:
                raise Refused(fault.error, status=fault.status)
            team, body = self._answer(request, method, given)
        except Refused as refused:
            team, body = self._team_of(request, given), refused.body
            status = refused.status
        else:
            status = 200
        if fault and fault.is_late:
            status = fault.status if fault.status != 200 else 500
            body = {"ok": False, "error": fault.error}
        args = {name: value for name, value in given.items() if name != "token"}
        self.calls.append(Call(method, team.id if team else "", args, body, self.now()))
        await self._tell()
        if fault and fault.drops:
            assert request.transport is not None
            request.transport.abort()
        return self._respond(body, status, team, fault.retry_after if fault else 1)

    def _respond(
        self, body: Body, status: int, team: Workspace | None, retry_after: int
    ) -> web.Response:
        headers = {"Date": formatdate(self.now(), usegmt=True)}
        if team is not None:
            headers["x-oauth-scopes"] = ",".join(sorted(team.scopes))
        if status == 429:
            headers["Retry-After"] = str(retry_after)
        return web.json_response(body, status=status, headers=headers)

    def _fault(self, method: str, given: Body) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method in ("", method) and fault.where(given):
                fault.times -= 1
                return fault
        return None

    def _team_of(self, request: web.Request, given: Body) -> Workspace | None:
        token = _token(request, given)
        return next((each for each in self.teams.values() if each.bot_token == token), None)

    def _answer(
        self, request: web.Request, method: str, given: Body
    ) -> tuple[Workspace | None, Body]:
        need(method in METHODS, "unknown_method")
        token = _token(request, given)
        need(token, "not_authed")
        if METHODS[method].is_for_app:
            need(token.startswith("xapp-"), "not_allowed_token_type")
            need(token == self.app_token, "invalid_auth")
            need(request.method == "POST", "insecure_request")
            return None, {"ok": True, "url": self.new_socket_url()}
        need(not token.startswith("xapp-"), "not_allowed_token_type")
        team = self._team_of(request, given)
        need(team is not None, "invalid_auth")
        assert team is not None
        need(not team.is_revoked, "account_inactive")
        if self.limits_posts and method == "chat.postMessage":
            self._pace(f"{team.id} {given.get('channel')}")
        return team, called(self, team, method, given)

    def _pace(self, channel: str) -> None:
        if self.now() - self._last_post[channel] < 1.0:
            raise Refused("ratelimited", status=429)
        self._last_post[channel] = self.now()

    # Secrets of interactions

    def new_trigger(self) -> str:
        """Return a trigger id: once, within three seconds."""
        trigger = f"{secrets.randbelow(10**6)}.{secrets.randbelow(10**7)}.{secrets.token_hex(8)}"
        self._triggers[trigger] = self.now() + 3
        return trigger

    def exchange(self, trigger: str) -> None:
        """Take a trigger id, or refuse it as Slack does."""
        need(trigger in self._triggers, "invalid_trigger_id")
        until = self._triggers[trigger]
        need(until > 0, "exchanged_trigger_id")
        need(self.now() <= until, "expired_trigger_id")
        self._triggers[trigger] = 0

    def new_response_url(
        self, team: Workspace, channel: Channel, user: User, on: Whisper | None = None
    ) -> str:
        """Return a response URL: five times, within thirty minutes."""
        token = secrets.token_urlsafe(16)
        self._urls[token] = _Url(team, channel, user, on, self.now() + 1800)
        return f"{self.url.removesuffix('api/')}response/{token}"

    async def _response(self, request: web.Request) -> web.StreamResponse:
        url = self._urls.get(request.match_info["token"])
        given = json.loads(await request.text())
        fault = self._fault("response_url", given)
        try:
            need(url and self.now() <= url.until, "expired_url")
            assert url is not None
            need(url.left > 0, "used_url")
            if fault:
                raise Refused(fault.error)
            url.left -= 1
            self._respond_to(url, given)
        except Refused as refused:
            status = fault.status if fault and fault.status != 200 else 404
            return web.json_response(refused.body, status=status)
        finally:
            team = url.team.id if url else ""
            self.calls.append(Call("response_url", team, given, {"ok": True}, self.now()))
            await self._tell()
        return web.Response(text="ok")

    def _respond_to(self, url: _Url, given: Body) -> None:
        fields = {"text", "blocks", "response_type", "replace_original", "delete_original"}
        names = fields | {"thread_ts", "unfurl_links", "unfurl_media", "parse", "link_names"}
        need(set(given) <= names, "invalid_payload")
        if url.on is not None and (given.get("replace_original") or given.get("delete_original")):
            url.on.is_replaced = True
            if given.get("delete_original"):
                return
        blocks = check_blocks(given.get("blocks", []))
        need(blocks or given.get("text"), "no_text")
        text, thread = given.get("text", ""), given.get("thread_ts", "")
        if given.get("response_type") == "in_channel":
            ts = url.team.stamp()
            said = Message(url.channel.id, ts, url.team.bot.id, text, thread, blocks, is_ours=True)
            url.channel.messages[ts] = said
            return
        whisper = Whisper(url.channel.id, url.user.id, text, blocks, thread, "response_url")
        whisper.ts = url.team.stamp()
        url.team.whispers.append(whisper)


async def _given(request: web.Request) -> Body:
    given: Body = dict(request.query)
    if request.content_type == "application/json":
        given |= json.loads(await request.text() or "{}")
    else:
        given |= dict(await request.post())
    return given


def _token(request: web.Request, given: Body) -> str:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bearer or str(given.get("token", ""))


def _is_lost(socket: web.WebSocketResponse) -> bool:
    transport = socket._req.transport if socket._req else None
    return socket.closed or transport is None or transport.is_closing()


async def _until_closed(socket: web.WebSocketResponse) -> None:
    while not _is_lost(socket):  # noqa: ASYNC110 - a transport tells nobody
        await asyncio.sleep(0.01)
