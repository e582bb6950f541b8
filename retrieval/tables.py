"""The tables of the library, as SQLAlchemy Core knows them. Changed by a migration only."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SERIAL = BigInteger().with_variant(Integer, "sqlite")


def cascading(table: str) -> ForeignKey:
    """Return a reference to a row of `table` that goes when that row goes."""
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


sources = Table(
    "sources",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("connector", String(50), nullable=False),
    Column("location", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("cursor", Text, nullable=False, default=""),
    Column("synced_at", BigInteger),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("uri", Text, nullable=False),
    Column("published_id", BigInteger),
    Column("removed_at", BigInteger),
    Index("uq_documents_source_uri", "source", "uri", unique=True),
)

versions = Table(
    "versions",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("document_id", String(32), cascading("documents"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("published", Integer, nullable=False, default=0),
    Column("title", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("declared", String(20), nullable=False),
    Column("owner", Text, nullable=False),
    Column("stated_status", String(20), nullable=False, server_default=""),
    Column("stated_owner", Text, nullable=False, server_default=""),
    Column("arrived_as", String(20)),
    Column("review_by", String(10)),
    Column("has_past", Integer, nullable=False, server_default="0"),
    Column("link", Text, nullable=False),
    Column("parties", JSON, nullable=False),
    Column("stated_readers", JSON, nullable=False),
    Column("stated_denied", JSON, nullable=False, server_default="[]"),
    Column("own_details", JSON, nullable=False),
    Column("supersedes", Text),
    Column("fingerprint", String(200), nullable=False),
    Column("effective_from", String(10)),
    Column("expires_on", String(10)),
    Column("media_type", String(100), nullable=False),
    Column("blob", String(64), nullable=False),
    Column("recipe", String(64), nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("in_force_start", BigInteger, nullable=False),
    Column("in_force_end", BigInteger, nullable=False),
    Column("ended_by", String(20)),
    Index("uq_versions_document_number", "document_id", "number", unique=True),
    Index("ix_versions_supersedes", "supersedes"),
    sqlite_autoincrement=True,
)
"""`stated_status` and `stated_owner` are the source's; `declared`, `owner` and `review_by` are what
counts with people's decisions. `arrived_as` is the status that its source's configuration gave it.
"""

standings = Table(
    "standings",
    metadata,
    Column("version_id", BigInteger, cascading("versions"), primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("end", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
)
"""How versions with `has_past` stood until `in_force_start`, where decisions changed it."""

readers = Table(
    "readers",
    metadata,
    Column("version_id", BigInteger, cascading("versions"), primary_key=True, autoincrement=False),
    Column("reader", String(200), primary_key=True),
)

denied = Table(
    "denied",
    metadata,
    Column("version_id", BigInteger, cascading("versions"), primary_key=True, autoincrement=False),
    Column("reader", String(200), primary_key=True),
)
"""Who may not read a version, whatever else would let them."""

texts = Table(
    "texts",
    metadata,
    Column("version_id", BigInteger, cascading("versions"), primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("blocks", JSON, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("version_id", BigInteger, cascading("versions"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("width", Float, nullable=False),
    Column("height", Float, nullable=False),
    Column("boxes", LargeBinary, nullable=False),
)

passages = Table(
    "passages",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("version_id", BigInteger, cascading("versions"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("page", Integer),
    Column("headings", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sentences", Text, nullable=False),
    Column("terms", LargeBinary, nullable=False),
    Index("uq_passages_version_ordinal", "version_id", "ordinal", unique=True),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("passage_id", BigInteger, cascading("passages"), primary_key=True, autoincrement=False),
    Column("model", String(200), nullable=False),
    Column("digest", String(32), nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

index_changes = Table(
    "index_changes",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("version_id", BigInteger, nullable=False),
    Column("action", String(10), nullable=False),
    sqlite_autoincrement=True,
)

index_positions = Table(
    "index_positions",
    metadata,
    Column("index_name", String(200), primary_key=True),
    Column("position", BigInteger, nullable=False),
)

failures = Table(
    "failures",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("uri", Text, primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    Column("fingerprint", String(200), nullable=False),
)
