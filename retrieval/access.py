"""The one access rule: who may read what. Nothing else in the project decides reading.

A principal may read a document if and only if one of their keys is among its readers, or they
broke the glass over it; and none of the keys that they answer for is denied; and its source is
not shut.

Readers are names: `user:ann`, `group:legal`, `everyone`. A document whose readers are unknown
has an empty set, so nobody reads it. Glass stands in for a reader and for nothing else: it
lifts no denial and opens no source.

People who read together, as in a channel, are one principal: `together` makes it. What one of
them may not read, none of them is shown there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from retrieval.errors import BadRequest

EVERYONE = "everyone"
_READER = re.compile(r"(?:user|group):[^\s:,][^\s,]{0,126}|everyone")
_MINT = object()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a name, and the reader keys this person answers to.

    `shut` names the sources whose readers are too old to be believed, `glass` the ids of the
    documents that this person has opened for a stated reason and a stated time. `barred` are
    keys that open nothing and count for denials only: those of others who read along.
    """

    name: str
    keys: frozenset[str]
    shut: frozenset[str] = frozenset()
    glass: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()

    @classmethod
    def person(cls, name: str, groups: Iterable[str] = ()) -> Principal:
        """Return a signed-in person: their own key, their groups' and `everyone`."""
        keys = {reader(f"user:{name}"), EVERYONE, *(reader(f"group:{group}") for group in groups)}
        return cls(name, frozenset(keys))

    def together(self, others: Iterable[Principal]) -> Principal:
        """Return this person with others who read along: what it may read, all of them may.

        Keys are those that all have; a denial of anybody's key counts, a source that is shut to
        anybody is shut, and nobody's glass is looked through.
        """
        every = (self, *others)
        answered = frozenset[str]().union(*(each.keys | each.barred for each in every))
        keys = self.keys.intersection(*(each.keys for each in every))
        shut = frozenset[str]().union(*(each.shut for each in every))
        return Principal(self.name, keys, shut, barred=answered - keys)


@dataclass(frozen=True, slots=True)
class AclFilter:
    """Proof that a query is limited to what one principal may read. Only `acl_for` makes one.

    `refusable` are all the keys a denial of which refuses: `keys`, and those of who reads along.
    """

    keys: frozenset[str]
    shut: frozenset[str]
    glass: frozenset[str]
    refusable: frozenset[str]
    _mint: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._mint is not _MINT:
            raise TypeError("An AclFilter is made by acl_for(principal) only.")
        if not self.keys:
            raise ValueError("An AclFilter cannot be empty: a principal has at least one key.")

    def allows(
        self, readers: Iterable[str], *, denied: Iterable[str], source: str, document_id: str
    ) -> bool:
        """Return whether a version with these readers and denials may be read."""
        is_named = not self.keys.isdisjoint(readers) or document_id in self.glass
        return is_named and self.refusable.isdisjoint(denied) and source not in self.shut


def acl_for(principal: Principal) -> AclFilter:
    """Return the filter that every query of this principal must carry."""
    refusable = principal.keys | principal.barred
    return AclFilter(principal.keys, principal.shut, principal.glass, refusable, _MINT)


def reader(name: str) -> str:
    """Return `name` if it is a well-formed reader, or raise `BadRequest`."""
    if not _READER.fullmatch(name):
        raise BadRequest(
            f"Expected a reader as 'user:NAME', 'group:NAME' or 'everyone', got {name[:80]!r}. "
            "Names have no spaces or commas."
        )
    return name
