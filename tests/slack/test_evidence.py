"""What an answer rests on is known when somebody says something of it a day later, elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.review.reviewing import Chosen
from assistant.slack import evidence, pressing, voicing
from assistant.slack.evidence import Evidence
from assistant.slack.presses import Action, lasts_seconds
from assistant.slack.telling import KeptNowhere
from retrieval.access import Principal
from retrieval.audit.record import OPERATOR
from retrieval.documents import now
from retrieval.drafts.draft import DraftState
from retrieval.errors import NotFound, Unavailable
from retrieval.review.case import CaseKind, Circumstances, Flaw, Matter, Place, Said
from retrieval.slack_tables import slack_evidence, slack_questions
from tests.slack.desk import Desk, desk
from tests.slack.fake import Message, User
from tests.slack.office import MEALS, NOTICE, UNKNOWN

DAY = 86_400


async def told(office: Desk, question: str = MEALS) -> tuple[User, Message]:
    """Let ann ask in a direct message, and return what stands there."""
    ann = await office.person("ann", "legal")
    [answer] = await office.told(ann, office.team.dm(ann), question)
    return ann, answer


async def says_not_helpful(office: Desk, ann: User, answer: Message) -> None:
    await office.presses_on(ann, answer, Action.NOT_HELPFUL)
    await office.sends(ann, office.team.views[-1], reason="outdated", note="It is 70 by now.")


async def rows(office: Desk) -> list[str]:
    """Return all that is kept, as it lies in the database."""
    async with office.database.transaction() as connection:
        return [str(tuple(each)) for each in await connection.execute(select(slack_evidence))]


async def test_not_helpful_a_day_later_after_a_restart_makes_a_case_with_its_evidence(
    tmp_path: Path,
) -> None:
    later = [0]
    async with desk(tmp_path, instant=lambda: now() + later[0]) as office:
        ann, answer = await told(office)
        before = office.review.reporting.told("ann", await name_of(office))
        office.restart()
        later[0] = DAY + 3600
        await says_not_helpful(office, ann, answer)

        [case] = await office.review.cases.listed()
        assert case.matter.kind is CaseKind.REPORTED
        assert (case.matter.asker, case.matter.question) == ("ann", MEALS)
        assert case.matter.note == "It is out of date\nIt is 70 by now."
        assert before is not None
        assert case.matter.said == before.said != ()
        assert case.matter.how == before.how
        assert (await office.review.drafts.get(case.id)).state is DraftState.WAITING
        assert last_word(office, ann) == voicing.REPORTED


async def test_every_part_of_it_comes_back_to_the_letter(tmp_path: Path) -> None:
    place = Place(7, "d" * 32, 2, 4711, 10, 20, 3)
    matter = Matter(
        kind=CaseKind.REPORTED,
        asker="ann",
        question="What \u202e allowance?",
        answer_id="a" * 32 + "-own",
        asked=12,
        made_by="small-model settings 1",
        evidence=(place, replace(place, passage_id=4712, page=None)),
        said=(Said("60 euros.", (place,), (Flaw("figure", "60"),)),),
        recalled=(3, 4),
        reason="nothing",
        how=Circumstances("And abroad?", ("What allowance?",), "2026-01-31", ("policy",)),
    )
    async with desk(tmp_path) as office:
        memory = [matter]
        kept = Evidence(office.database, office.record, lambda *_: memory[-1] if memory else None)
        await kept.keep(matter.answer_id, person="ann")
        memory[:] = [replace(matter, asked=13)]
        await kept.keep(matter.answer_id, person="ann")
        memory.clear()
        await kept.keep(matter.answer_id, person="ann")

        again = await kept.recalled(matter.answer_id, person="ann")
        assert again == replace(matter, asked=13)
        assert len(await rows(office)) == 1


async def test_help_under_a_refusal_is_passed_on_after_a_restart(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, refusal = await told(office, UNKNOWN)
        office.restart()
        await office.presses_on(ann, refusal, Action.HELP)

        [reported] = [
            each
            for each in await office.review.cases.listed()
            if each.matter.kind is CaseKind.REPORTED
        ]
        assert (reported.matter.question, reported.matter.note) == (UNKNOWN, "I still need help")
        assert reported.matter.reason


async def test_a_fuller_answer_is_known_by_its_own_name(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        await office.told(ann, general, NOTICE)
        fuller = office.team.whispered(ann)[-1]
        assert "ninety" in fuller.words
        office.restart()
        await office.presses_on(ann, fuller, Action.HELP)

        [case] = [each for each in await office.review.cases.listed() if each.matter.said]
        assert "ninety" in case.matter.said[0].text


async def test_the_case_opens_to_whoever_may_read_what_it_rests_on_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, answer = await told(office, NOTICE)
        office.restart()
        await says_not_helpful(office, ann, answer)
        [case] = await office.review.cases.listed()

        reviewing = office.review.reviewing
        lawyer = Principal.person("lea", ["legal"])
        for who, is_shown in ((lawyer, True), (Principal.person("eve"), False)):
            listing = await reviewing.listed(Chosen(), principal=who, desk=OPERATOR)
            assert [(each.id, each.case is not None) for each in listing.cases] == [
                (case.id, is_shown)
            ]


async def test_words_lie_sealed_and_go_with_their_person(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, answer = await told(office)
        [kept] = await rows(office)
        assert "allowance" not in kept
        assert "60 euros" not in kept
        assert "'ann'" not in kept

        office.restart()
        await office.record.erase("ann")
        assert await evidence.tidy(office.database, office.record, 0) == 1
        assert await rows(office) == []
        await says_not_helpful(office, ann, answer)
        assert await office.review.cases.listed() == []
        assert last_word(office, ann) == voicing.NOT_KEPT


async def test_erased_and_not_swept_yet_nothing_of_it_is_known(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        ann, answer = await told(office)
        office.restart()
        await office.record.erase("ann")
        await says_not_helpful(office, ann, answer)

        assert len(await rows(office)) == 1
        assert await office.review.cases.listed() == []


async def test_another_persons_answer_is_not_known(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        await told(office)
        name = await name_of(office)

        assert await office.evidence.recalled(name, person="ann") is not None
        assert await office.evidence.recalled(name, person="bob") is None
        assert await office.evidence.recalled(name[:-1] + "x", person="ann") is None


async def test_it_ends_with_its_buttons_and_with_the_record(tmp_path: Path) -> None:
    later = [0]
    async with desk(tmp_path, instant=lambda: now() + later[0]) as office:
        ann, answer = await told(office)
        tidied = [await evidence.tidy(office.database, office.record, now() - 60)]
        later[0] = evidence.LASTS_SECONDS
        assert await office.evidence.recalled(await name_of(office), person="ann") is None
        await office.presses_on(ann, answer, Action.NOT_HELPFUL)
        tidied += [await evidence.tidy(office.database, office.record, now() + 60)]

        assert tidied == [0, 1]
        late = pressing.FAULTS[pressing.Fault.LATE]
        assert last_word(office, ann) == late
        assert lasts_seconds(Action.HELP) == evidence.LASTS_SECONDS


async def test_what_a_held_person_was_told_stays(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        await told(office)
        await office.record.hold("ann", "a lawsuit")

        assert await evidence.tidy(office.database, office.record, now() + 60) == 0
        assert len(await rows(office)) == 1


async def test_it_is_kept_before_the_answer_stands_whole(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        keeping, marks = office.evidence.keep, []

        async def keep(answer_id: str, *, person: str) -> None:
            marks.extend(each.metadata for each in office.team.posted())
            await keeping(answer_id, person=person)

        office.evidence.keep = keep  # type: ignore[method-assign]
        _, answer = await told(office)

        assert marks == [None]
        assert answer.metadata is not None
        assert len(await rows(office)) == 1


async def test_an_answer_whose_evidence_cannot_be_kept_is_told_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path) as office:

        async def fails(*_: object) -> None:
            raise Unavailable("The database is away.")

        office.evidence._keep = fails  # type: ignore[method-assign, assignment]
        ann, answer = await told(office)
        await says_not_helpful(office, ann, answer)

        assert "60 euros" in answer.words
        assert await rows(office) == []
        assert len(await office.review.cases.listed()) == 1
        assert "is not kept: Unavailable" in caplog.text


async def test_where_nothing_can_be_said_nothing_is_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        office.keeping = KeptNowhere()
        office.working._answering = office.answering()
        await told(office)

        assert await rows(office) == []


async def test_a_missing_answer_is_told_as_before(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        with pytest.raises(NotFound):
            await office.review.reporting.report(
                "nothing", "", principal=Principal.person("ann"), origin="slack T C"
            )


def last_word(office: Desk, ann: User) -> str:
    """Return what was said last to somebody alone; a form is answered in a direct message."""
    told = [*office.team.whispered(ann), *office.team.posted(office.team.dm(ann))]
    return max(told, key=lambda each: float(each.ts)).words


async def name_of(office: Desk) -> str:
    """Return the name under which the last question was answered."""
    latest = select(slack_questions.c.id).order_by(slack_questions.c.number.desc())
    async with office.database.transaction() as connection:
        return str((await connection.execute(latest)).scalars().first())
