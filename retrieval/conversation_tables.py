"""The tables of conversations. What was said in them is sealed with the key of whose they are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from retrieval.tables import SERIAL, cascading, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(40), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("sealed_title", Text),
    Index("ix_conversations_owner_last_at", "owner", "last_at"),
    Index("ix_conversations_last_at", "last_at"),
)
"""`owner` is the pseudonym under which the record knows the person, and the key's name.

`removed_at` is set where the person removed it while a legal hold keeps it. `sealed_title` is what
they call it, NULL where it goes by its first question.
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

conversation_shares = Table(
    "conversation_shares",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(32), cascading("conversations"), nullable=False),
    Column("turn_id", String(32)),
    Column("until", BigInteger, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("shared_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_conversation_shares_conversation_id", "conversation_id"),
)
"""A link to a conversation as far as the turn numbered `until`, or to its turn `turn_id` alone.

It opens to everybody here where it `is_open`, else to those who are named in the next table; to
each with what they may read. `ended_at` is set when its person ended it.
"""

conversation_share_readers = Table(
    "conversation_share_readers",
    metadata,
    Column("share_id", String(32), cascading("conversation_shares"), primary_key=True),
    Column("reader", String(40), primary_key=True),
)
"""`reader` is the pseudonym under which the record knows who may open a link."""
