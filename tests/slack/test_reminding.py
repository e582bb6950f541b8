"""Owners are told in Slack what of theirs is due for review: once, alone, as far as they read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import assistant.governing
from assistant.governing import DUE_DAYS, Governing
from assistant.slack import reminders as kept
from assistant.slack import reminding
from assistant.slack.accounts import Accounts
from assistant.slack.channels import Answers, Configured, Matching, Rules, Workspace
from assistant.slack.errors import SlackFailed
from assistant.slack.reminders import LEASE_SECONDS, Reminder, Reminders
from assistant.slack.reminding import MOST_LINES, Reminding
from assistant.slack.web import Web
from assistant.stopping import NeverStopped
from assistant.wording import Language, day, speaking
from deploy import slack_joined
from retrieval.access import Principal
from retrieval.audit.record import Desk as By
from retrieval.audit.subject import Standing, Subject
from retrieval.database import Database
from retrieval.documents import day_of, now
from retrieval.governance import governance
from retrieval.governance.decision import Change, Chosen
from retrieval.halting import EVERYTHING, Deed, Sort, Stop, Target
from retrieval.people.company import Company
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures
from tests.retrieval.records import RememberingRecord
from tests.shelves import Shelves
from tests.slack.desk import Desk, desk
from tests.slack.fake import Message, User
from tests.slack.office import BASE, at_once

LEGAL = frozenset({"group:legal"})
BOARD = frozenset({"group:board"})
STELLA = Principal.person("stella", ["legal", "board"])
DAY = 86_400


class Halted(NeverStopped):
    """What is stopped is stopped."""

    def __init__(self, *targets: Target) -> None:
        self.targets = targets

    async def of(self, deed: Deed) -> Stop | None:
        ends = [each for each in self.targets if each.ends(deed)]
        return Stop(ends[0], "A drill.", "adam", 0) if ends else None


@dataclass
class Firm:
    """Ann and Bob of legal; documents of theirs; `ahead` is how many seconds have gone by."""

    office: Desk
    shelves: Shelves
    people: dict[str, User] = field(default_factory=dict)
    ahead: int = 0
    stops: NeverStopped = field(default_factory=NeverStopped)
    teams: tuple[str, ...] = ()
    webs: dict[str, Web] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.teams = (self.office.team.id,)
        self.webs = {self.office.team.id: self.office.web}
        self.governing = Governing.over(
            self.shelves.database,
            RememberingRecord(),
            self.shelves.library,
            lambda: asyncio.sleep(0),
        )
        self.restart()

    def now(self) -> int:
        return now() + self.ahead

    def day(self, ahead: int) -> date:
        """Return a day so many days from when the test began."""
        return day_of(now()) + timedelta(days=ahead)

    def hired(self) -> Reminding:
        """Return who reminds, with nothing in memory."""
        office = self.office
        return Reminding(
            self.teams,
            self.governing,
            Company(office.database),
            Accounts(office.configured, self.web, office.linking),
            Reminders(office.database, self.now),
            office.record,
            office.linking,
            self.stops,
            self.web,
            office.rules_for,
            BASE,
        )

    def web(self, team: str) -> Web:
        if team not in self.webs:
            raise SlackFailed("auth.test", "invalid_auth")
        return self.webs[team]

    def restart(self) -> None:
        self.reminding = self.hired()

    async def joins(self, name: str, *groups: str) -> User:
        self.people[name] = await self.office.person(name, *groups)
        return self.people[name]

    async def has(
        self, title: str, owner: str, ahead: int, readers: frozenset[str] = LEGAL, uri: str = ""
    ) -> str:
        """Add a document that is to be reviewed in so many days; return its id."""
        await self.shelves.put(uri or title, title=title, owner=owner, readers=readers)
        document = await self.shelves.document_id(uri or title)
        await self.moves(document, ahead)
        return document

    async def moves(self, document: str, ahead: int) -> None:
        """Decide anew by when a document is to be reviewed."""
        await self.governing.governance.decide(
            Chosen(documents=frozenset({document})),
            Change(review_by=self.day(ahead).isoformat()),
            "They met.",
            principal=STELLA,
            desk=By("stella", "test"),
        )

    async def look(self) -> None:
        await self.reminding.look()

    def told(self, name: str) -> list[Message]:
        return self.office.team.posted(self.office.team.dm(self.people[name]))

    def sent(self) -> str:
        """Return all that was ever sent to Slack."""
        return json.dumps([each.args for each in self.office.slack.calls], ensure_ascii=False)


@pytest.fixture
async def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Firm]:
    async with opened(tmp_path) as one:
        for module in (assistant.governing, reminding):
            monkeypatch.setattr(module, "now", one.now)
        monkeypatch.setattr(governance, "now", lambda: now() - 9 * DAY)  # days may pass since
        yield one


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Firm]:
    shelves = Shelves(folder)
    try:
        async with desk(folder, None, shelves.database, direct=Rules(Answers.ALL)) as office:
            one = Firm(office, shelves)
            for name in ("ann", "bob"):
                await one.joins(name, "legal")
            yield one
    finally:
        await shelves.database.close()


async def test_an_owner_is_told_once_of_all_that_is_due(firm: Firm) -> None:
    soon = await firm.has("Lease of Berlin", "ann", 3)
    late = await firm.has("Travel policy", "Legal Team, ann", -2)
    await firm.has("Far away", "ann", DUE_DAYS + 1)
    await firm.has("Of nobody", "max", 3)
    await firm.look()
    await firm.look()
    firm.restart()
    await firm.look()

    [message] = firm.told("ann")
    assert message.words.startswith("2 documents of yours are due for review.")
    assert f"Travel policy, was due by {day(firm.day(-2))}" in message.words
    assert f"Lease of Berlin, review by {day(firm.day(3))}" in message.words
    assert message.words.index("Travel") < message.words.index("Lease")
    for link in (f"/source/{soon}/1", f"/source/{late}/1", "/documents?show=mine&order=review"):
        assert f'"{BASE}{link}"' in json.dumps(message.blocks)
    assert message.text == "2 documents of yours are due for review."
    assert firm.told("bob") == []
    assert "Far away" not in firm.sent()
    assert "Of nobody" not in firm.sent()


async def test_it_is_told_once_more_when_it_is_overdue(firm: Firm) -> None:
    await firm.has("Lease", "ann", 3)
    await firm.look()
    firm.ahead = 3 * DAY
    await firm.look()
    assert len(firm.told("ann")) == 1
    firm.ahead = 4 * DAY
    await firm.look()
    await firm.look()

    _, again = firm.told("ann")
    assert again.words.startswith("A document of yours is due for review.")
    assert f"Lease, was due by {day(firm.day(3))}" in again.words


async def test_another_day_is_told_anew_and_only_what_is_new(firm: Firm) -> None:
    lease = await firm.has("Lease", "ann", 3)
    await firm.look()
    await firm.moves(lease, 300)
    await firm.look()
    assert len(firm.told("ann")) == 1
    await firm.moves(lease, 5)
    await firm.look()
    await firm.has("Policy", "ann", 4)
    await firm.look()

    _, moved, other = firm.told("ann")
    assert f"Lease, review by {day(firm.day(5))}" in moved.words
    assert "Policy" in other.words
    assert "Lease" not in other.words


async def test_who_owns_what_they_may_not_read_is_told_nothing_of_it(firm: Firm) -> None:
    await firm.has("Project Zephyr", "ann", 3, BOARD)
    await firm.has("Merger with Boreas", "legal", -3, BOARD)
    await firm.has("Lease", "ann", 3)
    await firm.look()

    [message] = firm.told("ann")
    assert message.words.startswith("A document of yours is due for review.")
    assert firm.told("bob") == []
    assert "Zephyr" not in firm.sent()
    assert "Boreas" not in firm.sent()


@pytest.mark.parametrize("change", ["leaves", "suspended", "another", "stopped"])
async def test_what_changes_while_slack_is_waited_for_counts(firm: Firm, change: str) -> None:
    await firm.has("Project Zephyr", "ann", 3)
    firm.office.slack.hold("conversations.open")
    looking = asyncio.create_task(firm.look())
    async with asyncio.timeout(60):
        while not await begun(firm):  # noqa: ASYNC110 - SQL tells nobody
            await asyncio.sleep(0.01)
    if change == "leaves":
        await firm.office.directory.leave("legal", ["user:ann"])
    elif change == "suspended":
        await firm.office.directory.suspend("ann")
    elif change == "another":
        firm.people["ann"].email = "bob@firm.example"
        firm.office.linking.forget(firm.office.team.id)
    else:
        firm.reminding._stops = Halted(Target(Sort.CHANNEL, "slack"))
    firm.office.slack.release("conversations.open")
    await looking

    assert firm.told("ann") == []
    assert "Zephyr" not in firm.sent()


async def begun(firm: Firm) -> int:
    """Return of how many documents people were told, or are about to be."""
    async with firm.office.database.transaction() as connection:
        return len((await connection.execute(kept.table.select())).all())


async def test_who_is_suspended_a_guest_or_not_known_is_told_nothing(firm: Firm) -> None:
    for name in ("guy", "sue", "una", "max", "zoe"):
        await firm.joins(name, "legal")
    firm.people["guy"].is_guest = True
    firm.people["una"].is_email_confirmed = False
    firm.people["zoe"].is_deleted = True
    firm.people["max"].email = "max@private.example"
    await firm.office.directory.suspend("sue")
    await firm.has("Lease", "legal", 3)
    await firm.look()

    told = {name for name in firm.people if firm.told(name)}
    assert told == {"ann", "bob"}
    assert len(firm.office.team.posted()) == 2


async def test_an_owner_goes_by_their_name_the_name_in_use_or_a_group(firm: Firm) -> None:
    await firm.office.directory.add("pri", "Priya Raman")
    await firm.office.directory.join("legal", ["user:pri", "group:contracts"])
    await firm.office.directory.add("cat")
    await firm.office.directory.join("contracts", ["user:cat"])
    for name in ("pri", "cat"):
        firm.people[name] = firm.office.team.user(name.title(), f"{name}@firm.example")
    await firm.has("Lease", "Facilities; priya  RAMAN", 3)
    await firm.has("Policy", "Contracts", 3)
    await firm.look()

    assert "Lease" in firm.told("pri")[0].words
    assert "Policy" not in firm.told("pri")[0].words
    assert "Policy" in firm.told("cat")[0].words
    assert firm.told("ann") == firm.told("bob") == []


async def test_after_ten_it_is_told_how_many_more_there_are(firm: Firm) -> None:
    for at in range(MOST_LINES + 2):
        await firm.has(f"Paper {at:02}", "ann", at)
    await firm.look()
    await firm.look()

    [message] = firm.told("ann")
    assert message.words.startswith("12 documents of yours")
    assert message.words.count("Paper") == MOST_LINES
    assert "Paper 09" in message.words
    assert "and 2 more.Open the list of your documents" in message.words


async def test_more_than_a_page_of_a_list_is_told_of_too(firm: Firm) -> None:
    for at in range(53):
        await firm.shelves.put(f"{at}", title=f"Paper {at}", owner="ann", readers=LEGAL)
    known = await firm.shelves.shelf.known("folder")
    for each in known.values():
        await firm.moves(each.document_id, 3)
    await firm.look()

    [message] = firm.told("ann")
    assert message.words.startswith("53 documents of yours")


async def test_a_hostile_title_is_shown_as_text(firm: Firm) -> None:
    hostile = "<!channel> *now* <@U000000001> <https://evil.example|{count}> & https://evil.example"
    await firm.has(hostile, "ann", 3, uri="hostile")
    await firm.has("L" * 100_000, "ann", 4, uri="long")
    await firm.look()

    [message] = firm.told("ann")
    [block] = message.blocks
    shown = [each for part in block["elements"] for each in part["elements"]]
    assert {each["type"] for each in shown} == {"text", "link"}
    assert {each["url"].removeprefix(BASE)[0] for each in shown if "url" in each} == {"/"}
    title = next(each["text"] for each in shown if "channel" in each["text"])
    assert title.startswith("<!channel> *now* <@U000000001> <https[:]//evil[.]example|{count}>")
    assert f"{'L' * reminding.MOST_TITLE}…, review by" in message.words
    [call] = firm.office.slack.of("chat.postMessage")
    assert call.args["text"] == "2 documents of yours are due for review."
    assert "mrkdwn" not in json.dumps(call.args)


async def test_it_is_told_in_the_language_of_direct_messages(firm: Firm) -> None:
    firm.office.direct = replace(firm.office.direct, language=Language.DE)
    await firm.has("Mietvertrag", "ann", 3)
    await firm.look()

    [message] = firm.told("ann")
    assert message.text == "Ein Dokument von Ihnen ist zur Prüfung fällig."
    with speaking(Language.DE):
        assert f"Mietvertrag, zu prüfen bis zum {day(firm.day(3))}" in message.words


async def test_whom_slack_fails_is_told_later_and_the_others_now(
    firm: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    await firm.has("Lease", "legal", 3)
    firm.office.slack.fail("chat.postMessage", status=500)
    await firm.look()
    assert [len(firm.told(each)) for each in ("ann", "bob")] == [0, 1]
    await firm.look()
    assert firm.told("ann") == []
    firm.ahead = LEASE_SECONDS
    await firm.look()
    await firm.look()

    assert [len(firm.told(each)) for each in ("ann", "bob")] == [1, 1]
    assert "Somebody was not reminded: internal_error." in caplog.text
    assert "ann" not in caplog.text
    assert "Lease" not in caplog.text


async def test_who_cannot_be_looked_for_now_is_told_at_the_next_look(firm: Firm) -> None:
    await firm.has("Lease", "legal", 3)
    fault = firm.office.slack.fail(
        "users.lookupByEmail",
        status=500,
        times=10**6,
        where=lambda args: args["email"].startswith("ann"),
    )
    await firm.look()
    assert [len(firm.told(each)) for each in ("ann", "bob")] == [0, 1]
    fault.times = 0
    await firm.look()

    assert [len(firm.told(each)) for each in ("ann", "bob")] == [1, 1]


async def test_what_slack_refuses_for_good_is_not_tried_again(firm: Firm) -> None:
    await firm.has("Lease", "ann", 3)
    firm.office.slack.fail("chat.postMessage", "restricted_action")
    await firm.look()
    firm.ahead = LEASE_SECONDS
    await firm.look()
    assert len(firm.office.slack.of("chat.postMessage")) == 1
    await firm.has("Policy", "ann", 3)
    await firm.look()

    [message] = firm.told("ann")
    assert "Policy" in message.words


async def test_a_crash_before_the_message_leaves_nobody_out_and_tells_nobody_twice(
    firm: Firm,
) -> None:
    await firm.has("Lease", "ann", 3)
    firm.office.slack.hold("conversations.open")
    looking = asyncio.create_task(firm.look())
    async with asyncio.timeout(60):
        while not await begun(firm):  # noqa: ASYNC110 - SQL tells nobody
            await asyncio.sleep(0.01)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    firm.office.slack.release("conversations.open")
    firm.restart()
    await firm.look()
    assert firm.told("ann") == []
    firm.ahead = LEASE_SECONDS
    for _ in range(2):
        firm.restart()
        await firm.look()

    assert len(firm.told("ann")) == 1


async def test_two_servers_that_look_at_once_tell_it_once(firm: Firm) -> None:
    for at in range(3):
        await firm.has(f"Paper {at}", "legal", at)
    await asyncio.gather(*(firm.hired().look() for _ in range(4)))

    assert [len(firm.told(each)) for each in ("ann", "bob")] == [1, 1]
    assert firm.told("ann")[0].words.startswith("3 documents")


@pytest.mark.parametrize("target", [Target(Sort.CHANNEL, "slack"), EVERYTHING])
async def test_while_slack_is_stopped_nobody_is_told_and_after_that_they_are(
    firm: Firm, target: Target
) -> None:
    await firm.has("Lease", "ann", 3)
    firm.stops = Halted(target)
    firm.restart()
    await firm.look()
    assert firm.office.slack.calls == []
    firm.stops = NeverStopped()
    firm.restart()
    await firm.look()

    assert len(firm.told("ann")) == 1


async def test_of_several_workspaces_the_first_with_an_account_is_told_in(firm: Firm) -> None:
    other = firm.office.slack.team()
    domains = {"firm.example": Matching.NAME}
    workspaces: Any = firm.office.configured.workspaces
    workspaces[other.id] = Workspace(other.id, domains)
    firm.teams += (other.id,)
    there = {name: other.user(name.title(), f"{name}@firm.example") for name in ("ann", "zoe")}
    await firm.office.directory.add("zoe")
    await firm.office.directory.join("legal", ["user:zoe"])
    await firm.has("Lease", "legal", 3)
    web = firm.webs[other.id] = Web(other.bot_token, api=firm.office.slack.url, pace=at_once())
    firm.office.linking._workspaces = firm.web
    firm.restart()
    try:
        await firm.look()
        await firm.look()
    finally:
        await web.close()

    assert [len(firm.told(each)) for each in ("ann", "bob")] == [1, 1]
    assert other.posted(other.dm(there["ann"])) == []
    assert len(other.posted(other.dm(there["zoe"]))) == 1


async def test_a_workspace_that_is_not_reached_keeps_nobody_from_being_told_in_another(
    firm: Firm,
) -> None:
    workspaces: Any = firm.office.configured.workspaces
    workspaces["T999"] = Workspace("T999", {"firm.example": Matching.NAME})
    firm.teams = ("T999", *firm.teams)
    firm.restart()
    await firm.has("Lease", "ann", 3)
    await firm.look()
    await firm.look()

    assert len(firm.told("ann")) == 1


async def test_it_looks_after_a_while_and_then_again_whatever_goes_wrong(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await firm.has("Lease", "ann", 3)
    firm.reminding._first_seconds = firm.reminding._look_seconds = 0.0
    look, went_wrong = firm.reminding.look, list[bool]()

    async def looks() -> None:
        if not went_wrong:
            went_wrong.append(True)
            raise RuntimeError("ann")
        await look()

    monkeypatch.setattr(firm.reminding, "look", looks)
    async with firm.reminding.going():
        await firm.office.slack.until(lambda: firm.office.slack.of("chat.postMessage"))
    assert len(firm.told("ann")) == 1
    assert "Nobody could be reminded: RuntimeError." in caplog.text


@pytest.mark.parametrize("reminds", [False, True])
async def test_nobody_is_reminded_but_where_an_administrator_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reminds: bool
) -> None:
    going = list[Any]()

    class Noting(Reminding):
        @asynccontextmanager
        async def going(self) -> AsyncIterator[None]:
            going.append(self._teams)
            yield

    monkeypatch.setattr(slack_joined, "Reminding", Noting)
    database = Database(f"sqlite:///{tmp_path / 'library.db'}")
    await database.migrate()
    workspaces = {"T1": Workspace("T1"), "T2": Workspace("T2", reminds_owners=reminds)}
    unused = dict.fromkeys(("library", "assistant", "history", "watching", "governing"))
    parts: Any = SimpleNamespace(
        **unused,
        database=database,
        record=RememberingRecord(),
        workbench=None,
        stops=NeverStopped(),
        settings=SimpleNamespace(
            address=lambda: BASE, slack_prompts=(), slack_streams=True, conversation_days=1
        ),
        review=SimpleNamespace(reporting=SimpleNamespace(told=None), cases=None, drafts=None),
    )
    web: Any = None
    async with slack_joined.joined(parts, Configured(workspaces), web):
        assert going == ([("T2",)] if reminds else [])
    await database.close()


class Keys:
    """What the record knows: who is held, and who was erased."""

    def __init__(self, held: str = "", erased: str = "") -> None:
        self.held, self.erased = held, erased

    async def subject(self, person: str) -> Subject:
        return Subject.new(person)

    async def standing(self) -> Standing:
        return Standing(frozenset({self.held}), frozenset({self.erased}))


async def test_reminders_are_kept_once_and_taken_over_when_left(database: Database) -> None:
    instant = [1_000]
    reminders = Reminders(database, lambda: instant[0])
    one, other = Reminder("d1", "2026-01-31", False), Reminder("d1", "2026-01-31", True)

    assert await reminders.fresh("s1", [one, other]) == {one, other}
    assert await reminders.begin("s1", "T1", [one]) == {one}
    assert await reminders.begin("s1", "T1", [one, other]) == {other}
    assert await reminders.begin("s2", "T1", [one]) == {one}
    assert await reminders.fresh("s1", [one, other]) == set()
    await reminders.told("s1", [other])
    instant[0] += LEASE_SECONDS
    assert await reminders.fresh("s1", [one, other]) == {one}
    assert await reminders.begin("s1", "T2", [one, other]) == {one}
    assert await reminders.begin("s1", "T1", [one]) == set()
    await reminders.told("s1", [one])
    instant[0] += LEASE_SECONDS
    assert await reminders.begin("s1", "T1", [one, other]) == set()
    assert await kept.tidy(database, Keys("s2"), instant[0]) == 2
    assert await kept.tidy(database, Keys(), instant[0]) == 1


async def test_what_is_old_goes_unless_it_would_be_told_again(firm: Firm) -> None:
    document = await firm.has("Lease", "ann", 3)
    database, current = firm.office.database, firm.day(3).isoformat()
    reminders = Reminders(database, lambda: 1_000)
    rows = {
        "now": Reminder(document, current, False),
        "moved": Reminder(document, "2020-01-31", False),
        "away": Reminder("d" * 32, current, False),
    }
    for subject in ("free", "held", "erased"):
        await reminders.begin(subject, "T1", rows.values())
    keys = Keys("held", "erased")

    assert await kept.tidy(database, keys, 1_000) == 3
    assert await kept.tidy(database, keys, 1_001) == 2
    assert await kept.tidy(database, keys, 1_001) == 0
    reminders = Reminders(database, lambda: 1_000)
    assert await reminders.fresh("free", rows.values()) == {rows["moved"], rows["away"]}
    assert await reminders.fresh("held", rows.values()) == set()
    assert await reminders.fresh("erased", rows.values()) == set(rows.values())


async def test_who_was_erased_is_not_known_by_what_they_were_told(firm: Firm) -> None:
    await firm.has("Lease", "ann", 3)
    await firm.look()
    await firm.office.record.erase("ann")

    assert await kept.tidy(firm.office.database, firm.office.record, 0) == 1
    assert await begun(firm) == 0
