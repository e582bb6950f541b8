"""Patterns read every text in one way, so that none keeps them busy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.patterns import MOST_PATTERN, MOST_POSITIONS, BadPattern, check_pattern

GOOD = [
    "^a$",
    "^[A-Z][A-Z0-9]{1,9}-[0-9]{1,7}$",
    "^\\d{4}-\\d{2}-\\d{2}$",
    "^[\\w.-]{1,64}$",
    "^(?:[a-z]+-)*$",
    "^(ab*)*$",
    "^(a|bc|c[0-9]?)$",
    "^(?:x|yz){2,3}$",
    "^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$",
    "^[A-Z]{3}[A-Z0-9]{4}$",
    "^x{0,200}$",
    "^a{3,}$",
    "^a{0,}b$",
    "^a{1,}b$",
    "^a?b$",
    "^a*b+c$",
    "^\\(\\)\\[\\]\\{\\}\\|\\?\\*\\+\\.\\^\\$\\\\$",
    "^[\\[\\]\\^\\-\\\\.]$",
    "^[\\.a]$",
    "^[!-/]$",
    "^ -_:@#~%&=,;!$",
    "^[a-]$",
    "^[0-9-]$",
    "^((a))$",
    "^(a{2}){3}$",
    "^(a?b){2}$",
    "^(?:a?|b)c$",
    "^[a-c]*d$",
    "^[a-a]b$",
    "^a{1}b$",
    "^aXb$",
    "^a{2,}b$",
    "^a{3,}b$",
    "^b?a{2,}b$",
    "^b?a{3,}b$",
    "^b?a{1,2}b$",
]
BAD = [
    "",
    "^ab",
    "ab$",
    "^(a|b|a)$",
    "^[a-c]*c$",
    "^b?a*b$",
    "^b?a{0,}b$",
    "^a{2,}a$",
    "^a{1,2}a$",
    "^$",
    "a",
    "^a",
    "a$",
    "^a\n$",
    "^a|b$",
    "^(a)|b$",
    "^\\$",
    "^(a$",
    "^a)$",
    "^()$",
    "^(a|)$",
    "^[]$",
    "^[a$",
    "^.$",
    "^[^a]$",
    "^\\s$",
    "^\\b$",
    "^\\a$",
    "^\\ $",
    "^\\-$",
    "^a^b$",
    "^a$b$",
    "^é$",
    "^\\x41$",
    "^(?=a)a$",
    "^(?P<n>a)$",
    "^(a)\\1$",
    "^*a$",
    "^a**$",
    "^a+?$",
    "^a{1}{2}$",
    "^a{$",
    "^a{x}$",
    "^a{,2}$",
    "^a{0}$",
    "^a{0,0}$",
    "^a{2,1}$",
    "^a{1000}$",
    "^[z-a]$",
    "^[a-\\d]$",
    "^[aa]$",
    "^[\\w_]$",
    "^[&&]$",
    "^[a--]$",
    "^[[a]]$",
    "^[a-z]*[a-z]$",
    "^[a-z]{1,8}[a-z0-9]$",
    "^a?a$",
    "^(a|ab)$",
    "^(a|a)b$",
    "^(a+)+$",
    "^(a*)*$",
    "^(a?)+$",
    "^(a?){2}$",
    "^(a+|b)+$",
    "^(?:a|b+)*c$",
    "^([a-z]+)*x$",
    "^(a{1,2}){3}$",
    "^(a{99}){99}$",
    "^" + "a" * (MOST_PATTERN - 1) + "$",
    "^a{501}$",
]


@pytest.mark.parametrize("pattern", GOOD)
def test_what_can_be_read_in_one_way_is_a_pattern(pattern: str) -> None:
    check_pattern(pattern)

    assert re.compile(pattern[1:-1], re.ASCII)
    jsonschema_rs.validator_for({"pattern": pattern})


@pytest.mark.parametrize("pattern", BAD)
def test_anything_else_is_not(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check_pattern(pattern)


def test_it_is_said_what_is_wrong() -> None:
    for pattern, told in (
        ("a", "Expected a pattern from ^ to $ of at most 200 characters."),
        ("^(a|ab)$", "Expected one way to go on with 'a', got two."),
        ("^(a+)+$", "Expected one way to repeat, got a repetition in a repetition."),
        ("^(a?)+$", "Expected something to be there that is repeated."),
        ("^a|b$", "Expected a character, class or group, got `|b`."),
        ("^(a|)$", "Expected a character, class or group, got none."),
        ("^(a$", "Expected `)`, got `the end`."),
        ("^[z-a]$", "Expected a range from a lower to a higher character."),
        ("^[aa]$", "Expected each character of a class once, got one twice."),
        ("^[]$", "Expected a class with characters in it."),
        ("^a{2,1}$", "Expected a count from fewer to more, got `{2,1}`."),
        ("^(a{99}){99}$", "Expected a pattern of at most 500 characters."),
        (
            "^.$",
            "Expected a character of ASCII, with \\ where it means something, got `.`.",
        ),
        (
            "^é$",
            "Expected a character of ASCII, with \\ where it means something, got another one.",
        ),
        (
            "^[a$",
            "Expected a character of ASCII, with \\ where it means something, got the end.",
        ),
    ):
        with pytest.raises(BadPattern) as refused:
            check_pattern(pattern)
        assert str(refused.value) == told


def test_the_characters_of_all_that_matches_are_told() -> None:
    assert check_pattern("^[a-c]{2}(?:x|\\.)?$") == set("abcx.")
    assert check_pattern("^\\d$") == set("0123456789")


def test_the_longest_that_fit_are_taken() -> None:
    check_pattern("^" + "a" * (MOST_PATTERN - 2) + "$")
    check_pattern(f"^a{{250}}b{{{MOST_POSITIONS - 250}}}$")
    with pytest.raises(BadPattern):
        check_pattern(f"^a{{250}}b{{{MOST_POSITIONS - 249}}}$")


ATOMS = st.sampled_from(["a", "b", "c", "[ab]", "[bc]", "\\d", "1"])
QUANTIFIERS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{0,2}", "{1,3}", "{2,}"])
INNER = st.recursive(
    ATOMS,
    lambda deeper: st.one_of(
        st.tuples(deeper, QUANTIFIERS).map("".join),
        st.lists(deeper, min_size=1, max_size=3).map("".join),
        st.tuples(
            st.lists(deeper, min_size=1, max_size=3).map("|".join).map("({})".format), QUANTIFIERS
        ).map("".join),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(INNER, st.text("abc1", max_size=12))
def test_what_is_taken_is_read_without_ever_trying_twice(inner: str, text: str) -> None:
    try:
        check_pattern(f"^{inner}$")
    except BadPattern:
        return

    tried = list(ways(re._parser.parse(inner), text, 0))

    assert len(tried) == len(set(tried))
    assert (len(text) in tried) is bool(re.fullmatch(inner, text))


def ways(tree: Any, text: str, at: int) -> Iterator[int]:
    """Yield where each way to read the text from here ends, as one who goes back tries them."""
    parts = list(tree)
    if not parts:
        yield at
        return
    for end in each_way(parts[0], text, at):
        yield from ways(parts[1:], text, end)


def each_way(part: Any, text: str, at: int) -> Iterator[int]:
    name, value = str(part[0]), part[1]
    if name == "LITERAL":
        yield from [at + 1] if text[at : at + 1] == chr(value) else []
    elif name == "IN":
        is_in = at < len(text) and any(holds(each, text[at]) for each in value)
        yield from [at + 1] if is_in else []
    elif name == "SUBPATTERN":
        yield from ways(value[-1], text, at)
    elif name == "BRANCH":
        for each in value[1]:
            yield from ways(each, text, at)
    else:
        assert name == "MAX_REPEAT"
        least, most, inner = value
        yield from repeated(inner, least, most, text, at)


def repeated(inner: Any, least: int, most: int, text: str, at: int) -> Iterator[int]:
    if most > 0:
        for end in ways(inner, text, at):
            yield from repeated(inner, least - 1, most - 1, text, end)
    if least <= 0:
        yield at


def holds(item: Any, character: str) -> bool:
    name, value = str(item[0]), item[1]
    if name == "RANGE":
        low, high = value
        return bool(low <= ord(character) <= high)
    return character.isdigit() if name == "CATEGORY" else ord(character) == value
