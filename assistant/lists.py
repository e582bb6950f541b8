"""The heads of lists: "Not permitted:" is part of what each of its items says.

A passage is cut where it is long enough, so a list may go on in the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from retrieval.documents import Passage

_ITEM: Final = re.compile(
    r"(?:\((?:[a-z]{1,2}|[ivx]{1,5}|\d{1,2})\)|(?:[a-z]|[ivx]{1,5}|\d{1,2})[.)]|[•·▪◦●○■□–—*-])\s",
    re.IGNORECASE,
)
_GOES_ON: Final = (";", ",", ":")
_LONGEST: Final = 600
"""Characters of a head; what is longer is no head but a text with a colon at its end."""

Heads = Mapping[tuple[int, int], str]
"""The head of each item, by its passage's id and the character where it starts."""


def heads_of(passages: Sequence[Passage]) -> Heads:
    """Return the heads of the items in these passages, which are in the order of their text.

    A list within another has both heads.
    """
    found, head, before = dict[tuple[int, int], str](), "", None
    for passage in passages:
        if before is None or not _follows(passage, before):
            head = ""
        for start, text, is_first in _sentences(passage):
            is_item = bool(_ITEM.match(text)) or is_first or text[:1].islower()
            if not is_item:
                head = ""
            elif head:
                found[passage.id, start] = head
            if text.endswith(":") and len(text) <= _LONGEST:
                head = f"{head} {text}" if head and len(head) <= _LONGEST else text
        before = passage
    return found


def _sentences(passage: Passage) -> Iterator[tuple[int, str, bool]]:
    """Yield where each sentence starts, its words, and whether the one before leads it in."""
    leads_in = False
    for span in passage.sentences:
        raw = passage.text[span.start - passage.start : span.end - passage.start]
        text = " ".join(raw.split())
        yield span.start, text, leads_in
        leads_in = text.endswith(_GOES_ON)


def _follows(passage: Passage, before: Passage) -> bool:
    is_same = passage.version.id == before.version.id and passage.headings == before.headings
    return is_same and passage.ordinal == before.ordinal + 1
