"""A source opened: what is found in it, how large it is shown, and what is known of it, to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.signin.caller import Caller, Means
from retrieval.access import Principal
from retrieval.boxes import lines
from retrieval.conversation_turn import Cited, Said
from retrieval.people.people import Person, Role
from tests.assistant.http_client import CONTRACT, POLICY, Dom, client, offences, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, ShelfLibrary, asking_as, make_parts
from tests.assistant.remembered import Remembered, begun, remembered

PAGE = f"/source/{CONTRACT}/1"
NOTICE = "How much written notice must either party give to terminate the agreement?"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path) as kept:
        yield kept


async def opened(http: Any, address: str, **query: Any) -> Dom:
    response = await http.get(address, params=query or None)
    assert response.status_code == 200, response.text
    assert offences(response.text) == []
    return read(response.text)


def classed(page: Dom, name: str) -> list[dict[str, str | None]]:
    return [each for _, each in page.elements if name in (each.get("class") or "").split()]


async def test_finds_words_on_pages_and_in_text() -> None:
    async with client() as http:
        pages = await opened(http, PAGE, find="notice of TERMINATION")
        text = await opened(http, PAGE, find="notice", view="text", hit=2)
        none = await opened(http, PAGE, find="zebra")
    [only] = classed(pages, "sought")
    assert only["id"] == "found"
    assert "1 of 1" in pages.text
    sought = classed(text, "sought")
    assert len(sought) > 2
    assert [each.get("id") for each in sought].index("found") == 1
    assert f"2 of {len(sought)}" in text.text
    steps = {
        each["data-step"]: each["href"] or "" for _, each in text.elements if "data-step" in each
    }
    assert "hit=1&" in steps["-1"] + "&" or "hit=1#" in steps["-1"]
    assert "hit=3" in steps["1"]
    assert "view=text" in steps["1"]
    assert "Not in this document" in none.text


async def test_what_is_sought_is_shown_as_words() -> None:
    async with client() as http:
        page = await opened(http, PAGE, find='"><script>alert(1)</script>')
        long = await http.get(PAGE, params={"find": "x" * 201})
        wrong = await http.get(PAGE, params={"zoom": "300"})
    assert "Not in this document" in page.text
    assert long.status_code == wrong.status_code == 422


async def test_cited_and_sought_words_are_cut_where_either_ends() -> None:
    async with client() as http:
        whole = await opened(http, PAGE, view="text")
        page = await opened(http, PAGE, view="text", start=30, end=80, find="the")
    first, second = (each.text[each.text.index("MASTER SERVICES") :] for each in (whole, page))
    assert first.split() == second.split()
    assert len(classed(page, "sought")) > 5


async def test_pages_are_as_large_as_asked_from_few_widths() -> None:
    async with client() as http:
        fit = await opened(http, PAGE)
        large = await opened(http, PAGE, zoom=150)
    sizes = {each["width"] for tag, each in large.elements if tag == "img" and each["alt"]}
    assert sizes == {"1191"}
    assert classed(large, "is-zoomed")
    assert not classed(fit, "is-zoomed")
    asked = {
        part.split("?width=")[1].split()[0]
        for page in (fit, large)
        for tag, each in page.elements
        if tag == "img"
        for part in f"{each['src']}, {each.get('srcset') or each['src']}".split(", ")
    }
    assert asked == {"200", "600", "1000", "1700", "2400"}


async def test_every_page_has_a_small_picture_that_is_loaded_when_seen() -> None:
    async with client() as http:
        page = await opened(http, PAGE)
    small = [each for tag, each in page.elements if tag == "img" and each["src"].endswith("=200")]  # type: ignore[union-attr]
    assert len(small) == 4
    assert {each["loading"] for each in small} == {"lazy"}


async def test_the_words_of_a_page_lie_where_they_stand() -> None:
    held = next(each for each in firm() if each.version.document_id == CONTRACT)
    third = held.pages[2]
    async with client() as http:
        page = await opened(http, f"{PAGE}/pages/3/words")
        beyond = await http.get(f"{PAGE}/pages/9/words")
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        theirs = await http.get(f"{PAGE}/pages/3/words")
    written = lines(third, held.text[third.start : third.end])
    assert " ".join(page.text.split()) == " ".join(text for text, _ in written)
    assert "Either party may terminate this Agreement" in page.text
    drawn = [each for tag, each in page.elements if tag == "text"]
    for each, (_, (left, top, right, bottom)) in zip(drawn, written, strict=True):
        assert float(each["x"] or 0) == pytest.approx(left)
        assert float(each["textlength"] or 0) == pytest.approx(right - left)
        assert top < float(each["y"] or 0) < bottom
    assert beyond.status_code == theirs.status_code == 404


async def test_an_old_version_leads_to_the_same_words_in_the_newer_one() -> None:
    held = {(each.version.document_id, each.version.number): each for each in firm()}
    old, new = held[POLICY, 1], held[POLICY, 2]
    same = "This policy applies to everyone who travels for work."
    gone = "45 euros"
    async with client() as http:
        pages = [
            await opened(
                http,
                f"/source/{POLICY}/1",
                start=old.text.index(words),
                end=old.text.index(words) + len(words),
            )
            for words in (same, gone)
        ]
    start = new.text.index(same)
    links = [{each.get("href") or "" for _, each in page.elements} for page in pages]
    assert f"/source/{POLICY}/2?start={start}&end={start + len(same)}#lit" in links[0]
    assert "The same words in version 2" in pages[0].text
    assert gone not in new.text
    assert "these words are not in it" in " ".join(pages[1].text.split())
    assert f"/compare/{POLICY}/1/with/{POLICY}/2" in links[1]


async def test_versions_can_be_compared() -> None:
    async with client() as http:
        page = await opened(http, f"/source/{POLICY}/1")
        links = {each.get("href") or "" for _, each in page.elements}
        for each in (f"/compare/{POLICY}/2/with/{POLICY}/1", f"/compare/{POLICY}/1"):
            assert each in links
            assert (await http.get(each)).status_code == 200


async def test_one_sees_where_ones_own_questions_cite_it_and_nobody_elses(
    kept: Remembered,
) -> None:
    contract = kept.library.held[0]
    said = Said("x", (Cited(contract.version.id, 1, 0, 5, 1, contract.text[:5]),))
    theirs = await begun(kept.conversations, BOB.name, said)
    other = await begun(
        kept.conversations, ANN.name, Said("x", (replace(said.cited[0], version=4),))
    )
    async with client(kept.parts()) as http:
        before = await opened(http, PAGE)
        answer = (await http.post("/api/ask", json={"question": NOTICE})).json()
        after = await opened(http, PAGE)
        await http.delete(f"/api/conversations/{answer['conversation']}")
        removed = await opened(http, PAGE)
    assert "Your questions that cite it" not in before.text
    assert NOTICE in after.text
    links = {each.get("href") or "" for _, each in after.elements}
    assert f"/conversations/{answer['conversation']}" in links
    assert not {f"/conversations/{each}" for each in (theirs, other)} & links
    assert NOTICE not in removed.text


def signed_in(name: str, *roles: Role) -> Any:
    """Return what recognises everybody as a person of the legal department with these roles."""
    person = Person("1", name, name, frozenset(roles), is_suspended=False)
    caller = Caller(Principal.person(name, ["legal"]), person, Means.SESSION, "test")

    async def authenticate(_: object) -> Caller:
        return caller

    return authenticate


@pytest.mark.parametrize(
    ("owner", "roles", "is_told"),
    [
        ("Finance", (), False),
        ("Finance; Ann", (), True),
        ("Legal", (), True),
        ("Finance", (Role.REVIEWER, Role.OPERATOR), False),
        ("Finance", (Role.ADMIN,), True),
    ],
)
async def test_readers_are_told_to_owners_and_to_who_manages_access(
    owner: str, roles: tuple[Role, ...], is_told: bool
) -> None:
    first, *rest = firm()
    library = ShelfLibrary([replace(first, version=replace(first.version, owner=owner)), *rest])
    async with client(make_parts(library, authenticate=signed_in("ann", *roles))) as http:
        page = await opened(http, PAGE)
    assert ("group legal" in page.text) is is_told


async def test_a_role_opens_nothing() -> None:
    caller = Caller(
        BOB, Person("2", "bob", "bob", frozenset({Role.ADMIN}), False), Means.SESSION, "test"
    )

    async def authenticate(_: object) -> Caller:
        return caller

    async with client(make_parts(authenticate=authenticate)) as http:
        assert (await http.get(PAGE)).status_code == 404
