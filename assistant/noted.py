"""What stands on record of a question and its answer: ids and places, nobody's words."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.answers import Sentence, Source
from retrieval.audit.event import Json
from retrieval.documents import Passage, Scope, Version


def cited(sources: Iterable[Source], sentences: Iterable[Sentence]) -> list[Json]:
    """Return where each citation of these sentences stands."""
    versions = {each.number: each.version for each in sources}
    return [
        {
            **of_version(versions[citation.source]),
            "passage": citation.passage_id,
            "start": citation.start,
            "end": citation.end,
        }
        for sentence in sentences
        for citation in sentence.citations
    ]


def places(found: Iterable[Passage]) -> list[Json]:
    """Return where passages that were found stand."""
    return [{**of_version(each.version), "passage": each.id} for each in found]


def of_version(version: Version) -> dict[str, Json]:
    """Return what names a version."""
    return {"document": version.document_id, "version": version.number}


def limits(scope: Scope) -> dict[str, Json]:
    """Return what a search was limited to."""
    return {
        "as_of": scope.as_of,
        "kinds": list[Json](sorted(each.value for each in scope.kinds)),
        "statuses": list[Json](sorted(each.value for each in scope.statuses)),
        "sources": list[Json](sorted(scope.sources)),
        "parties": list[Json](sorted(scope.parties)),
    }
