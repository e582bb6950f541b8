"""How an answer comes to stand in Slack, piece by piece, and what stays when it ends early."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Asking, Notice, Opening, Question, Sentence, Source
from assistant.assistant import INSTEAD
from assistant.model import Failing
from assistant.slack import phrases
from assistant.slack.blocks import MOST_CHARACTERS
from assistant.slack.permitting import Permitted
from assistant.slack.shown import Button
from assistant.slack.telling import NoButtons
from retrieval.errors import BadRequest, Unavailable
from retrieval.halting import Deed, Sort, Stop, Target
from tests.assistant.http_world import ShelfLibrary
from tests.slack.fake import Channel, Message, User
from tests.slack.fake.server import Call
from tests.slack.office import Office, whispered, words, working
from tests.slack.speaking import Speaks, Step, stopped, told, version_of, withheld
from tools.confirmation import Confirmation, Standing

FIRST, SECOND = "Notice takes ninety days.", "It ends with the month."
ASKED = "How much notice?"


def speaking(*steps: Any) -> Any:
    """Return what makes an assistant: `steps` are sentences, events, errors, or functions."""

    def make(library: ShelfLibrary) -> Speaks:
        version = version_of(library, "Travel")

        def script(question: Question) -> Iterable[Step]:
            yield from told(question, version)
            cited = told(question, version, "x")[-1].citations  # type: ignore[union-attr]
            for each in steps:
                if isinstance(each, str):
                    yield Sentence(each, cited)
                else:
                    yield each(question) if callable(each) else each

        return Speaks(script)

    return make


async def asked_by_ann(office: Office, others: int = 0) -> tuple[User, Channel, Message]:
    ann = await office.person("ann")
    more = [await office.person(f"other{each}") for each in range(others)]
    general = office.team.channel("general", [ann, *more])
    return ann, general, await office.asks(ann, general, ASKED)


def marked(call: Call) -> str:
    """Return the mark by which what is posted is found again: whole answers have their id."""
    return str(call.args["metadata"]["event_payload"]["id"])


async def test_each_sentence_is_shown_when_it_passed(tmp_path: Path) -> None:
    goes_on = asyncio.Event()
    async with working(tmp_path, assistant=speaking(FIRST, goes_on, SECOND)) as office:
        _, general, asked = await asked_by_ann(office)
        await office.slack.until(lambda: office.team.posted(general))
        [first] = office.team.posted(general, asked.ts)
        early = first.words
        goes_on.set()
        await office.settled()

        [answer] = office.team.posted(general, asked.ts)
        assert FIRST in early
        assert SECOND not in early
        assert f"{FIRST} [1]" in answer.words
        assert f"{SECOND} [1]" in answer.words
        assert answer.words.count(FIRST) == 1
        assert "Written by a language model, small-model" in answer.words


async def test_an_edited_message_holds_the_same_as_a_stream(tmp_path: Path) -> None:
    every: list[str] = []
    for can_stream in (True, False):
        goes_on = asyncio.Event()
        folder = tmp_path / str(can_stream)
        folder.mkdir()
        async with working(folder, assistant=speaking(FIRST, goes_on, SECOND)) as office:
            office.slack.can_stream = can_stream
            _, general, asked = await asked_by_ann(office)
            await office.slack.until(lambda o=office, g=general: o.team.posted(g))
            goes_on.set()
            await office.settled()
            [answer] = office.team.posted(general, asked.ts)
            every.append(answer.words)

    assert every[0] == every[1]


async def test_pieces_are_shown_no_oftener_than_agreed(tmp_path: Path) -> None:
    many = [f"Sentence number {each}." for each in range(30)]
    async with working(tmp_path, assistant=speaking(*many), every_seconds=3600) as office:
        _, general, asked = await asked_by_ann(office)
        await office.settled()

        [answer] = office.team.posted(general, asked.ts)
        assert many[-1] in answer.words
        assert len(office.slack.of("chat.appendStream")) <= 1


async def test_a_long_stream_goes_on_as_an_edited_message(tmp_path: Path) -> None:
    many = [f"Sentence number {each}." for each in range(70)]
    gates = [asyncio.Event() for _ in many]
    steps = [each for pair in zip(many, gates, strict=True) for each in pair]
    async with working(tmp_path, assistant=speaking(*steps)) as office:
        _, general, asked = await asked_by_ann(office)
        for sentence, gate in zip(many, gates, strict=True):
            await office.slack.until(
                lambda s=sentence: any(s in each.words for each in office.team.posted(general))
            )
            gate.set()
        await office.settled()

        [answer] = office.team.posted(general, asked.ts)
        assert all(each in answer.words for each in many)


async def test_a_long_answer_is_cut_at_a_sentence(tmp_path: Path) -> None:
    many = [f"Sentence {each} " + "is long " * 60 + "." for each in range(30)]
    async with working(tmp_path, assistant=speaking(*many)) as office:
        _, general, asked = await asked_by_ann(office)
        await office.settled()

        [answer] = office.team.posted(general, asked.ts)
        assert many[0] in answer.words
        assert many[-1] not in answer.words
        assert len(answer.words) < MOST_CHARACTERS * 1.2
        assert answer.words.count(" .") == answer.words.count("Sentence ")


@pytest.mark.parametrize("can_stream", [True, False])
@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (stopped, "You stopped this answer."),
        (Unavailable("The record is full."), "could not be answered"),
        (RuntimeError("a defect"), "could not be answered"),
        (BadRequest("Expected another question."), "Expected another question."),
    ],
    ids=["stopped", "unavailable", "defect", "refused"],
)
async def test_nothing_unfinished_stands_as_an_answer(
    tmp_path: Path, can_stream: bool, ends: Any, says: str
) -> None:
    goes_on = asyncio.Event()
    async with working(tmp_path, assistant=speaking(FIRST, goes_on, ends)) as office:
        office.slack.can_stream = can_stream
        ann, general, asked = await asked_by_ann(office)
        await office.slack.until(lambda: office.team.posted(general))
        goes_on.set()
        await office.settled()

        [left] = office.team.posted(general, asked.ts)
        assert left.words == phrases.WITHDRAWN
        assert marked(office.slack.of("chat.update")[-1]).endswith(" begun")
        [told_alone] = whispered(office, ann)
        assert says in told_alone
        assert "canary" not in told_alone


async def test_what_fails_before_anything_is_shown_is_tried_again(tmp_path: Path) -> None:
    tries: list[Question] = []

    def script(question: Question) -> Iterable[Step]:
        tries.append(question)
        if len(tries) < 3:
            yield Unavailable("The database does not answer.")
        yield from told(question, versions[0], FIRST)

    versions: list[Any] = []

    def make(library: ShelfLibrary) -> Speaks:
        versions.append(version_of(library, "Travel"))
        return Speaks(script)

    async with working(tmp_path, assistant=make) as office:
        ann, general, asked = await asked_by_ann(office)
        await until_idle(office)

        assert FIRST in office.team.posted(general, asked.ts)[0].words
        assert whispered(office, ann) == []
        assert len(tries) == 3


async def test_what_fails_again_and_again_is_told(tmp_path: Path) -> None:
    def make(_: ShelfLibrary) -> Speaks:
        return Speaks(lambda _: [Unavailable("The database does not answer.")])

    async with working(tmp_path, assistant=make) as office:
        ann, general, asked = await asked_by_ann(office)
        await until_idle(office)

        assert office.team.posted(general, asked.ts) == []
        [said] = whispered(office, ann)
        assert "could not be answered" in said
        assert "The database" not in said


async def until_idle(office: Office) -> None:
    """Wait until nothing is left, letting the time pass that things are put off for."""
    async with asyncio.timeout(60):
        while await office.open() or office.working.held:
            if not office.working.held:
                office.clock.ahead += 20
            office.working.wake()
            await asyncio.sleep(0.01)


METHODS = (
    "users.info",
    "conversations.info",
    "conversations.members",
    "assistant.threads.setStatus",
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.postMessage",
    "chat.update",
)


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("way", ["429", "500", "dropped", "three times 500"])
@pytest.mark.parametrize("method", METHODS)
async def test_whatever_slack_does_to_a_call_one_answer_stands(
    tmp_path: Path, method: str, way: str, is_late: bool
) -> None:
    goes_on = asyncio.Event()
    async with working(tmp_path, assistant=speaking(FIRST, goes_on, SECOND)) as office:
        office.slack.can_stream = method not in ("chat.postMessage", "chat.update")
        if way == "429":
            office.slack.limit(method, 3, times=2)
        elif way == "dropped":
            office.slack.fail(method, drops=True, is_late=is_late)
        else:
            times = 3 if way.startswith("three") else 1
            office.slack.fail(method, status=500, is_late=is_late, times=times)
        _, general, asked = await asked_by_ann(office)
        goes_on.set()
        await until_idle(office)

        [answer] = office.team.posted(general, asked.ts)
        assert f"{FIRST} [1]" in answer.words
        assert f"{SECOND} [1]" in answer.words
        assert answer.words.count(FIRST) == 1
        assert not answer.is_streaming


async def test_an_edited_question_is_answered_as_edited(tmp_path: Path) -> None:
    begins = asyncio.Event()
    async with working(tmp_path, assistant=speaking(begins, FIRST)) as office:
        _, general, asked = await asked_by_ann(office)
        speaks: Speaks = office.assistant
        await office.slack.until(lambda: speaks.asked)
        edited = office.slack.bodies(office.team).edited(
            asked, f"<@{office.team.bot.id}> And for flats?"
        )
        await office.comes(edited, edited)
        begins.set()
        await office.settled()

        assert [each.text for each in speaks.asked] == [ASKED, "And for flats?"]
        assert len(office.team.posted(general, asked.ts)) == 1


async def test_a_question_edited_while_its_answer_is_shown_has_it_written_anew(
    tmp_path: Path,
) -> None:
    goes_on = asyncio.Event()
    async with working(tmp_path, assistant=speaking(FIRST, goes_on)) as office:
        _, general, asked = await asked_by_ann(office)
        await office.slack.until(lambda: office.team.posted(general))
        await office.comes(office.slack.bodies(office.team).edited(asked, "And for flats?"))
        goes_on.set()
        await office.settled()

        speaks: Speaks = office.assistant
        assert [each.text for each in speaks.asked] == [ASKED, "And for flats?"]
        [answer] = office.team.posted(general, asked.ts)
        assert not answer.is_streaming


async def test_an_edit_after_the_answer_changes_nothing(tmp_path: Path) -> None:
    async with working(tmp_path, assistant=speaking(FIRST)) as office:
        _, general, asked = await asked_by_ann(office)
        await office.settled()
        await office.comes(office.slack.bodies(office.team).edited(asked, "And for flats?"))
        await office.settled()

        assert len(office.assistant.asked) == 1
        assert len(office.team.posted(general, asked.ts)) == 1


@pytest.mark.parametrize("when", ["waiting", "working", "shown", "answered"])
async def test_a_deleted_question_leaves_no_answer(tmp_path: Path, when: str) -> None:
    goes_on = asyncio.Event()
    gate = asyncio.Event()
    if when != "working":
        gate.set()
    async with working(tmp_path, assistant=speaking(gate, FIRST, goes_on)) as office:
        if when == "waiting":
            office.working._at_once = 0
        _, general, asked = await asked_by_ann(office)
        if when == "working":
            await office.slack.until(lambda: office.assistant.asked)
        if when in ("shown", "answered"):
            await office.slack.until(lambda: office.team.posted(general))
        if when == "answered":
            goes_on.set()
            await office.settled()
        await office.comes(office.slack.bodies(office.team).deleted(asked))
        office.working._at_once = 8
        gate.set()
        goes_on.set()
        await office.settled()

        assert office.team.posted(general) == []


@pytest.mark.parametrize("cited", ["Master Services", "Travel"])
async def test_who_joins_while_it_is_written_sees_only_what_they_may(
    tmp_path: Path, cited: str
) -> None:
    goes_on = asyncio.Event()

    def make(library: ShelfLibrary) -> Speaks:
        closed = version_of(library, cited)
        opened = version_of(library, "Travel")

        def script(question: Question) -> Iterable[Step]:
            if "group:legal" in question.principal.keys:
                yield from told(question, closed, "Canary: the contract.")
                yield goes_on
            else:
                yield from told(question, opened, FIRST)

        return Speaks(script)

    async with working(tmp_path, assistant=make) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        legal = office.team.channel("legal", [ann])
        asked = await office.asks(ann, legal, ASKED)
        await office.slack.until(lambda: office.team.posted(legal))
        joined = office.slack.bodies(office.team).membership("member_joined_channel", bob, legal)
        await office.comes(joined)
        goes_on.set()
        await office.settled()

        [answer] = office.team.posted(legal, asked.ts)
        assert FIRST in answer.words
        assert "Canary" not in answer.words
        meanwhile, *_, last = office.slack.of("chat.update")
        assert marked(meanwhile).endswith(" begun")
        assert marked(last) == office.assistant.asked[-1].id


async def test_what_is_narrowed_again_and_again_is_told_alone(tmp_path: Path) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    spoken: list[int] = []

    def make(library: ShelfLibrary) -> Speaks:
        def script(question: Question) -> Iterable[Step]:
            at = len(spoken)
            spoken.append(at)
            titles = ("Master Services", "The board")
            yield from told(question, version_of(library, titles[0]), f"Canary {at}.")
            yield gates[min(at, 1)]

        return Speaks(script)

    async with working(tmp_path, assistant=make) as office:
        ann = await office.person("ann", "legal")
        bob = await office.person("bob", "legal")
        legal = office.team.channel("legal", [ann, bob])
        asked = await office.asks(ann, legal, ASKED)
        await office.slack.until(lambda: office.team.posted(legal))
        await office.directory.leave("legal", ["user:bob"])
        gates[0].set()
        gates[1].set()
        await office.settled()

        assert not any("Canary" in each for each in words(office.team.posted(legal, asked.ts)))
        assert whispered(office, ann)[0] == phrases.MOVED


class OneStop:
    """Something is stopped from a moment on."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.stands = False

    async def of(self, deed: Deed) -> Stop | None:
        return self.standing(deed)

    def standing(self, deed: Deed) -> Stop | None:
        is_it = self.stands and self.target.ends(deed)
        return Stop(self.target, "a reason", "ops", 0) if is_it else None

    def shut(self) -> frozenset[str]:
        return frozenset()

    def listening(self, told: Any) -> Any:
        raise AssertionError


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_stopped_channel_is_told_of(tmp_path: Path, when: str) -> None:
    goes_on = asyncio.Event()
    stops = OneStop(Target(Sort.CHANNEL, "slack T000000001 C000000004"))
    stops.stands = when == "before"
    async with working(tmp_path, assistant=speaking(FIRST, goes_on, SECOND), stops=stops) as office:
        ann, general, asked = await asked_by_ann(office)
        assert general.id == "C000000004"
        if when == "meanwhile":
            await office.slack.until(lambda: office.team.posted(general))
            stops.stands = True
        goes_on.set()
        await office.settled()

        assert FIRST not in "".join(words(office.team.posted(general, asked.ts)))
        assert whispered(office, ann) == [phrases.STOPPED]


async def test_a_conversation_goes_on_in_its_thread_and_belongs_to_its_asker(
    tmp_path: Path,
) -> None:
    async with working(tmp_path, assistant=speaking(FIRST)) as office:
        ann, general, asked = await asked_by_ann(office, others=1)
        other = office.team.users[general.members[1]]
        await office.settled()
        await office.told(ann, general, "And for flats?", thread=asked.ts)
        await office.told(other, general, "And for houses?", thread=asked.ts)
        await office.told(ann, general, "And elsewhere?")

        first, second, third, fourth = office.assistant.asked
        assert second.conversation == first.conversation
        assert [each.asked for each in second.earlier] == [ASKED]
        assert third.conversation not in ("", first.conversation)
        assert third.earlier == ()
        assert fourth.conversation not in (first.conversation, third.conversation)
        assert first.channel == "slack"
        assert first.origin == f"slack {office.team.id} {general.id}"
        assert not first.may_act
        assert first.session == ""


async def test_a_conversation_that_was_removed_is_begun_anew(tmp_path: Path) -> None:
    async with working(tmp_path, assistant=speaking(FIRST)) as office:
        ann, general, asked = await asked_by_ann(office)
        await office.settled()
        conversation = office.assistant.asked[0].conversation
        await office.remembered.conversations.remove(conversation, person="ann")

        both = await office.told(ann, general, "And for flats?", thread=asked.ts)

        assert len(both) == 2
        assert office.assistant.asked[1].conversation != conversation


async def test_questions_of_one_thread_are_answered_in_order(tmp_path: Path) -> None:
    goes_on = asyncio.Event()
    async with working(tmp_path, assistant=speaking(FIRST, goes_on)) as office:
        ann, general, asked = await asked_by_ann(office)
        await office.slack.until(lambda: office.team.posted(general))
        await office.asks(ann, general, "And for flats?", thread=asked.ts)
        await office.asks(ann, general, "And for houses?", thread=asked.ts)
        elsewhere = await office.asks(ann, general, "And elsewhere?")
        await office.slack.until(lambda: office.team.posted(general, elsewhere.ts))
        before = [each.text for each in office.assistant.asked]
        goes_on.set()
        await office.settled()

        assert before == [ASKED, "And elsewhere?"]
        last = [each.text for each in office.assistant.asked[2:]]
        assert last == ["And for flats?", "And for houses?"]
        assert len(office.team.posted(general, asked.ts)) == 3


async def test_what_waits_for_a_word_is_told_to_the_asker(tmp_path: Path) -> None:
    waits = Confirmation("1", "ticket", "Open a ticket", (), "ann", "yourself", 1, Standing.WAITING)

    def make(library: ShelfLibrary) -> Speaks:
        version = version_of(library, "Travel")

        def script(question: Question) -> Iterable[Step]:
            yield Asking(question, waits)
            if "beside" in question.text:
                yield from told(question, version, FIRST)

        return Speaks(script)

    async with working(tmp_path, assistant=make) as office:
        ann = await office.person("ann")
        dm = office.team.dm(ann)
        alone = await office.told(ann, dm, "Open one!")
        beside = await office.told(ann, dm, "Open one beside!")

        assert [("waits for your word" in each.words) for each in alone] == [True]
        assert FIRST in beside[0].words
        assert "waits for your word" in beside[1].words


async def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    note = withheld()
    async with working(tmp_path, assistant=speaking(FIRST, note)) as office:
        _, general, asked = await asked_by_ann(office)
        await office.settled()

        assert note.text in office.team.posted(general, asked.ts)[0].words


class Stoppable(NoButtons):
    """An answer can be stopped while it is written."""

    async def of_course(self, permitted: Permitted) -> Sequence[Button]:
        return [Button("stop", permitted.claim.id, "Stop")]


@pytest.mark.parametrize("can_stream", [True, False])
async def test_an_answer_can_be_stopped_only_while_it_is_written(
    tmp_path: Path, can_stream: bool
) -> None:
    goes_on = asyncio.Event()
    says = speaking(FIRST, goes_on, SECOND)
    async with working(tmp_path, assistant=says, buttons=Stoppable()) as office:
        office.slack.can_stream = can_stream
        _, general, asked = await asked_by_ann(office)
        await office.slack.until(lambda: office.team.posted(general))
        [meanwhile] = office.team.posted(general, asked.ts)
        early = str(meanwhile.blocks)
        goes_on.set()
        await office.settled()

        [answer] = office.team.posted(general, asked.ts)
        assert "'stop'" in early
        assert "'stop'" not in str(answer.blocks + answer.last_blocks)
        assert answer.words.count(FIRST) == answer.words.count(SECOND) == 1


async def test_without_its_model_the_sources_own_words_are_quoted(tmp_path: Path) -> None:
    def make(library: ShelfLibrary) -> Speaks:
        version = version_of(library, "Travel")

        def script(question: Question) -> Iterable[Step]:
            source = Source(1, version, "approved")
            yield Opening(question, "quotes", "Here is what your sources say", (source,))
            yield Notice(INSTEAD[Failing.SLOW])
            yield told(question, version, FIRST)[-1]

        return Speaks(script)

    async with working(tmp_path, assistant=make) as office:
        _, general, asked = await asked_by_ann(office)
        await office.settled()

        [answer] = office.team.posted(general, asked.ts)
        assert FIRST in answer.words
        assert INSTEAD[Failing.SLOW] in answer.words
        assert "Written by" not in answer.words


async def test_a_defect_tells_its_number_and_not_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def make(_: ShelfLibrary) -> Speaks:
        return Speaks(lambda _: [RuntimeError("a defect")])

    async with working(tmp_path, assistant=make) as office:
        ann, _, _ = await asked_by_ann(office)
        await office.settled()

        [said] = whispered(office, ann)
        number = said.rsplit(" ", 1)[-1].rstrip(".")
        assert number in caplog.text
        assert ASKED not in caplog.text
