"""Governing documents through the pages and the API: who sees what, who decides, what is undone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from assistant.governing import Governing
from assistant.http.app import create_app
from assistant.http.governing_pages import MOST_OWNERS
from assistant.http.health import Part
from assistant.signin.caller import Action
from assistant.signin.signin import Options
from retrieval.audit.event import Act
from retrieval.documents import Status
from retrieval.people.people import Role
from retrieval.sources import NEW_VERSIONS, Sources
from retrieval.tables import versions
from tests.assistant.signin.door import Door, sign_in
from tests.shelves import Shelves

LEGAL = frozenset({"group:legal"})
BOARD = frozenset({"group:board"})
SECRET = "Merger with Zephyr"
SOON = date.today() + timedelta(days=3)


@dataclass
class Firm:
    """A library, its door, and how its documents are governed."""

    shelves: Shelves
    door: Door

    def __post_init__(self) -> None:
        self.followed = 0
        self.governing = Governing.over(
            self.shelves.database, self.door.record, self.shelves.library, self._bring_along
        )

    async def _bring_along(self) -> None:
        self.followed += 1

    def browser(self, **headers: str) -> httpx.AsyncClient:
        parts = self.door.parts(
            real=self.shelves.library,
            governing=Part.ready("governing", self.governing),
        )
        transport = httpx.ASGITransport(
            create_app(parts), raise_app_exceptions=False, client=("10.1.2.3", 4711)
        )
        return httpx.AsyncClient(
            transport=transport,
            base_url="http://testserver",
            headers={"Sec-Fetch-Site": "same-origin", **headers},
        )

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.browser() as http:
            assert (await sign_in(http, name)).status_code == 303
            yield http

    @asynccontextmanager
    async def program(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        token = await self.door.token(name, Action.READ, Action.GOVERN)
        async with self.browser(Authorization=f"Bearer {token}") as http:
            yield http

    async def id(self, uri: str) -> str:
        return await self.shelves.document_id(uri)

    async def put(self, uri: str, text: str = "Words.", **details: Any) -> str:
        await self.shelves.put(uri, text, **details)
        return await self.id(uri)


@pytest.fixture
async def firm(tmp_path: Path) -> AsyncIterator[Firm]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    door = Door(shelves.database, Options(address="http://testserver"))
    await door.add("stella", ["legal"], [Role.STEWARD])
    await door.add("bodil", ["board"], [Role.STEWARD])
    await door.add("ann", ["legal"])
    await door.add("adam", ["legal"], [Role.ADMIN, Role.REVIEWER])
    await Sources(shelves.database).put("folder", "files", "/srv", {})
    made = Firm(shelves, door)
    await made.put("lease.txt", readers=LEGAL, owner="ann")
    await made.put("policy.txt", readers=LEGAL, status=Status.DRAFT)
    await made.put("merger.txt", title=SECRET, readers=BOARD, owner="Zephyrine")
    yield made
    await shelves.database.close()


def token_in(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


async def posted(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    token = token_in((await http.get("/documents")).text)
    return await http.post(path, data={"form_token": token, **fields})


def hidden_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


async def statuses(firm: Firm, uri: str) -> list[str]:
    async with firm.program("stella") as http:
        told = (await http.get(f"/api/documents/{await firm.id(uri)}")).json()
    return [each["status"] for each in told["versions"]]


async def test_a_steward_looks_at_a_change_then_makes_it_and_it_counts_at_once(firm: Firm) -> None:
    policy = await firm.id("policy.txt")
    async with firm.signed_in("stella") as http:
        looked = await posted(
            http,
            "/documents/preview",
            status="approved",
            note="The board met.",
            **{f"pick-{policy}": "on"},
        )
        assert "1 document would change" in looked.text
        assert await statuses(firm, "policy.txt") == ["draft"]
        made = await http.post("/documents/decide", data=hidden_in(looked.text))
        told = await http.get(made.headers["location"])
        source = (await http.get(f"/source/{policy}/1")).text

    assert made.status_code == 303
    assert "Done: 1 document changed" in told.text
    assert await statuses(firm, "policy.txt") == ["approved"]
    assert firm.followed == 1
    assert re.search(r"Approved by stella on \d+ \w+ \d+, version 1", source)
    assert "The board met." in source
    assert firm.door.record.acts().count(Act.GOVERN) == 1


async def test_nothing_of_what_somebody_may_not_read_is_listed_counted_or_told(firm: Firm) -> None:
    merger = await firm.id("merger.txt")
    async with firm.program("bodil") as http:
        said = {"documents": [merger], "status": "draft", "note": "Not yet."}
        act = (await http.post("/api/governance/decisions", json=said)).json()
    async with firm.program("stella") as http, firm.signed_in("stella") as browser:
        nothing = "0" * 24
        told = [
            await http.get("/api/governance/documents"),
            await http.get("/api/governance/documents?owner=Zephyrine"),
            await http.get("/api/governance/acts"),
            await browser.get("/documents"),
            await browser.get("/documents/acts"),
        ]
        both = [
            [
                await http.get(f"/api/documents/{each}/decisions"),
                await http.post(
                    "/api/governance/plan", json={"documents": [each], "status": "draft"}
                ),
                await http.post("/api/governance/decisions", json={**said, "documents": [each]}),
                await http.post(
                    "/api/governance/decisions",
                    json={
                        "documents": [await firm.id("lease.txt")],
                        "status": "superseded",
                        "superseded_by": each,
                        "note": "x1",
                    },
                ),
            ]
            for each in (merger, nothing)
        ]
        undone = [
            await http.post(f"/api/governance/acts/{each}/undo", json={})
            for each in (act["act"], "0" * 16)
        ]

    for each in told:
        assert each.status_code == 200
        assert not {"Zephyr", merger, "Not yet.", act["act"]} & set(
            re.findall(r"[\w. ]+", each.text)
        )
        assert "Zephyr" not in each.text
    assert told[0].json()["total"] == 2
    assert told[1].json()["total"] == 0
    assert [each.status_code for each in both[0]] == [404] * 4
    assert [each.content for each in both[0]] == [each.content for each in both[1]]
    assert {each.status_code for each in undone} == {404}
    assert undone[0].content == undone[1].content


@pytest.mark.parametrize("name", ["ann", "adam"])
async def test_who_is_no_steward_sees_the_list_and_decides_nothing(firm: Firm, name: str) -> None:
    lease = await firm.id("lease.txt")
    async with firm.signed_in(name) as http:
        page = await http.get("/documents")
        refused = [
            await http.get("/documents/acts"),
            *[
                await posted_without_form(http, path, lease)
                for path in ("/documents/preview", "/documents/decide")
            ],
        ]
    assert "lease.txt" in page.text
    assert "See what would change" not in page.text
    assert {each.status_code for each in refused} == {403}
    assert await statuses(firm, "lease.txt") == ["approved"]


async def posted_without_form(http: httpx.AsyncClient, path: str, document: str) -> httpx.Response:
    return await http.post(path, data={"status": "expired", f"pick-{document}": "on"})


async def test_an_owner_is_listed_what_is_theirs_and_due(firm: Firm) -> None:
    soon = SOON.isoformat()
    async with firm.program("stella") as http:
        said = {"documents": [await firm.id("lease.txt")], "review_by": soon}
        assert (await http.post("/api/governance/decisions", json=said)).status_code == 200
    async with firm.program("ann") as http:
        mine = (await http.get("/api/governance/documents?show=mine")).json()
        due = (await http.get("/api/governance/documents?show=due&order=review")).json()

    assert [each["title"] for each in mine["documents"]] == ["lease.txt"]
    assert [(each["title"], each["review_by"]) for each in due["documents"]] == [
        ("lease.txt", soon)
    ]


async def test_all_that_fit_a_filter_change_in_one_act_and_are_brought_back(firm: Firm) -> None:
    async with firm.program("stella") as http:
        change = {"filter": {"source": "folder"}, "status": "expired", "note": "Old."}
        plan = (
            await http.post("/api/governance/plan", json={**change, "status": "expired"} | {})
        ).status_code
        act = (await http.post("/api/governance/decisions", json=change)).json()
        assert plan == 422, "a plan has no note"
        after = [await statuses(firm, uri) for uri in ("lease.txt", "policy.txt")]
        undone = await http.post(f"/api/governance/acts/{act['act']}/undo", json={"note": "No."})
        twice = await http.post(f"/api/governance/acts/{act['act']}/undo", json={})
    back = [await statuses(firm, uri) for uri in ("lease.txt", "policy.txt")]

    assert act["documents"] == 2
    assert after == [["expired"], ["expired"]]
    assert undone.json()["documents"] == 2
    assert back == [["approved"], ["draft"]]
    assert twice.status_code == 422


async def test_what_was_decided_names_its_documents_and_what_changed(firm: Firm) -> None:
    lease = await firm.id("lease.txt")
    async with firm.program("stella") as http, firm.signed_in("stella") as browser:
        change = {"filter": {"source": "folder"}, "owner": "ann", "review_by": str(SOON)}
        act = (await http.post("/api/governance/decisions", json=change)).json()
        [listed] = (await http.get("/api/governance/acts")).json()["acts"]
        page = (await browser.get("/documents/acts")).text
        for number in range(7):
            await firm.put(f"{number}.txt", readers=LEGAL)
        await http.post("/api/governance/decisions", json=change)
        many = (await browser.get("/documents/acts")).text

    assert listed["act"] == act["act"]
    assert [each["title"] for each in listed["subjects"]] == ["lease.txt", "policy.txt"]
    assert listed["subjects"][0]["change"]["review_by"] == str(SOON)
    assert f'href="/source/{lease}/1">lease.txt</a>' in page
    assert "owner ann" in page
    assert "more document" not in page
    assert "and 2 more documents" in many


async def test_what_changed_since_somebody_looked_is_not_decided(firm: Firm) -> None:
    lease = await firm.id("lease.txt")
    async with firm.program("stella") as http:
        change = {"documents": [lease], "status": "approved"}
        digest = (await http.post("/api/governance/plan", json=change)).json()["digest"]
        await firm.put("lease.txt", "Other words.", readers=LEGAL)
        late = await http.post(
            "/api/governance/decisions", json={**change, "note": "Read.", "digest": digest}
        )
    assert late.status_code == 422
    assert "changed since" in late.text
    assert Act.GOVERN not in firm.door.record.acts()


async def test_a_version_that_waits_is_shown_and_approved(firm: Firm) -> None:
    await Sources(firm.shelves.database).put("folder", "files", "/srv", {NEW_VERSIONS: "draft"})
    lease = await firm.put("lease.txt", "Other words.", readers=LEGAL, owner="ann")
    async with firm.program("stella") as http, firm.signed_in("stella") as browser:
        page = (await browser.get("/documents?show=waiting")).text
        before = await statuses(firm, "lease.txt")
        said = {"documents": [lease], "status": "approved", "note": "Read and compared."}
        await http.post("/api/governance/decisions", json=said)

    assert "version 2 waits to be approved" in page
    assert before == ["draft", "approved"]
    assert await statuses(firm, "lease.txt") == ["approved", "superseded"]


async def test_what_superseded_a_document_is_named_to_whoever_may_read_it(firm: Firm) -> None:
    policy = await firm.id("policy.txt")
    shared = await firm.put("shared.txt", readers=LEGAL | BOARD)
    await firm.door.directory.join("board", ["user:stella"])
    merger = await firm.id("merger.txt")
    async with firm.program("stella") as http:
        for document, by in ((policy, shared), (shared, merger)):
            said = {"documents": [document], "status": "superseded", "superseded_by": by}
            told = await http.post("/api/governance/decisions", json={**said, "note": "New."})
            assert told.status_code == 200
        circle = {"documents": [merger], "status": "superseded", "superseded_by": policy}
        refused = await http.post("/api/governance/decisions", json={**circle, "note": "New."})
    async with firm.signed_in("ann") as http:
        open_ = (await http.get(f"/source/{policy}/1")).text
        closed = (await http.get(f"/source/{shared}/1")).text

    assert refused.status_code == 422
    assert "Another document takes its place" in open_
    assert f"/source/{shared}/1" in open_
    assert "superseded" in closed
    assert SECRET not in closed
    assert merger not in closed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "something to change"),
        ({"status": "approved"}, "a note"),
        ({"owner": "nobody"}, "may come in as owner"),
        ({"review_by": "2020-01-01"}, "from today on"),
        ({"status": "superseded", "note": "New."}, "the document that supersedes"),
        ({"superseded_by": "0" * 24}, "the document that supersedes"),
        ({"status": "declared", "note": "Back."}, "something to change"),
    ],
)
async def test_a_change_that_cannot_be_made_says_why(
    firm: Firm, change: dict[str, str], expected: str
) -> None:
    async with firm.program("stella") as http:
        told = await http.post(
            "/api/governance/decisions", json={"documents": [await firm.id("lease.txt")], **change}
        )
    assert told.status_code == 422
    assert expected in told.text


async def test_an_overdue_review_is_marked_on_the_page(firm: Firm) -> None:
    lease = await firm.id("lease.txt")
    async with firm.shelves.database.transaction() as connection:
        is_lease = versions.c.document_id == lease
        await connection.execute(update(versions).where(is_lease).values(review_by="2026-01-31"))
    async with firm.signed_in("stella") as http:
        source = (await http.get(f"/source/{lease}/1")).text
        listed = (await http.get("/documents?show=overdue")).text

    assert "Its review is overdue since 1 February 2026." in source
    assert "review overdue" in listed
    assert "policy.txt" not in listed


async def test_the_start_page_reminds_an_owner_of_what_is_to_review_and_nobody_else(
    firm: Firm,
) -> None:
    merger = versions.c.document_id == await firm.id("merger.txt")
    lease = versions.c.document_id == await firm.id("lease.txt")
    soon = SOON.isoformat()
    async with firm.shelves.database.transaction() as connection:
        for whose, day in ((lease, soon), (merger, "2026-01-31")):
            given = update(versions).where(whose).values(review_by=day, owner="Finance; Ann")
            await connection.execute(given)
    starts = {}
    for name in ("ann", "stella", "bodil"):
        async with firm.signed_in(name) as http:
            starts[name] = (await http.get("/")).text

    assert "Documents of yours to review" in starts["ann"]
    assert "review by " in starts["ann"]
    assert f">{SECRET}<" not in starts["ann"]
    for other in ("stella", "bodil"):
        assert "to review" not in starts[other]

    async with firm.shelves.database.transaction() as connection:
        await connection.execute(update(versions).where(lease).values(review_by="2026-01-31"))
    async with firm.signed_in("ann") as http:
        assert "was due by 31 January 2026" in (await http.get("/")).text


async def test_what_supersedes_is_named_by_words_of_its_title_or_its_address(firm: Firm) -> None:
    lease, policy = await firm.id("lease.txt"), await firm.id("policy.txt")
    ways = ("polic TXT", f"http://testserver/source/{policy}/1?start=3", policy)
    async with firm.signed_in("stella") as http:
        told = [
            await posted(
                http,
                "/documents/preview",
                status="superseded",
                superseded_by=each,
                note="New.",
                **{f"pick-{lease}": "on"},
            )
            for each in (*ways, "txt", SECRET, "<i>")
        ]
        kept = hidden_in(told[0].text)
        done = await posted(http, "/documents/decide", **kept)

    assert [each.status_code for each in told] == [200, 200, 200, 422, 422, 422]
    assert {hidden_in(each.text)["superseded_by"] for each in told[:3]} == {policy}
    assert all(f'href="/source/{policy}/1">policy.txt</a>' in each.text for each in told[:3])
    assert "which fits several" in told[3].text
    assert "which fits none" in told[4].text
    assert "&lt;i&gt;" in told[5].text
    assert done.status_code == 303
    assert await statuses(firm, "lease.txt") == ["superseded"]


async def test_a_list_is_narrowed_to_titles_and_a_change_keeps_to_it(firm: Firm) -> None:
    async with firm.signed_in("stella") as http:
        listed = (await http.get("/documents?title=LEASE")).text
        plan = await posted(
            http, "/documents/preview", which="all", filter_title="lease", owner_source="on"
        )
        change = {"filter": {"title": "lease"}, "status": "expired", "note": "Old."}
    async with firm.program("stella") as http:
        narrowed = (await http.get("/api/governance/documents?title=lease&order=source")).json()
        act = (await http.post("/api/governance/decisions", json=change)).json()

    assert "lease.txt" in listed
    assert "policy.txt" not in listed
    assert plan.status_code == 200
    assert [each["title"] for each in narrowed["documents"]] == ["lease.txt"]
    assert act["documents"] == 1
    assert await statuses(firm, "policy.txt") == ["draft"]


async def test_of_many_owners_some_are_offered_and_any_can_be_typed(firm: Firm) -> None:
    async with firm.signed_in("stella") as http:
        few = (await http.get("/documents")).text
        for at in range(MOST_OWNERS):
            await firm.put(f"{at:03}.txt", owner=f"Owner {at:03}", readers=LEGAL)
        await firm.put("last.txt", owner="Zoe, the last", readers=LEGAL)
        many = (await http.get("/documents")).text
        typed = (await http.get("/documents", params={"owner": "Zoe, the last"})).text
    assert '<select name="owner">' in few
    assert '<select name="owner">' not in many
    for name in ("some-owners", "owner-names"):
        [offered] = re.findall(f'<datalist id="{name}">(.*?)</datalist>', many)
        assert offered.count("<option") == MOST_OWNERS
    assert typed.count('class="pin-title"') == 1
    assert 'name="owner" type="search"' in typed
    assert 'value="Zoe, the last"' in typed
