"""What comes back from the sandbox is believed only as far as it can be true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ingest import wire
from ingest.errors import Unreadable
from ingest.parsed import Block, BlockKind, Parsed
from retrieval.boxes import encode
from retrieval.documents import Page

PARSED = Parsed(
    text="Título\n\nwords",
    blocks=(
        Block(0, 6, BlockKind.HEADING),
        Block(8, 13, BlockKind.TEXT, ("Título",)),
    ),
    pages=(Page(1, 0, 13, 612.0, 792.0, encode(np.ones((13, 4), dtype=np.uint16))),),
    title="Título",
    problems=("page 2 is damaged",),
    declared=(("status", "draft"),),
)
HEADER, DATA = wire.packed(PARSED)


def test_a_document_comes_back_as_it_was() -> None:
    assert wire.unpacked(HEADER, DATA, 100) == PARSED


@pytest.mark.parametrize(
    "lie",
    [
        {"text": -1},
        {"text": 10**9},
        {"text": 1.5},
        {"text": True},
        {"text": None},
        {"blocks": [(5, 3, 0, 0)]},
        {"blocks": [(0, 99, 0, 0)]},
        {"blocks": [(0, 5, 0, 0), (3, 9, 0, 0)]},
        {"blocks": [(0, 5, 99, 0)]},
        {"blocks": [(0, 5, 0, -1)]},
        {"blocks": [(0, 5)]},
        {"blocks": 7},
        {"paths": []},
        {"pages": [(1, 0, 99, 612, 792, 0)]},
        {"pages": [(1, 0, 13, -1, 792, 0)]},
        {"pages": [(1, 0, 13, float("nan"), 792, 0)]},
        {"pages": [(1, 0, 12, 612, 792, HEADER["pages"][0][5])]},
        {"pages": [(1, 0, 13, 612, 792, 10**9)]},
        {"pages": [(0, 0, 13, 612, 792, 0)]},
        {"declared": [1, 2]},
    ],
)
def test_what_cannot_be_true_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="impossible"):
        wire.unpacked(HEADER | lie, DATA, 100)


def test_more_text_than_allowed_is_refused() -> None:
    with pytest.raises(Unreadable, match="impossible"):
        wire.unpacked(HEADER, DATA, 12)


def test_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="impossible"):
        wire.unpacked(HEADER | {"blocks": [], "pages": []}, b"\xff" * len(DATA), 100)
