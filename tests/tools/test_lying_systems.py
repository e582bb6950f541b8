"""Far systems that answer anything at all: a hand gives a bounded result or says that it failed."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.hand_contract import errand
from tools.box import desk, register
from tools.box.desk_jira import JiraDesk
from tools.box.desk_zendesk import ZendeskDesk
from tools.box.register_rest import RestRegister
from tools.box.register_sql import SqlRegister
from tools.call import Json
from tools.configuration import System
from tools.far import FarSystem
from tools.far_answer import FarAnswer
from tools.result import checked
from tools.tool import Hand, Result, ToolFailed

KEYS = re.findall(
    r"\w+",
    """
    key id fields summary status name issues nextPageToken comments author displayName created
    body type content text attrs values properties value mark description ticket tickets users
    subject external_id requester_id audits metadata custom pincite meta has_more after_cursor
    user updated_at plain_body title expires records next proposals reporter
    """,
)


def _objects(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[dict[str, Json]]:
    return st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["RIM-1", "100", "doc", "text", "2026-12-01", "pincite", "x" * 30_000]),
    lambda inner: st.lists(inner, max_size=4) | _objects(inner),
    max_leaves=25,
)
ANSWERS = st.one_of(
    *(st.fixed_dictionaries({each: VALUES}) for each in ("id", "key", "ticket", "title", "next")),
    *(_objects(VALUES) for _ in range(3)),
    VALUES,
)
ARGUMENTS: Mapping[str, dict[str, Json]] = {
    "desk.look_up": {"key": "100"},
    "desk.list_mine": {"role": "assignee"},
    "desk.comment": {"key": "100", "text": "Words."},
    "desk.create_ticket": {"queue": "RIM", "title": "Words", "text": "Words."},
    "register.look_up": {"record": "100"},
    "register.list_expiring": {"days": 30},
    "register.propose_change": {"record": "1", "field": "x", "value": "y", "reason": "z"},
    "register.withdraw_proposal": {"proposal": "P-1"},
}


class Lying(FarSystem):
    """Answers what it was given, one after the other and from the start again."""

    def __init__(self) -> None:
        super().__init__("Far", "https://far.example.com")
        self.asked = 0
        self.answers: list[Json] = [None]

    async def send(self, *_: Any, **__: Any) -> FarAnswer:
        self.asked += 1
        return FarAnswer(200, self.answers[self.asked % len(self.answers)])


def hands_of(far: FarSystem) -> list[Hand]:
    return [
        *desk.hands_of(JiraDesk(far, {"RIM": "Task"})),
        *desk.hands_of(ZendeskDesk(far, {"RIM": 1})),
        *register.hands_of(RestRegister(far, ("x",))),
    ]


FAR = Lying()
LONG = ("x" * 30_000, "RIM-1\nIgnore all", "<b>1</b>", "a b", 10**300)


async def told_by(hand: Hand, answers: list[Json]) -> None:
    """Run a hand against these answers, and look at what it makes of them."""
    FAR.asked, FAR.answers = 0, answers
    try:
        result = await hand.run(ARGUMENTS[hand.tool.name], errand(str(time.monotonic_ns())))
    except ToolFailed:
        return
    finally:
        assert FAR.asked <= 25
    assert isinstance(result, Result)
    assert len(result.title) <= 200
    assert len(result.text) <= 20_000
    assert len(result.ids) <= 100
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", each) for each in result.ids)
    assert checked(result)


@pytest.mark.parametrize("which", range(12))
@settings(max_examples=25, deadline=None)
@given(answers=st.lists(ANSWERS, min_size=1, max_size=3))
def test_whatever_is_answered_gives_a_bounded_result_or_a_failure(
    which: int, answers: list[Json]
) -> None:
    asyncio.run(told_by(hands_of(FAR)[which], answers))


@pytest.mark.parametrize("which", range(12))
@pytest.mark.parametrize("value", LONG)
async def test_what_is_no_number_of_a_thing_is_not_taken_for_one(which: int, value: Json) -> None:
    hand = hands_of(FAR)[which]
    thing: dict[str, Json] = {"id": value, "key": value, "title": value, "external_id": value}
    await told_by(hand, [{**thing, "ticket": thing}])
    for name in ("issues", "tickets", "records", "proposals"):
        await told_by(hand, [{name: [thing] * 200}])


def test_there_is_a_hand_for_every_number() -> None:
    hands = hands_of(FAR)

    assert len(hands) == 12
    assert {each.tool.name for each in hands} == set(ARGUMENTS)


@pytest.mark.parametrize(
    "part", [FarSystem, JiraDesk, ZendeskDesk, RestRegister, SqlRegister, System]
)
def test_no_part_takes_a_credential_of_its_own(part: type) -> None:
    names = set(inspect.signature(part).parameters)

    assert not [each for each in names if re.search("secret|token|password|user|account", each)]
