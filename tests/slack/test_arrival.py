"""What Slack sends is read as a question, or not at all; nothing that comes can break it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.slack.arrival import (
    LONGEST_QUESTION,
    Ignored,
    asked_of,
    is_question,
    plain_words,
)
from assistant.slack.event import Asked, Member, Place, Surface

US, ANN = "U0BOT", "U0ANN"
EVENT: dict[str, Any] = {
    "type": "app_mention",
    "user": ANN,
    "ts": "1700000000.000100",
    "text": f"<@{US}> How long is the notice?",
    "team": "T1",
    "channel": "C1",
    "event_ts": "1700000000.000100",
}
ENVELOPE: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event_time": 1_700_000_000,
    "event": EVENT,
    "authorizations": [{"team_id": "T1", "user_id": US, "is_bot": True}],
    "is_ext_shared_channel": False,
}
COMMAND = {
    "command": "/pincite",
    "text": "How long is the notice?",
    "user_id": ANN,
    "team_id": "T1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.com/commands/1",
}
SHORTCUT = {
    "type": "message_action",
    "callback_id": "ask_pincite",
    "trigger_id": "1.2.4",
    "user": {"id": ANN, "team_id": "T1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "message": {"ts": "1700000000.000100", "text": "How long is the notice?"},
    "response_url": "https://hooks.slack.com/actions/1",
}


def event(**changes: Any) -> dict[str, Any]:
    return ENVELOPE | {"event": EVENT | changes}


def message(kind: str, **changes: Any) -> dict[str, Any]:
    return event(type="message", channel_type=kind, **changes)


def test_a_mention_is_a_question_without_the_mention() -> None:
    assert asked_of(ENVELOPE) == Asked(
        "Ev1",
        Surface.MENTION,
        Place("T1", "C1"),
        Member("T1", ANN),
        "1700000000.000100",
        "How long is the notice?",
        1_700_000_000,
    )


@pytest.mark.parametrize(
    ("body", "surface", "thread"),
    [
        (message("channel"), Surface.MENTION, ""),
        (message("channel", text="How long?"), Surface.THREAD, ""),
        (message("group", text="How long?", thread_ts="1.2"), Surface.THREAD, "1.2"),
        (message("mpim", thread_ts="1.2"), Surface.MENTION, "1.2"),
        (message("im", channel="D1"), Surface.DIRECT, ""),
        (message("im", channel="D1", thread_ts="1.2"), Surface.PANE, "1.2"),
        (message("channel", subtype="file_share"), Surface.MENTION, ""),
        (COMMAND, Surface.COMMAND, ""),
        (SHORTCUT, Surface.SHORTCUT, ""),
    ],
)
def test_each_way_to_ask_is_known(body: Any, surface: Surface, thread: str) -> None:
    asked = asked_of(body)

    assert isinstance(asked, Asked)
    assert asked.surface is surface
    assert asked.place.thread == thread
    assert asked.text in ("How long is the notice?", "How long?")
    assert asked.by == Member("T1", ANN)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"type": "url_verification"},
        ENVELOPE | {"event": None},
        ENVELOPE | {"event_id": ""},
        ENVELOPE | {"team_id": "somewhere"},
        event(type="reaction_added"),
        event(user=US),
        event(user=""),
        event(bot_id="B1"),
        event(bot_profile={"id": "B1"}),
        event(hidden=True),
        event(edited={"user": ANN}),
        event(ts="yesterday"),
        event(thread_ts="../.."),
        event(channel="#general"),
        message("channel", subtype="channel_join"),
        message("channel", subtype="message_changed"),
        message("channel", text="<@U0OTHER> How long is the notice?"),
        message("channel", text=""),
        message("app_home"),
        COMMAND | {"user_id": "root"},
        COMMAND | {"trigger_id": "x" * 300},
        SHORTCUT | {"message": None},
        SHORTCUT | {"user": None},
    ],
)
def test_everything_else_is_left_alone(body: Any) -> None:
    assert isinstance(asked_of(body), Ignored)


def test_somebody_of_another_workspace_is_named_by_theirs() -> None:
    asked = asked_of(event(user_team="T9") | {"is_ext_shared_channel": True})

    assert isinstance(asked, Asked)
    assert asked.by == Member("T9", ANN)
    assert asked.place.team == "T1"
    assert asked.is_shared_channel


def test_a_secret_address_is_in_no_repr() -> None:
    assert "hooks.slack.com" not in repr(asked_of(COMMAND))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U0OTHER> said so", "someone said so"),
        ("<@U0OTHER|Bob> said so", "@Bob said so"),
        ("in <#C1|general>", "in #general"),
        ("in <#C1>", "in a channel"),
        ("see <https://firm.example/a|the page>", "see the page"),
        ("see <https://firm.example/a>", "see https://firm.example/a"),
        ("<mailto:ann@firm.example|ann@firm.example>", "ann@firm.example"),
        ("<!here> who knows", "who knows"),
        ("<!subteam^S1|@legal> who knows", "@legal who knows"),
        ("<!date^1^{date}|in May>", "in May"),
        (f"well <@{US}>, who?", "well , who?"),
        ("one\n\n two\u202e three", "one two three"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ],
)
def test_what_slack_escapes_is_read_as_plain_words(written: str, read: str) -> None:
    assert plain_words(written, us=US) == read


def test_what_is_too_long_is_kept_only_as_far_as_to_know_it() -> None:
    asked = asked_of(event(text="x" * 40_000))

    assert isinstance(asked, Asked)
    assert len(asked.text) == LONGEST_QUESTION + 1


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("and in Germany?", True),
        ("what about flats", True),
        ("Wie lange ist die Frist", True),
        ("¿Cuánto?", True),
        ("何日ですか？", True),
        ("thanks, that helps", False),
        ("ok", False),
        ("whatever you say", False),
    ],
)
def test_a_question_is_known_by_its_mark_or_first_word(text: str, asks: bool) -> None:
    assert is_question(text) is asks


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


@given(JSON)
def test_anything_at_all_is_read_without_a_word(body: Any) -> None:
    assert isinstance(asked_of(body), Ignored)


def _paths(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = body.items() if isinstance(body, dict) else ()
    inner = enumerate(body) if isinstance(body, list) else inner
    return [at, *(path for key, value in inner for path in _paths(value, (*at, key)))]


@given(
    st.sampled_from([ENVELOPE, COMMAND, SHORTCUT, message("im"), message("channel")]),
    st.data(),
)
def test_anything_in_the_place_of_anything_is_read_or_left_alone(
    body: dict[str, Any], data: st.DataObject
) -> None:
    changed = copy.deepcopy(body)
    path = data.draw(st.sampled_from([each for each in _paths(changed) if each]))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = data.draw(JSON)

    asked = asked_of(changed)

    assert isinstance(asked, Asked | Ignored)
    if isinstance(asked, Asked):
        json.dumps([asked.text, asked.ts, asked.place.channel])
        assert asked.by.user
        assert asked.place.team


@given(st.text(max_size=200))
def test_plain_words_are_plain_whatever_was_written(text: str) -> None:
    read = plain_words(text, us=US)

    assert "\n" not in read
    assert f"<@{US}>" not in read
    assert read == read.strip()
