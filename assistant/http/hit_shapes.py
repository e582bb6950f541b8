"""What a search found, as it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from assistant.http.parts import Found
from assistant.http.shapes import PassageOut, shown_passage


class HitOut(PassageOut):
    """A passage that was found; `score_rank` counts from 1, best first."""

    score_rank: int


class HitsOut(BaseModel):
    """What a search found."""

    hits: list[HitOut]


def shown_hits(found: Sequence[Found], instant: int) -> list[HitOut]:
    """Return what was found, ranked from 1."""
    return [
        HitOut(**shown_passage(each.passage, instant).model_dump(), score_rank=rank)
        for rank, each in enumerate(found, 1)
    ]
