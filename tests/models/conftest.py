"""The stand-in models, for the tests of themselves."""

from tests.models.fixtures import echo, fault, puppet, scripted, tape

__all__ = ["echo", "fault", "puppet", "scripted", "tape"]
