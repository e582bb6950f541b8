"""A turn that is opened again tells what its answer told: the day, the lead, what was near."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.conversation_masking import masked
from assistant.conversation_recalled import recalled
from assistant.http.health import Part
from assistant.review.lately import Lately
from assistant.review.reporting import Reporting
from retrieval.conversation_turn import Turn
from retrieval.review.case import CaseKind, Matter
from tests.assistant.http_client import client
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, ShelfLibrary, WordAssistant
from tests.assistant.remembered import Remembered, remembered
from tests.assistant.test_conversation import version_of
from tests.assistant.test_http_conversations import NOTICE, asked

LEASE = "When does the lease of the office end without notice?"
PAST = "2025-06-01"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path, assistant=WordAssistant(ShelfLibrary(firm()))) as kept:
        yield kept


async def test_what_was_asked_of_a_past_day_says_so_whenever_it_is_shown(kept: Remembered) -> None:
    async with client(kept.parts()) as http:
        now = await asked(http, LEASE)
        past = await asked(http, LEASE, as_of=PAST, kinds=["contract"])
        place = past["conversation"]
        [turn] = (await http.get(f"/api/conversations/{place}")).json()["turns"]
        pages = [
            (await http.get(path)).text
            for path in (
                f"/conversations/{place}",
                f"/conversations/{place}?edit={turn['id']}",
                f"/?q=When+does+the+lease+of+the+office+end&as_of={PAST}",
            )
        ]
        plain_page = (await http.get(f"/conversations/{now['conversation']}")).text

    [source] = past["sources"]
    assert (source["status"], source["today"]) == ("approved", "expired")
    assert turn["sources"] == past["sources"]
    assert (turn["as_of"], turn["kinds"], turn["lead"]) == (PAST, ["contract"], past["lead"])
    for page in (pages[0], pages[2]):
        assert "As it stood on 1 June 2025." in page
        assert "today: expired" in page
    again = f"conversation={place}&amp;kind=contract&amp;as_of={PAST}"
    assert again in pages[0]
    for page in pages[:2]:
        assert f'name="as_of" max="{date.today()}" value="{PAST}"' in page
    assert plain_page.count("history-banner") == 1, "in the empty forms for scripts alone"


async def test_a_turn_shows_again_how_the_answer_began_and_what_a_refusal_named(
    kept: Remembered,
) -> None:
    async with client(kept.parts()) as http:
        told = await asked(http, NOTICE)
        refused = await asked(http, "Colour of the invoice?", conversation=told["conversation"])
        one, two = (await http.get(f"/api/conversations/{told['conversation']}")).json()["turns"]
        page = (await http.get(f"/conversations/{told['conversation']}")).text
    assert one["lead"] == told["lead"]
    assert told["lead"] in page
    assert refused["nearest"]
    assert two["nearest"] == refused["nearest"]
    assert two["lead"] == ""
    assert page.count('class="near"') == len(refused["nearest"])


async def test_a_turn_can_be_reported_while_the_answer_is_remembered(kept: Remembered) -> None:
    lately = Lately()
    reporting = Reporting(None, lately, None)  # type: ignore[arg-type]
    review = SimpleNamespace(reporting=reporting)
    async with client(kept.parts(review=Part.ready("review", review))) as http:
        told = await asked(http, NOTICE, answer="my-own-name-1")
        path = f"/conversations/{told['conversation']}"
        forgotten = (await http.get(path)).text
        for person in (BOB.name, ANN.name):
            matter = Matter(CaseKind.REPORTED, person, NOTICE, "my-own-name-1", 1, "quotes", ())
            lately.keep(matter)
            offered = (await http.get(path)).text
            assert (person == ANN.name) == ('data-answer="my-own-name-1"' in offered)
        lately.report(ANN.name, "my-own-name-1")
        reported = (await http.get(path)).text
    assert 'data-answer="my-own-name-1"' not in forgotten
    assert 'data-answer="my-own-name-1"' not in reported


def test_what_a_refusal_named_is_shown_to_its_asker_as_far_as_they_may_read_it() -> None:
    turn = Turn(
        "a" * 32, 1_800_000_000, NOTICE, refused="not_supported", nearest=(1, 2), answer="mine"
    )
    readable = {2: version_of(2, "Two")}
    assert [each.version.id for each in recalled(turn, readable).nearest] == [2]
    [shared] = masked([turn], {turn.id}, readable)
    assert (shared.turn.nearest, shared.turn.answer) == ((), "")
