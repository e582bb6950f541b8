"""Reading a number: digits with their groups, ordinals, scales and number words.

A value is a canonical string of digits, so no length of digits is rounded or refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.claims.wording import Word

_DIGITS: Final = re.compile(r"(\d+(?:[.,]\d+)*)(\w*)")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?")
_ORDINAL_ENDS: Final = frozenset({"st", "nd", "rd", "th"})
_UNITS: Final = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS: Final = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth",
]  # fmt: skip
_WORDS: Final = {
    **{word: number for number, word in enumerate(_UNITS)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    "fourty": 40,
    "dozen": 12,
    "once": 1,
    "twice": 2,
}
_ORDINAL_WORDS: Final = {
    **{word: number for number, word in enumerate(_ORDINALS, 1)},
    **{word[:-1] + "ieth": 10 * number for number, word in enumerate(_TENS, 2)},
    "hundredth": 100,
}
_SCALES: Final = {
    "hundred": 2,
    "thousand": 3,
    "lakh": 5,
    "lakhs": 5,
    "million": 6,
    "millions": 6,
    "crore": 7,
    "crores": 7,
    "billion": 9,
    "billions": 9,
    "trillion": 12,
}
_SUFFIXES: Final = {"k": 3, "m": 6, "mm": 6, "mn": 6, "mio": 6, "b": 9, "bn": 9}
_LONGEST: Final = 8


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number: its value, and the word after its last one.

    `is_vague` is one, first and the like as a word, which often count nothing.
    """

    value: str
    end: int
    is_ordinal: bool = False
    is_vague: bool = False


def numeral_at(words: Sequence[Word], at: int) -> Numeral | None:
    """Return the number that starts at a word."""
    if words[at].key[0].isdigit():
        return _in_digits(words, at)
    return _in_words(words, at)


def _in_digits(words: Sequence[Word], at: int) -> Numeral:
    found = _DIGITS.fullmatch(words[at].key)
    value = found[1] if found else words[at].key
    suffix = found[2] if found else ""
    if suffix in _ORDINAL_ENDS:
        return Numeral(_canonical(value), at + 1, is_ordinal=True)
    if suffix and suffix not in _SUFFIXES:
        return Numeral(words[at].key, at + 1)
    return _scaled(words, _canonical(value), at + 1, _SUFFIXES.get(suffix, 0))


def _scaled(words: Sequence[Word], value: str, end: int, zeros: int) -> Numeral:
    while end < len(words) and words[end].key in _SCALES and _joins(words[end]):
        zeros += _SCALES[words[end].key]
        end += 1
    return Numeral(_shifted(value, zeros), end)


def _in_words(words: Sequence[Word], at: int) -> Numeral | None:
    """Read "one hundred and twenty-five thousand", "twenty-first", "ninety"."""
    total, part, end, is_ordinal = 0, 0, at, False
    while end < min(len(words), at + _LONGEST) and (end == at or _joins(words[end])):
        key = words[end].key
        if key in _WORDS and _fits(part, _WORDS[key]):
            part += _WORDS[key]
        elif key in _ORDINAL_WORDS and _fits(part, _ORDINAL_WORDS[key]):
            part, is_ordinal = part + _ORDINAL_WORDS[key], True
        elif key == "hundred" and 0 < part < 100:
            part *= 100
        elif key in _SCALES and part:
            total, part = total + part * 10 ** _SCALES[key], 0
        elif not (key == "and" and end > at and _continues(words, end)):
            break
        end += 1
        if is_ordinal:
            break
    if end == at:
        return None
    is_vague = end == at + 1 and total + part <= (3 if is_ordinal else 1)
    return Numeral(str(total + part), end, is_ordinal, is_vague)


def _fits(part: int, more: int) -> bool:
    """Return whether a word may follow in one number: twenty-five, but not five twenty."""
    return part == 0 or (part % 100 == 0) or (part % 10 == 0 and part % 100 >= 20 and 0 < more < 10)


def _continues(words: Sequence[Word], at: int) -> bool:
    before = words[at - 1].key
    follows = words[at + 1].key if at + 1 < len(words) else ""
    return before in _SCALES and (follows in _WORDS or follows in _ORDINAL_WORDS)


def _joins(word: Word) -> bool:
    return word.gap.strip() in {"", "-"}


def _canonical(digits: str) -> str:
    """Return a number without groups and needless zeros; odd forms stay as they are."""
    if _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "")
    if "," in digits or digits.count(".") > 1:
        return digits
    whole, _, part = digits.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _shifted(value: str, zeros: int) -> str:
    """Return the value times ten to the power of `zeros`."""
    if not zeros or not value.replace(".", "", 1).isdigit():
        return value
    whole, _, part = value.partition(".")
    part = part.ljust(zeros, "0")
    return _canonical(f"{whole}{part[:zeros]}.{part[zeros:]}".rstrip("."))
