"""How Alembic reaches the database: with the URL that `Database.migrate` hands over."""

from alembic import context

import retrieval.approved.tables
import retrieval.conversation_tables
import retrieval.governance.tables
import retrieval.people.tables
import retrieval.review.tables
import retrieval.search.saved_tables
import retrieval.slack_tables
import retrieval.tool_tables  # noqa: F401 - so that their tables are known
from retrieval.database import all_or_none
from retrieval.tables import metadata

with all_or_none(context.config.attributes["url"]) as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()
