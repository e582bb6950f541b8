"""Traces of the program as it runs: to its own Langfuse, without a word, and in nobody's way."""

from __future__ import annotations

import json
import secrets
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.metrics import Metrics
from deploy.settings import Settings, SettingsError, read_settings
from deploy.tracing import examine_traces, open_traces, pseudonyms
from retrieval.errors import BadRequest, Damaged, Unavailable
from tests.assistant.figures import figure_in
from tests.deploy.homes import Home
from tests.deploy.test_serving import served
from tests.deploy.test_writing import Citing
from tests.langfuse import PUBLIC_KEY, SECRET_KEY, Manner, Received, receiving
from tests.models import running

CANARY = "zq7canary"
NOTICE = f"How many days of notice end the {CANARY} agreement?"
TEXT = f"Either party may end this {CANARY} agreement with a notice of ninety days."
WATCHED = """
import atexit, json, sys
from tests.deploy.command_line import main
seen = {"imported": [], "reached": [], "looked up": []}
def look(event, given):
    if event == "socket.connect" and isinstance(given[1], tuple):
        seen["reached"].append(given[1][1])
    if event == "socket.getaddrinfo":
        seen["looked up"].append(given[0])
def tell():
    own = ("langfuse", "opentelemetry.sdk", "opentelemetry.exporter")
    seen["imported"] = [each for each in own if each in sys.modules]
    print(json.dumps(seen))
sys.addaudithook(look)
atexit.register(tell)
main()
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home whose document, source and owner have the canary."""
    top = tmp_path_factory.mktemp("traced")
    papers = top / f"{CANARY}-papers"
    papers.mkdir()
    (papers / f"{CANARY}.txt").write_text(f"The {CANARY} agreement\n\n{TEXT}\n")
    home = Home(top / "home", settings={"PINCITE_USER": f"{CANARY}.ann"})
    assert home.run("add", papers.name).code == 0
    return home


def traced(home: Home, langfuse: Received, model: str = "", **more: str) -> Home:
    own = {
        "LANGFUSE_URL": langfuse.url,
        "LANGFUSE_PUBLIC_KEY": PUBLIC_KEY,
        "LANGFUSE_SECRET_KEY": SECRET_KEY,
    }
    if model:
        own |= {"MODEL_URL": model, "MODEL_NAME": "Some-8B", "MODEL_FIRST_WORD_SECONDS": "30"}
    return replace(home, settings={**home.settings, **own, **more})


def asked(home: Home) -> Any:
    done = home.run("ask", NOTICE, "--json")
    assert done.code == 0, done.err
    return done.json


@pytest.mark.slow
def test_a_question_arrives_as_a_trace_and_not_a_word_of_it(filled: Home) -> None:
    with running(Citing((TEXT, "ninety days"))) as model, receiving() as langfuse:
        reply = asked(traced(filled, langfuse, model.url))
        [question] = langfuse.wait_for("question")
        sent = [each.headers for each in model.received]
    assert reply["mode"] == "model"
    steps = {"retrieve", "compose", "complete", "verify", "record"}
    assert steps == {each.name for each in langfuse.spans} - {"question"}
    assert {each.trace_id for each in langfuse.spans} == {question.trace_id}
    assert question.metadata["outcome"] == "answered"
    assert question.metadata["checked"] == 1
    [complete] = langfuse.named("complete")
    assert complete.of("model.name") == "Some-8B, not registered"
    assert json.loads(complete.of("usage_details"))["output"] > 0
    assert complete.of("completion_start_time")
    arrived = repr((langfuse.paths, langfuse.headers, langfuse.spans)).encode() + langfuse.raw
    assert CANARY.encode() not in arrived
    for word in ("notice", "ninety", "Either party", "agreement"):
        assert word.encode() not in langfuse.raw
    assert all(not {"baggage", "traceparent"} & each.keys() for each in sent)
    key = (filled.folder / "traces.key").read_bytes()
    assert question.attributes["user.id"] == pseudonyms(key)("user", f"{CANARY}.ann")
    events = filled.run("audit", "export", "--json").json["events"]
    [entry] = [each for each in events if each["number"] == question.metadata["entry"]]
    assert (entry["act"], entry["words"]["question"]) == ("ask", NOTICE)


@pytest.mark.slow
def test_words_go_where_they_are_allowed_and_that_is_said(filled: Home) -> None:
    with running(Citing((TEXT, "ninety days"))) as model, receiving() as langfuse:
        home = traced(filled, langfuse, model.url, TRACES_TEXT="yes")
        with served(home) as server:
            server.wait_for("/readyz", 120)
            httpx.post(f"{server.url}/api/ask", json={"question": NOTICE}, timeout=120)
            [question] = langfuse.wait_for("question")
            _, _, said = server.stop(signal.SIGTERM)
    assert question.of("input") == NOTICE
    assert question.of("output") == TEXT
    assert TEXT in langfuse.named("retrieve")[0].of("output")
    assert NOTICE in langfuse.named("complete")[0].of("input")
    assert "TRACES_TEXT is on" in said
    assert langfuse.url in said


@pytest.mark.slow
def test_a_server_answers_and_stops_while_langfuse_hangs(filled: Home) -> None:
    with receiving() as langfuse, served(traced(filled, langfuse)) as server:
        langfuse.does(Manner.HANGS)
        server.wait_for("/readyz", 120)
        for _ in range(2):
            told = httpx.post(f"{server.url}/api/ask", json={"question": NOTICE}, timeout=60)
            assert told.json()["outcome"] == "answer"
            langfuse.wait_requests(1)
        told_of = httpx.get(f"{server.url}/metrics", timeout=120).text
        assert figure_in(told_of, "spans_taken_total") == 0
        code, _, _ = server.stop(signal.SIGTERM)
        assert langfuse.spans == []
    assert code == 0


@pytest.mark.slow
def test_without_an_address_nothing_of_it_is_imported_or_reached(filled: Home) -> None:
    assert watched(filled) == {"imported": [], "reached": [], "looked up": []}


@pytest.mark.slow
def test_with_an_address_nothing_else_is_reached(filled: Home) -> None:
    with receiving() as langfuse:
        seen = watched(traced(filled, langfuse))
        assert langfuse.named("question")
    assert set(seen["reached"]) == {int(langfuse.url.rpartition(":")[2])}
    assert set(seen["looked up"]) <= {"127.0.0.1"}
    assert "langfuse" in seen["imported"]


def watched(home: Home) -> dict[str, Any]:
    """Ask in a process that notes what it imports and whom it speaks to."""
    done = replace(home, program=("-c", WATCHED)).run("ask", NOTICE)
    assert done.code == 0, done.err
    seen: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return seen


@pytest.mark.slow
def test_the_doctor_sends_a_real_span(filled: Home) -> None:
    with receiving() as langfuse:
        doctor = traced(filled, langfuse).run("doctor", "--json").json
        assert langfuse.named("doctor")
    [found] = [each for each in doctor["findings"] if each["part"] == "traces"]
    assert found["state"] == "sound"
    assert "took a span (HTTP 200); ids and figures go" in found["found"]


@pytest.mark.parametrize(
    ("manner", "told"),
    [
        (Manner.FORBIDS, "got HTTP 401. Check that it runs, LANGFUSE_URL"),
        (Manner.SENDS_AWAY, "got HTTP 307"),
        (Manner.CLOSES, "got no answer"),
    ],
    ids=lambda each: each.name if isinstance(each, Manner) else "",
)
async def test_the_doctor_says_what_came_back(tmp_path: Path, manner: Manner, told: str) -> None:
    with receiving() as langfuse:
        langfuse.elsewhere = langfuse.url
        langfuse.does(manner)
        with pytest.raises(Unavailable) as caught:
            await examine_traces(settings_of(tmp_path, langfuse.url))
    assert told in str(caught.value)
    assert SECRET_KEY not in str(caught.value)


async def test_the_doctor_says_loudly_that_words_leave(tmp_path: Path) -> None:
    with receiving() as langfuse:
        found = await examine_traces(settings_of(tmp_path, langfuse.url, TRACES_TEXT="yes"))
    assert found.startswith("Note: ")
    assert "the words of questions, sources and answers go to" in found


async def test_without_an_address_the_doctor_sends_nothing(tmp_path: Path) -> None:
    settings = read_settings({"PINCITE_HOME": str(tmp_path)})
    assert await examine_traces(settings) == "none: nothing is traced"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"LANGFUSE_URL": "http://127.0.0.1:1"}, "LANGFUSE_PUBLIC_KEY: expected a value"),
        ({"LANGFUSE_PUBLIC_KEY": "pk"}, "LANGFUSE_URL: expected a value"),
        ({"LANGFUSE_SECRET_KEY": "sk"}, "Set all three to send traces, or none"),
        ({"LANGFUSE_URL": "127.0.0.1:1"}, "http://"),
        ({"LANGFUSE_URL": "http://me:s3cret@127.0.0.1"}, "without a name, a password or a query"),
        ({"LANGFUSE_SECRET_KEY": "s3cret s3cret"}, "a key as Langfuse shows it"),
        ({"LANGFUSE_HOST": "http://127.0.0.1:1"}, ""),
    ],
)
def test_what_is_half_set_is_an_error_that_repeats_no_secret(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    named = {"PINCITE_HOME": str(tmp_path), **settings}
    if not told:
        assert read_settings(named).langfuse_url == ""
        return
    with pytest.raises(SettingsError) as caught:
        read_settings(named)
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_pseudonyms_tell_apart_and_need_the_key() -> None:
    one, other = pseudonyms(b"1" * 32), pseudonyms(b"2" * 32)
    told = {
        one("user", "ann"),
        one("user", "bob"),
        one("conversation", "ann"),
        other("user", "ann"),
    }
    assert len(told) == 4
    assert all(len(each) == 32 and set(each) <= set("0123456789abcdef") for each in told)
    assert one("user", "ann") == pseudonyms(b"1" * 32)("user", "ann")


async def test_a_key_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "traces.key").write_bytes(b"short")
    with pytest.raises(Damaged, match=r"32 bytes in .*traces.key, got 5"):
        async with open_traces(settings_of(tmp_path, "http://127.0.0.1:9"), Metrics()):
            pass


async def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    none = {"LANGFUSE_CA_FILE": str(tmp_path / "none")}
    with pytest.raises(BadRequest, match="LANGFUSE_CA_FILE"):
        async with open_traces(settings_of(tmp_path, "https://127.0.0.1:9", **none), Metrics()):
            pass


def settings_of(home: Path, url: str, **more: str) -> Settings:
    """Return settings with a key of their own: the SDK keeps one client for each."""
    own = {
        "PINCITE_HOME": str(home),
        "LANGFUSE_URL": url,
        "LANGFUSE_PUBLIC_KEY": f"pk-lf-{secrets.token_hex(4)}",
        "LANGFUSE_SECRET_KEY": SECRET_KEY,
    }
    return read_settings(own | more)
