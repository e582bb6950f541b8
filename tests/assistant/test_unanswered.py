"""Unanswered questions put together: what is alike, and only what a reviewer may see of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.unanswered import Clustering, clusters_of
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.audit.record import Desk, KeptRecord
from retrieval.review.case import Case, CaseKind, CaseState, Matter, Place
from retrieval.review.cases import Cases
from tests.retrieval.hashed_embedder import HashedEmbedder
from tests.shelves import Shelves

DESK = Desk("rita", "web 10.1.2.3")
BOARD = Principal.person("rosa", ["board"])
RITA = Principal.person("rita")
PARKING = (
    "Where may visitors park their cars?",
    "Where may visitors park their car?",
    "Where may our visitors park their cars today?",
)


@dataclass
class Queue:
    """Two documents, one of the board's alone, and cases that rest on them."""

    shelves: Shelves
    cases: Cases
    record: KeptRecord

    async def ask(self, question: str, uri: str = "open.txt", asker: str = "bob") -> int | None:
        document = await self.shelves.document_id(uri)
        async with self.shelves.database.transaction() as connection:
            statement = "SELECT published_id FROM documents WHERE id = ?"
            found = await connection.exec_driver_sql(statement, (document,))
            version = found.scalar_one()
        place = Place(version, document, 1, 1, 0, 4)
        matter = Matter(CaseKind.REFUSED, asker, question, "a" * 32, 1, "quotes", (place,))
        return await self.cases.open(matter)

    def clustering(self, embedder: Any = None) -> Clustering:
        return Clustering(
            self.cases, self.shelves.library, embedder or HashedEmbedder(), self.record
        )


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[Queue]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    await shelves.put("open.txt")
    await shelves.put("board.txt", readers=frozenset({"group:board"}))
    record = await KeptRecord.open(tmp_path / "audit")
    yield Queue(shelves, Cases(shelves.database, record), record)
    await record.close()
    await shelves.database.close()


async def test_what_asks_much_the_same_is_one_group_the_most_asked_first(queue: Queue) -> None:
    await queue.ask("Who signs the minutes of the works council?")
    numbers = [await queue.ask(each) for each in PARKING]
    await queue.ask(PARKING[0], asker="ann")
    found = await queue.clustering().unanswered(principal=RITA, desk=DESK)
    parking, minutes = found.clusters
    assert set(parking.cases) == set(numbers)
    assert parking.count == 4
    assert parking.example in PARKING
    assert (minutes.count, len(minutes.cases)) == (1, 1)
    assert (found.hidden, found.is_whole) == (0, True)


async def test_of_what_one_may_not_read_there_is_a_number_and_no_word(queue: Queue) -> None:
    await queue.ask(PARKING[0])
    await queue.ask(PARKING[1], "board.txt", "zed")
    await queue.ask("Will the zqboard plan cost jobs?", "board.txt", "zed")
    hers = await queue.clustering().unanswered(principal=RITA, desk=DESK)
    theirs = await queue.clustering().unanswered(principal=BOARD, desk=Desk("rosa", "web"))
    assert hers.hidden == 2
    assert [(each.count, each.example) for each in hers.clusters] == [(1, PARKING[0])]
    assert "zqboard" not in str(hers)
    assert (theirs.hidden, sum(each.count for each in theirs.clusters)) == (0, 3)


async def test_looking_is_on_record_with_the_cases_that_were_shown(queue: Queue) -> None:
    number = await queue.ask(PARKING[0])
    await queue.ask(PARKING[1], "board.txt", "zed")
    await queue.clustering().unanswered(principal=RITA, desk=DESK)
    entries = [each async for each in queue.record.export(_reviews())]
    assert [(each["actor"], each["about"]["cases"]) for each in entries] == [("rita", [number])]
    assert entries[0]["concerns"] == ["bob"]


async def test_what_is_closed_is_gone_and_nothing_is_embedded_twice(queue: Queue) -> None:
    class Counting(HashedEmbedder):
        count = 0

        async def embed(self, texts: Any) -> Any:
            self.count += len(texts)
            return await super().embed(texts)

    embedder = Counting()
    clustering = queue.clustering(embedder)
    number = await queue.ask(PARKING[0])
    assert number is not None
    await queue.ask("Who signs the minutes?")
    for _ in range(2):
        await clustering.unanswered(principal=RITA, desk=DESK)
    assert embedder.count == 2
    await queue.cases.close(number, CaseState.DISMISSED, by="rita", note="")
    found = await clustering.unanswered(principal=RITA, desk=DESK)
    assert [each.example for each in found.clusters] == ["Who signs the minutes?"]
    assert embedder.count == 2
    assert number not in clustering._vectors


async def test_an_empty_queue_has_no_groups(queue: Queue) -> None:
    found = await queue.clustering().unanswered(principal=RITA, desk=DESK)
    assert (found.clusters, found.hidden) == ((), 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=12))
def test_every_case_is_in_one_group_and_no_question_is_lost(told: list[tuple[int, int]]) -> None:
    import numpy as np

    axes = np.eye(4, dtype=np.float32)
    cases = [_case(at, count) for at, (_, count) in enumerate(told)]
    vectors = {at: axes[axis] for at, (axis, _) in enumerate(told)}
    found = clusters_of(cases, vectors)
    assert sorted(case for each in found for case in each.cases) == list(range(len(told)))
    assert sum(each.count for each in found) == sum(count for _, count in told)
    assert len(found) == len({axis for axis, _ in told})
    assert [each.count for each in found] == sorted((each.count for each in found), reverse=True)


def _case(number: int, count: int) -> Case:
    matter = Matter(CaseKind.REFUSED, "bob", f"Question {number}?", "a", number, "quotes", ())
    return Case(number, matter, CaseState.OPEN, count, 1, 2)


def _reviews() -> Any:
    from retrieval.audit.reading import Choice

    return Choice(acts=frozenset({Act.REVIEW}))
