"""What an evaluation may choose otherwise than it is served: the defaults are what is served.

These are no settings: a library that was taken in with some would not be found with others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choices:
    """How documents are cut, found and laid out for a model.

    `passage_characters` is how long a passage may be. `titles` are embedded and indexed with every
    passage. `fusion` joins what is alike and what has the words: `rrf` by rank, with `fusion_k`, or
    `dbsf` by standardised scores; each half brings `fusion_depth` passages. `ranker` puts them in
    order: `learned` all of it, `line` without related words, `none` as they were joined.
    `neighbours` are given to a model where a passage needs them. `rules` are what a model is told
    first, "" for our own.
    """

    passage_characters: int = 500
    titles: bool = True
    fusion: Literal["rrf", "dbsf"] = "rrf"
    fusion_k: int = 10
    fusion_depth: int = 200
    ranker: Literal["learned", "line", "none"] = "learned"
    neighbours: bool = True
    rules: str = ""


SERVED = Choices()
