"""The tables of what tools were called for. What was asked and what came of it is sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from retrieval.tables import SERIAL, metadata

tool_calls = Table(
    "tool_calls",
    metadata,
    Column("number", SERIAL, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("tool", String(200), nullable=False),
    Column("turn", String(32), nullable=False),
    Column("standing", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("ended_at", BigInteger),
    Column("confirmed_by", String(40)),
    Column("is_told", Integer, nullable=False),
    Column("asked", Text, nullable=False),
    Column("came", Text),
    Column("ids", Text),
    Index("uq_tool_calls_id", "id", unique=True),
    Index("ix_tool_calls_owner_tool_at", "owner", "tool", "at"),
    Index("ix_tool_calls_standing_expires", "standing", "expires"),
    Index("ix_tool_calls_at", "at"),
    sqlite_autoincrement=True,
)
"""Calls that were let through, or wait for a person's word; `id` is their idempotency key.

`owner` and `confirmed_by` are people as the record knows them. `asked`, `came` and `ids` (what a
far system gave as identifiers) are sealed with the owner's key. `until` is when whoever does it
must have come back, `is_told` whether the end of it is on record.
"""

tool_secrets = Table(
    "tool_secrets",
    metadata,
    Column("owner", String(40), primary_key=True),
    Column("system", String(200), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False),
)
"""What a person proves who they are with at a far system, sealed with their key."""
