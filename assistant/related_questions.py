"""What else may be asked: the sections that stand beside those cited, in the same documents.

No model makes them up, and nobody else's questions are looked at. A heading is asked together with
its document's title. Headings of one word are left out, and those that mean nothing on their own:
asked, too many came to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from retrieval.access import Principal
from retrieval.documents import Kind, Passage, Status, now
from retrieval.errors import NotFound

MOST: Final = 3
MOST_CITED: Final = 3
_NEAR: Final = 6
_LONGEST: Final = 60
_NUMBER: Final = re.compile(
    r"^(?:§+|clause|section|article|part|annex|schedule)?\s*(?:\d+|[ivx]+)?(?:\.\d+)*[.):]?\s+",
    re.IGNORECASE,
)
_EMPTY: Final = frozenset(
    {"final provisions", "general provisions", "purpose and scope", "what has changed", "see also"}
)


@dataclass(frozen=True, slots=True)
class Related:
    """A question that the sources suggest: what is asked, and the section and title it is from."""

    question: str = field(repr=False)
    section: str = field(repr=False)
    title: str = field(repr=False)


class Shelved(Protocol):
    """Where passages are kept, for those who may read them."""

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        """Return one passage, or raise `NotFound`."""

    async def neighbours(
        self, places: Sequence[tuple[int, int]], *, principal: Principal
    ) -> Sequence[Passage]:
        """Return the passages at these places, version id and ordinal, that one may read."""


async def related(
    passage_ids: Sequence[int], library: Shelved, *, principal: Principal
) -> tuple[list[Related], list[Passage]]:
    """Return what else may be asked of the documents of these passages, and what it is from.

    Passages that one may not read are none.
    """
    cited = []
    for each in list(dict.fromkeys(passage_ids))[:MOST_CITED]:
        try:
            cited.append(await library.passage(each, principal=principal))
        except NotFound:
            continue
    first = [each for each in cited if each.version.id == cited[0].version.id]
    if not first or not _leads_on(first[0]):
        return [], []
    wanted = [(each.version.id, at) for each in first for at in _places(each.ordinal)]
    near = await library.neighbours(list(dict.fromkeys(wanted)), principal=principal)
    return _questions(first, near)


def _leads_on(cited: Passage) -> bool:
    version = cited.version
    return version.kind is not Kind.TICKET and version.status_at(now()) is Status.APPROVED


def _places(ordinal: int) -> Iterator[int]:
    """Yield the places after a passage, then those before it."""
    yield from range(ordinal + 1, ordinal + 1 + _NEAR)
    yield from range(ordinal - 1, max(ordinal - 1 - _NEAR, -1), -1)


def _questions(
    cited: Sequence[Passage], near: Sequence[Passage]
) -> tuple[list[Related], list[Passage]]:
    """Return the questions of the sections near by, those that follow before those that precede."""
    last, title = max(each.ordinal for each in cited), " ".join(cited[0].version.title.split())
    known = {heading for each in cited for heading in each.headings} | {title}
    chosen: dict[str, tuple[Related, Passage]] = {}
    for each in sorted(near, key=lambda one: (one.ordinal < last, abs(one.ordinal - last))):
        if not each.headings or each.headings[-1] in known:
            continue
        section = _NUMBER.sub("", " ".join(each.headings[-1].split())).strip(" .:–-")
        if _says_something(section) and section != title:
            found = Related(f"{section}: {title}", section, title)
            chosen.setdefault(section, (found, each))
    kept = list(chosen.values())[:MOST]
    return [each for each, _ in kept], [passage for _, passage in kept]


def _says_something(section: str) -> bool:
    """Return whether a heading can be asked: some words, no figures, not what every paper has."""
    is_short = len(section) <= _LONGEST and len(section.split()) >= 2
    return is_short and not re.search(r"\d", section) and section.casefold() not in _EMPTY
