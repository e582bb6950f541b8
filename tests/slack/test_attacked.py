"""What changes under a question while it is answered, and what comes that nobody knows of."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import Question
from assistant.slack import phrases
from assistant.slack.channels import Answers, Rules
from assistant.slack.configuration import read_slack
from assistant.slack.profiles import Installed
from assistant.slack.taking import take
from tests.assistant.http_world import ShelfLibrary
from tests.slack.fake import Channel, FakeSlack
from tests.slack.handling import Noting
from tests.slack.office import MEALS, PATIENCE_SECONDS, Office, opened, whispered, words, working
from tests.slack.speaking import Speaks, Step, told, version_of
from tests.slack.test_configuration import EXAMPLE, valid
from tests.slack.test_through_slack import connected
from tools.policy_reading import BadPolicy

FIRST, CANARY = "The first sentence.", "Canary: of the contract."
ASKED = "What is in the contract?"


def leaves(office: Office, channel: Channel) -> None:
    channel.members.remove(office.team.bot.id)


def archived(office: Office, channel: Channel) -> None:
    channel.is_archived = True


def made_private(office: Office, channel: Channel) -> None:
    channel.kind = "group"


def shared(office: Office, channel: Channel) -> None:
    channel.is_ext_shared = True


def shared_within(office: Office, channel: Channel) -> None:
    channel.is_org_shared = True


def offered(office: Office, channel: Channel) -> None:
    channel.is_pending_ext_shared = True


def guest_joins(office: Office, channel: Channel) -> None:
    channel.members.append(office.team.user("Gus", is_guest=True).id)


def gone(office: Office, channel: Channel) -> None:
    del office.team.channels[channel.id]


WIDENED = [shared, shared_within, offered, guest_joins]
CLOSED = [archived, leaves, gone]
ODD: list[dict[str, Any]] = [
    {"type": "reaction_added", "user": "U1", "item": {"type": "message"}},
    {"type": "message", "subtype": "channel_topic", "channel": "C1", "topic": "x"},
    {"type": "message", "subtype": "message_changed", "channel": "C1"},
    {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "x"},
    {"type": "a_type_of_tomorrow", "payload": {"deep": [[[]]]}},
    {"type": "member_joined_channel"},
    {"type": "channel_shared", "channel": {"id": 7}},
    {"type": "tokens_revoked", "tokens": []},
    {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}},
    {"type": "assistant_thread_context_changed", "assistant_thread": {"context": []}},
    {"type": "user_change"},
]
WHEN = ["waiting", "working", "shown"]
Change = Callable[[Office, Channel], None]


def speaking(gates: dict[str, asyncio.Event]) -> Callable[[ShelfLibrary], Speaks]:
    """Return who speaks of the contract to whom it is open, of travel to everybody else."""

    def make(library: ShelfLibrary) -> Speaks:
        contract, travel = version_of(library, "Master Services"), version_of(library, "Travel")

        def script(question: Question) -> Iterable[Step]:
            yield gates["working"]
            if "group:legal" not in question.principal.keys:
                yield from told(question, travel, FIRST)
                return
            *before, last = told(question, contract, "The contract speaks.", CANARY)
            yield from before
            yield gates["shown"]
            yield last

        return Speaks(script)

    return make


async def answered(folder: Path, change: Change, when: str, kind: str) -> tuple[Office, Channel]:
    """Let ann ask in a channel, let the change come at a moment, and return what is left."""
    gates = {each: asyncio.Event() for each in ("working", "shown")}
    async with opened(folder, assistant=speaking(gates)) as office:
        ann = await office.person("ann", "legal")
        room = office.team.channel("room", [ann], kind=kind)
        await office.asks(ann, room, ASKED)
        if when == "waiting":
            change(office, room)
        async with office.working.going():
            if when == "working":
                await office.slack.until(lambda: office.assistant.asked)
                change(office, room)
            gates["working"].set()
            if when == "shown":
                await office.slack.until(lambda: office.team.posted(room))
                change(office, room)
            gates["shown"].set()
            await ended(office)
        return office, room


async def ended(office: Office) -> None:
    """Wait until the question is over, however often it is put off."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await office.open() or office.working.held:
            if not office.working.held:
                office.clock.ahead += 20
            office.working.wake()
            await asyncio.sleep(0.01)


def ann_was_told(office: Office) -> list[str]:
    ann = next(each for each in office.team.users.values() if each.name == "Ann")
    return whispered(office, ann) + words(office.team.posted(office.team.dm(ann)))


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("change", WIDENED)
async def test_whoever_comes_to_read_along_reads_what_is_for_everybody(
    tmp_path: Path, change: Change, when: str
) -> None:
    office, room = await answered(tmp_path, change, when, "group")

    [answer] = office.team.posted(room)
    assert FIRST in answer.words
    assert "contract" not in answer.words.lower()
    assert not answer.is_streaming


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("change", CLOSED)
async def test_where_nothing_can_be_posted_any_more_the_asker_is_told_alone(
    tmp_path: Path, change: Change, when: str
) -> None:
    office, room = await answered(tmp_path, change, when, "channel")

    said = ann_was_told(office)
    posted = [each for each in room.messages.values() if each.is_ours]
    assert all(each.metadata is None or "begun" in str(each.metadata) for each in posted)
    assert 1 <= len(said) <= 2
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("when", WHEN)
async def test_a_channel_that_is_made_private_is_answered_all_the_same(
    tmp_path: Path, when: str
) -> None:
    office, room = await answered(tmp_path, made_private, when, "channel")

    [answer] = office.team.posted(room)
    assert CANARY in answer.words


async def test_an_event_that_nobody_knows_is_acknowledged_and_left(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(Answers.ALL)) as office, connected(office):
        bodies = office.slack.bodies(office.team)
        acked = await office.slack.deliver(*map(bodies.event, ODD))
        ann = await office.person("ann")
        [answer] = await office.told(ann, office.team.channel("room", [ann]), MEALS)

        assert {each.attempts for each in acked} == {1}
        assert "60 euros" in answer.words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
_FAKE = FakeSlack()
TEAM = _FAKE.team()
ANN = TEAM.user("Ann")
ROOM = TEAM.channel("room", [ANN])
OWN = Installed(TEAM.id, "Firm", TEAM.bot.id, TEAM.bot_id)


def every_body() -> list[dict[str, Any]]:
    """Return one of each that Slack sends."""
    bodies = _FAKE.bodies(TEAM)
    _FAKE.url = "http://127.0.0.1/api/"
    said, other = TEAM.says(ANN, ROOM, "How long?"), TEAM.says(ANN, ROOM, "Really?")
    pressed = {"type": "block_actions", "container": {"channel_id": ROOM.id, "message_ts": "1.2"}}
    pressed["actions"] = [{"action_id": "a", "value": "v", "selected_option": {"value": "w"}}]
    view = {"id": "V1", "callback_id": "c", "private_metadata": "m"}
    return [
        *bodies.asked(ANN, ROOM, MEALS),
        bodies.edited(other, "Is it?"),
        bodies.deleted(said),
        bodies.membership("member_joined_channel", ANN, ROOM),
        bodies.changed(ANN),
        bodies.pane_opened(ANN, ROOM),
        bodies.messages_opened(ANN, ROOM),
        bodies.command(ANN, ROOM, MEALS),
        bodies.shortcut(ANN, other),
        bodies._interaction(ANN, ROOM) | pressed,
        bodies.submitted(ANN, view, {"b": {"a": "v"}}),
    ]


BODIES = every_body()


@settings(deadline=None)
@given(st.sampled_from(BODIES), st.data())
def test_anything_in_the_place_of_anything_is_taken_in_or_left(
    body: dict[str, Any], data: st.DataObject
) -> None:
    changed = copy.deepcopy(body)
    at = data.draw(st.sampled_from(list(places(changed))))
    part: Any = changed
    for key in at[:-1]:
        part = part[key]
    part[at[-1]] = data.draw(JSON)
    noting = Noting()

    asyncio.run(take(noting, changed, OWN))

    for asked in noting.asked:
        assert asked.place.team == TEAM.id
        assert asked.by.user
    for place, ts, _ in noting.edits:
        assert place.channel
        assert ts
    assert all(user for _, user in noting.people)


async def test_a_request_that_not_even_bolt_can_read_is_refused(tmp_path: Path) -> None:
    async with working(tmp_path) as office, connected(office) as entrance:
        ann = await office.person("ann")
        usual = office.slack.bodies(office.team)._interaction(ann, None)
        for kind in ("block_actions", "view_submission", "view_closed", "shortcut"):
            for name in ("actions", "view", "container", "state", "callback_id", "channel", "user"):
                for odd in (None, [], {}, "text", 7):
                    raw, headers = office.slack.signed(usual | {"type": kind, name: odd})
                    lowered = [
                        (key.lower().encode(), each.encode()) for key, each in headers.items()
                    ]
                    answer = await entrance.received(raw, lowered)
                    assert answer.status in (200, 400, 404, 500)

        assert all(not each.value for each in office.presses)


async def test_whoever_is_told_that_a_channel_is_off_is_told_once(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(Answers.OFF)) as office, connected(office):
        ann = await office.person("ann")
        room = office.team.channel("room", [ann])
        await office.slack.deliver(
            *office.slack.bodies(office.team).asked(ann, room, MEALS), times=4
        )
        await office.settled()

        assert whispered(office, ann) == [phrases.OFF]


WRONG: list[Any] = [None, -1, [], {}, "no such", "x" * 300]


def stated() -> dict[str, Any]:
    """Return a file that states everything there is to state."""
    whole: dict[str, Any] = yaml.load(EXAMPLE.read_text(encoding="utf-8"), yaml.BaseLoader)
    numbers = ("each hour", "all each hour", "members", "seconds", "remember", "remember people")
    whole["usual"] |= {"language": "de", "kinds": ["policy"], "sources": ["policies"]}
    whole["usual"]["tools"] = {"desk.look_up": ["group:support"]}
    workspace = whole["workspaces"]["T0123ABCD"]
    workspace["tokens"] = {"bot": "a", "app": "b", "signing": "c"}
    for part in (whole["usual"], whole["looking"]):
        part |= {each: int(part[each]) for each in numbers if each in part}
    return whole


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    """Yield the way to each value."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, each in inner:
        yield (*at, key)
        yield from places(each, (*at, key))


PLACES = list(places(stated()))


@pytest.mark.parametrize("at", PLACES, ids=str)
def test_whatever_stands_in_a_field_is_read_or_told_with_its_line(
    tmp_path: Path, at: tuple[Any, ...]
) -> None:
    read = 0
    for wrong in WRONG:
        changed = copy.deepcopy(stated())
        part = changed
        for key in at[:-1]:
            part = part[key]
        part[at[-1]] = wrong
        text = yaml.safe_dump(changed, allow_unicode=True)
        path = tmp_path / "slack.yaml"
        path.write_text(text, encoding="utf-8")
        faults = _faults(path)
        assert all("line " in each and "Expected" in each for each in faults)
        assert faults or valid(text), wrong
        read += not faults

    assert read < len(WRONG)


def _faults(path: Path) -> list[str]:
    try:
        read_slack(path)
    except BadPolicy as error:
        return str(error).splitlines()
    return []


def test_the_whole_of_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "slack.yaml"
    path.write_text(yaml.safe_dump(stated()), encoding="utf-8")

    assert read_slack(path).usual.kinds
    assert json.dumps(stated())


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: &x 1\n", b"{", b"- a\n", b"!!python/x {}\n"])
def test_what_is_no_file_of_plain_values_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "slack.yaml").write_bytes(content)

    with pytest.raises(BadPolicy, match="Expected"):
        read_slack(tmp_path / "slack.yaml")
    with pytest.raises(BadPolicy, match="Expected the rules of Slack"):
        read_slack(tmp_path)
