"""Qdrant, in process and as a server: the only folder that knows it."""
