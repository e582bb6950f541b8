"""A tool: a clause beside what the policies say of the same, with the figures that differ.

It lies here and not among the tools in the box because what differs is decided here too
(`assistant/disagreement.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from assistant.disagreement import Statement, standing
from retrieval.documents import Kind, Passage, Scope, Status, Version
from retrieval.keywords import Terms
from tools.box.open_document import Shelved, passage_of
from tools.box.search import Retrieving
from tools.call import Json
from tools.fields import PassageNumber
from tools.tool import Effect, Errand, Result, Tool

MOST_BESIDE: Final = 3
TOOL: Final = Tool(
    name="compare_clauses",
    says="Put a clause of a contract beside what the policies say of the same.",
    fields={"passage": PassageNumber("The number of the passage that the clause is in.")},
    effect=Effect.READS,
)
_SOUGHT: Final = 16
_LONGEST: Final = 600
_ALIKE: Final = 0.4


class CompareClauses:
    """Compares as the asker, with approved policies in force at the date asked for."""

    def __init__(self, retriever: Retrieving, library: Shelved, terms: Terms) -> None:
        self._retriever = retriever
        self._library = library
        self._terms = terms

    @property
    def tool(self) -> Tool:
        """Return what it is."""
        return TOOL

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the clause, the nearest passages of policies, and which figures differ."""
        principal = errand.asker.principal
        clause = await passage_of(self._library, arguments["passage"], principal)
        retrieved = await self._retriever.retrieve(
            clause.text[:_LONGEST],
            principal=principal,
            scope=Scope(
                as_of=errand.as_of,
                kinds=frozenset({Kind.POLICY}),
                statuses=frozenset({Status.APPROVED}),
            ),
            limit=_SOUGHT,
        )
        found = [each.passage for each in retrieved.found]
        beside = [each for each in found if each.version.document_id != clause.version.document_id]
        if not beside:
            return Result("No policy to compare with", passages=(clause,))
        nearest = beside[:MOST_BESIDE]
        told = list(self._differences(clause, nearest, errand.as_of))
        said = "\n".join(told) or "No figure or date of the same was found to differ."
        return Result("A clause and the policies", said, (clause, *nearest))

    def _differences(
        self, clause: Passage, beside: Sequence[Passage], instant: int
    ) -> Iterator[str]:
        """Yield what a clause and policies state differently of what is likely the same."""
        mine = [Statement(each, self._terms) for each in _sentences(clause)]
        for passage in beside:
            for theirs in (Statement(each, self._terms) for each in _sentences(passage)):
                for each in mine:
                    differ = each.differing(theirs) if each.likeness(theirs) >= _ALIKE else None
                    if differ is not None:
                        yield _told(differ[0].said, differ[1].said, passage.version, instant)


def _told(mine: str, theirs: str, version: Version, instant: int) -> str:
    title = " ".join(version.title.split())
    return f"The clause states {mine}; {title} ({standing(version, instant)}) states {theirs}."


def _sentences(passage: Passage) -> Iterator[str]:
    for each in passage.sentences:
        yield passage.text[each.start - passage.start : each.end - passage.start]
