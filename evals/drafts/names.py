"""The names of the people there are, found in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from retrieval.people.people import Person

_WORD: Final = re.compile(r"\w+(?:[.-]\w+|['’](?!s\b)\w+)*")
_SHORTEST = 3
_ORDINARY: Final = frozenset(
    re.findall(
        r"\w+",
        "admin amber and any art august bill carol cliff con dale dawn dean demo drew eve faith "
        "for frank gene glen grace grant guy her his hope ivy jack joy june king law lee long mark "
        "may miles new old our owner page pat penny per pierce pro ray reed rich rob rose ruby "
        "sandy sky stone storm sue summer test the user van via victor wade ward will wood you "
        "young",
    )
)
"""Names that are words too: they count where they have a capital and begin no sentence."""


class Names:
    """Who there is, by the words of their names.

    Found are whole display names and account names, and each word of a display name that has
    three letters or more and a capital. `found` tells the same person by the same key; two who
    share a word have it under a key of its own.
    """

    def __init__(self, people: Iterable[Person]) -> None:
        self._whole: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._accounts: dict[str, str] = {}
        self._words: dict[str, str] = {}
        for person in people:
            self._add(person)

    def found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield where names stand, as start, end and the key of the person; longest first."""
        words = [(each.start(), each.end(), each[0]) for each in _WORD.finditer(text)]
        at = 0
        while at < len(words):
            taken, person = self._at(text, words, at)
            if person:
                yield words[at][0], words[at + taken - 1][1], person
            at += taken

    def _add(self, person: Person) -> None:
        parts = tuple(each[0].casefold() for each in _WORD.finditer(person.display))
        if len(parts) > 1:
            self._whole.setdefault(parts[0], []).append((parts, person.id))
            self._whole[parts[0]].sort(key=lambda each: -len(each[0]))
        for part in parts:
            if len(part) >= _SHORTEST:
                self._put(self._words, part, person.id)
        name = person.name.casefold()
        if len(name) >= _SHORTEST:
            self._put(self._accounts, name, person.id)

    @staticmethod
    def _put(known: dict[str, str], word: str, person: str) -> None:
        known[word] = person if known.get(word, person) == person else f"name {word}"

    def _at(self, text: str, words: list[tuple[int, int, str]], at: int) -> tuple[int, str]:
        """Return how many words from here are a name (1 if none is), and whose."""
        start, _, word = words[at]
        folded = word.casefold()
        for parts, person in self._whole.get(folded, ()):
            if parts == tuple(each[2].casefold() for each in words[at : at + len(parts)]):
                return len(parts), person
        is_meant = folded not in _ORDINARY or _is_name_here(text, start, word)
        if folded in self._accounts and is_meant:
            return 1, self._accounts[folded]
        if folded in self._words and word[0].isupper() and is_meant:
            return 1, self._words[folded]
        return 1, ""


def _is_name_here(text: str, start: int, word: str) -> bool:
    """Return whether a word that may be an ordinary one has a capital inside a sentence."""
    before = text[:start].rstrip()
    return word[0].isupper() and bool(before) and before[-1] not in '.?!:;"“”„'
