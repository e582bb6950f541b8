"""The table of saved searches. What is searched is sealed with the key of whose it is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from retrieval.tables import metadata

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(40), nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("sealed", Text, nullable=False),
    Index("ix_saved_searches_owner_saved_at", "owner", "saved_at"),
)
"""`owner` is the pseudonym under which the record knows the person, and the key's name.

`removed_at` is set where the person removed it while a legal hold keeps it.
"""
