"""What of a sentence the cited words do not carry, by the claims alone."""

from __future__ import annotations

from assistant.carried import Reading
from tests.assistant.numbered import numbered
from tests.retrieval.made_candidates import WORDS


def faults(text: str, *cited: str, title: str = "Lease, Alder House") -> list[tuple[str, str]]:
    """Return the kind and the piece of each fault."""
    reading = Reading.of(text, numbered(*cited, title=title), WORDS.terms)
    return [(each.kind.value, each.piece) for each in reading.faults()]


def kinds(text: str, *cited: str, title: str = "Lease, Alder House") -> set[str]:
    """Return the kinds of the faults."""
    return {kind for kind, _ in faults(text, *cited, title=title)}
