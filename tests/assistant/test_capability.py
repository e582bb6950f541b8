"""What a server can do is found out by what it does, not by what it accepts."""

from __future__ import annotations

import json

import pytest

from assistant.capability import MEANINGS, find_constrained
from assistant.model import Failing, ModelFailed
from assistant.sglang import Constrained
from tests.assistant.prompts import QUICK, sglang_at
from tests.models import Fault, Mode, Received, Says, StandIn, running
from tests.models.fixtures import fault

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
