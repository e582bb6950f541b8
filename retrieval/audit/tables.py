"""The tables of the record, in a database of their own. Changed by a migration only.

None of them holds a name or anybody's words in the clear: a person is there as a subject, an id
that only the person's key file connects to the name.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, Text

from retrieval.tables import SERIAL

metadata = MetaData()

events = Table(
    "audit_events",
    metadata,
    Column("number", SERIAL, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("act", String(40), nullable=False),
    Column("actor", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
)
"""`body` is the whole event in canonical JSON, with the digest of the event before it; `digest`
is its sha256. The other columns repeat what the body says, to be searched by. There is no other
index: reading a period is rare, and each index would double what an append writes."""

head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)
"""One row: the newest event. Whoever appends moves it on, from where they believed it to be."""

checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Text, nullable=False),
)
"""The signed lines that also stand in the file outside."""

holds = Table(
    "audit_holds",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Who is under a legal hold; `reason` is encrypted for the subject."""

erasures = Table(
    "audit_erasures",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
"""Whose key is to be gone: should a backup bring one back, it is destroyed again at opening."""
