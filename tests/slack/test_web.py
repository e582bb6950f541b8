"""The Web API of a workspace over the real client, against the fake over HTTP."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assistant.slack import web
from assistant.slack.errors import SlackBusy, SlackFailed, SlackUnreachable
from assistant.slack.event import Member, Place
from assistant.slack.pace import Pace
from assistant.slack.shown import Shown, own, rich, section, told
from assistant.slack.web import METHODS, Web
from tests.slack.fake import Channel, FakeSlack, User, Workspace
from tests.slack.fake.methods import METHODS as SLACKS

SHOWN = told("Here is what was found.")
CANARY = "canary-7f3a-words"


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    at: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)

    def pace(self, patience: float = 120.0) -> Pace:
        return Pace(patience_seconds=patience, clock=self.now, sleep=self.sleep)


@dataclass
class World:
    slack: FakeSlack
    team: Workspace
    ann: User
    general: Channel
    web: Web
    clock: Clock

    def place(self, thread: str = "") -> Place:
        return Place(self.team.id, self.general.id, thread)

    def asked(self) -> Place:
        return self.place(self.team.says(self.ann, self.general, "how long?").ts)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeSlack() as slack:
        team, clock = slack.team(), Clock()
        ann = team.user("Ann", "ann@firm.example")
        general = team.channel("general", [ann])
        web = Web(team.bot_token, api=slack.url, pace=clock.pace())
        try:
            yield World(slack, team, ann, general, web, clock)
        finally:
            await web.close()


async def test_says_as_what_it_is_installed(world: World) -> None:
    world.slack.advance(400)

    installed = await world.web.installed()

    assert (installed.team, installed.bot_user) == (world.team.id, world.team.bot.id)
    assert "chat:write" in installed.scopes
    assert 300 < installed.clock_apart_seconds < 500


async def test_posts_changes_finds_and_deletes(world: World) -> None:
    place = world.asked()

    ts = await world.web.post(place, SHOWN, mark="a1")
    await world.web.update(place, ts, told("Here is more."), mark="a1")
    found = await world.web.replies(place)

    assert [(each.is_own, each.mark) for each in found] == [(False, ""), (True, "a1")]
    [message] = world.team.posted(world.general)
    assert (message.words, message.thread) == ("Here is more.", place.thread)
    [post] = world.slack.of("chat.postMessage")
    assert post.args["unfurl_links"] is False
    assert post.args["unfurl_media"] is False
    for call in (post, *world.slack.of("chat.update")):
        assert call.args["parse"] == "none"
        assert call.args["link_names"] is False
    await world.web.delete(place, ts)
    await world.web.delete(place, ts)
    assert world.team.posted(world.general) == []


async def test_streams_and_ends(world: World) -> None:
    place = world.asked()
    to = Member(world.team.id, world.ann.id)

    ts = await world.web.begin_stream(place, to, SHOWN)
    await world.web.append(place, ts, SHOWN)
    await world.web.end_stream(place, ts, told("That is all."), mark="a2")

    [message] = world.team.posted(world.general)
    assert message.words == "Here is what was found." * 2 + "That is all."
    assert not message.is_streaming
    assert (await world.web.replies(place))[1].mark == "a2"


async def test_tells_one_person_alone(world: World) -> None:
    place = world.asked()

    await world.web.tell(place, world.ann.id, SHOWN)
    url = world.slack.new_response_url(world.team, world.general, world.ann)
    await world.web.respond(url, SHOWN)

    assert [each.way for each in world.team.whispered(world.ann)] == ["ephemeral", "response_url"]
    assert world.team.posted(world.general) == []


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/x", "http://hooks.slack.com.evil.example/", "file:///etc/passwd", ""],
)
async def test_answers_to_no_address_but_slacks(world: World, url: str) -> None:
    with pytest.raises(SlackFailed, match="foreign_address"):
        await world.web.respond(url, SHOWN)


async def test_a_response_url_that_is_used_up_is_a_refusal(world: World) -> None:
    url = world.slack.new_response_url(world.team, world.general, world.ann)
    for _ in range(5):
        await world.web.respond(url, SHOWN)

    with pytest.raises(SlackFailed, match="http_404"):
        await world.web.respond(url, SHOWN)


async def test_reads_people_channels_and_every_page_of_members(world: World) -> None:
    world.team.page = 2
    guest = world.team.user("Gus", "gus@other.example", is_guest=True)
    stranger = world.team.user("Sue", "sue@else.example", home="T999999999")
    world.general.members += [guest.id, stranger.id]
    world.general.is_ext_shared = True

    members = [each async for each in world.web.members(world.general.id)]
    infos = {each: await world.web.user(each) for each in members}

    assert members == [world.ann.id, world.team.bot.id, guest.id, stranger.id]
    assert infos[world.ann.id].email == "ann@firm.example"
    assert infos[world.ann.id].is_email_confirmed
    assert infos[guest.id].is_guest
    assert not infos[guest.id].is_stranger
    assert infos[stranger.id].is_stranger
    assert infos[world.team.bot.id].is_bot
    channel = await world.web.channel(world.general.id)
    assert channel.is_external
    assert channel.is_member
    assert not channel.is_private


async def test_the_pane_has_status_prompts_and_a_title(world: World) -> None:
    body = world.slack.bodies(world.team).pane_opened(world.ann)
    thread = body["event"]["assistant_thread"]["thread_ts"]
    place = Place(world.team.id, world.team.dm(world.ann).id, thread)

    await world.web.status(place, "Searching")
    await world.web.prompts(place, "Ask me", [("Notice", "How long is the notice?")] * 5)
    await world.web.title(place, "Notice")

    assert world.team.statuses == [(place.channel, thread, "Searching")]
    assert len(world.team.prompts[0]["prompts"]) == 4
    assert world.team.titles == {(place.channel, thread): "Notice"}


async def test_opens_direct_messages_once(world: World) -> None:
    assert await world.web.dm(world.ann.id) == await world.web.dm(world.ann.id)
    assert len(world.slack.of("conversations.open")) == 1


async def test_waits_for_as_long_as_slack_says_and_loses_nothing(world: World) -> None:
    place = world.asked()
    world.slack.limit("chat.postMessage", retry_after=7, times=2)

    await world.web.post(place, SHOWN)

    assert len(world.team.posted(world.general)) == 1
    assert sum(world.clock.slept) >= 14


async def test_posts_once_a_second_in_a_channel(world: World) -> None:
    place, other = world.asked(), world.team.channel("other")
    began = world.clock.at

    for _ in range(5):
        await world.web.post(place, SHOWN)
    await world.web.post(Place(world.team.id, other.id), SHOWN)

    assert world.clock.at == began + 4


async def test_gives_up_waiting_in_the_end(world: World) -> None:
    world.slack.limit("chat.update", retry_after=500)
    place = world.asked()
    ts = await world.web.post(place, SHOWN)

    with pytest.raises(SlackBusy) as caught:
        await world.web.update(place, ts, SHOWN)

    assert caught.value.retry_seconds > 300


async def test_repeats_what_may_be_repeated_when_no_answer_came(world: World) -> None:
    place = world.asked()
    ts = await world.web.post(place, SHOWN)
    for fault in ({"status": 500}, {"drops": True}, {"is_late": True}):
        world.slack.fail("chat.update", **fault)

    await world.web.update(place, ts, told("Changed."))

    assert world.team.posted(world.general)[0].words == "Changed."
    assert len(world.slack.of("chat.update")) == 4


@pytest.mark.parametrize(
    "fault", [{"status": 500, "is_late": True}, {"is_late": True, "drops": True}]
)
async def test_does_not_post_twice_when_no_answer_came(
    world: World, fault: dict[str, bool | int]
) -> None:
    world.slack.fail("chat.postMessage", **fault)

    with pytest.raises(SlackUnreachable):
        await world.web.post(world.asked(), SHOWN)

    assert len(world.team.posted(world.general)) == 1


async def test_a_missing_scope_is_named(world: World) -> None:
    world.team.scopes.discard("users:read")

    with pytest.raises(SlackFailed, match=r"Add the scope users:read"):
        await world.web.user(world.ann.id)


async def test_a_revoked_token_says_what_to_do(world: World) -> None:
    world.team.is_revoked = True

    with pytest.raises(SlackFailed, match="Take the token anew"):
        await world.web.installed()


async def test_no_word_and_no_token_gets_into_a_log_or_an_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("slack_sdk", "slack_sdk.web.async_client", "slack_bolt"):
        caplog.set_level(logging.DEBUG, logger=name)
    place = world.asked()
    shown = Shown("A sentence.", (rich(section(own(CANARY))),))
    await world.web.post(place, shown)
    world.slack.fail("chat.postMessage", "invalid_blocks")

    with pytest.raises(SlackFailed) as caught:
        await world.web.post(place, shown)

    told_of = f"{caught.value!r} {caught.value.__cause__} {caught.value.__context__}"
    for secret in (CANARY, world.team.bot_token):
        assert secret not in caplog.text
        assert secret not in told_of
    assert world.team.bot_token not in repr(world.web)


async def test_finds_a_message_again_and_opens_a_form(world: World) -> None:
    ts = await world.web.post(world.asked(), SHOWN)
    title = {"type": "plain_text", "text": "Why?"}
    view = {"type": "modal", "title": title, "blocks": [dict(each) for each in SHOWN.blocks]}

    assert world.general.id in await world.web.permalink(world.place(), ts)
    assert await world.web.open_view(world.slack.new_trigger(), view)


def test_every_method_that_is_called_is_listed() -> None:
    source = Path(web.__file__).read_text(encoding="utf-8")
    called = re.findall(r'self\._calls\.(?:do|call|pages)\(\s*"([^"]+)"', source)

    assert set(called) == METHODS
    assert set(METHODS) <= set(SLACKS)
