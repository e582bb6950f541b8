"""How a version stands when: what its source states, what people decided, what time brings.

A decision about a version counts from its instant on. What a document stood as before, it stood as
then: a question as of that day is answered so. For what follows:

- a decision to approve is about those bytes: another version stands as its source declares, or as
  the source's configuration has new versions arrive, unless its bytes are those approved;
- a decision that withdraws (draft, expired, superseded) holds for later versions too, until
  somebody decides anew;
- time still ends what a person approved: by its expiry day or its successor, if that comes later
  than the decision;
- a version that arrives as a draft where an approved one counts waits: it counts from when it is
  approved, and until then the approved one goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from retrieval.documents import NEVER, InForce, Status, Stood

STANDING = frozenset({Status.DRAFT, Status.APPROVED})


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of a version without anybody's decision.

    `start` is the instant from which it counts, `expires` the first after its expiry day. `base`
    is its status as declared, or as it arrived; `waits` that it arrived as a draft.
    """

    id: int
    blob: str
    added_at: int
    start: int
    expires: int
    base: Status
    waits: bool


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on status. `status` None is back to what the source has."""

    id: int
    version_id: int
    seen_id: int
    blob: str
    at: int
    status: Status | None


@dataclass(frozen=True, slots=True)
class Settled:
    """When a version is in force and as what, and how it stood before that."""

    in_force: InForce
    declared: Status
    past: tuple[Stood, ...] = ()


class _What(IntEnum):
    """What can happen to a version, in the order in which it counts at one instant."""

    BEGINS = 0
    SUCCEEDED = 1
    EXPIRED = 2
    DECIDED = 3
    REPLACED = 4


@dataclass(frozen=True, slots=True)
class _Course:
    """A version, the decisions that concern it, and when it begins; NEVER while it waits."""

    stated: Stated
    rulings: tuple[tuple[int, Status | None], ...]
    begins: int


def settled(
    versions: Sequence[Stated], rulings: Sequence[Ruling], succeeded_at: int
) -> list[Settled]:
    """Return how each version of a document stands; both in order, oldest first.

    `succeeded_at` is when another document supersedes the newest of them that counts.
    """
    courses: list[_Course] = []
    for each in versions:
        own = tuple(_about(each, rulings))
        begins = each.start
        sofar = _ends(courses, succeeded_at)
        if each.waits and any(_is_approved(*about, each.start) for about in sofar):
            begins = _approved_at(own, each.start)
        courses.append(_Course(each, own, begins))
    return [_settled(*about) for about in _ends(courses, succeeded_at)]


def _about(version: Stated, rulings: Sequence[Ruling]) -> Iterator[tuple[int, Status | None]]:
    """Yield when and how people decided about a version: what carries over to it, then on it."""
    own = [each for each in rulings if each.version_id == version.id]
    first = own[0].id if own else None
    for each in rulings:
        if each.seen_id < version.id and (first is None or each.id < first):
            is_late = each.at > version.added_at
            is_same = each.blob == version.blob or each.status is not Status.APPROVED
            yield (
                each.at if is_late else min(version.start, version.added_at),
                each.status if is_same else None,
            )
    yield from ((each.at, each.status) for each in own)


def _approved_at(own: Sequence[tuple[int, Status | None]], start: int) -> int:
    """Return when a version that waits was approved, NEVER if it was not."""
    return next((max(at, start) for at, status in own if status is Status.APPROVED), NEVER)


def _ends(courses: Sequence[_Course], succeeded_at: int) -> Iterator[tuple[_Course, int, int]]:
    """Yield each version with when the next that counts begins, and when another document does."""
    for at, course in enumerate(courses):
        later = [each.begins for each in courses[at + 1 :] if each.begins < NEVER]
        yield (course, later[0], NEVER) if later else (course, NEVER, succeeded_at)


def _is_approved(course: _Course, next_at: int, succeeded_at: int, instant: int) -> bool:
    found = _settled(course, next_at, succeeded_at)
    for each in found.past:
        if each.covers(instant):
            return each.status is Status.APPROVED
    return found.in_force.covers(instant) and found.declared is Status.APPROVED


def _settled(course: _Course, next_at: int, succeeded_at: int) -> Settled:
    stated = course.stated
    if not course.rulings:
        ends_at = min(next_at, succeeded_at)
        return Settled(_usual(course.begins, ends_at, stated.expires), stated.base)
    runs = list(_runs(course, next_at, succeeded_at))
    standing = [each.status for each in runs if each.status in STANDING]
    declared = standing[-1] if standing else stated.base
    is_open = bool(runs) and runs[-1].end == NEVER
    last = runs.pop() if is_open else Stood(NEVER, NEVER, stated.base)
    if last.status in STANDING:
        return Settled(InForce(last.start, last.end), declared, tuple(runs))
    before = runs[-1] if runs else None
    if before and before.status in STANDING and before.end == last.start:
        in_force = InForce(before.start, last.start, last.status)
        return Settled(in_force, declared, tuple(runs[:-1]))
    return Settled(InForce(last.start, last.start, last.status), declared, tuple(runs))


def _usual(begins: int, ends_at: int, expires: int) -> InForce:
    """Return when a version counts about which nobody decided."""
    if ends_at < NEVER and ends_at <= expires:
        return InForce(begins, ends_at, Status.SUPERSEDED)
    if expires < NEVER:
        return InForce(begins, expires, Status.EXPIRED)
    return InForce(begins, NEVER, None)


def _runs(course: _Course, next_at: int, succeeded_at: int) -> Iterator[Stood]:
    """Yield how a version stood, one stretch after the other; the last one is open."""
    marks: list[tuple[int, Status | None]] = []
    for at, status in _verdicts(course, next_at, succeeded_at):
        if marks and marks[-1][0] == at:
            marks.pop()
        if (marks[-1][1] if marks else None) is not status:
            marks.append((at, status))
    for (at, status), (end, _) in pairwise([*marks, (NEVER, None)]):
        if status is not None:
            yield Stood(at, end, status)


def _verdicts(
    course: _Course, next_at: int, succeeded_at: int
) -> Iterator[tuple[int, Status | None]]:
    """Yield how a version stands from each instant on at which anything happens to it.

    None is for one that is not in force yet. What time has ended stays as it ended until somebody
    decides; once the next version counts, nothing changes any more.
    """
    base, is_begun = course.stated.base, False
    verdict, ended = base, None
    events = _events(course, next_at, succeeded_at)
    for at, what, status in sorted(events, key=lambda event: event[:2]):
        if what is _What.BEGINS:
            is_begun = True
        elif what is _What.DECIDED:
            verdict = status or ended or base
        elif status is not None:
            ended = ended or status
            verdict = status if verdict in STANDING else verdict
        yield at, verdict if is_begun or verdict not in STANDING else None
        if what is _What.REPLACED:
            return


def _events(
    course: _Course, next_at: int, succeeded_at: int
) -> Iterator[tuple[int, _What, Status | None]]:
    """Yield what happens to a version, in any order but that of the decisions."""
    if course.begins < NEVER:
        yield course.begins, _What.BEGINS, None
    if succeeded_at < NEVER:
        yield succeeded_at, _What.SUCCEEDED, Status.SUPERSEDED
    if course.stated.expires < next_at:
        yield course.stated.expires, _What.EXPIRED, Status.EXPIRED
    yield from ((at, _What.DECIDED, status) for at, status in course.rulings)
    if next_at < NEVER:
        yield next_at, _What.REPLACED, Status.SUPERSEDED
