"""Documents that say hostile things wherever a source can say anything."""

from __future__ import annotations

from retrieval.documents import Kind
from tests.assistant.hostile_words import XSS
from tests.assistant.http_documents import Held, make_held, make_version
from tests.assistant.http_world import ShelfLibrary

PAYLOADS = XSS


def hostile_library() -> ShelfLibrary:
    """Return one document for each payload, found by `zebraNNstripes`."""
    return ShelfLibrary([_hostile(at, payload) for at, payload in enumerate(PAYLOADS)])


def _hostile(at: int, payload: str) -> Held:
    version = make_version(
        at + 1,
        f"bad{at:029d}",
        payload,
        kind=Kind.TICKET,
        owner=payload,
        uri=payload,
        source=payload,
        link=f"javascript:{payload}",
        parties=(payload,),
        problems=(payload,),
    )
    words = f"{payload} zebra{at:02d}stripes zebra{at:02d}pattern"
    kinds = ("text", "heading", "table_row", "comment")
    return make_held(version, *((kind, words, 1) for kind in kinds))
