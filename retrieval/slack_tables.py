"""The tables of what comes from Slack. Words lie in them sealed, and until they are answered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from retrieval.tables import SERIAL, metadata

slack_questions = Table(
    "slack_questions",
    metadata,
    Column("number", SERIAL, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False),
    Column("message", String(32)),
    Column("lane", String(32), nullable=False),
    Column("surface", String(10), nullable=False),
    Column("team", String(50), nullable=False),
    Column("channel", String(50), nullable=False),
    Column("thread", String(30), nullable=False),
    Column("ts", String(30), nullable=False),
    Column("user_team", String(50), nullable=False),
    Column("user", String(50), nullable=False),
    Column("is_shared", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("wish", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("holder", String(32), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("is_posting", Integer, nullable=False),
    Column("posted", String(30), nullable=False),
    Column("conversation", String(32), nullable=False),
    Column("turn", String(32), nullable=False),
    Column("ended_at", BigInteger),
    Index("uq_slack_questions_id", "id", unique=True),
    Index("uq_slack_questions_message", "message", unique=True),
    Index("ix_slack_questions_state_due", "state", "due"),
    Index("ix_slack_questions_lane", "lane"),
    Index("ix_slack_questions_team_channel_thread", "team", "channel", "thread"),
    Index("ix_slack_questions_ended_at", "ended_at"),
    sqlite_autoincrement=True,
)
"""`id` is made of the id of the delivery, `message` of team, channel and `ts`: each comes in once.

`lane` is the thread: of one lane one question at a time is answered, in the order of `number`.
`sealed` holds the words and is "" once it is over; `revision` grows when they are edited. `wish` is
`answer` or `delete`. `holder` is who has claimed it, and `until` when that lapses. `is_posting`
says that a message of ours may stand in Slack, `posted` which one.
"""

slack_buttons = Table(
    "slack_buttons",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("family", String(32), nullable=False),
    Column("action", String(20), nullable=False),
    Column("team", String(50), nullable=False),
    Column("channel", String(50), nullable=False),
    Column("thread", String(30), nullable=False),
    Column("user_team", String(50), nullable=False),
    Column("user", String(50), nullable=False),
    Column("answer", String(32), nullable=False),
    Column("about", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Index("ix_slack_buttons_family", "family"),
    Index("ix_slack_buttons_expires", "expires"),
)
"""What a button's value stands for: it is pressed once, by one person, in one place, in time.

`family` is of those of which one press uses up all, as confirm and decline. `about` is what a press
needs to know: ids and figures, no words. `answer` is the id of the answer that it stands under.
"""

slack_feedback = Table(
    "slack_feedback",
    metadata,
    Column("answer", String(32), primary_key=True),
    Column("subject", String(40), primary_key=True),
    Column("verdict", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_slack_feedback_at", "at"),
    Index("ix_slack_feedback_subject", "subject"),
)
"""What people said of answers in Slack: `helpful` or `not_helpful`, and a reason by its code.

Words that they added are in the review queue, sealed. `subject` is a person as the record knows
them.
"""

slack_evidence = Table(
    "slack_evidence",
    metadata,
    Column("answer", String(32), primary_key=True),
    Column("subject", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_slack_evidence_at", "at"),
    Index("ix_slack_evidence_subject", "subject"),
)
"""What an answer in Slack rests on, for the case that is made of it if somebody reports it.

The columns are those of a review case: `evidence` has ids and places only, `sealed` holds the words
with the key of `subject`, who was told them.
"""

slack_requests = Table(
    "slack_requests",
    metadata,
    Column("call", String(32), primary_key=True),
    Column("team", String(50), primary_key=True),
    Column("user", String(50), primary_key=True),
    Column("user_team", String(50), nullable=False),
    Column("is_asker", Integer, nullable=False),
    Column("channel", String(50), nullable=False),
    Column("ts", String(30), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
"""Who is to be told in Slack how a call ends that somebody else confirms than its asker.

Of somebody who may confirm it, `ts` is the direct message that asks them, "" until it is posted.
"""

slack_reminders = Table(
    "slack_reminders",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("document_id", String(32), primary_key=True),
    Column("review_by", String(10), primary_key=True),
    Column("is_overdue", Integer, primary_key=True),
    Column("team", String(50), nullable=False),
    Column("is_told", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_slack_reminders_at", "at"),
)
"""Of which documents an owner was told in Slack that their review is due, and that it is overdue.

`subject` is a person as the record knows them, `review_by` the day that they were told of: another
one is told anew. `is_told` is 0 while the message is about to be posted, `at` since when.
"""
