"""Figures told of what another figure stands for, in a sentence or in a row of a table."""

from __future__ import annotations

import pytest

from assistant.claims.fields import fields_of
from tests.assistant.claimed import faults, kinds
from tests.retrieval.made_candidates import WORDS

FARES = "A ticket costs EUR 14.50 for an adult and EUR 6.20 for a child."
BOATS = "Ferries leave every twenty minutes from the pier and every fifty minutes from the island."
ROW = "Boat: Heron; Seats: 60; Built on: 2019-04-02; Inspected on: 2026-06-30; Night trips: no"


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("A ticket costs EUR 6.20 for an adult and EUR 14.50 for a child.", FARES),
        ("A ticket for a child costs EUR 14.50.", FARES),
        ("Ferries leave every twenty minutes from the island.", BOATS),
    ],
)
def test_figures_that_changed_places_are_faults(text: str, cited: str) -> None:
    assert not kinds(text, cited).isdisjoint({"amount", "duration", "number"})


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("A ticket for a child costs EUR 6.20.", FARES),
        ("A child pays EUR 6.20, an adult EUR 14.50, for a ticket.", FARES),
        ("From the island, ferries leave every fifty minutes.", BOATS),
        ("The mast costs EUR 5 and the keel EUR 7.",
         "The mast and the keel cost EUR 5 and EUR 7 respectively."),
    ],
)  # fmt: skip
def test_figures_in_another_order_are_none(text: str, cited: str) -> None:
    assert kinds(text, cited).isdisjoint({"amount", "duration", "number"})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The Heron was built on 2026-06-30.", "number"),
        ("The Heron was inspected on 2019-04-02.", "number"),
        ("The Heron makes night trips.", "negation"),
    ],
)
def test_a_value_of_another_column_is_a_fault(text: str, kind: str) -> None:
    assert kind in kinds(text, ROW)


@pytest.mark.parametrize(
    "text",
    [
        "The Heron was built on 2019-04-02.",
        "The Heron was inspected on 2026-06-30.",
        "The Heron has 60 seats.",
        "The Heron was built on 2019-04-02 and inspected on 2026-06-30.",
    ],
)
def test_a_value_of_its_own_column_is_none(text: str) -> None:
    assert faults(text, ROW) == []


def test_a_row_has_fields_and_a_sentence_with_a_colon_has_none() -> None:
    names = [each.name for each in fields_of(ROW, WORDS.terms)]
    assert names == ["Boat", "Seats", "Built on", "Inspected on", "Night trips"]
    assert fields_of("Note: the boat leaks; it is old.", WORDS.terms) == ()
