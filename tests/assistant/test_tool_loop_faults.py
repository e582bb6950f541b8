"""A model that misbehaves where tools are open: an answer or quotes in time, and nothing done."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Answer, Reply
from assistant.called import MOST_CALLS
from assistant.tool_loop import TOO_LONG, Limits
from tests.assistant.tool_world import HONEST, LOOK, QUICK, READY, calls, citing, world_at
from tests.models import Call, Fault, Mode, Played, Puppet, Says, Tape, running
from tests.models.fixtures import puppet
from tests.models.says import as_event
from tests.tools.benches import TICKET, Held
from tests.tools.timeouts import PATIENT_SECONDS, Timeouts

__all__ = ["puppet"]

LOOK_UP, CREATE = "desk__look_up", "desk__create_ticket"
SECONDS = 5 * PATIENT_SECONDS


def delta(finish: str | None = None, **more: Any) -> bytes:
    return as_event({"choices": [{"index": 0, "delta": more, "finish_reason": finish}]})


def piece(**more: Any) -> bytes:
    return delta(tool_calls=[more])


def begun(arguments: str = "") -> bytes:
    return piece(index=0, id="a", function={"name": LOOK_UP, "arguments": arguments})


HALF: dict[str, Sequence[bytes]] = {
    "cut in its arguments": [begun('{"ticket": "RI')],
    "cut after them": [begun(json.dumps(LOOK))],
    "cut by its length": [begun(json.dumps(LOOK)), delta("length")],
    "an end that nobody knows": [begun(json.dumps(LOOK)), delta("content_filter")],
    "an error after it": [begun(json.dumps(LOOK)), as_event({"error": {"code": 500}})],
    "no list": [delta(tool_calls={"name": LOOK_UP}), delta("tool_calls")],
    "no objects": [delta(tool_calls=["look_up"]), delta("tool_calls")],
    "no function": [piece(index=0, id="a"), delta("tool_calls")],
    "no text as name": [piece(index=0, function={"name": ["x"]}), delta("tool_calls")],
    "no text as arguments": [
        piece(index=0, function={"name": LOOK_UP, "arguments": LOOK}),
        delta("tool_calls"),
    ],
    "far too much": [begun("x" * 300_000), delta("tool_calls"), as_event("[DONE]")],
}


async def reply_at(folder: Path, url: str, **more: Any) -> tuple[Reply, int, bool]:
    """Return a reply that does come, how often the far system was asked, and whether all rests."""
    async with world_at(folder, url, **more) as world:
        reply = await asyncio.wait_for(world.ask(), SECONDS)
        return reply, len(world.bench.far.asked), world.breaker.is_resting


@pytest.mark.parametrize("half", HALF)
async def test_what_is_no_whole_reply_calls_nothing(half: str, tmp_path: Path) -> None:
    said = [delta(content=citing(HONEST, "1.1")), delta("stop"), as_event("[DONE]")]
    with running(Tape(Played(HALF[half]), Played(said))) as tape:
        reply, asked, _ = await reply_at(tmp_path, tape.url)
        assert len(tape.received) == 2
    assert isinstance(reply, Answer)
    assert (reply.mode, asked) == ("model", 0)


@pytest.mark.parametrize("mode", Mode)
async def test_however_a_server_fails_there_is_an_answer(mode: Mode, tmp_path: Path) -> None:
    with running(Fault()) as fault:
        fault.does(mode)
        reply, asked, _ = await reply_at(tmp_path, fault.url, patience=QUICK)
        fault.close()
    assert isinstance(reply, Answer) or mode in (Mode.NONE, Mode.DRIP)
    assert asked == 0


async def test_of_a_hundred_calls_a_few_are_looked_at(puppet: Puppet, tmp_path: Path) -> None:
    many = [(LOOK_UP, {"ticket": f"RIM-{at}"}) for at in range(100)]
    puppet.says(calls(*many), READY, "NO ANSWER")
    _, asked, _ = await reply_at(tmp_path, puppet.url)
    assert asked == MOST_CALLS


async def test_endless_rounds_end(puppet: Puppet, tmp_path: Path) -> None:
    rounds = (calls((LOOK_UP, {"ticket": f"RIM-{at}"})) for at in range(50))
    puppet.says(*rounds)
    reply, asked, is_resting = await reply_at(tmp_path, puppet.url)
    assert isinstance(reply, Answer)
    assert (reply.mode, asked, is_resting) == ("quotes", Limits().rounds, False)


async def test_calls_after_the_answer_are_nothing(puppet: Puppet, tmp_path: Path) -> None:
    late = Says((citing(HONEST, "1.1"),), (Call(CREATE, json.dumps(TICKET)),))
    puppet.says(READY, late)
    reply, asked, _ = await reply_at(tmp_path, puppet.url)
    assert isinstance(reply, Answer)
    assert (reply.asking, asked) == (None, 0)


async def test_words_beside_calls_are_nobodys_to_read(puppet: Puppet, tmp_path: Path) -> None:
    mixed = Says(("Canary, let me see.",), (Call(LOOK_UP, json.dumps(LOOK)),))
    puppet.says(mixed, READY, citing("RIM-2000 is open.", "1.1"))
    reply, asked, _ = await reply_at(tmp_path, puppet.url)
    assert isinstance(reply, Answer)
    assert asked == 1
    assert "Canary" not in str(reply)
    assert all("Canary" not in str(each.body) for each in puppet.received)


async def test_a_tool_that_hangs_is_given_up(
    puppet: Puppet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeouts = Timeouts(asyncio.timeout_at)
    monkeypatch.setattr("assistant.tool_loop.timeout_at", timeouts)
    puppet.says(calls((LOOK_UP, LOOK)), citing(HONEST, "1.1"))
    async with world_at(tmp_path, puppet.url) as world:
        held = world.bench.hand("desk.look_up").before = Held()
        asking = asyncio.create_task(world.ask())
        await asyncio.wait_for(held.begun.wait(), PATIENT_SECONDS)
        timeouts.pass_by()
        reply = await asyncio.wait_for(asking, SECONDS)
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.notices) == ("model", (f"desk.look_up: {TOO_LONG}",))


@pytest.mark.parametrize("wire", [1, 7, 100])
async def test_calls_are_the_same_however_they_are_cut(
    puppet: Puppet, tmp_path: Path, wire: int
) -> None:
    cut = calls((LOOK_UP, {"ticket": "RIM-1"}), (LOOK_UP, {"ticket": "RIM-2"}), wire=wire)
    puppet.says(cut, READY, "NO ANSWER")
    _, asked, _ = await reply_at(tmp_path, puppet.url)
    assert asked == 2


async def test_arguments_in_any_pieces_make_the_same_call(tmp_path: Path) -> None:
    dice = random.Random(1)
    text = json.dumps({"title": "Größe 😀 \ud83d\ude00", "level": "high"}, ensure_ascii=True)
    cuts = sorted(dice.sample(range(1, len(text)), 6))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    first = piece(index=0, id="a", function={"name": CREATE, "arguments": parts[0]})
    rest = [piece(index=0, function={"arguments": each}) for each in parts[1:]]
    ends = [delta("tool_calls"), as_event("[DONE]")]
    with running(Tape(Played([first, *rest, *ends]), Played([delta("stop")]))) as tape:
        async with world_at(tmp_path, tape.url) as world:
            reply = await world.ask()
    waits = getattr(reply, "asking", None) or getattr(reply, "confirmation", None)
    assert waits is not None
    assert {each.name: each.value for each in waits.shown} == json.loads(text)
