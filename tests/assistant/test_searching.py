"""Searching as somebody: on record before a word is shown, in turn, names kept out of the open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from assistant.admission import Admission
from assistant.searching import Search, Searching
from assistant.turns import Room
from assistant.watching import Unwatched
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.errors import Busy, Unavailable
from retrieval.retriever import Found
from retrieval.search.choice import Choice, Facet, Tally
from retrieval.search.finder import Results
from retrieval.search.syntax import read_query
from retrieval.search.wanted import Wanted
from retrieval.search.wish import Window
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, Notes, ShelfLibrary

PASSAGE = ShelfLibrary(firm()).passages(ANN)[0]
CHOSEN = {
    Facet.KIND: frozenset({"contract"}),
    Facet.OWNER: frozenset({"Priya Raman"}),
    Facet.PARTY: frozenset({"Northwind", "Halden"}),
}


@dataclass
class One:
    """Finds one passage, as long as it may."""

    admission: Admission | None = None

    async def find(
        self, wanted: Wanted, ticked: Choice, window: Window, *, principal: Principal, as_of: int
    ) -> Results:
        if self.admission:
            with self.admission.searches.place_of("somebody else"):
                pass
        return Results((Found(PASSAGE, 0.0),), Tally(1, {}), Choice(CHOSEN), fresh=3)


def searching(notes: Notes, **more: Any) -> Searching:
    parts: Mapping[str, Any] = {"admission": Admission(), "finder": One()} | more
    catalogue: Any = None
    return Searching(
        parts["finder"],
        catalogue,
        notes,
        parts["admission"],
        Unwatched(),
        lambda _: [],
        "settings 1",
    )


def search() -> Search:
    typed = "notice owner:raman"
    return Search(typed, read_query(typed), Choice(), Window(), ANN, 1_000, "web test")


async def test_what_was_found_is_on_record_and_names_are_words() -> None:
    notes = Notes()
    results = await searching(notes).find(search())
    [event] = notes.events
    assert [each.passage for each in results.found] == [PASSAGE]
    assert (event.act, event.actor, event.origin) == (Act.SEARCH, "ann", "web test")
    assert event.about["passages"] == [
        {
            "document": PASSAGE.version.document_id,
            "version": PASSAGE.version.number,
            "passage": PASSAGE.id,
        }
    ]
    assert event.about["scope"] == {"as_of": 1_000, "kind": ["contract"]}
    assert event.words == {
        "question": "notice owner:raman",
        "owner": "Priya Raman",
        "party": "Halden; Northwind",
    }


async def test_what_cannot_be_noted_is_not_shown() -> None:
    with pytest.raises(Unavailable):
        await searching(Notes(fails_at=0)).find(search())


async def test_what_is_new_is_a_figure_and_leaves_no_note() -> None:
    notes = Notes()
    assert await searching(notes).fresh(search()) == 3
    assert notes.events == []


async def test_a_search_takes_a_place_and_gives_it_back() -> None:
    admission = Admission(Room(at_once=1, waiting=0), each=1)
    full = searching(Notes(), admission=admission, finder=One(admission))
    with pytest.raises(Busy):
        await full.find(search())
    await searching(Notes(), admission=admission).find(search())
