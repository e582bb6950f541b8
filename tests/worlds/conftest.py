"""The stand-in models, for worlds in which one is asked."""

from tests.models.fixtures import echo

__all__ = ["echo"]
