"""Approved answers: what a reviewer wrote from sources and published, kept in SQL by edition."""
