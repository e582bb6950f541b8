"""What comes back from a tool, made fit to be kept, shown and read on: bounded, and nothing hidden.

It stays somebody else's text. Tokens that steer a model are broken where a prompt is made.
"""

from __future__ import annotations

import re
from functools import reduce

from retrieval.documents import Passage
from retrieval.plain import plain
from retrieval.readership import Readership
from tools.tool import MOST_RESULT_CHARACTERS, Result, ToolFailed

MOST_TITLE = 200
MOST_IDS = 200
MOST_TOLD = 500
_CUT = "…"
_LINK = re.compile(r"https?://[^\s<>\"'`\\]{1,1000}", re.ASCII)
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")


def checked(result: Result) -> Result:
    """Return a result within its limits and without what hides or reorders.

    Raises:
        ToolFailed: it is no result. Whether anything happened is not known.
    """
    if not isinstance(result, Result) or not _is_said(result):
        raise ToolFailed("Expected a result that can be read, got something else.", happened=None)
    link = plain(result.link)
    return Result(
        title=line_of(result.title, MOST_TITLE),
        text=text_of(result.text),
        passages=_within(result.passages),
        link=link if _LINK.fullmatch(link) else "",
        undo=line_of(result.undo, MOST_TOLD),
        ids=tuple(each for each in result.ids[:MOST_IDS] if _ID.fullmatch(each)),
        readers=frozenset(result.readers),
    )


def line_of(text: str, most: int = MOST_TOLD) -> str:
    """Return a text on one line, cut to `most` characters, and nothing in it hidden."""
    line = " ".join(plain(text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + _CUT


def text_of(text: str, most: int = MOST_RESULT_CHARACTERS) -> str:
    """Return a text cut to `most` characters, and nothing in it hidden."""
    clean = plain(text[: 4 * most].replace("\r\n", "\n").replace("\r", "\n"))
    return clean if len(clean) <= most else clean[: most - 1] + _CUT


def readership_of(result: Result, asker: str, read_by: frozenset[str] = frozenset()) -> Readership:
    """Return who may read a result: who may read all its passages.

    Without passages, the asker and those who may see it in the far system, by what that system
    says or by what an administrator does (`read_by`).
    """
    named = [Readership(each.version.readers, each.version.denied) for each in result.passages]
    if named:
        return reduce(Readership.under, named)
    return Readership(result.readers | read_by | {f"user:{asker}"})


def _within(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Return the first passages that are within the limit together."""
    kept, left = list[Passage](), MOST_RESULT_CHARACTERS
    for each in passages:
        left -= len(each.text)
        if left < 0:
            break
        kept.append(each)
    return tuple(kept)


def _is_said(result: Result) -> bool:
    texts = (result.title, result.text, result.link, result.undo, *result.ids, *result.readers)
    return all(isinstance(each, str) for each in texts) and all(
        isinstance(each, Passage) for each in result.passages
    )
