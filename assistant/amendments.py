"""What changes a quoted clause: an amendment in force is quoted beside the clause that it amends.

"In clause 7.2 of the Agreement, the words ... are replaced by ..." changes clause 7.2 of a document
of the same kind and parties that counted no later. Where no parties are known, it must call itself
an amendment and name the other in its title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from assistant.support import Evidence, text_of
from retrieval.documents import Passage, Span, Status, Version
from retrieval.retriever import Retrieved

MOST: Final = 2
"""How many sentences are added to what is quoted."""

_CLAUSE: Final = re.compile(
    r"(?:^|\n)\s*(?:clause|section|article|§)?\s*(\d{1,3}(?:\.\d{1,3})*)[.)]?\s", re.I
)
_NUMBER: Final = re.compile(r"\d{1,3}(?:\.\d{1,3})*")
_NAMED: Final = re.compile(
    r"(?:clauses?|sections?|articles?|paragraphs?|rules?|§)\s*"
    r"(\d{1,3}(?:\.\d{1,3})*(?:(?:,|\s+and|\s+or)\s+\d{1,3}(?:\.\d{1,3})*)*)",
    re.IGNORECASE,
)
_CHANGES: Final = re.compile(
    r"\b(?:(?:is|are|be|hereby|was|were)\s+(?:\w+\s+){0,2})"
    r"(?:replaced|amended|deleted|varied|raised|lowered|increased|reduced|changed|substituted"
    r"|restated|extended|shortened|suspended|added|inserted)\b|\bshall (?:now )?read\b",
    re.IGNORECASE,
)
_LEAVES: Final = re.compile(r"\b(?:is|are) (?:not|never)\b|\bunchanged\b", re.IGNORECASE)
_AMENDMENT: Final = re.compile(
    r"amend|addend|supplement|variation|revision|change|nachtrag|änderung|tillägg|avenant",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_]{3,}")
_OF_ANY: Final = frozenset([
    "the", "and", "agreement", "amendment", "addendum", "contract", "master", "policy", "services",
    "service", "ltd", "gmbh", "framework", "supplement", "variation",
])  # fmt: skip


def amending(
    retrieved: Retrieved, quoted: Sequence[Evidence], instant: int
) -> list[tuple[int, Evidence]]:
    """Return sentences that change what is quoted, each with the place of what it changes."""
    told = {(each.passage.id, each.span.start) for each in quoted}
    found: list[tuple[int, Evidence]] = []
    for place, each in enumerate(quoted):
        clause = clause_of(each.passage, each.span)
        for rank, other in enumerate(retrieved.found if clause else ()):
            if not _may_amend(other.passage.version, each.passage.version, instant):
                continue
            for span in other.passage.sentences:
                key = other.passage.id, span.start
                if key not in told and changes(text_of(other.passage, span), clause):
                    told.add(key)
                    found.append((place, Evidence(other.passage, span, rank, each.words)))
    return found[:MOST]


def clause_of(passage: Passage, span: Span) -> str:
    """Return the number of the clause in which a sentence stands, empty if it has none."""
    before = passage.text[: span.start - passage.start]
    own = _CLAUSE.match(text_of(passage, span) + " ")
    if own:
        return own[1]
    numbers = [each[1] for each in _CLAUSE.finditer(before)]
    if numbers:
        return numbers[-1]
    heading = _NUMBER.match(passage.headings[-1]) if passage.headings else None
    return heading[0] if heading else ""


def changes(sentence: str, clause: str) -> bool:
    """Return whether a sentence says that a clause of this number is another from now on."""
    named = {number for each in _NAMED.finditer(sentence) for number in _NUMBER.findall(each[1])}
    changed = _CHANGES.search(sentence)
    if clause not in named or changed is None:
        return False
    return _LEAVES.search(sentence, 0, changed.end()) is None


def _may_amend(other: Version, told: Version, instant: int) -> bool:
    """Return whether a document may change another: a newer one of its parties, or naming it."""
    if other.document_id == told.document_id or other.kind is not told.kind:
        return False
    if other.status_at(instant) is not Status.APPROVED:
        return False
    if other.begins < told.begins:
        return False
    if other.parties and told.parties:
        return set(other.parties) == set(told.parties)
    mine = set(_words(told.title))
    is_named = len(mine & set(_words(other.title))) >= 0.5 * len(mine) > 0
    return is_named and _AMENDMENT.search(other.title) is not None


def _words(title: str) -> Iterator[str]:
    return (word for word in _WORD.findall(title.casefold()) if word not in _OF_ANY)
