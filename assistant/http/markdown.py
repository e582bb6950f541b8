"""Untrusted text made harmless where it will be rendered as Markdown: words, and nothing else.

CommonMark and what is commonly added to it are thought of: tables, strikethrough, formulas, and
renderers that make links of whatever looks like an address, even of an escaped one. None does so
inside a code span, so that is where such words go, without their brackets: some renderers find the
end of a link in a code span.
"""

from __future__ import annotations

import re

from retrieval.plain import plain

_ADDRESS = re.compile(r"//|www\.|\S@\S|\S\.[^\W\d_]{2}", re.IGNORECASE)
_BRACKETS = re.compile(r"([\[\]])")
_ACTIVE = re.compile(r"[\\`*_<~${]|\](?=\()|&(?=#?\w+;)")
_OPENING = re.compile(r"[#>:|\[]|[-+=]+$")
_NUMBER = re.compile(r"\d+[.)]")


def harmless(text: str) -> str:
    """Return the text as one line of Markdown that shows its words: no link, image or markup."""
    first, *rest = plain(text).split() or [""]
    return " ".join([_opening(first), *map(_word, rest)])


def _opening(word: str) -> str:
    """Return a word that may stand at the beginning of a line."""
    if _NUMBER.fullmatch(word):
        return f"{word[:-1]}\\{word[-1]}"
    shown = _word(word)
    return f"\\{shown}" if _OPENING.match(word) and shown[0] == word[0] else shown


def _word(word: str) -> str:
    if not _ADDRESS.search(word):
        return _escaped(word)
    return "".join(_part(each) for each in _BRACKETS.split(word))


def _part(part: str) -> str:
    """Return a part of a word that looks like an address: a bracket, or what is between two."""
    if _BRACKETS.fullmatch(part):
        return f"\\{part}"
    return _code(part) if _ADDRESS.search(part) else _escaped(part)


def _escaped(word: str) -> str:
    return _ACTIVE.sub(lambda found: f"\\{found[0]}", word)


def _code(word: str) -> str:
    """Return a code span; what looks like an address has no use for a backtick."""
    return f"`{word.replace('`', chr(39))}`"
