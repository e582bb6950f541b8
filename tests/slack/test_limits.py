"""Slack lets nobody in for a minute while the process ends: the answer is told after that, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.slack import phrases
from assistant.slack.channels import Rules
from assistant.slack.inbox import LEASE_SECONDS
from assistant.slack.pace import Pace
from assistant.slack.web import Web
from tests.slack.crashing import KeysOfAll, reopened
from tests.slack.fake import FakeSlack
from tests.slack.office import (
    MEALS,
    NOTICE,
    PATIENCE_SECONDS,
    UNKNOWN,
    Office,
    opened,
    whispered,
)

HELD_SECONDS = 60
ALONE = frozenset({"chat.postEphemeral", "response_url"})
ANY_NUMBER = Rules(each_hour=0, all_each_hour=0)


class Waiting:
    """Waits for ever where Slack says a minute: the process ends meanwhile. Else it is at once."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self._passed = 0.0

    def now(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        if seconds > HELD_SECONDS / 2:
            self.has_begun.set()
            await asyncio.Event().wait()
        self._passed += seconds
        await asyncio.sleep(0)


def passing(slack: FakeSlack) -> Pace:
    """Return a pace whose waits are over at once, because Slack's own time passes by them."""

    async def sleep(seconds: float) -> None:
        slack.advance(seconds)
        await asyncio.sleep(0)

    return Pace(clock=slack.now, sleep=sleep)


def hold(slack: FakeSlack, method: str) -> None:
    """Let nobody call a method for a minute of Slack's time."""
    until = slack.now() + HELD_SECONDS
    slack.fail(
        method,
        "ratelimited",
        status=429,
        retry_after=HELD_SECONDS,
        times=10**6,
        where=lambda _: slack.now() < until,
    )


@asynccontextmanager
async def paced_by(office: Office, pace: Pace) -> AsyncIterator[None]:
    """Let a process wait for Slack in another way."""
    usual, office.web = office.web, Web(office.team.bot_token, api=office.slack.url, pace=pace)
    try:
        yield
    finally:
        await office.web.close()
        office.web = usual


async def held_up(office: Office, waiting: Waiting) -> asyncio.Task[None]:
    """Let a process claim the question and come to where Slack does not let it in."""
    claim = await office.inbox.claim()
    assert claim is not None
    work = asyncio.create_task(office.working.work(claim))
    await asyncio.wait_for(waiting.has_begun.wait(), PATIENCE_SECONDS)
    assert not work.done()
    return work


async def goes_on(office: Office, ahead: int) -> None:
    """Let another process do what is left."""
    async with (
        reopened(office, ahead=ahead) as other,
        paced_by(other, passing(office.slack)),
        other.working.going(),
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        while await other.open() or other.working.held:
            if not other.working.held:
                other.clock.ahead += 20
            other.working.wake()
            await asyncio.sleep(0.01)


async def restarted(office: Office, method: str, *, is_orderly: bool) -> None:
    """Have the process that waits end, in order or not, and another one go on."""
    waiting = Waiting()
    async with paced_by(office, Pace(clock=waiting.now, sleep=waiting.sleep)):
        hold(office.slack, method)
        work = await held_up(office, waiting)
        try:
            if is_orderly:
                work.cancel()
                await asyncio.wait({work})
            await goes_on(office, 0 if is_orderly else LEASE_SECONDS + 1)
        finally:
            work.cancel()
            await asyncio.wait({work})


def check_waited(office: Office, method: str) -> None:
    """Check that Slack let somebody in, and that nobody came again before the minute was over."""
    calls = office.slack.of(method)
    refused = [each.at for each in calls if not each.is_ok]
    done = [each.at for each in calls if each.is_ok]
    assert len(refused) >= 2, "the second process was not held up"
    assert done
    assert done[0] >= refused[0] + HELD_SECONDS


@pytest.mark.parametrize("is_orderly", [True, False], ids=["ended", "killed"])
@pytest.mark.parametrize(
    ("method", "can_stream"),
    [
        ("chat.startStream", True),
        ("chat.stopStream", True),
        ("chat.postMessage", False),
        ("chat.update", False),
    ],
)
async def test_an_answer_outlives_a_minute_of_slacks_and_a_restart(
    tmp_path: Path, method: str, can_stream: bool, is_orderly: bool
) -> None:
    more: dict[str, Any] = {"keys": KeysOfAll(), "rules": ANY_NUMBER, "direct": ANY_NUMBER}
    async with opened(tmp_path, **more) as office:
        office.slack.can_stream = can_stream
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        asked = await office.asks(ann, general, MEALS)
        await restarted(office, method, is_orderly=is_orderly)

        [answer] = office.team.posted(general, asked.ts)
        assert "60 euros" in answer.words
        assert not answer.is_streaming
        assert answer.metadata is not None
        assert "begun" not in answer.metadata["event_payload"]["id"]
        assert whispered(office, ann) == []
        check_waited(office, method)


@pytest.mark.parametrize("is_orderly", [True, False], ids=["ended", "killed"])
async def test_why_there_is_no_answer_is_told_after_it_too(
    tmp_path: Path, is_orderly: bool
) -> None:
    more: dict[str, Any] = {"keys": KeysOfAll(), "rules": ANY_NUMBER, "direct": ANY_NUMBER}
    async with opened(tmp_path, **more) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        await office.asks(ann, general, UNKNOWN)
        await restarted(office, "chat.postEphemeral", is_orderly=is_orderly)

        assert len(whispered(office, ann)) == 1
        assert office.team.posted(general) == []
        check_waited(office, "chat.postEphemeral")


@pytest.mark.parametrize("can_stream", [True, False])
@pytest.mark.parametrize("change", ["joins", "leaves the group"])
async def test_who_may_read_less_when_slacks_minute_is_over_sees_nothing(
    tmp_path: Path, can_stream: bool, change: str
) -> None:
    more: dict[str, Any] = {"rules": ANY_NUMBER, "direct": ANY_NUMBER}
    async with opened(tmp_path, **more) as office:
        slack = office.slack
        slack.can_stream = can_stream
        ann, lea = await office.person("ann", "legal"), await office.person("lea", "legal")
        bob = await office.person("bob")
        general = office.team.channel("general", [ann, lea])
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            slack.advance(seconds)
            if seconds > HELD_SECONDS / 2 and not waits:
                waits.append(seconds)
                if change == "joins":
                    general.members.append(bob.id)
                else:
                    await office.directory.leave("legal", ["user:lea"])
            await asyncio.sleep(0)

        async with paced_by(office, Pace(clock=slack.now, sleep=sleep)):
            hold(slack, "chat.startStream" if can_stream else "chat.postMessage")
            async with office.working.going():
                await office.asks(ann, general, NOTICE)
                await office.settled()

        assert waits
        public = [call for call in slack.calls if call.is_ok and call.method not in ALONE]
        assert "ninety" not in json.dumps([call.args for call in public])
        [fuller] = [each for each in whispered(office, ann) if "ninety" in each]
        assert phrases.FULLER in fuller
