"""How Alembic reaches the database of the record: with the URL that `Database.migrate` gives."""

from alembic import context

from retrieval.audit.tables import metadata
from retrieval.database import all_or_none

with all_or_none(context.config.attributes["url"]) as connection:
    context.configure(
        connection=connection, target_metadata=metadata, version_table="audit_alembic_version"
    )
    context.run_migrations()
