"""The real Bolt app against the fake, over sockets and over signed HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from assistant.slack.bolt import Entrance
from assistant.slack.bolt_socket import Socket
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Place, Surface
from assistant.slack.handlers import ToSlack
from assistant.slack.profiles import Installed
from assistant.slack.shown import Button, Shown, actions, own, rich, section
from assistant.slack.web import Web
from tests.slack.fake import Channel, FakeSlack, User, Workspace
from tests.slack.handling import Noting

CANARY = "canary-51c2-words"
Headers = list[tuple[bytes, bytes]]


def raw_headers(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def installed(team: Workspace) -> Installed:
    return Installed(team.id, "Firm", team.bot.id, team.bot_id)


@dataclass
class World:
    slack: FakeSlack
    team: Workspace
    ann: User
    general: Channel
    noting: Noting
    entrance: Entrance
    known: dict[str, Installed]
    states: list[bool] = field(default_factory=list)

    async def by_http(self, body: Any, **forged: Any) -> ToSlack:
        raw, headers = self.slack.signed(body, **forged)
        return await self.entrance.received(raw, raw_headers(headers))

    @contextlib.asynccontextmanager
    async def by_socket(self, **more: Any) -> AsyncIterator[Socket]:
        socket = Socket(
            self.entrance, self.slack.app_token, told=self.states.append, ping_seconds=0.3, **more
        )
        running = asyncio.create_task(socket.run())
        try:
            await self.slack.until(lambda: self.slack.is_connected)
            yield socket
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with FakeSlack() as slack:
        team, noting = slack.team(), Noting()
        ann = team.user("Ann", "ann@firm.example")
        general = team.channel("general", [ann])
        known = {team.id: installed(team)}
        entrance = Entrance(
            known, noting, api=slack.url, secret=slack.signing_secret, clock=slack.now
        )
        yield World(slack, team, ann, general, noting, entrance, known)


def every_body(world: World) -> list[dict[str, Any]]:
    bodies, team = world.slack.bodies(world.team), world.team
    said = team.says(world.ann, world.general, "what is the payload limit?")
    other = team.says(world.ann, world.general, "and this?")
    alone = team.says(world.ann, team.dm(world.ann), "mine?")
    team.says(team.bot, world.general, "an answer", said.ts)
    return [
        *bodies.asked(world.ann, world.general, "how long?"),
        *bodies.asked(world.ann, team.dm(world.ann), "how long is it?"),
        bodies.command(world.ann, world.general, "what is the payload limit?"),
        bodies.shortcut(world.ann, other),
        bodies.pane_opened(world.ann, world.general),
        bodies.messages_opened(world.ann, world.general),
        bodies.edited(other, "and that?"),
        bodies.deleted(said),
        bodies.deleted(alone),
        bodies.membership("member_left_channel", world.ann, world.general),
        bodies.changed(world.ann),
        bodies.changed(world.ann, "team_join"),
        *bodies.uninstalled(),
    ]


def check_all_came(world: World) -> None:
    noting, team = world.noting, world.team
    surfaces = sorted(each.surface for each in noting.asked)
    assert surfaces == sorted(
        [Surface.MENTION, Surface.MENTION, Surface.DIRECT, Surface.COMMAND, Surface.SHORTCUT]
    )
    texts = {each.surface: each.text for each in noting.asked}
    assert texts[Surface.COMMAND] == "what is the payload limit?"
    assert texts[Surface.MENTION] == "how long?"
    assert [viewing for _, _, viewing in noting.panes] == [world.general.id] * 2
    assert sorted(bool(place.thread) for place, _, _ in noting.panes) == [False, True]
    assert [text for _, _, text in noting.edits] == ["and that?"]
    assert len(noting.deletions) == 2
    assert noting.memberships == [(team.id, world.general.id)]
    assert noting.people == [(team.id, world.ann.id)] * 2
    assert noting.gone == [team.id, team.id]


async def test_everything_comes_over_the_socket(world: World) -> None:
    async with world.by_socket():
        await world.slack.deliver(*every_body(world))

    check_all_came(world)


async def test_everything_comes_over_http(world: World) -> None:
    for body in every_body(world):
        assert (await world.by_http(body)).status == 200

    check_all_came(world)


async def test_what_a_button_and_a_form_hold_comes(world: World) -> None:
    web, bodies = Web(world.team.bot_token, api=world.slack.url), world.slack.bodies(world.team)
    pressable = actions([Button("helpful", "v1", "Helpful")])
    shown = Shown("An answer.", (rich(section(own("Yes."))), pressable))
    said = world.team.says(world.ann, world.general, "so?")
    place = Place(world.team.id, world.general.id, said.ts)
    await web.post(place, shown)
    await web.tell(place, world.ann.id, shown)
    await web.close()
    [message], [whisper] = world.team.posted(), world.team.whispered(world.ann)
    view = {"id": "V1", "callback_id": "why", "private_metadata": "v2", "type": "modal"}

    await world.by_http(bodies.press(world.ann, message, "helpful"))
    await world.by_http(bodies.press(world.ann, whisper, "helpful", value="forged"))
    await world.by_http(bodies.submitted(world.ann, view, {"reason": {"text": "It is wrong."}}))

    posted, told, form = world.noting.presses
    assert (posted.action, posted.value, posted.message_ts) == ("helpful", "v1", message.ts)
    assert posted.place == place
    assert (posted.is_ephemeral, told.is_ephemeral, told.value) == (False, True, "forged")
    assert (form.action, form.value) == ("why", "v2")
    assert form.fields == {"reason.text": "It is wrong."}
    assert len({each.id for each in world.noting.presses}) == 3


async def test_what_cannot_be_taken_in_is_not_acknowledged_and_comes_again(world: World) -> None:
    world.noting.failing = 1
    body = world.slack.bodies(world.team).asked(world.ann, world.general, "how long?")[0]

    assert (await world.by_http(body)).status == 500
    assert (await world.by_http(body)).status == 200
    assert len(world.noting.asked) == 1


async def test_a_socket_that_is_cut_in_a_delivery_comes_back_and_gets_it_again(
    world: World,
) -> None:
    world.noting.gate = asyncio.Event()
    body = world.slack.bodies(world.team).asked(world.ann, world.general, "how long?")[0]

    async with world.by_socket():
        delivery = asyncio.create_task(world.slack.deliver(body))
        await world.slack.until(lambda: world.slack.deliveries == 1)
        world.slack.drop()
        world.noting.gate.set()
        [acked] = await delivery

    assert acked.attempts >= 2
    assert {each.id for each in world.noting.asked} == {body["event_id"]}


async def test_what_comes_while_sockets_are_cut_again_and_again_all_comes(world: World) -> None:
    slack, bodies = world.slack, world.slack.bodies(world.team)
    sent = []
    async with world.by_socket():
        for number in range(5):
            await slack.until(lambda: slack.is_connected)
            slack.drop()  # what is sent next goes into a socket that nobody knows to be gone
            asked = bodies.asked(world.ann, world.general, f"how long are {number} days?")
            sent += [each["event_id"] for each in asked]
            await slack.deliver(*asked)

    assert {each.id for each in world.noting.asked} == set(sent)
    assert slack.connections > 5


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_connects_anew_when_slack_asks_for_it(world: World, reason: str) -> None:
    bodies = world.slack.bodies(world.team)
    async with world.by_socket():
        await world.slack.refresh(reason)
        await world.slack.until(lambda: world.slack.connections == 2)
        await world.slack.deliver(*bodies.asked(world.ann, world.general, "how long?"))

    assert len(world.noting.asked) == 2


async def test_comes_back_after_slack_was_away(world: World) -> None:
    async with world.by_socket():
        world.slack.fail("apps.connections.open", status=500, times=2)
        world.slack.drop()
        await world.slack.until(lambda: world.slack.connections >= 2 and world.slack.is_connected)
        await world.slack.deliver(
            world.slack.bodies(world.team).asked(world.ann, world.general, "still there?")[0]
        )

    assert len(world.noting.asked) == 1


async def test_throws_away_a_connection_that_does_not_come_back(world: World) -> None:
    async with world.by_socket(lost_seconds=1.5):
        world.slack.fail("apps.connections.open", status=500, times=10_000)
        world.slack.drop()
        await world.slack.until(lambda: world.states[-1:] == [False])
        world.slack.faults.clear()
        await world.slack.until(lambda: world.slack.is_connected)

    assert world.states[:2] == [True, False]


async def test_a_wrong_app_token_is_told_at_once(world: World) -> None:
    socket = Socket(world.entrance, "xapp-wrong")

    with pytest.raises(SlackFailed, match="invalid_auth") as caught:
        await socket.run()

    assert "xapp-wrong" not in str(caught.value)


async def test_an_app_token_that_is_revoked_later_is_told(world: World) -> None:
    socket = Socket(world.entrance, world.slack.app_token, ping_seconds=0.2, lost_seconds=0.5)
    running = asyncio.create_task(socket.run())
    await world.slack.until(lambda: world.slack.is_connected)
    world.slack.app_token = "xapp-another"
    world.slack.drop()

    with pytest.raises(SlackFailed, match="invalid_auth"):
        async with asyncio.timeout(60):
            await running


async def test_no_slack_is_asked_before_the_acknowledgement(world: World) -> None:
    for body in every_body(world):
        await world.by_http(body)

    assert world.slack.calls == []


async def test_own_and_other_programs_messages_are_left(world: World) -> None:
    bodies, team = world.slack.bodies(world.team), world.team
    own_message = team.says(team.bot, world.general, "how long?")
    own_message.is_ours = True
    robot = team.user("Robot", is_bot=True)
    bodies_of_others = bodies.asked(robot, world.general, "how long?")
    for body in bodies_of_others:
        body["event"]["bot_id"] = "B000000777"

    for body in [*bodies.of_message(own_message), *bodies_of_others]:
        assert (await world.by_http(body)).status == 200

    assert world.noting.everything == []


async def test_another_workspace_is_acknowledged_and_left(world: World) -> None:
    other = world.slack.team()
    bob = other.user("Bob")
    there = other.channel("there", [bob])

    for body in world.slack.bodies(other).asked(bob, there, "how long?"):
        assert (await world.by_http(body)).status == 200

    assert world.noting.everything == []
    assert world.slack.calls == []


async def test_several_workspaces_are_told_apart(world: World) -> None:
    other = world.slack.team()
    bob = other.user("Bob")
    there = other.channel("there", [bob])
    world.known[other.id] = installed(other)

    await world.by_http(world.slack.bodies(other).asked(bob, there, "how long?")[0])
    await world.by_http(world.slack.bodies(world.team).asked(world.ann, world.general, "so?")[0])

    assert [each.place.team for each in world.noting.asked] == [other.id, world.team.id]


async def test_answers_slacks_own_checks(world: World) -> None:
    challenged = await world.by_http(b'{"type": "url_verification", "challenge": "c3"}')

    assert (challenged.status, challenged.body) == (200, b'{"challenge": "c3"}')


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"type": "event_callback"}',
        b'{"type": "event_callback", "team_id": 7, "event": []}',
        b"payload=%7B",
        b"payload=1",
        b"\xff\xfe{}",
        b"{" * 5000,
        b'{"type":"block_actions","team":{"id":"T000000001"},"actions":[{"action_id":4}]}',
    ],
)
async def test_what_is_no_body_of_slacks_is_refused_or_left(world: World, raw: bytes) -> None:
    answered = await world.by_http(raw)

    assert answered.status in (200, 400, 404, 500)
    assert world.noting.everything == []


async def test_our_own_log_is_not_silenced_with_that_of_libraries(world: World) -> None:
    for body in every_body(world):
        await world.by_http(body)

    for logger in map(logging.getLogger, ("pincite", "pincite.slack")):
        assert not logger.disabled
        assert logger.isEnabledFor(logging.WARNING)


async def test_no_word_gets_into_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in [*logging.root.manager.loggerDict]:
        if "slack" in name.lower() or "pincite:" in name or name == "asyncio":
            caplog.set_level(logging.DEBUG, logger=name)
    bodies = world.slack.bodies(world.team)
    world.noting.failing, world.slack.resends_after = 3, 0.2
    world.noting.failure = RuntimeError(CANARY)

    async with world.by_socket():
        await world.slack.deliver(*bodies.asked(world.ann, world.general, CANARY))
        await world.slack.refresh()
        await world.slack.until(lambda: world.slack.connections == 2)
    await world.by_http(bodies.command(world.ann, world.general, CANARY))
    await world.by_http(bodies.asked(world.ann, world.general, CANARY)[0], secret="wrong")
    await world.by_http(b"{" + CANARY.encode())
    unheard_of = {"type": "block_suggestion", "value": CANARY, "team": {"id": world.team.id}}
    await world.by_http(unheard_of)

    assert "could not take in" in caplog.text
    for secret in (CANARY, world.slack.app_token, world.slack.signing_secret):
        assert secret not in caplog.text
