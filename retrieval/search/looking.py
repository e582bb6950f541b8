"""Looking through stored texts for phrases, within bounds, in pieces, off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.search.catalogue import Catalogue, Listed
from retrieval.search.phrase import Phrase
from retrieval.search.wish import Places

MOST_TEXTS: Final = 2_000
MOST_CHARACTERS: Final = 30_000_000
_BATCH_CHARACTERS: Final = 500_000


@dataclass(frozen=True, slots=True)
class Looked:
    """The versions that have what must hold, and where phrases stand in them.

    Not `is_whole` where more texts may have the phrases than are looked through; the newest were.
    """

    listed: Sequence[Listed]
    places: Places | None = None
    is_whole: bool = True


async def look(catalogue: Catalogue, listed: Sequence[Listed], phrases: Sequence[Phrase]) -> Looked:
    """Return which of the versions have every one of the phrases, and where."""
    newest = sorted(listed, key=lambda each: (-each.begins, each.id))
    looked = _within(newest)
    places: dict[int, list[tuple[int, int]]] = {}
    for batch in _batches(looked):
        texts = await catalogue.texts([each.id for each in batch])
        places |= await asyncio.to_thread(_stand, texts, phrases)
    having = [each for each in looked if each.id in places]
    return Looked(having, places, is_whole=len(looked) == len(newest))


def _within(listed: Sequence[Listed]) -> list[Listed]:
    kept: list[Listed] = []
    left = MOST_CHARACTERS
    for each in listed[:MOST_TEXTS]:
        left -= each.characters
        if left < 0 and kept:
            break
        kept.append(each)
    return kept


def _batches(listed: Sequence[Listed]) -> Iterator[list[Listed]]:
    batch: list[Listed] = []
    size = 0
    for each in listed:
        batch.append(each)
        size += each.characters
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _stand(texts: Mapping[int, str], phrases: Sequence[Phrase]) -> dict[int, list[tuple[int, int]]]:
    found = {}
    for version_id, text in texts.items():
        each = [phrase.places(text) for phrase in phrases]
        if all(each):
            found[version_id] = sorted(place for places in each for place in places)
    return found
