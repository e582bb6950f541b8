"""Tickets: what was found and done stands in the replies; the complaint repeats the question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from assistant.support import Evidence, tells_something, text_of
from retrieval.documents import Kind, Passage, Span
from retrieval.retriever import Retrieved

MOST: Final = 12
"""How many sentences of replies are looked at beside those that share words with the question."""

_BYLINE: Final = re.compile(r"(?:^|\n\n)Comment by [^\n]{1,400}\n")
_HEADED: Final = "Comment by "
_NO_WORDS: Final = re.compile(r"://|\bwww\.|[<>`{}\[\]]|\S{40,}", re.IGNORECASE)
_OUTCOME: Final = re.compile(
    r"\b(?:why|how (?:was|were|did|do|does|can|could|to|is|are)|what (?:can|did|do|does|should|was"
    r"|were|has|have|happened|caused|causes|came|is being)|who|cause[sd]?|reason|fix(?:ed|es)?"
    r"|solv(?:e|ed|es)|solution|resolv(?:e|ed)|resolution|repair(?:ed)?|workaround|help(?:s|ed)?"
    r"|outcome|end(?:ed)?|still|since when|until when)\b",
    re.IGNORECASE,
)


def asks_for_an_outcome(question: str) -> bool:
    """Return whether it asks what was found, done or decided, and not what was complained of."""
    return _OUTCOME.search(question) is not None


def is_reply(passage: Passage, span: Span) -> bool:
    """Return whether a sentence stands in a comment of a ticket, and not in what opened it."""
    if passage.version.kind is not Kind.TICKET:
        return False
    if any(each.startswith(_HEADED) for each in passage.headings):
        return True
    return _BYLINE.search(passage.text, 0, span.start - passage.start) is not None


def is_outcome(passage: Passage, span: Span) -> bool:
    """Return whether a sentence may be told because its ticket fits, not because its words do.

    Such is a reply in plain words: a link, an address, a piece of code has to fit by itself.
    """
    return is_reply(passage, span) and not _NO_WORDS.search(text_of(passage, span))


def replies(retrieved: Retrieved, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return more sentences of the replies in the tickets that the evidence is from."""
    told = {(each.passage.id, each.span.start) for each in evidence}
    tickets = {each.passage.version.id for each in evidence}
    return list(_replies(retrieved, tickets, told))[:MOST]


def _replies(
    retrieved: Retrieved, tickets: set[int], told: set[tuple[int, int]]
) -> Iterator[Evidence]:
    for rank, each in enumerate(retrieved.found):
        passage = each.passage
        for span in passage.sentences if passage.version.id in tickets else ():
            is_new = (passage.id, span.start) not in told
            if is_new and is_outcome(passage, span) and tells_something(text_of(passage, span)):
                yield Evidence(passage, span, rank, 0.0)
