"""What stands around the assistant: earlier turns are checked anew, what was told is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import (
    Context,
    Opening,
    Piece,
    Question,
    Refusal,
    RefusalReason,
    Sentence,
    Told,
    pieces_of,
)
from assistant.conversation_recall import History
from assistant.conversation_recalled import recalled, usable
from assistant.conversation_rewriter import FollowUps
from assistant.http.conversation_shapes import LEFT_OUT, LOOKED_FOR_LEFT_OUT, shown_turn
from assistant.recorded import Recorded
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.documents import Scope, Version, now
from retrieval.errors import Unavailable
from tests.assistant.http_firm import firm
from tests.assistant.http_world import (
    ANN,
    FoundPassage,
    Notes,
    ShelfLibrary,
    WordAssistant,
    until,
)
from tests.assistant.remembered import Remembered, begun, remembered, saying
from tests.retrieval.made_candidates import version_of

NOTICE = "How much written notice must either party give to terminate the agreement?"
FOLLOWING = "And what is it in days?"
WHOLE = "What is it in days? Master Services Agreement, Northwind Logistics"


class Telling(WordAssistant):
    """Answers as the real one does, from what it found, and may end in some other way."""

    def __init__(self, library: ShelfLibrary) -> None:
        super().__init__(library)
        self.stops_after: type[Piece] | None = None
        self.asked: list[Question] = []

    async def stream(self, question: Question) -> AsyncGenerator[Piece, None]:  # type: ignore[override]
        self.asked.append(question)
        question = await FollowUps().stand_alone(question)
        yield Context((), question.text if question.asked else "")
        for told in pieces_of(await self.ask(question)):
            yield told
            if self.stops_after is type(told):
                yield Refusal(question, RefusalReason.STOPPED, "Stopped.", ())
                return

    async def search(self, question: Question, limit: int) -> list[FoundPassage]:
        return await super().search(question, limit)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    inner, notes = Telling(ShelfLibrary(firm())), Notes()
    async with remembered(tmp_path, assistant=Recorded(inner, notes, "test")) as kept:
        yield kept


def inner_of(kept: Remembered) -> Telling:
    return kept.assistant._assistant._assistant  # type: ignore[attr-defined, no-any-return]


def notes_of(kept: Remembered) -> Notes:
    return kept.assistant._assistant._record  # type: ignore[attr-defined, no-any-return]


def question(text: str = NOTICE, conversation: str | None = "") -> Question:
    scope = Scope(as_of=2_000_000_000)
    return Question(text, ANN, scope, "web 10.1.2.3", conversation=conversation)


async def told(kept: Remembered, asked: Question) -> list[Told]:
    return [each async for each in kept.assistant.stream(asked)]


async def own(kept: Remembered) -> list[str]:
    return [each.id for each in await kept.history.own(principal=ANN)]


async def test_what_is_looked_for_stands_on_record_beside_what_was_asked(kept: Remembered) -> None:
    [opening, *_] = await told(kept, question())
    assert isinstance(opening, Opening)
    place = opening.question.conversation
    await told(kept, question(FOLLOWING, place))
    events = notes_of(kept).events
    first, second = (each for each in events if each.act is Act.ASK)
    assert first.about["conversation"] == second.about["conversation"] == place
    assert second.words == {"question": FOLLOWING}
    turns = await kept.history.opened(place or "", principal=ANN)
    assert [each.id for each in turns] == [first.about["turn"], second.about["turn"]]
    looked = [each.words for each in events if each.act is Act.RETRIEVE]
    assert looked == [{}, {"looked_for": WHOLE}]
    assert [each.looked_for for each in turns] == ["", WHOLE]


async def test_what_is_kept_nowhere_leaves_no_trace(kept: Remembered) -> None:
    await told(kept, question(conversation=None))
    assert await own(kept) == []
    [asked] = [each for each in notes_of(kept).events if each.act is Act.ASK]
    assert "conversation" not in asked.about


async def test_a_listener_who_leaves_finds_as_much_as_they_heard(kept: Remembered) -> None:
    async with aclosing(kept.assistant.stream(question())) as pieces:
        opening, sentence = await anext(pieces), await anext(pieces)
    assert isinstance(opening, Opening)
    assert isinstance(sentence, Sentence)
    place = opening.question.conversation or ""
    await told(kept, question(FOLLOWING, place))
    first, _ = await kept.history.opened(place, principal=ANN)
    assert [each.text for each in first.sentences] == [sentence.text]


async def test_a_stopped_answer_is_kept_as_far_as_it_came(kept: Remembered) -> None:
    inner_of(kept).stops_after = Sentence
    await told(kept, question())
    [turn] = await kept.history.opened((await own(kept))[0], principal=ANN)
    assert (len(turn.sentences), turn.refused) == (1, "stopped")


async def test_a_question_of_which_nothing_was_told_is_no_turn(kept: Remembered) -> None:
    async def fails(_: Question) -> AsyncGenerator[Piece, None]:
        raise Unavailable("The record cannot be written.")
        yield

    inner_of(kept).stream = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable):
        await told(kept, question())
    assert await own(kept) == []


async def test_an_answer_that_is_not_on_record_is_no_turn(kept: Remembered) -> None:
    """Whoever asked was told that it does not count: it must not be found later."""
    notes_of(kept).fails_at = 2
    with pytest.raises(Unavailable):
        await kept.assistant.ask(question())
    assert [each.act for each in notes_of(kept).events] == [Act.ASK, Act.RETRIEVE]
    await until(lambda: not kept.assistant._keeping)
    assert await own(kept) == []


async def test_a_turn_that_is_slow_to_be_kept_is_waited_for_by_the_next(
    kept: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.conversation.KEPT_WITHIN_SECONDS", 20)
    place, may_go_on = await begun(kept.conversations, ANN.name), asyncio.Event()
    keep = kept.conversations.keep

    async def slow(conversation_id: str, turn: Turn, *, person: str) -> None:
        await may_go_on.wait()
        await keep(conversation_id, turn, person=person)

    kept.assistant._conversations.keep = slow  # type: ignore[method-assign]
    first = asyncio.create_task(told(kept, question(NOTICE, place)))
    await until(lambda: place in kept.assistant._keeping)
    second = asyncio.create_task(told(kept, question(FOLLOWING, place)))
    await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.gather(first, second)
    assert [each.asked for each in inner_of(kept).asked[-1].earlier][-1] == NOTICE


async def test_what_was_asked_elsewhere_is_no_earlier_question(kept: Remembered) -> None:
    await told(kept, question())
    await told(kept, question(FOLLOWING))
    assert inner_of(kept).asked[-1].earlier == ()


ids = st.integers(1, 6)
sentences = st.builds(
    lambda at, versions: Said(
        " ".join(f"w{each}x{at}" for each in versions),
        tuple(Cited(each, at, 0, 9, None, f"w{each}x{at}") for each in versions),
    ),
    st.integers(),
    st.lists(ids, max_size=3),
)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    rests_on = tuple(draw(st.sets(ids, max_size=2)))
    words = " ".join(f"w{each}x" for each in rests_on)
    said = draw(st.lists(sentences, max_size=4))
    mode = draw(st.sampled_from(["model", "quotes"]))
    if mode == "model":  # the words it was asked in may be in each sentence
        said = [replace(each, text=f"{each.text} {words}") for each in said]
    return Turn("a", 0, "asked", f"asked {words}", rests_on, mode, "m", "", tuple(said))


def words_of(versions: Iterable[int], text: str) -> set[int]:
    return {each for each in versions if f"w{each}x" in text}


@given(turns(), st.sets(ids))
def test_no_word_of_an_unreadable_version_is_shown_or_used(turn: Turn, readable: set[int]) -> None:
    versions: Mapping[int, Version] = {each: version_of(each, f"T{each}") for each in readable}
    hidden = set(range(1, 7)) - readable
    shown = recalled(turn, versions)
    used = usable(turn, versions)
    assert words_of(hidden, repr(shown) + repr(shown_turn(shown)) + repr(used)) == set()
    assert used.asked == shown.asked == "asked"
    assert not words_of(turn.rests_on, "asked")
    is_whole = readable >= turn.versions and all(each.cited for each in turn.said)
    assert shown.is_partial is not is_whole
    told = shown_turn(shown).left_out
    if shown.left_out:
        assert told.startswith(f"{shown.left_out} sentence")
        assert told.endswith(LEFT_OUT)
    else:
        assert told == (LOOKED_FOR_LEFT_OUT if shown.is_partial else "")
    if is_whole:
        assert [each.text for each in shown.sentences] == [each.text for each in turn.said]
        assert used.told == tuple(each.text for each in turn.said)
        cited = {each.id for each in used.rests_on}
        assert cited >= {each for said in turn.said for each in said.versions}
        if turn.mode == "model" and turn.said:
            assert cited >= set(turn.rests_on)


def test_sources_are_numbered_anew_without_what_is_left_out() -> None:
    said: Sequence[Said] = [
        Said("One.", (Cited(1, 1, 0, 4, None, "One."),)),
        Said("Two.", (Cited(2, 2, 0, 4, None, "Two."), Cited(3, 3, 0, 4, None, "Three."))),
    ]
    turn = Turn("a", 0, "asked", mode="quotes", said=tuple(said))
    shown = recalled(turn, {2: version_of(2, "Two"), 3: version_of(3, "Three")})
    assert [each.number for each in shown.sources] == [1, 2]
    assert [each.source for each in shown.sentences[0].citations] == [1, 2]
    assert [each.version.title for each in shown.sources] == ["Two", "Three"]


def test_a_source_that_differs_is_still_marked_when_it_is_shown_again() -> None:
    said = (
        Said("Five years.", (Cited(1, 1, 0, 4, None, "Five"),)),
        Said("Seven years.", (Cited(2, 2, 0, 4, None, "Seven"),), differs=True),
    )
    kept = Turn.read("a", 0, Turn("a", 0, "asked", mode="model", said=said).written())
    shown = recalled(kept, {each: version_of(each, f"T{each}") for each in (1, 2)})
    assert [each.differs for each in shown_turn(shown).sentences] == [False, True]


class Approving:
    """Approved answers of which some are open, to whoever asks."""

    def __init__(self) -> None:
        self.is_open: set[int] = {7}

    async def open(self, answer_ids: Collection[int], *, principal: Principal) -> set[int]:
        return self.is_open & set(answer_ids)


async def test_an_approved_answer_is_told_again_only_to_who_may_read_it_now(
    tmp_path: Path,
) -> None:
    async with remembered(tmp_path) as world:
        approving = Approving()
        history = History(world.conversations, world.library, approvals=approving)
        version = world.library.passages(ANN)[0].version.id
        said = (saying("Marmosets are approved.", version),)
        turn = Turn("a" * 32, now(), "What of them?", mode="approved", said=said, approved=7)
        conversation = "c" * 32
        await world.conversations.keep(conversation, turn, person="ann")

        async def told() -> str:
            opened = await history.opened(conversation, principal=ANN)
            earlier = await history.earlier(conversation, principal=ANN)
            found = await history.looked_through("marmosets", principal=ANN)
            return repr([each.sentences for each in opened]) + repr(earlier) + repr(found)

        assert "Marmosets" in await told()
        approving.is_open = set()
        assert "Marmosets" not in await told()
        [shown] = await history.opened(conversation, principal=ANN)
        assert shown.left_out == 1
        assert "1 sentence" in shown_turn(shown).left_out
