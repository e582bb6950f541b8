"""What a crash left half done is asked again while its word counts, and once, else left unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from retrieval.errors import Unavailable
from retrieval.halting import Sort, Target
from tests.tools.benches import CREATE, LOOK_UP, PROPOSE, Bench, policy_of
from tools.call import Call
from tools.calls import LEASE_SECONDS
from tools.confirmation import Confirmation, Standing, Waiting
from tools.confirmations import Confirmations
from tools.tool import Errand

NOTE = Call(PROPOSE.name, {"note": "Notice is ninety days."})


async def half_done(bench: Bench, call: Call | None = None, by: str = "ann") -> Confirmation:
    """Have a call confirmed, and nobody do it."""
    waiting = await bench.waiting(call)
    confirmations = Confirmations(bench.calls)
    assert await confirmations.take(waiting.id, by=by)
    return waiting


async def standing(bench: Bench, waiting: Confirmation) -> Standing:
    ann = bench.people.person("ann")
    return (await bench.workbench.confirmation(waiting.id, asker=ann)).standing


async def test_what_is_still_being_done_is_left_alone(bench: Bench) -> None:
    waiting = await half_done(bench)
    bench.clock.forward(LEASE_SECONDS - 1)
    assert await bench.workbench.settle() == 0
    assert await standing(bench, waiting) is Standing.DOING


@pytest.mark.parametrize(("call", "by"), [(None, "ann"), (NOTE, "bob")])
async def test_it_is_asked_again_by_the_same_key_while_its_word_counts(
    bench: Bench, call: Call | None, by: str
) -> None:
    waiting = await half_done(bench, call, by)
    errand = Errand(bench.people.person("ann"), waiting.id, 0)
    bench.far.do({}, errand)
    bench.clock.forward(299)
    assert await bench.workbench.settle() == 1
    assert await standing(bench, waiting) is Standing.DONE
    assert list(bench.far.effects) == [waiting.id]
    assert bench.far.asked[-1].asker.principal.name == "ann"
    assert (await bench.did())[-2:] == ["again", "done"]


def policy_changed(bench: Bench) -> None:
    bench.again(policy_of("p2"))


def tool_changed(bench: Bench) -> None:
    bench.hand(CREATE.name).tool = replace(CREATE, will="Something else happens.")


def tool_gone(bench: Bench) -> None:
    bench.hands.clear()


def rights_gone(bench: Bench) -> None:
    bench.people.groups["ann"] = []


def person_gone(bench: Bench) -> None:
    del bench.people.groups["ann"]


def nobody_to_ask(bench: Bench) -> None:
    bench.again(rights=None)


def too_late(bench: Bench) -> None:
    bench.clock.forward(300)


@pytest.mark.parametrize(
    "change",
    [policy_changed, tool_changed, tool_gone, rights_gone, person_gone, nobody_to_ask, too_late],
)
async def test_it_is_left_unknown_once_its_word_no_longer_counts(
    bench: Bench, change: Callable[[Bench], None]
) -> None:
    ann = bench.people.person("ann")
    waiting = await half_done(bench)
    bench.clock.forward(LEASE_SECONDS)
    change(bench)
    assert await bench.workbench.settle() == 1
    shown = await bench.workbench.confirmation(waiting.id, asker=ann)
    assert shown.standing is Standing.UNKNOWN
    assert bench.far.asked == []
    last = (await bench.noted())[-1]["about"]
    assert (last["did"], last["happened"]) == ("unknown", None)
    assert await bench.workbench.settle() == 0


async def test_what_is_stopped_or_not_connected_is_not_asked_again(bench: Bench) -> None:
    one, two = await half_done(bench), await half_done(bench, NOTE, "bob")
    bench.clock.forward(LEASE_SECONDS)
    await bench.secrets.forget("ann", "desk", origin="web")
    target = Target(Sort.TOOL, PROPOSE.name)
    await bench.stops.stop(target, reason="now", by="root", origin="test")
    assert await bench.workbench.settle() == 2
    assert [await standing(bench, each) for each in (one, two)] == [Standing.UNKNOWN] * 2
    assert bench.far.asked == []


async def test_many_processes_settle_it_once(bench: Bench) -> None:
    waiting = [
        await half_done(bench, Call(CREATE.name, {"title": t, "level": "low"})) for t in "abc"
    ]
    bench.clock.forward(LEASE_SECONDS)
    others = [bench.elsewhere() for _ in range(2)]
    counts = await asyncio.gather(*(each.settle() for each in (bench.workbench, *others)))
    assert sum(counts) == 3
    assert {each: bench.far.times[each.id] for each in waiting} == dict.fromkeys(waiting, 1)


async def test_what_only_read_has_failed(bench: Bench) -> None:
    bench.again(policy_of(always_confirm=True))
    turn = bench.turn()
    came = await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-1"}))
    assert isinstance(came, Waiting)
    confirmations = Confirmations(bench.calls)
    assert await confirmations.take(came.confirmation.id, by="ann")
    bench.clock.forward(LEASE_SECONDS)
    assert await bench.workbench.settle() == 1
    assert await standing(bench, came.confirmation) is Standing.FAILED
    assert bench.far.asked == []


async def test_what_cannot_be_settled_now_is_settled_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await half_done(bench)
    bench.clock.forward(LEASE_SECONDS)

    async def away(*args: object, **more: object) -> None:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(bench.stops, "of", away)
    assert await bench.workbench.settle() == 0
    monkeypatch.undo()
    assert await standing(bench, waiting) is Standing.DOING
    bench.clock.forward(LEASE_SECONDS)
    assert await bench.workbench.settle() == 1
    assert await standing(bench, waiting) is Standing.DONE
