"""Group direct messages: answered like a private channel, with what all who are in it share."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from assistant.slack import phrases
from assistant.slack.channels import Answers, Rules
from assistant.slack.told import channel_info
from tests.slack.office import MEALS, NOTICE, whispered, words, working
from tests.slack.test_through_slack import connected

DAYS = "ninety (90) days"


async def test_a_group_message_is_answered_with_what_all_of_them_share(tmp_path: Path) -> None:
    async with working(tmp_path) as office, connected(office):
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        group = office.team.channel("mpdm-ann--bob-1", [ann, bob], kind="mpim")
        # Slack is not sure to send a mention of its own there: the message alone has to do.
        for question in (MEALS, NOTICE):
            message = office.slack.bodies(office.team).asked(ann, group, question)[-1]
            assert message["event"]["channel_type"] == "mpim"
            await office.slack.deliver(message, times=3)
            await office.settled()

        [answer] = office.team.posted(group)
        assert "60 euros" in answer.words
        assert answer.thread
        [fuller] = whispered(office, ann)
        assert fuller.startswith(phrases.FULLER)
        assert DAYS in fuller
        assert whispered(office, bob) == []


async def test_in_a_group_of_those_who_may_all_read_it_it_is_told(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann, cleo = await office.person("ann", "legal"), await office.person("cleo", "legal")
        group = office.team.channel("mpdm-ann--cleo-1", [ann, cleo], kind="mpim")

        [answer] = await office.told(ann, group, NOTICE)

        assert DAYS in answer.words


@pytest.mark.parametrize("other", [{"is_guest": True}, {"home": "T000000009"}])
async def test_with_a_guest_or_a_stranger_in_it_nothing_private_is_told(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")
        gus = office.team.user("Gus", "gus@firm.example", **other)
        group = office.team.channel("mpdm-ann--gus-1", [ann, gus], kind="mpim")

        told = await office.told(ann, group, NOTICE)

        assert not any(DAYS in each for each in words(told))
        assert DAYS in whispered(office, ann)[-1]


async def test_without_a_mention_a_group_is_left_alone_unless_all_is_answered(
    tmp_path: Path,
) -> None:
    for answers, told in ((Answers.ASKED, 0), (Answers.ALL, 1)):
        folder = tmp_path / answers
        folder.mkdir()
        async with working(folder, rules=Rules(answers)) as office:
            ann = await office.person("ann")
            group = office.team.channel("mpdm-ann-1", [ann], kind="mpim")

            assert len(await office.told(ann, group, MEALS, mentions=False)) == told


async def test_without_the_scopes_of_groups_nothing_private_is_told(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")
        group = office.team.channel("mpdm-ann-1", [ann], kind="mpim")
        office.team.scopes -= {"mpim:read"}

        told = await office.told(ann, group, NOTICE)

        assert not any(DAYS in each for each in words(told))


@pytest.mark.parametrize("kind", ["user_change", "team_join"])
async def test_a_changed_account_counts_at_once(tmp_path: Path, kind: str) -> None:
    async with working(tmp_path) as office, connected(office):
        ann, bob = await office.person("ann", "legal"), await office.person("bob", "legal")
        room = office.team.channel("room", [ann, bob], kind="group")
        [first] = await office.told(ann, room, NOTICE)
        bob.is_guest = True
        await office.slack.deliver(office.slack.bodies(office.team).changed(bob, kind))
        second = await office.told(ann, room, NOTICE)
        ann.is_deleted = True
        await office.slack.deliver(office.slack.bodies(office.team).changed(ann, kind))
        third = await office.told(ann, office.team.dm(ann), NOTICE)

        assert DAYS in first.words
        assert not any(DAYS in each for each in words(second))
        assert "this Slack account is deactivated" in words(third)[0]


async def test_a_change_that_comes_while_slack_tells_of_an_account_is_not_missed(
    tmp_path: Path,
) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        office.slack.hold("users.info")
        asking = asyncio.create_task(office.linking.profile(office.team.id, ann.id))
        await asyncio.sleep(0)
        await office.comes(office.slack.bodies(office.team).changed(ann))
        office.slack.release("users.info")
        await asking
        await office.linking.profile(office.team.id, ann.id)

        assert len(office.slack.of("users.info")) == 2


@pytest.mark.parametrize("user", [None, "", 7, [], {}, {"id": None}, {"id": ""}])
async def test_a_change_of_nobody_is_left(tmp_path: Path, user: Any) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        await office.linking.profile(office.team.id, ann.id)
        body = office.slack.bodies(office.team).event({"type": "user_change", "user": user})
        await office.comes(body)
        await office.linking.profile(office.team.id, ann.id)

        assert len(office.slack.of("users.info")) == 1


@pytest.mark.parametrize(
    ("told", "is_member"),
    [
        ({"is_mpim": True}, True),
        ({"is_im": True}, True),
        ({"is_private": True}, True),
        ({"is_private": True, "is_member": False}, False),
        ({"is_private": False, "is_member": True}, True),
        ({"is_private": False, "is_member": False}, False),
        ({"is_private": False}, False),
        ({"is_private": False, "is_member": "yes"}, False),
    ],
)
def test_whether_we_are_in_a_conversation_is_read_with_care(
    told: dict[str, Any], is_member: bool
) -> None:
    assert channel_info({"id": "C1", **told}).is_member is is_member
