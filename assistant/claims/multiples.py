"""What makes another quantity of a cited figure: scales, signs, rates, and what is counted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from typing import Final

from assistant.claims.figures import Figure
from assistant.claims.numerals import numeral_at
from assistant.claims.wording import Word, Wording

_SCALES: Final = frozenset([
    "hundred", "thousand", "lakh", "lakhs", "crore", "crores", "million", "millions", "billion",
    "billions", "trillion", "trillions",
])  # fmt: skip
_MULTIPLES: Final = frozenset([
    "hundreds", "thousands", "dozen", "dozens", "score", "scores", "half", "halves", "double",
    "doubled", "triple", "tripled", "quadruple", "twice", "thrice", "grand", "mio", "mrd", "tsd",
    "bn", "mn", "mm", "k", "m", "b", "mille", "permille", "percent", "fold", "times", "plus",
    "minus",
])  # fmt: skip
_FOLD: Final = re.compile(r"\w{2,}fold")
_FOLDED: Final = frozenset({"manifold", "scaffold", "blindfold", "unfold"})
_SAID_BY: Final = {"percent": {"%", "percentage", "pct", "cent"}, "minus": {"negative"}}
_MONEY: Final = frozenset({"$", "€", "£", "¥", "us$"})
_ROMAN: Final = re.compile(r"(?=..)m*(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_NO_ROMANS: Final = frozenset({"mix", "di", "li", "mi", "mm", "cm", "cd", "dc"})
_PADDED: Final = re.compile(r"0\d+.*|\d+\.\d*000|\d{1,3}\.\d{3}")
_SIGNED: Final = re.compile(r"(?:^|[\s(])[-\u2212]$")
_PER: Final = frozenset({"per", "each", "every"})
_RATES: Final = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annual": "year", "annually": "year", "annum": "year",
    **{unit: unit for unit in ("hour", "day", "week", "month", "quarter", "year")},
}  # fmt: skip
_PERIODS: Final = frozenset({"hour", "day", "week", "month", "quarter", "year"})


def uncited_in(
    sentence: Wording, figures: Sequence[Figure], cited: Wording, others: Sequence[Figure]
) -> Iterator[str]:
    """Yield the words that make more, less or another thing of the figures of what is cited.

    `figures` are those of the sentence, `others` those of the cited words.
    """
    keys = frozenset(word.key for word in cited.words)
    yield from _scales(sentence.words, keys)
    yield from _romans(sentence.words, keys)
    yield from _padded(sentence, figures, keys)
    yield from _uncounted(sentence, figures, cited)
    yield from _signs(sentence, figures, cited, others)
    yield from _rates_missing(sentence, figures, cited)


def _scales(words: Sequence[Word], keys: Set[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        is_multiple = word.key in _MULTIPLES or _is_fold(word.key)
        if word.key in keys or not (is_multiple or word.key in _SCALES):
            continue
        may_be_read = bool(at) and (word.key in _SCALES or word.key == "percent")
        if may_be_read and _is_number(words, at - 1):
            continue
        if _SAID_BY.get(word.key, set()).isdisjoint(keys):
            yield word.text


def _is_number(words: Sequence[Word], at: int) -> bool:
    return words[at].key in _SCALES or numeral_at(words, at) is not None


def _is_fold(key: str) -> bool:
    return bool(_FOLD.fullmatch(key)) and key not in _FOLDED


def _romans(words: Sequence[Word], keys: Set[str]) -> Iterator[str]:
    for word in words:
        if word.key not in keys | _NO_ROMANS and _ROMAN.fullmatch(word.key):
            yield word.text


def _padded(sentence: Wording, figures: Sequence[Figure], keys: Set[str]) -> Iterator[str]:
    """Yield figures of a form that is read in two ways, unless cited so: 1.500, 0001."""
    for word in (sentence.words[figure.first] for figure in figures):
        if word.key not in keys and _PADDED.fullmatch(word.key):
            yield word.text


def _uncounted(sentence: Wording, figures: Sequence[Figure], cited: Wording) -> Iterator[str]:
    """Yield bare figures that count what is not cited."""
    for figure in figures:
        after = figure.last + 1
        is_bare = not (figure.unit or figure.is_idle or figure.is_mark)
        if not is_bare or not figure.value[0].isdigit() or after >= len(sentence.words):
            continue
        noun = sentence.words[after]
        is_next = not noun.gap.strip(" -")
        if is_next and noun.stem and noun.stem not in cited.places:
            yield sentence.between(figure.first, after)


def _signs(
    sentence: Wording, figures: Sequence[Figure], cited: Wording, others: Sequence[Figure]
) -> Iterator[str]:
    """Yield figures that are below zero where the cited ones are not, or the reverse."""
    signs: defaultdict[str, set[bool]] = defaultdict(set)
    for figure in others:
        signs[figure.value].add(_is_signed(cited.words, figure.first))
    for figure in figures:
        its = signs.get(figure.value)
        if its and _is_signed(sentence.words, figure.first) not in its:
            yield sentence.between(figure.first, figure.last)


def _is_signed(words: Sequence[Word], at: int) -> bool:
    """Return whether a minus stands before a figure, and is no dash of a range."""
    before = words[at - 1].key if at else ""
    if before in {"minus", "negative"}:
        return True
    if before in _MONEY:
        return words[at].gap in {"-", "\u2212"} or bool(_SIGNED.search(words[at - 1].gap))
    return bool(_SIGNED.search(words[at].gap)) and not before[-1:].isdigit()


def _rates_missing(sentence: Wording, figures: Sequence[Figure], cited: Wording) -> Iterator[str]:
    """Yield what the sentence counts by and the cited words do not: per day, a day, per head."""
    words, known = sentence.words, _rates(cited.words, _PER | {"a", "an"})
    yield from (said for rate, said in _rates(words, _PER).items() if rate not in known)
    for before, word in pairwise(words):
        is_new = word.stem and word.stem not in cited.places and word.key not in _RATES
        if before.key == "per" and is_new:
            yield f"per {word.text}"
    for figure in figures:
        after = words[figure.last + 1 : figure.last + 4]
        for one, period in pairwise(after):
            if one.key in {"a", "an"} and period.key in _PERIODS and period.key not in known:
                yield f"{one.text} {period.text}"


def _rates(words: Sequence[Word], per: Set[str]) -> dict[str, str]:
    """Return the periods that something is counted by, as they are written."""
    found = {}
    for at, word in enumerate(words):
        before = [each.key for each in words[max(at - 2, 0) : at]]
        if word.key in _PERIODS and before[-1:] == ["other"] and not per.isdisjoint(before[:1]):
            found[f"other {word.key}"] = f"{' '.join(before)} {word.text}"
        elif word.key in _PERIODS and not per.isdisjoint(before[-1:]):
            found[word.key] = f"{before[-1]} {word.text}"
        elif word.key in _RATES and word.key not in _PERIODS:
            found[_RATES[word.key]] = word.text
    return found
