"""Finding what somebody wants to read. READ FIRST: `Finder.find` is the story.

Words rank: the index brings the passages nearest to them. Everything else must hold, and is looked
up in the tables, so that nothing readable is missed however the index would rank it. A phrase is
looked for in the stored text of every version that may be read: it may stand across passages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from retrieval.access import AclFilter, Principal, acl_for
from retrieval.documents import Passage, Scope
from retrieval.library import Library
from retrieval.retriever import CANDIDATES, Found, runs
from retrieval.search.catalogue import Catalogue, Listed
from retrieval.search.choice import Choice, Entry, Facet, Tally, chosen, tally
from retrieval.search.looking import Looked, look
from retrieval.search.phrase import Phrase
from retrieval.search.wanted import Wanted
from retrieval.search.wish import Window, Wish, scope_of

_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, in order, and what it can be narrowed by.

    `places` counts where phrases stand, None without any. `has_more` follow; without `is_whole`
    more texts may have a phrase than were looked through. `fresh` versions are new.
    """

    found: tuple[Found, ...]
    tally: Tally
    choice: Choice
    places: int | None = None
    has_more: bool = False
    is_whole: bool = True
    fresh: int = 0


class Ranked(Protocol):
    """What words brought."""

    @property
    def found(self) -> Sequence[Found]:
        """Return it, best first."""


class Ranking(Protocol):
    """Brings the passages nearest to words."""

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> Ranked:
        """Return up to `limit` passages that the principal may read, best first."""


class Finder:
    """Finds for one person at a time."""

    def __init__(self, catalogue: Catalogue, library: Library, ranking: Ranking) -> None:
        self._catalogue = catalogue
        self._library = library
        self._ranking = ranking

    async def find(
        self, wanted: Wanted, ticked: Choice, window: Window, *, principal: Principal, as_of: int
    ) -> Results:
        """Return what is wanted and may be read, as it stood at an instant.

        Of an empty window only `fresh` is worked out.
        """
        acl = acl_for(principal)
        if not window.limit:
            return await self._counted(wanted, ticked, window, principal=principal, as_of=as_of)
        looked = await self._looked(wanted, acl, as_of)
        entries = await self._entries(looked, acl, as_of)
        choice = chosen(wanted, ticked, entries)
        counted = tally(entries, choice)
        places = None if looked is None else looked.places
        is_whole = looked is None or looked.is_whole
        if choice.is_impossible or not counted.total:
            return Results((), counted, choice, None if places is None else 0, is_whole=is_whole)
        listed = await self._listed(looked, wanted, choice, acl, as_of)
        scope = scope_of(choice, listed, as_of)
        wish = Wish(wanted, window, principal, scope, listed, places)
        found, has_more, fresh = await self._found(wish)
        return Results(found, counted, choice, wish.count(), has_more, is_whole, fresh)

    async def _counted(
        self, wanted: Wanted, ticked: Choice, window: Window, *, principal: Principal, as_of: int
    ) -> Results:
        """Return how much is new, and nothing else; where nothing new is there, look no further."""
        acl, names = acl_for(principal), (wanted.sources, wanted.owners, wanted.parties)
        entries = await self._entries(None, acl, as_of) if any(names) else ()
        choice, nothing = chosen(wanted, ticked, entries), Tally(0, {})
        since = as_of if window.since is None else window.since
        if choice.is_impossible or not await self._catalogue.has_new(acl, as_of, since, choice):
            return Results((), nothing, choice)
        looked = await self._looked(wanted, acl, as_of)
        listed = await self._listed(looked, wanted, choice, acl, as_of)
        places = None if looked is None else looked.places
        wish = Wish(wanted, window, principal, scope_of(choice, listed, as_of), listed, places)
        near = await self._near(wish) if wish.is_ranked_only else ()
        return Results((), nothing, choice, fresh=wish.fresh(near))

    async def _entries(self, looked: Looked | None, acl: AclFilter, as_of: int) -> Sequence[Entry]:
        """Return what is counted: all that may be read, unless something must hold beyond that."""
        if looked is None:
            return await self._catalogue.entries(acl, as_of)
        return [each.entry for each in looked.listed]

    async def _looked(self, wanted: Wanted, acl: AclFilter, as_of: int) -> Looked | None:
        """Return the versions that have what must hold beyond a choice, None if nothing must."""
        if not (wanted.titles or wanted.phrases or wanted.after or wanted.before):
            return None
        listed = await self._catalogue.listed(acl, as_of, wanted, Choice())
        titles = [Phrase(each) for each in wanted.titles]
        listed = [each for each in listed if all(one.stands_in(each.title) for one in titles)]
        if not wanted.phrases:
            return Looked(listed)
        return await look(self._catalogue, listed, [Phrase(each) for each in wanted.phrases])

    async def _listed(
        self, looked: Looked | None, wanted: Wanted, choice: Choice, acl: AclFilter, as_of: int
    ) -> list[Listed] | None:
        """Return the versions that fit, None where the index alone can tell which."""
        if (
            looked is None
            and wanted.words
            and not (choice.of(Facet.OWNER) or choice.of(Facet.YEAR))
        ):
            return None
        if looked is None:
            listed: Sequence[Listed] = await self._catalogue.listed(acl, as_of, wanted, choice)
        else:
            listed = looked.listed
        return [each for each in listed if choice.admits(each.entry)]

    async def _found(self, wish: Wish) -> tuple[tuple[Found, ...], bool, int]:
        """Return the window's stretches, whether more follow, and how many versions are new."""
        near: list[Passage] = []
        if wish.is_ranked_only or wish.is_ranked_first:
            near = wish.sorted(await self._near(wish))
        first, last = wish.window.skip, wish.window.skip + wish.window.limit
        ids = [each.id for each in near]
        if not wish.is_ranked_only:
            ids = await self._gone_through(wish, ids, last + 1)
        shown, known = ids[first:last], {each.id: each for each in near}
        missing = [each for each in shown if each not in known]
        known |= await self._library.passages(missing, principal=wish.principal)
        found = [Found(known[each], 0.0) for each in shown if each in known]
        joined = [
            Found(await self._library.stretch(run, principal=wish.principal), score)
            for run, score in runs(found)
        ]
        return tuple(joined), len(ids) > last, wish.fresh(near)

    async def _near(self, wish: Wish) -> list[Passage]:
        retrieved = await self._ranking.retrieve(
            wish.wanted.spoken, principal=wish.principal, scope=wish.scope, limit=CANDIDATES
        )
        return [each.passage for each in retrieved.found if wish.admits(each.passage)]

    async def _gone_through(self, wish: Wish, first: Sequence[int], most: int) -> list[int]:
        """Return `first` and then every passage that is wanted, to `most` at least if there are.

        Without a phrase each version is told by its first passage.
        """
        ids, listed = dict.fromkeys(first), wish.in_order()
        for at in range(0, len(listed), _BATCH):
            if len(ids) >= most:
                break
            batch = [each.id for each in listed[at : at + _BATCH]]
            places = await self._catalogue.places(
                batch,
                with_text=bool(wish.wanted.without),
                is_first_only=wish.places is None,
            )
            wanted = (each for version in batch for each in places.get(version, ()))
            ids |= dict.fromkeys(each.id for each in wanted if wish.takes(each))
        return list(ids)
