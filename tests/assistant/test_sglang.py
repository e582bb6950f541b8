"""The client of SGLang, over real HTTP against stand-ins that behave and that do not."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from assistant.completion import Completion, Usage
from assistant.model import Failing, ModelFailed
from assistant.sglang import Constrained, SGLang
from retrieval.errors import BadRequest
from tests.assistant.prompts import ASKED, IDS, PATIENT, QUICK, prompt_of, sglang_at, whole
from tests.models import Echo, Fault, Mode, Played, Puppet, Says, Tape
from tests.models.fixtures import echo, fault, puppet, tape
from tests.models.says import as_event
from tests.models.tape import EVENTS

__all__ = ["echo", "fault", "puppet", "tape"]

KEY = "k3y-canary"


def event(data: Any) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def chunk(content: Any = None, finish: Any = None, **delta: Any) -> bytes:
    said = delta if content is None else {"content": content}
    return event({"choices": [{"index": 0, "delta": said, "finish_reason": finish}]})


END = chunk(finish="stop") + as_event("[DONE]")


async def failing_of(url: str, **more: Any) -> tuple[Failing, str]:
    """Return how a model at this address fails, and what it said before."""
    said: list[str] = []
    async with sglang_at(url, **more) as model:
        with pytest.raises(ModelFailed) as caught:
            await read_into(said, model)
    return caught.value.failing, "".join(said)


async def read_into(said: list[str], model: SGLang) -> None:
    async for piece in model.complete(prompt_of()):
        said.append(piece)


# What is asked


async def test_the_request_is_ours_to_the_last_field(puppet: Puppet) -> None:
    puppet.says("Ninety days. [1.1]")
    async with sglang_at(puppet.url, key=KEY) as model:
        assert await whole(model) == "Ninety days. [1.1]"
    [received] = puppet.received
    prompt = prompt_of()
    assert received.body == {
        "model": "tiny",
        "messages": [{"role": each.role, "content": each.content} for each in prompt.messages],
        "max_tokens": 50,
        "temperature": 0,
        "seed": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_salt": "pepper",
        "chat_template_kwargs": {"enable_thinking": False},
        "ebnf": prompt.grammar,
    }
    assert received.headers["authorization"] == f"Bearer {KEY}"


async def test_without_a_key_none_is_sent(puppet: Puppet) -> None:
    puppet.says("Yes. [1.1]")
    async with sglang_at(puppet.url) as model:
        await whole(model)
    assert "authorization" not in puppet.received[0].headers


async def test_the_salt_is_the_prompts_and_never_empty(puppet: Puppet) -> None:
    puppet.says(*["Yes. [1.1]"] * 3)
    async with sglang_at(puppet.url) as model:
        for salt in ("pepper", "", ""):
            await whole(model, prompt_of('{"cache_salt": "mine"} cache_salt: mine', salt=salt))
    first, *rest = [each.body["cache_salt"] for each in puppet.received]
    assert first == "pepper"
    assert all(len(each) == 64 for each in rest)
    assert len(set(rest)) == 2


async def test_a_schema_takes_the_place_of_the_grammar(puppet: Puppet) -> None:
    puppet.says('{"refused": false, "sentences": [{"text": "Yes.", "cites": ["1.1"]}]}')
    async with sglang_at(puppet.url) as model:
        model.constrained = Constrained.JSON_SCHEMA
        assert await whole(model) == "Yes. [1.1]\n"
    body = puppet.received[0].body
    assert "ebnf" not in body
    sentence = body["response_format"]["json_schema"]["schema"]["properties"]["sentences"]["items"]
    assert sentence["properties"]["cites"]["items"]["enum"] == list(IDS)


async def test_markers_alone_send_neither(puppet: Puppet) -> None:
    puppet.says("Yes. [1.1]")
    async with sglang_at(puppet.url) as model:
        model.constrained = Constrained.MARKERS
        assert await whole(model) == "Yes. [1.1]"
    assert not {"ebnf", "response_format"} & puppet.received[0].body.keys()


async def test_all_of_the_prompt_arrives(echo: Echo) -> None:
    text = 'Is "é" 🙂 ‮ here?\n\x00 {"a": [1]}'
    async with sglang_at(echo.url) as model:
        said = await whole(model, prompt_of(text, most_tokens=500))
    assert 'Is "é" 🙂 ‮ here?' in said


async def test_the_use_of_tokens_is_told(puppet: Puppet) -> None:
    told: list[Usage] = []
    puppet.says("Two words. [1.1]")
    async with sglang_at(puppet.url, told=told.append) as model:
        await whole(model)
    assert told == [Usage(prompt=6, cached=0, answer=3)]


# What is not taken for an answer


@pytest.mark.parametrize(
    ("mode", "failing", "said"),
    [
        (Mode.ERROR, Failing.BROKEN, ""),
        (Mode.BUSY, Failing.BUSY, ""),
        (Mode.HALF, Failing.CUT, "One two "),
        (Mode.GARBAGE, Failing.BROKEN, ""),
        (Mode.ENDLESS, Failing.BROKEN, ("again " * 300)[: 50 * 32]),
    ],
)
async def test_every_fault_has_its_name(
    fault: Fault, mode: Mode, failing: Failing, said: str
) -> None:
    fault.drip_seconds = 0
    fault.does(mode)
    assert await failing_of(fault.url) == (failing, said)


async def test_a_drip_is_whole_in_the_end(fault: Fault) -> None:
    fault.does(Mode.NONE, Mode.DRIP)
    fault.drip_seconds = 0
    async with sglang_at(fault.url) as model:
        assert [await whole(model) for _ in range(2)] == ["One two three four."] * 2


async def test_a_refused_connection_is_down(fault: Fault) -> None:
    assert await failing_of(fault.refused_url) == (Failing.DOWN, "")


async def test_how_long_to_wait_is_kept(fault: Fault) -> None:
    fault.does(Mode.BUSY)
    async with sglang_at(fault.url) as model:
        with pytest.raises(ModelFailed) as caught:
            await whole(model)
    assert caught.value.wait_seconds == 7


@pytest.mark.parametrize("told", ["-1", "soon", "²", "9" * 5000, "1e3"])
async def test_a_wait_that_is_no_number_is_no_wait(tape: Tape, told: str) -> None:
    tape.plays(Played(status=429, headers={"retry-after": told.encode().decode("latin-1")}))
    async with sglang_at(tape.url) as model:
        with pytest.raises(ModelFailed) as caught:
            await whole(model)
    assert caught.value.wait_seconds is None


@pytest.mark.parametrize(
    ("status", "failing"),
    [
        (400, Failing.REFUSED),
        (401, Failing.REFUSED),
        (404, Failing.REFUSED),
        (422, Failing.REFUSED),
        (408, Failing.SLOW),
        (429, Failing.BUSY),
        (500, Failing.BROKEN),
        (502, Failing.BROKEN),
        (503, Failing.BUSY),
        (504, Failing.SLOW),
        (201, Failing.BROKEN),
        (301, Failing.BROKEN),
    ],
)
async def test_every_status_has_its_name(tape: Tape, status: int, failing: Failing) -> None:
    tape.plays(Played([chunk("Yes. [1.1]") + END], status=status))
    assert await failing_of(tape.url) == (failing, "")


@pytest.mark.parametrize(
    ("writes", "failing", "said"),
    [
        ([], Failing.CUT, ""),
        ([as_event("[DONE]")], Failing.CUT, ""),
        ([chunk("Half")], Failing.CUT, "Half"),
        ([chunk("Half"), as_event("[DONE]")], Failing.CUT, "Half"),
        ([chunk("Half"), chunk(finish="abort"), as_event("[DONE]")], Failing.CUT, "Half"),
        ([chunk("Half"), chunk(finish="length"), as_event("[DONE]")], Failing.LONG, "Half"),
        ([chunk("Half"), chunk(finish="tool_calls")], Failing.CUT, "Half"),
        ([END], Failing.BROKEN, ""),
        ([chunk(" \n"), END], Failing.BROKEN, " \n"),
        ([chunk(reasoning_content="Hm."), END], Failing.BROKEN, ""),
        ([as_event({"error": {"code": 503, "message": "full"}})], Failing.BUSY, ""),
        ([as_event({"object": "error", "code": 400})], Failing.REFUSED, ""),
        ([chunk("Half"), as_event({"error": {"code": 500}})], Failing.BROKEN, "Half"),
        ([as_event({"error": "boom"})], Failing.BROKEN, ""),
        ([chunk("Half"), as_event("{")], Failing.BROKEN, "Half"),
        ([chunk("Half"), as_event("[" * 100_000)], Failing.BROKEN, "Half"),
        ([as_event("1" * 10_000)], Failing.BROKEN, ""),
        ([as_event("[]")], Failing.BROKEN, ""),
        ([as_event("{}")], Failing.BROKEN, ""),
        ([as_event({"choices": [1]})], Failing.BROKEN, ""),
        ([as_event({"choices": [{}]})], Failing.BROKEN, ""),
        ([chunk(content=["x"])], Failing.BROKEN, ""),
        ([b"data: \xff\n\n"], Failing.BROKEN, ""),
        ([b"data: " + b"x" * (1 << 20), b"x\n\n"], Failing.BROKEN, ""),
        ([b":" + b"x" * (1 << 20), b"x\n", chunk("Yes. [1.1]") + END], Failing.BROKEN, ""),
        ([b"data: x\n" * 400_000], Failing.BROKEN, ""),
        ([b"<html>Welcome</html>"], Failing.CUT, ""),
    ],
)
async def test_what_is_no_whole_answer_is_none(
    tape: Tape, writes: list[bytes], failing: Failing, said: str
) -> None:
    tape.plays(Played(writes))
    assert await failing_of(tape.url) == (failing, said)


@pytest.mark.parametrize(
    "played",
    [
        Played([b"<html>Sign in</html>"], kind="text/html"),
        Played([b'{"choices": []}'], kind="application/json"),
        Played([chunk("Yes. [1.1]") + END], headers={"content-encoding": "gzip"}),
    ],
)
async def test_what_is_no_stream_is_broken(tape: Tape, played: Played) -> None:
    tape.plays(played)
    assert await failing_of(tape.url) == (Failing.BROKEN, "")


async def test_the_end_counts_even_if_what_follows_it_is_lost(tape: Tape) -> None:
    said = chunk("Yes. [1.1]") + chunk(finish="stop")
    more = chunk("More.")
    for raw in (said + more, said + more + as_event("[DONE]") + more):
        assert "".join(Completion(100).take(raw)) == "Yes. [1.1]"
    for rest in ([], [b"data: {\n\n"], [chunk("More."), as_event("[DONE]")]):
        tape.plays(Played([said, *rest], ends=False))
        async with sglang_at(tape.url) as model:
            assert await whole(model) == "Yes. [1.1]"


async def test_thinking_is_no_part_of_an_answer(puppet: Puppet) -> None:
    puppet.says(Says(("Yes. [1.1]",), reasoning="Is it? [2.1]"))
    async with sglang_at(puppet.url) as model:
        assert await whole(model) == "Yes. [1.1]"


async def test_halves_of_a_character_become_one(tape: Tape) -> None:
    tape.plays(Played([chunk("a\ud83d"), chunk("\ude42b\ude42"), chunk("\ud83d"), chunk("c"), END]))
    async with sglang_at(tape.url) as model:
        said = await whole(model)
    assert said == "a🙂b\ufffd\ufffdc"
    assert said.encode()


# Time


@pytest.mark.parametrize(
    "played",
    [
        Played([chunk("Late"), END], delay_seconds=5),
        Played([chunk(reasoning_content="Hm. ")] * 500, pause_seconds=0.01),
        Played([b": ping\n\n"] * 500, pause_seconds=0.01),
        Played([chunk(role="assistant")], ends=True, pause_seconds=5),
    ],
)
async def test_no_word_in_time_is_slow(tape: Tape, played: Played) -> None:
    tape.plays(played)
    assert await failing_of(tape.url, patience=QUICK) == (Failing.SLOW, "")
    assert await asyncio.to_thread(tape.received[0].wait_aborted)


async def test_a_server_that_hangs_is_slow_and_knows_that_we_left(fault: Fault) -> None:
    fault.does(Mode.HANG)
    assert await failing_of(fault.url, patience=QUICK) == (Failing.SLOW, "")
    assert await asyncio.to_thread(fault.received[0].wait_aborted)


async def test_no_next_word_in_time_is_slow(puppet: Puppet) -> None:
    puppet.says(Says(("One ", "two "), holds=True))
    patience = replace(PATIENT, next_word_seconds=0.5)
    assert await failing_of(puppet.url, patience=patience) == (Failing.SLOW, "One two ")
    assert await asyncio.to_thread(puppet.received[0].wait_aborted)


async def test_the_whole_answer_has_a_limit_too(fault: Fault) -> None:
    fault.does(Mode.ENDLESS)
    fault.drip_seconds = 0.02
    patience = replace(PATIENT, whole_seconds=1.5)
    failing, said = await failing_of(fault.url, patience=patience)
    assert failing is Failing.SLOW
    assert said.startswith("again again ")


async def test_each_word_has_a_time_of_its_own(tape: Tape) -> None:
    tape.plays(Played([chunk("One "), chunk("two. [1.1]") + END], pause_seconds=1.8))
    async with sglang_at(tape.url, patience=replace(PATIENT, first_word_seconds=1.5)) as model:
        assert await whole(model) == "One two. [1.1]"


async def test_a_reader_may_take_its_time(puppet: Puppet) -> None:
    puppet.says(Says(("One ", "two. [1.1]")))
    said = ""
    patience = replace(PATIENT, first_word_seconds=2, next_word_seconds=2)
    async with sglang_at(puppet.url, patience=patience) as model:
        async for piece in model.complete(prompt_of()):
            said += piece
            await asyncio.sleep(2.5 if said == "One " else 0)
    assert said == "One two. [1.1]"


# Ending it


async def test_who_has_enough_ends_it_at_the_server(puppet: Puppet) -> None:
    puppet.says(Says(("One ",), holds=True))
    async with sglang_at(puppet.url) as model:
        async with aclosing(model.complete(prompt_of())) as pieces:
            assert await anext(pieces) == "One "
            assert not puppet.received[0].is_aborted
        assert await asyncio.to_thread(puppet.received[0].wait_aborted)


@pytest.mark.parametrize("says", [Says(holds=True), Says(("One ",), holds=True)])
async def test_a_cancelled_reader_ends_it_too(puppet: Puppet, says: Says) -> None:
    puppet.says(says)
    async with sglang_at(puppet.url) as model:
        reading = asyncio.create_task(whole(model))
        while not puppet.received:  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await asyncio.to_thread(puppet.received[0].wait_aborted)


async def test_thirty_two_at_once_keep_apart(echo: Echo) -> None:
    async with sglang_at(echo.url) as model:
        asked = [f"Question number {each}." for each in range(32)]
        said = await asyncio.gather(*(whole(model, prompt_of(each)) for each in asked))
    assert [each.splitlines()[-1] for each in said] == [f"user: {each}" for each in asked]


# Connections


async def serving(played: list[list[bytes | None]]) -> tuple[asyncio.Server, list[int], str]:
    """Return a server: each connection answers its requests in turn; None is to hang up."""
    counts: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = len(counts)
        counts.append(0)
        for each in played[min(mine, len(played) - 1)]:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(size)
            counts[mine] += 1
            if each is None:
                break
            writer.write(each)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1")
    return server, counts, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def response(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {EVENTS}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


YES = response(chunk("Yes. [1.1]") + END)


async def test_a_connection_is_used_again() -> None:
    server, counts, url = await serving([[YES, YES, YES]])
    async with server, sglang_at(url) as model:
        for _ in range(3):
            assert await whole(model) == "Yes. [1.1]"
    assert counts == [3]


async def test_a_connection_lost_while_idle_is_made_anew_once() -> None:
    server, counts, url = await serving([[YES, None], [YES]])
    async with server, sglang_at(url) as model:
        assert [await whole(model) for _ in range(2)] == ["Yes. [1.1]"] * 2
    assert counts == [2, 1]


@pytest.mark.parametrize("before", [[], [YES]])
async def test_a_connection_lost_again_is_not_tried_again(before: list[bytes | None]) -> None:
    server, counts, url = await serving([[*before, None], [None]])
    async with server, sglang_at(url) as model:
        for _ in before:
            await whole(model)
        with pytest.raises(ModelFailed) as caught:
            await whole(model)
    assert caught.value.failing is Failing.DOWN
    assert counts == ([2, 1] if before else [1])


async def test_after_the_first_word_nothing_is_tried_again() -> None:
    half = YES[: YES.index(b"stop")]
    server, counts, url = await serving([[YES, half], [YES]])
    async with server, sglang_at(url) as model:
        assert await whole(model) == "Yes. [1.1]"
        with pytest.raises(ModelFailed) as caught:
            await whole(model)
    assert caught.value.failing is Failing.CUT
    assert counts == [2]


async def test_what_speaks_no_http_is_down() -> None:
    server, _, url = await serving([[b"220 smtp.example.org ESMTP\r\n"]])
    async with server:
        assert await failing_of(url) == (Failing.DOWN, "")


# Where it goes


async def test_no_redirect_is_followed(tape: Tape, puppet: Puppet) -> None:
    puppet.says("Yes. [1.1]")
    for status in (301, 302, 303, 307, 308):
        tape.plays(Played(status=status, headers={"location": f"{puppet.url}/v1/chat/completions"}))
        assert await failing_of(tape.url, key=KEY) == (Failing.BROKEN, "")
    assert puppet.received == []


async def test_no_cookie_is_kept(tape: Tape) -> None:
    tape.plays(Played([chunk("Yes. [1.1]") + END], headers={"set-cookie": "who=ann; Path=/"}))
    async with sglang_at(tape.url) as model:
        for _ in range(2):
            await whole(model)
    assert "cookie" not in tape.received[1].headers


async def test_closing_the_model_ends_what_is_written(puppet: Puppet) -> None:
    puppet.says(Says(("One ",), holds=True))
    async with sglang_at(puppet.url) as model:
        pieces = model.complete(prompt_of())
        assert await anext(pieces) == "One "
        await model.close()
        with pytest.raises(ModelFailed):
            await anext(pieces)
        assert await asyncio.to_thread(puppet.received[0].wait_aborted)


async def test_no_proxy_is_used(
    puppet: Puppet, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, fault.refused_url)
    monkeypatch.delenv("no_proxy", raising=False)
    puppet.says("Yes. [1.1]")
    async with sglang_at(puppet.url) as model:
        assert await whole(model) == "Yes. [1.1]"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:30000",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://ann:s3cret@127.0.0.1",
        "http://127.0.0.1/?key=s3cret",
        "http://127.0.0.1/#s3cret",
        "http://127.0.0.1:port",
        "http://[::1",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(BadRequest, match="MODEL_URL") as caught:
        SGLang(url, "tiny")
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
async def test_an_address_may_end_as_people_write_it(puppet: Puppet, ending: str) -> None:
    puppet.says("Yes. [1.1]")
    async with sglang_at(puppet.url + ending) as model:
        assert await whole(model) == "Yes. [1.1]"


@pytest.mark.parametrize("key", ["s3cret\r\nX: 1", "s3crét", "s3 cret"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    with pytest.raises(BadRequest, match="MODEL_KEY") as caught:
        SGLang("http://127.0.0.1", "tiny", key)
    assert "s3" not in "".join(traceback.format_exception(caught.value))


def test_certificates_that_are_none_are_refused(tmp_path: Any) -> None:
    with pytest.raises(BadRequest, match="MODEL_CA_FILE"):
        SGLang("https://127.0.0.1", "tiny", ca_file=tmp_path / "none.pem")


# What nobody reads


async def test_no_key_question_or_answer_is_logged_or_raised(
    tape: Tape, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")  # libraries in the same process quieten it
    bad = [
        Played([chunk("Canary answer."), as_event('{"Canary answer')]),
        Played([chunk("Canary answer.")], ends=False),
        Played([b'{"error": "Canary answer."}'], status=400, kind="application/json"),
        Played([b'{"error": "Canary answer."}'], status=500),
        Played([b"data: Canary answer \xff\n\n"]),
        Played([chunk("Canary answer. ")] * 200),
        Played([chunk("Canary answer.")], pause_seconds=5),
    ]
    shown = ""
    async with sglang_at(tape.url, key=KEY, patience=QUICK) as model:
        shown += repr(model) + str(vars(model))
        for each in bad:
            tape.plays(each)
            with pytest.raises(ModelFailed) as caught:
                await whole(model)
            shown += "".join(traceback.format_exception(caught.value))
            error: BaseException | None = caught.value
            while error is not None:
                shown += repr(error) + repr(vars(error))
                error = error.__cause__ or error.__context__
    shown += "\n".join(each.getMessage() for each in caplog.records)
    assert "httpx" in {each.name for each in caplog.records}
    for canary in ("Canary answer", ASKED, KEY, "pepper"):
        assert canary not in shown


def test_the_request_is_plain_ascii() -> None:
    model = SGLang("http://127.0.0.1", "tiny")
    body = model._body(prompt_of("é\u2028\ud800"), Constrained.GRAMMAR)
    assert body.isascii()
    assert json.loads(body)["messages"][-1]["content"] == "é\u2028\ud800"
