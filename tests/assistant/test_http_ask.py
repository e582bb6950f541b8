"""Asking over HTTP: the reply, the stream, the page."""

from __future__ import annotations

import json

from assistant.answers import Question, Reply
from assistant.http.health import Part
from tests.assistant.http_client import CONTRACT, client, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, ShelfLibrary, WordAssistant, asking_as, make_parts

NOTICE = "How much written notice must either party give to terminate the agreement?"


async def test_answers_with_sentences_pinned_to_their_words() -> None:
    async with client() as http:
        body = (await http.post("/api/ask", json={"question": NOTICE})).json()
    assert body["outcome"] == "answer"
    assert body["mode"] == "quotes"
    first = body["sentences"][0]
    pinned = first["citations"][0]
    assert first["text"] == pinned["words"]
    assert "ninety (90) days" in pinned["words"]
    assert pinned["page"] == 3
    assert pinned["link"] == (f"/source/{CONTRACT}/1?start={pinned['start']}&end={pinned['end']}")


async def test_a_citation_resolves_to_exactly_its_words_in_the_stored_text() -> None:
    async with client() as http:
        body = (await http.post("/api/ask", json={"question": NOTICE})).json()
        pinned = body["sentences"][0]["citations"][0]
        path = f"/api/documents/{pinned['document']}/versions/{pinned['version']}/text"
        text = (await http.get(path)).json()["text"]
    assert text[pinned["start"] : pinned["end"]] == pinned["words"]


async def test_refuses_and_names_the_nearest_sources() -> None:
    async with client() as http:
        body = (await http.post("/api/ask", json={"question": "Colour of the invoice?"})).json()
    assert body["outcome"] == "refusal"
    assert body["reason"] == "not_supported"
    assert body["nearest"][0]["title"]


async def test_streams_sources_then_sentences_then_done() -> None:
    async with client() as http:
        response = await http.post("/api/ask/stream", json={"question": NOTICE})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = parsed(response.text)
    assert next(name for name, _ in events) == "sources"
    assert [name for name, _ in events][-1] == "done"
    assert {name for name, _ in events[1:-1]} == {"sentence"}


async def test_the_stream_says_the_same_as_the_reply_at_once() -> None:
    async with client() as http:
        at_once = (await http.post("/api/ask", json={"question": NOTICE})).json()
        streamed = await http.post("/api/ask/stream", json={"question": NOTICE})
    events = parsed(streamed.text)
    assert [data for name, data in events if name == "sentence"] == at_once["sentences"]
    assert events[0][1]["sources"] == at_once["sources"]


async def test_streams_a_refusal_as_one_event() -> None:
    async with client() as http:
        response = await http.post("/api/ask/stream", json={"question": "Colour of the invoice?"})
    assert [name for name, _ in parsed(response.text)] == ["refusal"]


async def test_the_page_shows_the_same_sentences_without_scripts() -> None:
    async with client() as http:
        body = (await http.post("/api/ask", json={"question": NOTICE})).json()
        page = read((await http.get("/", params={"q": NOTICE})).text)
    for sentence in body["sentences"]:
        assert sentence["text"] in page.text
        link = f"{sentence['citations'][0]['link']}#lit"
        assert any(values.get("href") == link for _, values in page.elements)


async def test_the_start_page_offers_the_examples() -> None:
    async with client() as http:
        page = (await http.get("/")).text
    assert "What is the daily meal allowance abroad?" in page


async def test_asks_as_the_principal_and_with_the_scope_it_was_given() -> None:
    seen: list[Question] = []

    class Listening(WordAssistant):
        async def ask(self, question: Question) -> Reply:
            seen.append(question)
            return await super().ask(question)

    parts = make_parts(
        assistant=Part.ready("assistant", Listening(ShelfLibrary(firm()))),
        authenticate=asking_as(BOB),
    )
    asked = {"question": "  daily\tmeal ", "kinds": ["policy"], "parties": ["Acme"]}
    async with client(parts) as http:
        await http.post("/api/ask", json=asked | {"as_of": "2026-01-31"})
    question = seen[0]
    assert question.principal == BOB != ANN
    assert question.text == "daily meal"
    assert question.scope.kinds == {"policy"}
    assert question.scope.parties == {"Acme"}


async def test_as_of_a_day_finds_what_was_in_force_at_its_end() -> None:
    asked = {"question": "daily meal allowance abroad"}
    async with client() as http:
        before = (await http.post("/api/ask", json=asked | {"as_of": "2026-01-31"})).json()
        after = (await http.post("/api/ask", json=asked | {"as_of": "2026-02-01"})).json()
    assert "45 euros" in before["sentences"][0]["text"]
    assert "60 euros" in after["sentences"][0]["text"]
    assert before["as_of"] == "2026-01-31"


async def test_hides_what_the_principal_may_not_read() -> None:
    parts = make_parts(authenticate=asking_as(BOB))
    async with client(parts) as http:
        response = await http.post("/api/ask", json={"question": NOTICE})
        page = await http.get("/", params={"q": "acquisition canary-7731 board approved"})
    assert "Northwind" not in response.text
    assert "Canary" not in page.text


def parsed(stream: str) -> list[tuple[str, dict[str, object]]]:
    events = []
    for block in stream.strip().split("\n\n"):
        name, data = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events
