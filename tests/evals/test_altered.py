from __future__ import annotations

import pytest

from evals.training.altered import CHANGES, names_in

TEXT = (
    "The Tenant shall pay Birch Homes $1,250 within 30 days of March 1, 2026, in 12 rates, and "
    "may not sublet the house to Alder without consent of the landlord or its agent."
)
OTHERS = ("Cedar Works",)


@pytest.mark.parametrize("kind", CHANGES)
def test_each_change_makes_another_sentence_the_same_each_time(kind: str) -> None:
    changed = CHANGES[kind](TEXT, TEXT, OTHERS)
    assert changed
    assert changed != TEXT
    assert CHANGES[kind](TEXT, TEXT, OTHERS) == changed


@pytest.mark.parametrize("kind", CHANGES)
def test_a_sentence_with_nothing_to_change_is_left_alone(kind: str) -> None:
    assert CHANGES[kind]("Dogs bark at night.", "Dogs bark at night.", OTHERS) is None


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("number", ["$1,250", "30 days", "March 1, 2026"]),
        ("amount", ["30 days", "March 1, 2026", "12 rates"]),
        ("duration", ["$1,250", "March 1, 2026", "12 rates"]),
        ("date", ["$1,250", "30 days", "12 rates"]),
        ("negation_removed", ["$1,250", "30 days", "March 1, 2026", "12 rates"]),
    ],
)
def test_a_change_leaves_the_rest_as_it_was(kind: str, kept: list[str]) -> None:
    changed = CHANGES[kind](TEXT, TEXT, OTHERS)
    assert changed
    assert all(each in changed for each in kept)


def test_a_new_number_is_not_among_the_cited_words() -> None:
    cited = f"{TEXT} 13 14 15 16 17 18 19 10 11"
    changed = CHANGES["number"](TEXT, cited, ())
    assert changed
    [new] = set(changed.split()) - set(TEXT.split())
    assert new not in cited


def test_a_new_name_is_not_among_the_cited_words() -> None:
    assert CHANGES["party"](TEXT, f"{TEXT} Cedar", OTHERS) is None
    assert "Cedar Works" in (CHANGES["party"](TEXT, TEXT, OTHERS) or "")


def test_two_names_change_places() -> None:
    assert CHANGES["parties_swapped"]("Then Birch pays Alder.", "", ()) == "Then Alder pays Birch."


def test_a_prohibition_stays_one_whatever_the_modal_word() -> None:
    assert CHANGES["modal"]("Neither party may assign it.", "", ()) is None


def test_months_are_no_names() -> None:
    assert names_in("It starts in March for Birch Homes.") == ["Birch Homes"]
