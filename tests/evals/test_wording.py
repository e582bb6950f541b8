"""What counts as said: the same words in another dress do, parts of words and figures do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.measures.wording import plain, says, says_one_of
from tests.evals.suites import lines


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("The rate is EUR 0.28 per kilometre.", "EUR 0.28"),
        ("The rate is 28.", "28"),
        ("It costs 12,000, or so.", "12,000"),
        ("Between 5-8 °C", "8 °C"),
        ("no later than\n fifteen\tmonths", "No later than fifteen months"),
        ("the \u201cwhole\u201d site\u2019s fence", 'the "whole" site\'s fence'),
        ("a five\u2011year term \u2013 extended", "five-year term - extended"),
        ("\uff11\uff12 months", "12 months"),
        ("zero\u200bwidth", "zerowidth"),
        ("Die Straße", "die strasse"),
        ("通知期为三个月。", "三个月"),
        ("ระยะเวลาแจ้งล่วงหน้าสามเดือน", "สามเดือน"),
        ("See https://evil.example/x?y=1", "https://evil.example/x?y=1"),
        ("temperature of -8 °C", "-8 °C"),
        ("temperature of \u22128 °C", "-8 °C"),
        ("at 12:30", "12:30"),
        ("version 2", "2"),
    ],
)
def test_these_say_it(text: str, wording: str) -> None:
    assert says(plain(text), wording)


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("The rate is EUR 0.285.", "0.28"),
        ("The rate is EUR 28.5.", "28"),
        ("The rate is EUR 0.28.", "28"),
        ("It costs 12,000,000.", "12,000"),
        ("It costs 112,000.", "12,000"),
        ("The leasehold", "lease"),
        ("a sublease", "lease"),
        ("temperature of -8 °C", "8 °C"),
        ("-8 °C it is", "8 °C"),
        ("(-8 °C)", "8 °C"),
        ("at 12:30", "12"),
        ("two months", "three months"),
        ("anything", ""),
        ("anything", " \u200b "),
        ("", "something"),
    ],
)
def test_these_do_not(text: str, wording: str) -> None:
    assert not says(plain(text), wording)


def test_one_wording_is_enough() -> None:
    assert says_one_of("sixty months", ("five years", "sixty months"))
    assert not says_one_of("sixty months", ("five years",))


@given(lines, lines, lines)
@settings(deadline=None)
def test_what_stands_between_spaces_is_said(before: str, wording: str, after: str) -> None:
    text = plain(f"{before} | {wording} | {after}")

    assert says(text, wording) or not plain(wording)


@given(st.text())
@settings(deadline=None)
def test_plain_is_plain_already(text: str) -> None:
    once = plain(text)

    assert plain(once) == once
