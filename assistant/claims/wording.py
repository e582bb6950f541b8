"""The words of a text as they are compared: unseen characters gone, forms of one letter alike."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.keywords import Terms
from retrieval.mention import stem

Beside = frozenset[tuple[int, bool]]
"""Stems near a stretch of words, and whether each stands after it."""

MOST_WORDS: Final = 4_000
"""Words beyond these are not looked at; a claim that rests on them is not carried."""

_TOKEN: Final = re.compile(
    r"(?P<literal>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|(?:https?://|www\.)[^\s<>\"]{1,400})"
    r"|(?:[^\W\d_]\.){1,12}[^\W\d_](?!\w)\.?|(?:[^\W\d_]\.){2,12}"
    r"|\d+(?:[.,]\d+)*\w*"
    r"|(?i:usd|eur|gbp|chf|cad|aud|jpy|inr|cny|rs)(?=\d)"
    r"|[^\W\d_]\w*(?:['&]\w+)*"
    r"|'s\b"
    r"|[%$€£¥§]"
)
_SAME: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"})
_PARTED: Final = {
    "cannot": ("can", "not"),
    "can't": ("can", "not"),
    "ca": ("can",),
    "won't": ("will", "not"),
    "wo": ("will",),
    "shan't": ("shall", "not"),
    "n't": ("not",),
    "ain't": ("is", "not"),
    **{
        f"{verb}nt": (verb, "not")
        for verb in (
            "is", "are", "was", "were", "does", "do", "did", "has", "have", "had", "would",
            "could", "should", "must", "might", "need",
        )
    },
    "mustnot": ("must", "not"),
    "cant": ("can", "not"),
    "wont": ("will", "not"),
    "shant": ("shall", "not"),
    "aint": ("is", "not"),
}  # fmt: skip
_ENDS: Final = re.compile(r"[.:;?!]")
_NEAR: Final = 4
_DENYING: Final = ("un", "in", "non")
_SHORTEST_BARE: Final = 5
_MOST_TWINS: Final = 32


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `gap` is what stands before it; `key` is compared; `stem` is 0 for a stop word.

    `opposite` is the stem without "un", "in" or "non", if it has one. Where one written word
    makes two, as "cannot" does, the second has no `text`.
    `at` is its place among the words that have a stem, or of the next one that has.
    """

    text: str
    key: str
    gap: str
    stem: int
    at: int
    is_literal: bool = False
    opposite: int = 0

    @property
    def starts(self) -> bool:
        """Return whether a sentence starts here, or what follows a colon or a semicolon."""
        return bool(_ENDS.search(self.gap))

    @property
    def is_capital(self) -> bool:
        """Return whether it is written as a name is."""
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one or more texts, and where each stem stands among those that have one.

    `stems` and `keys` are of the words with a stem only.
    """

    words: tuple[Word, ...]
    stems: tuple[int, ...]
    keys: tuple[str, ...]
    places: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, texts: Iterable[str], terms: Terms) -> Wording:
        """Return the wording; each text starts a sentence of its own."""
        words: list[Word] = []
        stems: list[int] = []
        for text in texts:
            for token in _tokens(text):
                if len(words) >= MOST_WORDS:
                    break
                root, at = stem(token.key, terms), len(stems)
                bare = _without_prefix(token.key)
                opposite = stem(bare, terms) if bare else 0
                words.append(
                    Word(token.text, token.key, token.gap, root, at, token.is_literal, opposite)
                )
                if root:
                    stems.append(root)
        places: defaultdict[int, list[int]] = defaultdict(list)
        for place, root in enumerate(stems):
            places[root].append(place)
        keys = tuple(word.key for word in words if word.stem)
        return cls(tuple(words), tuple(stems), keys, dict(places))

    def between(self, first: int, last: int) -> str:
        """Return the words from the first to the last, a space between two."""
        return " ".join(word.text for word in self.words[first : last + 1] if word.text)

    def twins(self, at: int, other: Wording) -> list[int]:
        """Return where the other has the stem at `at` among the most alike neighbours."""
        places = other.places.get(self.stems[at], ())[:_MOST_TWINS]
        if len(places) < 2:
            return list(places)
        around, key = self.around(at), self.keys[at]
        alike = [2 * other.likeness(each, around) + (other.keys[each] == key) for each in places]
        best = max(alike)
        return [place for place, each in zip(places, alike, strict=True) if each == best]

    def around(self, at: int) -> set[int]:
        """Return the stems near a place, its own among them."""
        return set(self.stems[max(at - _NEAR, 0) : at + _NEAR + 1])

    def are_near(self, one: int, other: int) -> bool:
        """Return whether two stems stand near each other anywhere."""
        places = self.places.get(one, ())[:_MOST_TWINS]
        return any(other in self.stems[max(at - _NEAR, 0) : at + _NEAR + 1] for at in places)

    def beside(self, first: int, last: int) -> Beside:
        """Return the stems near a stretch of words, and whether each stands after it."""
        start = self.words[first].at
        end = start + sum(bool(word.stem) for word in self.words[first : last + 1])
        before, after = self.stems[max(start - _NEAR, 0) : start], self.stems[end : end + _NEAR]
        return frozenset({(each, False) for each in before} | {(each, True) for each in after})

    def likeness(self, at: int, around: set[int]) -> int:
        """Return how many of these stems stand near a place."""
        return len(around.intersection(self.stems[max(at - _NEAR, 0) : at + _NEAR + 1]))


def _without_prefix(key: str) -> str:
    prefix = next((each for each in _DENYING if key.startswith(each)), "")
    bare = key[len(prefix) :] if prefix else ""
    return bare if len(bare) >= _SHORTEST_BARE else ""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    key: str
    gap: str
    is_literal: bool


def cleaned(text: str) -> str:
    """Return the text with one form for each letter, digit, quote and dash, nothing unseen."""
    plain = unicodedata.normalize("NFKC", text).translate(_SAME)
    if plain.isascii():
        return plain
    return "".join(_plain(letter) for letter in plain)


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    kind = unicodedata.category(letter)
    if kind in {"Cf", "Cc", "Cs", "Co", "Cn"}:
        return ""
    return str(unicodedata.decimal(letter)) if kind == "Nd" else letter


def _folded(text: str) -> str:
    folded = text.casefold()
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFKD", folded)
    return "".join(letter for letter in parts if not "\u0300" <= letter <= "\u036f")


def _tokens(text: str) -> Iterable[_Token]:
    """Yield the tokens of a text, contractions parted, possessives and dots of initials gone."""
    plain = cleaned(text)
    end, gap = 0, ". "
    for found in _TOKEN.finditer(plain):
        gap += plain[end : found.start()]
        end = found.end()
        token, is_literal = found.group(), found["literal"] is not None
        key = _folded(token)
        if key == "'s":
            continue
        for part, whole in enumerate(_parts(key, is_literal)):
            yield _Token("" if part else token, whole, " " if part else gap, is_literal)
        gap = ""


def _parts(key: str, is_literal: bool) -> Sequence[str]:
    if is_literal:
        return (key.rstrip(".,"),)
    if key in _PARTED:
        return _PARTED[key]
    if key.endswith("n't"):
        return (key[:-3], "not")
    if key.endswith("'s"):
        return (key[:-2],)
    return (key.replace(".", ""),) if key[1:2] == "." and key[0].isalpha() else (key,)
