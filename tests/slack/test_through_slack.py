"""From Slack and back to it: the real Bolt app over sockets and signed HTTP, to the answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from assistant.slack.bolt import Entrance
from assistant.slack.bolt_socket import Socket
from assistant.slack.channels import Rules
from assistant.slack.profiles import Installed
from tests.slack.office import MEALS, NOTICE, Office, whispered, words, working
from tests.slack.test_exactly_once import answers_to


@asynccontextmanager
async def connected(office: Office, sockets: int = 1) -> AsyncIterator[Entrance]:
    """Connect an office to its Slack by so many sockets, as so many processes would be."""
    team = office.team
    known = {team.id: Installed(team.id, "Firm", team.bot.id, team.bot_id)}
    entrance = Entrance(
        known,
        office.handling,
        api=office.slack.url,
        secret=office.slack.signing_secret,
        clock=office.slack.now,
    )
    running = [
        asyncio.create_task(Socket(entrance, office.slack.app_token, told=lambda _: None).run())
        for _ in range(sockets)
    ]
    try:
        await office.slack.until(lambda: office.slack.is_connected)
        yield entrance
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_mention_is_streamed_into_its_thread_with_footnotes(tmp_path: Path) -> None:
    async with working(tmp_path) as office, connected(office):
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        bodies = office.slack.bodies(office.team).asked(ann, general, MEALS)
        await office.slack.deliver(*bodies, times=4)
        await office.settled()

        [answer] = office.team.posted(general)
        assert "60 euros, without receipts. [1]1  Travel and expenses policy" in answer.words
        assert "https://pincite.firm.example/" in str(answer.blocks)
        assert office.slack.of("chat.startStream")


async def test_a_signed_request_is_answered_like_an_event_of_the_socket(tmp_path: Path) -> None:
    async with working(tmp_path) as office, connected(office) as entrance:
        ann = await office.person("ann", "legal")
        general = office.team.channel("general", [ann])
        body = office.slack.bodies(office.team).command(ann, general, NOTICE)
        raw, headers = office.slack.signed(body)
        lowered = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        answer = await entrance.received(raw, lowered)
        await office.settled()

        assert answer.status == 200
        [told] = whispered(office, ann)
        assert "ninety (90) days" in told


async def test_events_that_come_often_by_two_sockets_are_answered_once_each(
    tmp_path: Path,
) -> None:
    draw = random.Random(5)
    rules = Rules(each_hour=0, all_each_hour=0)
    async with working(tmp_path, rules=rules) as office, connected(office, sockets=2):
        ann = await office.person("ann")
        rooms = [office.team.channel(f"room{each}", [ann]) for each in range(4)]
        bodies = office.slack.bodies(office.team)
        asked = [bodies.asked(ann, draw.choice(rooms), f"{MEALS} ({at})") for at in range(12)]
        coming = [body for both in asked for body in both for _ in range(draw.randint(1, 4))]
        draw.shuffle(coming)
        await office.slack.deliver(*coming)
        await office.settled()

        told = answers_to(office)
        assert set(told) == {both[0]["event"]["ts"] for both in asked}
        assert set(told.values()) == {1}
        assert all("60 euros" in each for each in words(office.team.posted()))
