"""Who a Slack user is here: whom an administrator or a confirmed address names, or nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.slack import people
from assistant.slack.channels import Configured, Looking, Matching, Workspace
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Member
from assistant.slack.people import Claim, Linked, Linking, Unlinked, Why, claim_of
from assistant.slack.profiles import UserInfo
from assistant.slack.web import Web
from retrieval.database import Database
from retrieval.people.company import Company
from retrieval.people.directory import Directory
from retrieval.people.people import Role
from tests.slack.fake import FakeSlack

ANN = UserInfo("U1", "T1", email="ann@firm.example", is_email_confirmed=True)
FIRM = Workspace(
    "T1",
    domains={"firm.example": Matching.NAME, "whole.example": Matching.ADDRESS},
    people={"U7": "greta", "U8": ""},
)


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({}, Claim("ann")),
        ({"email": "Ann@Firm.Example"}, Claim("ann")),
        ({"email": "ann@whole.example"}, Claim("ann@whole.example")),
        ({"email": "ann+x@firm.example"}, Claim("ann+x")),
        ({"user": "U7"}, Claim("greta", is_exact=True)),
        ({"user": "U7", "email": "", "is_email_confirmed": False}, Claim("greta", is_exact=True)),
        ({"user": "U8"}, Why.NAMED_NOBODY),
        ({"is_bot": True}, Why.APP),
        ({"is_deleted": True}, Why.DELETED),
        ({"is_stranger": True}, Why.STRANGER),
        ({"team": "T2"}, Why.STRANGER),
        ({"team": ""}, Why.STRANGER),
        ({"is_guest": True}, Why.GUEST),
        ({"email": ""}, Why.NO_ADDRESS),
        ({"is_email_confirmed": False}, Why.NOT_CONFIRMED),
        ({"email": "ann@firm.example.evil.example"}, Why.OTHER_DOMAIN),
        ({"email": "ann@sub.firm.example"}, Why.OTHER_DOMAIN),
        ({"email": "ann@evil.example"}, Why.OTHER_DOMAIN),
        ({"email": "ann"}, Why.ODD_ADDRESS),
        ({"email": "@firm.example"}, Why.ODD_ADDRESS),
        ({"email": "ann@evil.example@firm.example"}, Why.ODD_ADDRESS),
        ({"email": '"ann"@firm.example'}, Why.ODD_ADDRESS),
        ({"email": "ann(x)@firm.example"}, Why.ODD_ADDRESS),
        ({"email": "ann,bob@firm.example"}, Why.ODD_ADDRESS),
        ({"email": "ann @firm.example"}, Why.ODD_ADDRESS),
        ({"email": "ann\n@firm.example"}, Why.ODD_ADDRESS),
        ({"email": "аnn@firm.example"}, Why.ODD_ADDRESS),
        ({"email": "ann@fırm.example"}, Why.ODD_ADDRESS),
        ({"email": "\u212aate@firm.example"}, Why.ODD_ADDRESS),
    ],
)
def test_a_name_is_what_is_sure(changes: dict[str, Any], claim: Claim | Why) -> None:
    assert claim_of(replace(ANN, **changes), FIRM) == claim


@pytest.mark.parametrize("fault", ["is_bot", "is_deleted", "is_stranger", "is_guest"])
def test_whom_an_administrator_named_is_nobody_all_the_same_as_a_guest(fault: str) -> None:
    named: dict[str, Any] = {"user": "U7", fault: True}

    assert isinstance(claim_of(replace(ANN, **named), FIRM), Why)


def test_of_a_workspace_that_is_not_named_nobody_is_known() -> None:
    assert claim_of(replace(ANN, team="T9"), Configured().workspace("T9")) is Why.OTHER_DOMAIN


@pytest.mark.parametrize("why", list(Why))
def test_each_reason_is_told_with_what_to_do(why: Why) -> None:
    told = Unlinked(Member("T1", "U1"), why).told

    assert told.startswith("Pincite does not know who you are: ")
    is_by_hand = why in people._BY_HAND
    assert told.count(". ") == 1 + is_by_hand
    assert told.endswith(": U1." if is_by_hand else ".")


class Town:
    """A workspace of the fake, a directory, and who is linked."""

    def __init__(self, slack: FakeSlack, web: Web, database: Database) -> None:
        self.slack, self.team, self.web = slack, slack.teams["T000000001"], web
        self.directory = Directory(database)
        self.instant = 0.0
        self.named: dict[str, str] = {}
        workspace = Workspace(self.team.id, {"firm.example": Matching.NAME}, self.named)
        self.linking = Linking(
            Configured({self.team.id: workspace}, looking=Looking(remember_people=60)),
            lambda _: web,
            Company(database),
            lambda: self.instant,
        )

    async def who(self, user: str) -> Linked | Unlinked:
        return await self.linking.who(Member(self.team.id, user))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    database = Database(f"sqlite:///{tmp_path}/library.db")
    await database.migrate()
    async with FakeSlack() as slack:
        web = Web(slack.team().bot_token, api=slack.url)
        try:
            yield Town(slack, web, database)
        finally:
            await web.close()
            await database.close()


async def test_a_confirmed_address_is_its_person_with_the_rights_of_this_moment(
    town: Town,
) -> None:
    await town.directory.add("ann", roles=[Role.REVIEWER])
    ann = town.team.user("Ann", "Ann@firm.example")
    before = await town.who(ann.id)
    await town.directory.join("legal", ["user:ann"])
    after = await town.who(ann.id)

    assert isinstance(before, Linked)
    assert isinstance(after, Linked)
    assert before.person == "ann"
    assert before.roles == {Role.REVIEWER}
    assert before.principal.keys == {"user:ann", "everyone"}
    assert after.principal == await town.directory.principal("ann")
    assert len(town.slack.of("users.info")) == 1


async def test_the_suspended_are_nobody_at_once(town: Town) -> None:
    await town.directory.add("ann")
    ann = town.team.user("Ann", "ann@firm.example")
    assert isinstance(await town.who(ann.id), Linked)

    await town.directory.suspend("ann")

    found = await town.who(ann.id)
    assert isinstance(found, Unlinked)
    assert found.why is Why.SUSPENDED
    assert found.barred == {"user:ann"}


async def test_whom_nobody_or_several_are_called_is_nobody(town: Town) -> None:
    eve = town.team.user("Eve", "eve@firm.example")
    bob = town.team.user("Bob", "bob@firm.example")
    await town.directory.add("bob")
    await town.directory.add("Bob")

    whys = [await town.who(each.id) for each in (eve, bob)]

    assert [each.why for each in whys if isinstance(each, Unlinked)] == [
        Why.NOT_KNOWN,
        Why.SEVERAL,
    ]
    town.named[bob.id] = "Bob"
    found = await town.who(bob.id)
    assert isinstance(found, Linked)
    assert found.person == "Bob"
    town.named[bob.id] = "bop"
    found = await town.who(bob.id)
    assert isinstance(found, Unlinked)
    assert found.why is Why.LINKED_TO_NOBODY


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ({"is_guest": True}, Why.GUEST),
        ({"is_single_channel_guest": True}, Why.GUEST),
        ({"home": "T000000009"}, Why.STRANGER),
        ({"is_bot": True}, Why.APP),
        ({"is_deleted": True}, Why.DELETED),
        ({"is_email_confirmed": False}, Why.NOT_CONFIRMED),
    ],
)
async def test_as_slack_tells_it(town: Town, kind: dict[str, Any], why: Why) -> None:
    await town.directory.add("ann")
    user = town.team.user("Ann", "ann@firm.example", **kind)
    town.named.pop(user.id, None)

    found = await town.who(user.id)

    assert isinstance(found, Unlinked)
    assert found.why is why


async def test_what_slack_told_is_forgotten_after_a_minute_or_when_it_is_said(town: Town) -> None:
    await town.directory.add("ann")
    ann = town.team.user("Ann", "ann@firm.example")
    assert isinstance(await town.who(ann.id), Linked)
    ann.is_guest = True

    town.instant = 59.0
    assert isinstance(await town.who(ann.id), Linked)
    town.instant = 60.0
    assert isinstance(await town.who(ann.id), Unlinked)
    ann.is_guest = False
    town.linking.forget(town.team.id, ann.id)
    assert isinstance(await town.who(ann.id), Linked)


async def test_without_the_scope_there_are_no_addresses_and_a_failure_is_one(town: Town) -> None:
    await town.directory.add("ann")
    ann = town.team.user("Ann", "ann@firm.example")
    town.team.scopes.discard("users:read.email")

    found = await town.who(ann.id)

    assert isinstance(found, Unlinked)
    assert found.why is Why.NO_ADDRESS
    with pytest.raises(SlackFailed, match="user_not_found"):
        await town.who("U404")
