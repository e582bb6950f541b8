"""Whether a sentence is written in letters that it cites: none unseen, none alike, none spelt out.

Two letters that look the same, or one that is not seen at all, make another word of one that is
compared. So each character beyond plain ASCII must be cited too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

from assistant.claims.cues import TELLING
from assistant.claims.wording import Wording

_TYPOGRAPHIC: Final = frozenset("‘’“”«»‐‑–—…§\u00a0")
_BREAKS: Final = frozenset("\t\n\r")
_UNWRITTEN: Final = "PSZ"
_ALONE: Final = frozenset({"a", "i"})
_FEWEST_SPELT: Final = 3
_PARTING: Final = frozenset(",;:()[]")
_MIXED: Final = re.compile(r"[a-z][A-Z]")
_TWICE: Final = re.compile(r"(.)\1+")


def strange_in(text: str, source: str, signs: Collection[str] = ()) -> Iterator[str]:
    """Yield what holds a character that is not ASCII, nor in the source, nor one of `signs`.

    Yields too what mixes Latin letters or digits with others and is not so in the source.
    """
    text, source = (unicodedata.normalize("NFC", each) for each in (text, source))
    if not _beyond(text):
        return
    known = {*source, *source.upper(), *source.lower(), *_TYPOGRAPHIC, *signs}
    for token in text.split(" "):
        if not known.issuperset(_beyond(token)) or _is_mixed(token, source):
            yield token


def _beyond(text: str) -> set[str]:
    return {each for each in text if not (" " <= each <= "~" or each in _BREAKS)}


def _is_mixed(token: str, source: str) -> bool:
    """Return whether a word of plain letters holds one of another script or kind, uncited."""
    core = _core(token)
    strange = {each for each in _beyond(core) - _TYPOGRAPHIC if not _is_latin(each)}
    is_plain = any(each.isascii() and each.isalnum() for each in core)
    return is_plain and bool(strange) and core not in source


def _core(token: str) -> str:
    """Return the token without the punctuation and the signs at its ends."""
    kept = [at for at, each in enumerate(token) if unicodedata.category(each)[0] not in _UNWRITTEN]
    return token[kept[0] : kept[-1] + 1] if kept else ""


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")


def spelt_in(sentence: Wording, cited: Wording, known: Collection[str]) -> Iterator[str]:
    """Yield what may be read as another word than it is compared as, unless it is cited so.

    Lone letters ("n o t"), doubled ones ("nott"), capitals within a word ("lOO"). `known` are
    the keys of all that is cited.
    """
    for word in sentence.words:
        if word.key in known:
            continue
        is_letter = len(word.key) == 1 and word.key.isalpha() and word.key not in _ALONE
        if is_letter or _MIXED.search(word.text) or _is_misspelt(word.key):
            yield word.text
    runs = _runs(cited)
    for run in _runs(sentence):
        if not (run in known or any(run in each for each in runs)):
            yield " ".join(run)


def _runs(wording: Wording) -> frozenset[str]:
    """Return the lone letters that follow each other, three or more, as words."""
    letters = "".join(
        f"{'' if _PARTING.isdisjoint(word.gap) else ' '}{word.key}" if len(word.key) == 1 else " "
        for word in wording.words
    )
    return frozenset(run for run in letters.split() if len(run) >= _FEWEST_SPELT)


def _is_misspelt(key: str) -> bool:
    return key not in TELLING and _squeezed(key) in _SQUEEZED


def _squeezed(key: str) -> str:
    """Return the letters of a key, the same one never twice in a row."""
    return _TWICE.sub(r"\1", "".join(each for each in key if each.isalnum()))


_SQUEEZED: Final = frozenset(_squeezed(word) for word in TELLING)
