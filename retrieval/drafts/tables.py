"""The table of drafts. Changed by a migration only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from retrieval.tables import metadata

drafts = Table(
    "drafts",
    metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("edited_by", String(40)),
    Column("edited_at", BigInteger),
    Column("edits", Text),
    Column("suite", String(80)),
    Column("closed_by", String(40)),
    Column("closed_at", BigInteger),
    Index("ix_drafts_state_case_id", "state", "case_id"),
    Index("ix_drafts_subject", "subject"),
)
"""`subject` is who asked, `made_by`, `edited_by` and `closed_by` who worked on it, each as the
record knows them. `edits` is sealed with the key of whoever edited, and that with the key of
whoever asked: it ends with either. A draft has no other words: they are those of its case. No
reference to `review_cases`: an accepted draft outlives its case, because by it erasing finds
what was put into a suite."""
