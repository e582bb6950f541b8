"""The record as an officer reads it: openings folded, documents named, words for people."""

from __future__ import annotations

import re
from typing import Any

import pytest

from assistant.http import record_words
from assistant.http.languages import COOKIE
from assistant.http.record_shown import document_of, documents_of, line_of, lines_of
from assistant.wording import Language, is_said, speaking
from retrieval.audit.event import Act, Event
from retrieval.audit.reading import Choice
from retrieval.audit.record import Desk
from retrieval.errors import Unavailable
from tests.assistant.http_client import read
from tests.assistant.test_http_admin import Office, office, send

__all__ = ["office"]

DOCUMENT = "0123456789abcdef01234567"
OTHERS = [each for each in Language if each is not Language.EN]


def opening(number: int, **more: Any) -> dict[str, Any]:
    """Return an entry of an opening; `about` is what it says besides the version."""
    about = {"document": DOCUMENT, "version": 1, "what": "page_image"} | more.pop("about", {})
    entry = {"number": number, "at": number * 60, "act": "open", "actor": "bob"}
    return entry | {"origin": "web 10.0.0.9", "concerns": [], "about": about, "words": {}} | more


async def looked(office: Office, document: str, times: int = 6, by: str = "bob") -> None:
    for at in range(times):
        what = "words" if at % 2 else "page_image"
        about: dict[str, Any] = {"document": document, "version": 1, "what": what}
        await office.record.note(Event(Act.OPEN, by, "web 10.0.0.9", about))


# Folding


async def test_one_look_at_a_document_is_one_line_that_unfolds(office: Office) -> None:
    await looked(office, DOCUMENT)
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/record?act=open")).text
    assert page.count('<li class="event">') == 1
    [folded] = re.findall(r"(?s)<details class=\"several event-folded\">.*?</details>", page)
    assert "<summary>6 times</summary>" in folded
    assert folded.count("<li>") == 6
    assert folded.count("picture of a page") == folded.count("places of words") == 3
    numbers = [each["number"] for each in await office.noted() if each["act"] == "open"]
    assert f"{numbers[-1]}–{numbers[0]}" in page


async def test_the_record_and_what_is_saved_of_it_stay_as_they_are(office: Office) -> None:
    await looked(office, DOCUMENT)
    async with office.signed_in("mara") as http:
        saved = (await send(http, "/admin/record/export", act="open")).text
    assert len(saved.splitlines()) == 6
    assert '"what": "page_image"' in saved or '"what":"page_image"' in saved
    kept = await office.record.latest(Choice(acts=frozenset({Act.OPEN})), Desk("t", "t"), limit=9)
    assert len(kept) == 6


@pytest.mark.parametrize(
    "other",
    [
        {"actor": "ann"},
        {"origin": "web 10.0.0.8"},
        {"about": {"version": 2}},
        {"about": {"document": "another"}},
        {"act": "search"},
        {"words": {"note": "said"}},
        {"concerns": ["ann"]},
    ],
)
def test_what_differs_stays_a_line_of_its_own(other: dict[str, Any]) -> None:
    lines = lines_of([opening(9), opening(8), opening(7, **other), opening(6), opening(5)])
    assert [(each.number, len(each.folded)) for each in lines] == [(9, 2), (7, 0), (6, 2)]


def test_a_folded_line_tells_the_first_and_the_last_and_what_each_was() -> None:
    [line] = lines_of([opening(9), opening(8, about={"what": "original"})])
    assert (line.number, line.at, line.folded[-1].at) == (9, 540, 480)
    assert line.span == "1 Jan 1970, 00:08–00:09 UTC"
    assert [each.key.text for each in line.details] == ["document", "version"]
    assert [each.details[0].value for each in line.folded] == [
        "picture of a page",
        "the original file",
    ]


async def test_paging_goes_on_after_the_last_entry_that_was_folded(office: Office) -> None:
    await looked(office, DOCUMENT, times=60)
    async with office.signed_in("mara") as http:
        newest = (await http.get("/admin/record?act=open")).text
        [earlier] = re.findall(r'href="(/admin/record\?[^"]*before=\d+)"', newest)
        older = (await http.get(earlier.replace("&amp;", "&"))).text
    assert "<summary>50 times</summary>" in newest
    assert "<summary>10 times</summary>" in older


# Documents


@pytest.mark.parametrize(
    "given",
    [
        DOCUMENT,
        f"http://pincite.example/source/{DOCUMENT}/1",
        f"https://pincite.example/source/{DOCUMENT}/3?start=10&end=40#lit",
        f"/source/{DOCUMENT}/1/words",
        f"http://pincite.example/api/documents/{DOCUMENT}/versions/2",
    ],
)
async def test_a_document_is_found_by_its_id_and_by_a_pasted_address(
    office: Office, given: str
) -> None:
    await looked(office, DOCUMENT)
    await looked(office, "another", by="ann")
    assert document_of(given) == DOCUMENT
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/record", params={"document": given, "act": "open"})).text
        saved = (await send(http, "/admin/record/export", act="open", document=given)).text
    assert page.count('<li class="event">') == 1
    assert "another" not in page
    assert f'name="document" value="{DOCUMENT}"' in page
    assert len(saved.splitlines()) == 6


def test_what_is_no_address_of_a_document_stays_as_it_is() -> None:
    for given in ("", "x", "http://pincite.example/search?q=a", "source/x"):
        assert document_of(given) == given


async def test_an_id_leads_to_the_record_of_its_document(office: Office) -> None:
    cited: list[Any] = [{"document": DOCUMENT, "version": 1, "passage": 7}]
    await office.record.note(Event(Act.ANSWER, "bob", "web", {"cited": cited}))
    rows: list[Any] = [["d 1", 2, "approved", None], ["d2", 1, None, None]]
    govern: dict[str, Any] = {"do": "approve", "documents": rows}
    await office.record.note(Event(Act.GOVERN, "bob", "web", govern))
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/record")).text
        found = (await http.get(f"/admin/record?document={DOCUMENT}")).text
    for document in (DOCUMENT, "d+1", "d2"):
        assert re.search(rf'href="/admin/record\?document={re.escape(document)}"', page), document
    assert "got an answer" in read(found).text


async def test_a_title_stands_beside_an_id_for_whoever_may_read_it_alone(office: Office) -> None:
    readers = frozenset({"group:board"})
    await office.shelves.put("zqmerger.txt", "The plan.", readers=readers)
    secret = await office.shelves.document_id("zqmerger.txt")
    lease = await office.shelves.document_id("lease.txt")
    for document in (secret, lease):
        await looked(office, document)
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/record?act=open")).text
        assert '<span class="event-title" dir="auto">lease.txt</span>' in page
        assert secret in page
        assert "zqmerger" not in page
        await office.door.directory.join("board", ["user:mara"])
        assert "zqmerger" in (await http.get("/admin/record?act=open")).text


# Words


@pytest.mark.parametrize("language", OTHERS)
def test_every_act_key_and_opening_is_said_in_every_language(language: Language) -> None:
    said = [record_words.ACTS, record_words.KEYS, record_words.OPENED, record_words.DONE]
    assert set(record_words.ACTS) == set(Act)
    with speaking(language):
        lacking = [each for table in said for each in table.values() if not is_said(each)]
    assert lacking == []


async def test_a_page_in_german_says_acts_and_keys_in_german(office: Office) -> None:
    about: dict[str, Any] = {"asked": 7, "is_open": True, "whole": False, "zqnew_key": 1}
    await office.record.note(Event(Act.SHARE, "bob", "web", about))
    async with office.signed_in("mara") as http:
        http.cookies.set(COOKIE, "de")
        page = (await http.get("/admin/record?act=share")).text
    told = " ".join(read(page).text.split())
    for words in ("Gespräch geteilt", "Frage Nr.", "für alle", "ja", "bis zum Ende", "nein"):
        assert words in told
    assert '<span lang="en">zqnew key</span>' in page
    assert page.count('lang="en"') - page.count('<option lang="en"') <= 2
    assert "True" not in told


def test_what_was_done_stands_first_and_in_words() -> None:
    about = {"cases": [3], "do": "give_back", "acts": ["sign_in", "dance"]}
    line = line_of({**opening(1, act="review"), "about": about})
    told = [(each.key.text, each.value) for each in line.details]
    assert told == [("what", "given back"), ("cases no.", "3"), ("acts", "signed in, dance")]


def test_days_that_differ_are_both_told() -> None:
    [line] = lines_of([opening(2, at=90_000), opening(1, at=60)])
    assert line.span == "1 Jan 1970, 00:01 UTC to 2 Jan 1970, 01:00 UTC"


def test_yes_and_no_are_words() -> None:
    line = line_of(opening(1, act="share", about={"is_open": True, "whole": False}))
    told = {each.key.text: each.value for each in line.details}
    assert (told["for everybody"], told["to its end"]) == ("yes", "no")


def test_documents_are_found_wherever_they_stand() -> None:
    about = {"documents": [["d1", 1], "d2"], "cited": [{"document": "d3"}], "source": "d4"}
    assert documents_of([line_of(opening(1, about=about))]) == {DOCUMENT, "d1", "d2", "d3"}


async def test_the_record_is_read_though_the_library_is_not_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def current(*_: object, **__: object) -> None:
        raise Unavailable("The database cannot be reached.")

    lease = await office.shelves.document_id("lease.txt")
    await looked(office, lease)
    monkeypatch.setattr(office.shelves.library, "current", current)
    async with office.signed_in("mara") as http:
        page = await http.get("/admin/record?act=open")
    assert page.status_code == 200
    assert lease in page.text
    assert "lease.txt" not in page.text
