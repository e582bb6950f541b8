"""Conversations over HTTP: a question follows another; one's own are listed, opened, removed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Question, Reply
from assistant.conversation_rewriter import FollowUps
from assistant.http.conversation_shapes import LEFT_OUT
from assistant.http.parts import Parts
from retrieval.conversation_turn import Turn
from retrieval.conversations import MOST_LISTED
from tests.assistant.http_client import client, offences, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, ShelfLibrary, WordAssistant, asking_as, make_parts
from tests.assistant.remembered import Remembered, begun, remembered, saying

NOTICE = "How much written notice must either party give to terminate the agreement?"
FOLLOWING = "And what is it in days?"
LOOKED_FOR = "What is it in days? Master Services Agreement, Northwind Logistics"


class Follows(WordAssistant):
    """Makes a follow-up stand alone before it looks."""

    def __init__(self, library: ShelfLibrary) -> None:
        super().__init__(library)
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> Reply:
        question = await FollowUps().stand_alone(question)
        self.asked.append(question)
        return await super().ask(question)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path, assistant=Follows(ShelfLibrary(firm()))) as kept:
        yield kept


def of_bob(kept: Remembered) -> Parts:
    return kept.parts(authenticate=asking_as(BOB))


async def asked(http: Any, question: str, **more: Any) -> dict[str, Any]:
    response = await http.post("/api/ask", json={"question": question} | more)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def streamed(text: str) -> dict[str, dict[str, Any]]:
    """Return the last event of each name."""
    blocks = [each.split("\n") for each in text.strip().split("\n\n")]
    return {name[7:]: json.loads(data[6:]) for name, data in blocks}


async def test_a_question_follows_another(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        first = await asked(http, NOTICE)
        second = await asked(http, FOLLOWING, conversation=first["conversation"])
        again = await http.get(f"/api/conversations/{first['conversation']}")
    assert first["looked_for"] == ""
    assert second["conversation"] == first["conversation"]
    assert (second["question"], second["looked_for"]) == (FOLLOWING, LOOKED_FOR)
    assert second["outcome"] == "answer"
    one, two = again.json()["turns"]
    assert (one["question"], one["looked_for"], one["left_out"]) == (NOTICE, "", "")
    assert (two["question"], two["looked_for"]) == (FOLLOWING, LOOKED_FOR)
    assert one["sentences"] == first["sentences"]
    assert one["sources"] == first["sources"]


async def test_a_stream_names_its_conversation_first(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        first = streamed((await http.post("/api/ask/stream", json={"question": NOTICE})).text)
        place = first["sources"]["conversation"]
        sent = {"question": FOLLOWING, "conversation": place}
        second = streamed((await http.post("/api/ask/stream", json=sent)).text)
        sent = {"question": "And what is the colour of the invoice?", "conversation": place}
        third = streamed((await http.post("/api/ask/stream", json=sent)).text)
        turns = (await http.get(f"/api/conversations/{place}")).json()["turns"]
    assert second["sources"]["conversation"] == place
    assert second["sources"]["looked_for"] == LOOKED_FOR
    assert "refusal" in third or "sources" in third
    assert len(turns) == 3


async def test_a_refusal_names_its_conversation_and_is_kept(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        refused = await asked(http, "Colour of the invoice?")
        turns = await http.get(f"/api/conversations/{refused['conversation']}")
    assert refused["outcome"] == "refusal"
    [turn] = turns.json()["turns"]
    assert turn["sentences"] == []
    assert turn["refused"]


async def test_a_question_that_stands_alone_is_looked_for_as_it_is(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        first = await asked(http, NOTICE)
        second = await asked(
            http, "What is the daily meal allowance abroad?", conversation=first["conversation"]
        )
    assert second["looked_for"] == ""


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/stream"])
async def test_nobody_continues_somebody_elses(kept: Remembered, path: str) -> None:
    theirs = await begun(kept.conversations, BOB.name)
    async with client(kept.parts()) as http:
        told = [
            await http.post(path, json={"question": FOLLOWING, "conversation": each})
            for each in (theirs, "f" * 32)
        ]
        page = await http.get("/", params={"q": FOLLOWING, "conversation": theirs})
        sent = {"question": FOLLOWING, "conversation": "../x"}
        wrong = await http.post(path, json=sent)
    assert [each.status_code for each in told] == [404, 404]
    assert told[0].content == told[1].content
    assert page.status_code == 404
    assert wrong.status_code == 422


async def test_lists_ones_own_and_removes_one(kept: Remembered) -> None:
    await begun(kept.conversations, BOB.name)
    async with client(kept.parts()) as http:
        first = await asked(http, NOTICE)
        listed = (await http.get("/api/conversations")).json()
        removed = await http.delete(f"/api/conversations/{first['conversation']}")
        after = (await http.get("/api/conversations")).json()
        gone = await http.get(f"/api/conversations/{first['conversation']}")
        again = await http.delete(f"/api/conversations/{first['conversation']}")
    [one] = listed["conversations"]
    assert (one["id"], one["question"], one["turns"]) == (first["conversation"], NOTICE, 1)
    assert listed["more"] is None
    assert removed.status_code == 204
    assert after["conversations"] == []
    assert gone.status_code == again.status_code == 404


async def test_a_list_goes_on_where_it_ended_though_all_are_of_one_second(
    kept: Remembered,
) -> None:
    for number in range(MOST_LISTED + 2):
        turn = Turn(f"{number:032x}", 1_000, "What is the notice?", mode="quotes")
        await kept.conversations.keep(turn.id, turn, person=ANN.name)
    async with client(kept.parts()) as http:
        first = (await http.get("/api/conversations")).json()
        rest = (await http.get("/api/conversations", params={"before": first["more"]})).json()
        page = (await http.get("/conversations")).text
        earlier = (await http.get(f"/conversations?before={first['more']}")).text
        wrong = [
            (await http.get("/api/conversations", params={"before": each})).status_code
            for each in ("1000", "1000-", f"1000-{'A' * 32}", f"{'9' * 19}-{'a' * 32}", "-1")
        ]
    listed = [each["id"] for each in (*first["conversations"], *rest["conversations"])]
    assert listed == [f"{number:032x}" for number in reversed(range(MOST_LISTED + 2))]
    assert rest["more"] is None
    assert f'href="/conversations?before={first["more"]}"' in page
    shown = [f'href="/conversations/{each}"' in earlier for each in listed[-3:]]
    assert shown == [False, True, True]
    assert wrong == [422] * 5


async def test_what_may_no_longer_be_read_is_left_out_and_that_is_said(kept: Remembered) -> None:
    mine, theirs = kept.library.held[0].version, 999_999
    place = await begun(
        kept.conversations,
        ANN.name,
        saying("Mine.", mine.id),
        saying("Canary.", theirs),
        saying("Both canary.", mine.id, theirs),
    )
    async with client(kept.parts()) as http:
        sent = await http.get(f"/api/conversations/{place}")
        page = await http.get(f"/conversations/{place}")
    [turn] = sent.json()["turns"]
    assert [each["text"] for each in turn["sentences"]] == ["Mine."]
    assert turn["left_out"] == f"2 sentences of this answer are {LEFT_OUT}"
    assert LEFT_OUT in read(page.text).text
    assert "anary" not in sent.text + page.text


async def test_a_stopped_source_is_not_used_again_but_can_still_be_read(kept: Remembered) -> None:
    held = kept.library.held[0].version
    place = await begun(kept.conversations, ANN.name, saying("Mine.", held.id))
    [earlier] = await kept.history.earlier(place, principal=ANN)
    assert earlier.told == ("Mine.",)
    kept.shut.add(held.source)
    follows = kept.assistant._assistant
    assert isinstance(follows, Follows)
    async with client(kept.parts()) as http:
        await asked(http, FOLLOWING, conversation=place)
        turns = (await http.get(f"/api/conversations/{place}")).json()["turns"]
    assert [each.told for each in follows.asked[-1].earlier] == [()]
    assert [each["text"] for each in turns[0]["sentences"]] == ["Mine."]


async def test_pages_work_without_scripts(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        first = await http.get("/", params={"q": NOTICE})
        place = _conversation_of(first.text)
        second = await http.get("/", params={"q": FOLLOWING, "conversation": place})
        listed = await http.get("/conversations")
        opened = await http.get(f"/conversations/{place}")
        for each in (first, second, listed, opened):
            assert each.status_code == 200
            assert offences(each.text) == []
        headers = {"Sec-Fetch-Site": "same-origin"}
        removed = await http.post(f"/conversations/{place}/remove", headers=headers)
        after = await http.get("/conversations")
    assert _conversation_of(second.text) == place
    assert f"Looked for: {LOOKED_FOR}" in read(second.text).text
    assert (_turns_of(second.text), _turns_of(opened.text)) == (1, 2)
    assert f'href="/conversations/{place}"' in listed.text
    assert (removed.status_code, removed.headers["location"]) == (303, "/conversations")
    assert "No conversations yet" in after.text


async def test_a_form_of_another_site_removes_nothing(kept: Remembered) -> None:
    place = await begun(kept.conversations, ANN.name)
    async with client(kept.parts()) as http:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {}):
            refused = await http.post(f"/conversations/{place}/remove", headers=headers)
            assert refused.status_code == 403
        assert (await http.get(f"/api/conversations/{place}")).status_code == 200


async def test_where_none_is_kept_there_is_no_history() -> None:
    async with client(make_parts()) as http:
        answered = await asked(http, NOTICE)
        for path in ("/conversations", "/api/conversations", f"/api/conversations/{'1' * 32}"):
            assert (await http.get(path)).status_code == 404
        home = await http.get("/")
    assert answered["conversation"] == ""
    assert "/conversations" not in home.text


async def test_none_is_kept_where_the_operator_says_so(tmp_path: Path) -> None:
    async with remembered(tmp_path, keeps=False) as kept, client(kept.parts()) as http:
        assert (await asked(http, NOTICE))["conversation"] == ""
        sent = {"question": FOLLOWING, "conversation": "1" * 32}
        assert (await http.post("/api/ask", json=sent)).status_code == 404
        assert (await http.get("/api/conversations")).json()["conversations"] == []


async def test_questions_in_openai_form_lean_on_the_users_own_and_are_kept_nowhere(
    kept: Remembered,
) -> None:
    follows = kept.assistant._assistant
    assert isinstance(follows, Follows)
    messages = [
        {"role": "system", "content": "Canary one."},
        {"role": "user", "content": NOTICE},
        {"role": "assistant", "content": "Canary two."},
        {"role": "user", "content": [{"type": "image_url", "image_url": "canary"}]},
        {"role": "user", "content": FOLLOWING},
    ]
    async with client(kept.parts()) as http:
        chat = {"model": "pincite", "messages": messages}
        told = await http.post("/v1/chat/completions", json=chat)
        listed = (await http.get("/api/conversations")).json()["conversations"]
    assert told.status_code == 200
    [question] = follows.asked
    assert question.text == f"What is it in days? {NOTICE}"
    assert question.asked == FOLLOWING
    assert "anary" not in repr(question)
    assert listed == []


async def test_a_turn_that_cannot_be_kept_is_answered_all_the_same(kept: Remembered) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise OSError

    conversing = kept.assistant
    conversing._conversations = replace_keep(kept, broken)
    async with client(kept.parts()) as http:
        first = await asked(http, NOTICE)
        after = await http.get(f"/api/conversations/{first['conversation']}")
    assert first["outcome"] == "answer"
    assert after.status_code == 404


def replace_keep(kept: Remembered, keep: Any) -> Any:
    class Forgetful:
        def __getattr__(self, name: str) -> Any:
            return keep if name == "keep" else getattr(kept.conversations, name)

    return Forgetful()


def _turns_of(html: str) -> int:
    """Return how many turns a page shows; one more is the empty form for scripts."""
    return html.count('class="turn"') - 1


def _conversation_of(html: str) -> str:
    fields = [each for tag, each in read(html).elements if tag == "input"]
    [place] = [each["value"] for each in fields if each.get("name") == "conversation"]
    assert place
    return place


async def test_bob_sees_nothing_of_ann(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        first = await asked(http, NOTICE)
    async with client(of_bob(kept)) as http:
        assert (await http.get("/api/conversations")).json()["conversations"] == []
        for method, path in (("GET", "/api"), ("DELETE", "/api"), ("GET", "")):
            address = f"{path}/conversations/{first['conversation']}"
            assert (await http.request(method, address)).status_code == 404
