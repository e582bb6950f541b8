"""Numbered sentences made of texts, as a prompt gives them."""

from __future__ import annotations

from assistant.prompt import Numbered
from retrieval.documents import Span
from tests.retrieval.made_candidates import passage_of, version_of


def numbered(*texts: str, title: str = "Lease, Alder House") -> tuple[Numbered, ...]:
    """Return one sentence per text, all of one passage, which starts at character 100."""
    passage = passage_of(1, version_of(1, title), " ".join(texts))
    found, at = [], passage.start
    for number, text in enumerate(texts, 1):
        found.append(Numbered(f"1.{number}", passage, Span(at, at + len(text))))
        at += len(text) + 1
    return tuple(found)
