"""The one access rule: who may read what. Nothing else in the project decides reading.

A principal may read a document if and only if one of their keys is among its readers, or they
broke the glass over it; and none of their keys is denied; and its source is not shut.

Readers are names: `user:ann`, `group:legal`, `everyone`. A document whose readers are unknown
has an empty set, so nobody reads it. Glass stands in for a reader and for nothing else: it
lifts no denial and opens no source.
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
    documents that this person has opened for a stated reason and a stated time.
    """

    name: str
    keys: frozenset[str]
    shut: frozenset[str] = frozenset()
    glass: frozenset[str] = frozenset()

    @classmethod
    def person(cls, name: str, groups: Iterable[str] = ()) -> Principal:
        """Return a signed-in person: their own key, their groups' and `everyone`."""
        keys = {reader(f"user:{name}"), EVERYONE, *(reader(f"group:{group}") for group in groups)}
        return cls(name, frozenset(keys))


@dataclass(frozen=True, slots=True)
class AclFilter:
    """Proof that a query is limited to what one principal may read. Only `acl_for` makes one."""

    keys: frozenset[str]
    shut: frozenset[str]
    glass: frozenset[str]
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
        return is_named and self.keys.isdisjoint(denied) and source not in self.shut


def acl_for(principal: Principal) -> AclFilter:
    """Return the filter that every query of this principal must carry."""
    return AclFilter(principal.keys, principal.shut, principal.glass, _MINT)


def reader(name: str) -> str:
    """Return `name` if it is a well-formed reader, or raise `BadRequest`."""
    if not _READER.fullmatch(name):
        raise BadRequest(
            f"Expected a reader as 'user:NAME', 'group:NAME' or 'everyone', got {name[:80]!r}. "
            "Names have no spaces or commas."
        )
    return name
