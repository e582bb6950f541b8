"""Names that have changed places: "Birch pays Alder" where the cited words say the reverse.

Told by the words on either side. It takes two names, each nearer to the other's place than to
its own, so a name that moved alone, as it does in the passive, is no swap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from assistant.claims.dates import dates_of, taken_by
from assistant.claims.names import names_of
from assistant.claims.wording import Beside, Wording

_MOST: Final = 64
ROLES: Final = frozenset([
    "advisor", "agent", "assignee", "assignor", "auditor", "bank", "borrower", "buyer", "carrier",
    "client", "company", "consignee", "consultant", "contractor", "controller", "creditor",
    "customer", "debtor", "director", "distributor", "driver", "employee", "employer", "franchisee",
    "franchisor", "guarantor", "holder", "insured", "insurer", "investor", "landlord", "lender",
    "lessee", "lessor", "licensee", "licensor", "manager", "manufacturer", "officer", "operator",
    "owner", "parent", "patient", "principal", "processor", "provider", "publisher", "purchaser",
    "recipient", "reseller", "seller", "shareholder", "shipper", "subcontractor", "subscriber",
    "supervisor", "supplier", "tenant", "trustee", "user", "users", "vendor", "website", "worker",
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Moved:
    """A name of the sentence, and the names that stand in its place in the cited words."""

    key: str
    text: str
    instead: frozenset[str]


def swaps_of(sentence: Wording, cited: Wording) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that stand in each other's place, as the sentence writes them."""
    for by_runs in (False, True):
        moved = _moved(sentence, cited, by_runs=by_runs)
        for one, other in combinations(moved, 2):
            if one.key in other.instead and other.key in one.instead:
                yield one.text, other.text


def _moved(sentence: Wording, cited: Wording, *, by_runs: bool) -> list[_Moved]:
    places: defaultdict[str, list[Beside]] = defaultdict(list)
    for first, last in _actors(cited, by_runs=by_runs):
        places[cited.words[first].key].append(cited.beside(first, last))
    moved = []
    for first, last in _actors(sentence, by_runs=by_runs):
        key = sentence.words[first].key
        if key not in places:
            continue
        mine = sentence.beside(first, last)
        alike = {other: max(len(mine & each) for each in there) for other, there in places.items()}
        best = max(alike.values())
        if best > alike[key]:
            instead = frozenset(other for other, each in alike.items() if each == best)
            moved.append(_Moved(key, sentence.words[first].text, instead))
    return moved


def _actors(wording: Wording, *, by_runs: bool) -> list[tuple[int, int]]:
    """Return the first and the last word of names, and of those who act under none: the tenant.

    By runs, "Alder Inc" is one name; else each word is.
    """
    taken = taken_by(dates_of(wording.words))
    names = {each.first for each in names_of(wording)} - taken
    roles = {at for at, word in enumerate(wording.words) if word.key in ROLES}
    actors: list[tuple[int, int]] = []
    for at in sorted(names | roles)[:_MOST]:
        is_next = by_runs and actors and actors[-1][1] == at - 1 and at in names
        if is_next and not wording.words[at].gap.strip():
            actors[-1] = (actors[-1][0], at)
        else:
            actors.append((at, at))
    return actors
