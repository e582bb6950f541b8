"""What people decided about documents: status, owner, day of review."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "decision_acts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=126), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_acts")),
    )
    op.create_index("uq_decision_acts_undoes", "decision_acts", ["undoes"], unique=True)
    op.create_index("ix_decision_acts_at", "decision_acts", ["at"])
    op.create_table(
        "decisions",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("seen_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("review_by", sa.String(length=10), nullable=True),
        sa.Column("successor", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["act"], ["decision_acts.id"], name=op.f("fk_decisions_act_decision_acts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decisions_act", "decisions", ["act"])
    op.create_index("ix_decisions_document_id", "decisions", ["document_id"])
    op.create_table(
        "standings",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["versions.id"],
            name=op.f("fk_standings_version_id_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "start", name=op.f("pk_standings")),
    )
    for column in (
        sa.Column("stated_status", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("stated_owner", sa.Text(), nullable=False, server_default=""),
        sa.Column("arrived_as", sa.String(length=20), nullable=True),
        sa.Column("review_by", sa.String(length=10), nullable=True),
        sa.Column("has_past", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("versions", column)
    op.create_index("ix_versions_supersedes", "versions", ["supersedes"])
    op.execute("UPDATE versions SET stated_status = declared, stated_owner = owner")


def downgrade() -> None:
    """Take the change back; what people decided is forgotten."""
    op.drop_index("ix_versions_supersedes", "versions")
    op.execute("UPDATE versions SET declared = stated_status, owner = stated_owner")
    for name in ("has_past", "review_by", "arrived_as", "stated_owner", "stated_status"):
        op.drop_column("versions", name)
    for table in ("standings", "decisions", "decision_acts"):
        op.drop_table(table)
