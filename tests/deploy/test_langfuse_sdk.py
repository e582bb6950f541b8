"""What Langfuse's SDK really sends, decoded on the other end of a real connection."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from opentelemetry import trace as opentelemetry

from assistant.completion import Usage
from assistant.traces import Telling
from deploy import tracing
from deploy.langfuse_sdk import LangfuseTracer, Observation
from deploy.quiet import SWITCHES
from tests.assistant.test_traces import CANARY, SAID, World, asking
from tests.langfuse import SECRET_KEY, Manner, Received, receiving

UNTAKEN = [each for each in Manner if each is not Manner.TAKES]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the switches that the program sets; libraries' loggers are as before afterwards."""
    for name, value in SWITCHES.items():
        monkeypatch.setenv(name, value)
    levels = {name: logging.getLogger(name).level for name in ("langfuse", "opentelemetry")}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@contextmanager
def tracing_to(
    url: str, *, ca_file: Path | None = None, seconds: int = 1
) -> Iterator[LangfuseTracer]:
    """Lend a tracer; its key is its own, because the SDK keeps one client for each.

    It has ended when the block has: a thread that went on would try again while others' tests run.
    """
    key = f"pk-lf-{secrets.token_hex(4)}"
    tracer = LangfuseTracer(url, key, SECRET_KEY, ca_file=ca_file, seconds=seconds)
    try:
        yield tracer
    finally:
        thread = threading.Thread(target=tracer.close, daemon=True)
        thread.start()
        thread.join(120)
        assert not thread.is_alive()


def traced(tracer: LangfuseTracer) -> Observation:
    """Trace a question with a completion, and return what is still open of it."""
    root = tracer.begin("question", "user", "conversation")
    complete = root.begin("complete", "conversation")
    spoke_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    complete.tell(Telling({"first_word_seconds": 0.25}, "Some-8B", spoke_at))
    complete.tell(Telling(usage=Usage(prompt=900, cached=700, answer=40)))
    complete.end("ModelFailed")
    root.tell(Telling({"outcome": "answered", "faults": {"date": 2}, "carried": False, "cited": 0}))
    return root


def test_a_generation_arrives_with_model_tokens_and_first_word() -> None:
    with receiving() as langfuse:
        with tracing_to(langfuse.url) as tracer:
            traced(tracer).end()
        [root], [complete] = langfuse.named("question"), langfuse.named("complete")
    assert (complete.trace_id, complete.parent_id) == (root.trace_id, root.span_id)
    assert root.parent_id == ""
    assert complete.of("type") == "generation"
    assert complete.of("model.name") == "Some-8B"
    usage = {"input": 200, "input_cached_tokens": 700, "output": 40}
    assert json.loads(complete.of("usage_details")) == usage
    assert "2026-01-02T03:04:05" in complete.of("completion_start_time")
    assert (complete.is_error, complete.status) == (True, "ModelFailed")
    assert (complete.of("level"), complete.of("status_message")) == ("ERROR", "ModelFailed")
    told = {"outcome": "answered", "faults": {"date": 2}, "carried": False, "cited": 0}
    assert root.metadata == told
    for each in (root, complete):
        assert each.attributes["user.id"] == "user"
        assert each.attributes["session.id"] == "conversation"
        assert each.attributes["langfuse.trace.name"] == "question"
        assert each.resource["service.name"] == "pincite"
        assert each.events == 0


def test_a_score_finds_its_trace_and_replaces_what_was_said_before() -> None:
    with receiving() as langfuse:
        with tracing_to(langfuse.url) as tracer:
            tracer.begin("question", "user", "", "this one").end()
            tracer.begin("question", "user", "").end()
            tracer.score("this one", "helpful", is_so=False, comment="wrong")
            tracer.score("this one", "helpful", is_so=True, comment="")
        known, other = langfuse.named("question")
        first, second = langfuse.wait_scores(2)
    assert first["traceId"] == second["traceId"] == known.trace_id != other.trace_id
    assert known.parent_id == ""
    assert first["id"] == second["id"]
    assert (first["name"], first["value"], first["dataType"]) == ("helpful", 0.0, "BOOLEAN")
    assert (first["comment"], second["value"]) == ("wrong", 1.0)
    assert "comment" not in second


def test_it_is_sent_to_the_address_with_the_keys_and_nothing_else() -> None:
    with receiving() as langfuse:
        with tracing_to(langfuse.url) as tracer:
            traced(tracer).end()
        assert set(langfuse.paths) == {"/api/public/otel/v1/traces"}
        [headers] = langfuse.headers
    public, secret = base64.b64decode(headers["authorization"].split()[1]).decode().split(":")
    assert (public[:6], secret) == ("pk-lf-", SECRET_KEY)
    assert headers["x-langfuse-ingestion-version"] == "4"
    assert not {"baggage", "traceparent", "tracestate", "cookie"} & headers.keys()


def test_the_tracer_of_the_process_stays_its_own() -> None:
    before = opentelemetry.get_tracer_provider()
    with receiving() as langfuse, tracing_to(langfuse.url):
        assert opentelemetry.get_tracer_provider() is before


def test_the_environment_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as elsewhere, receiving() as langfuse:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, elsewhere.url)
        for name in ("LANGFUSE_HOST", "LANGFUSE_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"):
            monkeypatch.setenv(name, elsewhere.url)
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "host.name=zq7canary")
        monkeypatch.setenv("GIT_COMMIT", "zq7canary")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with tracing_to(langfuse.url) as tracer:
            traced(tracer).end()
        assert langfuse.named("question")
        assert elsewhere.paths == []
        assert b"zq7canary" not in langfuse.raw


def test_a_redirect_is_not_followed_and_counts_as_lost() -> None:
    with receiving() as elsewhere, receiving() as langfuse:
        langfuse.elsewhere = f"{elsewhere.url}/api/public/otel/v1/traces"
        langfuse.does(Manner.SENDS_AWAY)
        with tracing_to(langfuse.url) as tracer:
            traced(tracer).end()
        assert elsewhere.paths == []
        assert (tracer.taken.spans, tracer.taken.lost, tracer.taken.said) == (0, 2, "HTTP 307")


def test_a_private_authority_is_believed_if_it_is_named_and_no_other_is(tmp_path: Path) -> None:
    certificate = certified(tmp_path / "langfuse.pem")
    with receiving(certificate) as langfuse:
        with tracing_to(langfuse.url, ca_file=certificate, seconds=10) as tracer:
            traced(tracer).end()
        assert tracer.taken.spans == 2
        with tracing_to(langfuse.url) as stranger:
            traced(stranger).end()
        assert (stranger.taken.spans, stranger.taken.said) == (0, "no answer")
        assert len(langfuse.named("question")) == 1


def certified(path: Path) -> Path:
    """Write a certificate for loopback, signed by itself, with its key; return the path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "langfuse")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(1))
        .not_valid_after(today + timedelta(1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_words_with_a_picture_in_them_stay_words_and_go_nowhere_else() -> None:
    picture = "data:image/png;base64,aGVsbG8="
    with receiving() as langfuse:
        with tracing_to(langfuse.url) as tracer:
            root = tracer.begin("question", "user", "")
            root.tell(Telling(given=picture, made=json.dumps([picture])))
            root.end()
        assert set(langfuse.paths) == {"/api/public/otel/v1/traces"}


@pytest.mark.parametrize("manner", UNTAKEN, ids=lambda each: each.name)
def test_a_langfuse_that_does_not_take_them_keeps_nobody_waiting(manner: Manner) -> None:
    with receiving() as langfuse:
        langfuse.elsewhere = langfuse.url
        langfuse.does(manner)
        with tracing_to(langfuse.url) as tracer:
            for _ in range(5):
                traced(tracer).end()
            sending = threading.Thread(target=tracer.flush, daemon=True)
            sending.start()
            langfuse.wait_requests(1)
            for _ in range(200):
                traced(tracer).end()
            langfuse.ends.set()
    assert tracer.taken.spans == 0


@pytest.mark.parametrize("manner", UNTAKEN, ids=lambda each: each.name)
async def test_answers_come_as_ever_while_langfuse_is_ill(manner: Manner) -> None:
    sound = [each async for each in World(SAID).measured.stream(asking())]
    with receiving() as langfuse:
        langfuse.elsewhere = langfuse.url
        langfuse.does(manner)
        with tracing_to(langfuse.url) as tracer:
            tracer.begin("first", "", "").end()
            threading.Thread(target=tracer.flush, daemon=True).start()
            await asyncio.to_thread(langfuse.wait_requests, 1)
            for _ in range(20):
                world = World(SAID, tracer=tracer)
                told = [each async for each in world.measured.stream(asking())]
                assert list(map(type, told)) == list(map(type, sound))
            if manner is Manner.HANGS:
                assert len(langfuse.paths) == 1  # all of it while the first is unanswered
            langfuse.ends.set()
    assert tracer.taken.spans == 0


async def test_what_a_whole_question_sends_has_no_word_and_each_span_its_trace() -> None:
    with receiving() as langfuse:
        with tracing_to(langfuse.url) as tracer:
            world = World(SAID, f"False, {CANARY}. [1.1]", tracer=tracer)
            assert await world.told(conversation=CANARY)
            await asyncio.to_thread(tracer.flush)
        [question] = langfuse.named("question")
        assert CANARY.encode() not in langfuse.raw
    assert {each.parent_id for each in langfuse.spans} == {"", question.span_id}
    kinds = {each.name: each.of("type") for each in langfuse.spans}
    assert kinds == {
        "question": "span",
        "retrieve": "retriever",
        "compose": "span",
        "complete": "generation",
        "verify": "guardrail",
        "record": "span",
    }


def test_what_waits_is_bounded() -> None:
    with receiving() as langfuse:
        langfuse.does(Manner.HANGS)
        with tracing_to(langfuse.url, seconds=60) as tracer:
            traced(tracer).end()
            threading.Thread(target=tracer.flush, daemon=True).start()
            langfuse.wait_requests(1)
            for _ in range(1100):
                traced(tracer).end()
            assert _waiting(tracer) == 2048
            langfuse.does(Manner.TAKES)
            langfuse.ends.set()


def _waiting(tracer: LangfuseTracer) -> int:
    """Return how many spans wait in the SDK, which does not tell."""
    [processor] = tracer._provider._active_span_processor._span_processors
    return len(processor._batch_processor._queue)  # type: ignore[attr-defined]


def test_it_is_said_once_that_traces_are_lost_and_once_that_they_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as langfuse, tracing_to(langfuse.url) as tracer:
        for manner in (Manner.FAILS, Manner.FORBIDS, Manner.TAKES, Manner.TAKES):
            langfuse.does(manner)
            traced(tracer).end()
            tracer.flush()
    said = [each.getMessage() for each in caplog.records if "urllib3" not in each.name]
    assert said == [
        "Langfuse takes no traces: HTTP 500.",
        "Langfuse takes traces again; 4 spans are lost.",
    ]


def test_a_port_where_nobody_listens_loses_traces_and_nothing_else() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with tracing_to(f"http://127.0.0.1:{free.getsockname()[1]}") as tracer:
            traced(tracer).end()
            tracer.flush()
    assert (tracer.taken.spans, tracer.taken.lost, tracer.taken.said) == (0, 2, "no answer")


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.DRIPS], ids=lambda each: each.name)
async def test_closing_does_not_wait_for_long(
    manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_LAST_SECONDS", 0.2)
    with receiving() as langfuse:
        langfuse.does(manner)
        await asyncio.wait_for(_opened_and_closed(langfuse), 120)
        langfuse.ends.set()
        for left in (each for each in threading.enumerate() if each.name == "traces"):
            await asyncio.to_thread(left.join, 60)


async def _opened_and_closed(langfuse: Received) -> None:
    tracer = LangfuseTracer(langfuse.url, f"pk-lf-{secrets.token_hex(4)}", SECRET_KEY, seconds=1)
    traced(tracer).end()
    await tracing._within(tracing._LAST_SECONDS, tracer.close)
