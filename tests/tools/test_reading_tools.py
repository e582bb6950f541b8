"""The tools that read our own documents, over a real library: as the asker, at the date asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.compare_clauses import CompareClauses
from retrieval.access import Principal
from retrieval.documents import Kind, Passage, Scope, Status, end_of, now, start_of
from retrieval.retriever import Found, Retrieved
from tests.retrieval.made_candidates import WORDS
from tests.shelves import Shelves
from tools.box.open_document import OpenDocument
from tools.box.search import MOST_FOUND, Search
from tools.box.today import Today
from tools.matching import fault_of, schema_of
from tools.tool import Asker, Effect, Errand, ToolFailed

LEGAL = frozenset({"group:legal"})
LEASE = "The rent is 900 euros.\nEither party may end the lease with ninety days of notice.\nEnd."
POLICY = "Leases\nA lease must be ended with sixty days of notice by either party.\nSigned by Ann."
DAY = date(2026, 3, 31)


class Searching:
    """Finds what has most words of the question, of what the library lets a principal have."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self.scopes: list[Scope] = []

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> Retrieved:
        self.scopes.append(scope)
        found = await readable(self._shelves, principal)
        asked = set(question.lower().split())
        ranked = sorted(
            (each for each in found if scope.admits(each.version)),
            key=lambda each: -len(asked & set(each.text.lower().split())),
        )
        passages = tuple(Found(each, 0.0) for each in ranked[:limit])
        nothing: Any = np.zeros(0)
        return Retrieved(passages, nothing, nothing, nothing, nothing, nothing)


async def readable(shelves: Shelves, who: Principal) -> list[Passage]:
    """Return every passage that somebody may read."""
    versions = await shelves.library.all_versions(principal=who)
    places = [(each.id, ordinal) for each in versions for ordinal in range(9)]
    return await shelves.library.neighbours(places, principal=who)


@pytest.fixture
async def shelves(tmp_path: Path) -> AsyncIterator[Shelves]:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    await shelves.put("lease.txt", LEASE, kind=Kind.CONTRACT, effective_from=date(2026, 6, 1))
    await shelves.put("policy.txt", POLICY, kind=Kind.POLICY, title="Rules for leases")
    await shelves.put("draft.txt", POLICY, kind=Kind.POLICY, status=Status.DRAFT, title="Draft")
    await shelves.put("secret.txt", f"Canary. {LEASE}", kind=Kind.POLICY, readers=LEGAL)
    yield shelves
    await shelves.database.close()


def errand(*groups: str, as_of: int | None = None) -> Errand:
    ann = Asker(Principal.person("ann", groups))
    return Errand(ann, "key", now() if as_of is None else as_of)


async def numbered(shelves: Shelves, words: str, *groups: str) -> Passage:
    """Return the passage with these words."""
    found = await readable(shelves, Principal.person("ann", groups))
    return next(each for each in found if words in each.text)


def texts(passages: tuple[Passage, ...]) -> str:
    return " | ".join(each.text for each in passages)


async def test_search_finds_as_the_asker(shelves: Shelves) -> None:
    hand = Search(Searching(shelves))
    found = await hand.run({"question": "lease notice"}, errand())
    assert "ninety days" in texts(found.passages)
    assert "Canary" not in texts(found.passages)
    assert len(found.passages) <= MOST_FOUND
    assert "Canary" in texts((await hand.run({"question": "canary"}, errand("legal"))).passages)


async def test_search_keeps_to_kinds_and_to_the_date(shelves: Shelves) -> None:
    searching = Searching(shelves)
    at = end_of(DAY) - 1
    arguments = {"question": "notice", "kinds": ["contract", "ticket"]}
    found = await Search(searching).run(arguments, errand(as_of=at))
    [scope] = searching.scopes
    assert (scope.as_of, scope.kinds) == (at, {Kind.CONTRACT, Kind.TICKET})
    assert found.passages == (), "none was there at that date"
    assert "Nothing" in found.text


async def test_open_document_reads_on_around_a_passage(shelves: Shelves) -> None:
    middle = await numbered(shelves, "ninety days")
    hand = OpenDocument(shelves.library)
    whole = await hand.run({"passage": middle.id}, errand())
    assert [each.ordinal for each in whole.passages] == [0, 1, 2]
    after = await hand.run({"passage": middle.id, "before": 0, "after": 6}, errand())
    assert [each.ordinal for each in after.passages] == [1, 2]
    alone = await hand.run({"passage": middle.id, "before": 0, "after": 0}, errand())
    assert alone.passages == (middle,)


@pytest.mark.parametrize("hand", ["open", "compare"])
async def test_what_one_may_not_read_is_not_there(shelves: Shelves, hand: str) -> None:
    secret = await numbered(shelves, "Canary", "legal")
    made: Any = (
        OpenDocument(shelves.library)
        if hand == "open"
        else CompareClauses(Searching(shelves), shelves.library, WORDS.terms)
    )
    for number in (secret.id, 10_000):
        with pytest.raises(ToolFailed, match=r"^There is no such passage for you\.$"):
            await made.run({"passage": number}, errand())
    shut = Principal("ann", frozenset({"everyone", "group:legal"}), frozenset({"folder"}))
    with pytest.raises(ToolFailed):
        await made.run({"passage": secret.id}, Errand(Asker(shut), "key", now()))


async def test_a_clause_stands_beside_the_policy_with_what_differs(shelves: Shelves) -> None:
    clause = await numbered(shelves, "ninety days")
    hand = CompareClauses(Searching(shelves), shelves.library, WORDS.terms)
    compared = await hand.run({"passage": clause.id}, errand())
    assert compared.passages[0] == clause
    titles = {each.version.title for each in compared.passages[1:]}
    assert titles == {"Rules for leases"}, "neither a draft nor what Ann may not read"
    assert "The clause states ninety days; Rules for leases (approved) states sixty days" in (
        compared.text
    )
    same = await hand.run({"passage": (await numbered(shelves, "The rent")).id}, errand())
    assert "differ" in same.text


async def test_a_clause_of_the_only_policy_is_compared_with_nothing(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    await shelves.put("policy.txt", POLICY, kind=Kind.POLICY)
    clause = await numbered(shelves, "sixty days")
    hand = CompareClauses(Searching(shelves), shelves.library, WORDS.terms)
    compared = await hand.run({"passage": clause.id}, errand())
    assert compared.passages == (clause,)
    assert compared.title == "No policy to compare with"
    await shelves.database.close()


async def test_today_tells_the_date_and_the_one_asked_for() -> None:
    hand = Today(lambda: start_of(date(2026, 11, 22)))
    now_asked = await hand.run({}, errand(as_of=start_of(date(2026, 11, 22)) + 5))
    assert now_asked.text == "Today is Sunday, 22 November 2026."
    then = await hand.run({}, errand(as_of=end_of(DAY) - 1))
    assert then.text == (
        "Today is Sunday, 22 November 2026. What is asked counts as of Tuesday, 31 March 2026."
    )


def test_each_only_reads_and_takes_no_more_than_it_says(shelves: Shelves) -> None:
    anything: Any = None
    hands = (
        Search(anything),
        OpenDocument(anything),
        CompareClauses(anything, anything, anything),
        Today(),
    )
    assert [each.tool.name for each in hands] == [
        "search",
        "open_document",
        "compare_clauses",
        "today",
    ]
    for each in hands:
        tool = each.tool
        assert tool.effect is Effect.READS
        assert tool.says.endswith(".")
        assert schema_of(tool.fields)["additionalProperties"] is False
        assert fault_of({"url": "https://x"}, tool.fields) is not None
        assert not tool.system
    assert fault_of({"passage": -1}, OpenDocument(anything).tool.fields) == "passage"
    assert fault_of({"question": "{{x}}"}, Search(anything).tool.fields) == "question"
    assert fault_of({"question": "x", "kinds": ["email"]}, Search(anything).tool.fields) == "kinds"
