"""One answer to each question: whatever comes how often, in which order, and whoever dies when."""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.slack.channels import Rules
from assistant.slack.event import Place
from assistant.slack.inbox import LEASE_SECONDS
from assistant.slack.refusing import MOST_ATTEMPTS
from tests.slack.crashing import KeysOfAll, KilledAt, arrived, reopened, work_one
from tests.slack.fake import Channel
from tests.slack.office import MEALS, PATIENCE_SECONDS, UNKNOWN, Office, opened, whispered, words

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
"""The dead close nothing."""

ROOT = Path(__file__).parents[2]
FARTHEST = 400
ANY_NUMBER = Rules(each_hour=0, all_each_hour=0)
EVERY = pytest.param(1, marks=pytest.mark.deep, id="every point")
SOME = pytest.param(9, marks=pytest.mark.slow, id="every ninth point")


@pytest.fixture(autouse=True)
def bury() -> Iterator[None]:
    """Collect what the dead left open while it is known whose it was."""
    yield
    gc.collect()


def begun(folder: Path) -> Any:
    return opened(folder, keys=KeysOfAll(), rules=ANY_NUMBER, direct=ANY_NUMBER)


async def finished(office: Office, ahead: int) -> None:
    """Let another process do what the dead one left, once its claims have lapsed."""
    await arrived(office.slack)
    async with reopened(office, ahead=ahead) as other:
        for _ in range(10):
            if not await other.open():
                return
            await work_one(other)
            other.clock.ahead += 1000
    raise AssertionError("it was never finished")


async def killed_everywhere(office: Office, story: Any, stride: int) -> int:
    """Let `story` begin, kill whoever works at each point in turn, and return at how many."""
    ahead = 0
    for at in range(1, FARTHEST, stride):
        check = await story(at)
        ahead += 10_000
        async with reopened(office, ahead=ahead) as other:
            is_over = await KilledAt(work_one(other), at)
            await finished(office, ahead + 5000)
        await check()
        if is_over:
            return at
    raise AssertionError(f"it takes more than {FARTHEST} steps")


@pytest.mark.parametrize("stride", [SOME, EVERY])
@pytest.mark.parametrize("can_stream", [True, False])
async def test_a_worker_killed_at_any_point_leaves_one_answer(
    tmp_path: Path, can_stream: bool, stride: int
) -> None:
    async with begun(tmp_path) as office:
        office.slack.can_stream = can_stream
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        seen: set[str] = set()

        async def story(_: int) -> Any:
            asked = await office.asks(ann, general, MEALS)

            async def check() -> None:
                [answer] = office.team.posted(general, asked.ts)
                assert not answer.is_streaming
                assert answer.metadata is not None
                assert "begun" not in answer.metadata["event_payload"]["id"]
                seen.add(answer.words)

            return check

        steps = await killed_everywhere(office, story, stride)

        assert steps > 30
        assert len(seen) == 1
        assert "60 euros" in seen.pop()


@pytest.mark.parametrize("stride", [SOME, EVERY])
async def test_a_worker_killed_at_any_point_leaves_no_refusal_in_a_channel(
    tmp_path: Path, stride: int
) -> None:
    async with begun(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        async def story(_: int) -> Any:
            before = len(whispered(office, ann))
            await office.asks(ann, general, UNKNOWN)

            async def check() -> None:
                assert office.team.posted(general) == []
                assert len(whispered(office, ann)) - before in (1, 2)

            return check

        assert await killed_everywhere(office, story, stride) > 15


@pytest.mark.parametrize("stride", [SOME, EVERY])
async def test_a_worker_killed_at_any_point_leaves_one_refusal_in_a_direct_message(
    tmp_path: Path, stride: int
) -> None:
    async with begun(tmp_path) as office:
        ann = await office.person("ann")
        dm = office.team.dm(ann)

        async def story(_: int) -> Any:
            asked = await office.asks(ann, dm, UNKNOWN)

            async def check() -> None:
                assert len(office.team.posted(dm, asked.ts)) == 1

            return check

        assert await killed_everywhere(office, story, stride) > 15


@pytest.mark.parametrize("stride", [SOME, EVERY])
async def test_a_worker_killed_at_any_point_deletes_what_it_was_to_delete(
    tmp_path: Path, stride: int
) -> None:
    async with begun(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        async def story(at: int) -> Any:
            asked = await office.asks(ann, general, MEALS)
            if at % 2:
                async with reopened(office, ahead=10**7 * at) as other:
                    await work_one(other)
            await office.comes(office.slack.bodies(office.team).deleted(asked))

            async def check() -> None:
                assert office.team.posted(general) == []

            return check

        await killed_everywhere(office, story, stride)


async def test_what_slack_did_and_did_not_tell_of_is_found_again(tmp_path: Path) -> None:
    for method in ("chat.startStream", "chat.appendStream", "chat.stopStream"):
        folder = tmp_path / method
        folder.mkdir()
        async with begun(folder) as office:
            ann = await office.person("ann")
            general = office.team.channel("general", [ann])
            office.slack.fail(method, status=500, is_late=True)
            asked = await office.asks(ann, general, MEALS)
            async with reopened(office) as other, other.working.going():
                other.clock.ahead = 100
                await settled(other)

            [answer] = office.team.posted(general, asked.ts)
            assert "60 euros" in answer.words


@pytest.mark.parametrize("way", ["begin_stream", "post"])
@pytest.mark.parametrize("is_found", [True, False])
async def test_who_stood_still_while_another_answered_leaves_no_second_answer(
    tmp_path: Path, way: str, is_found: bool
) -> None:
    async with begun(tmp_path) as office:
        office.slack.can_stream = way == "begin_stream"
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        asked = await office.asks(ann, general, MEALS)
        posted, gate, real = asyncio.Event(), asyncio.Event(), getattr(office.web, way)

        async def stands_still(*given: Any, **more: Any) -> str:
            told = [str(await real(*given, **more))] if is_found else []
            posted.set()
            await gate.wait()
            return told[0] if told else str(await real(*given, **more))

        setattr(office.web, way, stands_still)
        claim = await office.inbox.claim()
        assert claim is not None
        still = asyncio.create_task(office.working.work(claim))
        await asyncio.wait_for(posted.wait(), PATIENCE_SECONDS)
        async with reopened(office, ahead=LEASE_SECONDS + 1) as other:
            await work_one(other)
            assert await other.open() == 0
        gate.set()
        await asyncio.wait_for(still, PATIENCE_SECONDS)

        [answer] = office.team.posted(general, asked.ts)
        assert "60 euros" in answer.words
        assert not answer.is_streaming
        told = await office.answered.to(Place(office.team.id, general.id), asked.ts)
        assert told is not None
        assert told.posted == answer.ts


async def settled(office: Office) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS * 8):
        while await office.open() or office.working.held:
            if not office.working.held:  # what is worked on must not lapse meanwhile
                office.clock.ahead += 20
            office.working.wake()
            await asyncio.sleep(0.02)


async def asked_often(
    office: Office, channels: list[Channel], count: int, draw: random.Random
) -> dict[str, str]:
    """Let `count` questions come, each up to four times, shuffled and at once.

    Return the channel of each by its ts.
    """
    users = [await office.person(f"person{each}") for each in range(10)]
    for channel in channels:
        channel.members += [each.id for each in users]
    bodies, asked = [], {}
    for number in range(count):
        user, channel = draw.choice(users), draw.choice(channels)
        both = office.slack.bodies(office.team).asked(user, channel, f"{MEALS} ({number})")
        asked[both[0]["event"]["ts"]] = channel.id
        for body in both:
            bodies += [body] * draw.randint(1, 4)
        if draw.random() < 0.3:
            bodies.remove(both[draw.randint(0, 1)])
    draw.shuffle(bodies)
    for at in range(0, len(bodies), 40):
        await asyncio.gather(*(office.comes(each) for each in bodies[at : at + 40]))
    return asked


def answers_to(office: Office) -> Counter[str]:
    return Counter(each.thread for each in office.team.posted())


async def worked_and_killed(office: Office, draw: random.Random, at_once: int = 6) -> int:
    """Work on everything in many processes, of which a third dies at once; return how many."""
    killed = 0

    async def one(number: int) -> None:
        nonlocal killed
        while await office.open():
            async with reopened(office) as other:
                claimed = await other.inbox.claim()
                if claimed is None:  # what is left is worked on, or is to be tried again later
                    await asyncio.sleep(0.01)
                    continue
                dies = claimed.attempt < MOST_ATTEMPTS and draw.random() < 0.35
                at = draw.randint(1, 120) if dies else 10**6
                if not await KilledAt(other.working.work(claimed), at):
                    killed += 1
                    await arrived(office.slack)
                    await lapse(office, claimed.holder)

    await asyncio.gather(*(one(number) for number in range(at_once)))
    return killed


async def lapse(office: Office, holder: str) -> None:
    """Let the claim of a dead worker lapse."""
    async with office.database.transaction() as connection:
        statement = f"UPDATE slack_questions SET until = 0 WHERE holder = '{holder}'"
        await connection.exec_driver_sql(statement)


async def many(folder: Path, count: int, seed: int) -> None:
    draw = random.Random(seed)
    async with begun(folder) as office:
        channels = [office.team.channel(f"room{each}", []) for each in range(20)]
        asked = await asked_often(office, channels, count, draw)
        assert await office.open() == count

        killed = await worked_and_killed(office, draw)

        told = answers_to(office)
        assert set(told) == set(asked)
        assert set(told.values()) == {1}
        assert all("60 euros" in each for each in words(office.team.posted()))
        assert not any(each.is_streaming for each in office.team.posted())
        assert killed > count / 10


@pytest.mark.slow
async def test_forty_questions_delivered_often_are_answered_once_each(tmp_path: Path) -> None:
    await many(tmp_path, 40, 7)


@pytest.mark.deep
async def test_a_thousand_questions_delivered_often_are_answered_once_each(tmp_path: Path) -> None:
    await many(tmp_path, 1000, 8)


@pytest.mark.deep
async def test_processes_killed_by_signal_leave_one_answer_each(tmp_path: Path) -> None:
    draw = random.Random(9)
    async with begun(tmp_path) as office:
        channels = [office.team.channel(f"room{each}", []) for each in range(10)]
        asked = await asked_often(office, channels, 70, draw)
        killed = ahead = 0
        while await office.open():
            ahead += LEASE_SECONDS + 1
            child = await started(office, ahead)
            calls = len(office.slack.calls)
            wanted = draw.randint(30, 80)
            while len(office.slack.calls) < calls + wanted and await office.open():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            if await office.open():
                killed += 1
            child.send_signal(signal.SIGKILL)
            await child.wait()
            await arrived(office.slack)

        told = answers_to(office)
        assert killed >= 12
        assert set(told) == set(asked)
        assert set(told.values()) == {1}
        assert all("60 euros" in each for each in words(office.team.posted()))


async def started(office: Office, ahead: int) -> asyncio.subprocess.Process:
    """Start a process that works, and return when it does."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.slack.crashing",
        str(office.database.url.database),
        office.slack.url,
        office.team.bot_token,
        office.team.id,
        str(ahead),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"working\n"
    return child
