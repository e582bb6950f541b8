"""Several workspaces and apps: signed in, told apart, and what is wrong with one is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from assistant.slack.connecting import Connecting
from assistant.slack.credentials import Credentials
from assistant.slack.errors import SlackFailed
from tests.slack.fake import FakeSlack, Workspace
from tests.slack.handling import Noting
from tests.slack.office import at_once
from tests.slack.test_bolt import raw_headers


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


def credentials(slack: FakeSlack, of: Workspace, /, **more: str) -> Credentials:
    usual = {"app": slack.app_token, "signing": slack.signing_secret, "bot": of.bot_token}
    return Credentials(**(usual | more))


def asked(slack: FakeSlack, team: Workspace) -> list[dict[str, Any]]:
    ann = team.user("Ann")
    return slack.bodies(team).asked(ann, team.channel("general", [ann]), "how long is it?")


@contextlib.asynccontextmanager
async def connected(
    slack: FakeSlack, *given: Credentials, is_http: bool = False
) -> AsyncIterator[tuple[Connecting, Noting, list[str]]]:
    told: list[str] = []
    noting = Noting()
    connecting = Connecting(
        given, told.append, is_http=is_http, api=slack.url, pace=at_once, ping_seconds=0.3
    )
    await connecting.sign_in()
    running = asyncio.create_task(connecting.run(noting))
    try:
        yield connecting, noting, told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await connecting.close()


async def test_one_app_in_two_workspaces_has_one_connection(slack: FakeSlack) -> None:
    one, two = slack.team(), slack.team()

    async with connected(slack, credentials(slack, one), credentials(slack, two)) as (
        it,
        noting,
        told,
    ):
        await slack.until(lambda: slack.is_connected)
        await slack.deliver(asked(slack, one)[0], asked(slack, two)[0])

        assert sorted(it.teams) == [one.id, two.id]
        assert (await it.web(two.id).installed()).team == two.id
    assert {each.place.team for each in noting.asked} == {one.id, two.id}
    assert slack.connections == 1
    assert told == [f"Slack: connected to Firm ({one.id}), Firm ({two.id})."]


async def test_a_wrong_token_is_told_and_the_rest_goes_on(slack: FakeSlack) -> None:
    one, two = slack.team(), slack.team()
    wrong = credentials(slack, two, bot="xoxb-wrong", team=two.id)

    async with connected(slack, wrong, credentials(slack, one)) as (it, noting, told):
        await slack.until(lambda: slack.is_connected)
        await slack.deliver(asked(slack, one)[0])
        with pytest.raises(SlackFailed, match="Add a bot token"):
            it.web(two.id)

    assert len(noting.asked) == 1
    assert "invalid_auth" in told[0]
    assert "Take the token anew" in told[0]
    assert "xoxb-wrong" not in told[0]
    assert "xoxb" not in repr(wrong)


async def test_a_token_of_another_workspace_is_told(slack: FakeSlack) -> None:
    one = slack.team()

    async with connected(slack, credentials(slack, one, team="T777777777")) as (it, _, told):
        assert it.teams == []
    assert "Expected a bot token of T777777777" in told[0]
    assert f"write {one.id} in slack.yaml" in told[0]


async def test_the_same_workspace_twice_is_told(slack: FakeSlack) -> None:
    one = slack.team()
    twice = credentials(slack, one), credentials(slack, one)

    async with connected(slack, *twice) as (it, _, told):
        assert it.teams == [one.id]
    assert "another of the same workspace" in told[0]


async def test_missing_scopes_and_a_clock_that_is_wrong_are_told(slack: FakeSlack) -> None:
    one = slack.team()
    one.scopes.discard("users:read.email")
    slack.advance(500)

    async with connected(slack, credentials(slack, one)) as (_, _, told):
        pass
    assert "users:read.email" in told[0]
    assert "Set the clock" in told[1]


async def test_waits_for_slack_to_be_there(slack: FakeSlack) -> None:
    one = slack.team()
    slack.fail("auth.test", status=500, times=4)

    async with connected(slack, credentials(slack, one)) as (it, _, told):
        assert it.teams == [one.id]
    assert ["cannot be reached" in each for each in told if "connected" not in each] == [True]


async def test_a_wrong_app_token_is_told(slack: FakeSlack) -> None:
    one = slack.team()

    async with connected(slack, credentials(slack, one, app="xapp-wrong")) as (_, _, told):
        await slack.until(lambda: told)
    assert "App-Level Tokens" in told[0]
    assert "xapp-wrong" not in told[0]


async def test_each_app_signs_for_its_own_workspaces_alone(slack: FakeSlack) -> None:
    one, two = slack.team(), slack.team()
    other = credentials(slack, two, signing="f" * 32, app="xapp-other")
    first, second = asked(slack, one)[0], asked(slack, two)[0]

    async with connected(slack, credentials(slack, one), other, is_http=True) as (it, noting, _):
        await asyncio.sleep(0)
        for body, secret in ((first, ""), (second, "f" * 32)):
            raw, headers = slack.signed(body, secret=secret)
            assert (await it.received(raw, raw_headers(headers))).status == 200
        assert len(noting.asked) == 2
        for body, secret in ((first, "f" * 32), (second, "")):
            raw, headers = slack.signed(body, secret=secret)
            await it.received(raw, raw_headers(headers))
        raw, headers = slack.signed(first, secret="e" * 32)
        assert (await it.received(raw, raw_headers(headers))).status == 401
    assert len(noting.asked) == 2
    assert slack.connections == 0


async def test_what_comes_before_all_is_ready_comes_again(slack: FakeSlack) -> None:
    one = slack.team()
    connecting = Connecting([credentials(slack, one)], print, is_http=True, api=slack.url)
    raw, headers = slack.signed(asked(slack, one)[0])

    assert (await connecting.received(raw, raw_headers(headers))).status == 503
