"""The tables of approved answers. Changed by a migration only."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from retrieval.tables import SERIAL, cascading, metadata

approved_answers = Table(
    "approved_answers",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("state", String(20), nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("case_id", BigInteger),
    Column("withdrawn_by", String(40)),
    Column("withdrawn_at", BigInteger),
    Column("queued", String(20), nullable=False),
    Index("ix_approved_answers_revision", "revision"),
    sqlite_autoincrement=True,
)
"""`number` is that of the newest edition. `revision` grows with every change of any of them, so
that whoever holds them in memory sees by the largest whether that is still so: no row ever goes.
`queued` is why a case for review was opened of this edition, "" while none was."""

approved_editions = Table(
    "approved_editions",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("answer_id", BigInteger, cascading("approved_answers"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("asker", String(40)),
    Column("sentences", Text, nullable=False),
    Column("rests_on", JSON, nullable=False),
    Column("readers", JSON, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("review_by", String(10), nullable=False),
    Column("language", String(20), nullable=False),
    Column("model", String(200), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("published_by", String(40), nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Index("uq_approved_editions_answer_number", "answer_id", "number", unique=True),
    sqlite_autoincrement=True,
)
"""The words are not sealed: they are the organisation's own content, published like a document,
and outlive whoever wrote them. People are pseudonyms of the record, so that their names end with
them. `asker` is whose very words the question is: they are deleted when that person is erased.
`sentences` has places, and none of the words cited; `rests_on` are the versions among them."""
