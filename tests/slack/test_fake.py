"""The fake speaks as Slack does to the real client: calls, limits, errors, sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake import FakeSlack, Refused, Workspace, check_blocks

TEXT = {"type": "text", "text": "Thirty days."}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [TEXT]}]}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


def client_of(slack: FakeSlack, team: Workspace) -> AsyncWebClient:
    return AsyncWebClient(team.bot_token, base_url=slack.url, retry_handlers=[])


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_posts_update_and_delete(slack: FakeSlack) -> None:
    team = slack.team()
    ann = team.user("Ann", "ann@firm.example")
    general = team.channel("general", [ann])
    said = team.says(ann, general, "hello")
    client = client_of(slack, team)

    posted = await client.chat_postMessage(
        channel=general.id,
        thread_ts=said.ts,
        text="An answer.",
        blocks=[RICH],
        metadata={"event_type": "pincite_answer", "event_payload": {"id": "1"}},
    )
    await client.chat_update(channel=general.id, ts=posted["ts"], text="Changed.")
    replies = await client.conversations_replies(
        channel=general.id, ts=said.ts, include_all_metadata=True
    )

    assert [each["text"] for each in replies["messages"]] == ["hello", "Changed."]
    assert replies["messages"][1]["metadata"]["event_payload"] == {"id": "1"}
    await client.chat_delete(channel=general.id, ts=posted["ts"])
    assert team.posted(general) == []


async def test_streams_blocks(slack: FakeSlack) -> None:
    team = slack.team()
    ann = team.user("Ann")
    general = team.channel("general", [ann])
    said = team.says(ann, general, "hello")
    client = client_of(slack, team)
    to = {"recipient_team_id": team.id, "recipient_user_id": ann.id}
    chunks = [{"type": "blocks", "blocks": [RICH]}]

    begun = await client.chat_startStream(
        channel=general.id, thread_ts=said.ts, chunks=chunks, **to
    )
    where = {"channel": general.id, "ts": begun["ts"]}
    assert await refused(client.chat_update(text="no", **where)) == "streaming_state_conflict"
    assert (
        await refused(client.chat_appendStream(markdown_text="x", **where))
        == "streaming_mode_mismatch"
    )
    await client.chat_appendStream(chunks=chunks, **where)
    await client.chat_stopStream(blocks=[RICH], **where)

    assert team.posted(general)[0].words == "Thirty days." * 3
    assert (
        await refused(client.chat_appendStream(chunks=chunks, **where))
        == "message_not_in_streaming_state"
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda team: team.scopes.discard("chat:write"), "missing_scope"),
        (lambda team: setattr(team, "is_revoked", True), "account_inactive"),
        (lambda team: setattr(team, "bot_token", "xoxb-other"), "invalid_auth"),
        (lambda team: team.channels.clear(), "channel_not_found"),
    ],
)
async def test_refuses_as_slack_does(slack: FakeSlack, change: Any, code: str) -> None:
    team = slack.team()
    general = team.channel("general")
    client = client_of(slack, team)
    change(team)

    assert await refused(client.chat_postMessage(channel=general.id, text="hello")) == code


def button(**more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Press", "emoji": False}
    return {"type": "button", "text": text, "action_id": "a", **more}


@pytest.mark.parametrize(
    "blocks",
    [
        [RICH] * 51,
        [{"type": "unheard_of"}],
        [{"type": "actions", "elements": [button(value="x" * 2001)]}],
        [{"type": "actions", "elements": [button(action_id="x" * 256)]}],
        [{"type": "actions", "elements": [button(), button()]}],
        [{"type": "actions", "elements": [button(text={"type": "mrkdwn", "text": "x"})]}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}],
        [{"type": "rich_text", "elements": [TEXT]}],
        [RICH | {"block_id": "b"}, RICH | {"block_id": "b"}],
        [RICH | {"unheard_of": 1}],
        [{"type": "markdown", "text": "x" * 12_001}],
    ],
)
def test_refuses_blocks_that_slack_refuses(blocks: list[Any]) -> None:
    with pytest.raises(Refused):
        check_blocks(blocks)


async def test_delivers_over_the_socket_again_after_it_was_lost(slack: FakeSlack) -> None:
    team = slack.team()
    ann = team.user("Ann")
    general = team.channel("general", [ann])
    seen: list[SocketModeRequest] = []
    web = AsyncWebClient(base_url=slack.url)
    client = SocketModeClient(slack.app_token, web_client=web, ping_interval=0.2)

    async def take(_: SocketModeClient, request: SocketModeRequest) -> None:
        seen.append(request)
        if len(seen) == 1:
            slack.drop()
        else:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(take)  # type: ignore[arg-type]
    await client.connect()
    try:
        body = bodies_of(slack, team, ann, general)
        [acked] = await slack.deliver(body)
    finally:
        await client.close()

    assert acked.attempts == 2
    assert [each.payload["event_id"] for each in seen] == [body["event_id"]] * 2
    assert seen[1].retry_attempt == 1


def bodies_of(slack: FakeSlack, team: Workspace, user: Any, channel: Any) -> dict[str, Any]:
    return slack.bodies(team).asked(user, channel, "how long?")[0]


async def test_a_call_that_was_done_may_seem_to_have_failed(slack: FakeSlack) -> None:
    team = slack.team()
    general = team.channel("general")
    slack.fail("chat.postMessage", status=500, is_late=True)

    assert await refused(
        client_of(slack, team).chat_postMessage(channel=general.id, text="hello")
    ) == ("internal_error")
    assert len(team.posted(general)) == 1


async def test_a_trigger_is_taken_once_and_for_three_seconds(slack: FakeSlack) -> None:
    team = slack.team()
    client = client_of(slack, team)
    title = {"type": "plain_text", "text": "Why?"}
    view = {"type": "modal", "title": title, "blocks": [RICH]}
    trigger = slack.new_trigger()

    await client.views_open(trigger_id=trigger, view=view)
    assert await refused(client.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    late = slack.new_trigger()
    slack.advance(4)
    assert await refused(client.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    await asyncio.sleep(0)
