"""Related questions come from sections beside what was cited, of what one may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from assistant.related_questions import MOST, related
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.documents import InForce, Kind, Passage, Status, Version
from retrieval.errors import NotFound
from tests.assistant.http_client import client
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, Notes, ShelfLibrary, asking_as, make_parts

POLICY = "Travel and Expenses Policy"
SECTIONS = (
    "1. Before you book",
    "2. Getting there",
    "3. Where you stay",
    "4. Meals and allowances",
    "5. Claims",
    "6. Rates for 2026",
    "7. Final provisions",
    "8. Company credit cards",
)


@dataclass
class Sections:
    """A document of one passage a section, and who may read it."""

    version: Version
    readers: frozenset[str] = frozenset({"ann"})
    headings: Sequence[str] = SECTIONS
    asked: list[tuple[int, int]] = field(default_factory=list)

    def at(self, ordinal: int) -> Passage:
        headings = (POLICY, self.headings[ordinal])
        return Passage(100 + ordinal, self.version, ordinal, 0, 1, None, headings, "x", ())

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        if principal.name not in self.readers:
            raise NotFound
        return self.at(passage_id - 100)

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> list[Passage]:
        assert principal.name in self.readers
        return [self.at(at) for _, at in places if 0 <= at < len(self.headings)]


@pytest.fixture
def policy() -> Version:
    version = next(each.version for each in firm() if each.version.kind is Kind.POLICY)
    return replace(version, title=POLICY, declared=Status.APPROVED, in_force=InForce())


async def sections(library: Sections, *cited: int, who: Principal = ANN) -> list[str]:
    found, used = await related([100 + each for each in cited], library, principal=who)
    assert len(found) == len(used)
    assert all(each.question == f"{each.section}: {POLICY}" for each in found)
    return [each.section for each in found]


async def test_the_sections_that_follow_come_first(policy: Version) -> None:
    found = await sections(Sections(policy), 1)
    assert found == ["Where you stay", "Meals and allowances", "Company credit cards"]
    assert len(found) == MOST


async def test_at_the_end_those_before_are_asked(policy: Version) -> None:
    found = await sections(Sections(policy), 7)
    assert found == ["Meals and allowances", "Where you stay", "Getting there"]


async def test_a_section_that_was_cited_is_not_suggested(policy: Version) -> None:
    found = await sections(Sections(policy), 1, 3)
    assert "Meals and allowances" not in found
    assert "Getting there" not in found


async def test_what_one_may_not_read_suggests_nothing(policy: Version) -> None:
    assert await sections(Sections(policy), 1, who=BOB) == []


async def test_words_that_say_nothing_are_none(policy: Version) -> None:
    headings = ("Start here", "Scope", "Annex 4 B", "Final provisions", "x " * 60, POLICY)
    assert await sections(Sections(policy, headings=headings), 0) == []


async def test_a_ticket_or_what_counts_no_longer_leads_nowhere(policy: Version) -> None:
    for version in (
        replace(policy, kind=Kind.TICKET),
        replace(policy, declared=Status.DRAFT),
    ):
        assert await sections(Sections(version), 1) == []


async def test_over_http_they_are_of_what_one_may_read_and_on_record() -> None:
    notes, library = Notes(), ShelfLibrary(firm())
    hers = next(each for each in library.passages(ANN) if each.version.readers == {"group:legal"})
    parts = make_parts(library, record=notes)
    async with client(parts) as http:
        own = await http.get(f"/api/related?passage={hers.id}")
        none = await http.get("/api/related?passage=999999")
        bad = await http.get("/api/related")
    async with client(make_parts(library, authenticate=asking_as(BOB))) as http:
        his = await http.get(f"/api/related?passage={hers.id}")
    assert own.status_code == his.status_code == none.status_code == 200
    assert his.json() == none.json() == {"related": []}
    assert bad.status_code == 422
    noted = [each for each in notes.events if each.act is Act.RETRIEVE]
    assert bool(noted) == bool(own.json()["related"])
