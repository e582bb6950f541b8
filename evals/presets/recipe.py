"""How another product retrieves by default, as far as its settings say: a re-creation of those."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What the length of a chunk is counted in."""

    CHARACTERS = "characters"
    TOKENS = "tokens"


class Splitter(StrEnum):
    """Where a text is cut.

    RECURSIVE: at the largest break that fits, paragraph, line, word. SENTENCES: between sentences.
    NAIVE: at line ends and full stops, pieces joined until a chunk is full.
    """

    RECURSIVE = "recursive"
    SENTENCES = "sentences"
    NAIVE = "naive"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Chunks and how they are ranked.

    `size` and `overlap` are in `unit`s. A chunk scores `words` times its BM25, scaled to the best
    one, and the rest its likeness; below `least` it is not found. `shown` is how many chunks the
    product gives to a model by default: it is told, and not applied, so that the same number of
    characters is compared. `header` puts the title before each chunk.
    """

    product: str
    size: int
    overlap: int
    unit: Unit
    splitter: Splitter
    shown: int
    words: float = 0.0
    least: float = 0.0
    header: bool = False
