"""People: who owns a document, and who approves what. Both only read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from retrieval.access import Principal
from retrieval.documents import Passage, Version
from retrieval.errors import NotFound
from tools.call import Json
from tools.fields import Choice, PassageNumber
from tools.tool import Effect, Errand, Result, Tool, ToolFailed


class Owned(Protocol):
    """Where documents and their owners are kept, for those who may read them."""

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage, or raise `NotFound`."""

    async def current(
        self, document_ids: Iterable[str], *, principal: Principal
    ) -> Mapping[str, Version]:
        """Return the version in force now, else the newest, of those documents one may read."""


class OwnerOf:
    """people.owner_of: whom a document that the asker may read names as its owner."""

    tool: Final = Tool(
        name="people.owner_of",
        says="Tells who owns the document that a passage is from.",
        fields={"passage": PassageNumber("The number of the passage.")},
        effect=Effect.READS,
    )

    def __init__(self, library: Owned) -> None:
        self._library = library

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the owner as the document is now."""
        principal = errand.asker.principal
        number = int(str(arguments["passage"]))
        try:
            passage = await self._library.passage(number, principal=principal)
        except NotFound as error:
            raise ToolFailed(str(error)) from None
        document = passage.version.document_id
        now = await self._library.current([document], principal=principal)
        version = now.get(document, passage.version)
        owner = version.owner.strip()
        told = f"Owner: {owner}" if owner else "Nobody is named as its owner."
        return Result(title=version.title[:200], text=told, link=version.link)


class ApproverOf:
    """people.approver_of: who approves a matter, as this installation states it.

    `approvers` are reader names (`user:ann`, `group:legal`) by matter.
    """

    def __init__(self, approvers: Mapping[str, tuple[str, ...]]) -> None:
        self._approvers = approvers
        self.tool: Final = Tool(
            name="people.approver_of",
            says="Tells who approves a matter.",
            fields={"matter": Choice("The matter.", tuple(approvers))},
            effect=Effect.READS,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return the people and groups."""
        matter = str(arguments["matter"])
        named = [each.replace("user:", "", 1) for each in self._approvers[matter]]
        told = ", ".join(each.replace("group:", "the group ", 1) for each in named)
        return Result(title=f"Who approves {matter}", text=f"Approved by: {told}")
