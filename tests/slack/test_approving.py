"""A call that waits, confirmed in Slack: by its asker, as it was shown, in time and once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Asking, Question
from assistant.http.confirmation_shapes import spelt
from assistant.slack import approving, pressing
from assistant.slack.channels import Answers, Rules
from assistant.slack.event import Member
from assistant.slack.presses import Action, Fault
from retrieval.database import Database
from tests.slack.desk import Desk, desk, pressable
from tests.slack.fake import Message, User
from tests.slack.office import MEALS, whispered
from tests.slack.speaking import Speaks
from tests.tools.benches import CREATE, PROPOSE, TICKET, Bench, policy_of
from tools.call import Call
from tools.confirmation import Confirmation, Standing

HIDDEN = "The printer \u202eis on\u200b fire \u2066now\u2069. "
FOREIGN = "See https://evil.example/x and <https://evil.example|here> *bold* <!channel>"
TOOLS = {CREATE.name: frozenset({"everyone"}), PROPOSE.name: frozenset({"everyone"})}


@dataclass
class Acting:
    """A desk with a bench of tools; `waits` is what the assistant says has to be confirmed."""

    office: Desk
    bench: Bench
    waits: list[Confirmation]
    ann: User

    async def shown(self, call: Call | None = None, **more: Any) -> Message:
        """Have a call of ann's wait, and return the message that shows it."""
        session = approving.session_of(self.member())
        about: dict[str, Any] = {"channel": "slack", "session": session, **more}
        return await self.shown_as(await self.bench.waiting(call, **about))

    async def shown_as(self, waits: Confirmation) -> Message:
        """Have the assistant say that this waits, and return the message that shows it."""
        self.waits.append(waits)
        dm = self.office.team.dm(self.ann)
        before = self.office.team.posted(dm)
        await self.office.told(self.ann, dm, MEALS)
        [message] = [each for each in self.office.team.posted(dm) if each not in before]
        return message

    async def standing(self) -> Standing:
        """Return how the last call stands."""
        person = self.bench.people.person("ann", "slack")
        return (await self.bench.workbench.confirmation(self.waits[-1].id, asker=person)).standing

    def member(self) -> Member:
        return Member(self.office.team.id, self.ann.id)


@asynccontextmanager
async def acting(folder: Path) -> AsyncIterator[Acting]:
    database = Database(f"sqlite:///{folder / 'library.db'}")
    await database.migrate()
    bench = await Bench.open(database, folder, policy=policy_of(channels=("slack", "web")))
    waits: list[Confirmation] = []

    def script(question: Question) -> Iterable[Any]:
        return [Asking(question, waits[-1])]

    rules = Rules(answers=Answers.ALL, tools=TOOLS)
    more: dict[str, Any] = {"direct": rules, "workbench": bench.workbench, "instant": bench.clock}
    try:
        async with desk(folder, lambda _: Speaks(script), database, bench.record, **more) as office:
            ann = await office.person("ann", "staff")
            yield Acting(office, bench, waits, ann)
    finally:
        await bench.close()
        await database.close()


async def test_every_argument_is_shown_to_the_letter_with_whence_it_came(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown(typed="a high ticket please")

        assert at.bench.far.effects == {}
        for part in ("The printer is on fire", "high", "you wrote it", "taken from documents"):
            assert part in message.words
        assert "UTC" in message.words
        assert "Asked for by ann." in message.words
        assert set(pressable(message.blocks)) == {Action.CONFIRM, Action.DECLINE}


async def test_confirmed_it_is_done_once_and_told_in_its_place(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        values = pressable(message.blocks)
        body = at.office.slack.bodies(at.office.team).press(at.ann, message, Action.CONFIRM)
        await at.office.comes(body, body)
        await at.office.pressing.close()

        assert list(at.bench.far.times.values()) == [1]
        [errand] = at.bench.far.asked
        assert (errand.asker.principal.name, errand.asker.channel) == ("ann", "slack")
        assert message.words.startswith("Done. Ticket RIM-2000")
        assert pressable(message.blocks) == {}
        assert await at.standing() is Standing.DONE
        assert whispered(at.office, at.ann) == [pressing.FAULTS[Fault.REPLAY]]
        words = [each["about"] for each in await at.office.noted("confirm")]
        assert sorted((each["did"], each.get("reason", "")) for each in words) == [
            ("confirm", ""),
            ("refused", Fault.REPLAY.value),
        ]
        assert {each["call"] for each in words} == {at.waits[-1].id}
        assert values[Action.CONFIRM] not in json.dumps(words)


async def test_declined_it_is_not_done(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        values = pressable(message.blocks)
        await at.office.presses_on(at.ann, message, Action.DECLINE)

        assert message.words == approving.DECLINED
        assert await at.standing() is Standing.DECLINED
        message.blocks = confirming(values)
        await at.office.presses_on(at.ann, message, Action.CONFIRM)
        assert at.bench.far.effects == {}
        assert whispered(at.office, at.ann) == [pressing.FAULTS[Fault.REPLAY]]


def confirming(values: dict[str, str]) -> list[dict[str, Any]]:
    """Return buttons as they stood there, for whoever presses again what is gone."""
    elements = [
        {
            "type": "button",
            "action_id": action,
            "value": value,
            "text": {"type": "plain_text", "text": "Again", "emoji": False},
        }
        for action, value in values.items()
    ]
    return [{"type": "actions", "block_id": "b", "elements": elements}]


@pytest.mark.parametrize("action", [Action.CONFIRM, Action.DECLINE])
async def test_another_person_is_refused_told_alone_and_on_record(
    tmp_path: Path, action: Action
) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        bob = await at.office.person("bob", "staff")
        nobody = at.office.team.user("Nobody", "nobody@elsewhere.example")
        for other in (bob, nobody):
            await at.office.presses_on(other, message, action)

        assert at.bench.far.effects == {}
        assert await at.standing() is Standing.WAITING
        for other in (bob, nobody):
            assert whispered(at.office, other) == [pressing.FAULTS[Fault.OTHER_PERSON]]
        about = [each["about"] for each in await at.office.noted("confirm")]
        assert about == [{"did": "refused", "reason": "other_person", "call": at.waits[-1].id}] * 2
        await at.office.presses_on(at.ann, message, Action.CONFIRM)
        assert len(at.bench.far.effects) == 1


async def test_late_it_is_refused_and_on_record(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        at.bench.clock.forward(300)
        await at.office.presses_on(at.ann, message, Action.CONFIRM)

        assert at.bench.far.effects == {}
        assert whispered(at.office, at.ann) == [pressing.FAULTS[Fault.LATE]]
        [noted] = await at.office.noted("confirm")
        assert noted["about"]["reason"] == "late"


@pytest.mark.parametrize("change", ["letter", "swapped", "other call", "empty"])
async def test_an_altered_value_is_refused_and_on_record(tmp_path: Path, change: str) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        values = pressable(message.blocks)
        other = await at.shown(Call(CREATE.name, {**TICKET, "level": "low"}))
        value = {
            "letter": values[Action.CONFIRM][:-1] + "x",
            "swapped": values[Action.DECLINE],
            "other call": at.waits[-1].id,
            "empty": "",
        }[change]
        await at.office.presses_on(at.ann, message, Action.CONFIRM, value)

        assert at.bench.far.effects == {}
        [noted] = await at.office.noted("confirm")
        assert noted["about"]["did"] == "refused"
        assert noted["about"]["reason"] in (Fault.UNKNOWN, Fault.OTHER_ACTION)
        assert len(whispered(at.office, at.ann)) == 1
        assert other is not message


async def test_of_two_calls_each_button_confirms_its_own(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        first = await at.shown()
        second = await at.shown(Call(CREATE.name, {**TICKET, "title": "Another"}))
        await at.office.presses_on(at.ann, second, Action.CONFIRM)
        assert [each["title"] for each in at.bench.far.effects.values()] == ["Another"]
        await at.office.presses_on(at.ann, first, Action.CONFIRM)
        assert len(at.bench.far.effects) == 2


async def test_what_somebody_else_confirms_has_no_button_for_it(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown(Call(PROPOSE.name, {"note": "Ninety days."}))

        assert set(pressable(message.blocks)) == {Action.DECLINE}
        assert "group:legal" in message.words
        assert "Somebody else confirms this" in message.words


async def test_a_tool_that_is_closed_there_by_then_is_not_used(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        at.office.direct = Rules(answers=Answers.ALL)
        await at.office.presses_on(at.ann, message, Action.CONFIRM)

        assert at.bench.far.effects == {}
        assert message.words == approving.OFF
        assert await at.standing() is Standing.DECLINED


async def test_who_is_suspended_by_then_confirms_nothing(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown()
        await at.office.directory.suspend("ann")
        await at.office.presses_on(at.ann, message, Action.CONFIRM)

        assert at.bench.far.effects == {}
        [said] = whispered(at.office, at.ann)
        assert "suspended" in said


async def test_no_other_way_is_the_same_session(tmp_path: Path) -> None:
    async with acting(tmp_path) as at:
        message = await at.shown(session="slack T999 U999")
        await at.office.presses_on(at.ann, message, Action.CONFIRM)

        assert at.bench.far.effects == {}
        assert message.words.startswith(approving.NOT_DONE)
        assert (await at.office.noted("confirm"))[-1]["about"]["reason"] == "other_session"


async def test_what_nobody_sees_is_spelt_out_and_what_is_foreign_is_no_markup(
    tmp_path: Path,
) -> None:
    async with acting(tmp_path) as at:
        waits = await at.bench.waiting()
        hidden = tuple(replace(each, value=HIDDEN) for each in waits.shown)
        message = await at.shown_as(replace(waits, shown=hidden))
        assert message.words.count(spelt(HIDDEN)) == len(hidden)
        assert "[U+202E]" in message.words
        assert "\u202e" not in json.dumps(message.blocks, ensure_ascii=False)

        other = tuple(replace(each, value=FOREIGN) for each in waits.shown)
        foreign = await at.shown_as(replace(waits, shown=other))
        assert FOREIGN in foreign.words
        links = [each for each in elements(foreign.blocks) if each["type"] == "link"]
        assert {each["url"].split("/confirmations/")[0] for each in links} == {
            "https://pincite.firm.example"
        }
        assert {each["type"] for each in elements(foreign.blocks)} <= {"text", "link"}


def elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every rich element."""
    return [
        each
        for block in blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        for each in part["elements"]
    ]
