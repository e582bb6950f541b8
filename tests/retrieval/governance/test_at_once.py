"""Stewards who decide at the same time: each act counts whole or not at all, one after another."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from retrieval.database import Database
from retrieval.errors import BadRequest
from retrieval.governance.decision import Act
from retrieval.governance.tables import decisions
from tests import postgres
from tests.retrieval.governance.office import ANN, GovernedOffice, open_office
from tests.retrieval.people_databases import run_server

__all__ = ["run_server"]

STATUSES = ("approved", "expired", "draft")
ROUNDS = 6


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def office(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[GovernedOffice]:
    url = request.getfixturevalue("server") if request.param == "postgres" else ""
    if url:
        await (await postgres.emptied(Database(url))).close()
    opened = await open_office(tmp_path, monkeypatch, url)
    yield opened
    await opened.database.close()


async def test_acts_at_once_count_one_after_another(office: GovernedOffice) -> None:
    draw = random.Random(5)
    ids = {uri: await office.put(uri) for uri in map(str, range(6))}
    for _ in range(ROUNDS):
        office.clock.pass_()
        wanted = [(draw.sample(sorted(ids), draw.randint(1, 6)), each) for each in STATUSES * 2]
        done = await asyncio.gather(
            *(office.decide([ids[uri] for uri in uris], status) for uris, status in wanted),
            return_exceptions=True,
        )
        acts = {act.id: status for act, (_, status) in zip(done, wanted, strict=True) if _is(act)}
        assert acts
        last = await _last(office, acts)
        for uri, document in ids.items():
            if document in last:
                assert (await office.statuses(uri))[-1] == acts[last[document]]


async def test_an_act_is_undone_once_however_many_undo_it(office: GovernedOffice) -> None:
    document = await office.put("a")
    act = await office.decide(document, "expired")
    done = await asyncio.gather(*(office.undo(act) for _ in range(4)), return_exceptions=True)

    assert [_is(each) for each in done].count(True) == 1
    assert (await office.statuses("a", principal=ANN))[-1] == "approved"


def _is(told: Act | BaseException) -> bool:
    """Return whether an act was done; one that came too late says so in words, and nothing else."""
    assert isinstance(told, Act | BadRequest), told
    return isinstance(told, Act)


async def _last(office: GovernedOffice, acts: dict[str, str]) -> dict[str, str]:
    """Return the act that decided last about each document, and see that each is whole."""
    chosen = select(decisions).where(decisions.c.act.in_(acts)).order_by(decisions.c.id)
    async with office.database.transaction() as connection:
        rows = (await connection.execute(chosen)).all()
    assert {row.act for row in rows} == acts.keys()
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    return {row.document_id: row.act for row in rows}
