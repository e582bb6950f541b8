"""Credentials and failed sign-ins behave alike on every database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from retrieval.database import Database
from retrieval.errors import BadRequest, NotFound
from retrieval.people.attempts import LONGEST_WAIT_SECONDS, Allowance, Attempts
from retrieval.people.credentials import CredentialKind, Credentials, digest_of, lasting
from retrieval.people.directory import Directory
from retrieval.people.tables import credentials as kept
from retrieval.people.tables import sign_in_failures
from tests.retrieval.people_databases import open_database, run_server  # noqa: F401 - fixtures

SESSION, TOKEN, INVITATION = CredentialKind


@dataclass
class Clock:
    instant: int = 1_000_000_000

    def __call__(self) -> int:
        return self.instant


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def credentials(database: Database, clock: Clock) -> Credentials:
    await Directory(database).add("ann")
    return Credentials(database, idle_seconds=100, clock=clock)


async def test_a_secret_proves_its_person_until_it_expires(
    credentials: Credentials, clock: Clock
) -> None:
    secret, made = await credentials.make(
        "ann", TOKEN, lasts_seconds=500, label="nightly", scopes=["search", "ask"]
    )
    proven = await credentials.prove(secret, TOKEN)
    assert proven
    assert proven.person.name == proven.principal.name == "ann"
    assert proven.credential == made
    assert made.scopes == {"ask", "search"}
    clock.instant += 499
    assert await credentials.prove(secret, TOKEN)
    clock.instant += 1
    assert await credentials.prove(secret, TOKEN) is None


async def test_only_a_digest_is_kept(credentials: Credentials, database: Database) -> None:
    secret, _ = await credentials.make("ann", SESSION, lasts_seconds=500)
    async with database.transaction() as connection:
        [row] = (await connection.execute(select(kept))).all()
    assert row.digest == digest_of(secret)
    assert secret not in str(row)


async def test_a_one_time_link_is_spent_by_one_of_many(credentials: Credentials) -> None:
    secret, _ = await credentials.make("ann", INVITATION, lasts_seconds=500)
    assert not await credentials.spend(secret, SESSION)
    spent = await asyncio.gather(*(credentials.spend(secret, INVITATION) for _ in range(5)))
    assert sorted(spent) == [False] * 4 + [True]


async def test_an_idle_session_ends_and_a_token_does_not(
    credentials: Credentials, clock: Clock
) -> None:
    session, _ = await credentials.make("ann", SESSION, lasts_seconds=5_000)
    token, _ = await credentials.make("ann", TOKEN, lasts_seconds=5_000)
    for _ in range(3):
        clock.instant += 99
        assert await credentials.prove(session, SESSION)
    clock.instant += 100
    assert await credentials.prove(session, SESSION) is None
    assert await credentials.prove(token, TOKEN)


async def test_revoking_one_or_all_leaves_the_others(credentials: Credentials) -> None:
    made = [await credentials.make("ann", kind, lasts_seconds=500) for kind in CredentialKind]
    await credentials.revoke(made[0][1].id)
    with pytest.raises(NotFound):
        await credentials.revoke(made[0][1].id)
    assert await credentials.prove(made[1][0], TOKEN)
    assert await credentials.revoke_all("ann", [TOKEN]) == 1
    assert [each.kind for each in await credentials.of("ann")] == [INVITATION]
    assert await credentials.revoke_all("nobody") == 0


async def test_nobody_and_the_suspended_get_none(
    credentials: Credentials,
    database: Database,
) -> None:
    await Directory(database).suspend("ann")
    for name in ("ann", "zed"):
        with pytest.raises(NotFound):
            await credentials.make(name, TOKEN, lasts_seconds=500)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_tokens_last_for_days_within_a_year(days: int) -> None:
    with pytest.raises(BadRequest):
        lasting(days)
    assert lasting(1) == 86_400


async def test_waits_double_up_to_a_quarter_of_an_hour(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, Allowance(of_pair=1, of_address=99), clock=clock)
    waits = []
    for _ in range(14):
        assert await attempts.begin("ann", "10.0.0.1") == 0
        waits.append(await attempts.begin("ann", "10.0.0.1"))
        clock.instant += waits[-1]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT_SECONDS


async def test_attempts_at_once_are_all_counted(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, clock=clock)
    waits = await asyncio.gather(*(attempts.begin("ann", "10.0.0.1") for _ in range(12)))
    assert sum(wait == 0 for wait in waits) == 5


async def test_each_way_in_has_a_count_of_its_own(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, Allowance(of_pair=9, of_address=2), clock=clock)
    for _ in range(2):
        assert await attempts.begin_by("oidc", "10.0.0.1") == 0
    assert await attempts.begin_by("oidc", "10.0.0.1") == 1
    assert await attempts.begin_by("oidc", "10.0.0.2") == 0
    assert await attempts.begin_by("token", "10.0.0.1") == 0
    assert await attempts.begin("ann", "10.0.0.1") == 0
    await attempts.take_back("oidc", "10.0.0.1")
    assert await attempts.begin_by("oidc", "10.0.0.1") == 0


async def test_a_busy_address_is_let_off_one_failure_each_quarter_of_an_hour(
    database: Database, clock: Clock
) -> None:
    attempts = Attempts(database, Allowance(of_pair=99, of_address=2), clock=clock)
    clock.instant -= clock.instant % LONGEST_WAIT_SECONDS
    for day in range(6):
        assert await attempts.begin(f"typo{day}", "10.0.0.1") == 0
        for _ in range(9):  # others come in all the time
            clock.instant += LONGEST_WAIT_SECONDS // 9
            assert await attempts.begin("ann", "10.0.0.1") == 0
            await attempts.succeed("ann", "10.0.0.1")
        clock.instant += LONGEST_WAIT_SECONDS % 9
    for name in ("bob", "carl"):
        waits = [await attempts.begin(name, "10.0.0.1") for _ in range(2)]
    assert max(waits) > 0


async def test_whoever_never_stops_gets_one_attempt_a_quarter_of_an_hour(
    database: Database, clock: Clock
) -> None:
    attempts = Attempts(database, Allowance(of_pair=1, of_address=2), clock=clock)
    started, judged = clock.instant, 0
    while clock.instant < started + 6 * 3600:
        judged += await attempts.begin_by("oidc", "10.0.0.1") == 0
        clock.instant += 60
    assert 6 * 4 <= judged <= 6 * 4 * 2


async def test_success_forgets_and_so_does_a_day(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, Allowance(of_pair=1, of_address=2), clock=clock)
    for _ in range(20):
        assert await attempts.begin("ann", "10.0.0.1") == 0
        await attempts.succeed("ann", "10.0.0.1")
    for name in ("bob", "carl"):
        assert await attempts.begin(name, "10.0.0.1") == 0
    assert await attempts.begin("dan", "10.0.0.1") > 0
    clock.instant += 86_401
    assert await attempts.begin("dan", "10.0.0.1") == 0
    async with database.transaction() as connection:
        rows = (await connection.execute(select(sign_in_failures))).all()
    assert len(rows) == 2
    assert "dan" not in str(rows)
