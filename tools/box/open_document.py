"""Reading on in a document, before and after a passage that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from retrieval.access import Principal
from retrieval.documents import Passage
from retrieval.errors import NotFound
from tools.call import Json
from tools.fields import Number, PassageNumber
from tools.tool import Effect, Errand, Result, Tool, ToolFailed

MOST_AROUND: Final = 6
TOOL: Final = Tool(
    name="open_document",
    says="Read what stands before and after a passage in its document.",
    fields={
        "passage": PassageNumber("The number of the passage."),
        "before": Number("How many passages before it.", 0, MOST_AROUND, is_required=False),
        "after": Number("How many passages after it.", 0, MOST_AROUND, is_required=False),
    },
    effect=Effect.READS,
)


class Shelved(Protocol):
    """Where passages are kept, for those who may read them."""

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage, or raise `NotFound`."""

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> Sequence[Passage]:
        """Return the passages at these places, (version id, ordinal) each, that one may read."""


class OpenDocument:
    """Reads on as the asker; without being told how far, one passage each way."""

    def __init__(self, library: Shelved) -> None:
        self._library = library

    @property
    def tool(self) -> Tool:
        """Return what it is."""
        return TOOL

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the passage with those around it, in the order of the document."""
        principal = errand.asker.principal
        middle = await passage_of(self._library, arguments["passage"], principal)
        before, after = (_count(arguments.get(each)) for each in ("before", "after"))
        ordinals = range(max(0, middle.ordinal - before), middle.ordinal + after + 1)
        places = [(middle.version.id, each) for each in ordinals if each != middle.ordinal]
        around = await self._library.neighbours(places, principal=principal) if places else ()
        passages = sorted([middle, *around], key=lambda each: each.ordinal)
        return Result(middle.version.title, passages=tuple(passages))


async def passage_of(library: Shelved, number: Json, principal: Principal) -> Passage:
    """Return a passage by its number; raise `ToolFailed` where there is none for this person."""
    try:
        return await library.passage(int(str(number)), principal=principal)
    except NotFound as error:
        raise ToolFailed("There is no such passage for you.") from error


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 1
