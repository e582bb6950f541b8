"""The administration pages: who may, what they do, and that all of it is on record first."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.administration import Administration
from assistant.answers import Question, Reply, Told, pieces_of, reply_of
from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.http.record_shown import line_of
from assistant.signin.signin import Options
from assistant.stopping import Pieces, Underway
from retrieval.audit.event import Act, Event
from retrieval.audit.reading import Choice
from retrieval.audit.record import Desk, KeptRecord
from retrieval.census import Census
from retrieval.errors import Unavailable
from retrieval.halting import ANSWERS, EVERYTHING, Sort, Target
from retrieval.people.glass import Glasses
from retrieval.people.grants import Addition, Effect, Grants
from retrieval.people.people import Role
from retrieval.plain import plain
from retrieval.sources import Sources
from retrieval.staging import document_id_of
from retrieval.stops import Stops
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary, WordAssistant
from tests.assistant.signin.door import CHEAP, PASSWORD, Door, form_token, sign_in
from tests.shelves import Shelves

LEASE = document_id_of("folder", "lease.txt")
WHY = "court order 7, asked by legal"
PAGES = (
    "/admin",
    "/admin/people",
    "/admin/people/tokens?name=bob",
    "/admin/access",
    "/admin/record",
    "/admin/record/holds",
)
ACTS: dict[str, dict[str, str]] = {
    "/admin/stop": {"what": "answers", "reason": "a drill"},
    "/admin/resume": {"target": "source:folder"},
    "/admin/people": {"name": "dora", "display": "Dora", "groups": "legal, board"},
    "/admin/people/invite": {"name": "bob"},
    "/admin/people/suspend": {"name": "bob"},
    "/admin/people/reinstate": {"name": "gone"},
    "/admin/people/roles": {"name": "bob", "role_reviewer": "on"},
    "/admin/people/join": {"group": "board", "kind": "user", "member": "bob"},
    "/admin/people/leave": {"group": "support", "member": "user:bob"},
    "/admin/access": {
        "effect": "deny",
        "kind": "user",
        "reader": "bob",
        "source": "folder",
        "reason": "left",
    },
    "/admin/access/take-back": {"number": "1"},
    "/admin/access/break-glass": {"document": LEASE, "minutes": "15", "reason": WHY},
    "/admin/access/end-glass": {"number": "1"},
    "/admin/people/tokens": {
        "name": "bob",
        "label": "graphs",
        "scope_read_metrics": "on",
        "days": "30",
    },
    "/admin/people/tokens/revoke": {"name": "bob"},
}
NOTED = {
    "/admin/stop": Act.STOP,
    "/admin/resume": Act.RESUME,
    "/admin/people/join": Act.PERMISSION,
    "/admin/people/leave": Act.PERMISSION,
    "/admin/access": Act.PERMISSION,
    "/admin/access/take-back": Act.PERMISSION,
    "/admin/access/break-glass": Act.GLASS,
    "/admin/access/end-glass": Act.GLASS,
}
EVERY_POST = (
    *ACTS,
    "/admin/record/check",
    "/admin/record/export",
    "/admin/record/holds",
    "/admin/record/holds/release",
    "/admin/record/erase",
)
ALLOWED = {
    "operator": {"/admin", "/admin/stop", "/admin/resume"},
    "admin": {*PAGES, *EVERY_POST},
    "reviewer": set(),
    "evaluator": set(),
    "nothing": set(),
}


class FillableRecord(KeptRecord):
    """A record that can be told that its disk is full."""

    is_full = False

    async def note(self, event: Event) -> int:
        if self.is_full:
            raise Unavailable("The record cannot be written.")
        return await super().note(event)


@dataclass
class StoppableAssistant(WordAssistant):
    """Answers until it is stopped."""

    underway: Underway

    async def ask(self, question: Question) -> Reply:
        return reply_of([piece async for piece in self.stream(question)])

    def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        return self.underway.told(question, self._written(question))  # type: ignore[return-value]

    async def _written(self, question: Question) -> Pieces:
        for piece in pieces_of(await super().ask(question)):
            yield piece


@dataclass
class Office:
    """A server with an administrator, a reader, a library of one document, and a stop."""

    shelves: Shelves
    door: Door
    record: FillableRecord
    administration: Administration
    brought: list[str] = field(default_factory=list)

    def browser(self) -> httpx.AsyncClient:
        stops = self.administration.stops
        assistant = StoppableAssistant(ShelfLibrary(firm()), Underway(stops))
        parts = self.door.parts(
            administration=Part.ready("administration", self.administration),
            assistant=Part.ready("assistant", assistant),
            real=self.shelves.library,
            glass=self.administration.glass,
        )
        transport = httpx.ASGITransport(
            create_app(parts), raise_app_exceptions=False, client=("10.1.2.3", 4711)
        )
        headers = {"Sec-Fetch-Site": "same-origin"}
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.browser() as http:
            assert (await sign_in(http, name)).status_code == 303
            yield http

    async def state(self) -> list[Any]:
        """Return everything that an act could change."""
        own = self.administration
        names = [each.name for each in await own.directory.people()]
        return [
            await own.directory.people(),
            await own.directory.groups(),
            await own.grants.all(),
            await own.glass.all(),
            await own.stops.listed(),
            [await own.credentials.of(name) for name in names if name != "mara"],
            await self.record.held(),
        ]

    async def noted(self) -> list[dict[str, Any]]:
        return await self.record.latest(Choice(), Desk("test", "test"), limit=100)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    record = await FillableRecord.open(tmp_path / "audit")
    door = Door(shelves.database, Options(address="http://testserver"), record=record)
    await door.add("mara", roles=[Role.ADMIN])
    await door.add("bob", ["support"])
    await door.add("gone")
    await door.directory.suspend("gone")
    sources = Sources(shelves.database)
    await sources.put("folder", "files", "/srv/contracts", {})
    await shelves.put("lease.txt", "The lease ends in June.")
    grants, stops = Grants(shelves.database, record), Stops(shelves.database, record)
    glass = Glasses(shelves.database, record)
    addition = Addition(Effect.GRANT, "group:support", "folder", None, "for the move")
    await grants.add(addition, by="mara", origin="web 10.1.2.3")
    brought: list[str] = []

    async def bring_along() -> None:
        brought.append("along")

    administration = Administration(
        directory=door.directory,
        credentials=door.credentials,
        grants=grants,
        glass=glass,
        stops=stops,
        record=record,
        sources=sources,
        census=Census(shelves.database),
        bring_along=bring_along,
    )
    yield Office(shelves, door, record, administration, brought)
    await record.close()
    await shelves.database.close()


async def send(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as a page made for this browser would."""
    token = form_token((await http.get("/")).text)
    return await http.post(path, data=fields | {"form_token": token})


async def prepare(office: Office, path: str) -> None:
    if path == "/admin/resume":
        stop = {"reason": "a drill", "by": "mara", "origin": "test"}
        await office.administration.stops.stop(Target(Sort.SOURCE, "folder"), **stop)
    if path == "/admin/people/tokens/revoke":
        await office.door.token("bob", "ask")
    if path == "/admin/access/end-glass":
        await office.administration.glass.open("mara", LEASE, WHY, 15, origin="test")


@pytest.mark.parametrize("path", ACTS)
async def test_an_act_is_on_record_with_who_and_from_where_or_does_not_happen(
    office: Office, path: str
) -> None:
    await prepare(office, path)
    async with office.signed_in("mara") as http:
        token = form_token((await http.get("/admin")).text)
        before, entries = await office.state(), len(await office.noted())
        office.record.is_full = True
        refused = await http.post(path, data=ACTS[path] | {"form_token": token})
        office.record.is_full = False
        if path != "/admin/stop":
            assert refused.status_code == 503
            assert await office.state() == before
        done = await http.post(path, data=ACTS[path] | {"form_token": token})
    new = (await office.noted())[:-entries]
    assert done.status_code in (200, 303), done.text
    assert await office.state() != before
    [noted] = [each for each in new if each["act"] != Act.EXPORT]
    assert noted["act"] == NOTED.get(path, Act.PERSON)
    assert (noted["actor"], noted["origin"]) == ("mara", "web 10.1.2.3")


@pytest.mark.parametrize("role", ALLOWED)
async def test_each_role_opens_and_does_what_it_may_and_nothing_else(
    office: Office, role: str
) -> None:
    await office.door.add("carl", roles=[Role(role)] if role != "nothing" else [])
    async with office.signed_in("carl") as http:
        for page in PAGES:
            expected = 200 if page in ALLOWED[role] else 403
            assert (await http.get(page)).status_code == expected, page
        if role == "admin":
            return
        before = await office.state()
        for path in EVERY_POST:
            answer = await send(http, path, **ACTS.get(path, {}))
            is_refused = answer.status_code == 403
            assert is_refused is (path not in ALLOWED[role]), path
    if role != "operator":
        assert await office.state() == before


async def test_a_stranger_is_sent_to_sign_in_and_back(office: Office) -> None:
    async with office.browser() as http:
        for page in PAGES:
            answer = await http.get(page)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?next=")
        for path in EVERY_POST:
            assert (await http.post(path, data=ACTS.get(path))).status_code == 303


async def test_a_token_does_what_it_is_for_and_no_more(office: Office) -> None:
    headers = {"Authorization": f"Bearer {await office.door.token('mara', 'stop')}"}
    async with office.browser() as http:
        assert (await http.get("/admin", headers=headers)).status_code == 200
        assert (await http.get("/admin/people", headers=headers)).status_code == 403
        answer = await http.post("/admin/stop", data=ACTS["/admin/stop"], headers=headers)
    assert answer.status_code == 303
    assert [each.target for each in await office.administration.stops.listed()] == [ANSWERS]


@pytest.mark.parametrize("path", EVERY_POST)
async def test_a_form_that_no_page_of_this_browser_made_does_nothing(
    office: Office, path: str
) -> None:
    await prepare(office, path)
    async with office.signed_in("mara") as http:
        before = await office.state()
        for token in ("", "x"):
            sent = ACTS.get(path, {}) | {"form_token": token}
            assert (await http.post(path, data=sent)).status_code == 403
        assert (await http.post(path, data=ACTS.get(path))).status_code == 403
    assert await office.state() == before


async def test_the_way_in_is_shown_to_those_alone_who_have_something_to_do(
    office: Office,
) -> None:
    for name, is_shown in (("mara", True), ("bob", False)):
        async with office.signed_in(name) as http:
            assert ('href="/admin"' in (await http.get("/")).text) is is_shown


async def test_a_stop_stops_answers_until_it_is_resumed(office: Office) -> None:
    asked = {"question": "How much notice must either party give to terminate?"}
    await office.door.add("ann", ["legal"])
    async with office.signed_in("ann") as reader, office.signed_in("mara") as http:
        assert (await reader.post("/api/ask", json=asked)).json()["outcome"] == "answer"
        await send(http, "/admin/stop", what="everything", reason="odd answers")
        page = (await http.get("/admin")).text
        stopped = (await reader.post("/api/ask", json=asked)).json()
        found = await reader.get("/api/search?q=notice")
        await send(http, "/admin/resume", target="everything")
        again = (await reader.post("/api/ask", json=asked)).json()
    assert "Everything is stopped" in page
    assert "odd answers" in page
    assert (stopped["outcome"], stopped["reason"]) == ("refusal", "stopped")
    assert found.status_code == 200
    assert again["outcome"] == "answer"


async def test_a_stop_does_not_wait_for_a_full_record(office: Office) -> None:
    async with office.signed_in("mara") as http:
        token = form_token((await http.get("/admin")).text)
        office.record.is_full = True
        sent = {"what": "everything", "reason": "now", "form_token": token}
        assert (await http.post("/admin/stop", data=sent)).status_code == 303
    assert [each.target for each in await office.administration.stops.listed()] == [EVERYTHING]


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "answers", "reason": "  "},
        {"what": "user", "user_name": "bpb", "reason": "a slip"},
        {"what": "user", "user_name": "", "reason": "a slip"},
        {"what": "source", "source_name": "floder", "reason": "a slip"},
        {"what": "weather", "reason": "rain"},
        {"reason": "nothing chosen"},
    ],
    ids=str,
)
async def test_what_cannot_be_meant_stops_nothing(office: Office, fields: dict[str, str]) -> None:
    async with office.signed_in("mara") as http:
        answer = await send(http, "/admin/stop", **fields)
    assert answer.status_code == 422
    assert "That did not work" in answer.text
    assert await office.administration.stops.listed() == []


async def test_a_person_is_added_and_comes_in_by_the_link_shown_once(office: Office) -> None:
    async with office.signed_in("mara") as http, office.browser() as other:
        answer = await send(http, "/admin/people", **ACTS["/admin/people"], role_operator="on")
        [link] = re.findall(r'value="http://testserver(/invitation/[^"]+)"', answer.text)
        assert (await other.get(link)).status_code == 200
        assert link not in (await http.get("/admin/people")).text
    person = await office.administration.directory.person("dora")
    keys = (await office.administration.directory.principal("dora")).keys
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert person.roles == {Role.OPERATOR}
    assert keys >= {"group:legal", "group:board"}
    assert link not in str(await office.noted())


async def test_what_was_typed_stays_when_a_person_cannot_be_added(office: Office) -> None:
    async with office.signed_in("mara") as http:
        answer = await send(http, "/admin/people", name="bob", display="Another Bob")
    assert answer.status_code == 422
    assert 'value="Another Bob"' in answer.text


async def test_the_suspended_are_out_at_the_next_request(office: Office) -> None:
    async with office.signed_in("bob") as reader, office.signed_in("mara") as http:
        assert (await reader.get("/api/search?q=notice")).status_code == 200
        await send(http, "/admin/people/suspend", name="bob")
        assert (await reader.get("/api/search?q=notice")).status_code == 401
        assert "suspended" in (await http.get("/admin/people?find=bob")).text


@pytest.mark.parametrize("path", ["/admin/people/suspend", "/admin/people/roles"])
async def test_the_last_administrator_stays(office: Office, path: str) -> None:
    await office.door.directory.add("invited", roles=[Role.ADMIN])
    async with office.signed_in("mara") as http:
        refused = await send(http, path, name="mara", role_reviewer="on")
        person = await office.administration.directory.person("mara")
        assert refused.status_code == 422
        assert "another administrator who can sign in" in refused.text
        assert Role.ADMIN in person.roles
        assert not person.is_suspended
        await office.door.directory.set_password("invited", CHEAP.hash(PASSWORD))
        assert (await send(http, path, name="mara")).status_code == 303


async def test_two_administrators_cannot_suspend_each_other(office: Office) -> None:
    await office.door.add("otto", roles=[Role.ADMIN])
    act = office.administration.suspend
    await act("otto", Desk("mara", "test"))
    with pytest.raises(Exception, match="another administrator"):
        await act("mara", Desk("otto", "test"))


async def test_a_denied_person_no_longer_reads_and_the_index_follows(office: Office) -> None:
    library, directory = office.shelves.library, office.administration.directory
    document = await office.shelves.document_id("lease.txt")
    bob = await directory.principal("bob")
    assert await library.versions(document, principal=bob)
    async with office.signed_in("mara") as http:
        fields = {"effect": "deny", "kind": "user", "reader": "bob", "document": document}
        assert (await send(http, "/admin/access", **fields, reason="left")).status_code == 303
        assert office.brought == ["along"]
        with pytest.raises(Exception, match="no such document"):
            await library.versions(document, principal=bob)
        page = read((await http.get("/admin/access")).text).text
        assert "kept out bob" in page
        denied = (await office.administration.grants.all())[-1]
        await send(http, "/admin/access/take-back", number=str(denied.id))
    assert office.brought == ["along", "along"]
    assert await library.versions(document, principal=bob)


@pytest.mark.parametrize(
    "fields",
    [
        {"effect": "maybe"},
        {"kind": "dog"},
        {"reader": ""},
        {"reader": "a b"},
        {"source": ""},
        {"source": "", "document": "0" * 32},
        {"reason": " "},
    ],
    ids=str,
)
async def test_access_that_is_not_well_formed_is_refused(
    office: Office, fields: dict[str, str]
) -> None:
    async with office.signed_in("mara") as http:
        before = await office.state()
        answer = await send(http, "/admin/access", **ACTS["/admin/access"] | fields)
    assert answer.status_code in (404, 422)
    assert "That did not work" in answer.text
    assert await office.state() == before
    assert office.brought == []


async def test_the_record_is_read_in_pages_and_by_filters(office: Office) -> None:
    for number in range(60):
        words = {"question": f"question number {number}"}
        await office.record.note(Event(Act.ASK, "bob", "web 10.0.0.9", {"asked": 1}, words))
    async with office.signed_in("mara") as http:
        newest = (await http.get("/admin/record")).text
        [earlier] = re.findall(r'href="(/admin/record\?before=\d+)"', newest)
        older = (await http.get(earlier)).text
        by_bob = (await http.get("/admin/record?person=bob&act=ask&since=2020-01-01")).text
        none = (await http.get("/admin/record?until=2020-01-01")).text
    first, second = re.findall(r"question number \d+", newest), re.findall(r"number \d+", older)
    assert "question number 59" in first
    assert "question number 0" not in newest
    assert "number 0" in second
    assert len({*first}) + len({*second}) == 60
    assert by_bob.count('<li class="event">') == 50
    assert "No event matches" in none


def test_what_an_entry_is_about_is_told_in_words() -> None:
    about = {
        "asked": 0,
        "as_of": 0,
        "scope": {"as_of": 60, "kinds": [], "statuses": ["draft", "approved"]},
        "cited": [{"document": "d1", "start": 0}, {"document": "d2", "start": 7}],
        "person": "",
        "document": None,
    }
    entry = {"number": 1, "at": 0, "act": "export", "actor": "ann", "origin": "web", "concerns": []}
    line = line_of({**entry, "about": about, "words": "erased"})
    assert line.act.text == "read the record"
    assert line.are_words_erased
    assert [(each.key.text, each.value, each.several) for each in line.details] == [
        ("question no.", "0", 0),
        ("as of", "1 Jan 1970, 00:00 UTC", 0),
        ("scope", "as of 1 Jan 1970, 00:01 UTC, statuses draft, approved", 0),
        ("cited", "document d1, from character 0; document d2, from character 7", 2),
    ]


async def test_a_long_list_is_folded_and_a_short_one_is_not(office: Office) -> None:
    await office.record.note(Event(Act.SOURCE, "bob", "web", {"versions": ["v1", "v2", "v3"]}))
    await office.record.note(
        Event(Act.SOURCE, "bob", "web", {"versions": ["v4", "v5", "v6", "v7"]})
    )
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/record?act=source")).text
    assert "<dd>v1, v2, v3</dd>" in page
    assert "<summary>4</summary>v4, v5, v6, v7</details>" in page


@pytest.mark.parametrize(
    "query",
    ["person=nobody", "act=dance", "since=soon", "until=9999-12-31", "before=x", "before=-1"],
)
async def test_a_filter_that_means_nothing_is_told(office: Office, query: str) -> None:
    async with office.signed_in("mara") as http:
        answer = await http.get(f"/admin/record?{query}")
    assert answer.status_code in (404, 422)
    assert "That did not work" in answer.text


async def test_the_words_of_the_erased_are_gone(office: Office) -> None:
    words = {"question": "a secret wish"}
    await office.record.note(Event(Act.ASK, "bob", "web 10.0.0.9", words=words))
    async with office.signed_in("mara") as http:
        assert "a secret wish" in (await http.get("/admin/record?act=ask")).text
        await office.record.erase("bob")
        page = (await http.get("/admin/record?act=ask")).text
    assert "a secret wish" not in page
    assert "web 10.0.0.9" not in page
    assert "erased" in page


async def test_the_check_tells_a_sound_record_from_another(office: Office, tmp_path: Path) -> None:
    async with office.signed_in("mara") as http:
        sound = await send(http, "/admin/record/check")
        with sqlite3.connect(tmp_path / "audit" / "audit.db") as connection:
            connection.execute("UPDATE audit_events SET at = at + 1 WHERE number = 2")
        broken = await send(http, "/admin/record/check")
    assert "The record is sound" in sound.text
    assert "The record is not sound" in broken.text
    assert "Event 2:" in read(broken.text).text


@pytest.mark.parametrize("payload", XSS)
async def test_hostile_words_are_shown_as_words(office: Office, payload: str) -> None:
    name = re.sub(r"[\s:,]|[^\x20-\x7e]", "", payload)[:60] or "x"
    own = office.administration
    await own.directory.add(name, payload)
    await own.directory.join(name, [f"user:{name}"])
    await own.sources.put(payload[:200], "files", payload, {})
    await own.grants.add(
        Addition(Effect.DENY, f"user:{name}", "folder", None, payload), by=name, origin=payload
    )
    await own.glass.open("mara", LEASE, f"{payload} {WHY}", 15, origin=payload)
    await own.stops.stop(ANSWERS, reason=payload, by=payload, origin=payload)
    about: dict[str, Any] = {payload: payload, "list": [payload, {payload: 1}]}
    await office.record.note(Event(Act.ASK, name, payload, about, {payload: payload}, (name,)))
    async with office.signed_in("mara") as http:
        pages = [(await http.get(page)).text for page in PAGES]
        pages.append((await send(http, "/admin/stop", what=payload, reason=payload)).text)
        pages.append((await send(http, "/admin/access", reader=payload, reason=payload)).text)
        sent = {"document": payload, "minutes": payload, "reason": payload}
        pages.append((await send(http, "/admin/access/break-glass", **sent)).text)
        pages.append((await send(http, "/admin/people", name=payload, display=payload)).text)
        pages.append((await http.get("/admin/record", params={"person": payload})).text)
    for page in pages:
        assert offences(page) == []
        assert page.count("<script") == 1
        assert not re.search(r"<(img|iframe|object|embed|style)\b", page)
    assert plain(payload).split()[0] in read(pages[0]).text


async def test_a_name_is_sent_back_to_the_letter(office: Office) -> None:
    twin = "bob\ufe0f"
    await office.door.directory.add(twin)
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/people")).text
        names = re.findall(r'name="name" value="(bob[^"]*)"', page)
        await send(http, "/admin/people/suspend", name=max(names, key=len))
    assert (await office.administration.directory.person(twin)).is_suspended
    assert not (await office.administration.directory.person("bob")).is_suspended
