"""What of a conversation may be shown to somebody it is shared with: their own rights decide.

A sentence is content of its sources, and so may be whatever follows from it. So a sentence is shown
to who may read every version that it cites, and where a model wrote it, that any of its answer
cites. A question is shown to who may read all that its answer and those before it rest on: its
person had read them, and may have asked in their words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.conversation_recalled import Recalled, recalled
from retrieval.conversation_turn import Turn
from retrieval.documents import Version


@dataclass(frozen=True, slots=True)
class Masked:
    """A turn as somebody else may see it; `is_asked_masked` where the question may not be shown.

    Of its answer, `turn.left_out` sentences are masked.
    """

    turn: Recalled
    is_asked_masked: bool


def masked(
    turns: Sequence[Turn], shown: Collection[str], readable: Mapping[int, Version]
) -> list[Masked]:
    """Return those of the turns that are shown, by id, to who may read these versions.

    `turns` are all from the first on: what came before decides, too.
    """
    found, is_all = [], True
    for turn in turns:
        is_all = is_all and readable.keys() >= turn.versions
        if turn.id in shown:
            found.append(_masked(turn, readable, is_all=is_all))
    return found


def _masked(turn: Turn, readable: Mapping[int, Version], *, is_all: bool) -> Masked:
    said = turn.said if _may_show(turn, readable) else ()
    left = recalled(replace(turn, said=said), readable)
    left_out = len(turn.said) - len(left.sentences)
    seen = replace(
        left, asking="", answer="", nearest=(), left_out=left_out, is_partial=bool(left_out)
    )
    if not is_all:
        seen = replace(seen, asked="", looked_for="", notices=())
    return Masked(seen, is_asked_masked=not is_all)


def _may_show(turn: Turn, readable: Mapping[int, Version]) -> bool:
    """Return whether sentences of an answer may be looked at one by one.

    What a reviewer wrote has readers of its own: it is for them to open.
    """
    if turn.mode == "model":
        return readable.keys() >= turn.versions
    return turn.mode == "quotes"
