"""Of which documents owners were told in Slack that their review is due."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "slack_reminders",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("review_by", sa.String(length=10), nullable=False),
        sa.Column("is_overdue", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=50), nullable=False),
        sa.Column("is_told", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "subject", "document_id", "review_by", "is_overdue", name=op.f("pk_slack_reminders")
        ),
    )
    with op.batch_alter_table("slack_reminders", schema=None) as batch_op:
        batch_op.create_index("ix_slack_reminders_at", ["at"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("slack_reminders", schema=None) as batch_op:
        batch_op.drop_index("ix_slack_reminders_at")

    op.drop_table("slack_reminders")
