"""Reasons that say something, and those that only look as if."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.people.reasons import legible


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "\u2800" * 10,
        "\u200b" * 10,
        "." * 10,
        "\u0336" * 10,
        "\U0001d173" * 10,
        "\u3164" * 10,
        "\u115f\u1160\uffa0" * 4,
        "\U000e0041" * 10,
    ],
)
def test_what_nobody_can_read_counts_for_nothing(reason: str) -> None:
    assert legible(reason) == 0


@pytest.mark.parametrize(
    ("reason", "count"),
    [("A court, 2024.", 10), ("裁判所の命令", 6), ("Über\u200bprüfung", 11), ("न्यायालय", 5)],
)
def test_letters_and_digits_of_any_script_count(reason: str, count: int) -> None:
    assert legible(reason) == count


@given(st.text(max_size=40), st.text(max_size=40))
def test_it_is_counted_letter_by_letter(one: str, other: str) -> None:
    assert legible(one + other) == legible(one) + legible(other) <= len(one + other)
