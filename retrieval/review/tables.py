"""The table of the review queue. Changed by a migration only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from retrieval.tables import SERIAL, metadata

cases = Table(
    "review_cases",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("rests_on", String(64), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("closed_by", String(40)),
    Column("closing", Text),
    Column("assignee", String(40)),
    Column("assigned_at", BigInteger),
    Column("approved_id", BigInteger),
    Column("reply", Text),
    Column("seen_at", BigInteger),
    Index("ix_review_cases_state_kind_rests_on", "state", "kind", "rests_on"),
    Index("ix_review_cases_state_last_at", "state", "last_at"),
    Index("ix_review_cases_subject", "subject"),
    sqlite_autoincrement=True,
)
"""`subject`, `closed_by` and `assignee` are people as the record knows them; `sealed`, `notes` and
`closing` hold their words, encrypted with their keys. `evidence` has ids and places only;
`rests_on` is the sha256 of the versions in it. `approved_id` is the approved answer that a case is
about or became, `reply` what its asker is told, sealed with the asker's key, and `seen_at` when
they read that. Nothing refers to `versions`: a case outlives what it rests on, unseen."""
