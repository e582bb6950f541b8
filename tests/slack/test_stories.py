"""Each way to ask in Slack, told as a story: what is asked, what stands there in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.admission import Admission
from assistant.slack import phrases
from assistant.slack.channels import Answers, Rules
from assistant.slack.event import Asked, Member, Place, Surface
from assistant.slack.shown import OPEN
from assistant.turns import Room
from retrieval.access import Principal
from retrieval.documents import now
from retrieval.errors import NotFound
from tests.slack.desk import desk
from tests.slack.office import BASE, MEALS, NOTICE, UNKNOWN, Office, whispered, words, working

ALLOWANCE = "60 euros"


async def test_a_mention_is_answered_in_its_thread_as_a_stream(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")
        general = office.team.channel("general", [ann])

        [answer] = await office.told(ann, general, MEALS)

        assert ALLOWANCE in answer.words
        assert answer.metadata
        assert not answer.is_streaming
        assert [each.is_ok for each in office.slack.of("chat.startStream")] == [True]
        assert [each.is_ok for each in office.slack.of("chat.stopStream")] == [True]
        assert office.slack.of("chat.postMessage") == []
        assert office.team.statuses
        assert whispered(office, ann) == []


@pytest.mark.parametrize("lacks", ["can_stream", "can_stream_blocks"])
async def test_without_streams_one_message_is_posted_and_edited(tmp_path: Path, lacks: str) -> None:
    async with working(tmp_path) as office:
        setattr(office.slack, lacks, False)
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        [first] = await office.told(ann, general, MEALS)
        [second] = await office.told(ann, general, MEALS)

        assert ALLOWANCE in first.words
        assert ALLOWANCE in second.words
        assert len(office.slack.of("chat.startStream")) == 1
        assert len(office.slack.of("chat.postMessage")) == 2


async def test_a_direct_message_is_answered_with_the_askers_own_rights(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")

        [answer] = await office.told(ann, office.team.dm(ann), NOTICE)

        assert "ninety (90) days" in answer.words


async def test_a_refusal_in_a_direct_message_stands_in_its_thread(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")

        [answer] = await office.told(ann, office.team.dm(ann), UNKNOWN)

        assert "None of the documents you may read" in answer.words


async def test_a_refusal_in_a_channel_is_told_to_the_asker_alone(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        assert await office.told(ann, general, UNKNOWN) == []
        [told] = whispered(office, ann)
        assert "None of the documents you may read" in told
        assert office.team.statuses[-1][2] == ""


async def test_where_no_status_can_be_shown_a_message_tells_and_goes(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        office.slack.fail("assistant.threads.setStatus", "missing_scope", times=9)

        [answer] = await office.told(ann, general, MEALS)
        assert await office.told(ann, general, UNKNOWN) == []

        assert ALLOWANCE in answer.words
        assert len(office.slack.of("chat.postMessage")) == 2
        assert len(office.slack.of("chat.delete")) == 1


@pytest.mark.parametrize("is_in_thread", [True, False])
async def test_what_is_shared_is_asked_anew_with_the_channels_rights(
    tmp_path: Path, is_in_thread: bool
) -> None:
    async with working(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        said = office.team.says(ann, general, "Look:")
        place = Place(office.team.id, general.id, said.ts if is_in_thread else "")
        by = Member(office.team.id, ann.id)

        for number, text in enumerate((MEALS, NOTICE)):
            shared = Asked(f"share {number}", Surface.SHARE, place, by, "", text, now())
            await office.inbox.take_in(shared)
        await office.settled()

        posted = office.team.posted(general, place.thread)
        assert ALLOWANCE in posted[0].words
        assert not any("ninety (90) days" in each for each in words(posted))
        assert not any("ninety (90) days" in each for each in whispered(office, ann))


async def test_a_follow_up_in_a_thread_of_ours_needs_no_mention(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        asked = await office.asks(ann, general, MEALS)
        await office.settled()

        more = {"thread": asked.ts, "mentions": False}
        both = await office.told(ann, general, "What is the daily meal allowance?", **more)
        await office.told(ann, general, "Thanks, that helps a lot!", **more)
        last = await office.told(ann, general, "<@U999> what is the meal allowance?", **more)

        assert len(both) == 2
        assert last == both


async def test_a_message_in_any_other_thread_is_left_alone(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        first = office.team.says(ann, general, "Lunch?")

        more = {"thread": first.ts, "mentions": False}
        assert await office.told(ann, general, MEALS, **more) == []
        assert await office.told(ann, general, MEALS, mentions=False) == []
        assert office.slack.calls == []


async def test_without_follow_ups_a_thread_needs_the_mention(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(follow_ups=False)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        asked = await office.asks(ann, general, MEALS)
        await office.settled()

        told = await office.told(ann, general, MEALS, thread=asked.ts, mentions=False)

        assert len(told) == 1


async def test_where_all_questions_are_answered_none_needs_the_mention(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(answers=Answers.ALL)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        assert len(await office.told(ann, general, MEALS, mentions=False)) == 1
        assert await office.told(ann, general, "The daily meal was nice.", mentions=False) == []


async def test_the_pane_offers_questions_and_answers_them_in_its_thread(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")
        opened = office.slack.bodies(office.team).pane_opened(ann)
        await office.comes(opened)
        await office.slack.until(lambda: office.team.prompts)
        thread = opened["event"]["assistant_thread"]["thread_ts"]

        [answer] = await office.told(ann, office.team.dm(ann), NOTICE, thread=thread)

        assert "ninety (90) days" in answer.words
        assert [each["message"] for each in office.team.prompts[0]["prompts"]] == [MEALS, NOTICE]
        assert office.team.statuses
        dm = office.team.dm(ann)
        assert office.team.titles[dm.id, thread] == NOTICE
        await office.told(ann, dm, MEALS, thread=thread)
        assert office.team.titles[dm.id, thread] == NOTICE


async def test_a_command_is_answered_to_the_asker_alone_with_their_own_rights(
    tmp_path: Path,
) -> None:
    async with working(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])

        await office.comes(office.slack.bodies(office.team).command(ann, general, NOTICE))
        await office.settled()

        [told] = whispered(office, ann)
        assert "ninety (90) days" in told
        assert office.team.posted() == []
        assert office.team.statuses == []


async def test_a_command_whose_address_is_used_up_is_answered_all_the_same(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")
        elsewhere = office.team.channel("elsewhere", [ann], has_bot=False)
        office.slack.fail("response_url", "used_url", status=404)

        await office.comes(office.slack.bodies(office.team).command(ann, elsewhere, NOTICE))
        await office.settled()

        [told] = office.team.posted(office.team.dm(ann))
        assert "ninety (90) days" in told.words


async def test_a_shortcut_answers_what_a_message_asks_to_who_used_it(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        said = office.team.says(bob, general, NOTICE)

        await office.comes(office.slack.bodies(office.team).shortcut(ann, said))
        await office.settled()

        [told] = whispered(office, ann)
        assert "ninety (90) days" in told
        assert whispered(office, bob) == []
        assert office.team.posted() == []


@pytest.mark.parametrize("text", ["", "   ", "<@UNOBODY>", "Hello!", "help", "Hilfe?"])
async def test_nothing_asked_is_answered_with_a_hint(tmp_path: Path, text: str) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        assert await office.told(ann, general, text) == []
        assert len(whispered(office, ann)) == 1


async def test_a_question_too_long_is_told_so(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        assert await office.told(ann, general, "why " * 600) == []
        assert whispered(office, ann) == [phrases.long()]


async def test_bots_and_our_own_messages_are_left_alone(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(answers=Answers.ALL)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        bodies = office.slack.bodies(office.team).asked(ann, general, MEALS)
        for body in bodies:
            body["event"]["bot_id"] = "B123"
        own = office.team.says(office.team.bot, general, MEALS)
        own.is_ours = True

        await office.comes(*bodies, *office.slack.bodies(office.team).of_message(own))
        await office.settled()

        assert office.team.posted(general) == [own]
        assert office.slack.calls == []


async def test_where_questions_are_off_the_asker_is_told(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(answers=Answers.OFF)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])

        assert await office.told(ann, general, MEALS) == []
        assert whispered(office, ann) == [phrases.OFF]
        assert await office.told(ann, general, MEALS, mentions=False) == []
        assert len(whispered(office, ann)) == 1


async def test_who_is_nobody_here_is_told_how_to_be_linked(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        eve = office.team.user("Eve", "eve@firm.example")
        general = office.team.channel("general", [eve])

        assert await office.told(eve, general, MEALS) == []
        [told] = whispered(office, eve)
        assert "Pincite does not know who you are" in told


async def test_each_person_asks_so_often_an_hour(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(each_hour=2)) as office:
        ann, bob = await office.person("ann"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])

        told = [await office.told(ann, general, MEALS) for _ in range(3)]
        other = await office.told(bob, general, MEALS)

        assert [len(each) for each in told] == [1, 1, 0]
        assert whispered(office, ann) == [phrases.YOURS_FULL]
        assert len(other) == 1


async def test_a_channel_asks_so_often_an_hour(tmp_path: Path) -> None:
    async with working(tmp_path, rules=Rules(all_each_hour=1)) as office:
        ann, bob = await office.person("ann"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])

        assert len(await office.told(ann, general, MEALS)) == 1
        assert await office.told(bob, general, MEALS) == []
        assert whispered(office, bob) == [phrases.CHANNEL_FULL]
        assert len(await office.told(bob, office.team.dm(bob), MEALS)) == 1


async def test_who_finds_no_room_is_told_and_answered_when_there_is(tmp_path: Path) -> None:
    room = Room(at_once=1, waiting=0)
    async with working(tmp_path, admission=Admission(room)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        with office.admission.questions.place_of("somebody"):
            asked = await office.asks(ann, general, MEALS)
            await office.slack.until(lambda: office.team.whispered(ann))
        office.clock.ahead = 100

        await office.settled()

        assert ALLOWANCE in office.team.posted(general, asked.ts)[0].words
        [told] = whispered(office, ann)
        assert "is next" in told


async def test_who_waited_too_long_for_room_is_told_to_come_back(tmp_path: Path) -> None:
    room = Room(at_once=1, waiting=0)
    async with working(tmp_path, admission=Admission(room)) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        with office.admission.questions.place_of("somebody"):
            asked = await office.asks(ann, general, MEALS)
            await office.slack.until(lambda: office.team.whispered(ann))
            office.clock.ahead = 1000
            await office.settled()

        assert office.team.posted(general, asked.ts) == []
        assert whispered(office, ann)[1:] == [phrases.STILL_FULL]


async def test_the_fuller_answer_is_its_askers_alone(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        legal = office.team.channel("legal", [ann])

        shown = await office.told(ann, general, NOTICE)
        open_to_both = await office.told(ann, legal, NOTICE)

        assert not any("ninety (90) days" in each for each in words(shown))
        [told] = whispered(office, ann)
        assert told.startswith(phrases.FULLER)
        assert "ninety (90) days" in told
        assert "ninety (90) days" in open_to_both[0].words


async def test_the_fuller_answer_opens_in_the_web_page_for_its_asker_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        await office.told(ann, general, NOTICE)
        fuller = office.team.whispered(ann)[-1]
        [button] = [
            each
            for block in fuller.blocks
            for each in block.get("elements", ())
            if each.get("action_id") == OPEN
        ]
        await office.presses_on(ann, fuller, OPEN)

        base, conversation = button["url"].split("/conversations/")
        assert (base, "value" in button) == (BASE, False)
        history = office.remembered.history
        lawyer = Principal.person("ann", ["legal"])
        [turn] = await history.opened(conversation, principal=lawyer)
        assert "ninety (90) days" in turn.sentences[0].text
        with pytest.raises(NotFound):
            await history.opened(conversation, principal=Principal.person("bob"))
        assert office.presses == []
        assert office.team.whispered(ann)[-1] is fuller


async def test_where_somebody_is_nobody_here_the_asker_learns_why_only_they_are_told(
    tmp_path: Path,
) -> None:
    async with working(tmp_path) as office:
        ann, eve = await office.person("ann", "legal"), office.team.user("Eve", "eve@firm.example")
        general = office.team.channel("general", [ann, eve])

        await office.told(ann, general, NOTICE)
        place, by = Place(office.team.id, general.id), Member(office.team.id, ann.id)
        shared = Asked("share", Surface.SHARE, place, by, "", NOTICE, now())
        await office.inbox.take_in(shared)
        await office.settled()

        why = "Pincite does not know every member of this channel"
        [told, not_shared] = whispered(office, ann)
        assert told.startswith(f"{why}, so only what everyone may read was used. {phrases.FULLER}")
        assert not_shared.startswith(f"{phrases.NOT_SHARED} {why}")
        assert "ninety (90) days" not in not_shared


async def test_what_everybody_may_read_is_told_once(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])

        [answer] = await office.told(ann, general, MEALS)

        assert ALLOWANCE in answer.words
        assert whispered(office, ann) == []


async def test_guests_leave_only_what_everyone_may_read(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann", "legal")
        guest = office.team.user("Guest", "guest@firm.example", is_guest=True)
        general = office.team.channel("general", [ann, guest])

        shown = await office.told(ann, general, NOTICE)

        assert not any("ninety (90) days" in each for each in words(shown))


async def test_an_archived_channel_is_told_of_in_a_direct_message(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        bodies = office.slack.bodies(office.team).asked(ann, general, MEALS)
        general.is_archived = True

        await office.comes(*bodies)
        await office.settled()

        [told] = office.team.posted(office.team.dm(ann))
        assert "archived" in told.words
        assert office.team.posted(general) == []


async def test_two_workspaces_know_nothing_of_each_others_messages(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        body = office.slack.bodies(office.team).asked(ann, general, MEALS)[0]

        await office.comes(body, body | {"event_id": "Ev0"}, body)
        await office.settled()

        assert len(office.team.posted(general)) == 1


async def test_the_words_of_a_question_are_gone_when_it_is_over(tmp_path: Path) -> None:
    async with working(tmp_path) as office:
        ann = await office.person("ann")
        general = office.team.channel("general", [ann])
        await office.told(ann, general, MEALS)
        assert await _sealed(office) == [""]


async def _sealed(office: Office) -> list[str]:
    async with office.database.transaction() as connection:
        rows = await connection.exec_driver_sql("SELECT sealed FROM slack_questions")
        return [row[0] for row in rows]
