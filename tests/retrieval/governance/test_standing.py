"""How a version stands when: our timelines against the rule, asked one instant at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents import ALWAYS, NEVER, InForce, Status, Stood
from retrieval.governance.standing import Ruling, Settled, Stated, settled
from tests.retrieval.governance.reference import Reference

INSTANTS = range(-1, 16)
DECIDED = st.one_of(st.none(), st.sampled_from(Status))
_AT = st.integers(0, 14)


def version(number: int, **more: object) -> Stated:
    usual = {"blob": f"bytes {number}", "added_at": number, "start": number, "expires": NEVER}
    usual |= {"base": Status.APPROVED, "waits": False}
    return Stated(id=number, **{**usual, **more})  # type: ignore[arg-type]


def ruling(number: int, at: int, status: Status | None, *, of: int = 1, seen: int = 1) -> Ruling:
    return Ruling(number, of, seen, f"bytes {of}", at, status)


def stands(found: Settled, instant: int) -> Status | None:
    """Return what `Scope.admits` goes by."""
    for each in found.past:
        if each.covers(instant):
            return each.status
    if found.in_force.covers(instant):
        return found.declared
    return found.in_force.ended_by if found.in_force.end <= instant else None


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Stated], list[Ruling], int]:
    versions, added = [], 0
    for number in range(1, draw(st.integers(1, 4)) + 1):
        added += draw(st.integers(0, 3))
        start = draw(st.one_of(st.just(added), _AT, st.just(ALWAYS if number == 1 else added)))
        waits = draw(st.booleans())
        base = Status.DRAFT if waits else draw(st.sampled_from([Status.DRAFT, Status.APPROVED]))
        blob = draw(st.sampled_from("abc"))
        expires = draw(st.one_of(st.just(NEVER), _AT))
        versions.append(Stated(number, blob, added, start, expires, base, waits))
    rulings, at = [], 0
    for number in range(1, draw(st.integers(0, 5)) + 1):
        at += draw(st.integers(0, 4))
        seen = draw(st.sampled_from([each for each in versions if each.added_at <= at] or versions))
        about = draw(st.sampled_from([each for each in versions if each.id <= seen.id]))
        rulings.append(Ruling(number, about.id, seen.id, about.blob, at, draw(DECIDED)))
    return versions, rulings, draw(st.one_of(st.just(NEVER), _AT))


@settings(max_examples=400, deadline=None)
@given(histories())
def test_a_version_stands_as_the_rule_says_at_every_instant(
    history: tuple[list[Stated], list[Ruling], int],
) -> None:
    reference = Reference(*history)
    found = settled(*history)

    for number, each in enumerate(found):
        for instant in INSTANTS:
            assert stands(each, instant) == reference.status(number, instant), (number, instant)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_what_stood_before_comes_in_order_and_ends_where_the_present_begins(
    history: tuple[list[Stated], list[Ruling], int],
) -> None:
    for each in settled(*history):
        ends = [one.end for one in each.past]
        starts = [one.start for one in each.past[1:]]
        assert all(one.start < one.end for one in each.past)
        assert all(end <= start for end, start in zip(ends, starts, strict=False))
        assert not each.past or ends[-1] <= each.in_force.start


def test_a_decision_counts_from_its_instant_and_leaves_what_was() -> None:
    [found] = settled([version(1, base=Status.DRAFT)], [ruling(1, 5, Status.APPROVED)], NEVER)

    assert found == Settled(InForce(5, NEVER), Status.APPROVED, (Stood(1, 5, Status.DRAFT),))


def test_an_approval_is_of_those_bytes_alone() -> None:
    versions = [version(1, base=Status.DRAFT), version(7, base=Status.DRAFT)]
    _, other = settled(versions, [ruling(1, 5, Status.APPROVED)], NEVER)
    _, same = settled(
        [versions[0], version(7, base=Status.DRAFT, blob="bytes 1")],
        [ruling(1, 5, Status.APPROVED)],
        NEVER,
    )

    assert other.declared is Status.DRAFT
    assert same.declared is Status.APPROVED


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.SUPERSEDED])
def test_what_was_withdrawn_stays_so_in_a_new_version_until_somebody_decides(
    status: Status,
) -> None:
    versions = [version(1), version(7)]
    _, held = settled(versions, [ruling(1, 5, status)], NEVER)
    _, released = settled(
        versions, [ruling(1, 5, status), ruling(2, 9, Status.APPROVED, of=7, seen=7)], NEVER
    )

    assert [stands(held, at) for at in (6, 7, 20)] == [None, status, status]
    assert [stands(released, at) for at in (7, 8, 9)] == [status, status, Status.APPROVED]


def test_a_draft_waits_where_an_approved_version_counts_until_it_is_approved() -> None:
    versions = [version(1), version(7, base=Status.DRAFT, waits=True)]

    def at(rulings: Sequence[Ruling], instant: int) -> list[Status | None]:
        return [stands(each, instant) for each in settled(versions, rulings, NEVER)]

    approved = [ruling(1, 9, Status.APPROVED, of=7, seen=7)]
    assert at([], 8) == [Status.APPROVED, None]
    assert at(approved, 8) == [Status.APPROVED, None]
    assert at(approved, 9) == [Status.SUPERSEDED, Status.APPROVED]


def test_a_draft_does_not_wait_for_a_draft() -> None:
    versions = [version(1, base=Status.DRAFT), version(7, base=Status.DRAFT, waits=True)]
    found = settled(versions, [], NEVER)

    assert [stands(each, 8) for each in found] == [Status.SUPERSEDED, Status.DRAFT]


def test_time_ends_what_was_approved_before_its_day_and_not_after_it() -> None:
    early = settled([version(1, expires=9)], [ruling(1, 5, Status.APPROVED)], NEVER)
    late = settled([version(1, expires=9)], [ruling(1, 12, Status.APPROVED)], NEVER)

    assert [stands(early[0], at) for at in (8, 9)] == [Status.APPROVED, Status.EXPIRED]
    assert [stands(late[0], at) for at in (9, 12)] == [Status.EXPIRED, Status.APPROVED]


def test_taken_back_it_is_as_its_source_and_the_time_have_it() -> None:
    rulings = [ruling(1, 5, Status.DRAFT), ruling(2, 12, None)]
    [found] = settled([version(1, expires=9)], rulings, NEVER)
    steps = [Status.APPROVED, Status.DRAFT, Status.EXPIRED, Status.EXPIRED]

    assert [stands(found, at) for at in (4, 5, 9, 12)] == steps
