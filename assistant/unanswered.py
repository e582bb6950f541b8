"""Questions that got no answer, those alike together, for reviewers: as far as each may see them.

A case is opened to whoever may read every version it rests on; of the others there is a number.
What is alike is told by the vectors of the questions, made here: nothing leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.review.seeing import NO_RESULTS, Opened, Results, seen_of
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.embedder import Embedder, Vectors
from retrieval.review.case import Case, CaseKind, CaseState
from retrieval.review.cases import Cases

MOST_CASES = 500
_ALIKE = 0.5
"""With the embedder that comes along, paraphrases are 0.4 to 0.8 near, other matters below 0.4."""
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cases that ask much the same: `count` questions in all, `example` the most typical one."""

    example: str
    count: int
    last_at: int
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What was not answered, most asked first; `hidden` cases rest on what one may not read."""

    clusters: tuple[Cluster, ...]
    hidden: int
    is_whole: bool


class Clustering:
    """Puts open cases of refused questions together. Vectors are kept while their case is open."""

    def __init__(
        self,
        cases: Cases,
        library: Opened,
        embedder: Embedder,
        record: Record,
        results: Results = NO_RESULTS,
    ) -> None:
        self._cases = cases
        self._library = library
        self._embedder = embedder
        self._record = record
        self._results = results
        self._vectors: dict[int, Vectors] = {}

    async def unanswered(self, *, principal: Principal, desk: Desk) -> Unanswered:
        """Return the newest `MOST_CASES` as far as one may see them; looking is on record first."""
        found = await self._cases.listed(
            state=CaseState.OPEN, kind=CaseKind.REFUSED, limit=MOST_CASES + 1
        )
        seen = await seen_of(found[:MOST_CASES], self._library, self._results, principal=principal)
        open_to = [each.case for each in seen if each.case is not None]
        askers = tuple(sorted({each.matter.asker for each in open_to}))
        about: dict[str, Json] = {"do": "list", "cases": [each.id for each in open_to]}
        await self._record.note(Event(Act.REVIEW, desk.by, desk.origin, about, concerns=askers))
        vectors = await self._vectors_of(open_to, {each.id for each in found})
        return Unanswered(
            clusters=tuple(clusters_of(open_to, vectors)),
            hidden=len(seen) - len(open_to),
            is_whole=len(found) <= MOST_CASES,
        )

    async def _vectors_of(self, cases: Sequence[Case], still: set[int]) -> Mapping[int, Vectors]:
        for gone in self._vectors.keys() - still:
            del self._vectors[gone]
        new = [each for each in cases if each.id not in self._vectors]
        for at in range(0, len(new), _AT_ONCE):
            some = new[at : at + _AT_ONCE]
            vectors = await self._embedder.embed([each.matter.question for each in some])
            self._vectors |= {case.id: vector for case, vector in zip(some, vectors, strict=True)}
        return {each.id: self._vectors[each.id] for each in cases}


def clusters_of(cases: Sequence[Case], vectors: Mapping[int, Vectors]) -> list[Cluster]:
    """Return cases put together, those most asked first; each joins the nearest that is near."""
    groups: list[list[Case]] = []
    for case in sorted(cases, key=lambda each: (-each.count, each.id)):
        near = [(_nearness(case, group, vectors), at) for at, group in enumerate(groups)]
        likeness, at = max(near, default=(0.0, 0))
        if likeness >= _ALIKE:
            groups[at].append(case)
        else:
            groups.append([case])
    found = [_cluster(group, vectors) for group in groups]
    return sorted(found, key=lambda each: (-each.count, -each.last_at))


def _nearness(case: Case, group: Sequence[Case], vectors: Mapping[int, Vectors]) -> float:
    """Return the mean cosine between a case and those of a group."""
    return float(np.mean([_cosine(vectors[case.id], vectors[each.id]) for each in group]))


def _cluster(group: Sequence[Case], vectors: Mapping[int, Vectors]) -> Cluster:
    typical = max(group, key=lambda each: _nearness(each, group, vectors))
    newest = sorted(group, key=lambda each: -each.last_at)
    return Cluster(
        example=typical.matter.question,
        count=sum(each.count for each in group),
        last_at=newest[0].last_at,
        cases=tuple(each.id for each in newest),
    )


def _cosine(one: Vectors, other: Vectors) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0
