"""What a server does again and again: one part that fails keeps no other from being done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.slack.reminders import Reminder, Reminders
from deploy import rounds
from deploy.operations.registry import OPERATIONS
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import Unavailable

DAY = 86_400


class Noting:
    """Notes what is done, and fails at what it is told to."""

    def __init__(self, fails: str = "") -> None:
        self.done: dict[str, Any] = {}
        self.fails = fails

    def does(self, name: str) -> Any:
        async def act(given: Any = None) -> int:
            if name == self.fails:
                raise Unavailable("The disk is full.")
            self.done[name] = given
            return 0

        return act

    async def sync(self, _: object) -> AsyncIterator[None]:
        await self.does("sync")()
        yield

    def parts(self) -> Any:
        return SimpleNamespace(
            settings=SimpleNamespace(audit_days=400, conversation_days=90),
            upkeep=SimpleNamespace(is_due=lambda: True, rebuild=self.does("rebuild")),
            record=SimpleNamespace(prune=self.does("prune record")),
            conversations=SimpleNamespace(lapse=self.does("lapse")),
            review=SimpleNamespace(
                cases=SimpleNamespace(prune=self.does("prune cases")), tidy=self.does("tidy")
            ),
            governing=SimpleNamespace(expire_overdue=self.does("expire")),
            saved=SimpleNamespace(tidy=self.does("tidy searches")),
        )


async def test_a_round_keeps_in_step_and_lets_go_of_what_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noting = Noting()
    monkeypatch.setitem(OPERATIONS, "sync", noting.sync)
    await rounds.once(noting.parts())
    kept = {"sync", "rebuild", "prune record", "lapse", "prune cases", "tidy", "tidy searches"}
    assert set(noting.done) == kept | {"expire"}
    for name in ("prune record", "prune cases"):
        assert 400 * DAY <= now() - noting.done[name] < 402 * DAY
    assert 90 * DAY <= now() - noting.done["lapse"] < 91 * DAY


@pytest.mark.parametrize(("fails", "still"), [("sync", "prune cases"), ("prune cases", "rebuild")])
async def test_what_fails_keeps_nothing_else_from_being_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fails: str, still: str
) -> None:
    noting = Noting(fails)
    monkeypatch.setitem(OPERATIONS, "sync", noting.sync)
    await rounds.once(noting.parts())
    assert still in noting.done
    assert "Unavailable" in caplog.text


async def test_of_what_owners_were_reminded_ends_with_its_time(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'library.db'}")
    await database.migrate()
    record = await KeptRecord.open(tmp_path / "audit")
    parts = Noting().parts()
    parts.database, parts.record, parts.workbench = database, record, None
    one = [Reminder("d" * 32, "2020-01-31", False)]
    for subject, days in (("recent", 399), ("old", 402)):
        await Reminders(database, lambda at=days: now() - at * DAY).begin(subject, "T1", one)
    try:
        await rounds._forget(parts)
        later = Reminders(database)
        assert await later.begin("old", "T1", one) == set(one)
        assert await Reminders(database, lambda: 0).begin("recent", "T1", one) == set()
    finally:
        await record.close()
        await database.close()
