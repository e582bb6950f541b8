"""The tools that need no far system: what every server brings, and the one list of them."""

from __future__ import annotations

from typing import Any, Final, Protocol

from assistant.compare_clauses import CompareClauses
from retrieval.keywords import Terms
from tools.box.open_document import OpenDocument, Shelved
from tools.box.people import Owned, OwnerOf
from tools.box.search import Retrieving, Search
from tools.box.today import Today
from tools.tool import Hand, Tool


class Library(Shelved, Owned, Protocol):
    """Where passages and documents are kept, for those who may read them."""


def own_hands(retriever: Retrieving, library: Library, terms: Terms) -> tuple[Hand, ...]:
    """Return the hands that need nothing but this server's own parts."""
    return (
        Search(retriever),
        OpenDocument(library),
        CompareClauses(retriever, library, terms),
        OwnerOf(library),
        Today(),
    )


_NOT_OPEN: Final[Any] = None
OWN: Final[tuple[Tool, ...]] = tuple(
    each.tool for each in own_hands(_NOT_OPEN, _NOT_OPEN, _NOT_OPEN)
)
"""What they are, for who looks at the file of tools: a hand says so without its parts."""
