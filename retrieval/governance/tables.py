"""The tables of decisions about documents. Rows are added, never changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from retrieval.tables import SERIAL, metadata

decision_acts = Table(
    "decision_acts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("by", String(126), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("undoes", String(32)),
    Index("uq_decision_acts_undoes", "undoes", unique=True),
    Index("ix_decision_acts_at", "at"),
)
"""What somebody decided at one time, about one document or many. An act is undone once."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("act", String(32), ForeignKey("decision_acts.id"), nullable=False),
    Column("document_id", String(32), nullable=False),
    Column("version_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("blob", String(64), nullable=False),
    Column("seen_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", String(20)),
    Column("owner", Text),
    Column("review_by", String(10)),
    Column("successor", String(32)),
    Index("ix_decisions_act", "act"),
    Index("ix_decisions_document_id", "document_id"),
    sqlite_autoincrement=True,
)
"""What an act changes about a document; a column without a value changes nothing.

It is about the version of `number` and its content `blob`; `seen_id` is the newest version there
was then. `status` is one, or `declared`: as its source has it. An empty owner is the source's, an
empty day of review none. Nothing refers to `documents`: what was withdrawn stays so when it is
deleted and made again.
"""
