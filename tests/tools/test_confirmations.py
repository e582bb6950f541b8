"""A person's word: for exactly one call, once, in time, in its session, by who may give it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from retrieval.access import Principal
from retrieval.errors import NotFound, Unavailable
from retrieval.halting import Sort, Target
from retrieval.stops import Stops
from retrieval.tool_tables import tool_calls
from tests.tools.benches import CREATE, LOOK_UP, PROPOSE, SESSION, TICKET, Bench, policy_of
from tools.call import Call
from tools.calls import LEASE_SECONDS
from tools.confirmation import Confirmation, Denied, Done, Standing, Waiting
from tools.confirming import Word
from tools.decision import Outcome, Reason
from tools.kept import Asked
from tools.labels import Label, Whence
from tools.tool import Asker, Effect

LEGAL = frozenset({"group:legal"})
NOTE = Call(PROPOSE.name, {"note": "Notice is ninety days."})


async def refused(
    bench: Bench, came: Any, detail: str, reason: Reason = Reason.BAD_APPROVAL
) -> None:
    assert isinstance(came, Denied), came
    assert came.decision.reason is reason
    last = (await bench.noted("confirm"))[-1]["about"]
    assert (last["did"], last["reason"]) == ("refused", detail)
    assert "begin" not in (await bench.did())[-1:]


async def test_what_was_shown_is_what_is_done_byte_for_byte(bench: Bench) -> None:
    title = "ﬁre & “smoke” – ５ floors, Ünïcödé, cafe\u0301"
    call = Call(CREATE.name, {"title": title, "level": "low", "cost": 12})
    waiting = await bench.waiting(call)
    came = await bench.confirm(waiting)
    assert isinstance(came, Done)
    assert came.call.canonical == call.canonical
    assert dict(bench.far.effects[waiting.id]) == call.arguments
    assert [each.value for each in waiting.shown] == ["12", "low", title]
    assert title in waiting.will
    assert await bench.did("tool", "confirm") == ["connect", "wait", "confirm", "begin", "done"]


async def test_a_word_counts_once(bench: Bench) -> None:
    waiting = await bench.waiting()
    assert isinstance(await bench.confirm(waiting), Done)
    await refused(bench, await bench.confirm(waiting), "replay")
    assert len(bench.far.asked) == 1


async def test_two_words_at_once_have_one_effect(bench: Bench) -> None:
    for _ in range(5):
        waiting = await bench.waiting()
        came = await asyncio.gather(*(bench.confirm(waiting) for _ in range(4)))
        assert sorted(type(each).__name__ for each in came) == ["Denied"] * 3 + ["Done"]
        assert bench.far.times[waiting.id] == 1
    assert (await bench.did("confirm")).count("refused") == 15


async def test_two_words_in_two_processes_have_one_effect(bench: Bench) -> None:
    here, there, ann = bench.workbench, bench.elsewhere(), bench.people.person("ann")
    for _ in range(5):
        waiting = await bench.waiting()
        word = {"asker": ann, "session": SESSION, "digest": waiting.digest}
        came = await asyncio.gather(*(each.confirm(waiting.id, **word) for each in (here, there)))
        assert sorted(type(each).__name__ for each in came) == ["Denied", "Done"]
        assert bench.far.times[waiting.id] == 1


async def test_a_word_to_another_call_does_not_count(bench: Bench) -> None:
    waiting = await bench.waiting()
    other = Call(CREATE.name, {**TICKET, "title": "The printer is on firE"})
    for digest in (other.digest, waiting.digest[:-1], waiting.digest.upper(), ""):
        await refused(bench, await bench.confirm(waiting, digest=digest), "other_call")
    assert isinstance(await bench.confirm(waiting), Done)


@pytest.mark.parametrize(("seconds", "is_done"), [(299, True), (300, False), (301, False)])
async def test_a_word_counts_for_five_minutes(bench: Bench, seconds: int, is_done: bool) -> None:
    waiting = await bench.waiting()
    bench.clock.forward(seconds)
    came = await bench.confirm(waiting)
    assert isinstance(came, Done) is is_done
    if not is_done:
        await refused(bench, came, "expired")
        assert bench.far.asked == []
        shown = await bench.workbench.confirmation(waiting.id, asker=bench.people.person("ann"))
        assert shown.standing is Standing.EXPIRED
        await refused(bench, await bench.confirm(waiting), "expired")


async def test_what_is_over_waits_no_more(bench: Bench) -> None:
    waiting = await bench.waiting()
    ann = bench.people.person("ann")
    assert await bench.workbench.waiting(ann) == [waiting]
    bench.clock.forward(300)
    assert await bench.workbench.waiting(ann) == []
    shown = await bench.workbench.confirmation(waiting.id, asker=ann)
    assert shown == replace(waiting, standing=Standing.EXPIRED)


async def test_nobody_else_finds_it_and_trying_is_on_record(bench: Bench) -> None:
    waiting = await bench.waiting()
    for person in ("bob", "cat"):
        asker = bench.people.person(person)
        with pytest.raises(NotFound):
            await bench.workbench.confirmation(waiting.id, asker=asker)
        with pytest.raises(NotFound):
            await bench.confirm(waiting, person=person)
        with pytest.raises(NotFound):
            await bench.workbench.decline(waiting.id, asker=asker)
        assert await bench.workbench.waiting(asker) == []
    with pytest.raises(NotFound):
        await bench.confirm(replace(waiting, id="0" * 32))
    told = [each["about"] for each in await bench.noted("confirm")]
    assert [each["reason"] for each in told] == ["other_person"] * 5
    assert [each.get("call") for each in told] == [waiting.id] * 4 + [None]
    assert isinstance(await bench.confirm(waiting), Done)


async def test_a_word_from_another_session_does_not_count(bench: Bench) -> None:
    waiting = await bench.waiting()
    await refused(bench, await bench.confirm(waiting, session="other"), "other_session")
    await refused(bench, await bench.confirm(waiting, session=""), "other_session")
    assert isinstance(await bench.confirm(waiting), Done)


async def test_a_word_does_not_outlive_its_policy(bench: Bench) -> None:
    waiting = await bench.waiting()
    bench.again(policy_of("p2"))
    await refused(bench, await bench.confirm(waiting), "bad_approval")
    bench.again()
    assert isinstance(await bench.confirm(waiting), Done)


@pytest.mark.parametrize(
    "change",
    [
        {"says": "Delete a ticket."},
        {"will": "Nothing happens."},
        {"revision": "2"},
        {"system": "shop"},
        {"fields": {**CREATE.fields, "level": replace(CREATE.fields["level"], says="Hm.")}},
    ],
)
async def test_a_word_does_not_outlive_the_tool(bench: Bench, change: dict[str, Any]) -> None:
    waiting = await bench.waiting()
    bench.hand(CREATE.name).tool = replace(CREATE, **change)
    await refused(bench, await bench.confirm(waiting), "changed", Reason.CHANGED)
    bench.hands.clear()
    await refused(bench, await bench.confirm(waiting), "no_such_tool", Reason.NO_SUCH_TOOL)
    assert bench.far.asked == []


async def test_rights_are_those_of_the_moment_of_the_word(bench: Bench) -> None:
    waiting = await bench.waiting()
    bench.people.groups["ann"] = []
    came = await bench.confirm(waiting)
    await refused(bench, came, "not_for_you", Reason.NOT_FOR_YOU)
    bench.people.groups["ann"] = ["staff"]
    await bench.secrets.forget("ann", "desk", origin="web")
    await refused(bench, await bench.confirm(waiting), "not_connected", Reason.NOT_CONNECTED)


async def test_a_stop_denies_what_waits(bench: Bench) -> None:
    waiting = await bench.waiting()
    elsewhere, target = Stops(bench.database, bench.record), Target(Sort.TOOL, CREATE.name)
    await elsewhere.stop(target, reason="now", by="root", origin="test")
    await refused(bench, await bench.confirm(waiting), "stopped", Reason.STOPPED)
    await elsewhere.resume(target, by="root", origin="test")
    assert isinstance(await bench.confirm(waiting), Done)


async def test_somebody_else_confirms_where_the_policy_says_so(bench: Bench) -> None:
    waiting = await bench.waiting(NOTE)
    ann, bob = bench.people.person("ann"), bench.people.person("bob")
    assert waiting.approver == "group:legal"
    assert await bench.workbench.waiting(bob) == [waiting] == await bench.workbench.waiting(ann)
    await refused(bench, await bench.confirm(waiting), "other_person")
    with pytest.raises(NotFound):
        await bench.confirm(waiting, person="cat")
    came = await bench.confirm(waiting, person="bob", session="session of bob")
    assert isinstance(came, Done)
    [errand] = bench.far.asked
    assert errand.asker.principal == Principal.person("ann", ["staff"])
    [made] = await bench.workbench.made(bob, limit=9, everybody=True)
    assert (made.confirmed_by, made.call, made.result) == ("bob", NOTE, None)
    word = (await bench.noted("confirm"))[-1]
    assert (word["actor"], word["concerns"]) == ("bob", ["ann"])


async def test_the_requester_never_confirms_what_somebody_else_must(bench: Bench) -> None:
    bench.people.groups["ann"] = ["staff", "legal"]
    waiting = await bench.waiting(NOTE)
    await refused(bench, await bench.confirm(waiting), "other_person")
    assert bench.far.asked == []


async def test_the_requesters_rights_count_when_somebody_else_confirms(bench: Bench) -> None:
    waiting = await bench.waiting(NOTE)
    bench.people.groups["ann"] = []
    came = await bench.confirm(waiting, person="bob")
    await refused(bench, came, "not_for_you", Reason.NOT_FOR_YOU)
    del bench.people.groups["ann"]
    came = await bench.confirm(waiting, person="bob")
    await refused(bench, came, "not_for_you", Reason.NOT_FOR_YOU)
    bench.again(rights=None)
    await refused(
        bench, await bench.confirm(waiting, person="bob"), "not_for_you", Reason.NOT_FOR_YOU
    )
    assert bench.far.asked == []


async def test_nobody_is_asked_who_may_not_read_the_source_of_an_argument(bench: Bench) -> None:
    turn = bench.turn()
    turn.saw("Notice is ninety days.", frozenset({"group:staff"}))
    came = await turn.call(NOTE)
    assert isinstance(came, Denied)
    assert came.decision.reason is Reason.READERS
    turn = bench.turn()
    turn.saw("Notice is ninety days.", frozenset({"group:staff", "group:legal"}))
    came = await turn.call(NOTE)
    assert isinstance(came, Waiting)
    assert came.confirmation.shown[0].whence is Whence.TEXT
    assert await bench.workbench.waiting(bench.people.person("bob")) == [came.confirmation]


def test_who_may_not_read_every_source_may_not_confirm() -> None:
    label = Label(Whence.TEXT, frozenset({"group:staff"}))
    asked = Asked(
        "1", "2", "ann", "web", "", "", NOTE, Effect.CHANGES, "", "", 1, {"note": label}, LEGAL
    )
    assert not asked.may_confirm(Asker(Principal.person("bob", ["legal"])))
    assert asked.may_confirm(Asker(Principal.person("bob", ["legal", "staff"])))
    assert not replace(asked, labels={}).may_confirm(Asker(Principal.person("bob", ["legal"])))


async def test_declined_is_not_done(bench: Bench) -> None:
    waiting = await bench.waiting()
    ann = bench.people.person("ann")
    declined = await bench.workbench.decline(waiting.id, asker=ann)
    assert declined.standing is Standing.DECLINED
    await refused(bench, await bench.confirm(waiting), "replay")
    await bench.workbench.decline(waiting.id, asker=ann)
    assert (await bench.did("confirm")).count("decline") == 1
    by_other = await bench.waiting(NOTE)
    bob = bench.people.person("bob")
    assert (await bench.workbench.decline(by_other.id, asker=bob)).standing is Standing.DECLINED
    assert bench.far.asked == []


async def test_what_cannot_be_noted_waits_on(bench: Bench, monkeypatch: Any) -> None:
    waiting = await bench.waiting()

    async def full(event: Any, change: Any = None) -> int:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(bench.record, "note", full)
    with pytest.raises(Unavailable):
        await bench.confirm(waiting)
    monkeypatch.undo()
    assert bench.far.asked == []
    assert isinstance(await bench.confirm(waiting), Done)


async def test_what_was_done_is_told_though_its_end_cannot_be_noted(
    bench: Bench, monkeypatch: Any
) -> None:
    waiting, note = await bench.waiting(), bench.record.note

    async def full(event: Any, change: Any = None) -> int:
        if event.about.get("did") == "done":
            raise Unavailable("The disk is full.")
        return await note(event)

    monkeypatch.setattr(bench.record, "note", full)
    assert isinstance(await bench.confirm(waiting), Done)
    with pytest.raises(Unavailable):
        await bench.turn().call(Call(LOOK_UP.name, {"ticket": "RIM-1"}))
    monkeypatch.undo()
    assert (await bench.did())[-1] == "begin"
    bench.clock.forward(61)
    assert await bench.workbench.settle() == 2
    assert (await bench.did("tool"))[-2:] == ["done", "done"]
    assert await bench.workbench.settle() == 0


async def altered(bench: Bench, waiting: Confirmation, **values: Any) -> Any:
    """Confirm after somebody changed the row behind our back."""
    async with bench.database.transaction() as connection:
        chosen = update(tool_calls).where(tool_calls.c.id == waiting.id)
        await connection.execute(chosen.values(**values))
    return await bench.confirm(waiting)


async def test_a_row_changed_behind_our_back_does_not_count(bench: Bench) -> None:
    one, two = await bench.waiting(), await bench.waiting(Call(CREATE.name, {**TICKET, "cost": 1}))
    async with bench.database.transaction() as connection:
        rows = {row.id: row for row in await connection.execute(tool_calls.select())}
    sealed = rows[one.id].asked
    flipped = ("B" if sealed[40] == "A" else "A").join((sealed[:40], sealed[41:]))
    for asked in (rows[two.id].asked, flipped, ""):
        with pytest.raises(NotFound):
            await altered(bench, one, asked=asked)
    bench.clock.forward(301)
    later = bench.clock.instant + 1_000
    await refused(bench, await altered(bench, one, asked=sealed, expires=later), "expired")
    assert bench.far.asked == []


async def test_a_row_put_back_to_waiting_has_no_second_effect(bench: Bench) -> None:
    waiting = await bench.waiting()
    first = await bench.confirm(waiting)
    again = await altered(bench, waiting, standing="waiting")
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert len(bench.far.effects) == 1


WEB, OTHER_WEB = ("web", SESSION), ("web", "another session of ann")
SLACK, OTHER_SLACK = ("slack", "slack T1 U1"), ("slack", "slack T1 U2")
TOKEN, OTHER_TOKEN = ("api", "a token of ann"), ("api", "another token of ann")
AGENT, NOBODY = ("mcp", "a token of ann"), ("web", "")
EVERY = (WEB, OTHER_WEB, SLACK, OTHER_SLACK, TOKEN, OTHER_TOKEN, AGENT, NOBODY)
WHERE = {
    WEB: {WEB},
    SLACK: {SLACK, WEB, OTHER_WEB, NOBODY},
    TOKEN: {TOKEN, WEB, OTHER_WEB, NOBODY},
    AGENT: {WEB, OTHER_WEB, NOBODY},
    NOBODY: {*EVERY} - {AGENT},
}
"""Where each is asked, and where its asker may say yes to it."""


@pytest.mark.parametrize("by", EVERY)
@pytest.mark.parametrize("asked", WHERE)
async def test_where_it_was_asked_says_where_its_asker_may_confirm_it(
    bench: Bench, asked: tuple[str, str], by: tuple[str, str]
) -> None:
    bench.again(policy_of(channels=("web", "slack", "api", "mcp")))
    waiting = await bench.waiting(channel=asked[0], session=asked[1])
    came = await bench.confirm(waiting, channel=by[0], session=by[1])
    if by in WHERE[asked]:
        assert isinstance(came, Done)
        assert [each.asker.channel for each in bench.far.asked] == [asked[0]]
    else:
        await refused(bench, came, "other_channel" if by is AGENT else "other_session")
        assert bench.far.asked == []


@pytest.mark.parametrize("asked", [WEB, SLACK, TOKEN])
async def test_the_gate_goes_by_the_channel_in_which_it_was_asked(
    bench: Bench, asked: tuple[str, str]
) -> None:
    """A tool that is open in one channel alone is confirmed on the web all the same."""
    bench.again(policy_of(channels=asked[:1]))
    waiting = await bench.waiting(channel=asked[0], session=asked[1])
    assert isinstance(await bench.confirm(waiting), Done)
    late = await bench.waiting(channel=asked[0], session=asked[1])
    bench.again(policy_of(channels={"web", "slack", "api"} - {asked[0]}))
    came = await bench.confirm(late)
    await refused(bench, came, "not_for_you", Reason.NOT_FOR_YOU)


@pytest.mark.parametrize("channel", ["slack", "web"])
async def test_a_stop_of_either_channel_counts(bench: Bench, channel: str) -> None:
    bench.again(policy_of(channels=("slack",)))
    waiting = await bench.waiting(channel=SLACK[0], session=SLACK[1])
    target = Target(Sort.CHANNEL, channel)
    await bench.stops.stop(target, reason="now", by="root", origin="test")
    await refused(bench, await bench.confirm(waiting), "stopped", Reason.STOPPED)
    await bench.stops.resume(target, by="root", origin="test")
    assert isinstance(await bench.confirm(waiting), Done)


@pytest.mark.parametrize("by", [WEB, SLACK, AGENT])
async def test_somebody_else_confirms_where_a_person_is_shown_it(
    bench: Bench, by: tuple[str, str]
) -> None:
    waiting = await bench.waiting(NOTE)
    came = await bench.confirm(waiting, person="bob", channel=by[0], session="session of bob")
    if by is AGENT:
        await refused(bench, came, "other_channel")
    else:
        assert isinstance(came, Done)


async def test_the_gate_itself_takes_no_word_from_where_nothing_is_shown(bench: Bench) -> None:
    waiting = await bench.waiting()
    kept = await bench.calls.one(waiting.id)
    assert kept
    hand, asker = bench.hand(CREATE.name), bench.people.person("ann")
    for channel, outcome in (("web", Outcome.ALLOW), ("mcp", Outcome.DENY), ("", Outcome.DENY)):
        word = Word(replace(asker, channel=channel), "", waiting.digest)
        decision = await bench.workbench._confirming.decided(
            replace(kept.asked, session=""), word, asker, hand
        )
        assert decision.outcome is outcome


LOOKS: dict[str, Callable[[Bench, Confirmation], Awaitable[object]]] = {
    "a list": lambda bench, _: bench.workbench.waiting(bench.people.person("cat")),
    "its page": lambda bench, it: bench.workbench.confirmation(
        it.id, asker=bench.people.person("ann")
    ),
    "a late word": lambda bench, it: bench.confirm(it),
    "a round": lambda bench, _: bench.workbench.settle(),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_what_nobody_answered_is_on_record_once(bench: Bench, look: str) -> None:
    waiting = await bench.waiting()
    bench.clock.forward(299)
    await bench.workbench.settle()
    assert (await bench.did("tool"))[-1] == "wait"
    bench.clock.forward(1)
    for _ in range(2):
        await LOOKS[look](bench, waiting)
        bench.clock.forward(LEASE_SECONDS + 1)
    await bench.workbench.settle()
    noted = [each["about"] for each in await bench.noted("tool")]
    assert [each["call"] for each in noted if each["did"] == "expired"] == [waiting.id]


async def test_an_expiry_that_could_not_be_noted_is_noted_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(event: Any, change: Any = None) -> int:
        raise Unavailable("The disk is full.")

    await bench.waiting()
    bench.clock.forward(300)
    monkeypatch.setattr(bench.record, "note", full)
    assert await bench.workbench.waiting(bench.people.person("ann")) == []
    monkeypatch.undo()
    assert "expired" not in await bench.did()
    bench.clock.forward(LEASE_SECONDS)
    assert await bench.workbench.settle() == 1
    assert (await bench.did())[-1] == "expired"
    assert await bench.workbench.settle() == 0


async def rows_of(bench: Bench) -> int:
    async with bench.database.transaction() as connection:
        return len((await connection.execute(tool_calls.select())).all())


async def test_the_same_call_that_still_waits_is_shown_again(bench: Bench) -> None:
    bench.again(policy_of(most_each_day=1))
    waiting = await bench.waiting()
    there = bench.elsewhere().turn(bench.people.person("ann"), session=SESSION)
    both = await asyncio.gather(bench.waiting(), there.call(Call(CREATE.name, TICKET)))
    assert both == [waiting, Waiting(waiting)]
    assert await rows_of(bench) == 1, "it is asked for once, and counts once"
    assert (await bench.did())[-3:] == ["wait", "wait_again", "wait_again"]
    assert isinstance(await bench.confirm(waiting), Done)


async def test_the_same_call_at_once_waits_once(bench: Bench) -> None:
    turns = [
        each.turn(bench.people.person("ann"), session=SESSION)
        for each in (bench.workbench, bench.elsewhere())
        for _ in range(4)
    ]
    came = await asyncio.gather(*(each.call(Call(CREATE.name, TICKET)) for each in turns))
    assert len({each.confirmation.id for each in came if isinstance(each, Waiting)}) == 1
    assert await rows_of(bench) == 1


async def test_what_is_not_the_same_waits_beside_it(bench: Bench) -> None:
    bench.again(policy_of(channels=("web", "slack")))
    first = await bench.waiting()
    others = [
        await bench.waiting(Call(CREATE.name, {**TICKET, "level": "low"})),
        await bench.waiting(session="another"),
        await bench.waiting(channel="slack"),
        await bench.waiting(typed="of level high"),
    ]
    bench.again(policy_of("p2", channels=("web", "slack")))
    others.append(await bench.waiting())
    await bench.workbench.decline(others[-1].id, asker=bench.people.person("ann"))
    others.append(await bench.waiting())
    bench.clock.forward(300)
    others.append(await bench.waiting())
    assert len({each.id for each in [first, *others]}) == len(others) + 1
    assert (await bench.did()).count("wait_again") == 0


async def test_one_call_is_found_however_many_came_after_it(bench: Bench) -> None:
    ann, bob, cat = (bench.people.person(each) for each in ("ann", "bob", "cat"))
    mine, theirs = await bench.waiting(), await bench.waiting(NOTE)
    await bench.confirm(mine)
    [newest, made] = await bench.workbench.made(ann, limit=2)
    assert await bench.workbench.call_made(mine.id, asker=ann) == made
    assert made.result
    assert await bench.workbench.call_made(theirs.id, asker=ann) == newest
    assert (await bench.workbench.call_made(theirs.id, asker=bob)).standing is Standing.WAITING
    await bench.confirm(theirs, person="bob")
    bench.people.groups["bob"] = []
    seen = await bench.workbench.call_made(theirs.id, asker=bench.people.person("bob"))
    assert (seen.confirmed_by, seen.call, seen.result) == ("bob", NOTE, None)
    await bench.turn().call(Call(LOOK_UP.name, {"ticket": "RIM-7"}))
    [look] = await bench.workbench.made(ann, limit=1)
    assert await bench.workbench.call_made(look.id, asker=ann) == look
    for id_, person in ((mine.id, bob), (theirs.id, cat), (look.id, bob), ("0" * 32, ann)):
        with pytest.raises(NotFound):
            await bench.workbench.call_made(id_, asker=person)
