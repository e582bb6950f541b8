"""The sources pages: how each source stands, what failed and what to do, and syncing now."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from retrieval.audit.event import Act
from retrieval.documents import now
from retrieval.failures import WHOLE
from retrieval.halting import EVERYTHING, Sort, Target
from tests.assistant.http_client import offences, read
from tests.assistant.source_office import SourceOffice, send, source_office

ONE = "/admin/sources/one?source=contracts"
POSTS = ("/admin/sources/sync", "/admin/sources/retry")
PAGES = ("/admin/sources", ONE)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[SourceOffice]:
    async with source_office(tmp_path) as lent:
        yield lent


async def state_of(office: SourceOffice, name: str = "mara") -> str:
    async with office.signed_in(name) as http:
        page = (await http.get("/admin/sources")).text
    [state] = re.findall(r'data-state="([^"]+)"', page)
    return state


@pytest.mark.parametrize(
    ("name", "expected"), [("mara", 200), ("olga", 200), ("rita", 403), ("bob", 403)]
)
async def test_who_manages_sources_sees_them_and_nobody_else(
    office: SourceOffice, name: str, expected: int
) -> None:
    async with office.signed_in(name) as http:
        for page in PAGES:
            assert (await http.get(page)).status_code == expected
        for path in POSTS:
            answer = await send(http, path, source="nowhere")
            assert answer.status_code == (422 if expected == 200 else 403)


async def test_a_source_that_has_never_run_says_so_and_is_synced_on_a_word(
    office: SourceOffice,
) -> None:
    assert await state_of(office) == "never synced"
    async with office.signed_in("olga") as http:
        assert (await send(http, POSTS[0], source="contracts")).status_code == 303
        await office.settled()
        page = read((await http.get("/admin/sources")).text).text
    assert await state_of(office) == "in step"
    assert "just now" in page
    noted = [each for each in await office.noted() if each["act"] == Act.SOURCE]
    assert {(each["actor"], each["origin"]) for each in noted} == {("olga", "web 10.1.2.3")}
    assert {"sync", "synced"} <= {each["about"]["did"] for each in noted}


async def test_a_sync_is_seen_while_it_goes_on_and_the_next_waits(office: SourceOffice) -> None:
    other = office.folder.with_name("tickets")
    other.mkdir()
    (other / "one.txt").write_text("The printer jams.")
    await office.at.sources.put("tickets", "files", str(other), {"readers": ["group:legal"]})
    office.parser.gate.clear()
    async with office.signed_in("mara") as http:
        await send(http, POSTS[0], source="contracts")
        await send(http, POSTS[0], source="tickets")
        await send(http, POSTS[0], source="tickets")
        await office.parser.came.wait()
        page = (await http.get("/admin/sources")).text
        office.parser.gate.set()
        await office.settled()
        after = (await http.get("/admin/sources")).text
    assert re.findall(r'data-state="([^"]+)"', page) == ["running", "waiting"]
    assert 'data-live="2"' in page
    assert "<progress" in page
    assert re.findall(r'data-state="([^"]+)"', after) == ["in step", "in step"]
    assert 'data-live="15"' in after
    began = [each for each in await office.noted() if each["about"].get("did") == "sync"]
    assert len(began) == 2


async def test_a_source_that_cannot_be_read_is_failing_with_what_to_do_until_it_can(
    office: SourceOffice,
) -> None:
    gone = office.folder.with_name("away")
    office.folder.rename(gone)
    async with office.signed_in("mara") as http:
        await send(http, POSTS[0], source="contracts")
        await office.settled()
        assert await state_of(office) == "failing"
        page = read((await http.get(ONE)).text).text
        assert "The last sync did not reach its end" in page
        assert "Mount or create it" in page
        assert "taken in whole" in page
        gone.rename(office.folder)
        await send(http, POSTS[0], source="contracts")
        await office.settled()
    assert await state_of(office) == "in step"
    assert await office.at.failures.one("contracts", WHOLE) is None


@pytest.mark.parametrize("target", [Target(Sort.SOURCE, "contracts"), EVERYTHING])
async def test_what_is_stopped_is_paused_and_cannot_be_synced(
    office: SourceOffice, target: Target
) -> None:
    stops = office.administration.stops
    await stops.stop(target, reason="a move", by="mara", origin="test")
    assert await state_of(office) == "paused"
    async with office.signed_in("mara") as http:
        answer = await send(http, POSTS[0], source="contracts")
    assert answer.status_code == 422
    assert "which is stopped" in answer.text
    assert not office.keeper.waiting


async def test_a_source_nobody_synced_for_long_is_behind(office: SourceOffice) -> None:
    await office.at.sources.save_cursor("contracts", "")
    async with office.at.database.transaction() as connection:
        old = now() - 10_000
        await connection.exec_driver_sql(f"UPDATE sources SET synced_at = {old}")
    assert await state_of(office) == "behind"


async def test_each_file_that_failed_is_told_and_can_be_tried_again(office: SourceOffice) -> None:
    (office.folder / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 64)
    (office.folder / "empty.txt").write_text("")
    async with office.signed_in("mara") as http:
        await send(http, POSTS[0], source="contracts")
        await office.settled()
        page = read((await http.get(ONE)).text)
        assert "Got: A picture" in page.text
        assert "The file is empty" in page.text
        (office.folder / "empty.txt").write_text("Now there is a word.")
        await send(http, POSTS[1], source="contracts", uri="empty.txt")
        await office.settled()
        failed = await office.at.failures.some("contracts")
        assert [(each.uri, each.attempts) for each in failed] == [("scan.png", 1)]
        await send(http, POSTS[1], source="contracts")
        await office.settled()
        failed = await office.at.failures.some("contracts")
        assert [(each.uri, each.attempts) for each in failed] == [("scan.png", 2)]
        again = await send(http, POSTS[1], source="contracts", uri="lease.txt")
    assert again.status_code == 422


async def test_one_source_that_cannot_be_read_keeps_no_other_back(office: SourceOffice) -> None:
    await office.at.sources.put("a-first", "files", "/nowhere/at/all", {})
    async with office.signed_in("mara") as http:
        await send(http, POSTS[0], source="a-first")
        await send(http, POSTS[0], source="contracts")
        await office.settled()
        page = (await http.get("/admin/sources")).text
    assert re.findall(r'data-state="([^"]+)"', page) == ["failing", "in step"]


async def test_what_a_reason_quotes_of_a_file_is_not_told(office: SourceOffice) -> None:
    await office.at.failures.save(
        "contracts",
        "plan.xlsx",
        "partial",
        "the hidden sheet 'Layoffs canary-7' was left out",
        "x",
    )
    reason = "reading it failed in an unforeseen way (ValueError: 'canary-8' is no date); save it"
    await office.at.failures.save("contracts", "q.pdf", "refused", reason, "x")
    async with office.signed_in("mara") as http:
        page = (await http.get(ONE)).text
    assert "canary" not in page
    assert "The hidden sheet … was left out" in page
    assert "(ValueError)" in page


async def test_names_that_would_run_are_only_shown(office: SourceOffice) -> None:
    hostile = '"><img src=x onerror=alert(1)>\u202e.txt'
    await office.at.sources.put(hostile, "files", "/nowhere", {})
    await office.at.failures.save("contracts", hostile, "refused", hostile, "x")
    async with office.signed_in("mara") as http:
        pages = [(await http.get(page)).text for page in PAGES]
    for page in pages:
        assert offences(page) == []


async def test_long_lists_come_in_pieces(office: SourceOffice) -> None:
    for number in range(120):
        await office.at.failures.save("contracts", f"f{number:03}", "refused", "broken", "x")
    async with office.signed_in("mara") as http:
        seen: list[str] = []
        page = (await http.get(ONE)).text
        for _ in range(3):
            seen += re.findall(r'name="uri" value="(f\d+)"', page)
            further = re.findall(r'href="([^"]+)">More', page)
            if further:
                page = (await http.get(further[0].replace("&amp;", "&"))).text
    assert seen == [f"f{number:03}" for number in range(120)]
    assert not further
