"""Searching over the shelf in memory: the real rules of a search, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.answers import Question
from assistant.marking import Stems
from assistant.searching import Search
from retrieval.access import Principal
from retrieval.documents import Passage, Version, now, start_of
from retrieval.keywords import Terms
from retrieval.qdrant.bm25 import Words
from retrieval.retriever import Found
from retrieval.search.catalogue import Listed, Place
from retrieval.search.choice import UNDATED, Choice, Entry, Tally, chosen, tally
from retrieval.search.finder import Results
from retrieval.search.phrase import Phrase
from retrieval.search.wanted import Wanted
from retrieval.search.wish import Wish, came_of, scope_of
from tests.assistant.http_world import ShelfLibrary, WordAssistant


@dataclass
class ShelfFinder:
    """What `assistant.searching.Searching` does, over a `ShelfLibrary`."""

    library: ShelfLibrary
    terms: Terms = field(default_factory=lambda: Words().terms)
    searches: list[Search] = field(default_factory=list)

    @property
    def stems(self) -> Stems:
        return Stems(self.terms)

    async def tally(self, ticked: Choice, *, principal: Principal, as_of: int) -> Tally:
        entries = [_entry(each, as_of) for each in self._versions(principal, as_of)]
        return tally(entries, chosen(Wanted(), ticked, entries))

    async def fresh(self, search: Search) -> int:
        return (await self.find(search)).fresh

    async def latest(self, *, principal: Principal) -> int:
        return max((came_of(each) for each in self._versions(principal, now())), default=0)

    async def find(self, search: Search) -> Results:
        self.searches.append(search)
        wanted, as_of = search.wanted, search.as_of
        held = {each.id: each for each in self._versions(search.principal, as_of)}
        places = {each: self._places(each, wanted) for each in held}
        listed = [_listed(each, as_of) for each in held.values() if self._has(each, wanted, places)]
        entries = [each.entry for each in listed]
        choice = chosen(wanted, search.ticked, entries)
        fit = [each for each in listed if choice.admits(each.entry)]
        scope = scope_of(choice, fit, as_of)
        where = places if wanted.phrases else None
        wish = Wish(wanted, search.window, search.principal, scope, fit, where)
        found = await self._found(wish) if fit else []
        first, last = search.window.skip, search.window.skip + search.window.limit
        shown = tuple(Found(each, 0.0) for each in found[first:last])
        counted = tally(entries, choice)
        fresh = wish.fresh(found)
        return Results(
            shown, counted, choice, wish.count(), has_more=len(found) > last, fresh=fresh
        )

    async def _found(self, wish: Wish) -> list[Passage]:
        """Return all that is wanted, by shared words where there are words."""
        words = Question(wish.wanted.words, wish.principal, wish.scope)
        if wish.wanted.words and wish.places is None:
            ranked = await WordAssistant(self.library).search(words, 200)
            return wish.sorted([one.passage for one in ranked if wish.admits(one.passage)])
        ids = [each.id for each in wish.in_order()]
        there = [
            each
            for each in self.library.passages(wish.principal)
            if each.version.id in ids and wish.takes(_place(each))
        ]
        there.sort(key=lambda each: (ids.index(each.version.id), each.ordinal))
        if wish.places is None:
            first = {each.version.id: each for each in reversed(there)}
            there = [each for each in there if first[each.version.id] is each]
        return there

    def _versions(self, principal: Principal, as_of: int) -> list[Version]:
        readable = {each.version.id for each in self.library.passages(principal)}
        held = [each.version for each in self.library.held if each.version.id in readable]
        return [each for each in held if each.in_force.start <= as_of]

    def _places(self, version_id: int, wanted: Wanted) -> list[tuple[int, int]]:
        [held] = [each for each in self.library.held if each.version.id == version_id]
        found = [Phrase(each).places(held.text) for each in wanted.phrases]
        return [place for each in found for place in each] if all(found) else []

    def _has(
        self, version: Version, wanted: Wanted, places: dict[int, list[tuple[int, int]]]
    ) -> bool:
        day = version.effective_from
        begins = start_of(day) if day else version.added_at
        return (
            all(Phrase(each).stands_in(version.title) for each in wanted.titles)
            and (not wanted.phrases or bool(places[version.id]))
            and (wanted.after is None or begins >= start_of(wanted.after))
            and (wanted.before is None or begins <= start_of(wanted.before))
        )


def _entry(version: Version, as_of: int) -> Entry:
    year = str(version.effective_from.year) if version.effective_from else UNDATED
    status = version.status_at(as_of)
    return Entry(version.kind, status, version.source, version.owner, year, version.parties)


def _listed(version: Version, as_of: int) -> Listed:
    day = version.effective_from
    begins = start_of(day) if day else version.added_at
    entry = _entry(version, as_of)
    return Listed(
        version.id,
        version.document_id,
        version.title,
        begins,
        came_of(version),
        version.characters,
        entry,
    )


def _place(passage: Passage) -> Place:
    return Place(passage.id, passage.version.id, passage.start, passage.end, passage.text)
