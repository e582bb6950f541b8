"""An owner is told that the glass was broken over a document of theirs; nobody else is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from starlette.requests import HTTPConnection

from assistant.http.app import create_app
from assistant.http.owners import sentence
from assistant.signin.caller import Caller, Means
from retrieval.access import Principal
from retrieval.documents import now
from retrieval.people.directory import Directory
from retrieval.people.glass import OWNERS_SEE_DAYS, Glass, Glasses
from retrieval.people.people import Person, Role
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.assistant.http_world import Notes, make_parts
from tests.shelves import Shelves

WHY = "court order 7, asked by legal"
TITLE = "The lease of the hall"
ONLY_LEGAL = frozenset({"group:legal"})
LEA = Principal.person("lea", ["legal"])
BOB = Principal.person("bob", ["support"])
START_OF_A_DAY = 1795_219_200


@dataclass
class House:
    """Two documents, and an administrator who may break the glass over them."""

    shelves: Shelves
    glasses: Glasses

    async def put(self, uri: str, owner: str = "Legal, Priya Raman", **details: object) -> str:
        await self.shelves.put(uri, "The lease ends in June.", owner=owner, **details)
        return await self.shelves.document_id(uri)

    async def open(self, document: str, reason: str = WHY) -> Glass:
        return await self.glasses.open("root", document, reason, 15, origin="test")

    def browser(self, principal: Principal, display: str = "") -> httpx.AsyncClient:
        """Return a browser of somebody; with a name that people use, they have an account."""
        person = Person("1", principal.name, display, frozenset(), is_suspended=False)

        async def authenticate(_: HTTPConnection) -> Caller:
            means = Means.SESSION if display else Means.MACHINE
            return Caller(principal, person if display else None, means, "web test")

        parts = make_parts(real=self.shelves.library, authenticate=authenticate, glass=self.glasses)
        transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://testserver")

    async def pages(self, document: str, principal: Principal, display: str = "") -> list[str]:
        """Return the start page and the document's page, as somebody is shown them."""
        async with self.browser(principal, display) as http:
            return [(await http.get(path)).text for path in ("/", f"/source/{document}/1")]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    await Directory(shelves.database).add("root", roles=[Role.ADMIN])
    yield House(shelves, Glasses(shelves.database, Notes()))
    await shelves.database.close()


def told(page: str) -> list[str]:
    """Return what a page tells of glass."""
    return re.findall(r"<p[^>]*>(An administrator [^<]*)</p>", page)


async def test_the_owner_is_told_on_the_start_page_and_on_the_documents_own(house: House) -> None:
    document = await house.put("lease.txt", title=TITLE)
    glass = await house.open(document)
    start, source = await house.pages(document, LEA)

    assert told(source) == [sentence(glass, now())]
    assert f'href="/source/{document}/1">{TITLE}</a> <span>root, ' in start
    assert f"in the last {OWNERS_SEE_DAYS} days" in start


async def test_an_owner_is_known_by_name_by_display_and_by_group(house: House) -> None:
    document = await house.put("lease.txt", owner="finance; Priya Raman, zoe")
    await house.open(document)
    for principal, display, is_owner in (
        (Principal.person("p17"), "Priya Raman", True),
        (Principal.person("zoe"), "", True),
        (Principal.person("carl", ["Finance"]), "Carl", True),
        (Principal.person("p18"), "Priya", False),
        (Principal.person("raman"), "", False),
    ):
        start, source = await house.pages(document, principal, display)
        assert ("looked-at" in start, bool(told(source))) == (is_owner, is_owner), principal


async def test_another_reader_sees_not_a_byte_of_it(house: House) -> None:
    document = await house.put("lease.txt", title=TITLE)
    before = await house.pages(document, BOB)
    await house.open(document)
    assert await house.pages(document, BOB) == before


async def test_an_owner_who_may_not_read_it_sees_not_a_byte_of_it(house: House) -> None:
    document = await house.put("lease.txt", title=TITLE, owner="bob", readers=ONLY_LEGAL)
    other = await house.put("menu.txt", owner="bob", title="The menu")
    before = await house.pages(document, BOB)
    await house.open(document)
    assert await house.pages(document, BOB) == before

    await house.open(other)
    start, source = await house.pages(document, BOB)
    assert "The menu" in start
    assert TITLE not in start
    assert source == before[1]


async def test_a_denied_owner_and_one_of_what_is_gone_are_told_nothing(house: House) -> None:
    denied = await house.put("a.txt", title=TITLE, denied=frozenset({"user:lea"}))
    gone = await house.put("b.txt", title=TITLE)
    for document in (denied, gone):
        await house.open(document)
    await house.shelves.shelf.remove(gone)
    assert "looked-at" not in (await house.pages(denied, LEA))[0]


async def test_whoever_broke_the_glass_is_no_owner_by_that(house: House) -> None:
    document = await house.put("lease.txt", title=TITLE, readers=ONLY_LEGAL)
    await house.open(document)
    root = replace(Principal.person("root"), glass=frozenset({document}))
    start, source = await house.pages(document, root)
    assert TITLE in source
    assert told(source) == []
    assert "looked-at" not in start


async def test_each_document_stands_once_on_the_start_page_the_last_opened_first(
    house: House,
) -> None:
    ids = [await house.put(f"{at}.txt", title=f"Paper {at}") for at in range(7)]
    for document in (*ids, ids[2], ids[2]):
        await house.open(document)
    start, source = await house.pages(ids[2], LEA)
    assert re.findall(r"Paper \d", start) == [f"Paper {at}" for at in (2, 6, 5, 4, 3, 1, 0)]
    assert "2 more" in start
    assert len(told(source)) == 3
    assert "1 more in the last" in source


async def test_an_older_version_tells_it_too_and_a_question_is_not_interrupted(
    house: House,
) -> None:
    document = await house.put("lease.txt", title=TITLE)
    await house.shelves.put("lease.txt", "The lease ends in May.", title=TITLE, owner="Legal")
    await house.open(document)
    async with house.browser(LEA) as http:
        start = (await http.get("/")).text
        assert f'href="/source/{document}/2"' in start
        assert told((await http.get(f"/source/{document}/1")).text)
        assert "looked-at" not in (await http.get("/?q=lease")).text


@pytest.mark.parametrize("payload", XSS)
async def test_hostile_words_are_shown_as_words(house: House, payload: str) -> None:
    document = await house.put("lease.txt", title=f"{payload} title")
    await house.open(document, f"{payload} {WHY}"[:500])
    for page in await house.pages(document, LEA):
        assert offences(page) == []
        assert page.count("<script") == 1
        assert WHY.split(",")[0] in read(page).text or "looked-at" in page


@pytest.mark.parametrize(
    ("minutes", "seconds", "expected"),
    [
        (15, 0, "can read this from 21 November 2026, 00:00 to 00:15 UTC: why"),
        (15, 899, "can read this from 21 November 2026, 00:00 to 00:15 UTC: why"),
        (15, 900, "could read this from 21 November 2026, 00:00 to 00:15 UTC: why"),
        (60 * 24, 0, "can read this from 21 November 2026, 00:00 to 22 November 2026, 00:00 UTC"),
    ],
)
def test_a_sentence_says_who_when_and_why(minutes: int, seconds: int, expected: str) -> None:
    ends = START_OF_A_DAY + 60 * minutes
    glass = Glass(1, "root", "d", "why", START_OF_A_DAY, ends)
    said = sentence(glass, START_OF_A_DAY + seconds)
    assert said.startswith(f"An administrator (root) {expected}")
