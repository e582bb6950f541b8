"""A turn as it may be shown or used again, by somebody who may read certain versions now.

A sentence stays only if every version that it cites may be read. What else is left out is not
told, but that something is. Words that were looked for may be from a document too: they go with
it, and only what the person wrote themselves is always theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from assistant.answers import Citation, Earlier, Named, Sentence, Source
from retrieval.conversation_turn import Said, Turn
from retrieval.documents import Version, day_of, now


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn as it may be shown now. `is_partial` says that something of it is left out.

    `left_out` counts the sentences that are; `as_of` is the instant for which it was asked, 0
    where that was not kept. `notices` may name sources: they go with any of them. `lead`,
    `approved`, `nearest`, `kinds` and `answer` are as in `Turn`.
    """

    id: str
    at: int
    asked: str = field(repr=False)
    looked_for: str = field(repr=False)
    mode: str
    model: str
    refused: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    is_partial: bool
    asking: str = ""
    as_of: int = 0
    left_out: int = 0
    notices: tuple[str, ...] = field(default=(), repr=False)
    lead: str = ""
    approved: Named | None = None
    nearest: tuple[Source, ...] = ()
    kinds: tuple[str, ...] = ()
    answer: str = ""

    @property
    def past_day(self) -> date | None:
        """Return the day for which it was asked, where that was before the day of asking."""
        return _past_day(self)


def recalled(turn: Turn, readable: Mapping[int, Version]) -> Recalled:
    """Return a turn as it may be shown to somebody who may read these versions, by id."""
    kept = _kept(turn, readable)
    numbers = _numbers(kept)
    near = {at: number for number, at in enumerate(turn.nearest, 1) if at in readable}
    is_theirs = readable.keys() >= set(turn.rests_on)
    return Recalled(
        id=turn.id,
        at=turn.at,
        asked=turn.asked,
        looked_for=turn.looked_for if is_theirs else "",
        mode=turn.mode,
        model=turn.model,
        refused=turn.refused,
        sentences=tuple(_sentence(each, numbers) for each in kept),
        sources=_sources(turn, numbers, readable),
        is_partial=len(kept) < len(turn.said) or not is_theirs,
        asking=turn.asking,
        as_of=turn.as_of,
        left_out=len(turn.said) - len(kept),
        notices=turn.notices if readable.keys() >= turn.versions else (),
        lead=turn.lead if kept else "",
        approved=_named(turn) if kept else None,
        nearest=_sources(turn, near, readable),
        kinds=turn.kinds,
        answer=turn.answer,
    )


def usable(turn: Turn, readable: Mapping[int, Version]) -> Earlier:
    """Return what of a turn may enter a prompt: never the question as it was looked for."""
    kept = _kept(turn, readable)
    used = dict.fromkeys(at for each in kept for at in sorted(each.versions))
    if kept and turn.mode == "model":
        used |= dict.fromkeys(turn.rests_on)
    return Earlier(
        turn.asked, tuple(each.text for each in kept), tuple(readable[at] for at in used)
    )


def _kept(turn: Turn, readable: Mapping[int, Version]) -> list[Said]:
    """Return the sentences that may be shown; a model may have put the words it was asked in."""
    if turn.mode == "model" and not readable.keys() >= set(turn.rests_on):
        return []
    return [each for each in turn.said if each.cited and readable.keys() >= each.versions]


def _sources(
    turn: Turn, numbers: Mapping[int, int], readable: Mapping[int, Version]
) -> tuple[Source, ...]:
    """Return versions as the turn's sources, each as it stood on the day that was asked for."""
    instant = turn.as_of if _past_day(turn) else now()
    return tuple(
        Source(number, readable[at], readable[at].status_at(instant))
        for at, number in numbers.items()
    )


def _past_day(turn: Turn | Recalled) -> date | None:
    day = day_of(turn.as_of) if turn.as_of else None
    return day if day and day < day_of(turn.at) else None


def _named(turn: Turn) -> Named | None:
    """Return which approved answer it was; whose it is may have changed and is not told."""
    if turn.edition is None:
        return None
    number, approved_on, review_by = turn.edition
    days = date.fromisoformat(approved_on), date.fromisoformat(review_by)
    return Named(turn.approved, number, "", *days)


def _numbers(kept: Iterable[Said]) -> dict[int, int]:
    """Return the number of each version that is cited, in the order in which they are."""
    cited = dict.fromkeys(each.version for said in kept for each in said.cited)
    return {at: number for number, at in enumerate(cited, 1)}


def _sentence(said: Said, numbers: Mapping[int, int]) -> Sentence:
    return Sentence(
        said.text,
        tuple(
            Citation(
                numbers[each.version],
                each.passage,
                each.start,
                each.end,
                each.page,
                each.words,
                each.head,
            )
            for each in said.cited
        ),
        said.differs,
    )
