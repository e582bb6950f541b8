"""A ticket asked for, confirmed and created, through the whole workbench, and after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from retrieval.errors import Unavailable
from tests.tools.benches import Bench
from tests.tools.far.jira import FakeJira
from tests.tools.far.serving import serving
from tools.box.desk import CreateTicket, LookUpTicket
from tools.box.desk_jira import JiraDesk
from tools.call import Call
from tools.confirmation import Confirmation, Done, Standing
from tools.far import FarSystem

TICKET = Call("desk.create_ticket", {"queue": "RIM", "title": "Lieferverzug", "text": "Prüfen."})


@pytest.fixture
def jira() -> Iterator[FakeJira]:
    with serving(FakeJira()) as far:
        yield far


async def equipped(bench: Bench, jira: FakeJira) -> None:
    """Give the workbench hands for this Jira, as a start does."""
    desk = JiraDesk(FarSystem("Jira", jira.url, private=True), {"RIM": "Task"})
    for each in (CreateTicket(desk), LookUpTicket(desk)):
        bench.swap(each)
    bench.again()
    await bench.secrets.set("ann", "Jira", "ann-token", origin="web 1.1.1.1")


async def crashed(bench: Bench, jira: FakeJira, patch: Any) -> Confirmation:
    """Have a ticket confirmed by a process that is gone before it keeps what came of it."""
    await equipped(bench, jira)
    waiting = await bench.waiting(TICKET)

    async def gone(*_: Any) -> bool:
        raise Unavailable("gone")

    patch.setattr(bench.calls, "close", gone)
    await bench.confirm(waiting)
    patch.undo()
    bench.clock.forward(61)
    await equipped(bench, jira)
    return waiting


async def standing(bench: Bench, waiting: Confirmation) -> Standing:
    found = await bench.workbench.confirmation(waiting.id, asker=bench.people.person("ann"))
    return found.standing


async def test_a_ticket_is_created_once_it_is_confirmed(bench: Bench, jira: FakeJira) -> None:
    await equipped(bench, jira)
    waiting = await bench.waiting(TICKET)
    assert jira.noted == []
    assert "RIM" in waiting.will
    assert {each.value for each in waiting.shown} == set(TICKET.arguments.values())

    done = await bench.confirm(waiting)

    assert isinstance(done, Done)
    assert done.result.ids == ("RIM-1",)
    assert len(jira.issues) == 1
    assert jira.people == {"ann"}


async def test_after_a_crash_the_record_says_which(
    bench: Bench, jira: FakeJira, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await crashed(bench, jira, monkeypatch)
    jira.settle()

    await bench.workbench.settle()

    assert len(jira.issues) == 1
    assert await standing(bench, waiting) is Standing.DONE


async def test_after_a_crash_nothing_is_done_twice_where_nobody_can_tell(
    bench: Bench, jira: FakeJira, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await crashed(bench, jira, monkeypatch)

    await bench.workbench.settle()

    assert len(jira.issues) == 1
    assert await standing(bench, waiting) is Standing.UNKNOWN
