"""What a server can do is found out by what it does, not by what it accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.types import Send

from assistant.capability import (
    CALLING_MEANS,
    MEANINGS,
    Calling,
    find_calling,
    find_constrained,
)
from assistant.model import Failing, ModelFailed
from assistant.prompt import Offered
from assistant.sglang import Constrained
from tests.assistant.prompts import QUICK, prompt_of, sglang_at
from tests.models import Call, Fault, Mode, Received, Says, StandIn, running
from tests.models.fixtures import fault
from tests.models.standin import problem, send_json

__all__ = ["fault"]

BANANAS = "banana " * 10
FORM = {"refused": False, "sentences": [{"text": BANANAS, "cites": ["7.7"]}]}


class Able(StandIn):
    """Says bananas, within the constraints that it knows; others it takes and forgets."""

    def __init__(self, *knows: str) -> None:
        super().__init__()
        self._knows = knows

    def reply(self, received: Received) -> Says:
        for each in self._knows:
            if each in received.body:
                forced = received.body["ebnf"].split('"')[1] if each == "ebnf" else ""
                return Says((forced or json.dumps(FORM),))
        return Says((BANANAS,))


class Strict(Able):
    """Refuses fields that it does not know, as some servers do."""

    def reply(self, received: Received) -> Says:
        if not {"ebnf", "response_format"} & received.body.keys():
            return Says((BANANAS,))
        said = super().reply(received)
        return said if said.text != BANANAS else Says(("{", BANANAS))


@pytest.fixture(params=[Able, Strict])
def kind(request: pytest.FixtureRequest) -> type[Able]:
    return request.param


@pytest.mark.parametrize(
    ("knows", "found"),
    [
        (("ebnf",), Constrained.GRAMMAR),
        (("ebnf", "response_format"), Constrained.GRAMMAR),
        (("response_format",), Constrained.JSON_SCHEMA),
        ((), Constrained.MARKERS),
    ],
)
async def test_the_strictest_that_it_keeps_to_is_found(
    kind: type[Able], knows: tuple[str, ...], found: Constrained
) -> None:
    with running(kind(*knows)) as able:
        async with sglang_at(able.url) as model:
            assert await find_constrained(model) is found
            assert model.constrained is Constrained.GRAMMAR


@pytest.mark.parametrize(
    ("mode", "failing"),
    [(Mode.HANG, Failing.SLOW), (Mode.BUSY, Failing.BUSY), (Mode.ERROR, Failing.BROKEN)],
)
async def test_a_server_that_does_not_answer_tells_nothing(
    fault: Fault, mode: Mode, failing: Failing
) -> None:
    fault.does(mode)
    async with sglang_at(fault.url) as model:
        with pytest.raises(ModelFailed) as caught:
            await find_constrained(model, QUICK)
    assert caught.value.failing is failing


def test_each_way_has_a_meaning() -> None:
    assert MEANINGS.keys() == set(Constrained)


class Equipped(StandIn):
    """Is offered tools: `calls` when it may, `must` when it has to; `sees` them in its prompt."""

    def __init__(self, *, calls: bool = False, must: bool = False, sees: bool = True) -> None:
        super().__init__()
        self._calls, self._must, self._sees = calls, must, sees

    def reply(self, received: Received) -> Says:
        offered = received.body.get("tools", [])
        is_made_to = received.body.get("tool_choice") == "required"
        if offered and (self._must if is_made_to else self._calls):
            name = offered[0]["function"]["name"]
            return Says(calls=(Call(name, '{"word": "yes"}'),), finish="tool_calls")
        if offered and self._sees:  # as a chat template that has a place for them
            received.body["messages"].append({"content": json.dumps(offered)})
        return Says(("Water is wet.",))


class Refusing(StandIn):
    """Takes no request with tools, or none that makes a model call."""

    def __init__(self, *, every: bool) -> None:
        super().__init__()
        self._every = every

    def reply(self, received: Received) -> Says:
        return Says(("Water is wet.",))

    async def respond(self, received: Received, send: Send) -> None:
        choice = received.body.get("tool_choice")
        if choice == "required" or (choice and self._every):
            await send_json(send, 400, problem("Expected no tools.", 400))
        else:
            await super().respond(received, send)


@pytest.mark.parametrize(
    ("server", "found"),
    [
        (lambda: Equipped(calls=True, must=True), Calling.CALLS),
        (lambda: Equipped(must=True), Calling.CALLS),
        (lambda: Equipped(calls=True), Calling.CALLS),
        (lambda: Equipped(must=True, sees=False), Calling.UNTOLD),
        (lambda: Equipped(), Calling.TALKS),
        (lambda: Refusing(every=False), Calling.TALKS),
        (lambda: Refusing(every=True), Calling.REFUSED),
    ],
)
async def test_what_becomes_of_tools_is_found_out(
    server: Callable[[], StandIn], found: Calling
) -> None:
    with running(server()) as able:
        async with sglang_at(able.url) as model:
            assert await find_calling(model) is found


@pytest.mark.parametrize("mode", [Mode.HANG, Mode.BUSY])
async def test_of_a_server_that_does_not_answer_no_tools_are_told_either(
    fault: Fault, mode: Mode
) -> None:
    fault.does(mode)
    async with sglang_at(fault.url) as model:
        with pytest.raises(ModelFailed):
            await find_calling(model, QUICK)


async def test_who_knows_no_tools_is_not_asked_for_any() -> None:
    offered = replace(prompt_of(), offered=(Offered("today", "Tell the date.", {}),))
    with running(Equipped(calls=True)) as able:
        async with sglang_at(able.url) as model:
            assert [each async for each in model.complete(offered)]
            model.knows_tools = False
            assert [each async for each in model.complete(offered)] == []
        assert len(able.received) == 1


def test_each_is_told_with_what_to_do() -> None:
    assert CALLING_MEANS.keys() == set(Calling)
    for each in set(Calling) - {Calling.CALLS}:
        assert "still work" in CALLING_MEANS[each]
        assert "`--" in CALLING_MEANS[each]
