"""Whose a document is: the owner that its source names, matched to people by their names.

That text is free ("Legal, Priya Raman"), and a document's own content may state it. So being an
owner opens nothing: it only adds something to what somebody may read already.
"""

from __future__ import annotations

import re
import unicodedata

from retrieval.access import Principal

_GROUP = "group:"


def owner_names(principal: Principal, display: str) -> frozenset[str]:
    """Return what an owner may be called to be this person, as `is_owned` compares it.

    It is their name, the name that people use, and the name of every group they are in.
    """
    groups = (key.removeprefix(_GROUP) for key in principal.keys if key.startswith(_GROUP))
    return frozenset(compared(each) for each in (principal.name, display, *groups)) - {""}


def is_owned(owner: str, names: frozenset[str]) -> bool:
    """Return whether one of the names stands between the commas and semicolons of an owner."""
    return not names.isdisjoint(names_in(owner))


def names_in(owner: str) -> frozenset[str]:
    """Return the names that stand in an owner, as they are compared."""
    return frozenset(compared(each) for each in re.split("[,;]", owner)) - {""}


def compared(name: str) -> str:
    """Return a name as it is compared with others: whatever its case and its spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
