"""A stand-in for Langfuse: a real HTTP server on loopback that decodes the spans it is sent.

    with receiving() as langfuse:
        ...trace to `langfuse.url`...
        [question] = langfuse.wait_for("question")
        assert question.metadata["outcome"] == "answered"

`langfuse.does(Manner.SLOW)` makes it misbehave. `raw` is every byte that arrived, unpacked.
"""

from __future__ import annotations

import gzip
import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

PUBLIC_KEY, SECRET_KEY = "pk-lf-test", "sk-lf-secret"
_WAITS_SECONDS = 120.0
_TAKEN = ExportTraceServiceResponse().SerializeToString()


class Manner(Enum):
    """How it answers."""

    TAKES = auto()
    FAILS = auto()
    IS_BUSY = auto()
    FORBIDS = auto()
    SENDS_AWAY = auto()
    HANGS = auto()
    CLOSES = auto()
    DRIPS = auto()


@dataclass(frozen=True, slots=True)
class Arrived:
    """One span as it arrived."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: Mapping[str, Any]
    seconds: float
    is_error: bool
    status: str
    scope: Mapping[str, Any]
    resource: Mapping[str, Any]
    events: int

    @property
    def metadata(self) -> dict[str, Any]:
        """Return its metadata, decoded as Langfuse does for this SDK."""
        own = "langfuse.observation.metadata."
        return {
            name.removeprefix(own): json.loads(value)
            for name, value in self.attributes.items()
            if name.startswith(own)
        }

    def of(self, name: str) -> Any:
        """Return an attribute of the observation."""
        return self.attributes.get(f"langfuse.observation.{name}")


@dataclass(slots=True)
class Received:
    """What arrived, and how the next requests are answered."""

    url: str = ""
    manner: Manner = Manner.TAKES
    elsewhere: str = ""
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: bytes = b""
    spans: list[Arrived] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    ends: threading.Event = field(default_factory=threading.Event)

    def does(self, manner: Manner) -> None:
        """Answer like that from now on."""
        self.manner = manner

    def named(self, name: str) -> list[Arrived]:
        """Return the spans of a name, in the order in which they arrived."""
        return [each for each in self.spans if each.name == name]

    def wait_for(self, name: str, count: int = 1) -> list[Arrived]:
        """Return the spans of a name once there are so many."""
        until = time.monotonic() + _WAITS_SECONDS
        with self.news:
            while len(self.named(name)) < count:
                assert self.news.wait(max(0, until - time.monotonic())), f"no span {name} came"
        return self.named(name)

    def wait_scores(self, count: int) -> list[dict[str, Any]]:
        """Return the scores once there are so many."""
        until = time.monotonic() + _WAITS_SECONDS
        with self.news:
            while len(self.scores) < count:
                assert self.news.wait(max(0, until - time.monotonic())), "no score came"
        return self.scores

    def wait_requests(self, count: int) -> None:
        """Return once so many requests came."""
        until = time.monotonic() + _WAITS_SECONDS
        with self.news:
            while len(self.paths) < count:
                assert self.news.wait(max(0, until - time.monotonic())), "no request came"


@contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Received]:
    """Run one while the block runs; over TLS with a certificate and its key in one file."""
    received = Received()

    class Handler(_Handler):
        own = received

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        received.url = f"http://127.0.0.1:{server.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            received.url = received.url.replace("http:", "https:")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield received
        finally:
            received.ends.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    own: Received
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        own = self.own
        if own.manner is Manner.CLOSES:
            self.rfile.read(10)
            self._note(b"")
            self.connection.close()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self._note(body)
        with suppress(OSError):
            self._answer()

    do_GET = do_POST

    def _answer(self) -> None:
        match self.own.manner:
            case Manner.HANGS:
                self.own.ends.wait()
                self.close_connection = True
            case Manner.DRIPS:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while not self.own.ends.wait(0.05):
                    self.wfile.write(b"X-Drop: 1\r\n")
            case Manner.SENDS_AWAY:
                self._say(307, Location=self.own.elsewhere)
            case Manner.TAKES if self.path.endswith("/scores"):
                self._say(201, b"[]", "application/json")
            case manner:
                self._say(
                    {Manner.FAILS: 500, Manner.IS_BUSY: 503, Manner.FORBIDS: 401}.get(manner, 200)
                )

    def _say(
        self,
        status: int,
        reply: bytes = _TAKEN,
        kind: str = "application/x-protobuf",
        **headers: str,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(reply)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply)

    def _note(self, body: bytes) -> None:
        own = self.own
        with own.news:
            own.paths.append(self.path)
            own.headers.append({name.lower(): value for name, value in self.headers.items()})
            own.raw += body
            if own.manner is Manner.TAKES and self.path.endswith("/scores"):
                own.scores += json.loads(body)
            elif own.manner is Manner.TAKES:
                own.spans += _decoded(body)
            own.news.notify_all()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _decoded(body: bytes) -> Iterator[Arrived]:
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Arrived(
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    attributes=_values(span.attributes),
                    seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                    is_error=span.status.code == span.status.STATUS_CODE_ERROR,
                    status=span.status.message,
                    scope=_values(scope.scope.attributes),
                    resource=_values(resource.resource.attributes),
                    events=_events(span),
                )


def _events(span: ProtoSpan) -> int:
    return len(span.events) + len(span.links)


def _values(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> Any:
    value: AnyValue = pair.value
    return getattr(value, value.WhichOneof("value") or "string_value")
