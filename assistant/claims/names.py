"""The names of a text: words with a capital inside a sentence, initials, and who does something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from assistant.claims.wording import Word, Wording

_SHORTEST_ROOT: Final = 4
_LONGEST_ENDING: Final = 3
_FEWEST_INITIALS: Final = 2
_MOST_INITIALS: Final = 6
ACTING: Final = frozenset([
    "shall", "must", "may", "will", "can", "should", "is", "are", "was", "were", "has", "have",
    "had", "does", "did", "would", "could",
])  # fmt: skip
_WITHIN_NAMES: Final = frozenset({"of", "and", "for", "the"})
_LONGEST_ACTION: Final = 4
_NUMERAL: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Name:
    """One word of a name: `first` is its place among the words.

    With an `action` (a stem) it is a name only if one does the same in the cited words.
    `initials` are those of the whole name.
    """

    word: Word
    first: int
    action: int = 0
    initials: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """All that may carry a name: words, initials of capitalised runs, and what names do."""

    keys: frozenset[str]
    roots: frozenset[str]
    stems: frozenset[int]
    letters: frozenset[str]
    initials: frozenset[str]
    shouted: frozenset[str]
    actions: frozenset[int]

    @classmethod
    def of(cls, *wordings: Wording) -> Named:
        """Return what texts name in any way, written with a capital or not."""
        words = [word for wording in wordings for word in wording.words]
        return cls(
            keys=frozenset(word.key for word in words) | frozenset(_joined(words)),
            roots=frozenset(root for word in words for root in _roots(word.key)),
            stems=frozenset(word.stem for word in words) - {0},
            letters=frozenset(word.text[:1] for word in words if len(word.key) == 1),
            initials=frozenset(_initials(words)),
            shouted=frozenset(word.key for word in words if word.text.isupper()),
            actions=frozenset(_action(words, at) for at in range(len(words))) - {0},
        )

    def carries(self, name: Name) -> bool:
        """Return whether the name is here: as a word, in another form, by or as its initials."""
        word = name.word
        if name.action and name.action not in self.actions:
            return True
        if len(word.key) == 1:
            return word.text[:1] in self.letters
        return (
            word.key in self.keys
            or word.stem in self.stems
            or word.key in self.initials
            or (len(name.initials) >= _FEWEST_INITIALS and name.initials in self.shouted)
            or word.key in self.roots
            or not self.keys.isdisjoint(_roots(word.key))
        )

    def carries_code(self, code: str) -> bool:
        """Return whether a name with digits in it, such as Q2 or Model3, is here."""
        return code[:1].isalpha() and code in self.keys


def names_of(wording: Wording) -> tuple[Name, ...]:
    """Return the words of names.

    The first word of a sentence counts if it is in capitals or the next word is a name too. If
    it does something ("Birch shall pay"), it may be a name.
    """
    return tuple(_names(wording.words))


def _names(words: Sequence[Word]) -> Iterator[Name]:
    runs = _runs(words)
    for at, word in enumerate(words):
        if _may_be_name(word):
            if not word.starts or _is_name_at_start(words, at):
                yield Name(word, at, initials=runs[at])
            elif action := _action(words, at):
                yield Name(word, at, action)


def _runs(words: Sequence[Word]) -> list[str]:
    """Return for each word the initials of the run of words with capitals that it is in."""
    runs = [""] * len(words)
    first = 0
    for at in range(len(words) + 1):
        if at == len(words) or not words[at].is_capital or words[at].starts:
            initials = "".join(word.key[:1] for word in words[first:at])
            runs[first:at] = [initials] * (at - first)
            first = at + (at < len(words) and not words[at].is_capital)
    return runs


def _may_be_name(word: Word) -> bool:
    has_digit = _NUMERAL.search(word.key)
    return word.is_capital and bool(word.stem) and not word.is_literal and not has_digit


def _is_name_at_start(words: Sequence[Word], at: int) -> bool:
    following = words[at + 1] if at + 1 < len(words) else None
    if len(words[at].key) > 1 and words[at].text.isupper():
        return True
    return bool(following and _may_be_name(following) and not following.gap.strip())


def _action(words: Sequence[Word], at: int) -> int:
    """Return the stem of what a capitalised word does: of "pay" in "Birch shall not pay"."""
    if not _may_be_name(words[at]) or at + 1 >= len(words) or words[at + 1].key not in ACTING:
        return 0
    following = words[at + 2 : at + 2 + _LONGEST_ACTION]
    return next((word.stem for word in following if word.stem and word.key not in ACTING), 0)


def _joined(words: Sequence[Word]) -> Iterator[str]:
    """Yield a name and its number as one word: Model 3 as Model3."""
    for word, following in pairwise(words):
        if word.is_capital and following.key.isdecimal() and following.gap in {" ", "-"}:
            yield word.key + following.key


def _roots(key: str) -> Iterator[str]:
    """Yield the word without one to three last letters: India and Indian are one name."""
    for size in range(max(len(key) - _LONGEST_ENDING, _SHORTEST_ROOT), len(key)):
        yield key[:size]


def _initials(words: Iterable[Word]) -> Iterator[str]:
    """Yield the initials of each run of words with capitals, and of its parts."""
    run = ""
    for word in words:
        if word.starts:
            run = ""
        if word.is_capital:
            run += word.key[:1]
            for size in range(_FEWEST_INITIALS, min(len(run), _MOST_INITIALS) + 1):
                yield run[-size:]
        elif word.key not in _WITHIN_NAMES:
            run = ""
