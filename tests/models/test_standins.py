"""The contract of every stand-in model, and what each does of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.models import (
    Call,
    Echo,
    Fault,
    Mode,
    Played,
    Puppet,
    Says,
    Scripted,
    StandIn,
    Tape,
    running,
)

PATH = "/v1/chat/completions"


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "tiny", "messages": [{"role": "user", "content": text}], **more}


def said(response: httpx.Response) -> str:
    return str(response.json()["choices"][0]["message"]["content"])


def chunks_of(response: httpx.Response) -> list[dict[str, Any]]:
    lines = [line for line in response.text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line[6:]) for line in lines[:-1]]


def streamed(response: httpx.Response) -> str:
    deltas = [each["choices"][0]["delta"] for each in chunks_of(response) if each["choices"]]
    return "".join(each.get("content") or "" for each in deltas)


class StandInContract:
    """What holds of each. A subclass gives `standin`, ready to say 'All is wéll.' to one ask."""

    @pytest.fixture
    def standin(self) -> Iterator[StandIn]:
        raise NotImplementedError

    @pytest.fixture
    def client(self, standin: StandIn) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=standin.url, timeout=60) as client:
            yield client

    def test_tells_its_health_and_its_model(self, standin: StandIn, client: httpx.Client) -> None:
        assert client.get("/health").status_code == 200
        [card] = client.get("/v1/models").json()["data"]
        assert (card["id"], card["object"], card["owned_by"]) == ("stand-in", "model", "sglang")
        standin.is_healthy = False
        assert client.get("/health").status_code == 503

    def test_says_it_whole(self, client: httpx.Client) -> None:
        response = client.post(PATH, json=asking("All is wéll."))
        body = response.json()
        assert response.status_code == 200
        assert (body["object"], body["model"]) == ("chat.completion", "tiny")
        assert body["choices"][0]["finish_reason"] == "stop"
        assert "All is wéll." in said(response)
        assert body["usage"]["prompt_tokens"] == 3

    def test_streams_the_same(self, client: httpx.Client) -> None:
        ask = asking("All is wéll.", stream=True, stream_options={"include_usage": True})
        response = client.post(PATH, json=ask)
        assert response.headers["content-type"].startswith("text/event-stream")
        first, *_, last, usage = chunks_of(response)
        assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        assert last["choices"][0]["finish_reason"] == "stop"
        assert (usage["choices"], usage["usage"]["prompt_tokens"]) == ([], 3)
        assert "All is wéll." in streamed(response)

    def test_keeps_what_it_was_asked(self, standin: StandIn, client: httpx.Client) -> None:
        ask = asking("All is wéll.", cache_salt="s", temperature=0)
        client.post(PATH, json=ask, headers={"Authorization": "Bearer x", "X-Request": "7"})
        [received] = standin.received
        assert received.body == ask
        assert (received.headers["authorization"], received.headers["x-request"]) == (
            "Bearer x",
            "7",
        )
        assert received.text == "All is wéll."
        assert not received.is_aborted

    def test_refuses_what_is_not_a_completion(self, standin: StandIn, client: httpx.Client) -> None:
        for content in (b"no json", b"[]", b'{"messages": 1}'):
            response = client.post(PATH, content=content)
            assert (response.status_code, response.json()["code"]) == (400, 400)
        assert client.post("/v1/elsewhere", json=asking("x")).status_code == 404
        assert standin.received == []


class TestPuppet(StandInContract):
    @pytest.fixture
    def standin(self, puppet: Puppet) -> Puppet:
        puppet.says(Says(("All ", "is wé", "ll.")))
        return puppet


class TestEcho(StandInContract):
    @pytest.fixture
    def standin(self, echo: Echo) -> Echo:
        return echo


class TestScripted(StandInContract):
    @pytest.fixture
    def standin(self, scripted: Scripted) -> Scripted:
        scripted.answers["is"] = "All is wéll."
        return scripted


class TestFault(StandInContract):
    """A fault that does nothing wrong is a model like the others."""

    @pytest.fixture
    def standin(self, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Fault:
        monkeypatch.setattr("tests.models.fault.SAID", Says(("All is wéll.",)))
        return fault


def post(standin: StandIn, text: str = "x", **more: Any) -> httpx.Response:
    return httpx.post(f"{standin.url}{PATH}", json=asking(text, **more), timeout=60)


# What the puppet does


def test_the_puppet_says_its_lines_in_order_and_no_more(puppet: Puppet) -> None:
    puppet.says("One.", "Two.")
    assert [said(post(puppet)) for _ in range(2)] == ["One.", "Two."]
    response = post(puppet)
    assert (response.status_code, response.json()["type"]) == (500, "InternalServerError")


def test_the_puppet_streams_the_pieces_it_was_given(puppet: Puppet) -> None:
    puppet.says(Says(("a", "", "b\n\n", "data: [DONE]\n\n", "\u2028é")))
    chunks = chunks_of(post(puppet, stream=True))[1:-1]
    assert [each["choices"][0]["delta"]["content"] for each in chunks] == [
        "a",
        "",
        "b\n\n",
        "data: [DONE]\n\n",
        "\u2028é",
    ]


@pytest.mark.parametrize("wire", [1, 2, 7, 10_000])
async def test_the_puppet_cuts_the_wire_anywhere(puppet: Puppet, wire: int) -> None:
    puppet.says(Says(("Wé", "ll 🙂", "."), wire=wire))
    ask = asking("x", stream=True)
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"{puppet.url}{PATH}", json=ask) as response,
    ):
        raw = [each async for each in response.aiter_raw()]
    texts = [json.loads(each[6:]) for each in b"".join(raw).decode().split("\n\n")[:-2]]
    assert "".join(each["choices"][0]["delta"].get("content") or "" for each in texts) == "Wéll 🙂."
    if wire == 1:
        assert len(raw) > 3


@pytest.mark.parametrize("is_stream", [False, True])
def test_the_puppet_calls_tools_with_whatever_arguments(puppet: Puppet, is_stream: bool) -> None:
    puppet.says(Says(calls=(Call("close", '{"id": 7}'), Call("mail", "70777", "call_1"))))
    response = post(puppet, stream=is_stream)
    if not is_stream:
        choice = response.json()["choices"][0]
        calls = [each["function"] for each in choice["message"]["tool_calls"]]
        assert calls == [
            {"name": "close", "arguments": '{"id": 7}'},
            {"name": "mail", "arguments": "70777"},
        ]
    else:
        deltas = [each["choices"][0]["delta"] for each in chunks_of(response)]
        parts = [each["tool_calls"][0] for each in deltas if each.get("tool_calls")]
        named = [each["function"]["name"] for each in parts if "name" in each["function"]]
        given = [each["function"]["arguments"] for each in parts if "name" not in each["function"]]
        assert (named, given) == (["close", "mail"], ['{"id": 7}', "70777"])
        assert [each["index"] for each in parts] == [0, 0, 1, 1]
        choice = chunks_of(response)[-1]["choices"][0]
    assert choice["finish_reason"] == "tool_calls"


def test_the_puppet_thinks_before_it_speaks(puppet: Puppet) -> None:
    puppet.says(*[Says(("No.",), reasoning="Hm.", finish="length")] * 2)
    choice = post(puppet).json()["choices"][0]
    assert (choice["message"]["reasoning_content"], choice["finish_reason"]) == ("Hm.", "length")
    assert chunks_of(post(puppet, stream=True))[1]["choices"][0]["delta"] == {
        "reasoning_content": "Hm."
    }


async def test_the_puppet_holds_until_it_is_released(puppet: Puppet) -> None:
    puppet.says(Says(("All ",), holds=True))
    ask = asking("x", stream=True)
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("POST", f"{puppet.url}{PATH}", json=ask) as response,
    ):
        lines = response.aiter_lines()
        while '"All "' not in await anext(lines):
            pass
        assert not puppet.received[0].is_aborted
        puppet.release()
        rest = [each async for each in lines]
    assert rest[-2:] == ["data: [DONE]", ""]
    assert not puppet.received[0].is_aborted


# What the others do


def test_the_echo_says_all_of_its_prompt(echo: Echo) -> None:
    ask = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Two\nlines."},
        ],
        "tools": [{"type": "function", "function": {"name": "close"}}],
    }
    response = httpx.post(f"{echo.url}{PATH}", json=ask)
    for part in ("system: Be brief.", "user: Two\nlines.", "'name': 'close'"):
        assert part in said(response)


def test_the_scripted_one_answers_the_longest_question_it_knows(scripted: Scripted) -> None:
    scripted.answers |= {"notice": "Six months.", "notice in winter": Says(("Nine ", "months."))}
    scripted.otherwise = "I do not know."
    assert said(post(scripted, "Sources: 1. What notice in winter?")) == "Nine months."
    assert said(post(scripted, "What notice?")) == "Six months."
    assert said(post(scripted, "Who?")) == "I do not know."


# What the fault does


def test_a_refused_connection(fault: Fault) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"{fault.refused_url}{PATH}", json=asking("x"))


@pytest.mark.parametrize("is_stream", [False, True])
def test_errors_have_their_status(fault: Fault, is_stream: bool) -> None:
    fault.does(Mode.ERROR, Mode.BUSY)
    assert post(fault, stream=is_stream).status_code == 500
    busy = post(fault, stream=is_stream)
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize("is_stream", [False, True])
def test_half_a_reply_is_a_broken_connection(fault: Fault, is_stream: bool) -> None:
    fault.does(Mode.HALF)
    with pytest.raises(httpx.RemoteProtocolError):
        post(fault, stream=is_stream)


@pytest.mark.parametrize("is_stream", [False, True])
def test_garbage_has_status_200_and_is_no_json(fault: Fault, is_stream: bool) -> None:
    fault.does(Mode.GARBAGE)
    response = post(fault, stream=is_stream)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r".*"):
        json.loads(response.text.split("\n\n")[0][6:]) if is_stream else response.json()


def test_a_drip_is_whole_in_the_end(fault: Fault) -> None:
    fault.drip_seconds = 0
    fault.does(Mode.DRIP)
    assert streamed(post(fault, stream=True)) == "One two three four."


@pytest.mark.parametrize("is_stream", [False, True])
def test_who_hangs_is_given_up_and_knows_it(fault: Fault, is_stream: bool) -> None:
    fault.does(Mode.HANG)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{fault.url}{PATH}", json=asking("x", stream=is_stream), timeout=httpx.Timeout(0.2)
        )
    assert fault.received[0].wait_aborted()


async def test_what_never_ends_is_left_and_knows_it(fault: Fault) -> None:
    fault.does(Mode.ENDLESS)
    ask = asking("x", stream=True)
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", f"{fault.url}{PATH}", json=ask) as response,
    ):
        lines = response.aiter_lines()
        for _ in range(50):
            await anext(lines)
    assert await asyncio.to_thread(fault.received[0].wait_aborted)


def test_the_last_mode_stays(fault: Fault) -> None:
    fault.does(Mode.NONE, Mode.ERROR)
    assert [post(fault).status_code for _ in range(3)] == [200, 500, 500]


def test_a_stand_in_that_still_has_work_ends_all_the_same() -> None:
    fault = Fault()
    fault.does(Mode.HANG)
    with running(fault), pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{fault.url}{PATH}", json=asking("x"), timeout=httpx.Timeout(0.2))
    fault.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{fault.url}/health")


# What the tape does


def test_the_tape_plays_its_bytes_in_order_and_the_last_stays(tape: Tape) -> None:
    tape.plays(Played([b"one"], 418, "text/plain", {"x-one": "1"}), Played([b"t", b"wo"]))
    first, *rest = [post(tape, stream=True) for _ in range(3)]
    assert (first.status_code, first.text, first.headers["x-one"]) == (418, "one", "1")
    assert [each.text for each in rest] == ["two", "two"]


def test_the_tape_can_break_off(tape: Tape) -> None:
    tape.plays(Played([b"half"], ends=False))
    with pytest.raises(httpx.RemoteProtocolError):
        post(tape)
