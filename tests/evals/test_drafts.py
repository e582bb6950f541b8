"""Drafts: masked, seen by whoever may read their sources, put into a suite, gone with the asker."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from evals.drafts.edits import Edits, read_edits
from evals.running.kept import KeptRuns
from evals.suites.case import Gold
from retrieval.drafts.draft import DraftState
from retrieval.drafts.tables import drafts as table
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.review.case import Circumstances
from tests.assistant.review_world import BOARD, LEASE, TRUE
from tests.evals.drafts_world import ASKED, Desks, desks
from tests.evals.kept_runs import keep
from tests.evals.made_run import rows, run_of

WORDS = ("notice", "greta", "Holm", "123 45", "sixty", "bob")
GOLD = Edits(answerable=True, words=("notice of ninety  days",), facts=(("90", "ninety"),))


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Desks]:
    async with desks(tmp_path, TRUE) as opened:
        yield opened


async def stored(own: Desks) -> str:
    async with own.firm.shelves.database.transaction() as connection:
        return str((await connection.execute(select(table))).all())


async def states(own: Desks, name: str = "eva") -> list[tuple[int, str | None]]:
    listing = await own.drafting.listed(await own.who(name))
    return [(each.number, each.state) for each in listing.drafts]


# What a draft shows


async def test_a_draft_has_what_was_asked_found_and_said_and_no_personal_data(own: Desks) -> None:
    number = await own.drafted("bob")
    seen = await own.drafting.draft(number, await own.who("ed"))
    assert seen.question == seen.asked
    assert seen.question == (
        "Per [person 1] Ross: how much notice must the tenant give? Mail [e-mail 1]."
    )
    assert seen.notes == ("[person 2] ([e-mail 2], [phone 1]) says it is sixty.",)
    assert [each.text for each in seen.said] == [LEASE]
    assert [(each.document, each.words) for each in seen.found] == [("folder/lease.txt", LEASE)]
    assert seen.said[0].cited[0].exact == LEASE
    assert seen.asker == "somebody who reads what everyone reads"
    assert not any(each.may_be_shown for each in seen.pieces)


async def continued(own: Desks) -> int:
    """Return a draft of a question that followed others, of a day, in contracts alone."""
    [plain] = await own.firm.cases.some([await own.report("bob")])
    how = Circumstances(
        written="And for Bob Ross?",
        earlier=("How much notice must Greta Holm give?", "And when?"),
        as_of="2026-03-31",
        kinds=("contract",),
        sources=("folder",),
        parties=("Halden", "Greta Holm"),
    )
    asked = "How much notice must the tenant give Bob Ross?"
    number = await own.firm.cases.open(replace(plain.matter, question=asked, how=how))
    assert number is not None
    await own.drafting.make(number, await own.who("eva"))
    return number


async def test_a_draft_asks_as_it_was_asked(own: Desks) -> None:
    number = await continued(own)
    eva = await own.who("eva")
    seen = await own.drafting.draft(number, eva)
    assert seen.asked == "How much notice must the tenant give [person 1] Ross?"
    assert seen.question == "And for [person 1] Ross?"
    await own.drafting.change(number, GOLD, eva)
    case = await own.drafting.accept(number, "from-life", eva)
    assert case.question == "And for [person 1] Ross?"
    assert case.earlier == ("How much notice must [person 2] give?", "And when?")
    assert (case.as_of, case.kinds, case.statuses) == ("2026-03-31", ("contract",), ())
    assert (case.sources, case.parties) == (("folder",), ("Halden",))
    assert own.suite().cases == (case,)
    assert "Greta" not in own.files()


async def test_what_came_before_can_be_changed_and_left_out(own: Desks) -> None:
    number, eva = await continued(own), await own.who("eva")
    edits = replace(GOLD, question=ASKED, earlier=(), as_of="")
    await own.drafting.change(number, edits, eva)
    case = await own.drafting.accept(number, "from-life", eva)
    assert (case.earlier, case.as_of) == ((), "")
    assert case.question.startswith("Per [person")


async def test_edits_of_earlier_versions_are_read(own: Desks) -> None:
    old = json.loads(GOLD.written())
    del old["earlier"], old["as_of"]
    assert read_edits(json.dumps(old)) == GOLD


async def test_who_asked_is_told_by_the_groups_that_both_are_in_and_never_by_name(
    own: Desks,
) -> None:
    number = await own.drafted("ann", "What of the zqboard plan, and how much notice?")
    seen = await own.drafting.draft(number, await own.who("eva"))
    assert seen.asker == "somebody in board"
    assert "ann" not in repr(seen).replace("draft=", "").split("asker='ann'")[1].split()


async def test_nothing_of_it_stands_in_the_clear(own: Desks) -> None:
    number = await own.drafted("bob")
    await own.drafting.change(number, GOLD, await own.who("eva"))
    raw = await stored(own)
    assert not [each for each in (*WORDS, "ninety", "eva") if each in raw]


async def test_a_piece_is_unmasked_only_if_it_stands_in_the_sources(own: Desks) -> None:
    await own.firm.shelves.put("call.txt", "Greta Holm gives the tenant notice.")
    number = await own.drafted("bob", "Must Greta Holm give notice? bob@ross.example")
    eva = await own.who("eva")
    seen = await own.drafting.draft(number, eva)
    assert {each.label for each in seen.pieces if each.may_be_shown} == {"[person 1]"}
    seen = await own.drafting.unmask(number, "[person 1]", eva)
    assert seen.question == "Must Greta Holm give notice? [e-mail 1]"
    for label in ("[e-mail 1]", "[person 1]", "[person 9]"):
        with pytest.raises(BadRequest, match="stands in the sources"):
            await own.drafting.unmask(number, label, eva)
    await own.drafting.change(number, Edits(question="Must Greta Holm? x@y.example"), eva)
    seen = await own.drafting.draft(number, eva)
    assert seen.question == "Must Greta Holm? [e-mail 3]"
    assert (await own.did()).count("eva unmask") == 1


async def test_a_name_inside_another_word_of_a_source_is_not_shown_by_it(own: Desks) -> None:
    await own.firm.shelves.put("plan.txt", "The annual notice is bobbing about.")
    number = await own.drafted("bob", "Is Ann or Bob to give annual notice?", "")
    seen = await own.drafting.draft(number, await own.who("eva"))
    assert seen.question == "Is [person 1] or [person 2] to give annual notice?"
    assert [each.may_be_shown for each in seen.pieces] == [False, False]


# Who may see it


async def test_who_may_not_read_all_of_it_learns_a_number_and_no_more(own: Desks) -> None:
    theirs = await own.drafted("ann", "What of the zqboard plan?")
    shared = await own.drafted("bob")
    ed = await own.who("ed")
    listing = await own.drafting.listed(ed)
    assert ([each.number for each in listing.drafts], listing.hidden) == ([shared], 1)
    assert BOARD not in repr(listing)
    assert await states(own) == [(shared, "waiting"), (theirs, "waiting")]
    acts = (
        own.drafting.draft,
        own.drafting.discard,
        lambda number, who: own.drafting.change(number, Edits(), who),
        lambda number, who: own.drafting.unmask(number, "[person 1]", who),
        lambda number, who: own.drafting.accept(number, "from-life", who),
        own.drafting.make,
    )
    for act in acts:
        with pytest.raises(NotFound) as hidden:
            await act(theirs, ed)
        with pytest.raises(NotFound) as missing:
            await act(999, ed)
        assert str(hidden.value) == str(missing.value)
    assert len(await own.drafting.cases(ed)) == 1


async def test_a_draft_hides_when_a_document_is_removed_or_closed(own: Desks) -> None:
    number = await own.drafted("ann", "What of the zqboard plan, and how much notice?")
    eva = await own.who("eva")
    assert await own.drafting.draft(number, eva)
    await own.firm.shelves.shelf.remove(await own.firm.shelves.document_id("board.txt"))
    assert (await own.drafting.listed(eva)).hidden == 1
    with pytest.raises(NotFound):
        await own.drafting.draft(number, eva)


# One click


async def test_two_clicks_make_one_draft_also_at_once(own: Desks) -> None:
    number = await own.report("bob")
    eva = await own.who("eva")
    assert [each.number for each in await own.drafting.reported(eva)] == [number]
    await asyncio.gather(*(own.drafting.make(number, eva) for _ in range(5)))
    assert await states(own) == [(number, "waiting")]
    assert await own.drafting.reported(eva) == ()
    await own.drafting.discard(number, eva)
    await own.drafting.make(number, eva)
    assert await states(own) == [(number, "discarded")]


async def test_only_what_a_reader_reported_is_an_evaluators_to_draft(own: Desks) -> None:
    own.firm.model.lines = (("Notice is sixty days.", "ninety days"),)
    await own.firm.ask("bob")
    [case] = await own.firm.kept()
    with pytest.raises(NotFound):
        await own.drafting.make(case.id, await own.who("eva"))


# What becomes of it


async def test_an_accepted_draft_is_a_case_of_a_suite_that_reads_back(own: Desks) -> None:
    number = await own.drafted("bob")
    eva = await own.who("eva")
    await own.drafting.change(number, GOLD, eva)
    case = await own.drafting.accept(number, "from-life", eva)
    [kept] = own.suite().cases
    assert kept == case
    assert (kept.id, kept.category, kept.person) == (f"review-{number}", "from life", "")
    assert kept.expected.gold == (Gold("folder/lease.txt", "notice of ninety days"),)
    assert (kept.expected.answerable, kept.expected.facts) == (True, (("90", "ninety"),))
    assert kept.question.startswith("Per [person 1] Ross")
    [file] = own.folder.glob("*.yaml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await states(own) == [(number, "accepted")]
    for act in (
        own.drafting.discard(number, eva),
        own.drafting.change(number, GOLD, eva),
        own.drafting.accept(number, "other", eva),
    ):
        with pytest.raises(BadRequest, match="accepted"):
            await act
    assert await own.did() == ["eva edit", "eva accept", "eva list"]


async def test_gold_with_personal_data_is_named_by_its_characters(own: Desks) -> None:
    text = "Greta Holm must give notice."
    await own.firm.shelves.put("call.txt", text)
    number = await own.drafted("bob", "Who must give notice?")
    eva = await own.who("eva")
    seen = await own.drafting.draft(number, eva)
    at = next(at for at, each in enumerate(seen.found) if each.document == "folder/call.txt")
    seen = await own.drafting.change(number, Edits(gold=(at,), words=("must give",)), eva)
    case = await own.drafting.accept(number, "from-life", eva)
    assert case.expected.gold[0] == Gold("folder/call.txt", start=0, end=len(text))
    assert "Holm" not in own.files()
    assert own.suite().cases[0].expected.gold[1].words == "must give"


async def test_cases_are_added_to_a_suite_and_the_same_once(own: Desks) -> None:
    eva = await own.who("eva")
    numbers = [await own.drafted("bob"), await own.drafted("bob", "When must notice be given?")]
    for number in numbers:
        await own.drafting.change(number, GOLD, eva)
        await own.drafting.accept(number, "from-life", eva)
    await own.drafting.suites.put("from-life", own.suite().cases[0])
    assert sorted(each.id for each in own.suite().cases) == [f"review-{n}" for n in numbers]


async def test_a_file_that_cannot_be_written_leaves_the_draft_waiting(own: Desks) -> None:
    number = await own.drafted("bob")
    eva = await own.who("eva")
    await own.drafting.change(number, GOLD, eva)
    own.folder.parent.mkdir()
    own.folder.write_text("a file where the folder should be")
    with pytest.raises((Unavailable, BadRequest)):
        await own.drafting.accept(number, "first", eva)
    assert await states(own) == [(number, "waiting")]
    own.folder.unlink()
    await own.drafting.accept(number, "second", eva)
    assert await states(own) == [(number, "accepted")]


@pytest.mark.parametrize(
    ("suite", "edits"),
    [
        ("../up", GOLD),
        ("", GOLD),
        ("Big", GOLD),
        ("from-life", Edits()),
        ("from-life", Edits(question="Only this?")),
    ],
)
async def test_what_cannot_be_accepted_is_told_and_waits(
    own: Desks, suite: str, edits: Edits
) -> None:
    number = await own.drafted("bob")
    eva = await own.who("eva")
    await own.drafting.change(number, edits, eva)
    with pytest.raises(BadRequest, match="Expected"):
        await own.drafting.accept(number, suite, eva)
    assert await states(own) == [(number, "waiting")]
    assert own.files() == ""


@pytest.mark.parametrize(
    "edits",
    [
        Edits(words=("nowhere to be found",)),
        Edits(gold=(7,)),
        Edits(language="English"),
        Edits(person="two words"),
        Edits(question="x" * 2_001),
        Edits(lies=("x",) * 51),
        Edits(facts=(("x" * 1_001,),)),
        Edits(facts=(("call", "[phone 1]"),)),
        Edits(lies=("[person 2] said so",)),
        Edits(answerable=False, facts=(("ninety",),)),
        Edits(as_of="2026-02-31"),
        Edits(as_of="20260228"),
        Edits(earlier=("x" * 2_001,)),
    ],
)
async def test_edits_that_make_no_test_case_are_told_and_not_kept(own: Desks, edits: Edits) -> None:
    number = await own.drafted("bob")
    eva = await own.who("eva")
    with pytest.raises(BadRequest, match="Expected"):
        await own.drafting.change(number, edits, eva)
    assert (await own.drafting.draft(number, eva)).edits == Edits()


async def test_what_cannot_be_noted_is_not_done(own: Desks) -> None:
    number = await own.drafted("bob")
    eva = await own.who("eva")
    await own.drafting.change(number, GOLD, eva)
    await own.firm.record.close()
    for act in (
        own.drafting.listed(eva),
        own.drafting.draft(number, eva),
        own.drafting.change(number, Edits(), eva),
        own.drafting.accept(number, "from-life", eva),
        own.drafting.discard(number, eva),
    ):
        with pytest.raises(Unavailable):
            await act
    draft = await own.firm.review.drafts.get(number)
    assert (draft.state, own.files()) == (DraftState.WAITING, "")


# Erasing


async def test_erasing_the_asker_leaves_no_word_anywhere(own: Desks) -> None:
    eva = await own.who("eva")
    accepted = await own.drafted("bob")
    await own.drafting.change(accepted, GOLD, eva)
    await own.drafting.accept(accepted, "from-life", eva)
    waiting = await own.drafted("bob", "When must notice be given?")
    other = await own.drafted("ann", "How much notice, tell me?")
    await own.drafting.change(other, GOLD, eva)
    await own.drafting.accept(other, "from-life", eva)
    await own.firm.record.erase("bob")
    assert await states(own) == [(other, "accepted")], "also if nothing else was done"
    assert await own.firm.review.forget("bob") == 2
    assert [each.id for each in own.suite().cases] == [f"review-{other}"]
    assert "Ross" not in own.files()
    for number in (accepted, waiting):
        with pytest.raises(NotFound):
            await own.drafting.draft(number, eva)
    assert str(waiting) not in [str(row[0]) for row in await raw_rows(own)]


async def test_the_last_case_takes_its_suite_with_it(own: Desks) -> None:
    number = await own.drafted("bob")
    eva = await own.who("eva")
    await own.drafting.change(number, GOLD, eva)
    await own.drafting.accept(number, "from-life", eva)
    await own.firm.record.erase("bob")
    await own.firm.review.forget("bob")
    assert list(own.folder.glob("*.yaml")) == []
    assert await raw_rows(own) == []


async def test_erasing_the_asker_takes_the_case_out_of_the_runs_of_this_library(
    own: Desks,
) -> None:
    eva = await own.who("eva")
    number = await own.drafted("bob")
    await own.drafting.change(number, GOLD, eva)
    case = await own.drafting.accept(number, "from-life", eva)
    home = own.folder.parent.parent
    found = rows(of=[case, replace(case, id=f"{case.id}0")])
    ours = keep(home, run_of(found, corpus=""), found)
    boxed = keep(home, run_of(found, day=1, corpus="demo"), found)
    await own.firm.record.erase("bob")
    await own.firm.review.forget("bob")
    kept = KeptRuns(home / "evaluations")
    assert [each.case.id for each in kept.rows(ours.id)] == [f"{case.id}0"]
    assert len(list(kept.rows(boxed.id))) == 2
    assert kept.run(ours.id) == ours


async def test_erasing_reaches_runs_that_were_interrupted_or_are_damaged(own: Desks) -> None:
    eva = await own.who("eva")
    number = await own.drafted("bob")
    await own.drafting.change(number, GOLD, eva)
    case = await own.drafting.accept(number, "from-life", eva)
    home = own.folder.parent.parent
    found = rows(of=[case, replace(case, id=f"{case.id}0")])
    damaged, begun, boxed = (
        home / "evaluations" / keep(home, run_of(found, day, corpus=corpus), found).id
        for day, corpus in enumerate(("demo", "", "demo"))
    )
    (damaged / "run.json").write_text("{")
    for folder in (begun, boxed):
        (folder / "run.json").rename(folder / "begun.json")
    with (begun / "rows.jsonl").open("ab") as file:
        file.write(f'{{"case":{{"id":"{case.id}","question":"What of Bob'.encode())
    await own.firm.record.erase("bob")
    await own.firm.review.forget("bob")
    for folder, is_there in ((damaged, False), (begun, False), (boxed, True)):
        text = (folder / "rows.jsonl").read_text()
        assert (f'"id":"{case.id}"' in text) is is_there
        assert f'"id":"{case.id}0"' in text


async def test_a_suite_that_cannot_be_read_is_told_until_it_is_mended(own: Desks) -> None:
    eva = await own.who("eva")
    number = await own.drafted("bob")
    await own.drafting.change(number, GOLD, eva)
    await own.drafting.accept(number, "from-life", eva)
    [file] = own.folder.glob("*.yaml")
    whole = file.read_text()
    file.write_text(whole + "\nno: suite\n")
    await own.firm.record.erase("bob")
    with pytest.raises(BadRequest, match="from-life"):
        await own.firm.review.forget("bob")
    assert await own.firm.kept() == []
    file.write_text(whole)
    assert await states(own) == []
    assert own.files() == ""


async def test_erasing_an_evaluator_takes_what_they_wrote(own: Desks) -> None:
    number = await own.drafted("bob")
    await own.drafting.change(number, GOLD, await own.who("ed"))
    await own.firm.record.erase("ed")
    assert (await own.drafting.draft(number, await own.who("eva"))).edits == Edits()


async def test_a_draft_goes_with_its_case_and_an_accepted_one_stays_findable(own: Desks) -> None:
    eva = await own.who("eva")
    accepted = await own.drafted("bob")
    await own.drafting.change(accepted, GOLD, eva)
    await own.drafting.accept(accepted, "from-life", eva)
    await own.drafted("bob", "When must notice be given?")
    await own.firm.cases.prune(2**40)
    assert [row[0] for row in await raw_rows(own)] == [accepted]
    await own.firm.record.erase("bob")
    await own.firm.review.forget("bob")
    assert own.files() == ""


async def raw_rows(own: Desks) -> list[tuple[object, ...]]:
    async with own.firm.shelves.database.transaction() as connection:
        return [tuple(row) for row in (await connection.execute(select(table))).all()]


async def test_asked_is_masked_in_lists_too(own: Desks) -> None:
    await own.report("bob")
    await own.drafted("bob", ASKED.replace("how much", "what"))
    eva = await own.who("eva")
    told = repr(await own.drafting.listed(eva)) + repr(await own.drafting.reported(eva))
    assert "ross.example" not in told
    assert "Bob" not in told
