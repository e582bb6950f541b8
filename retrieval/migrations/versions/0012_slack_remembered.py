"""What answers in Slack rest on, kept over a restart, and who is asked there to confirm a call."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "slack_evidence",
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("answer", "subject", name=op.f("pk_slack_evidence")),
    )
    with op.batch_alter_table("slack_evidence", schema=None) as batch_op:
        batch_op.create_index("ix_slack_evidence_at", ["at"], unique=False)
        batch_op.create_index("ix_slack_evidence_subject", ["subject"], unique=False)

    op.create_table(
        "slack_requests",
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=50), nullable=False),
        sa.Column("user", sa.String(length=50), nullable=False),
        sa.Column("user_team", sa.String(length=50), nullable=False),
        sa.Column("is_asker", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("ts", sa.String(length=30), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call", "team", "user", name=op.f("pk_slack_requests")),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("slack_requests")
    with op.batch_alter_table("slack_evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_slack_evidence_at")
        batch_op.drop_index("ix_slack_evidence_subject")

    op.drop_table("slack_evidence")
