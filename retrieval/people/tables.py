"""The tables of people, their groups, credentials and grants, and of what is stopped."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from retrieval.tables import SERIAL, cascading, metadata

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(126), nullable=False),
    Column("display", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("suspended_at", BigInteger),
    Column("issuer", Text),
    Column("subject", Text),
    Column("password", Text),
    Index("uq_users_name", "name", unique=True),
    Index("uq_users_issuer_subject", "issuer", "subject", unique=True),
)
"""`issuer` and `subject` name a person at a sign-in provider, `password` is an argon2 hash."""

user_roles = Table(
    "user_roles",
    metadata,
    Column("user_id", String(32), cascading("users"), primary_key=True),
    Column("role", String(20), primary_key=True),
)

groups = Table(
    "groups",
    metadata,
    Column("name", String(126), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("group", String(126), ForeignKey("groups.name", ondelete="CASCADE"), primary_key=True),
    Column("member", String(200), primary_key=True),
    Column("origin", String(20), primary_key=True),
    Index("ix_memberships_member", "member"),
)
"""`member` is `user:NAME` or `group:NAME`; `origin` is local, or what told us (oidc, proxy)."""

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), cascading("users"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
    Index("uq_credentials_digest", "digest", unique=True),
    Index("ix_credentials_user_id", "user_id"),
)
"""Sessions, tokens and one-time links. `digest` is the sha256 of a 256-bit random secret."""

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("document_id", String(32)),
    Column("reader", String(200), nullable=False),
    Column("effect", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(126), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("place", Text),
    Index("ix_grants_source_document_id", "source", "document_id"),
    sqlite_autoincrement=True,
)
"""What an administrator adds to a source's readers: `grant` or `deny`, of a whole source if no
document is named.

Nothing refers to `documents`: a denial waits for what it names, however often that is deleted and
made again. `place` is the URI that the denied document had when it was last removed.
"""

glasses = Table(
    "glasses",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("user_name", String(126), nullable=False),
    Column("document_id", String(32), nullable=False),
    Column("owner", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Index("ix_glasses_user_name", "user_name"),
    Index("ix_glasses_starts_at", "starts_at"),
    sqlite_autoincrement=True,
)
"""Glass that an administrator broke: one document, one reason, one stretch of time.

`owner` is whose the document was when it was opened. A row outlives its document.
"""

stops = Table(
    "stops",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("by", String(126), nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""What is stopped: everything, answers, user:NAME, source:NAME, tool:NAME or channel:NAME."""
