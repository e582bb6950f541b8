"""What somebody else confirms than its asker: they are asked alone in Slack, and say it there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from assistant.slack import approving, pressing, requesting
from assistant.slack.channels import Answers, Matching, Rules, Workspace
from assistant.slack.event import Member, Place
from assistant.slack.presses import Action, Fault
from assistant.slack.requesting import Requesting
from assistant.slack.requests import LEASE_SECONDS, Request, Requests
from retrieval.access import Principal
from retrieval.database import Database
from retrieval.people.company import Company
from retrieval.people.directory import Directory
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures
from tests.slack.desk import Desk, desk, pressable
from tests.slack.fake import Channel, Message, User
from tests.slack.office import whispered
from tests.tools.benches import CREATE, PROPOSE, TICKET, Bench, policy_of
from tools.call import Call
from tools.confirmation import Confirmation, Standing, Waiting
from tools.labels import Label, Whence
from tools.tool import Asker

NOTE = {"note": "Ninety days."}
TOOLS = {PROPOSE.name: frozenset({"everyone"}), CREATE.name: frozenset({"everyone"})}
ASKED = "You may confirm it, as one of: group:legal"


@dataclass
class Firm:
    """Ann, who asks; Bob and Lea of legal, who may confirm; Eve, who may not."""

    office: Desk
    bench: Bench
    people: dict[str, User] = field(default_factory=dict)
    asking: list[Requesting] = field(default_factory=list)

    async def joins(self, name: str, *groups: str) -> User:
        self.people[name] = await self.office.person(name, *groups)
        self.bench.people.groups[name] = list(groups)
        return self.people[name]

    async def waits(self, call: Call | None = None, typed: str = "", name: str = "ann") -> str:
        """Have a call wait that somebody asked for in a direct message; return its id."""
        user, team = self.people[name], self.office.team
        asker = Asker(
            Principal.person(name, self.bench.people.groups[name]),
            channel="slack",
            origin=f"slack {team.id} {team.dm(user).id}",
        )
        session = approving.session_of(Member(team.id, user.id))
        turn = self.bench.workbench.turn(asker, session=session, typed=typed)
        came = await turn.call(call or Call(PROPOSE.name, NOTE))
        assert isinstance(came, Waiting), came
        return came.confirmation.id

    async def look(self) -> None:
        await self.asking[-1].look()

    def restart(self) -> None:
        """Let another process ask."""
        self.asking.append(self.office.hired_to_request())

    def told(self, name: str) -> list[Message]:
        """Return what stands in the direct messages with somebody."""
        return self.office.team.posted(self.dm(name))

    def dm(self, name: str) -> Channel:
        return self.office.team.dm(self.people[name])

    async def confirmation(self, call: str) -> Confirmation:
        ann = self.bench.people.person("ann", "slack")
        return await self.bench.workbench.confirmation(call, asker=ann)


@asynccontextmanager
async def firm(folder: Path) -> AsyncIterator[Firm]:
    database = Database(f"sqlite:///{folder / 'library.db'}")
    await database.migrate()
    bench = await Bench.open(database, folder, policy=policy_of(channels=("slack", "web")))
    rules = Rules(answers=Answers.ALL, tools=TOOLS)
    more: dict[str, Any] = {"direct": rules, "workbench": bench.workbench, "instant": bench.clock}
    try:
        async with desk(folder, None, database, bench.record, **more) as office:
            one = Firm(office, bench)
            await one.joins("ann", "staff")
            for name, group in (("bob", "legal"), ("lea", "legal"), ("eve", "staff")):
                await one.joins(name, group)
            one.restart()
            yield one
    finally:
        await bench.close()
        await database.close()


async def test_each_of_them_is_asked_alone_with_every_argument_to_the_letter(
    tmp_path: Path,
) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits(typed=NOTE["note"])
        await at.look()
        await at.look()

        for name in ("bob", "lea"):
            [message] = at.told(name)
            assert "Asked for by ann." in message.words
            assert ASKED in message.words
            assert NOTE["note"] in message.words
            assert "ann wrote it" in message.words
            assert "The register is asked to note:" in message.words
            assert "lapses at" in message.words
            assert set(pressable(message.blocks)) == {Action.CONFIRM, Action.DECLINE}
        assert at.told("eve") == at.told("ann") == []
        assert at.bench.far.effects == {}
        assert (await at.confirmation(call)).standing is Standing.WAITING


async def test_confirmed_by_one_it_is_done_once_and_everybody_learns_of_it(
    tmp_path: Path,
) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits()
        await at.look()
        [bobs], [leas] = at.told("bob"), at.told("lea")
        body = at.office.slack.bodies(at.office.team).press(at.people["bob"], bobs, Action.CONFIRM)
        await at.office.comes(body, body)
        await at.office.pressing.close()
        await at.look()
        await at.look()

        assert list(at.bench.far.times.values()) == [1]
        [errand] = at.bench.far.asked
        assert errand.asker.principal.name == "ann"
        made = await at.bench.workbench.call_made(call, asker=at.bench.people.person("ann"))
        assert (made.standing, made.confirmed_by) == (Standing.DONE, "bob")
        assert bobs.words.startswith("Done. Ticket")
        assert "is open" not in bobs.words
        done = requesting.ENDED[Standing.DONE]
        assert done in leas.words
        assert pressable(leas.blocks) == {}
        [anns] = at.told("ann")
        assert done in anns.words
        assert f"/confirmations/{call}" in json.dumps(anns.blocks)
        words = [each["about"] for each in await at.bench.noted("confirm")]
        assert [(each["did"], each.get("reason", "")) for each in words].count(("confirm", "")) == 1
        assert ("refused", Fault.REPLAY.value) in [
            (each["did"], each.get("reason", "")) for each in words
        ]


async def test_of_two_who_confirm_at_once_one_does(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        await at.waits()
        await at.look()
        bodies = at.office.slack.bodies(at.office.team)
        for name in ("bob", "lea"):
            [message] = at.told(name)
            await at.office.comes(bodies.press(at.people[name], message, Action.CONFIRM))
        await at.office.pressing.close()

        assert list(at.bench.far.times.values()) == [1]
        said = sorted(at.told(name)[0].words[:4] for name in ("bob", "lea"))
        assert said == ["Done", "Noth"]


async def test_declined_it_is_not_done_and_its_asker_learns_of_it(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits()
        await at.look()
        [bobs] = at.told("bob")
        await at.office.presses_on(at.people["bob"], bobs, Action.DECLINE)
        await at.look()

        assert at.bench.far.effects == {}
        assert (await at.confirmation(call)).standing is Standing.DECLINED
        assert bobs.words == approving.DECLINED
        for name in ("lea", "ann"):
            assert requesting.ENDED[Standing.DECLINED] in at.told(name)[-1].words


async def test_unanswered_it_is_not_done_and_everybody_learns_of_it(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits()
        await at.look()
        [bobs] = at.told("bob")
        shown = bobs.blocks
        at.bench.clock.forward(300)
        await at.look()

        for name in ("bob", "lea", "ann"):
            assert requesting.ENDED[Standing.EXPIRED] in at.told(name)[-1].words
            assert pressable(at.told(name)[-1].blocks) == {}
        bobs.blocks = shown
        await at.office.presses_on(at.people["bob"], bobs, Action.CONFIRM)
        assert at.bench.far.effects == {}
        assert (await at.confirmation(call)).standing is Standing.EXPIRED
        assert await at.office.requests.every() == []


@pytest.mark.parametrize("who", ["ann", "eve", "lea"])
async def test_a_press_by_somebody_else_is_refused_and_on_record(tmp_path: Path, who: str) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits()
        await at.look()
        [bobs] = at.told("bob")
        await at.office.presses_on(at.people[who], bobs, Action.CONFIRM)

        assert at.bench.far.effects == {}
        assert (await at.confirmation(call)).standing is Standing.WAITING
        assert whispered(at.office, at.people[who]) == [pressing.FAULTS[Fault.OTHER_PERSON]]
        [noted] = [each["about"] for each in await at.office.noted("confirm")]
        assert noted == {"did": "refused", "reason": "other_person", "call": call}
        await at.office.presses_on(at.people["bob"], bobs, Action.CONFIRM)
        assert len(at.bench.far.effects) == 1


async def test_who_lost_the_right_by_then_confirms_nothing(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits()
        await at.look()
        [bobs] = at.told("bob")
        await at.office.directory.leave("legal", ["user:bob"])
        await at.office.presses_on(at.people["bob"], bobs, Action.CONFIRM)

        assert at.bench.far.effects == {}
        assert bobs.words == approving.NOTHING_WAITS
        assert (await at.confirmation(call)).standing is Standing.WAITING


async def test_a_tool_that_is_closed_where_it_was_asked_for_is_not_used(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        await at.waits()
        await at.look()
        at.office.direct = Rules(answers=Answers.ALL)
        [bobs] = at.told("bob")
        await at.office.presses_on(at.people["bob"], bobs, Action.CONFIRM)

        assert at.bench.far.effects == {}
        assert bobs.words == approving.OFF


async def test_who_asks_may_confirm_nothing_of_it_though_of_the_group(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        at.bench.people.groups["lea"] = ["legal", "staff"]
        await at.office.directory.join("staff", ["user:lea"])
        await at.waits(name="lea")
        await at.look()

        assert len(at.told("bob")) == 1
        assert at.told("lea") == []


async def test_who_may_not_read_what_an_argument_is_from_is_not_asked(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        waiting = at.bench.workbench.waiting_for_others

        async def others() -> Any:
            label = Label(Whence.TEXT, frozenset({"user:lea"}))
            return [replace(each, labels={"note": label}) for each in await waiting()]

        one = at.bench.calls.opened

        async def opened(statement: Any) -> Any:
            label = Label(Whence.TEXT, frozenset({"user:lea"}))
            return [
                replace(each, asked=replace(each.asked, labels={"note": label}))
                for each in await one(statement)
            ]

        await at.waits()
        at.bench.calls.opened = opened  # type: ignore[method-assign]
        await at.look()

        assert await others()
        assert at.told("bob") == []
        assert len(at.told("lea")) == 1


async def test_what_is_confirmed_by_oneself_asks_nobody(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        await at.waits(Call(CREATE.name, TICKET))
        await at.look()

        assert [at.told(each) for each in at.people] == [[]] * len(at.people)
        assert await at.office.requests.every() == []


async def test_who_has_no_account_there_finds_it_in_the_web(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        await at.office.directory.add("max")
        await at.office.directory.join("legal", ["user:max"])
        at.bench.people.groups["max"] = ["legal"]
        gone = await at.joins("zoe", "legal")
        gone.is_deleted = True
        guest = await at.joins("guy", "legal")
        guest.is_guest = True
        call = await at.waits()
        await at.look()

        assert len(at.told("bob")) == len(at.told("lea")) == 1
        assert at.told("guy") == []
        max_ = at.bench.people.person("max", "web")
        waiting = await at.bench.workbench.waiting(max_)
        assert [each.id for each in waiting] == [call]
        digest = waiting[0].digest
        await at.bench.workbench.confirm(call, asker=max_, session="web", digest=digest)
        assert len(at.bench.far.effects) == 1
        await at.look()
        assert requesting.ENDED[Standing.DONE] in at.told("bob")[0].words


async def test_after_a_restart_nobody_is_asked_twice_and_nobody_is_left_out(
    tmp_path: Path,
) -> None:
    async with firm(tmp_path) as at:
        call = await at.waits()
        at.office.slack.fail("chat.postMessage", status=500, is_late=False)
        await at.look()
        assert [len(at.told(each)) for each in ("bob", "lea")] == [0, 1]
        at.restart()
        await at.look()
        assert [len(at.told(each)) for each in ("bob", "lea")] == [0, 1]
        at.bench.clock.forward(LEASE_SECONDS)
        at.restart()
        await at.look()
        at.restart()
        await at.look()

        assert [len(at.told(each)) for each in ("bob", "lea")] == [1, 1]
        [bobs] = at.told("bob")
        await at.office.presses_on(at.people["bob"], bobs, Action.CONFIRM)
        assert len(at.bench.far.effects) == 1
        at.restart()
        await at.look()
        assert requesting.ENDED[Standing.DONE] in at.told("ann")[-1].words
        assert {each.call for each in await at.office.requests.every()} <= {call}


async def test_slack_away_is_tried_again(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        await at.waits()
        fault = at.office.slack.fail("users.lookupByEmail", status=500, times=10**6)
        await at.look()
        assert at.told("bob") == []
        fault.times = 0
        await at.look()

        assert len(at.told("bob")) == len(at.told("lea")) == 1


async def test_an_account_counts_only_as_what_linking_says_it_is(tmp_path: Path) -> None:
    async with firm(tmp_path) as at:
        team = at.office.team
        named = team.user("Robert", "robert@private.example")
        at.people["robert"] = named
        workspace = Workspace(
            team.id,
            {"firm.example": Matching.NAME},
            {named.id: "bob", at.people["lea"].id: ""},
        )
        at.office.configured.workspaces[team.id] = workspace  # type: ignore[index]
        at.people["bob"].is_email_confirmed = False
        await at.waits()
        await at.look()

        assert len(at.told("robert")) == 1
        assert at.told("bob") == at.told("lea") == []


async def test_requests_are_kept_once_and_taken_over_when_left(database: Database) -> None:
    instant = [1_000]
    requests = Requests(database, lambda: instant[0])
    one = Request("c" * 32, Member("T1", "U1"), Place("T1", ""), "", 2_000)
    asker = replace(one, member=Member("T1", "U2"), is_asker=True)

    assert [await requests.begin(one) for _ in range(2)] == [True, False]
    assert [await requests.begin(asker) for _ in range(2)] == [False, False]
    instant[0] += LEASE_SECONDS
    assert [await requests.begin(one) for _ in range(2)] == [True, False]
    assert not await requests.begin(asker)
    await requests.asked(one, "D1", "1.2")
    instant[0] += LEASE_SECONDS
    assert not await requests.begin(one)
    every = await requests.every()
    assert {(each.member.user, each.ts, each.is_asker) for each in every} == {
        ("U1", "1.2", False),
        ("U2", "", True),
    }
    assert await requests.tidy() == 0
    await requests.forget(one.call, one.member, "T1")
    assert [each.member.user for each in await requests.every()] == ["U2"]
    instant[0] = one.expires + 86_401
    assert await requests.tidy() == 1


async def test_who_answers_to_a_key_is_found_however_deep(database: Database) -> None:
    directory, company = Directory(database), Company(database)
    for name in ("ann", "bob", "cat", "dan", "eve"):
        await directory.add(name)
    await directory.join("legal", ["user:ann", "group:contracts"])
    await directory.join("contracts", ["user:bob", "user:dan", "group:legal"])
    await directory.join("staff", ["user:eve"])
    await directory.suspend("dan")

    assert await company.answering_to({"group:legal"}, 10) == ["ann", "bob"]
    assert await company.answering_to({"group:contracts", "user:cat"}, 10) == ["ann", "bob", "cat"]
    assert await company.answering_to({"everyone"}, 3) == ["ann", "bob", "cat"]
    assert await company.answering_to({"group:nobody"}, 10) == []
