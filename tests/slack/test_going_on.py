"""Questions that wait and are taken back; words in a thread that go on asking without a mark."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.admission import Admission
from assistant.slack import further
from assistant.slack.arrival import goes_on
from assistant.slack.channels import Answers, Rules
from assistant.slack.claim import Claim, Wish
from assistant.slack.presses import Action
from assistant.turns import Room
from assistant.wording import Language
from tests.slack.desk import Desk, desk, pressable
from tests.slack.fake import User
from tests.slack.office import MEALS, UNKNOWN, whispered, working
from tests.slack.test_edits import rows

FULL = Room(at_once=1, waiting=0)


async def waits(office: Desk, user: User) -> None:
    await office.slack.until(lambda: office.team.whispered(user))
    await office.slack.until(lambda: not office.working.held)


async def test_a_question_that_waits_can_be_taken_back_by_its_asker_alone(tmp_path: Path) -> None:
    async with desk(tmp_path, admission=Admission(FULL)) as office:
        ann, bob = await office.person("ann"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        with office.admission.questions.place_of("somebody"):
            await office.asks(ann, general, MEALS)
            await waits(office, ann)
            [notice] = office.team.whispered(ann)
            await office.presses_on(bob, notice, Action.TAKE_BACK)
            assert [each.wish for each in await rows(office)] == [Wish.ANSWER]
            await office.presses_on(ann, notice, Action.TAKE_BACK)
            await office.presses_on(ann, notice, Action.TAKE_BACK)
        office.clock.ahead = 1000
        await office.settled()

        [row] = await rows(office)
        assert (row.wish, row.sealed, row.posted) == (Wish.DELETE, "", "")
        assert office.team.posted() == []
        assert whispered(office, ann)[0] == further.TAKEN_BACK
        assert notice.is_replaced


async def test_a_question_is_taken_back_also_while_it_is_tried_whether_there_is_room(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, admission=Admission(FULL), at_once=0) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        with office.admission.questions.place_of("somebody"):
            await office.asks(ann, general, MEALS)
            await office.working.work(await claimed(office))
        [notice] = office.team.whispered(ann)
        office.clock.ahead = 100
        tried = await claimed(office)
        await office.presses_on(ann, notice, Action.TAKE_BACK)
        await office.working.work(tried)
        await office.working.work(await claimed(office))

        assert await office.open() == 0
        assert office.team.posted() == []
        assert whispered(office, ann) == [further.TAKEN_BACK]


async def claimed(office: Desk) -> Claim:
    """Return the question that may be answered now."""
    claim = await office.inbox.claim()
    assert claim is not None
    return claim


async def test_a_command_that_waits_can_be_taken_back(tmp_path: Path) -> None:
    async with desk(tmp_path, admission=Admission(FULL)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        with office.admission.questions.place_of("somebody"):
            await office.comes(office.slack.bodies(office.team).command(ann, general, MEALS))
            await waits(office, ann)
            [notice] = office.team.whispered(ann)
            await office.presses_on(ann, notice, Action.TAKE_BACK)
        office.clock.ahead = 1000
        await office.settled()

        assert whispered(office, ann) == [further.TAKEN_BACK]


async def test_what_told_that_it_waits_in_the_channel_goes_when_it_is_taken_back(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, admission=Admission(FULL)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        office.slack.fail("assistant.threads.setStatus", "missing_scope", times=9)
        with office.admission.questions.place_of("somebody"):
            await office.asks(ann, general, MEALS)
            await waits(office, ann)
            assert len(office.team.posted(general)) == 1
            [notice] = office.team.whispered(ann)
            await office.presses_on(ann, notice, Action.TAKE_BACK)
            await office.settled()

        assert office.team.posted(general) == []


async def test_what_was_answered_meanwhile_is_not_taken_back(tmp_path: Path) -> None:
    german = Rules(language=Language.DE)
    async with desk(tmp_path, admission=Admission(FULL), rules=german) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        with office.admission.questions.place_of("somebody"):
            await office.asks(ann, general, MEALS)
            await waits(office, ann)
        office.clock.ahead = 100
        await office.settled()
        [notice] = office.team.whispered(ann)
        assert "Zurückziehen" in str(notice.blocks)
        assert set(pressable(notice.blocks)) == {Action.TAKE_BACK}
        await office.presses_on(ann, notice, Action.TAKE_BACK)

        [answer] = office.team.posted(general)
        assert "60 euros" in answer.words
        assert whispered(office, ann)[-1] == "Die Antwort war fertig, bevor sie angehalten wurde."


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("and for contractors", True),
        ("And if it is a Sunday", True),
        ("und bei Teilzeit", True),
        ("et pour les stagiaires", True),
        ("tell me more about it", True),
        ("Zeig mir die Stelle", True),
        ("expliquez la clause", True),
        ("same for Germany", True),
        ("and thanks a lot", False),
        ("and that is that", False),
        ("thanks, that helps", False),
        ("ok", False),
        ("Showing off", False),
        ("but Bob knows", False),
        ("I will ask Bob", False),
        ("listen", False),
    ],
)
def test_what_goes_on_is_known_by_how_it_begins(text: str, goes: bool) -> None:
    assert goes_on(text) is goes


@pytest.mark.parametrize("answers", [Answers.ASKED, Answers.ALL])
async def test_who_asked_goes_on_in_the_thread_without_a_mark(
    tmp_path: Path, answers: Answers
) -> None:
    async with working(tmp_path, rules=Rules(answers)) as office:
        ann, bob = await office.person("ann"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        asked = await office.asks(ann, general, MEALS)
        await office.settled()
        more = {"thread": asked.ts, "mentions": False}
        going_on = "tell me the daily meal allowance abroad"

        assert len(await office.told(bob, general, going_on, **more)) == 1
        assert len(await office.told(ann, general, "and thanks, that helps", **more)) == 1
        assert len(await office.told(ann, general, going_on, **more)) == 2
        elsewhere = office.team.says(ann, general, "Lunch")
        other = {"thread": elsewhere.ts, "mentions": False}
        assert await office.told(ann, general, going_on, **other) == []
        assert await office.told(ann, general, going_on, mentions=False) == []


@pytest.mark.parametrize("rules", [Rules(follow_ups=False), Rules(Answers.OFF)])
async def test_where_nothing_follows_nothing_goes_on(tmp_path: Path, rules: Rules) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        asked = await office.asks(ann, general, MEALS)
        await office.settled()
        office.rules = rules

        told = await office.told(
            ann, general, f"and for {UNKNOWN}", thread=asked.ts, mentions=False
        )

        assert len(told) == 1
