"""The opposite of a cited word, a bound or an "only" left out, percent for percentage points."""

from __future__ import annotations

import pytest

from tests.assistant.claimed import faults, kinds

REPORT = "Send the report within 14 days of the visit."
SHUT = "The gate is shut until 5 May 2027."
FOG = "In fog the ferry waits before the bridge and each passenger pays 9 euros."
POOL = "The pool is lit only by lamps of oil."


@pytest.mark.parametrize(
    ("text", "cited", "piece"),
    [
        ("In fog the ferry waits after the bridge.", FOG, "after"),
        ("The gate is shut from 5 May 2027.", SHUT, "from"),
        ("Send the report 14 days before the visit.", REPORT, "before"),
        ("In fog all passengers pay 9 euros in total.", FOG, "total"),
        ("In fog some passengers pay 9 euros.", FOG, "some"),
        ("The fare is lower at night.", "The fare is higher at night.", "lower"),
        ("The crew opens the valve.", "The crew shuts the valve. It is closed.", "opens"),
        ("The toll is raised by 3 euros.", "The toll is reduced by 3 euros.", "raised"),
        ("Orders are made orally.", "Orders are made in writing.", "orally"),
    ],
)
def test_the_opposite_of_a_cited_word_is_a_fault(text: str, cited: str, piece: str) -> None:
    assert ("negation", piece) in faults(text, cited)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Each passenger pays 9 euros before the bridge.", FOG),
        ("Every passenger pays 9 euros.", FOG),
        ("Prior to the bridge the ferry waits.", FOG),
        ("After the bridge, and before it, the ferry waits.", FOG),
        ("Under the lease, the rate is 3 euros above the base.", "The rate is 3 euros above the "
         "base."),
        ("Send the report within 14 days after the visit.", REPORT),
        ("The First Ferry waits, the last one does.", "The last ferry waits, the First Ferry too."),
    ],
)  # fmt: skip
def test_a_word_of_the_same_sense_or_both_are_none(text: str, cited: str) -> None:
    assert "negation" not in kinds(text, cited)


@pytest.mark.parametrize(
    ("text", "cited", "piece"),
    [
        ("Send the report 14 days of the visit.", REPORT, "at most 14 days"),
        ("The boat carries 40 guests.", "The boat carries up to 40 guests.", "at most 40"),
        ("The boat carries 40 guests.", "The boat carries 40 guests or more.", "at least 40"),
        (
            "The boat carries at most 40 guests.",
            "The boat carries 40 guests or more.",
            "at most 40",
        ),
        (
            "Call at most one hour before the trip.",
            "Call no later than one hour before the trip.",
            "at most one hour",
        ),
    ],
)
def test_a_bound_that_is_turned_or_left_out_is_a_fault(text: str, cited: str, piece: str) -> None:
    assert any(kind == "negation" and said.startswith(piece) for kind, said in faults(text, cited))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Send the report within 14 days of the visit.", REPORT),
        ("You have 14 days after the visit to send the report.", REPORT),
        ("The boat carries at least 40 guests.", "The boat carries 40 guests or more."),
        ("The boat carries no more than 40 guests.", "The boat carries up to 40 guests."),
        ("Call at least one hour before the trip.", "Call no later than one hour before the trip."),
        ("The boat carries 40 guests.", "The boat carries 40 guests. It has at least 40 seats."),
    ],
)
def test_a_bound_in_other_words_is_none(text: str, cited: str) -> None:
    assert "negation" not in kinds(text, cited)


def test_an_only_that_is_left_out_is_a_fault() -> None:
    assert ("condition", "only") in faults("The pool is lit by lamps of oil.", POOL)
    assert ("condition", "only") not in faults("The pool is lit by lamps of oil alone.", POOL)
    assert ("condition", "only") not in faults("The pool has lamps.", POOL)
    assert ("condition", "only") in faults(
        "The raft holds 9 ducks.", "The raft holds 9 ducks only."
    )


def test_percentage_points_are_not_percent() -> None:
    points = "The rate falls by 2.5 percentage points."
    assert faults("The rate falls by 2.5 percentage points.", f"{points} So be it.") == []
    assert ("number", "2.5 per") in faults("The rate falls by 2.5 per cent.", points)
    assert "number" in kinds("The rate falls by 2.5 percentage points.", "The rate falls by 2.5 %.")
    assert "number" in kinds("It falls by 20 basis points.", "It falls by 20 %.")


@pytest.mark.parametrize(
    "text",
    [
        "The ferry used to wait before the bridge.",
        "Formerly the ferry waits before the bridge.",
        "It is a rumour that the ferry waits before the bridge.",
    ],
)
def test_what_is_told_as_past_or_as_hearsay_is_a_fault(text: str) -> None:
    assert "negation" in kinds(text, FOG)


def test_what_is_used_to_something_is_not_past() -> None:
    assert faults("The crew is used to fog.", "The crew is used to fog and rain.") == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Copies are asked for.", "Copies are never asked for."),
        ("Ponies are fed.", "Ponies are not fed."),
    ],
)
def test_a_short_denial_is_not_told_without_it(text: str, cited: str) -> None:
    assert "negation" in kinds(text, cited)


def test_a_month_is_no_name_that_changes_places() -> None:
    cited = "On 1 October 2027 the mill passes from the Duke to the Town for 90 euros."
    told = "The Town has the mill from the Duke on 1 October 2027 for 90 euros."
    assert ("name", "October") not in faults(told, cited)
