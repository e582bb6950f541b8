"""Alembic migrations of the library's tables."""
