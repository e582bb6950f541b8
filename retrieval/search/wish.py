"""One wish of one reader: what may come of it, passage by passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrieval.access import Principal
from retrieval.documents import Kind, Passage, Scope, Status, Version, start_of
from retrieval.search.catalogue import Listed, Place
from retrieval.search.choice import Choice, Facet
from retrieval.search.phrase import Phrase
from retrieval.search.wanted import Sort, Wanted

MOST_NAMED = 2_000
"""So many documents are named to the index; of more, what it brings is sorted out after."""

NEAREST = 40
"""So many passages are near enough to words that what is new among them is told."""

Places = Mapping[int, Sequence[tuple[int, int]]]
"""By version, where phrases stand in its text."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the results are wanted.

    What came after `since` is new, None where that is not asked; `is_new_only` leaves out the rest.
    """

    skip: int = 0
    limit: int = 20
    sort: Sort = Sort.RELEVANCE
    since: int | None = None
    is_new_only: bool = False

    def is_new(self, came: int) -> bool:
        """Return whether what came then is new."""
        return self.since is not None and came > self.since


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, of which versions: None for `listed` leaves that to the index.

    `places` is None where no phrase is wanted.
    """

    wanted: Wanted
    window: Window
    principal: Principal
    scope: Scope
    listed: Sequence[Listed] | None
    places: Places | None
    _ids: frozenset[int] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", frozenset(each.id for each in self.listed or ()))

    @property
    def is_ranked_only(self) -> bool:
        """Return whether nothing but words brings results."""
        return self.places is None and bool(self.wanted.words)

    @property
    def is_ranked_first(self) -> bool:
        """Return whether what the index brings comes before the rest."""
        return self.places is not None and self.window.sort is Sort.RELEVANCE

    def in_order(self) -> list[Listed]:
        """Return the versions in the order in which they are gone through."""
        listed = self.listed or ()
        if self.window.is_new_only:
            listed = [each for each in listed if self.window.is_new(each.came)]
        if self.window.sort is Sort.TITLE:
            return sorted(listed, key=lambda each: (each.title.casefold(), each.id))
        return sorted(listed, key=lambda each: (-each.begins, each.id))

    def sorted(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return ranked passages in the order that is wanted."""
        match self.window.sort:
            case Sort.RELEVANCE:
                return list(passages)
            case Sort.TITLE:
                return sorted(passages, key=lambda each: each.version.title.casefold())
            case Sort.NEWEST:
                return sorted(passages, key=lambda each: -_begins(each))

    def admits(self, passage: Passage) -> bool:
        """Return whether a passage that the index brought is wanted."""
        version = passage.version.id
        if self.listed is not None and version not in self._ids:
            return False
        if self.window.is_new_only and not self.window.is_new(came_of(passage.version)):
            return False
        return self.takes(Place(passage.id, version, passage.start, passage.end, passage.text))

    def takes(self, place: Place) -> bool:
        """Return whether a phrase touches a passage and nothing unwanted stands in it."""
        if self.places is not None and not _touches(place, self.places[place.version_id]):
            return False
        return not any(Phrase(each).stands_in(place.text) for each in self.wanted.without)

    def fresh(self, near: Sequence[Passage]) -> int:
        """Return how many versions are new: of all that fit, or of the nearest to words alone."""
        if not self.is_ranked_only:
            return sum(self.window.is_new(each.came) for each in self.listed or ())
        versions = {each.version.id: each.version for each in near[:NEAREST]}
        return sum(self.window.is_new(came_of(each)) for each in versions.values())

    def count(self) -> int | None:
        """Return in how many places phrases stand in what fits."""
        if self.places is None:
            return None
        return sum(len(self.places[each.id]) for each in self.listed or ())


def came_of(version: Version) -> int:
    """Return when a version arrived, or came into force if that was later."""
    return max(version.added_at, version.in_force.start)


def scope_of(choice: Choice, listed: Sequence[Listed] | None, as_of: int) -> Scope:
    """Return the scope that keeps an index to what fits, as far as it can tell."""
    documents = frozenset(each.document_id for each in listed or ())
    return Scope(
        as_of=as_of,
        kinds=frozenset(Kind(each) for each in choice.of(Facet.KIND) or ()),
        statuses=frozenset(Status(each) for each in choice.of(Facet.STATUS) or ()),
        sources=choice.of(Facet.SOURCE) or frozenset(),
        parties=choice.of(Facet.PARTY) or frozenset(),
        documents=documents if len(documents) <= MOST_NAMED else frozenset(),
    )


def _touches(place: Place, places: Sequence[tuple[int, int]]) -> bool:
    return any(start < place.end and place.start < end for start, end in places)


def _begins(passage: Passage) -> int:
    version = passage.version
    return start_of(version.effective_from) if version.effective_from else version.added_at
