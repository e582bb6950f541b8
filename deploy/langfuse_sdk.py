"""The client of a Langfuse: the only file that knows its SDK, and OpenTelemetry's below it.

Its SDK would go to its maker's cloud without an address, through a proxy that the environment
names, and make itself the tracer of the whole process: here it gets an address, a session and a
provider of our own. Spans leave in a thread of the SDK's, from a queue that holds 2,048 and then
drops the oldest; what Langfuse does not take in a few seconds is lost. Nobody waits for either.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import requests
from langfuse import Langfuse, propagate_attributes
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from assistant.traces import Telling

SECONDS: Final = 5
_PATH: Final = "/api/public/otel/v1/traces"
_LONGEST_TEXT: Final = 50_000
_BATCH: Final = 256
_EVERY_SECONDS: Final = 2.0

Kind = Literal["span", "retriever", "generation", "guardrail"]
_KINDS: Final[dict[str, Kind]] = {
    "retrieve": "retriever",
    "complete": "generation",
    "verify": "guardrail",
}

_KNOWN_BY: Final[ContextVar[str]] = ContextVar("known_by", default="")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Taken:
    """How Langfuse took what it was sent: spans taken and lost, and what it said last."""

    spans: int = 0
    lost: int = 0
    status: int | None = None
    is_failing: bool = False

    @property
    def said(self) -> str:
        """Return what it said last."""
        return f"HTTP {self.status}" if self.status else "no answer"


class LangfuseTracer:
    """One project of one Langfuse, once for a process: the SDK keeps one client for a key."""

    def __init__(
        self,
        url: str,
        public_key: str,
        secret_key: str,
        *,
        ca_file: Path | None = None,
        seconds: int = SECONDS,
    ) -> None:
        """Connect to nothing yet; a batch is lost that is not taken within `seconds`."""
        for name in ("langfuse", "opentelemetry"):  # told in a line of our own, once
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self.taken = Taken()
        exporter = OTLPSpanExporter(
            endpoint=url + _PATH,
            headers=_headers(public_key, secret_key),
            certificate_file=str(ca_file) if ca_file else None,
            timeout=seconds,
            compression=Compression.Gzip,
            session=_session(self.taken),
        )
        self._provider = _provider()
        self._http = httpx.Client(trust_env=False, timeout=seconds)
        self._client = Langfuse(
            public_key=public_key,
            secret_key=secret_key,
            base_url=url,
            environment="default",
            release=version("pincite"),
            timeout=seconds,
            flush_at=_BATCH,
            flush_interval=_EVERY_SECONDS,
            sample_rate=1.0,
            httpx_client=self._http,
            tracer_provider=self._provider,
            span_exporter=_Watched(exporter, self.taken),
        )

    def begin(self, name: str, user: str, session: str, known_by: str = "") -> Observation:
        """Return the span of a whole trace, which begins now; a score finds it by `known_by`."""
        within = propagate_attributes(user_id=user, session_id=session or None, trace_name=name)
        with _named(known_by), within:
            return Observation(self._client.start_observation(name=name), user, name)

    def score(self, known_by: str, name: str, *, is_so: bool, comment: str) -> None:
        """Add to a trace whether something is so of it, in the place of what was said before."""
        trace = Langfuse.create_trace_id(seed=known_by)
        self._client.create_score(
            name=name,
            value=float(is_so),
            data_type="BOOLEAN",
            trace_id=trace,
            score_id=f"{trace}-{name}",
            comment=comment or None,
        )

    def flush(self) -> None:
        """Send what waits; blocks for seconds if Langfuse is slow."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what waits and end every thread; blocks for seconds if Langfuse is slow."""
        self._client.shutdown()
        self._provider.shutdown()
        self._http.close()


class Observation:
    """A span as Langfuse has it."""

    def __init__(self, own: Any, user: str, trace: str) -> None:
        self._own = own
        self._user = user
        self._trace = trace

    def begin(self, name: str, session: str) -> Observation:
        """Return a span within this one that begins now."""
        with propagate_attributes(
            user_id=self._user, session_id=session or None, trace_name=self._trace
        ):
            kind = _KINDS.get(name, "span")
            return Observation(
                self._own.start_observation(name=name, as_type=kind), self._user, self._trace
            )

    def tell(self, telling: Telling) -> None:
        """Add what is told of it; what is empty changes nothing."""
        usage = telling.usage
        told = {
            "metadata": dict(telling.figures),
            "input": telling.given,
            "output": telling.made,
            "model": telling.model,
            "completion_start_time": telling.spoke_at,
            "usage_details": usage
            and {
                "input": usage.prompt - usage.cached,
                "input_cached_tokens": usage.cached,
                "output": usage.answer,
            },
        }
        self._own.update(**{name: value for name, value in told.items() if value})

    def end(self, failed: str = "") -> None:
        """End it now; `failed` is the class of what went wrong."""
        if failed:
            self._own.update(level="ERROR", status_message=failed)
        self._own.end()


class _Watched(SpanExporter):
    """Counts what is taken, and says once when that begins to fail, and when it ends."""

    def __init__(self, exporter: SpanExporter, taken: Taken) -> None:
        self._exporter = exporter
        self._taken = taken

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; what is not taken is lost."""
        self._taken.status = None
        result = self._exporter.export(spans)
        is_lost = result is not SpanExportResult.SUCCESS
        if is_lost:
            self._taken.lost += len(spans)
        else:
            self._taken.spans += len(spans)
        if is_lost is not self._taken.is_failing:
            self._taken.is_failing = is_lost
            if is_lost:
                _log.warning("Langfuse takes no traces: %s.", self._taken.said)
            else:
                _log.warning("Langfuse takes traces again; %d spans are lost.", self._taken.lost)
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()


class _Ids(RandomIdGenerator):
    """Gives a trace that has to be found again an id that is made of what it is known by."""

    def generate_trace_id(self) -> int:
        """Return the id of a trace that begins."""
        known_by = _KNOWN_BY.get()
        if not known_by:
            return super().generate_trace_id()
        return int(Langfuse.create_trace_id(seed=known_by), 16)


@contextmanager
def _named(known_by: str) -> Iterator[None]:
    """Have a trace that begins in this block be known by something, if it is not ""."""
    token = _KNOWN_BY.set(known_by)
    try:
        yield
    finally:
        _KNOWN_BY.reset(token)


def _provider() -> TracerProvider:
    """Return a provider that takes nothing from the environment and nobody else traces with."""
    return TracerProvider(
        sampler=ALWAYS_ON,
        id_generator=_Ids(),
        resource=Resource({"service.name": "pincite", "service.version": version("pincite")}),
        shutdown_on_exit=False,
        span_limits=SpanLimits(max_span_attribute_length=_LONGEST_TEXT),
    )


def _session(taken: Taken) -> requests.Session:
    """Return a session that knows no proxy, no `.netrc` and no redirect."""

    def note(response: requests.Response, *_: object, **__: object) -> None:
        taken.status = response.status_code
        if 300 <= response.status_code < 400:
            response.close()
            raise requests.TooManyRedirects("It is elsewhere.")

    session = requests.Session()
    session.trust_env = False
    session.hooks["response"].append(note)
    return session


def _headers(public_key: str, secret_key: str) -> dict[str, str]:
    """Return what the SDK would send with its own exporter."""
    told = base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()
    return {
        "Authorization": f"Basic {told}",
        "x-langfuse-sdk-name": "python",
        "x-langfuse-sdk-version": version("langfuse"),
        "x-langfuse-public-key": public_key,
        "x-langfuse-ingestion-version": "4",
    }
