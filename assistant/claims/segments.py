"""Figures that stand in each other's place: each has the words of its own part of a sentence.

In "EUR 14 for an adult and EUR 6 for a child" the adult belongs to the first sum. Who tells the
child of it, and nothing that is of it alone, has taken the wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.claims.figures import REFERENCE, Figure, written
from assistant.claims.wording import Word, Wording

_JOINING: Final = frozenset({"and", "or", "but", "while", "whereas"})
_PAUSES: Final = frozenset(",;(")
_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class _Segment:
    """A figure with the stems before and after it; `opens` if it is the first of its sentence."""

    figure: Figure
    before: frozenset[int]
    after: frozenset[int]
    opens: bool


def placed_in(
    sentence: Wording, figures: Sequence[Figure], cited: Wording, others: Sequence[Figure]
) -> Mapping[Figure, bool]:
    """Return the figures of a sentence of which the words around tell whose they are.

    It is true of those that have words of their own place, false of those that have but words of
    another one of their unit. `figures` are those of the sentence, `others` those cited.
    """
    if any(word.key == "respectively" for word in cited.words):
        return {}
    its, found = _segments(cited, others), dict[Figure, bool]()
    labels = [_label(each, its) for each in its]
    for each in _segments(sentence, figures):
        figure, told = each.figure, each.before | each.after
        own = [at for at, other in enumerate(its) if other.figure.value == figure.value]
        rivals = [
            at
            for at, other in enumerate(its)
            if other.figure.unit == figure.unit and other.figure.value != figure.value
        ]
        if not (figure.unit and own and rivals):
            continue
        near = frozenset[int]().union(*(its[at].before | its[at].after for at in own))
        is_own = all(any(told & labels[at] - labels[rival] for at in own) for rival in rivals)
        is_other = any(
            told & labels[rival] - near and not any(told & labels[at] - labels[rival] for at in own)
            for rival in rivals
        )
        if is_own or is_other:
            found[figure] = is_own
    return found


def _label(segment: _Segment, segments: Sequence[_Segment]) -> frozenset[int]:
    """Return the stems that tell a figure from its rivals.

    What stands before the first figure of a sentence mostly speaks of them all, unless another
    one of its unit has words before it too.
    """
    is_parted = any(
        each.before - segment.before and each.figure.unit == segment.figure.unit
        for each in segments
        if each is not segment
    )
    if segment.before and (not segment.opens or is_parted):
        return segment.before | segment.after
    return segment.after


def _segments(wording: Wording, figures: Sequence[Figure]) -> list[_Segment]:
    words = wording.words
    counted = [each for each in figures[:_MOST] if _counts(words, each)]
    spans = [written(words, each) for each in counted]
    used = {at for first, last in spans for at in range(first, last + 1)}
    found = []
    for number, (first, last) in enumerate(spans):
        low = spans[number - 1][1] + 1 if number else 0
        high = spans[number + 1][0] if number + 1 < len(spans) else len(words)
        left = _left(words, low, first, is_first=not number)
        right = _right(words, last, high, is_last=number + 1 == len(spans))
        stems = [
            frozenset(words[at].stem for at in place if words[at].stem and at not in used)
            for place in (range(left, first), range(last + 1, right))
        ]
        opens = not number or any(each.starts for each in words[low : first + 1])
        found.append(_Segment(counted[number], stems[0], stems[1], opens))
    return found


def _counts(words: Sequence[Word], figure: Figure) -> bool:
    """Return whether it is a figure of something, not the number of a clause."""
    is_clause = words[figure.first].starts and not figure.unit and "." in figure.value
    return not (figure.is_idle or figure.is_mark or figure.unit == REFERENCE or is_clause)


def _left(words: Sequence[Word], low: int, first: int, *, is_first: bool) -> int:
    """Return where the words of a figure begin, behind the last border before it."""
    left = low
    for at in range(low, first + 1):
        if words[at].starts or (not is_first and not _PAUSES.isdisjoint(words[at].gap)):
            left = at
        elif words[at].key in _JOINING and not is_first:
            left = at + 1
    return left


def _right(words: Sequence[Word], last: int, high: int, *, is_last: bool) -> int:
    """Return where they end: before the border that is nearest to the next figure."""
    if is_last:
        return next((at for at in range(last + 1, high) if words[at].starts), high)
    for at in range(min(high, len(words) - 1), last, -1):
        if words[at].starts or words[at].key in _JOINING:
            return at
        if not {",", ";"}.isdisjoint(words[at].gap):
            return at
    return high
