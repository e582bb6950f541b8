"""Usage, health and models, tokens, holds and erasing: what is shown, to whom, and what it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.administration import Administration
from assistant.checkup import Look, ModelSeen, PartState, Verifying
from retrieval.audit.event import Act, Event
from retrieval.audit.record import Desk
from retrieval.errors import BadRequest
from tests.assistant.http_client import offences, read
from tests.assistant.source_office import SourceOffice, send, source_office

MODEL = ModelSeen(
    name="granite-8b",
    revision="r7",
    source="https://models.example.org",
    licence="Apache-2.0",
    weights="a" * 64,
    template="b" * 64,
    files=7,
    size=16_000_000_000,
    added_at=1_760_000_000,
    is_served=True,
)


class ScriptedCheckups:
    """Says how parts are as it was told to; what is to be looked at is only noted."""

    def __init__(self, *looks: Look) -> None:
        self.told = looks
        self.begun: list[str] = []

    def looks(self) -> Sequence[Look]:
        return self.told

    def begin(self, parts: Collection[str] = ()) -> None:
        if parts and not set(parts) <= {each.part for each in self.told}:
            raise BadRequest("Expected a part, got another.")
        self.begun += parts or ["all"]


class ScriptedModels:
    """A register of these models; a verification is only noted."""

    def __init__(self, *models: ModelSeen, served: str = "granite-8b") -> None:
        self.models = models
        self.served = served
        self.verifying: Verifying | None = None
        self.failed = ""
        self.begun: list[tuple[str, str]] = []

    async def listed(self) -> Sequence[ModelSeen]:
        return self.models

    def begin(self, name: str, by: str, origin: str) -> None:
        if self.verifying:
            raise BadRequest("Expected no verification to go on, got one. Wait for its end.")
        self.begun.append((name, by))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[SourceOffice]:
    async with source_office(tmp_path) as lent:
        yield lent


def given(office: SourceOffice, **parts: Any) -> None:
    """Give the office more parts."""
    office.administration = replace(office.administration, **parts)


async def ask(office: SourceOffice, person: str, end: Act, **about: Any) -> None:
    asked = {"channel": "web"}
    await office.record.note(Event(Act.ASK, person, "web 10.1.2.3", asked, {"question": "canary"}))
    told = {"channel": "web", "milliseconds": 320} | about
    await office.record.note(Event(end, person, "web 10.1.2.3", told, {"answer": "canary"}))


async def test_usage_is_counted_for_those_who_read_figures_and_shows_no_words(
    office: SourceOffice,
) -> None:
    await ask(office, "bob", Act.ANSWER)
    await ask(office, "bob", Act.ANSWER, withheld=1)
    await ask(office, "rita", Act.REFUSE, reason="not_supported")
    for name, status in (("mara", 200), ("olga", 200), ("rita", 403), ("bob", 403)):
        async with office.signed_in(name) as http:
            answer = await http.get("/admin/usage?days=7")
            assert answer.status_code == status
            if status == 200:
                told = " ".join(read(answer.text).text.split())
                assert "canary" not in answer.text
                assert offences(answer.text) == []
                for figure in ("Questions3", "Answered67 %", "Refused33 %", "asked2"):
                    assert figure in told
                assert "The sources did not carry an answer" in told
            assert (await http.get("/admin/usage?days=8")).status_code == (
                422 if status == 200 else 403
            )


async def test_health_tells_each_part_and_what_to_do_the_wrong_ones_first(
    office: SourceOffice,
) -> None:
    wrong = "Expected a server at http://x, got none. Start it."
    checkups = ScriptedCheckups(
        Look("database", PartState.SOUND, "3 documents", 1_760_000_000, 1_750_000_000),
        Look("language model", PartState.WRONG, wrong, 1_760_000_000, 1_760_000_000),
        Look("Slack", PartState.UNSEEN),
    )
    given(office, checkups=checkups)
    async with office.signed_in("olga") as http:
        page = (await http.get("/admin/health")).text
        assert (await send(http, "/admin/health/look", part="database")).status_code == 303
        assert (await send(http, "/admin/health/look")).status_code == 303
        assert (await send(http, "/admin/health/look", part="moon")).status_code == 422
    told = read(page).text
    assert told.index("Language model") < told.index("Database")
    assert "1 part is wrong" in told
    assert "Start it." in told
    assert offences(page) == []
    assert checkups.begun == ["database", "all"]
    async with office.signed_in("rita") as http:
        assert (await http.get("/admin/health")).status_code == 403
        assert (await send(http, "/admin/health/look")).status_code == 403


async def test_the_register_tells_which_model_answers_and_whether_it_is_the_registered_one(
    office: SourceOffice,
) -> None:
    changed = replace(
        MODEL, name="other", is_served=False, verified_at=1_760_000_100, troubles=("x is changed",)
    )
    models = ScriptedModels(MODEL, changed)
    given(office, models=models)
    async with office.signed_in("mara") as http:
        page = (await http.get("/admin/models")).text
        assert (await send(http, "/admin/models/verify", name="other")).status_code == 303
        assert (await send(http, "/admin/models/verify", name="none")).status_code == 422
        models.verifying = Verifying("other", 2, 7)
        assert (await send(http, "/admin/models/verify")).status_code == 422
        busy = (await http.get("/admin/models")).text
    told = read(page).text
    assert "Apache-2.0" in told
    assert "x is changed" in told
    assert "not since it was registered" in told
    assert "a" * 64 in told
    assert "2 of 7 files" in busy
    assert models.begun == [("other", "mara")]
    given(office, models=ScriptedModels(served="unknown-7b"))
    async with office.signed_in("mara") as http:
        page = read((await http.get("/admin/models")).text).text
    assert "is not registered" in page


async def test_an_administrator_makes_no_token_that_reads_as_somebody_else(
    office: SourceOffice,
) -> None:
    async with office.signed_in("mara") as http:
        for scope in ("ask", "search", "read", "act", "review", "read_audit", "manage_people"):
            sent = {"name": "bob", "label": "x", "days": "9", f"scope_{scope}": "on"}
            answer = await send(http, "/admin/people/tokens", **sent)
            assert answer.status_code == 422, scope
        assert await office.administration.credentials.of("bob") == []
        sent = {"name": "mara", "label": "my own", "days": "9", "scope_ask": "on"}
        own = await send(http, "/admin/people/tokens", **sent)
        [token] = [
            attributes["value"]
            for tag, attributes in read(own.text).elements
            if tag == "input" and attributes.get("aria-label") == "The token"
        ]
        shown_again = await http.get("/admin/people/tokens?name=mara")
    assert own.status_code == 200
    assert token
    assert token not in shown_again.text
    assert "my own" in shown_again.text
    headers = {"Authorization": f"Bearer {token}"}
    async with office.browser() as program:
        assert (await program.get("/api/conversations", headers=headers)).status_code != 401


async def test_a_token_that_was_ended_opens_nothing(office: SourceOffice) -> None:
    token = await office.door.token("bob", "search")
    [made] = await office.administration.credentials.of("bob")
    headers = {"Authorization": f"Bearer {token}"}
    async with office.signed_in("mara") as http, office.browser() as program:
        assert (await program.get("/api/search?q=lease", headers=headers)).status_code == 200
        path = "/admin/people/tokens/revoke"
        assert (await send(http, path, name="bob", credential=made.id)).status_code == 200
        assert (await program.get("/api/search?q=lease", headers=headers)).status_code == 401
        assert (await send(http, path, name="bob", credential=made.id)).status_code == 404


async def test_the_record_is_searched_by_words_and_saved_as_it_is_filtered(
    office: SourceOffice,
) -> None:
    await ask(office, "bob", Act.ANSWER)
    await ask(office, "rita", Act.ANSWER)
    async with office.signed_in("mara") as http:
        found = await http.get("/admin/record", params={"text": "CANARY", "person": "bob"})
        none = await http.get("/admin/record", params={"text": "wombat"})
        saved = await send(http, "/admin/record/export", text="canary", act="ask")
    assert found.text.count('class="event"') == 2
    assert "No event matches" in none.text
    assert saved.headers["content-disposition"].startswith("attachment")
    lines = [json.loads(line) for line in saved.text.splitlines()]
    assert [(each["act"], each["actor"]) for each in lines] == [("ask", "bob"), ("ask", "rita")]
    looked = [each for each in await office.noted() if each["act"] == Act.EXPORT]
    assert "CANARY" not in str([each["about"] for each in looked])
    assert any(each["words"].get("text") == "CANARY" for each in looked)


async def test_somebody_under_a_hold_is_not_erased_and_a_slip_erases_nobody(
    office: SourceOffice,
) -> None:
    erased: list[tuple[str, str]] = []

    async def erase(person: str, desk: Desk) -> Mapping[str, object]:
        erased.append((person, desk.by))
        return {"pseudonym": await office.record.erase(person, desk)}

    given(office, erase=erase)
    await ask(office, "bob", Act.ANSWER)
    async with office.signed_in("mara") as http:
        held = await send(http, "/admin/record/holds", person="bob", reason="case 7")
        assert held.status_code == 303
        assert "case 7" in (await http.get("/admin/record/holds")).text
        refused = await send(http, "/admin/record/erase", person="bob", again="bob")
        assert refused.status_code == 422
        await send(http, "/admin/record/holds/release", person="bob")
        slip = await send(http, "/admin/record/erase", person="bob", again="rob")
        assert slip.status_code == 422
        done = await send(http, "/admin/record/erase", person="bob", again="bob")
    assert done.status_code == 200
    assert "Name and words are unreadable for good" in done.text
    assert erased == [("bob", "mara"), ("bob", "mara")]
    async with office.signed_in("olga") as http:
        assert (await http.get("/admin/record/holds")).status_code == 403
        assert (
            await send(http, "/admin/record/erase", person="mara", again="mara")
        ).status_code == 403


async def test_where_a_part_is_not_there_its_page_is_not(office: SourceOffice) -> None:
    own = office.administration
    office.administration = Administration(
        **{
            name: getattr(own, name)
            for name in (
                "directory",
                "credentials",
                "grants",
                "glass",
                "stops",
                "record",
                "sources",
                "census",
                "bring_along",
            )
        }
    )
    async with office.signed_in("mara") as http:
        for page in ("sources", "upload", "health", "models"):
            assert (await http.get(f"/admin/{page}")).status_code == 404
    await asyncio.sleep(0)
