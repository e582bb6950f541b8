"""How a call is made: decided on, counted, noted, carried out as the asker, and kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, update

from retrieval.documents import InForce, Kind, Passage, Status, Version
from retrieval.errors import Unavailable
from retrieval.halting import Sort, Target
from retrieval.stops import Stops
from retrieval.tables import metadata
from retrieval.tool_tables import tool_calls, tool_secrets
from tests.tools.benches import (
    CREATE,
    LOOK_UP,
    PROPOSE,
    SESSION,
    TICKET,
    TODAY,
    Bench,
    DeskHand,
    Held,
    TryingHand,
    policy_of,
)
from tests.tools.timeouts import PATIENT_SECONDS
from tools.call import Call
from tools.confirmation import Denied, Done, Failed, Standing, Waiting
from tools.decision import Decision, Outcome, Reason
from tools.labels import Whence
from tools.telling import told
from tools.tool import Result, ToolFailed

LOOK = Call(LOOK_UP.name, {"ticket": "RIM-2247"})


async def test_what_only_reads_is_done_as_the_asker_and_is_on_record(bench: Bench) -> None:
    came = await bench.turn().call(LOOK)
    assert isinstance(came, Done)
    assert came.result.title == "Ticket RIM-2000"
    [errand] = bench.far.asked
    assert (errand.asker.principal.name, errand.secret) == ("ann", "secret of ann")
    assert errand.key == came.id
    begin, done = (await bench.noted())[-2:]
    assert (begin["about"]["did"], begin["about"]["tool"]) == ("begin", LOOK_UP.name)
    assert begin["words"]["call"] == LOOK.canonical
    assert (done["about"]["did"], done["about"]["call"]) == ("done", came.id)
    assert "secret" not in repr(errand)


async def test_what_changes_something_waits_for_a_word(bench: Bench) -> None:
    came = await bench.turn(typed="a high ticket please").call(Call(CREATE.name, TICKET))
    assert isinstance(came, Waiting)
    shown = came.confirmation
    assert bench.far.effects == {}
    assert shown.will == (
        "A ticket The printer is on fire of level high is created at the desk; it may cost –."
    )
    assert [(each.name, each.value, each.whence) for each in shown.shown] == [
        ("level", "high", Whence.TYPED),
        ("title", "The printer is on fire", Whence.TEXT),
    ]
    assert (shown.asker, shown.approver, shown.standing) == ("ann", "yourself", Standing.WAITING)
    assert shown.expires == bench.clock.instant + 300
    assert shown.digest == Call(CREATE.name, TICKET).digest
    assert (await bench.did())[-1] == "wait"


def test_every_reason_is_told_in_a_sentence() -> None:
    for reason in Reason:
        assert told(Decision(Outcome.DENY, reason), CREATE).endswith(".")
        assert told(Decision(Outcome.DENY, reason, "<b>made up</b>"), CREATE).endswith(".")
        assert "made up" not in told(Decision(Outcome.DENY, reason, "<b>made up</b>"), CREATE)
    bad = Decision(Outcome.DENY, Reason.BAD_ARGUMENTS, "title")
    assert told(bad, CREATE).endswith("It is the one called title.")


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (Call("desk.create_tickets", TICKET), Reason.NO_SUCH_TOOL),
        (Call("DESK.create_ticket", TICKET), Reason.NO_SUCH_TOOL),
        (Call(CREATE.name, {**TICKET, "more": "x"}), Reason.BAD_ARGUMENTS),
        (Call(CREATE.name, {**TICKET, "cost": float("nan")}), Reason.BAD_ARGUMENTS),
        (Call(CREATE.name, {"title": {1, 2}}), Reason.BAD_ARGUMENTS),  # type: ignore[dict-item]
        (Call(CREATE.name, {"title": "\ud800", "level": "high"}), Reason.BAD_ARGUMENTS),
        (Call(CREATE.name, {"title": "x" * 3_000_000}), Reason.BAD_ARGUMENTS),
        (Call(None, {}), Reason.BAD_ARGUMENTS),  # type: ignore[arg-type]
        (Call(CREATE.name, []), Reason.BAD_ARGUMENTS),  # type: ignore[arg-type]
    ],
)
async def test_what_is_not_allowed_is_not_made_and_that_is_on_record(
    bench: Bench, call: Call, reason: Reason
) -> None:
    came = await bench.turn().call(call)
    assert isinstance(came, Denied)
    assert came.decision.reason is reason
    assert bench.far.asked == []
    last = (await bench.noted())[-1]
    assert (last["about"]["did"], last["about"]["reason"]) == ("deny", reason.value)


async def test_arguments_without_an_end_are_denied(bench: Bench) -> None:
    endless: list[Any] = []
    for _ in range(100_000):
        endless = [endless]
    came = await bench.turn().call(Call(CREATE.name, {"title": endless}))
    assert isinstance(came, Denied)


async def test_who_has_no_account_at_the_far_system_is_told_to_connect_it(bench: Bench) -> None:
    for call in (LOOK, Call(CREATE.name, TICKET)):
        came = await bench.turn(person="cat").call(call)
        assert isinstance(came, Denied)
        assert came.decision.reason is Reason.NOT_CONNECTED
        assert "Connect your own account at desk first" in told(came.decision, LOOK_UP)
    assert bench.far.asked == []


async def test_every_call_carries_the_credential_of_who_asked_and_no_other(bench: Bench) -> None:
    people = ("ann", "cat", "dan")
    for person in people:
        await bench.secrets.set(person, "desk", f"secret of {person}", origin="web")

    async def asks(person: str, number: int) -> None:
        await bench.turn(person=person).call(Call(LOOK_UP.name, {"ticket": f"RIM-{number}"}))
        own = await bench.waiting(Call(CREATE.name, {**TICKET, "cost": number}), person=person)
        other = await bench.waiting(Call(PROPOSE.name, {"note": f"note {number}"}), person=person)
        assert isinstance(await bench.confirm(own, person=person), Done)
        assert isinstance(await bench.confirm(other, person="bob"), Done)

    await asyncio.gather(*(asks(person, n) for n in range(5) for person in people))
    assert len(bench.far.asked) == 45
    for errand in bench.far.asked:
        assert errand.secret in ("", f"secret of {errand.asker.principal.name}")
    assert Counter(each.asker.principal.name for each in bench.far.asked) == dict.fromkeys(
        people, 15
    )
    assert sum(each.secret == "" for each in bench.far.asked) == 15


async def test_two_processes_do_not_pass_a_budget_together(bench: Bench) -> None:
    bench.again(policy_of(most_each_day=12))
    there, ann = bench.elsewhere(policy_of(most_each_day=12)), bench.people.person("ann")
    turns = [each.turn(ann, session=SESSION) for each in (bench.workbench, there) for _ in range(9)]
    came = await asyncio.gather(*(turn.call(LOOK) for turn in turns))
    assert sum(isinstance(each, Done) for each in came) == 12
    denied = [each.decision.reason for each in came if isinstance(each, Denied)]
    assert denied == [Reason.SPENT] * 6


async def test_an_equal_call_is_made_once_a_turn_even_at_the_same_time(bench: Bench) -> None:
    turn = bench.turn()
    many = await asyncio.gather(*(turn.call(LOOK) for _ in range(8)))
    assert all(each == many[0] for each in many)
    assert len(bench.far.asked) == 1
    assert isinstance(await bench.turn().call(LOOK), Done)
    assert len(bench.far.asked) == 2


async def test_calls_at_once_do_not_pass_a_budget_together(bench: Bench) -> None:
    bench.again(policy_of(most_each_turn=3, most_each_day=5))
    calls = [Call(LOOK_UP.name, {"ticket": f"RIM-{n}"}) for n in range(9)]
    turn = bench.turn()
    came = await asyncio.gather(*(turn.call(each) for each in calls))
    assert sum(isinstance(each, Done) for each in came) == 3
    turns = [bench.turn() for _ in range(9)]
    came = await asyncio.gather(*(each.call(LOOK) for each in turns))
    assert sum(isinstance(each, Done) for each in came) == 2
    denied = [each.decision.reason for each in came if isinstance(each, Denied)]
    assert set(denied) == {Reason.SPENT}
    bench.clock.forward(86_401)
    assert isinstance(await bench.turn().call(LOOK), Done)


async def test_what_waits_counts_to_the_budget_too(bench: Bench) -> None:
    bench.again(policy_of(most_each_day=2))
    for title in ("one", "two"):
        waiting = await bench.waiting(Call(CREATE.name, {**TICKET, "title": title}))
    assert isinstance(await bench.turn().call(Call(CREATE.name, TICKET)), Denied)
    assert isinstance(await bench.confirm(waiting), Done)


async def test_nothing_runs_that_cannot_be_noted(bench: Bench, monkeypatch: Any) -> None:
    async def full(event: Any, change: Any = None) -> int:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(bench.record, "note", full)
    for call in (LOOK, Call(CREATE.name, TICKET), Call("no.such", {})):
        with pytest.raises(Unavailable):
            await bench.turn().call(call)
    monkeypatch.undo()
    assert bench.far.asked == []
    assert await bench.workbench.waiting(bench.people.person("ann")) == []


@pytest.mark.parametrize(
    "target",
    [Target(Sort.TOOL, LOOK_UP.name), Target(Sort.USER, "ann"), Target(Sort.CHANNEL, "web")],
)
async def test_a_stop_denies_at_once_whatever_process_said_it(bench: Bench, target: Target) -> None:
    elsewhere = Stops(bench.database, bench.record)
    turn = bench.turn()
    assert isinstance(await turn.call(LOOK), Done)
    await elsewhere.stop(target, reason="now", by="root", origin="test")
    came = await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-1"}))
    assert isinstance(came, Denied)
    assert came.decision.reason is Reason.STOPPED
    await elsewhere.resume(target, by="root", origin="test")
    assert isinstance(await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-2"})), Done)


async def test_a_stop_ends_what_is_being_done(bench: Bench) -> None:
    waiting = await bench.waiting()
    held = bench.hand(CREATE.name).before = Held()
    async with bench.stops.watched(0.02):
        doing = asyncio.create_task(bench.confirm(waiting))
        await held.begun.wait()
        target = Target(Sort.TOOL, CREATE.name)
        elsewhere = Stops(bench.database, bench.record)
        await elsewhere.stop(target, reason="now", by="root", origin="test")
        came = await asyncio.wait_for(doing, PATIENT_SECONDS)
    assert isinstance(came, Failed)
    assert (came.told, came.happened) == ("It was stopped.", None)
    assert (await bench.did())[-1] == "unknown"
    assert bench.far.effects == {}


async def test_what_takes_too_long_is_broken_off(bench: Bench) -> None:
    bench.again(limit_seconds=0.05)
    bench.hand(LOOK_UP.name).before = Held()
    came = await bench.turn().call(LOOK)
    assert isinstance(came, Failed)
    assert (came.told, came.happened) == ("It took too long.", False)


async def test_a_cancelled_call_ends_on_record_and_with_it_the_turn(bench: Bench) -> None:
    held = bench.hand(LOOK_UP.name).before = Held()
    turn = bench.turn()
    doing = asyncio.create_task(turn.call(LOOK))
    await held.begun.wait()
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert (await bench.did())[-2:] == ["begin", "failed"]
    came = await turn.call(Call(TODAY.name, {}))
    assert isinstance(came, Denied)
    assert came.decision.reason is Reason.STOPPED


@pytest.mark.parametrize("happened", [False, None])
async def test_a_cancelled_change_is_not_known_to_have_happened(
    bench: Bench, happened: bool | None
) -> None:
    waiting, held = await bench.waiting(), Held()

    async def says_so() -> None:
        try:
            await held()
        except asyncio.CancelledError:
            raise ToolFailed("It had not been sent.", happened=False) from None

    if happened is None:
        bench.hand(CREATE.name).after = held
    else:
        bench.hand(CREATE.name).before = says_so
    doing = asyncio.create_task(bench.confirm(waiting))
    await held.begun.wait()
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    last = (await bench.noted())[-1]["about"]
    assert last["happened"] is happened
    standing = Standing.UNKNOWN if happened is None else Standing.FAILED
    [made] = await bench.workbench.made(bench.people.person("ann"), limit=1)
    assert made.standing is standing


async def test_a_hand_that_breaks_tells_nothing_of_what_it_held(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks() -> None:
        raise ValueError("secret of ann, RIM-2247")

    bench.hand(LOOK_UP.name).before = breaks
    bench.hand(CREATE.name).after = breaks
    came = await bench.turn().call(LOOK)
    assert isinstance(came, Failed)
    assert (came.told, came.happened) == ("The tool failed.", False)
    changed = await bench.confirm(await bench.waiting())
    assert isinstance(changed, Failed)
    assert changed.happened is None
    assert "The tool desk.look_up failed: ValueError." in caplog.text
    assert not {"RIM-2247", "printer"} & set(caplog.text.split())
    assert "secret of" not in caplog.text


async def test_a_tool_that_changed_during_the_turn_is_denied(bench: Bench) -> None:
    turn = bench.turn()
    bench.hand(LOOK_UP.name).tool = replace(LOOK_UP, says="Delete a ticket.")
    came = await turn.call(LOOK)
    assert isinstance(came, Denied)
    assert came.decision.reason is Reason.CHANGED


async def test_tools_are_those_that_there_were_when_the_turn_began(bench: Bench) -> None:
    turn = bench.turn()
    del bench.hands[1]
    assert set(turn.tools) == {CREATE.name, LOOK_UP.name, PROPOSE.name, TODAY.name}
    assert isinstance(await turn.call(LOOK), Done)
    came = await bench.turn().call(LOOK)
    assert isinstance(came, Denied)
    assert bench.workbench.tools_for(bench.people.person("bob")) == {}
    assert bench.workbench.tools_for(bench.people.person("ann", "slack")) == {}


async def test_results_are_bounded_and_hide_nothing(bench: Bench) -> None:
    hidden = "a\u202eb\u200bc\U000e0041d\x1b[31me"
    bench.hand(LOOK_UP.name).result = Result(
        title=hidden * 200, text=hidden * 10_000, link="javascript:alert(1)", ids=("a b", "X-1")
    )
    came = await bench.turn().call(LOOK)
    assert isinstance(came, Done)
    assert not set("\u202e\u200b\U000e0041\x1b") & set(came.result.title + came.result.text)
    assert (len(came.result.title), len(came.result.text)) == (200, 20_000)
    assert came.result.text.endswith("…")
    assert (came.result.link, came.result.ids) == ("", ("X-1",))


def passage(text: str, readers: frozenset[str]) -> Passage:
    version = Version(
        id=7,
        document_id="d" * 32,
        number=2,
        title="Notice",
        kind=Kind.CONTRACT,
        source="folder",
        uri="notice.md",
        declared=Status.APPROVED,
        owner="",
        link="",
        parties=(),
        effective_from=None,
        expires_on=None,
        media_type="text/plain",
        blob="b",
        characters=len(text),
        pages=0,
        added_at=0,
        in_force=InForce(),
        readers=readers,
    )
    return Passage(11, version, 0, 0, len(text), None, (), text, ())


async def test_words_of_our_own_documents_are_not_kept_and_are_sources(bench: Bench) -> None:
    read = passage("Notice is ninety days.", frozenset({"group:board"}))
    bench.hand(TODAY.name).result = Result("Found", "Notice is ninety days.", (read,))
    bench.again(policy_of(seen_by=frozenset({"group:staff"})))
    turn = bench.turn(typed="of level low")
    came = await turn.call(Call(TODAY.name, {}))
    assert isinstance(came, Done)
    assert came.result.passages == (read,)
    [made] = await bench.workbench.made(bench.people.person("ann"), limit=1)
    assert made.result == Result("Found")
    place = {"document": "d" * 32, "version": 2, "passage": 11}
    assert (await bench.noted())[-1]["about"]["passages"] == [place]
    denied = await turn.call(Call(CREATE.name, {"title": "Notice is ninety", "level": "low"}))
    assert isinstance(denied, Denied)
    assert (denied.decision.reason, denied.decision.argument) == (Reason.READERS, "title")


async def test_what_is_no_result_fails(bench: Bench) -> None:
    bench.hand(LOOK_UP.name).result = Result(title=7)  # type: ignore[arg-type]
    assert isinstance(await bench.turn().call(LOOK), Failed)
    bench.hand(LOOK_UP.name).result = {"title": "x"}  # type: ignore[assignment]
    assert isinstance(await bench.turn().call(Call(LOOK_UP.name, {"ticket": "AB-1"})), Failed)


async def test_a_dry_run_tells_what_would_happen_and_is_counted(bench: Bench) -> None:
    hand = TryingHand(replace(CREATE, can_try=True), bench.far)
    bench.swap(hand)
    bench.again(policy_of(most_each_day=2))
    waiting = await bench.waiting()
    assert waiting.tried == "Would create one in queue 7 for ann."
    assert (await bench.did())[-2:] == ["try", "wait"]

    async def breaks() -> None:
        raise RuntimeError("no")

    hand.before = breaks
    second, third = (Call(CREATE.name, {**TICKET, "title": each}) for each in ("Two", "Three"))
    assert (await bench.waiting(second)).tried == "It could not be tried beforehand."
    assert isinstance(await bench.turn().call(third), Denied)
    assert hand.tried == 2
    assert bench.far.effects == {}


async def test_nothing_that_was_said_stands_in_the_clear(bench: Bench) -> None:
    await bench.confirm(await bench.waiting())
    async with bench.database.transaction() as connection:
        rows = [*(await connection.execute(select(tool_calls))).all()]
        rows += (await connection.execute(select(tool_secrets))).all()
    raw = str(rows)
    for word in ("printer", "ann", "RIM", SESSION, "secret of", "high"):
        assert word not in raw, word


async def test_what_was_made_is_listed_and_read_by_its_asker_alone(bench: Bench) -> None:
    ann, cat = bench.people.person("ann"), bench.people.person("cat")
    await bench.turn().call(LOOK)
    turn = bench.turn()
    turn.saw("RIM-7 is open to all", frozenset({"everyone"}))
    await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-7"}))
    waiting = await bench.waiting(typed="high")
    newest, second, oldest = await bench.workbench.made(ann, limit=10)
    assert (newest.id, newest.standing, newest.result) == (waiting.id, Standing.WAITING, None)
    assert (second.result and second.result.title, oldest.call) == ("Ticket RIM-2001", LOOK)
    assert await bench.workbench.made(ann, limit=10, before=second.id) == [oldest]
    assert await bench.workbench.made(cat, limit=10) == []
    seen = await bench.workbench.made(cat, limit=10, everybody=True)
    assert [each.asker for each in seen] == ["ann"] * 3
    assert [each.result for each in seen] == [None] * 3
    assert [each.call is None for each in seen] == [True, False, False]


async def test_erasing_a_person_removes_what_is_sealed(bench: Bench) -> None:
    waiting = await bench.waiting()
    await bench.turn().call(LOOK)
    await bench.record.erase("ann")
    ann = bench.people.person("ann")
    assert await bench.workbench.made(ann, limit=10, everybody=True) == []
    assert await bench.workbench.waiting(ann) == []
    assert not await bench.secrets.has("ann", "desk")
    assert isinstance(await bench.turn().call(LOOK), Denied)
    assert await bench.workbench.tidy(0) == 3
    async with bench.database.transaction() as connection:
        for table in (tool_calls, tool_secrets):
            assert (await connection.execute(select(table))).all() == []
    assert waiting.id not in str(await bench.workbench.waiting(ann))


async def test_a_legal_hold_keeps_calls_and_what_is_old_goes(bench: Bench) -> None:
    await bench.turn().call(LOOK)
    later = bench.clock.instant + 1
    await bench.record.hold("ann", "court")
    assert await bench.workbench.tidy(later) == 0
    await bench.record.release("ann")
    assert await bench.workbench.tidy(later) == 1


async def test_credentials_are_each_persons_own_and_can_be_forgotten(bench: Bench) -> None:
    secrets = bench.secrets
    await secrets.set("ann", "desk", "newer", origin="web")
    assert await secrets.get("ann", "desk") == "newer"
    assert await secrets.get("cat", "desk") == ""
    assert await secrets.get("ann", "register") == ""
    assert await secrets.forget("ann", "desk", origin="web")
    assert not await secrets.has("ann", "desk")
    assert not await secrets.forget("ann", "desk", origin="web")
    assert (await bench.did())[-3:] == ["connect", "disconnect", "disconnect"]
    await secrets.set("ann", "desk", "newest", origin="web")
    await secrets.set("cat", "desk", "of cat", origin="web")
    async with bench.database.transaction() as connection:
        one = (await connection.execute(select(tool_secrets.c.sealed).limit(1))).scalar_one()
        await connection.execute(update(tool_secrets).values(sealed=one))
    assert "" in (await secrets.get("ann", "desk"), await secrets.get("cat", "desk"))
    for bad in ("", "a\nb", "x" * 9_000):
        with pytest.raises(Exception, match="credential"):
            await secrets.set("ann", "desk", bad, origin="web")


async def test_the_migrations_make_the_tables_that_the_code_knows(bench: Bench) -> None:
    def compared(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection)
        return [each for each in compare_metadata(context, metadata) if "tool_" in str(each)]

    async with bench.database.transaction() as connection:
        assert await connection.run_sync(compared) == []


async def test_hands_are_whatever_keeps_the_protocol(bench: Bench) -> None:
    assert isinstance(bench.hand(CREATE.name), DeskHand)
    assert set(bench.workbench.tools) == {CREATE.name, LOOK_UP.name, PROPOSE.name, TODAY.name}
