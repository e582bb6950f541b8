"""Searching the documents that the asker may read, so that a question of several steps can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from retrieval.access import Principal
from retrieval.documents import Kind, Passage, Scope
from retrieval.retriever import Retrieved
from tools.call import Json
from tools.fields import Choice, Many, Text
from tools.tool import Effect, Errand, Result, Tool

MOST_FOUND: Final = 8
TOOL: Final = Tool(
    name="search",
    says="Find passages about something else than what was found for the question already.",
    fields={
        "question": Text("What to look for, as a question or in a few words.", most=300),
        "kinds": Many(
            "The kinds of documents to look in; leave it out for all.",
            Choice("A kind of document.", tuple(each.value for each in Kind)),
            most=len(Kind),
            is_required=False,
        ),
    },
    effect=Effect.READS,
)


class Retrieving(Protocol):
    """What finds passages."""

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> Retrieved:
        """Return up to `limit` passages that the principal may read, best first."""


class Search:
    """Finds passages as the asker, in what was in force at the date asked for."""

    def __init__(self, retriever: Retrieving) -> None:
        self._retriever = retriever

    @property
    def tool(self) -> Tool:
        """Return what it is."""
        return TOOL

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the best passages; nothing in it is new to whoever may not read them."""
        kinds = arguments.get("kinds")
        wanted = frozenset(Kind(str(each)) for each in kinds) if isinstance(kinds, list) else ()
        retrieved = await self._retriever.retrieve(
            str(arguments["question"]),
            principal=errand.asker.principal,
            scope=Scope(as_of=errand.as_of, kinds=frozenset(wanted)),
            limit=MOST_FOUND,
        )
        return _result([each.passage for each in retrieved.found])


def _result(passages: Sequence[Passage]) -> Result:
    if not passages:
        return Result("Found nothing", "Nothing that may be read speaks about this.")
    return Result(f"Found {len(passages)} passages", passages=tuple(passages))
