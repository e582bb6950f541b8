"""Calls of tools, and credentials at far systems."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "tool_calls",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("tool", sa.String(length=200), nullable=False),
        sa.Column("turn", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=40), nullable=True),
        sa.Column("is_told", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("came", sa.Text(), nullable=True),
        sa.Column("ids", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tool_calls")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tool_calls", schema=None) as batch_op:
        batch_op.create_index("ix_tool_calls_at", ["at"], unique=False)
        batch_op.create_index("ix_tool_calls_owner_tool_at", ["owner", "tool", "at"], unique=False)
        batch_op.create_index(
            "ix_tool_calls_standing_expires", ["standing", "expires"], unique=False
        )
        batch_op.create_index("uq_tool_calls_id", ["id"], unique=True)

    op.create_table(
        "tool_secrets",
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "system", name=op.f("pk_tool_secrets")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("tool_secrets")
    with op.batch_alter_table("tool_calls", schema=None) as batch_op:
        batch_op.drop_index("uq_tool_calls_id")
        batch_op.drop_index("ix_tool_calls_standing_expires")
        batch_op.drop_index("ix_tool_calls_owner_tool_at")
        batch_op.drop_index("ix_tool_calls_at")

    op.drop_table("tool_calls")
