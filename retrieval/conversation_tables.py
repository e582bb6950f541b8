"""The tables of conversations. What was said in them is sealed with the key of whose they are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from retrieval.tables import SERIAL, cascading, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(40), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Index("ix_conversations_owner_last_at", "owner", "last_at"),
    Index("ix_conversations_last_at", "last_at"),
)
"""`owner` is the pseudonym under which the record knows the person, and the key's name.

`removed_at` is set where the person removed it while a legal hold keeps it.
"""

conversation_turns = Table(
    "conversation_turns",
    metadata,
    Column("number", SERIAL, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False),
    Column("conversation_id", String(32), cascading("conversations"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False),
    Index("uq_conversation_turns_id", "id", unique=True),
    Index("ix_conversation_turns_conversation_id", "conversation_id"),
    sqlite_autoincrement=True,
)
"""A question and what was told, in the order of their numbers."""
