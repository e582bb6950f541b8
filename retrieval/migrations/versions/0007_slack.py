"""Questions from Slack, buttons under their answers, and what people said of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "slack_questions",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=True),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("surface", sa.String(length=10), nullable=False),
        sa.Column("team", sa.String(length=50), nullable=False),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("thread", sa.String(length=30), nullable=False),
        sa.Column("ts", sa.String(length=30), nullable=False),
        sa.Column("user_team", sa.String(length=50), nullable=False),
        sa.Column("user", sa.String(length=50), nullable=False),
        sa.Column("is_shared", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("wish", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_posting", sa.Integer(), nullable=False),
        sa.Column("posted", sa.String(length=30), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_slack_questions")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("slack_questions", schema=None) as batch_op:
        batch_op.create_index("uq_slack_questions_id", ["id"], unique=True)
        batch_op.create_index("uq_slack_questions_message", ["message"], unique=True)
        batch_op.create_index("ix_slack_questions_state_due", ["state", "due"], unique=False)
        batch_op.create_index("ix_slack_questions_lane", ["lane"], unique=False)
        batch_op.create_index(
            "ix_slack_questions_team_channel_thread", ["team", "channel", "thread"], unique=False
        )
        batch_op.create_index("ix_slack_questions_ended_at", ["ended_at"], unique=False)

    op.create_table(
        "slack_buttons",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("team", sa.String(length=50), nullable=False),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("thread", sa.String(length=30), nullable=False),
        sa.Column("user_team", sa.String(length=50), nullable=False),
        sa.Column("user", sa.String(length=50), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_buttons")),
    )
    with op.batch_alter_table("slack_buttons", schema=None) as batch_op:
        batch_op.create_index("ix_slack_buttons_family", ["family"], unique=False)
        batch_op.create_index("ix_slack_buttons_expires", ["expires"], unique=False)

    op.create_table(
        "slack_feedback",
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("answer", "subject", name=op.f("pk_slack_feedback")),
    )
    with op.batch_alter_table("slack_feedback", schema=None) as batch_op:
        batch_op.create_index("ix_slack_feedback_at", ["at"], unique=False)
        batch_op.create_index("ix_slack_feedback_subject", ["subject"], unique=False)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("slack_feedback", schema=None) as batch_op:
        batch_op.drop_index("ix_slack_feedback_subject")
        batch_op.drop_index("ix_slack_feedback_at")

    op.drop_table("slack_feedback")
    with op.batch_alter_table("slack_buttons", schema=None) as batch_op:
        batch_op.drop_index("ix_slack_buttons_expires")
        batch_op.drop_index("ix_slack_buttons_family")

    op.drop_table("slack_buttons")
    with op.batch_alter_table("slack_questions", schema=None) as batch_op:
        batch_op.drop_index("uq_slack_questions_id")
        batch_op.drop_index("uq_slack_questions_message")
        batch_op.drop_index("ix_slack_questions_state_due")
        batch_op.drop_index("ix_slack_questions_lane")
        batch_op.drop_index("ix_slack_questions_team_channel_thread")
        batch_op.drop_index("ix_slack_questions_ended_at")

    op.drop_table("slack_questions")
