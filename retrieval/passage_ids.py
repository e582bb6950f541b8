"""The permanent numbers of passages: a run for each version, from a hash of what it is.

They are shown, so they are not counted up: gaps between numbers would tell how much there is
that one may not read. They stay below 2**53, where every program reads them alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.tables import passages

_ROOM = 2**52
_PIECE = 200


async def runs(
    connection: AsyncConnection, names: Sequence[str], lengths: Sequence[int]
) -> list[range]:
    """Return the free numbers for as many passages as each length says; names differ."""
    attempt = 0
    while True:
        starts = [_start(name, attempt) for name in names]
        found = [range(at, at + length) for at, length in zip(starts, lengths, strict=True)]
        if not await _collide(connection, found):
            return found
        attempt += 1


def _start(name: str, attempt: int) -> int:
    digest = hashlib.sha256(f"{name}\0{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _ROOM + 1


async def _collide(connection: AsyncConnection, found: Sequence[range]) -> bool:
    """Return whether a number is wanted twice or belongs to a passage already."""
    wanted = sorted((each for each in found if each), key=lambda each: each.start)
    if any(after.start < before.stop for before, after in pairwise(wanted)):
        return True
    for at in range(0, len(wanted), _PIECE):
        within = [
            and_(passages.c.id >= each.start, passages.c.id < each.stop)
            for each in wanted[at : at + _PIECE]
        ]
        held = select(passages.c.id).where(or_(*within)).limit(1)
        if (await connection.execute(held)).first() is not None:
            return True
    return False
