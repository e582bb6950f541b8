"""Which results contradict each other: approved sources that state different figures of the same.

The same comparison that stands behind answers (`assistant/disagreement.py`), over the sentences
that a page of results shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistant.answers import Question
from assistant.disagreement import Differing
from assistant.prompt import Numbered
from retrieval.documents import Kind, Passage, Status, Version
from retrieval.keywords import Terms

MOST_COMPARED: Final = 12
"""So many results of a page are compared, the first ones: each with every other."""
_MOST_SENTENCES: Final = 8


@dataclass(frozen=True, slots=True)
class Conflict:
    """What one result states, and what `other` states of the same."""

    states: str = field(repr=False)
    otherwise: str = field(repr=False)
    other: Passage


def conflicts(
    question: Question, passages: Sequence[Passage], terms: Terms
) -> Mapping[int, Conflict]:
    """Return the first conflict of each passage that has one, by id; it takes milliseconds."""
    instant = question.scope.as_of
    compared = [
        each
        for each in passages[:MOST_COMPARED]
        if each.version.status_at(instant) is Status.APPROVED
    ]
    if len({each.version.document_id for each in compared}) < 2:
        return {}
    numbered = {each.id: list(_numbered(each)) for each in compared}
    given = [one for each in numbered.values() for one in each]
    differing = Differing(question, given, terms)
    found: dict[int, Conflict] = {}
    for passage in compared:
        for sentence in numbered[passage.id]:
            rivals = differing.rivals(sentence.text, [sentence])
            others = [each for each in rivals if _is_other(each.sentence.passage, passage.version)]
            if others:
                first = others[0]
                found[passage.id] = Conflict(first.told, first.states, first.sentence.passage)
                break
    return found


def _is_other(passage: Passage, version: Version) -> bool:
    """Return whether a passage is another document's that speaks of the same matter.

    Policies speak to everybody; a contract only to its own parties. Nobody asked a question here
    that could bring others together.
    """
    other = passage.version
    if other.document_id == version.document_id:
        return False
    if Kind.POLICY is version.kind is other.kind:
        return True
    return bool(version.parties) and set(version.parties) == set(other.parties)


def _numbered(passage: Passage) -> Iterator[Numbered]:
    for at, span in enumerate(passage.sentences[:_MOST_SENTENCES], 1):
        yield Numbered(f"{passage.id}.{at}", passage, span)
