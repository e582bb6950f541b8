"""How Alembic reaches the database of the record: with the URL that `Database.migrate` gives."""

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from retrieval.audit.tables import metadata

engine = create_engine(context.config.attributes["url"], poolclass=NullPool)

if engine.dialect.name == "sqlite":
    # Left to itself, Python's driver commits each table on its own: killed half-way, the next
    # start would find some of them. With its transactions off and ours begun, it is all or none.
    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection, _):  # type: ignore[no-untyped-def]
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN")


with engine.begin() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, version_table="audit_alembic_version"
    )
    context.run_migrations()
engine.dispose()
