"""What is pressed in Slack: by whom it counts, once, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Question
from assistant.slack import evidence, feedback, further, phrases, pressing, voicing
from assistant.slack.channels import Answers, Rules
from assistant.slack.presses import KEPT_SECONDS, LASTS_SECONDS, Action
from retrieval.documents import now
from retrieval.drafts.draft import DraftState
from retrieval.errors import Unavailable
from retrieval.halting import Deed, Sort, Stop, Target
from retrieval.review.case import CaseKind
from tests.slack.desk import Desk, desk, pressable
from tests.slack.fake import Channel, Message, User
from tests.slack.office import MEALS, NOTICE, UNKNOWN, whispered
from tests.slack.speaking import Speaks, told, version_of

LONG = 40


async def asked(office: Desk, question: str = MEALS) -> tuple[User, Channel, Message]:
    """Let ann ask in a channel with bob, and return what stands there."""
    ann, bob = await office.person("ann", "legal"), await office.person("bob")
    general = office.team.channel("general", [ann, bob])
    [answer] = await office.told(ann, general, question)
    return ann, general, answer


def user(office: Desk, name: str) -> User:
    return next(each for each in office.team.users.values() if each.name == name)


async def test_an_answer_has_its_buttons_and_a_refusal_has_help(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, general, answer = await asked(office)
        await office.told(ann, general, UNKNOWN)
        [refusal] = office.team.whispered(ann)

        on_answer = pressable(answer.blocks + answer.last_blocks)
        assert set(on_answer) == {
            Action.HELPFUL,
            Action.NOT_HELPFUL,
            Action.SOURCES,
            Action.HELP,
        }
        assert set(pressable(refusal.blocks)) == {Action.HELP}
        values = [*on_answer.values(), *pressable(refusal.blocks).values()]
        assert len(set(values)) == 5
        assert all(len(each) == 32 for each in values)


async def test_helpful_is_kept_on_record_and_scored_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        for _ in range(2):
            await office.presses_on(ann, answer, Action.HELPFUL)
        await office.presses_on(ann, answer, Action.NOT_HELPFUL)

        [noted] = await office.noted("report")
        [(told_id, person, is_helpful, reason)] = office.scores.scores
        assert noted["about"] == {"answer": told_id, "verdict": "helpful"}
        assert (person, is_helpful, reason) == ("ann", True, "")
        assert whispered(office, ann) == [
            voicing.THANKS,
            *[pressing.FAULTS[pressing.Fault.REPLAY]] * 2,
        ]
        assert office.team.views == []


async def test_not_helpful_asks_why_and_becomes_a_case_and_a_draft(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        await office.presses_on(ann, answer, Action.NOT_HELPFUL)
        [view] = office.team.views
        await office.sends(ann, view, reason="outdated", note="It is \u202e70 euros by now.")
        await office.sends(ann, view, reason="wrong", note="Twice.")

        [case] = await office.review.cases.listed()
        assert case.matter.kind is CaseKind.REPORTED
        assert case.matter.asker == "ann"
        assert case.matter.question == MEALS
        assert case.matter.note == "It is out of date\nIt is 70 euros by now."
        assert case.matter.evidence or case.matter.said
        draft = await office.review.drafts.get(case.id)
        assert draft.state is DraftState.WAITING
        verdicts = [each["about"].get("verdict") for each in await office.noted("report")]
        assert verdicts == ["not_helpful", "not_helpful", None]
        assert [each[2:] for each in office.scores.scores] == [(False, ""), (False, "outdated")]
        assert whispered(office, ann) == [voicing.REPORTED]
        [beside] = office.team.posted(office.team.dm(ann))
        assert beside.words == pressing.FAULTS[pressing.Fault.REPLAY]


async def test_where_the_form_cannot_be_opened_it_is_reported_without_a_reason(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        office.slack.fail("views.open", "expired_trigger_id")
        await office.presses_on(ann, answer, Action.NOT_HELPFUL)

        assert whispered(office, ann) == [voicing.REPORTED]
        assert len(await office.review.cases.listed()) == 1


@pytest.mark.parametrize("by", ["bob", "eve", "guest"])
@pytest.mark.parametrize("action", [Action.HELPFUL, Action.SOURCES, Action.HELP])
async def test_another_presses_in_vain_and_is_told_so_alone(
    tmp_path: Path, by: str, action: Action
) -> None:
    async with desk(tmp_path) as office:
        _, general, answer = await asked(office)
        eve = await office.person("eve")
        guest = office.team.user("Guest", "guest@firm.example", is_guest=True)
        general.members += [eve.id, guest.id]
        other = {"bob": user(office, "Bob"), "eve": eve, "guest": guest}[by]
        await office.presses_on(other, answer, action)

        assert whispered(office, other) == [pressing.FAULTS[pressing.Fault.OTHER_PERSON]]
        assert office.scores.scores == []
        assert await office.noted("report") == []


async def test_a_value_counts_for_its_button_its_place_and_its_day(tmp_path: Path) -> None:
    clock = [0]
    async with desk(tmp_path, instant=lambda: now() + clock[0]) as office:
        ann, _, answer = await asked(office)
        other = office.team.channel("other", [ann])
        [elsewhere] = await office.told(ann, other, MEALS)
        values = pressable(answer.blocks + answer.last_blocks)
        bodies = office.slack.bodies(office.team)

        await office.presses_on(ann, answer, Action.HELPFUL, values[Action.HELP])
        await office.presses_on(ann, elsewhere, Action.HELPFUL, values[Action.HELPFUL])
        await office.presses_on(ann, answer, Action.HELPFUL, values[Action.HELPFUL][:-1] + "z")
        await office.presses_on(ann, answer, Action.HELPFUL, values[Action.HELPFUL] + "0")
        await office.presses_on(ann, answer, Action.HELPFUL, "")
        clock[0] = LASTS_SECONDS
        await office.presses_on(ann, answer, Action.SOURCES)

        fault = pressing.Fault
        assert whispered(office, ann) == [
            pressing.FAULTS[each]
            for each in (
                fault.OTHER_ACTION,
                fault.OTHER_PLACE,
                fault.UNKNOWN,
                fault.UNKNOWN,
                fault.UNKNOWN,
                fault.LATE,
            )
        ]
        assert office.scores.scores == []
        clock[0] = evidence.LASTS_SECONDS + KEPT_SECONDS + 60
        assert await office.placed.tidy() == 8
        await office.comes(bodies.press(ann, answer, Action.HELPFUL))
        await office.pressing.close()
        assert whispered(office, ann)[-1] == pressing.FAULTS[fault.UNKNOWN]


async def test_many_presses_at_once_are_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        body = office.slack.bodies(office.team)
        presses = [body.press(ann, answer, Action.HELPFUL) for _ in range(20)]
        await asyncio.gather(*(office.comes(each) for each in presses))
        await office.pressing.close()

        assert len(office.scores.scores) == 1
        assert whispered(office, ann).count(voicing.THANKS) == 1


async def test_who_is_nobody_by_then_is_told_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        await office.directory.suspend("ann")
        await office.presses_on(ann, answer, Action.SOURCES)

        [said] = whispered(office, ann)
        assert "suspended" in said


async def test_sources_are_the_exact_words_for_whoever_asked_as_often_as_they_like(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        for _ in range(2):
            await office.presses_on(ann, answer, Action.SOURCES)

        first, second = whispered(office, ann)
        assert first == second
        assert "60 euros" in first
        assert "Travel and expenses policy" in first


async def test_sources_that_they_may_no_longer_read_are_not_shown(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann = await office.person("ann", "legal")
        [answer] = await office.told(ann, office.team.dm(ann), NOTICE)
        await office.directory.leave("legal", ["user:ann"])
        await office.presses_on(ann, answer, Action.SOURCES)

        assert "ninety" in answer.words
        assert [
            each for each in office.team.posted(office.team.dm(ann)) if each is not answer
        ] == []
        assert whispered(office, ann) == [phrases.GONE]


def speaking(sentences: int) -> Callable[[Any], Speaks]:
    """Return an assistant of many words, about a document that everyone reads."""

    def made(library: Any) -> Speaks:
        version = version_of(library, "Travel and expenses policy")
        words = [f"Sentence {number}. {'word ' * 60}" for number in range(sentences)]

        def script(question: Question) -> Iterable[Any]:
            return told(question, version, *words)

        return Speaks(script)

    return made


async def test_more_goes_on_where_it_was_cut_until_the_end(tmp_path: Path) -> None:
    async with desk(tmp_path, assistant=speaking(LONG)) as office:
        ann, general, answer = await asked(office)
        await office.presses_on(ann, answer, Action.MORE)
        [first, second] = office.team.posted(general)
        await office.presses_on(ann, second, Action.MORE)
        parts = office.team.posted(general)

        words = "".join(each.words for each in parts)
        assert [words.count(f"Sentence {number}.") for number in range(LONG)] == [1] * LONG
        assert len(parts) == 3
        assert {each.thread for each in parts} == {first.thread}
        assert Action.MORE not in pressable(parts[-1].blocks)
        assert whispered(office, ann) == []


async def test_more_is_not_posted_where_others_read_along_who_may_not(tmp_path: Path) -> None:
    async with desk(tmp_path, assistant=speaking(LONG)) as office:
        ann, general, answer = await asked(office)
        readers = frozenset({"group:legal"})
        for held in office.library.held:
            object.__setattr__(held.version, "readers", readers)
        await office.presses_on(ann, answer, Action.MORE)

        assert len(office.team.posted(general)) == 1
        assert whispered(office, ann) == [phrases.GONE]


async def test_share_asks_anew_with_everybodys_rights(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        await office.comes(office.slack.bodies(office.team).command(ann, general, NOTICE))
        await office.settled()
        [alone] = office.team.whispered(ann)
        await office.presses_on(ann, alone, Action.SHARE)
        await office.presses_on(ann, alone, Action.SHARE)
        await office.settled()

        assert "ninety (90) days" in alone.words
        assert all("ninety" not in each.words for each in office.team.posted())
        assert further.SHARING in whispered(office, ann)

        await office.directory.join("legal", ["user:bob"])
        await office.comes(office.slack.bodies(office.team).command(ann, general, NOTICE))
        await office.settled()
        again = next(each for each in office.team.whispered(ann)[1:] if "ninety" in each.words)
        await office.presses_on(ann, again, Action.SHARE)
        await office.settled()
        [posted] = office.team.posted(general)
        assert "ninety (90) days" in posted.words


async def test_help_goes_to_the_queue_and_to_helpers_with_what_they_may_read(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as office:
        hugo = await office.person("hugo")
        helpers = office.team.channel("helpers", [hugo])
        office.direct = Rules(answers=Answers.ALL, helpers=helpers.id)
        ann = await office.person("ann", "legal")
        dm = office.team.dm(ann)
        [secret] = await office.told(ann, dm, NOTICE)
        [public] = [m for m in await office.told(ann, dm, MEALS) if m is not secret]
        await office.presses_on(ann, secret, Action.HELP)
        await office.presses_on(ann, public, Action.HELP)

        first, second = office.team.posted(helpers)
        assert NOTICE in first.words
        assert "ninety" not in first.words
        assert "Northwind" not in first.words
        assert "Travel and expenses policy" in second.words
        notes = [each.matter.note for each in await office.review.cases.listed()]
        assert notes == ["I still need help"] * 2
        assert office.scores.scores == []
        assert f"{voicing.ASKED_FOR_HELP} {voicing.HELPERS_TOLD}" in whispered(office, ann)


async def test_stop_ends_what_is_being_written(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, _ = await asked(office)
        general = office.team.channel("general", [ann])
        message = office.team.says(ann, general, "x")
        permitted: list[Any] = []
        real = office.buttons.of_answer

        async def of_answer(*args: Any, **more: Any) -> Any:
            permitted.append(args[0])
            return await real(*args, **more)

        office.buttons.of_answer = of_answer  # type: ignore[method-assign]
        await office.told(ann, general, MEALS)
        [button] = await office.buttons.of_course(permitted[0])
        await office.presses_on(ann, message_with(office, message, button), Action.STOP)

        assert whispered(office, ann) == [further.OVER]


def message_with(office: Desk, message: Message, button: Any) -> Message:
    """Return a message of ours that has a button."""
    element = {
        "type": "button",
        "action_id": button.action,
        "value": button.value,
        "text": {"type": "plain_text", "text": button.label, "emoji": False},
    }
    message.blocks = [{"type": "actions", "block_id": "b", "elements": [element]}]
    return message


class Stopped:
    """Answers are stopped in one channel."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    async def of(self, deed: Deed) -> Stop | None:
        is_it = deed.channel.endswith(self.channel)
        return Stop(Target(Sort.CHANNEL, "slack"), "", "root", 0) if is_it else None

    def standing(self, deed: Deed) -> Stop | None:
        return None


async def test_while_answers_are_stopped_there_nothing_more_is_shown(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, general, answer = await asked(office)
        office.pressing._stops = Stopped(general.id)  # type: ignore[assignment]
        await office.presses_on(ann, answer, Action.SOURCES)
        await office.presses_on(ann, answer, Action.HELPFUL)

        assert whispered(office, ann) == [phrases.STOPPED, voicing.THANKS]


async def test_what_fails_is_told_and_may_be_pressed_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        note, fails = office.record.note, [True]

        async def failing(event: Any) -> int:
            if fails.pop() if fails else False:
                raise Unavailable("The record cannot be written.")
            return int(await note(event))

        office.record.note = failing
        for _ in range(2):
            await office.presses_on(ann, answer, Action.HELPFUL)

        assert whispered(office, ann) == [pressing.FAILED, voicing.THANKS]
        assert len(office.scores.scores) == 1


async def test_what_people_said_ends_with_its_time(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, _, answer = await asked(office)
        await office.presses_on(ann, answer, Action.HELPFUL)

        assert await feedback.tidy(office.database, office.record, now() - 60) == 0
        assert await feedback.tidy(office.database, office.record, now() + 60) == 1
