"""Whoever can write the database: ways to change a record, with and without knowing the scheme."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from retrieval.audit.entry import GENESIS, Entry, canonical, digest_of

Rows = list[Entry]


@dataclass(frozen=True, slots=True)
class Attack:
    """What was done: the first entry that is no longer what it was is `where`."""

    name: str
    is_forged: bool
    where: int


def attack(folder: Path, copy: Path, other: Path, seed: int) -> Attack:
    """Copy the record in `folder` to `copy` and change it; `other` is another installation's."""
    random = Random(seed)
    shutil.copytree(folder, copy)
    rows, foreign = _read(copy), _read(other)
    while True:
        done, changed, head = _change(rows, foreign, random)
        if done.name == "head" or done.where <= len(rows) or not done.is_forged:
            break  # otherwise it changed nothing, or only added after what was signed
    _write(copy, changed, head, random, done.is_forged)
    return done


def _change(rows: Rows, foreign: Rows, random: Random) -> tuple[Attack, Rows, int]:
    name = random.choice(list(_CHANGES))
    is_forged = random.random() < 0.5
    changed, head = _CHANGES[name](rows, foreign, random)
    if is_forged and name != "head":
        changed = _relinked(changed)
        head = changed[-1].number if changed else 0
    numbers = range(1, max(len(rows), len(changed)) + 1)
    different = (number for number in numbers if _at(rows, number) != _at(changed, number))
    where = next(different, min(head, len(rows)) + 1)
    return Attack(name, is_forged, where), changed, head


def _edit(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    at = random.randrange(len(rows))
    row = rows[at]
    said = json.loads(row.body)
    said["about"]["count"] = said["about"]["count"] + random.randint(1, 9)
    sealed = random.choice(["A", "B"]) + said["sealed"][1:]
    ways = [
        replace(row, body=canonical(said)),
        replace(row, body=canonical({**said, "sealed": sealed + "="})),
        replace(row, body=row.body.replace('"act":', '"act":"stop","was":')),
        replace(row, body=row.body + " "),
        replace(row, body="null"),
        replace(row, body=_flipped(row.body, random)),
    ]
    return [*rows[:at], random.choice(ways), *rows[at + 1 :]], len(rows)


def _column(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    at = random.randrange(len(rows))
    row = rows[at]
    ways = [
        replace(row, at=row.at - random.randint(1, 10**6)),
        replace(row, act="export"),
        replace(row, actor=f"s{random.getrandbits(128):032x}"),
        replace(row, digest=f"{random.getrandbits(256):064x}"),
    ]
    return [*rows[:at], random.choice(ways), *rows[at + 1 :]], len(rows)


def _delete(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    first = random.randrange(len(rows) - 1)
    count = random.randint(1, len(rows) - 1 - first)
    return rows[:first] + rows[first + count :], len(rows)


def _close_up(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    kept, _head = _delete(rows, rows, random)
    return _numbered(kept), len(kept)


def _insert(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    at = random.randint(0, len(rows))
    said = json.loads(random.choice(rows).body)
    said["about"]["count"] = -1 - random.getrandbits(20)
    row = replace(rows[0], body=canonical(said), digest=digest_of(canonical(said)))
    made = _numbered([*rows[:at], row, *rows[at:]])
    return made, len(made)


def _reorder(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    first, second = random.sample(range(len(rows)), 2)
    made = list(rows)
    made[first], made[second] = made[second], made[first]
    return _numbered(made), len(made)


def _duplicate(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    at = random.randint(0, len(rows))
    made = _numbered([*rows[:at], random.choice(rows), *rows[at:]])
    return made, len(made)


def _truncate(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    kept = rows[: random.randrange(len(rows))]
    return kept, len(kept)


def _splice(rows: Rows, foreign: Rows, random: Random) -> tuple[Rows, int]:
    first = random.randrange(len(rows))
    last = random.randint(first + 1, len(rows))
    made = rows[:first] + foreign[first:last] + rows[last:]
    return made, len(made)


def _head(rows: Rows, _: Rows, random: Random) -> tuple[Rows, int]:
    return rows, len(rows) + random.choice([-3, -1, 1, 1000])


_CHANGES: dict[str, Callable[[Rows, Rows, Random], tuple[Rows, int]]] = {
    "edit": _edit,
    "column": _column,
    "delete": _delete,
    "close up": _close_up,
    "insert": _insert,
    "reorder": _reorder,
    "duplicate": _duplicate,
    "truncate": _truncate,
    "splice": _splice,
    "head": _head,
}


def _relinked(rows: Rows) -> Rows:
    """Do what somebody does who knows the scheme: number and link everything anew."""
    made: Rows = []
    for number, row in enumerate(rows, 1):
        previous = made[-1].digest if made else GENESIS
        said = _said(row.body)
        said |= {"number": number, "previous": previous}
        said |= {"at": row.at, "act": row.act, "actor": row.actor}
        body = canonical(said)
        made.append(Entry(number, row.at, row.act, row.actor, body, digest_of(body)))
    return made


def _said(body: str) -> dict[str, object]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"about": "rewritten"}


def _flipped(text: str, random: Random) -> str:
    at = random.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ (1 << random.randrange(7)) or 1) + text[at + 1 :]


def _numbered(rows: Rows) -> Rows:
    return [replace(row, number=number) for number, row in enumerate(rows, 1)]


def _at(rows: Rows, number: int) -> Entry | None:
    return next((row for row in rows if row.number == number), None)


def _read(folder: Path) -> Rows:
    with closing(sqlite3.connect(folder / "audit.db")) as connection:
        found = connection.execute("SELECT * FROM audit_events ORDER BY number").fetchall()
    return [Entry(*row) for row in found]


def _write(folder: Path, rows: Rows, head: int, random: Random, is_forged: bool) -> None:
    with closing(sqlite3.connect(folder / "audit.db")) as connection, connection:
        connection.execute("DELETE FROM audit_events")
        connection.executemany(
            "INSERT INTO audit_events VALUES (?, ?, ?, ?, ?, ?)",
            [(r.number, r.at, r.act, r.actor, r.body, r.digest) for r in rows],
        )
        digest = rows[-1].digest if rows else GENESIS
        connection.execute("UPDATE audit_head SET number = ?, digest = ?", (head, digest))
        if is_forged and random.random() < 0.5:
            connection.execute("DELETE FROM audit_checkpoints")
