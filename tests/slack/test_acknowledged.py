"""Slack is acknowledged whatever the model, the library and Slack's own API do meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

from assistant.slack.bolt import Entrance
from assistant.slack.bolt_socket import Socket
from assistant.slack.profiles import Installed
from tests.slack.office import Office, working
from tests.slack.speaking import Speaks
from tests.slack.test_bolt import raw_headers

COUNT = 40


def entrance_of(office: Office) -> Entrance:
    team = office.team
    known = {team.id: Installed(team.id, "Firm", team.bot.id, team.bot_id)}
    slack = office.slack
    return Entrance(known, office.handling, api=slack.url, secret=slack.signing_secret)


async def test_is_acknowledged_while_nothing_else_moves(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with working(tmp_path, assistant=lambda _: Speaks(lambda _: [never])) as office:
        slack, bodies = office.slack, office.slack.bodies(office.team)
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        for method in ("users.info", "conversations.info", "conversations.members"):
            slack.hold(method)
        entrance = entrance_of(office)
        running = asyncio.create_task(Socket(entrance, slack.app_token, ping_seconds=5).run())
        try:
            asked = [
                body
                for number in range(COUNT)
                for body in bodies.asked(ann, general, f"how long is the notice of {number}?")
            ]
            by_socket = await slack.deliver(*asked)
            by_http = [
                await entrance.received(raw, raw_headers(headers))
                for raw, headers in map(slack.signed, asked)
            ]

            assert len(by_socket) == 2 * COUNT
            assert {each.status for each in by_http} == {200}
            assert await office.open() == COUNT
            assert office.team.posted() == []
            assert not slack.of("chat.postMessage")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
