"""What leaves over HTTP: only words that their reader may read now, as the library holds them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from assistant.http.reading import source_link
from retrieval.audit.event import Act
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.documents import now
from tests.assistant.export.made import notes_in, open_word, read_pdf, rendered
from tests.assistant.http_client import CONTRACT, client, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, Notes, ShelfLibrary, asking_as, make_parts
from tests.assistant.remembered import Remembered, remembered

NOTICE = "How much written notice must either party give to terminate the agreement?"
MEALS = "What is the daily meal allowance of the Travel Policy?"
CANARY = "zebracanary"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path) as kept:
        yield kept


async def asked(http: Any, question: str, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await http.post("/api/ask", json={"question": question} | more)).json()
    return body


def at(answer: dict[str, Any], form: str, *, turn: bool = True) -> str:
    one = f"turn={answer['turn']}&" if turn else ""
    return f"/export/conversations/{answer['conversation']}?{one}form={form}"


async def test_an_answer_leaves_with_the_words_that_the_library_holds(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        answer = await asked(http, NOTICE)
        word, pdf, md = [await http.get(at(answer, form)) for form in ("docx", "pdf", "md")]
    opened, page = open_word(word.content), rendered(md.content)
    words = [" ".join(each["text"].split()) for each in answer["sentences"]]
    text, _ = read_pdf(pdf.content)
    assert opened.referred == list(range(1, len(words) + 1))
    for number, each in enumerate(words, 1):
        assert f"“{each}”" in opened.footnotes[number]
        assert f"“{each}”" in notes_in(page)[number - 1]
        assert text.count(f"“{each}”") == 2
    cited = answer["sentences"][0]["citations"][0]
    assert f"page {cited['page']}: " in opened.footnotes[1]
    assert opened.links[0] == "http://testserver" + cited["link"]
    assert opened.paragraphs[0] == NOTICE
    assert "1 sentence is left out" not in text


async def test_files_are_saved_and_never_run(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        answer = await asked(http, NOTICE)
        for form in ("docx", "pdf", "md"):
            told = await http.get(at(answer, form))
            disposition = unquote(told.headers["content-disposition"])
            assert disposition.startswith("attachment; filename*=UTF-8''Pincite 20")
            assert disposition.endswith(
                f" How much written notice must either party give to terminate.{form}"
            )
            assert told.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert told.headers["x-content-type-options"] == "nosniff"


async def test_a_conversation_leaves_whole_with_footnotes_numbered_through(
    kept: Remembered,
) -> None:
    async with client(kept.parts()) as http:
        first = await asked(http, NOTICE)
        second = await asked(http, MEALS, conversation=first["conversation"])
        whole = open_word((await http.get(at(first, "docx", turn=False))).content)
        alone = open_word((await http.get(at(second, "docx"))).content)
    total = len(first["sentences"]) + len(second["sentences"])
    assert whole.referred == list(range(1, total + 1))
    assert sorted(whole.footnotes) == whole.referred
    headings = [each.text for each in whole.document.paragraphs if "Heading" in each.style.name]
    assert headings == [NOTICE, NOTICE, MEALS]
    assert alone.referred == list(range(1, len(second["sentences"]) + 1))


async def test_what_a_reader_may_not_read_any_more_stays_and_is_counted(kept: Remembered) -> None:
    both = "How much notice to terminate the agreement, and what is the daily meal allowance?"
    async with client(kept.parts()) as http:
        answer = await asked(http, both)
        lost = [
            each for each in answer["sentences"] if each["citations"][0]["document"] == CONTRACT
        ]
        rest = [each for each in answer["sentences"] if each not in lost]
        assert lost
        assert rest
        close(kept.library, CONTRACT)
        files = [(await http.get(at(answer, form))).content for form in ("docx", "pdf", "md")]
        shown = [
            "\n".join([*open_word(files[0]).paragraphs, *open_word(files[0]).footnotes.values()]),
            read_pdf(files[1])[0],
            " ".join("".join(rendered(files[2]).itertext()).split()),
        ]
    what = f"{len(lost)} sentence{'s are' if len(lost) > 1 else ' is'} left out"
    for text in shown:
        assert what in text
        assert "Master Services Agreement" not in text
        assert not any(" ".join(each["text"].split()) in text for each in lost)
        assert all(" ".join(each["text"].split()) in text for each in rest)


def close(library: ShelfLibrary, document: str) -> None:
    """Leave nobody to read a document."""
    library.held = [
        replace(each, version=replace(each.version, readers=frozenset()))
        if each.version.document_id == document
        else each
        for each in library.held
    ]


async def test_where_nothing_may_leave_that_is_said(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        answer = await asked(http, NOTICE)
        for each in firm():
            close(kept.library, each.version.document_id)
        told = await http.get("/api" + at(answer, "docx"))
        page = await http.get(at(answer, "docx"))
        refused = await asked(http, "Colour of the invoice?")
        nothing = await http.get(f"/api/export/conversations/{refused['conversation']}")
    assert told.status_code == page.status_code == nothing.status_code == 422
    assert "may read now" in told.json()["error"]["expected"]
    assert "nothing that could be checked" in read(page.text).text


@pytest.mark.parametrize("mode", ["quotes", "model"])
async def test_words_that_are_not_in_the_source_now_do_not_leave(
    kept: Remembered, mode: str
) -> None:
    contract = kept.library.held[0]
    start = contract.text.index("Either party")
    words = contract.text[start : start + 40]
    good = Cited(contract.version.id, 1, start, start + 40, 99, words)
    said = (
        Said(" ".join(words.split()), (good,)),
        Said(CANARY, (replace(good, words=CANARY + words[len(CANARY) :]),)),
        Said(CANARY, (replace(good, start=start + 1, end=start + 41),)),
        Said(CANARY, (replace(good, start=10**8, end=10**8 + 40),)),
        Said(CANARY, (good, replace(good, words="other"))),
        Said(CANARY, ()),
    )
    turn = Turn(secrets.token_hex(16), now(), "What?", mode=mode, model="m", said=said)
    conversation = secrets.token_hex(16)
    await kept.conversations.keep(conversation, turn, person=ANN.name)
    async with client(kept.parts()) as http:
        told = (await http.get(f"/export/conversations/{conversation}?form=md")).text
    assert CANARY not in told
    assert "**5 sentences are left out" in told
    assert told.count("[^1]") == 2
    assert "page 99" not in told
    assert "page 3: " in told


async def test_in_quotes_nothing_leaves_but_the_words_themselves(kept: Remembered) -> None:
    contract = kept.library.held[0]
    good = Cited(contract.version.id, 1, 0, 24, 1, contract.text[:24])
    said = (Said("Not what stands there.", (good,)), Said(contract.text[:24], (good,)))
    told = {}
    async with client(kept.parts()) as http:
        for mode in ("quotes", "model"):
            turn = Turn(secrets.token_hex(16), now(), "What?", mode=mode, model="m", said=said)
            conversation = secrets.token_hex(16)
            await kept.conversations.keep(conversation, turn, person=ANN.name)
            told[mode] = (await http.get(f"/export/conversations/{conversation}?form=md")).text
    assert "Not what stands there." not in told["quotes"]
    assert "Not what stands there." in told["model"]


async def test_a_turn_of_another_conversation_is_not_there(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        one, other = await asked(http, NOTICE), await asked(http, MEALS)
        told = await http.get(at(one | {"turn": other["turn"]}, "pdf"))
        wrong = await http.get(at(one | {"turn": "../x"}, "pdf"))
        form = await http.get(at(one, "exe"))
    async with client(kept.parts(authenticate=asking_as(BOB))) as http:
        theirs = await http.get(at(one, "pdf"))
    assert told.status_code == theirs.status_code == 404
    assert wrong.status_code == form.status_code == 422


async def test_who_takes_what_away_is_on_record(kept: Remembered) -> None:
    notes = Notes()
    async with client(kept.parts(record=notes)) as http:
        answer = await asked(http, NOTICE)
        await http.get(at(answer, "pdf"))
    [event] = [each for each in notes.events if each.act is Act.TAKE_OUT]
    cited = [each["citations"][0] for each in answer["sentences"]]
    keys = ("document", "version", "start", "end")
    assert event.actor == "ann"
    assert event.about["form"] == "pdf"
    assert event.about["cited"] == [{key: each[key] for key in keys} for each in cited]
    assert NOTICE not in repr(event.about)


async def test_what_cannot_be_noted_does_not_leave(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        answer = await asked(http, NOTICE)
    async with client(kept.parts(record=Notes(fails_at=0))) as http:
        told = await http.get("/api" + at(answer, "md"))
    assert told.status_code == 503
    assert "Either party" not in told.text


async def test_passages_leave_in_the_order_they_were_found() -> None:
    async with client(make_parts()) as http:
        found = (await http.get("/api/search", params={"q": NOTICE})).json()["hits"][:4]
        numbers = [each["passage"] for each in found]
        asked_for = {"q": NOTICE, "passage": [*numbers, numbers[0]], "form": "md"}
        told = await http.get("/api/export/passages", params=asked_for | {"as_of": "2026-01-31"})
    page = rendered(told.content)
    notes = notes_in(page)
    assert len(notes) == 4
    for each, note in zip(found, notes, strict=True):
        assert note.startswith(each["title"])
        assert " ".join(each["text"].split()) in note
    text = "".join(page.itertext())
    assert "Searched, as of 31 January 2026." in text
    assert page.find(".//h1").text == NOTICE


async def test_a_page_of_results_offers_its_passages() -> None:
    async with client(make_parts()) as http:
        found = (await http.get("/api/search", params={"q": NOTICE})).json()["hits"]
        none = (await http.get(f"/api/export/passages?passage={found[0]['passage']}&form=md")).text
    assert none.startswith("# What was found")


async def test_passages_that_one_may_not_read_stay_and_look_like_none() -> None:
    async with client(make_parts()) as http:
        words = "notice termination invoice daily meal allowance"
        found = (await http.get("/api/search", params={"q": words})).json()["hits"]
    secret = next(each["passage"] for each in found if each["document"] == CONTRACT)
    open_ = next(each["passage"] for each in found if "Travel" in each["title"])
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        sent = {"q": "notice", "form": "md"}
        some = await http.get("/api/export/passages", params=sent | {"passage": [secret, open_]})
        same = await http.get("/api/export/passages", params=sent | {"passage": [999_999, open_]})
        none = await http.get("/api/export/passages", params=sent | {"passage": [secret]})
    assert "1 passage is left out" in some.text
    assert "Master Services" not in some.text
    assert some.text == same.text
    assert none.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=x",
        "q=x&passage=a",
        "q=x&passage=0",
        "passage=1&q=" + "x" * 2_001,
        "q=x&passage=1&text=mine",
        "q=x" + "&passage=1" * 51,
    ],
)
async def test_nothing_but_numbers_and_what_was_asked_is_taken(query: str) -> None:
    async with client(make_parts()) as http:
        told = await http.get(f"/api/export/passages?{query}")
    assert told.status_code == 422
    assert source_link(CONTRACT, 1) not in told.text


async def test_pages_offer_what_can_be_saved(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        home = read((await http.get("/", params={"q": NOTICE})).text)
        answer = await asked(http, NOTICE)
        await asked(http, MEALS, conversation=answer["conversation"])
        page = read((await http.get(f"/conversations/{answer['conversation']}")).text)
        links = [a.get("href") or "" for _, a in page.elements]
        offered = [each for each in links if each.startswith("/export/")]
        for each in offered:
            assert (await http.get(each)).status_code == 200
    assert len(offered) == 9
    assert sum((a.get("href") or "").startswith("/export/") for _, a in home.elements) == 3
