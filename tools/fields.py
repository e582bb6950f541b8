"""What the arguments of a tool must look like: closed, bounded and static.

A small part of JSON Schema, on purpose: what cannot be said here cannot be asked of a tool. There
is no free-form object, no reference, no URL, path, query or template. A field that is badly made
raises `BadField` where it is made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tools.patterns import BadPattern, check_pattern
from tools.words import are_words

MOST_TEXT = 4_000
MOST_PATTERNED = 200
MOST_LISTED = 100
LARGEST_NUMBER = 2**53
"""Beyond it, two whole numbers may be read as one by who reads numbers as floats."""


class BadField(ValueError):
    """A field says what no argument can keep to, or what cannot be checked; says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of `least` to `most` characters.

    One with a `pattern` (from ^ to $, see `tools/patterns.py`) matches it from its first to its
    last character. Without one it is words, as `tools/words.py` has them: letters, marks, figures,
    punctuation, spaces and, in `is_long` text, line breaks.
    """

    says: str
    most: int = 200
    least: int = 1
    pattern: str = ""
    is_long: bool = False
    is_required: bool = True

    def __post_init__(self) -> None:
        _check_counts(self.least, self.most, MOST_PATTERNED if self.pattern else MOST_TEXT)
        if self.pattern and self.is_long:
            raise BadField("Expected a pattern or long text, got both.")
        if self.pattern:
            try:
                check_pattern(self.pattern)
            except BadPattern as error:
                raise BadField(f"{error} The pattern is {self.pattern[:80]!r}.") from error


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; each is words as `tools/words.py` has them, so it is seen as it is."""

    says: str
    among: tuple[str, ...]
    is_required: bool = True

    def __post_init__(self) -> None:
        if not self.among or len(set(self.among)) < len(self.among):
            raise BadField("Expected words to choose among, each once, got none or one twice.")
        if not all(map(_is_seen_as_it_is, self.among)):
            raise BadField("Expected words to choose among on a line each, got something else.")


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `least` to `most`, whole unless `decimals`."""

    says: str
    least: float
    most: float
    decimals: bool = False
    is_required: bool = True

    def __post_init__(self) -> None:
        bounds = (self.least, self.most)
        if not -LARGEST_NUMBER <= self.least <= self.most <= LARGEST_NUMBER:
            raise BadField(
                f"Expected bounds from lower to higher, within 2 to the power of 53, got {bounds}."
            )
        if not self.decimals and any(each != math.floor(each) for each in bounds):
            raise BadField(f"Expected whole bounds for a whole number, got {bounds}.")


@dataclass(frozen=True, slots=True)
class PassageNumber(Number):
    """The number of a passage of our own documents. A model is given short ones for a turn."""

    least: float = 1
    most: float = LARGEST_NUMBER


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    says: str
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Many:
    """A list of at most `most` of the same, each once."""

    says: str
    each: Text | Choice | Number
    most: int = 20
    least: int = 0
    is_required: bool = True

    def __post_init__(self) -> None:
        _check_counts(self.least, self.most, MOST_LISTED)


Field = Text | Choice | Number | Flag | Many
Fields = Mapping[str, Field]
"""The arguments of a tool by name. There are no others."""


def _is_seen_as_it_is(word: str) -> bool:
    return len(word) <= MOST_TEXT and are_words(word) and word == " ".join(word.split())


def _check_counts(least: int, most: int, largest: int) -> None:
    if not 0 <= least <= most <= largest or most < 1:
        raise BadField(f"Expected at most 1 to {largest}, and at least 0, got {least} to {most}.")
