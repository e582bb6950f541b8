"""Conversations shared inside, and their names."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "conversation_shares",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_shares_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_shares")),
    )
    with op.batch_alter_table("conversation_shares", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversation_shares_conversation_id", ["conversation_id"], unique=False
        )

    op.create_table(
        "conversation_share_readers",
        sa.Column("share_id", sa.String(length=32), nullable=False),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["conversation_shares.id"],
            name=op.f("fk_conversation_share_readers_share_id_conversation_shares"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_id", "reader", name=op.f("pk_conversation_share_readers")),
    )
    op.add_column("conversations", sa.Column("sealed_title", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    op.drop_column("conversations", "sealed_title")
    op.drop_table("conversation_share_readers")
    with op.batch_alter_table("conversation_shares", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_shares_conversation_id")

    op.drop_table("conversation_shares")
