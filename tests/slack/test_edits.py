"""What was edited is answered as it reads now, what was deleted is not: whatever comes first."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assistant.slack.channels import Answers, Rules
from assistant.slack.claim import State
from assistant.slack.inbox import REMEMBERED_SECONDS
from assistant.slack.taking import LATEST_SECONDS
from retrieval.slack_tables import slack_questions as table
from tests.slack.fake import Message
from tests.slack.office import MEALS, NOTICE, Office, opened, whispered, words, working
from tests.slack.test_through_slack import connected

DAYS, EUROS = "ninety (90) days", "60 euros"
ANY_NUMBER = Rules(each_hour=0, all_each_hour=0)


def said(office: Office, first: str = MEALS) -> tuple[Any, Message, list[dict[str, Any]]]:
    """Let ann, who may read all, say something, and return what Slack sends for it."""
    ann = next(each for each in office.team.users.values() if each.name == "Ann")
    room = office.team.channel("room", [ann])
    bodies = office.slack.bodies(office.team).asked(ann, room, first)
    return room, room.messages[bodies[0]["event"]["ts"]], bodies


def asks(office: Office) -> str:
    return f"<@{office.team.bot.id}>"


async def rows(office: Office) -> list[Any]:
    async with office.database.transaction() as connection:
        return list((await connection.execute(select(table))).all())


async def test_the_edited_words_win_whatever_comes_first(tmp_path: Path) -> None:
    async with opened(tmp_path, rules=ANY_NUMBER) as office:
        await office.person("ann", "legal")
        rooms = []
        for order in itertools.permutations(range(3)):
            room, message, coming = said(office)
            text = f"{asks(office)} {NOTICE}"
            coming.append(office.slack.bodies(office.team).edited(message, text))
            await office.comes(*(coming[at] for at in order for _ in range(2)))
            rooms.append(room)
        async with office.working.going():
            await office.settled()

        for room in rooms:
            [answer] = office.team.posted(room)
            assert DAYS in answer.words
            assert EUROS not in answer.words
        assert len(await rows(office)) == len(rooms) == 6


@pytest.mark.parametrize("has_replies", [True, False])
async def test_what_is_deleted_is_not_answered_whatever_comes_first(
    tmp_path: Path, has_replies: bool
) -> None:
    async with opened(tmp_path, rules=ANY_NUMBER) as office:
        ann = await office.person("ann", "legal")
        for order in itertools.permutations(range(4)):
            room, message, coming = said(office)
            if has_replies:
                office.team.says(ann, room, "me too", message.ts)
            bodies = office.slack.bodies(office.team)
            coming.append(bodies.edited(message, f"{asks(office)} {NOTICE}"))
            coming.append(bodies.deleted(message))
            await office.comes(*(coming[at] for at in order for _ in range(2)))
        async with office.working.going():
            await office.settled()

        assert office.team.posted() == []
        assert whispered(office, ann) == []
        kept = await rows(office)
        assert {(each.state, each.sealed) for each in kept} == {(State.GIVEN_UP, "")}
        assert len(kept) == 24


async def test_of_two_edits_the_later_wins_as_long_as_nothing_is_answered(tmp_path: Path) -> None:
    draw = random.Random(23)
    async with opened(tmp_path, rules=ANY_NUMBER) as office:
        await office.person("ann", "legal")
        make = office.slack.bodies(office.team)
        async with office.working.going():
            for _ in range(20):
                room, message, coming = said(office, "Who won?")
                coming.append(make.edited(message, f"{asks(office)} {MEALS}"))
                coming.append(make.edited(message, f"{asks(office)} {NOTICE}"))
                order = draw.sample([*range(4), 2], 5)  # Slack sends the first edit once more
                until = draw.randrange(1, 5)
                await office.comes(*(coming[at] for at in order[:until]))
                await office.settled()
                await office.comes(*(coming[at] for at in order[until:]))
                await office.settled()

                told, latest = words(office.team.posted(room)), max(order[:until])
                assert len(told) == (latest > 1), (order, until)
                if told:
                    assert (EUROS if latest == 2 else DAYS) in told[0]
        assert len(await rows(office)) == 20


async def test_a_question_that_was_unsaid_before_it_came_is_not_answered(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        await office.person("ann")
        _, message, coming = said(office)
        edited = office.slack.bodies(office.team).edited(message, "Never mind, I found it.")
        await office.comes(edited, *coming)
        await office.settled()

        assert office.team.posted() == []


async def test_who_adds_the_mention_later_is_answered_once(tmp_path: Path) -> None:
    async with working(tmp_path) as office, connected(office):
        ann = await office.person("ann")
        room = office.team.channel("room", [ann])
        bodies = office.slack.bodies(office.team)
        await office.asks(ann, room, MEALS, mentions=False)
        [message] = room.messages.values()
        for text in (f"{asks(office)} {MEALS}", f"{asks(office)} {MEALS} Please."):
            await office.slack.deliver(bodies.edited(message, text), times=3)
            await office.settled()

        [answer] = office.team.posted(room)
        assert answer.thread == message.ts
        assert EUROS in answer.words


async def test_an_old_message_is_no_question_again_because_it_is_edited(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(Answers.ALL)) as office:
        await office.person("ann")
        room, message, _ = said(office)
        office.slack.advance(LATEST_SECONDS + 1)
        bodies = office.slack.bodies(office.team)
        await office.comes(bodies.edited(message, f"{asks(office)} {NOTICE}"))
        await office.comes(bodies.deleted(message))
        await office.settled()

        assert office.team.posted(room) == []
        assert await rows(office) == []


async def test_edits_of_what_is_none_of_ours_leave_nothing(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        room = office.team.channel("room", [ann])
        message = office.team.says(ann, room, "Lunch?")
        own = office.team.says(office.team.bot, room, f"{asks(office)} {MEALS}")
        own.is_ours = True
        bodies = office.slack.bodies(office.team)
        await office.comes(bodies.edited(message, "Lunch at noon?"), bodies.edited(own, NOTICE))
        await office.comes(bodies.deleted(own))
        await office.settled()

        assert await rows(office) == []
        assert office.slack.calls == []


async def test_what_is_gone_counts_against_nobody_and_is_forgotten(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(each_hour=1, all_each_hour=1)) as office:
        ann = await office.person("ann")
        room = office.team.channel("room", [ann])
        for _ in range(3):
            message = office.team.says(ann, room, "Lunch?")
            await office.comes(office.slack.bodies(office.team).deleted(message))
        [answer] = await office.told(ann, room, MEALS)
        office.clock.ahead = REMEMBERED_SECONDS + 10

        assert EUROS in answer.words
        assert await office.inbox.forget(10**6) == 3
        assert len(await rows(office)) == 1


async def test_a_question_and_its_end_that_come_at_once_are_one_or_the_other(
    tmp_path: Path,
) -> None:
    draw = random.Random(11)
    async with working(tmp_path, rules=ANY_NUMBER) as office, connected(office, sockets=2):
        await office.person("ann", "legal")
        edited, gone = [], []
        bodies = office.slack.bodies(office.team)
        for number in range(16):
            room, message, coming = said(office)
            if number % 2:
                coming.append(bodies.edited(message, f"{asks(office)} {NOTICE}"))
                edited.append(room)
            else:
                coming.append(bodies.deleted(message))
                gone.append(room)
            every = [each for each in coming for _ in range(2)]
            draw.shuffle(every)
            await office.slack.deliver(*every)
        await office.settled()

        assert [len(office.team.posted(each)) for each in edited] == [1] * len(edited)
        assert [office.team.posted(each) for each in gone] == [[]] * len(gone)
