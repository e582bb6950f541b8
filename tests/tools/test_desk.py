"""The service desk, against a Jira and a Zendesk on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.access import Principal
from tests.tools.far.jira import FakeJira
from tests.tools.far.serving import serving
from tests.tools.far.zendesk import PEOPLE, FakeZendesk
from tests.tools.hand_contract import HandContract, Trial, errand
from tools.box.adf import document_of, text_of
from tools.box.desk import (
    CommentOnTicket,
    CreateTicket,
    Desk,
    ListMyTickets,
    LookUpTicket,
    hands_of,
)
from tools.box.desk_jira import JiraDesk
from tools.box.desk_zendesk import ZendeskDesk
from tools.far import FarSystem
from tools.far_answer import FarRefused
from tools.matching import fault_of
from tools.tool import Asker, ToolFailed

NEW = {"queue": "RIM", "title": "Lieferverzug", "text": "Bitte prüfen.\nDanke.", "urgency": "high"}
BEN = Asker(Principal.person("ben"))
EVIL = "evil words <img src=x> [a](http://x) \u202eabc"


def jira_desk(far: FakeJira) -> JiraDesk:
    system = FarSystem("Jira", far.url, private=True)
    return JiraDesk(system, {"RIM": "Task", "LEG": "Task"})


def zendesk_desk(far: FakeZendesk) -> ZendeskDesk:
    system = FarSystem("Zendesk", far.url, private=True)
    return ZendeskDesk(system, {"RIM": 360, "LEG": 361})


@pytest.fixture
def jira() -> Iterator[FakeJira]:
    with serving(FakeJira()) as far:
        far.put("RIM", "ann", "Mine", description=document_of("Some words."))
        far.put("RIM", "ben", "His", assignee={"accountId": "ann"})
        far.put("LEG", "ben", "Hidden")
        yield far


@pytest.fixture
def zendesk() -> Iterator[FakeZendesk]:
    with serving(FakeZendesk()) as far:
        far.put(360, "ann", "Mine")
        far.put(360, "ben", "His", assignee_id=PEOPLE["ann"])
        far.put(361, "ben", "Hidden")
        yield far


def flooded_jira(far: FakeJira) -> None:
    for at in range(60):
        far.put("RIM", "ann", f"{EVIL} {at} " + "x" * 4_000)
    far.issues["RIM-1"]["fields"] |= {
        "summary": EVIL * 30,
        "description": document_of(EVIL * 2_000),
    }


def flooded_zendesk(far: FakeZendesk) -> None:
    for at in range(60):
        far.put(360, "ann", f"{EVIL} {at} " + "x" * 4_000)
    far.tickets[100]["subject"] = EVIL * 30
    far._write(100, "ben", EVIL * 2_000, {})


class JiraContract(HandContract):
    """Everything that a hand of the desk has with Jira."""

    kind: Any
    arguments: ClassVar[dict[str, str]]

    @pytest.fixture
    def trial(self, jira: FakeJira) -> Trial:
        def effects() -> int:
            return len(jira.issues) + len(jira.comments)

        return Trial(
            lambda: self.kind(jira_desk(jira)),
            self.arguments,
            effects,
            jira,
            flood=lambda: flooded_jira(jira),
            settle=jira.settle,
        )


class ZendeskContract(HandContract):
    """Everything that a hand of the desk has with Zendesk."""

    kind: Any
    arguments: ClassVar[dict[str, str]]

    @pytest.fixture
    def trial(self, zendesk: FakeZendesk) -> Trial:
        def effects() -> int:
            return len(zendesk.audits)

        return Trial(
            lambda: self.kind(zendesk_desk(zendesk)),
            self.arguments,
            effects,
            zendesk,
            flood=lambda: flooded_zendesk(zendesk),
        )


class TestJiraLookUp(JiraContract):
    kind = LookUpTicket
    arguments: ClassVar[dict[str, str]] = {"key": "RIM-1"}


class TestJiraListMine(JiraContract):
    kind = ListMyTickets
    arguments: ClassVar[dict[str, str]] = {"role": "requester"}


class TestJiraComment(JiraContract):
    kind = CommentOnTicket
    arguments: ClassVar[dict[str, str]] = {"key": "RIM-1", "text": "Lieferverzug\nseit Montag"}


class TestJiraCreate(JiraContract):
    kind = CreateTicket
    arguments: ClassVar[dict[str, str]] = NEW


class TestZendeskLookUp(ZendeskContract):
    kind = LookUpTicket
    arguments: ClassVar[dict[str, str]] = {"key": "100"}


class TestZendeskListMine(ZendeskContract):
    kind = ListMyTickets
    arguments: ClassVar[dict[str, str]] = {"role": "requester"}


class TestZendeskComment(ZendeskContract):
    kind = CommentOnTicket
    arguments: ClassVar[dict[str, str]] = {"key": "100", "text": "Lieferverzug\nseit Montag"}


class TestZendeskCreate(ZendeskContract):
    kind = CreateTicket
    arguments: ClassVar[dict[str, str]] = NEW


async def test_jira_shows_a_ticket_with_its_comments(jira: FakeJira) -> None:
    desk = jira_desk(jira)
    await CommentOnTicket(desk).run({"key": "RIM-1", "text": "First."}, errand("k-1"))
    await CommentOnTicket(desk).run({"key": "RIM-1", "text": "Second."}, errand("k-2"))

    shown = await LookUpTicket(desk).run({"key": "RIM-1"}, errand("k-3"))

    assert shown.title == "RIM-1: Mine"
    assert shown.ids == ("RIM-1",)
    assert shown.link == f"{jira.url}/browse/RIM-1"
    assert shown.text.startswith("Status: Open\nAsked for by: Ann\nChanged: 2026-11-01")
    assert "\n\nSome words.\n\nAnn, 2026-11-22T10:00:01.000+0000:\nSecond.\n\nAnn" in shown.text


async def test_zendesk_shows_a_ticket_with_its_comments(zendesk: FakeZendesk) -> None:
    desk = zendesk_desk(zendesk)
    await CommentOnTicket(desk).run({"key": "101", "text": "First."}, errand("k-1"))

    shown = await LookUpTicket(desk).run({"key": "101"}, errand("k-2"))

    assert shown.title == "101: His"
    assert shown.link == f"{zendesk.url}/agent/tickets/101"
    assert "Asked for by: Ben\nWorked on by: Ann\n" in shown.text
    assert "Ann, 2026-11-22T10:00:05Z:\nFirst." in shown.text


@pytest.mark.parametrize("kind", ["jira", "zendesk"])
async def test_one_sees_what_the_desk_lets_one_see(
    kind: str, jira: FakeJira, zendesk: FakeZendesk
) -> None:
    desk: Desk = jira_desk(jira) if kind == "jira" else zendesk_desk(zendesk)
    hidden = "LEG-3" if kind == "jira" else "102"
    with pytest.raises(FarRefused, match="no such thing that you may see"):
        await LookUpTicket(desk).run({"key": hidden}, errand())
    with pytest.raises(ToolFailed):
        await CommentOnTicket(desk).run({"key": hidden, "text": "Hello."}, errand())
    with pytest.raises(ToolFailed) as failed:
        await CreateTicket(desk).run({**NEW, "queue": "LEG"}, errand())

    assert failed.value.happened is False
    seen = await LookUpTicket(desk).run({"key": hidden}, errand(asker=BEN, secret="ben-token"))
    assert seen.title.endswith("Hidden")


@pytest.mark.parametrize("role", ["requester", "assignee"])
async def test_jira_lists_mine_page_by_page(jira: FakeJira, role: str) -> None:
    for at in range(7):
        jira.put("RIM", "ann", f"More {at}", assignee={"accountId": "ann"})

    listed = await ListMyTickets(jira_desk(jira)).run({"role": role}, errand())

    assert len(listed.ids) == 8
    assert ("RIM-1" in listed.ids) is (role == "requester")
    assert ("RIM-2" in listed.ids) is (role == "assignee")
    assert "There are more" not in listed.text


@pytest.mark.parametrize("role", ["requester", "assignee"])
async def test_zendesk_lists_mine_page_by_page(zendesk: FakeZendesk, role: str) -> None:
    for at in range(7):
        zendesk.put(360, "ann", f"More {at}", assignee_id=PEOPLE["ann"])
    zendesk.put(360, "ann", "Over", assignee_id=PEOPLE["ann"], status="closed")

    listed = await ListMyTickets(zendesk_desk(zendesk)).run({"role": role}, errand())

    assert len(listed.ids) == 8
    assert ("100" in listed.ids) is (role == "requester")
    assert ("101" in listed.ids) is (role == "assignee")


async def test_very_many_tickets_are_not_all_listed(jira: FakeJira) -> None:
    for at in range(60):
        jira.put("RIM", "ann", f"More {at}")

    listed = await ListMyTickets(jira_desk(jira)).run({"role": "requester"}, errand())

    assert len(listed.ids) == 50
    assert listed.text.endswith("There are more; these changed last.")


async def test_a_ticket_of_jiras_is_what_was_confirmed(jira: FakeJira) -> None:
    made = await CreateTicket(jira_desk(jira)).run(NEW, errand())

    [issue] = [each for key, each in jira.issues.items() if key == made.ids[0]]
    assert issue["fields"]["summary"] == NEW["title"]
    assert text_of(issue["fields"]["description"]) == NEW["text"]
    assert issue["fields"]["priority"] == {"name": "High"}
    assert issue["fields"]["project"] == {"key": "RIM"}


async def test_a_ticket_of_zendesks_is_what_was_confirmed(zendesk: FakeZendesk) -> None:
    made = await CreateTicket(zendesk_desk(zendesk)).run(NEW, errand())

    ticket = zendesk.tickets[int(made.ids[0])]
    assert (ticket["subject"], ticket["priority"]) == (NEW["title"], "high")
    assert ticket["requester_id"] == PEOPLE["ann"]
    assert zendesk.comments[-1]["body"] == NEW["text"]
    assert "html_body" not in str(zendesk.changes)


async def test_jira_is_not_asked_twice_for_what_may_be_there(jira: FakeJira) -> None:
    create = CreateTicket(jira_desk(jira))
    before = len(jira.issues)
    jira.lose_next = 1
    for _ in range(3):
        with pytest.raises(ToolFailed) as failed:
            await create.run(NEW, errand())
        assert failed.value.happened is None
        assert len(jira.issues) == before + 1

    jira.settle()
    found = await create.run(NEW, errand())

    assert found.ids == ("RIM-4",)
    assert len(jira.issues) == before + 1


async def test_what_another_process_may_have_done_is_looked_for_only(jira: FakeJira) -> None:
    again = replace(errand(), is_again=True)
    with pytest.raises(ToolFailed, match="tried before") as failed:
        await CreateTicket(jira_desk(jira)).run(NEW, again)
    assert failed.value.happened is None
    assert not jira.changes

    made = await CreateTicket(jira_desk(jira)).run(NEW, errand())
    jira.settle()

    assert await CreateTicket(jira_desk(jira)).run(NEW, again) == made


@pytest.mark.parametrize("kind", ["jira", "zendesk"])
async def test_where_nobody_can_look_nothing_is_said_of_an_earlier_try(
    kind: str, jira: FakeJira, zendesk: FakeZendesk
) -> None:
    far = jira if kind == "jira" else zendesk
    desk: Desk = jira_desk(jira) if kind == "jira" else zendesk_desk(zendesk)
    hand = CreateTicket(desk)
    far.lose_next = 1
    with pytest.raises(ToolFailed):
        await hand.run(NEW, errand())
    far.refuse_with = 503

    with pytest.raises(ToolFailed) as failed:
        await hand.run(NEW, errand())

    assert failed.value.happened is None


async def test_jira_may_be_asked_again_after_a_clear_refusal(jira: FakeJira) -> None:
    create = CreateTicket(jira_desk(jira))
    with pytest.raises(ToolFailed):
        await create.run({**NEW, "queue": "LEG"}, errand())

    assert (await create.run(NEW, errand())).ids == ("RIM-4",)


async def test_zendesk_makes_no_second_ticket_however_late(zendesk: FakeZendesk) -> None:
    desk, before = zendesk_desk(zendesk), len(zendesk.tickets)
    zendesk.lose_next = 1
    with pytest.raises(ToolFailed) as failed:
        await CreateTicket(desk).run(NEW, errand())
    assert failed.value.happened is None

    again = await CreateTicket(desk).run(NEW, errand())
    zendesk.forget_keys()
    late = await CreateTicket(desk).run(NEW, errand())

    assert again == late
    assert len(zendesk.tickets) == before + 1


@pytest.mark.parametrize("kind", ["jira", "zendesk"])
async def test_a_lost_comment_is_found_again(
    kind: str, jira: FakeJira, zendesk: FakeZendesk
) -> None:
    far = jira if kind == "jira" else zendesk
    desk: Desk = jira_desk(jira) if kind == "jira" else zendesk_desk(zendesk)
    arguments = {
        "key": "RIM-1" if kind == "jira" else "100",
        "text": "Once.",
    }
    hand = CommentOnTicket(desk)
    far.lose_next = 1
    with pytest.raises(ToolFailed) as failed:
        await hand.run(arguments, errand())
    assert failed.value.happened is None

    await hand.run(arguments, errand())

    assert len(far.comments) == 1


async def test_another_ticket_than_the_one_asked_for_is_not_shown(zendesk: FakeZendesk) -> None:
    zendesk.tickets[100]["id"] = 999
    with pytest.raises(ToolFailed, match="no ticket of this key now"):
        await LookUpTicket(zendesk_desk(zendesk)).run({"key": "100"}, errand())


async def test_zendesk_refuses_a_comment_on_what_changed_meanwhile(zendesk: FakeZendesk) -> None:
    desk = zendesk_desk(zendesk)
    zendesk.changes_meanwhile = True
    with pytest.raises(FarRefused, match="no longer as it was") as failed:
        await CommentOnTicket(desk).run({"key": "100", "text": "Once."}, errand())

    assert failed.value.happened is False
    assert zendesk.comments == []


async def test_zendesk_that_knows_nobody_says_to_connect_again(zendesk: FakeZendesk) -> None:
    zendesk.knows_nobody = True
    with pytest.raises(FarRefused, match="Connect your account"):
        await ListMyTickets(zendesk_desk(zendesk)).run({"role": "requester"}, errand())


@pytest.mark.parametrize(
    "key",
    [
        "",
        "rim-1",
        "RIM-0",
        "RIM-1/..",
        "RIM-1?x=1",
        "RIM-1\n",
        "../RIM-1",
        "RIM-",
        "ＲIM-1",
        "RIM-1 ",
    ],
)
def test_a_key_is_a_key_and_nothing_else(key: str, jira: FakeJira, zendesk: FakeZendesk) -> None:
    for desk in (jira_desk(jira), zendesk_desk(zendesk)):
        assert fault_of({"key": key}, LookUpTicket(desk).tool.fields) == "key"


def test_a_desk_without_queues_creates_nothing(jira: FakeJira) -> None:
    desk = JiraDesk(FarSystem("Jira", jira.url, private=True), {})

    assert [each.tool.name for each in hands_of(desk)] == [
        "desk.look_up",
        "desk.list_mine",
        "desk.comment",
    ]


def test_words_come_out_of_a_document_and_nothing_else() -> None:
    document: Any = {
        "type": "doc",
        "content": [
            {"type": "heading", "content": [{"type": "text", "text": "A heading"}]},
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "A "},
                    {"type": "mention", "attrs": {"id": "1", "text": "@Ann"}},
                    {"type": "hardBreak"},
                    {"type": "inlineCard", "attrs": {"url": "https://evil.example"}},
                    {"type": "text", "text": "b", "marks": [{"type": "link"}]},
                ],
            },
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"url": "x"}}]},
            "nonsense",
            7,
        ],
    }

    assert text_of(document) == "A heading\nA @Ann\nb"
    odd: list[Any] = [None, "x", [], {}, {"content": 3}]
    assert [text_of(each) for each in odd] == [""] * 5


@given(st.text(alphabet="ab [](){}*_@\n", max_size=60))
def test_what_is_written_is_text_and_no_mark_up(text: str) -> None:
    document = document_of(text)

    assert isinstance(document, dict)
    kinds = {"doc", "paragraph", "text"}
    left: list[Any] = [document]
    while left:
        node = left.pop()
        assert node["type"] in kinds
        assert "marks" not in node
        left += node.get("content", [])
    lines = [line.strip() for line in text.split("\n")]
    assert text_of(document) == "\n".join(line for line in lines if line)
