"""Verification: walking the whole chain and holding it against the signed checkpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import ColumnElement, LargeBinary, cast, func, select

from retrieval.audit import tables
from retrieval.audit.checkpoint import Checkpoint, Mark, public_key_in
from retrieval.audit.entry import GENESIS, Entry
from retrieval.audit.outside import Outside
from retrieval.audit.walk import Finding, Walk
from retrieval.database import Database
from retrieval.documents import now

_PAGE = 2000
_GRACE_SECONDS = 120
_MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the record stands, after `checked` of `total` entries.

    `first` and `last` are the numbers of the oldest and the newest entry; what was pruned before
    `first` is covered by a signed anchor. The findings say where something is wrong, and what.
    """

    first: int
    last: int
    checked: int
    total: int
    checkpoints: int
    findings: tuple[Finding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings


async def verify(database: Database, outside: Outside) -> AsyncIterator[Verdict]:
    """Yield a verdict after each page of the chain; the last one is final.

    What is found is looked for a second time: pruning meanwhile would look like a deletion.

    Raises:
        Unavailable: the database or the public key cannot be read.
    """
    key = await asyncio.to_thread(public_key_in, outside.public_key)
    verdict = Verdict(0, 0, 0, 0, 0)
    for _ in range(2):
        async for verdict in _verified(database, outside, key):
            yield replace(verdict, findings=())
        if verdict.is_sound:
            break
    yield verdict


async def _verified(
    database: Database, outside: Outside, key: Ed25519PublicKey
) -> AsyncIterator[Verdict]:
    signed = await _gathered(database, outside, key)
    end = await _end(database)
    start = await _start(database, end)
    verdict = Verdict(start, end.number, 0, max(0, end.number - start + 1), len(signed.digests))
    findings = list(signed.findings)
    before = _before(start, signed)
    if before is None:
        findings.append(Finding(1, start - 1, "deleted: no signed anchor says they were pruned"))
        yield replace(verdict, findings=tuple(findings[:_MOST_FINDINGS]))
        return
    walk = Walk(start, before, signed.digests)
    while not walk.finding and (page := await _page(database, walk.next, end.number)):
        await asyncio.to_thread(walk.over, page)
        yield replace(verdict, checked=walk.next - start)
    walk.ends_at(end.number, end.digest, end.newest)
    if walk.finding:
        findings.insert(0, walk.finding)
    done = replace(verdict, checked=walk.next - start, findings=tuple(findings[:_MOST_FINDINGS]))
    yield done


@dataclass(frozen=True, slots=True)
class _Signed:
    """What the checkpoints say, those in the file and those in the database together."""

    digests: dict[int, str]
    anchors: dict[int, str]
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _End:
    number: int
    digest: str
    newest: int


async def _gathered(database: Database, outside: Outside, key: Ed25519PublicKey) -> _Signed:
    order = tables.checkpoints.c.number
    async with database.transaction() as connection:
        rows = (await connection.execute(select(tables.checkpoints).order_by(order))).all()
    stored = await outside.read()
    return await asyncio.to_thread(_sorted_out, [row.line for row in rows], stored, key)


def _sorted_out(
    lines: Sequence[str], stored: Sequence[Checkpoint], key: Ed25519PublicKey
) -> _Signed:
    signed = _Signed({}, {})
    kept = [Checkpoint.read(line) for line in lines]
    if None in kept:
        signed.findings.append(Finding(0, 0, "a checkpoint in the database cannot be read"))
    known = set(stored)
    for each in [*stored, *(each for each in kept if each and each not in known)]:
        if not each.is_signed_by(key):
            problem = f"the signature of the {each.kind} is not that of this record's key"
            signed.findings.append(Finding(each.number, each.number, problem))
            continue
        of_kind = signed.anchors if each.kind is Mark.ANCHOR else signed.digests
        if of_kind.setdefault(each.number, each.digest) != each.digest:
            problem = "two checkpoints disagree: the chain went on from an older copy"
            signed.findings.append(Finding(each.number, each.number, problem))
        if each not in known and each.at < now() - _GRACE_SECONDS:
            problem = f"the {each.kind} is missing in the file outside"
            signed.findings.append(Finding(each.number, each.number, problem))
    return signed


async def _end(database: Database) -> _End:
    newest = select(func.max(tables.events.c.number)).scalar_subquery()
    query = select(tables.head.c.number, tables.head.c.digest, newest.label("newest"))
    async with database.transaction() as connection:
        row = (await connection.execute(query)).first()
    if row is None or not isinstance(row.number, int):
        return _End(0, GENESIS, row.newest or 0 if row else 0)
    return _End(row.number, row.digest, row.newest or 0)


async def _start(database: Database, end: _End) -> int:
    query = select(func.min(tables.events.c.number))
    async with database.transaction() as connection:
        first = (await connection.execute(query)).scalar()
    return end.number + 1 if first is None else int(first)


def _before(start: int, signed: _Signed) -> str | None:
    """Return the digest that the first entry must follow, or nothing if none is vouched for."""
    return GENESIS if start == 1 else signed.anchors.get(start - 1)


async def _page(database: Database, after: int, end: int) -> list[Entry]:
    """Return the next entries. SQLite is asked for bytes: damaged text would fail the query."""
    each = tables.events.c
    async with database.transaction() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        texts: list[ColumnElement[Any]] = [each.act, each.actor, each.body, each.digest]
        if is_sqlite:
            texts = [cast(text, LargeBinary) for text in texts]
        query = select(each.number, each.at, *texts)
        query = query.where(each.number >= after, each.number <= end).order_by(each.number)
        rows = (await connection.execute(query.limit(_PAGE))).all()
    return [Entry(row[0], row[1], *map(_text, row[2:])) for row in rows]


def _text(stored: Any) -> str:
    return stored.decode("utf-8", "replace") if isinstance(stored, bytes) else str(stored)
