"""Which passages need the one before or after them to be understood, and those passages.

A passage is cut where it is long enough, so that it may begin in the middle of a sentence or of a
list, or with a word that points back. The rule looks at words and marks only: the same passage
needs the same neighbours, whatever is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from retrieval.access import Principal
from retrieval.documents import Passage

MOST = 12
"""How many of the passages found get their neighbours: the best ones. The rest seldom carry an
answer, and each neighbour is read by the model all the same."""

_ITEM: Final = re.compile(
    r"(?:\((?:[a-z]{1,2}|[ivx]{1,5}|\d{1,2})\)|(?:[a-z]|[ivx]{1,5}|\d{1,2})\)|[•·▪◦●○■□–—*-])\s",
    re.IGNORECASE,
)
_HEADED: Final = re.compile(r"[a-z]\.(?:\s|$)")
_WHOLE: Final = (
    r"agreement|addendum|amendment|annex|appendix|code|contract|deed|document|exhibit|form|"
    r"guideline|guide|handbook|lease|letter|licence|license|manual|note|notice|plan|polic(?:y|ie)|"
    r"procedure|schedule|site|standard|statement|term|ticket|website|year"
)
_BACK: Final = re.compile(
    rf"""
    (?:this|these|that|those|said)\b (?! (?: \s+ [\w-]+ ){{0,3}}? \s+ (?:{_WHOLE})s? \b)
    | (?:such|the\s(?:foregoing|above|aforesaid|same|former|latter)) \b
    | its? \b (?! \s (?:is|shall\sbe) \s (?:agreed|acknowledged|our|the|understood) \b)
    | (?:they|their|he|his|she|her|both|neither\sof\sthem) \b
    | (?:subject\sto|notwithstanding|without\slimiting|in\saddition\sto|except\sfor|except\sas)
      \s (?:the\s(?:foregoing|above)|such|this|these|those|it) \b
    | (?:in|under|for|at|on) \s (?:any\s)? (?:such|that|this|these|those) \b
      (?! \s (?:{_WHOLE})s? \b)
    | (?:if|unless|where) \s (?:so|not|it|they|such) \b
    | (?:however|otherwise|thereafter|therefore|provided|furthermore|moreover|consequently) \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ROW: Final = re.compile(r"[^\n|]+ \| ")
_CLOSING: Final = "\"'”’»)] "

Place = tuple[int, int]
"""A version's id and a passage's ordinal in it."""


class Shelved(Protocol):
    """Where passages are kept, for those who may read them."""

    async def neighbours(
        self, places: Sequence[Place], *, principal: Principal
    ) -> Sequence[Passage]:
        """Return the passages at these places that this principal may read."""


class Neighbours:
    """Brings the neighbours that passages need, all at once."""

    def __init__(self, shelved: Shelved) -> None:
        self._shelved = shelved

    async def of(
        self, found: Sequence[Passage], *, principal: Principal
    ) -> Mapping[int, Sequence[Passage]]:
        """Return the neighbours of the best of these passages, by the id of the passage."""
        best = found[:MOST]
        near = {_place(each): each for each in found}
        wanted = {place for each in best for place in _wanted(each)} - near.keys()
        if wanted:
            brought = await self._shelved.neighbours(sorted(wanted), principal=principal)
            near |= {_place(each): each for each in brought}
        return {each.id: beside for each in best if (beside := [*_beside(each, near)])}


def needs_before(passage: Passage) -> bool:
    """Return whether it begins mid-sentence or mid-list, points back, or is a row without names."""
    if not passage.sentences:
        return False
    first = _sentence(passage, 0)
    return bool(_is_cut(first) or _ITEM.match(first) or _BACK.match(first) or _ROW.match(first))


def needs_after(passage: Passage) -> bool:
    """Return whether it ends with what leads a list in, or before the end of a sentence."""
    if not passage.sentences:
        return False
    last = _sentence(passage, -1).rstrip(_CLOSING)
    return last.endswith((":", ",")) or (last[-1:].isalnum() and " " in last)


def _wanted(passage: Passage) -> Iterator[Place]:
    version, ordinal = _place(passage)
    if ordinal > 0 and needs_before(passage):
        yield version, ordinal - 1
    if needs_after(passage):
        yield version, ordinal + 1


def _beside(passage: Passage, near: Mapping[Place, Passage]) -> Iterator[Passage]:
    """Yield the neighbours wanted, of those there are, that stand under the same headings."""
    for place in _wanted(passage):
        other = near.get(place)
        if other is None or other.headings != passage.headings or not other.sentences:
            continue
        if other.ordinal < passage.ordinal or _goes_on(passage, other):
            yield other


def _goes_on(passage: Passage, following: Passage) -> bool:
    """Return whether the following passage has the list, or the rest of the sentence."""
    led_in = _sentence(passage, -1).rstrip(_CLOSING).endswith(":")
    return led_in or _is_cut(_sentence(following, 0))


def _is_cut(sentence: str) -> bool:
    """Return whether a sentence begins where none does: `g. Terms` is a clause of its own."""
    first = sentence[:1]
    return (first.islower() and not (_HEADED.match(sentence) or _ITEM.match(sentence))) or (
        first in set(",;:)]&%")
    )


def _sentence(passage: Passage, at: int) -> str:
    span = passage.sentences[at]
    return passage.text[span.start - passage.start : span.end - passage.start]


def _place(passage: Passage) -> Place:
    return passage.version.id, passage.ordinal
