"""What documents are about: may what one says contradict what another says?

The notice of one contract does not contradict that of another, unless the question names
neither; a policy speaks to everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from retrieval.documents import Kind, Version
from retrieval.keywords import Terms

_OF_ITS_OWN: Final = frozenset({Kind.CONTRACT, Kind.OTHER})
_FOR_ALL: Final = Kind.POLICY
_COMMON: Final = frozenset([
    "addendum", "agreement", "amendment", "annex", "company", "contract", "co", "corp",
    "corporation", "framework", "general", "gmbh", "group", "holding", "holdings", "inc",
    "incorporated", "lease", "letter", "licence", "license", "limited", "llc", "llp", "ltd",
    "maintenance", "master", "mutual", "no", "plc", "policy", "purchase", "service", "services",
    "software", "supply", "ticket",
])  # fmt: skip


class Matters:
    """What documents are about, as far as their titles and parties say, and a question."""

    def __init__(self, question: str, versions: Sequence[Version], terms: Terms) -> None:
        self._terms = terms
        self._asked = frozenset(terms(question))
        self._about = {each.id: self._stems(each) for each in versions}
        titles = {each.document_id: self._about[each.id] for each in versions}
        self._shared = Counter(stem for about in titles.values() for stem in about)

    def meet(self, told: Version, other: Version) -> bool:
        """Return whether what one says may contradict what the other says.

        A contract or a ticket is about a matter of its own: one that the question names may. A
        contract of the same parties may too, and any to another where the question names neither.
        """
        if other.document_id == told.document_id or other.kind is _FOR_ALL:
            return True
        mine, its = self._about[told.id], self._about[other.id]
        if self._asked & (its - mine):
            return True
        if not {told.kind, other.kind} <= _OF_ITS_OWN:
            return False
        return self._are_related(told, other) or not self._asked & (mine - its)

    def _are_related(self, told: Version, other: Version) -> bool:
        if told.parties and other.parties:
            return set(told.parties) == set(other.parties)
        both = self._about[told.id] & self._about[other.id]
        return any(
            self._shared[stem] == len({told.document_id, other.document_id}) for stem in both
        )

    def _stems(self, version: Version) -> frozenset[int]:
        words = " ".join([version.title, *version.parties]).split()
        named = [word for word in words if word.strip(".,()").casefold() not in _COMMON]
        return frozenset(self._terms(" ".join(named)))
