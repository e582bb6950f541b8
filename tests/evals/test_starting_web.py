"""Runs started from the page: who may, what is noted, how far it is, and what is refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.http.app import create_app
from assistant.http.people import People
from assistant.signin.caller import Action, Caller, Means, allowed, may
from assistant.wording import Language, spoken
from deploy.settings import Settings
from evals.running.kept import KeptRuns
from evals.running.run import Told
from evals.starting.bench import Start
from evals.starting.wanted import Wanted, require_known
from evals.suites.reading import own_folder
from evals.web.drafts import DraftPages
from evals.web.evaluations import annex_of
from evals.web.shelf import RunShelf
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.errors import Unavailable
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences, read
from tests.assistant.http_world import make_parts
from tests.assistant.signin.door import form_token, sign_in
from tests.evals.kept_runs import Office, office

PAGE = "/evaluations"
GOLDEN = {"suite": "golden", "configuration": "quotes", "limit": "5", "gate": "on"}


@dataclass
class Pretending:
    """Runs nothing: tells two of five, and ends when it is let; `wanted` is what was asked for."""

    settings: Settings
    wanted: list[tuple[Wanted, str]] = field(default_factory=list)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    has_ended: bool = False
    fails: Exception | None = None
    language: Language | None = None

    async def ready(self, wanted: Wanted, person: str) -> Start:
        require_known(wanted, self.settings.home)
        self.wanted.append((wanted, person))
        return self._start

    async def _start(self, told: Told) -> str:
        self.language = spoken()
        try:
            told(2, 5)
            await self.may_end.wait()
            if self.fails:
                raise self.fails
            return "20261110T090000Z-golden-000000"
        finally:
            self.has_ended = True


@dataclass
class Desk:
    """The office, with what runs suites there."""

    office: Office
    runner: Pretending
    app: Any

    @asynccontextmanager
    async def browser(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        async with _client(self.app) as http:
            assert (await sign_in(http, name)).status_code == 303
            yield http

    async def press(self, http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
        page = (await http.get(PAGE)).text
        assert f'action="{path}"' in page
        return await http.post(path, data={"form_token": form_token(page)} | fields)


def _client(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.1.2.3", 4711))
    headers = {"Sec-Fetch-Site": "same-origin"}
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


def app_of(home: Path, runner: Pretending, parts: Any, **more: Any) -> Any:
    async def lend() -> Any:
        raise Unavailable("Nothing is here.")

    shelf, drafts = RunShelf(KeptRuns(home / "evaluations"), lend), DraftPages(lend)
    return create_app(parts(annexes=(annex_of(shelf, drafts, runner),), **more))  # type: ignore[arg-type]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with office(tmp_path) as opened:
        runner = Pretending(Settings(pincite_home=opened.home))
        record = opened.door.record
        yield Desk(opened, runner, app_of(opened.home, runner, opened.door.parts, record=record))


async def test_a_run_is_started_followed_and_stopped(desk: Desk) -> None:
    async with desk.browser("otto") as http:
        assert (await http.get(f"{PAGE}/at-work")).json() == {"state": ""}
        started = await desk.press(http, PAGE, **GOLDEN)
        assert (started.status_code, started.headers["location"]) == (303, f"{PAGE}#at-work")
        await asyncio.sleep(0)
        assert desk.runner.wanted == [(Wanted("golden", "quotes", limit=5), "otto")]
        told = (await http.get(f"{PAGE}/at-work")).json()
        assert told == {"state": "running", "done": 2, "total": 5}
    async with desk.browser("eve") as http:
        page = (await http.get(PAGE)).text
        assert "2 of 5 cases" in read(page).text
        assert "by otto" in read(page).text
        assert "/evaluations/at-work.js" in page
        assert 'name="suite"' not in page
        assert offences(re.sub(r"<script type=\"module\" src=\"/evaluations.*", "", page)) == []
        stopped = await desk.press(http, f"{PAGE}/at-work/stop")
        assert (stopped.status_code, stopped.headers["location"]) == (303, f"{PAGE}#at-work")
        page = (await http.get(PAGE)).text
        assert "2 of 5 cases were asked" in read(page).text
        assert "pincite eval run golden --config quotes --limit 5 --resume" in read(page).text
        assert "/evaluations/at-work.js" not in page
    assert desk.runner.has_ended
    noted = [each for each in desk.office.door.record.events if each.act is Act.EVALUATE]
    assert [(each.actor, each.about["do"]) for each in noted] == [("otto", "run"), ("eve", "stop")]
    assert noted[0].words == {"suite": "golden", "configuration": "quotes"}
    assert "golden" not in str(noted[0].about)


async def test_what_a_run_leaves_is_english_whoever_starts_it(desk: Desk) -> None:
    async with desk.browser("eve") as http:
        http.headers["Accept-Language"] = "de"
        page = await http.get(PAGE)
        assert 'lang="de"' in page.text
        await desk.press(http, PAGE, **GOLDEN)
        await asyncio.sleep(0)
        assert desk.runner.language is Language.EN
    desk.runner.may_end.set()


async def test_when_it_is_done_the_page_leads_to_it(desk: Desk) -> None:
    desk.runner.may_end.set()
    async with desk.browser("otto") as http:
        await desk.press(http, PAGE, suite="golden", configuration="served")
        await asyncio.sleep(0.01)
        page = (await http.get(PAGE)).text
        assert 'href="/evaluations/20261110T090000Z-golden-000000"' in page
        assert 'name="suite"' in page
    assert desk.runner.wanted[0][0] == Wanted("golden", is_gated=False)


async def test_why_it_failed_is_told(desk: Desk) -> None:
    desk.runner.may_end.set()
    desk.runner.fails = Unavailable("The disk <b>is</b> full.")
    async with desk.browser("otto") as http:
        await desk.press(http, PAGE, **GOLDEN)
        await asyncio.sleep(0.01)
        page = (await http.get(PAGE)).text
    assert "The disk <b>is</b> full." in read(page).text
    assert offences(page) == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("suite", "../../etc/passwd", "a suite that comes along"),
        ("configuration", "/etc/passwd", "a configuration that comes along"),
        ("limit", "none", "from 1 to 100,000"),
        ("minutes", "1e9", "from 1 to 1,440"),
    ],
)
async def test_what_is_refused_says_why_and_keeps_what_was_typed(
    desk: Desk, field: str, value: str, told: str
) -> None:
    async with desk.browser("otto") as http:
        refused = await desk.press(http, PAGE, **(GOLDEN | {field: value}))
    assert refused.status_code == 422
    assert told in read(refused.text).text
    if field != "limit":
        assert 'name="limit" inputmode="numeric" value="5"' in refused.text
    assert desk.runner.wanted == []
    assert Act.EVALUATE not in desk.office.door.record.acts()


async def test_a_second_run_waits(desk: Desk) -> None:
    async with desk.browser("otto") as http:
        page = (await http.get(PAGE)).text
        sent = GOLDEN | {"form_token": form_token(page)}
        assert (await http.post(PAGE, data=sent)).status_code == 303
        second = await http.post(PAGE, data=sent)
        assert second.status_code == 422
        assert "no run at work" in read(second.text).text
    assert len(desk.runner.wanted) == 1
    desk.runner.may_end.set()


async def test_without_a_form_of_ones_own_nothing_begins_or_ends(desk: Desk) -> None:
    async with desk.browser("otto") as http:
        assert (await http.post(PAGE, data=GOLDEN)).status_code == 403
        assert (await http.post(PAGE, data=GOLDEN | {"form_token": "x"})).status_code == 403
        await desk.press(http, PAGE, **GOLDEN)
        assert (await http.post(f"{PAGE}/at-work/stop")).status_code == 403
        assert (await http.get(f"{PAGE}/at-work")).json()["state"] == "running"
    assert len(desk.runner.wanted) == 1
    desk.runner.may_end.set()


async def test_who_is_no_evaluator_starts_sees_and_stops_nothing(desk: Desk) -> None:
    async with desk.browser("ann") as http:
        for method, path in (
            ("POST", PAGE),
            ("GET", f"{PAGE}/at-work"),
            ("POST", f"{PAGE}/at-work/stop"),
            ("GET", f"{PAGE}/at-work.js"),
        ):
            assert (await http.request(method, path, data=GOLDEN)).status_code == 403


async def test_what_cannot_be_noted_is_not_begun(desk: Desk) -> None:
    async with desk.browser("otto") as http:
        page = (await http.get(PAGE)).text
        desk.office.door.record.is_full = True
        refused = await http.post(PAGE, data=GOLDEN | {"form_token": form_token(page)})
        assert refused.status_code == 503
        assert (await http.get(f"{PAGE}/at-work")).json() == {"state": ""}


async def test_what_is_at_work_ends_with_the_server(desk: Desk) -> None:
    async with desk.app.router.lifespan_context(desk.app):
        async with desk.browser("otto") as http:
            await desk.press(http, PAGE, **GOLDEN)
            await asyncio.sleep(0)
        assert not desk.runner.has_ended
    assert desk.runner.has_ended


@pytest.mark.parametrize("attack", XSS[:8])
async def test_nothing_hostile_runs(desk: Desk, attack: str) -> None:
    folder = own_folder(desk.office.home)
    folder.mkdir(parents=True)
    (folder / "torn.yaml").write_text(f"suite: torn\n{attack}: 1\n")
    title = attack.replace("'", "''").replace("\n", " ").strip()
    (folder / "own.yaml").write_text(
        f"suite: own\ntitle: '{title}'\ncases:\n  - {{id: a, question: b}}\n"
    )
    broken = desk.office.home / "evaluations" / "20261110T090000Z-x-0"
    broken.mkdir()
    (broken / "run.json").write_text(attack)
    async with desk.browser("otto") as http:
        sent = {"suite": attack, "configuration": attack, "limit": attack, "minutes": attack}
        refused = await desk.press(http, PAGE, **sent)
        page = (await http.get(PAGE)).text
    for text in (page, refused.text):
        assert offences(text) == []
        assert [tag for tag, _ in read(text).elements].count("script") == 1
    assert "1 run cannot be read" in read(page).text
    assert "20261110T090000Z-x-0/run.json" in page


async def test_a_machine_without_accounts_and_the_demonstration_may_evaluate(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    runner = Pretending(Settings(pincite_home=home))
    app = app_of(home, runner, make_parts)
    async with _client(app) as http:
        assert f'href="{PAGE}"' in (await http.get("/")).text
        page = (await http.get(PAGE)).text
        assert "No run yet: make the first" in read(page).text
        assert (await http.post(PAGE, data=GOLDEN)).status_code == 303
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert (await http.post(PAGE, data=GOLDEN, headers=foreign)).status_code == 403
    runner.may_end.set()
    assert [person for _, person in runner.wanted] == ["ann"]
    people = People((Principal.person("ann"), Principal.person("bob")))
    demo = app_of(home, runner, make_parts, people=people, authenticate=people.authenticate)
    async with _client(demo) as http:
        assert (await http.get(PAGE)).status_code == 200


@pytest.mark.parametrize("means", list(Means))
def test_only_where_there_are_no_accounts_does_the_way_in_let_one_do_an_offices_work(
    means: Means,
) -> None:
    caller = Caller(Principal.person("ann"), None, means, "web")
    offices = {Action.EVALUATE, Action.GOVERN}
    for action in offices:
        assert may(caller, action) is (means in (Means.MACHINE, Means.CHOICE))
    for action in set(Action) - offices - allowed(frozenset()):
        assert not may(caller, action)
