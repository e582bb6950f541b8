"""Metrics over HTTP: for whoever runs the server, in Prometheus' format, and without a word."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from itertools import chain, cycle
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.answers import RefusalReason
from assistant.assistant import Assistant
from assistant.breaker import Breaker
from assistant.compose import Composer
from assistant.course import Ended, Mode
from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.http.parts import Parts
from assistant.measured import Measured, MeasuredModel, MeasuredRecord
from assistant.metrics import Metrics, Trouble
from assistant.model import Failing, ModelFailed
from assistant.prompt import Prompt
from assistant.quotes import Quoter
from assistant.recorded import Recorded
from assistant.signin.caller import Action
from assistant.survey import Survey
from assistant.turns import TakingTurns
from assistant.writer import Writer
from retrieval.census import Census
from retrieval.errors import Unavailable
from retrieval.failures import Failures
from retrieval.halting import Sort, Target
from retrieval.people.people import Role
from retrieval.retriever import Found, Retrieved
from retrieval.sources import Sources
from retrieval.stops import Stops
from tests.assistant.figures import figure_in, samples_of
from tests.assistant.http_client import client
from tests.assistant.http_world import demo_people, make_parts
from tests.assistant.signin.door import Door, opened, sign_in
from tests.assistant.test_quotes import ANSWERS
from tests.assistant.test_writer import Carries
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of
from tests.shelves import Shelves

CANARY = "zq7canary"


async def told() -> bytes:
    return Metrics().exposition()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        await door.add("otto", roles=[Role.OPERATOR])
        await door.add("ada", roles=[Role.ADMIN])
        await door.add("ann")
        door.app = create_app(door.parts(metrics=told))
        yield door


async def status(door: Door, token: str = "", peer: str = "10.1.2.3", **headers: str) -> int:
    sent = headers | ({"Authorization": f"Bearer {token}"} if token else {})
    async with door.client(peer) as http:
        return (await http.get("/metrics", headers=sent)).status_code


@pytest.mark.parametrize("name", ["otto", "ada"])
async def test_a_token_for_the_metrics_reads_them(door: Door, name: str) -> None:
    token = await door.token(name, Action.READ_METRICS)
    async with door.client() as http:
        response = await http.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert figure_in(response.text, "questions_under_way") == 0


async def test_a_token_for_the_metrics_is_good_for_nothing_else(door: Door) -> None:
    headers = {"Authorization": f"Bearer {await door.token('ada', Action.READ_METRICS)}"}
    async with door.client(headers=headers) as http:
        asked = await http.post("/api/ask", json={"question": "How much notice?"})
        found = await http.get("/api/search?q=notice")
        office = await http.get("/admin")
    assert [each.status_code for each in (asked, found, office)] == [403, 403, 403]


async def test_an_operator_reads_them_in_a_browser(door: Door) -> None:
    async with door.client() as http:
        await sign_in(http, "otto")
        assert (await http.get("/metrics")).status_code == 200


async def test_nobody_else_reads_them(door: Door) -> None:
    assert await status(door, await door.token("ann", *Action)) == 403
    assert await status(door, await door.token("otto", Action.STOP)) == 403
    token = await door.token("otto", Action.READ_METRICS)
    await door.directory.suspend("otto")
    assert await status(door, token) == 401


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3"])
async def test_where_a_request_comes_from_counts_for_nothing(door: Door, peer: str) -> None:
    assert await status(door, peer=peer) == 401
    assert await status(door, peer=peer, **{"X-Forwarded-For": "127.0.0.1"}) == 401


async def test_on_a_machine_of_ones_own_its_owner_reads_them() -> None:
    async with client(make_parts(metrics=told)) as http:
        assert (await http.get("/metrics")).status_code == 200
    async with client(make_parts(metrics=told)) as http:
        other = {"Host": "evil.example"}
        assert (await http.get("/metrics", headers=other)).status_code == 421


async def test_a_demonstration_has_none() -> None:
    people = demo_people()
    parts = make_parts(people=people, authenticate=people.authenticate, metrics=told)
    async with client(parts) as http:
        assert (await http.get("/metrics")).status_code == 403


# Not a word


class Titled:
    """Finds what bears the canary, and fails for some questions in words that do too."""

    async def retrieve(self, text: str, **_: object) -> Retrieved:
        if "fail" in text:
            raise Unavailable(f"{CANARY} cannot be read.")
        words = f"The {CANARY} tenant must give notice of six months."
        return await retrieved_of(text, [(f"Lease of {CANARY}", words)])

    async def search(self, text: str, **_: object) -> Sequence[Found]:
        return (await self.retrieve(text)).found


class Chatty:
    """A model that says the canary, rightly, wrongly, or in the message of its failure."""

    name = f"{CANARY}-8B"

    def __init__(self) -> None:
        self.says = cycle([f"The {CANARY} six months. [1.1]", f"False, {CANARY}, false. [1.1]", ""])

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        if said := next(self.says):
            yield said
        else:
            raise ModelFailed(Failing.DOWN, f"{CANARY} is down.")


async def keep_canaries(shelves: Shelves, stops: Stops) -> None:
    """Write the canary wherever SQL can hold it that a survey looks at."""
    await shelves.put(f"{CANARY}.txt", f"Words of {CANARY}.", title=f"About {CANARY}")
    await Sources(shelves.database).put(CANARY, CANARY, f"/{CANARY}", {CANARY: CANARY})
    failures = Failures(shelves.database)
    await failures.save(CANARY, f"{CANARY}.pdf", CANARY, f"{CANARY} is broken", CANARY)
    target = Target(Sort.USER, f"other-{CANARY}")
    await stops.stop(target, reason=CANARY, by=CANARY, origin=CANARY)


def measured_parts(door: Door, shelves: Shelves, stops: Stops) -> Parts:
    """Return parts that are joined as a server joins them, around what says the canary."""
    metrics = Metrics()
    breaker = Breaker(Chatty())
    turns = TakingTurns(MeasuredModel(breaker, metrics))
    metrics.watch_model(turns, breaker)
    assistant = Assistant(
        Titled(),  # type: ignore[arg-type]
        Quoter(EMBEDDER, WORDS.terms, ANSWERS),
        writer=Writer(Composer(str, b"s" * 32), turns, Carries(), metrics),
        watching=metrics,
    )
    recorded = Recorded(assistant, MeasuredRecord(door.record, metrics), CANARY)
    database = shelves.database
    survey = Survey(metrics, Sources(database), Census(database), Failures(database), stops)
    part = Part.ready("assistant", Measured(recorded, metrics))
    return door.parts(assistant=part, metrics=survey.exposition)


@pytest.fixture
async def exposition(tmp_path: Path) -> str:
    """Return the metrics after all has been said and done in words with the canary."""
    shelves = Shelves(tmp_path, f"sqlite:///{tmp_path / 'people.db'}")
    async with opened(tmp_path) as door:
        stops = Stops(shelves.database, door.record)
        await door.add(CANARY, [f"group-{CANARY}"], [Role.OPERATOR])
        await keep_canaries(shelves, stops)
        told = {"Authorization": f"Bearer {await door.token(CANARY, *Action)}"}
        headers = told | {"User-Agent": CANARY, "X-Forwarded-For": CANARY}
        async with client(measured_parts(door, shelves, stops), headers=headers) as http:
            for word in ("one", "two", "three", "fail"):
                asked = {"question": f"How much notice must the {CANARY} tenant give, {word}?"}
                await http.post("/api/ask", json=asked)
                await http.post("/api/ask/stream", json=asked)
            await http.get("/api/search", params={"q": CANARY})
            response = await http.get("/metrics", params={"q": CANARY})
    await shelves.database.close()
    assert response.status_code == 200
    assert CANARY not in str(response.headers).lower()
    return response.text


async def test_no_word_of_anybodys_gets_in(exposition: str) -> None:
    assert figure_in(exposition, "questions_total", mode="model", outcome="answered") == 2
    assert figure_in(exposition, "questions_total", mode="quotes", outcome="answered") == 2
    assert figure_in(exposition, "questions_total", mode="none", outcome="not_supported") == 2
    assert figure_in(exposition, "questions_total", mode="none", outcome="unavailable") == 2
    assert figure_in(exposition, "sentences_withheld_total") == 2
    assert figure_in(exposition, "model_failures_total", failing="down") == 2
    assert figure_in(exposition, "stops_standing", sort="user") == 1
    assert figure_in(exposition, "documents_failing", trouble="other") == 1
    assert figure_in(exposition, "documents") == 1
    assert CANARY not in exposition.lower()


async def test_every_label_is_one_of_a_few(exposition: str) -> None:
    known = {
        "mode": set(Mode),
        "outcome": {*Ended, *RefusalReason},
        "failing": set(Failing),
        "trouble": set(Trouble),
        "sort": set(Sort),
    }
    labelled = [each.labels.items() for each in samples_of(exposition) if each.labels]
    assert labelled
    for name, value in chain.from_iterable(labelled):
        assert value in known[name] if name in known else name == "le" and float(value) > 0


async def test_names_follow_the_conventions(exposition: str) -> None:
    for family in text_string_to_metric_families(exposition):
        assert re.fullmatch(r"(pincite|process)_[a-z]+(_[a-z]+)*", family.name), family.name
        assert family.documentation
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
