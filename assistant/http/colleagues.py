"""Whom one can share with: the people who may come in here."""

from __future__ import annotations

from assistant.http.errors import BadInput
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import Parts
from retrieval.errors import NotFound
from retrieval.plain import plain


async def colleagues(parts: Parts, typed: str) -> list[str]:
    """Return the names in a list that people typed, or raise `BadInput` for one who is nobody."""
    names = dict.fromkeys(plain(typed).replace(",", " ").replace(";", " ").split())
    unknown = [each for each in names if not await _is_here(parts, each)]
    if unknown:
        raise BadInput(
            "names of people who sign in here",
            f"{unknown[0][:60]!r}, who does not",
            "Write the names that they sign in with, with spaces between them.",
        )
    return list(names)


async def _is_here(parts: Parts, name: str) -> bool:
    if parts.people is not None:
        return parts.people.knows(name)
    if parts.administration is None:
        return False
    people = (await parts.administration.get(wait_seconds=PART_WAITS_SECONDS)).directory
    try:
        return not (await people.person(name)).is_suspended
    except NotFound:
        return False
