"""Do two sources state different figures or dates of the same matter? Then both must be shown.

Two sentences speak of the same if they share enough of their stems, figures and units left out,
and none of them stands nearer to another sentence of the other's document. Whether the documents
are about the same matter at all, `assistant/matters.py` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from assistant.answers import Question
from assistant.claims.measures import DATE, Measure, measures_of
from assistant.claims.names import names_of
from assistant.claims.wording import Beside, Wording
from assistant.matters import Matters
from assistant.prompt import Numbered
from retrieval.documents import Status, Version
from retrieval.keywords import Terms

DIFFER: Final = "Sources differ:"
"""What a notice of sources that differ begins with; no other notice does."""

_LEAST_ALIKE: Final = 0.55
_FEWEST_SHARED: Final = 4
_SURELY: Final = 0.75
_CLEARLY: Final = 0.1
_SAME_PLACE: Final = 4
_MOST_RIVALS: Final = 2
_LONGEST: Final = 600
_LONGEST_TITLE: Final = 120
_MEASURING: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred"
    r"|thousand|dozen|half|first|second|third|\w+th)\b",
    re.IGNORECASE,
)
_MARKS: Final = str.maketrans("\u201c\u201d", "''")
_ITS_OWN_DATE: Final = frozenset([
    "version", "issue", "issued", "revision", "revised", "updated", "reviewed", "dated",
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rival:
    """A sentence of another source: it has `states` where what is told has `told`.

    `told_of` is the version that what is told stands in.
    """

    sentence: Numbered
    states: str
    told: str
    told_of: Version


class Statement:
    """A text as it is compared with others; empty if it can measure nothing."""

    def __init__(self, text: str, terms: Terms) -> None:
        may_measure = _MEASURING.search(text) is not None
        self._wording = Wording.of([text[:_LONGEST]] if may_measure else (), terms)
        is_of_itself = any(word.key in _ITS_OWN_DATE for word in self._wording.words)
        self.measures = tuple(
            each for each in measures_of(self._wording) if not (is_of_itself and each.sort == DATE)
        )

    @cached_property
    def stems(self) -> frozenset[int]:
        """Return the stems of all words that are no figures, units or dates."""
        words = enumerate(self._wording.words)
        return frozenset(word.stem for at, word in words if word.stem and at not in self._taken)

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the words of names in it."""
        names = [each for each in names_of(self._wording) if not each.action]
        return frozenset(each.word.key for each in names if each.first not in self._taken)

    @cached_property
    def _taken(self) -> frozenset[int]:
        spans = [range(each.first, each.last + 1) for each in self.measures]
        return frozenset(at for span in spans for at in span)

    def likeness(self, other: Statement) -> float:
        """Return twice the stems that both have over the stems of each, 0 to 1."""
        shared = len(self.stems & other.stems)
        alike = 2 * shared / max(len(self.stems) + len(other.stems), 1)
        is_enough = shared >= _FEWEST_SHARED or (shared == _FEWEST_SHARED - 1 and alike >= _SURELY)
        return alike if is_enough else 0.0

    def is_of_others(self, other: Statement) -> bool:
        """Return whether each names somebody that the other does not."""
        return bool(self.names - other.names) and bool(other.names - self.names)

    def differing(self, other: Statement) -> tuple[Measure, Measure] | None:
        """Return what both measure and state differently, the first there is.

        It is the only one of its sort in each, or the words beside it are the same. Where a date
        differs beside a figure, two times are spoken of, not one.
        """
        mine, its = self._by_sort(), other._by_sort()
        differ = [
            pair
            for sort in mine.keys() & its.keys()
            for pair in self._differing(other, mine[sort], its[sort])
        ]
        sorts = {one.sort for one, _ in differ}
        if not differ or (DATE in sorts and len(sorts) > 1):
            return None
        return min(differ, key=lambda pair: pair[0].first)

    def _differing(
        self, other: Statement, mine: Sequence[Measure], its: Sequence[Measure]
    ) -> Iterator[tuple[Measure, Measure]]:
        """Yield the pairs of one sort that differ."""
        left = [each for each in its if not any(each.agrees(one) for one in mine)]
        is_one = len(mine) == len(its) == 1
        for one in mine:
            if any(one.agrees(each) for each in its):
                continue
            for each in left:
                beside = self._beside(one) & other._beside(each)
                if one.is_comparable(each) and (is_one or len(beside) >= _SAME_PLACE):
                    yield one, each

    def _beside(self, measure: Measure) -> Beside:
        return self._wording.beside(measure.first, measure.last)

    def _by_sort(self) -> Mapping[str, list[Measure]]:
        sorts: dict[str, list[Measure]] = {}
        for each in self.measures:
            sorts.setdefault(each.sort, []).append(each)
        return sorts

    def states(self, measure: Measure) -> bool:
        """Return whether it states this, or what does not contradict it."""
        return any(each.sort == measure.sort and each.agrees(measure) for each in self.measures)


class Comparing(Protocol):
    """Tells which sources stand against what is told."""

    def rivals(self, text: str, cited: Sequence[Numbered]) -> Sequence[Rival]:
        """Return what other sources state of the same."""


Compare = Callable[[Question, Collection[Numbered]], Comparing]
"""Return what compares the sentences given to a model with what is told to a question."""


class Uncompared:
    """Compares nothing."""

    def __init__(self, question: Question, given: Collection[Numbered]) -> None:
        """Take what `Differing` takes."""

    def rivals(self, text: str, cited: Sequence[Numbered]) -> Sequence[Rival]:
        """Return nothing."""
        return ()


class Differing:
    """The sentences that may stand against what is told to one question."""

    def __init__(self, question: Question, given: Iterable[Numbered], terms: Terms) -> None:
        self._terms = terms
        self._instant = question.scope.as_of
        self._given: dict[int, list[Numbered]] = {}
        for each in given:
            self._given.setdefault(each.passage.version.id, []).append(each)
        versions = [sentences[0].passage.version for sentences in self._given.values()]
        self._matters = Matters(question.text, versions, terms)
        self._known: dict[tuple[int, int], Statement] = {}

    def rivals(self, text: str, cited: Sequence[Numbered]) -> list[Rival]:
        """Return what other approved sources state of the same, at most one sentence of each.

        What `text` states is compared; what it speaks of, the cited sentences tell too.
        """
        told = Statement(text, self._terms)
        if not told.measures:
            return []
        cited_of = [(each.passage.version, self._statement(each)) for each in cited]
        own = {version.id: version for version, each in cited_of if _agrees(told, each)}
        own = own or {version.id: version for version, _ in cited_of}
        about = [told, *(each for version, each in cited_of if version.id in own)]
        found = [
            rival
            for number in self._given.keys() - own.keys()
            if (rival := self._rival(told, about, list(own.values()), number))
        ]
        found.sort(key=lambda pair: (-pair[0], pair[1].sentence.passage.id))
        return [rival for _, rival in found[:_MOST_RIVALS]]

    def _rival(
        self, told: Statement, about: Sequence[Statement], own: Sequence[Version], number: int
    ) -> tuple[float, Rival] | None:
        """Return the sentence of one version that states something else, and how alike it is."""
        version = self._given[number][0].passage.version
        if version.status_at(self._instant) is not Status.APPROVED:
            return None
        told_of = next((each for each in own if self._matters.meet(each, version)), None)
        if told_of is None:
            return None
        ranked = [
            (max(each.likeness(its) for each in about), sentence, its)
            for sentence in self._given[number]
            if (its := self._statement(sentence)).measures
        ]
        ranked = [each for each in ranked if each[0] >= _LEAST_ALIKE - _CLEARLY]
        ranked.sort(key=lambda each: -each[0])
        if not ranked or ranked[0][0] < _LEAST_ALIKE:
            return None
        alike, sentence, its = ranked[0]
        differ = None if any(each.is_of_others(its) for each in about) else told.differing(its)
        if differ is None:
            return None
        mine, other = differ
        if any(each.states(mine) for _, _, each in ranked) or self._has(own, its, other, alike):
            return None
        return alike, Rival(sentence, other.said, mine.said, told_of)

    def _has(self, own: Sequence[Version], its: Statement, measure: Measure, alike: float) -> bool:
        """Return whether the own documents state the other's figure of the same somewhere."""
        return any(
            mine.states(measure) and mine.likeness(its) >= alike - _CLEARLY
            for version in own
            for mine in map(self._statement, self._given.get(version.id, ()))
        )

    def _statement(self, sentence: Numbered) -> Statement:
        key = (sentence.passage.id, sentence.span.start)
        if key not in self._known:
            self._known[key] = Statement(sentence.text, self._terms)
        return self._known[key]


def _agrees(told: Statement, other: Statement) -> bool:
    return any(other.states(each) for each in told.measures)


def standing(version: Version, instant: int) -> str:
    """Return a version's status and from when it counts, as a notice has it."""
    said = [version.status_at(instant).value]
    if version.effective_from:
        said.append(f"in force from {_day(version.effective_from)}")
    if version.expires_on:
        said.append(f"until {_day(version.expires_on)}")
    return ", ".join(said)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def notice_of(rivals: Sequence[Rival], instant: int) -> str:
    """Return what is said above sentences that differ; there is at least one rival."""
    first = rivals[0]
    sides = [(first.told_of, first.told)]
    sides += [(each.sentence.passage.version, each.states) for each in rivals]
    said = [f"{_titled(each)} ({standing(each, instant)}) states {piece}" for each, piece in sides]
    return f"{DIFFER} {'; '.join(said)}."


def _titled(version: Version) -> str:
    """Return a title in marks that it cannot close: what is said behind it is not its author's."""
    title = " ".join(version.title.translate(_MARKS).split())
    return f"\u201c{title[:_LONGEST_TITLE]}\u201d"
