"""What is counted on the record: by day, by channel, by what became of it; no word is opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from retrieval.audit import entry
from retrieval.audit.event import Act, Event, Json
from retrieval.audit.record import KeptRecord
from retrieval.audit.usage import Counted
from tests import postgres

TODAY = date(2026, 3, 10)
DAY = 86_400


def at(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())


class Told:
    """A record whose clock is told."""

    def __init__(self, record: KeptRecord, monkeypatch: pytest.MonkeyPatch) -> None:
        self.record = record
        self._monkeypatch = monkeypatch

    async def note(self, day: date, act: Act, who: str = "ann", **about: Json) -> None:
        self._monkeypatch.setattr(entry, "now", lambda: at(day))
        await self.record.note(Event(act, who, "web 10.1.2.3", about, {"question": "Who?"}))


async def fill(told: Told) -> None:
    yesterday, long_ago = TODAY - timedelta(1), TODAY - timedelta(40)
    await told.note(long_ago, Act.ASK, "old", channel="web")
    await told.note(yesterday, Act.ASK, "ann", channel="web")
    await told.note(yesterday, Act.RETRIEVE, "ann", channel="web", milliseconds=9_000)
    await told.note(yesterday, Act.ANSWER, "ann", channel="web", milliseconds=240)
    await told.note(TODAY, Act.ASK, "ann", channel="slack")
    await told.note(
        TODAY, Act.REFUSE, "ann", channel="slack", milliseconds=60, reason="not_supported"
    )
    await told.note(TODAY, Act.ASK, "bob", channel="web")
    await told.note(TODAY, Act.ANSWER, "bob", channel="web", milliseconds=5_010, withheld=2)
    await told.note(TODAY, Act.ASK, "cid")
    await told.note(TODAY, Act.SEARCH, "cid", scope={"channel": "no channel of its own"})
    await told.note(TODAY, Act.RETRIEVE, "dan", what="related", milliseconds=7_000)
    await told.note(TODAY, Act.ASK, "evan", channel="evaluation")
    await told.note(TODAY, Act.ANSWER, "evan", channel="evaluation", milliseconds=99_000)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with postgres.running() as address:
        yield address


async def test_what_was_asked_is_counted_without_words(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await KeptRecord.open(tmp_path / "audit", url=url)
    await fill(Told(record, monkeypatch))
    found = await record.usage(TODAY - timedelta(29), besides="evaluation")
    whole = await record.usage(TODAY - timedelta(60))
    nothing = await record.usage(TODAY + timedelta(5))
    await record.close()
    assert found.total == Counted(asked=4, answered=2, refused=1, short=1)
    assert found.by_day == {
        TODAY - timedelta(1): Counted(asked=1, answered=1),
        TODAY: Counted(asked=3, answered=1, refused=1, short=1),
    }
    assert found.people_by_day == {TODAY - timedelta(1): 1, TODAY: 3}
    assert found.people == 3
    assert found.by_channel == {
        "web": Counted(asked=2, answered=2, short=1),
        "slack": Counted(asked=1, refused=1),
        "": Counted(asked=1),
    }
    assert (found.reasons, found.searches) == ({"not_supported": 1}, 1)
    assert found.seconds == (0.3, 5.1)
    assert (whole.total.asked, whole.people) == (6, 5)
    assert nothing.total == Counted()
    assert nothing.seconds is None


async def test_an_empty_record_has_nothing_to_count(tmp_path: Path) -> None:
    record = await KeptRecord.open(tmp_path / "audit")
    found = await record.usage(TODAY)
    await record.close()
    assert (found.total, found.people, found.seconds) == (Counted(), 0, None)
