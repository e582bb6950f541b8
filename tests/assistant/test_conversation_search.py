"""Words are found in one's own conversations, and only in what of them may be shown now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Sentence
from assistant.conversation_recalled import Recalled
from assistant.conversation_search import matches
from retrieval.conversation_turn import Turn
from retrieval.documents import InForce, Status, now
from tests.assistant.http_client import client, offences, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, asking_as
from tests.assistant.remembered import begun, remembered, saying


def told(turn: str, asked: str, *said: str, at: int = 1) -> Recalled:
    sentences = tuple(Sentence(each, ()) for each in said)
    return Recalled(turn, at, asked, "", "quotes", "", "", sentences, (), is_partial=False)


def test_every_word_must_stand_in_one_turn_or_the_name() -> None:
    turns = [
        ("c1", told("t3", "What of the lease?", "It ends in May.")),
        ("c1", told("t2", "And the notice?", "Ninety days.")),
        ("c2", told("t1", "How long is the notice of the lease?")),
    ]
    assert [each.turn for each in matches("LEASE", turns, {})] == ["t3", "t1"]
    assert [each.turn for each in matches("lease notice", turns, {})] == ["t1"]
    assert [each.turn for each in matches("harbour days", turns, {"c1": "Harbour flat"})] == ["t2"]
    assert matches("zebra", turns, {}) == matches("  ?! ", turns, {}) == []


@given(st.text("ab .…\n", max_size=600), st.text("ab ", min_size=1, max_size=6))
def test_what_is_marked_is_what_was_looked_for(text: str, words: str) -> None:
    for match in matches(words, [("c", told("t", text))], {}):
        shown = "".join(each.text for each in match.found).removeprefix("… ").removesuffix(" …")
        assert shown in text
        wanted = {each.lower() for each in words.split()}
        assert {each.text.lower() for each in match.found if each.lit} <= wanted
        assert any(each.lit for each in match.found)


async def test_only_what_may_be_shown_now_is_looked_through(tmp_path: Path) -> None:
    versions = [each.version for each in firm()]
    hers = next(each.id for each in versions if each.readers == {"group:legal"})
    async with remembered(tmp_path) as kept:
        await begun(kept.conversations, BOB.name, saying("The canary sings.", hers))
        await begun(kept.conversations, ANN.name, saying("The canary sings.", hers))
        async with client(kept.parts(authenticate=asking_as(BOB))) as http:
            his = await http.get("/conversations?q=canary")
            found = await http.get("/conversations?q=notice")
        async with client(kept.parts()) as http:
            own = await http.get("/conversations?q=canary")
    assert "None of your conversations has these words" in read(his.text).text
    assert "1 conversation with these words" in read(found.text).text
    assert "1 conversation with these words" in read(own.text).text
    assert offences(own.text) == []


async def test_what_changed_since_an_answer_is_told(tmp_path: Path) -> None:
    held = next(each for each in firm() if each.version.readers == {"group:legal"})
    async with remembered(tmp_path) as kept:
        kept.library.held = [replace(held, version=replace(held.version, in_force=InForce()))]
        turn = Turn("a" * 32, now() - 60, "And?", said=(saying("Thus.", held.version.id),))
        await kept.conversations.keep("b" * 32, replace(turn, mode="quotes"), person=ANN.name)
        async with client(kept.parts()) as http:
            before = await http.get(f"/conversations/{'b' * 32}")
            ended = InForce(end=now() - 30, ended_by=Status.SUPERSEDED)
            older = replace(held.version, in_force=ended)
            newer = replace(held.version, id=999, number=2, in_force=InForce(start=now() - 30))
            kept.library.held = [replace(held, version=each) for each in (older, newer)]
            page = await http.get(f"/conversations/{'b' * 32}")
    text = read(page.text).text
    assert "has changed" not in read(before.text).text
    assert "Since this was answered, what it rests on has changed" in text
    assert ", version 1, has been superseded." in text
    assert "Open version 2" in text
    assert offences(page.text) == []
