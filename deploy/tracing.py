"""Traces of answers, if LANGFUSE_URL says where to: opened, closed and examined.

Without it nothing of Langfuse is imported. A Langfuse that is slow or gone is waited for when the
program ends, for a few seconds, and never before.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
import ssl
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.metrics import Metrics
from assistant.traces import Telling, Traces
from assistant.watching import Unwatched, Watching
from deploy.settings import Settings
from deploy.terminal import err
from retrieval.errors import BadRequest, Damaged, Unavailable

if TYPE_CHECKING:
    from deploy.langfuse_sdk import LangfuseTracer

LOUD: Final = (
    "TRACES_TEXT is on: the words of questions, sources and answers go to {url}, where whoever "
    "can look reads them, whatever their rights are here."
)
_LAST_SECONDS: Final = 3.0
_EXAMINED_SECONDS: Final = 15.0
_KEY_BYTES: Final = 32


@asynccontextmanager
async def open_traces(settings: Settings, metrics: Metrics) -> AsyncGenerator[Watching, None]:
    """Lend who traces answers while the block runs; nobody if LANGFUSE_URL is empty.

    Raises:
        BadRequest: LANGFUSE_CA_FILE has no certificates.
        Damaged: the key of pseudonyms is not one.
    """
    if not settings.langfuse_url:
        yield Unwatched()
        return
    key = await asyncio.to_thread(_key_in, settings.home)
    tracer = await asyncio.to_thread(_tracer_of, settings)
    taken = tracer.taken
    metrics.watch_traces(lambda: taken.spans, lambda: taken.lost)
    try:
        yield Traces(tracer, pseudonyms(key), has_words=settings.traces_text)
    finally:
        await _within(_LAST_SECONDS, tracer.close)


def say_loudly(settings: Settings) -> None:
    """Say on standard error that words leave, if they do."""
    if loud := _loud(settings):
        err.print(loud, style="bold red", markup=False)


async def examine_traces(settings: Settings) -> str:
    """Send a span and return what came back, for the doctor.

    Raises:
        Unavailable: Langfuse did not take it.
        BadRequest: LANGFUSE_CA_FILE has no certificates.
    """
    if not settings.langfuse_url:
        return "none: nothing is traced"
    tracer = await asyncio.to_thread(_tracer_of, settings)
    span = tracer.begin("doctor", "", "")
    span.tell(Telling({"channel": "doctor"}))
    span.end()
    await _within(_EXAMINED_SECONDS, tracer.flush)
    taken = tracer.taken
    await _within(_LAST_SECONDS, tracer.close)
    if not taken.spans:
        raise Unavailable(
            f"Expected Langfuse at {settings.langfuse_url} to take a span, got {taken.said}. Check "
            "that it runs, LANGFUSE_URL, LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY. Until then "
            "answers are not traced, and otherwise the same."
        )
    told = f"Langfuse at {settings.langfuse_url} took a span ({taken.said})"
    return f"Note: {told}. {loud}" if (loud := _loud(settings)) else f"{told}; ids and figures go"


def pseudonyms(key: bytes) -> Callable[[str, str], str]:
    """Return what makes a pseudonym of a kind and a name: 32 hex digits, keyed."""

    def pseudonym(kind: str, name: str) -> str:
        told = f"{kind}\0{name}".encode(errors="surrogatepass")
        return hmac.new(key, told, hashlib.sha256).hexdigest()[:32]

    return pseudonym


def _loud(settings: Settings) -> str:
    has_words = settings.langfuse_url and settings.traces_text
    return LOUD.format(url=settings.langfuse_url) if has_words else ""


def _tracer_of(settings: Settings) -> LangfuseTracer:
    """Return the tracer; its SDK takes a second to import."""
    _check_certificates(settings.langfuse_ca_file)
    from deploy.langfuse_sdk import LangfuseTracer

    return LangfuseTracer(
        settings.langfuse_url,
        settings.langfuse_public_key.get_secret_value(),
        settings.langfuse_secret_key.get_secret_value(),
        ca_file=settings.langfuse_ca_file,
    )


def _check_certificates(path: Path | None) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        raise BadRequest(
            f"Expected certificates in {path}, got: {error}. Correct LANGFUSE_CA_FILE."
        ) from error


def _key_in(home: Path) -> bytes:
    """Return the key of pseudonyms, made if there is none; two processes get the same."""
    path = home / "traces.key"
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=home, prefix="traces.") as made:
            made.write(secrets.token_bytes(_KEY_BYTES))
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, path)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise Damaged(
            f"Expected {_KEY_BYTES} bytes in {path}, got {len(key)}. Restore it from a backup, or "
            "delete it: then people and conversations get new pseudonyms in traces."
        )
    return key


async def _within(seconds: float, work: Callable[[], None]) -> None:
    """Do what may block in a thread of its own, and wait for it no longer than that.

    The thread is nobody's to join: a program that ends leaves it behind.
    """
    done, loop = asyncio.Event(), asyncio.get_running_loop()

    def run() -> None:
        try:
            work()
        finally:
            with suppress(RuntimeError):  # the loop ended first
                loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="traces", daemon=True).start()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await done.wait()
