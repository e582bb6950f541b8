"""Breaking the glass on the access page: for oneself, for a reason, for a while."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import update

from retrieval.audit.event import Act
from retrieval.documents import now
from retrieval.people.people import Role
from retrieval.people.tables import glasses
from tests.assistant.http_client import read
from tests.assistant.test_http_admin import WHY, Office, office, send

__all__ = ["office"]
PAGE = "/admin/access"
OPEN, END = f"{PAGE}/break-glass", f"{PAGE}/end-glass"
TITLE = "Minutes of the board"


async def board(office: Office) -> str:
    """Return the id of a document that no administrator may read."""
    await office.shelves.put("board.txt", title=TITLE, readers=frozenset({"group:board"}))
    return await office.shelves.document_id("board.txt")


async def broken(http: httpx.AsyncClient, document: str, /, **more: str) -> httpx.Response:
    return await send(http, OPEN, **{"document": document, "minutes": "15", "reason": WHY} | more)


async def test_an_administrator_opens_one_document_to_themselves_alone(office: Office) -> None:
    document = await board(office)
    await office.door.add("otto", roles=[Role.ADMIN])
    async with office.signed_in("mara") as http, office.signed_in("otto") as other:
        assert (await http.get(f"/source/{document}/1")).status_code == 404
        assert TITLE not in (await http.get(PAGE)).text
        done = await broken(http, document, user="otto", name="otto", by="otto")
        assert (done.status_code, done.headers["location"]) == (303, PAGE)
        mine, theirs = (await http.get(PAGE)).text, (await other.get(PAGE)).text
        assert (await http.get(f"/source/{document}/1")).status_code == 200
        assert (await other.get(f"/source/{document}/1")).status_code == 404
    [glass] = await office.administration.glass.all()
    assert (glass.user_name, glass.document_id, glass.reason) == ("mara", document, WHY)
    assert glass.ends_at - glass.starts_at == 15 * 60
    assert f'<a href="/source/{document}/1">{TITLE}</a>' in mine
    assert TITLE not in theirs
    for page in (mine, theirs):
        assert "open now mara" in read(page).text
        assert WHY in page
    assert f'<span class="id">{document}</span>' in theirs
    assert office.brought == []


async def test_any_administrator_ends_it_early_and_it_stays_listed(office: Office) -> None:
    document = await board(office)
    await office.door.add("otto", roles=[Role.ADMIN])
    async with office.signed_in("mara") as http, office.signed_in("otto") as other:
        await broken(http, document)
        [glass] = await office.administration.glass.all()
        assert (await send(other, END, number=str(glass.id))).status_code == 303
        assert (await http.get(f"/source/{document}/1")).status_code == 404
        page = (await http.get(PAGE)).text
    assert "open now" not in page
    assert WHY in page
    assert END not in page
    newest = next(each for each in await office.noted() if each["act"] == Act.GLASS)
    assert newest["actor"] == "otto"
    assert newest["about"] == {"do": "close", "glass": glass.id, "document": document}
    assert newest["concerns"] == ["mara"]


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": "0"},
        {"minutes": "61"},
        {"minutes": ""},
        {"minutes": "-5"},
        {"minutes": "1e1"},
        {"minutes": "9" * 30},
        {"reason": "too short"},
        {"reason": " " * 40},
        {"reason": "x" * 501},
        {"document": ""},
        {"document": "0" * 32},
        {"document": "x" * 400},
        {"document": "a\0b"},
    ],
    ids=str,
)
async def test_what_is_not_asked_for_properly_opens_nothing(
    office: Office, fields: dict[str, str]
) -> None:
    document = await board(office)
    async with office.signed_in("mara") as http:
        answer = await broken(http, document, **fields)
    assert answer.status_code in (404, 422)
    assert "That did not work" in answer.text
    assert ('value="15"' in answer.text) is ("minutes" not in fields or not fields["minutes"])
    assert await office.administration.glass.all() == []


@pytest.mark.parametrize("number", ["", "x", "-1", "404", "9" * 30, "\u0661"])
async def test_only_a_number_that_is_there_ends(office: Office, number: str) -> None:
    async with office.signed_in("mara") as http:
        answer = await send(http, END, number=number)
    assert answer.status_code in (404, 422)
    assert "number of a broken glass" in answer.text


async def test_a_token_needs_the_scope_to_break_and_none_to_end(office: Office) -> None:
    document = await board(office)
    token = await office.door.token("mara", "manage_access")
    made = await office.administration.glass.open("mara", document, WHY, 5, origin="test")
    async with office.browser() as http:
        http.headers["Authorization"] = f"Bearer {token}"
        page = await http.get(PAGE)
        sent = {"document": document, "minutes": "5", "reason": WHY}
        refused = await http.post(OPEN, data=sent)
        ended = await http.post(END, data={"number": str(made.id)})
    assert (page.status_code, refused.status_code, ended.status_code) == (200, 403, 303)
    assert OPEN not in page.text
    [glass] = await office.administration.glass.all()
    assert not glass.is_open(now())


async def test_all_that_is_open_is_listed_and_the_last_that_ended(office: Office) -> None:
    document = await board(office)
    for at in range(24):
        reason = f"reason number {at:02}"
        made = await office.administration.glass.open("mara", document, reason, 60, origin="test")
        if at:
            async with office.shelves.database.transaction() as connection:
                of_it = update(glasses).where(glasses.c.id == made.id)
                await connection.execute(of_it.values(ends_at=made.starts_at))
    async with office.signed_in("mara") as http:
        page = (await http.get(PAGE)).text
    assert page.count("reason number") == 21
    assert page.index("reason number 00") < page.index("reason number 23")
    assert "reason number 03" not in page
