"""The walk along the chain names exactly the entries that may be to blame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from retrieval.audit.entry import GENESIS, Entry, canonical, digest_of
from retrieval.audit.walk import Finding, Walk


def chain(count: int) -> list[Entry]:
    made: list[Entry] = []
    for number in range(1, count + 1):
        said = {"number": number, "previous": made[-1].digest if made else GENESIS}
        said |= {"at": 100 + number, "act": "ask", "actor": "s1"}
        made.append(said_anew(Entry(number, 100 + number, "ask", "s1", "", ""), said))
    return made


def said_anew(entry: Entry, said: Any) -> Entry:
    body = said if isinstance(said, str) else canonical(said)
    return replace(entry, body=body, digest=digest_of(body))


def walked(entries: Sequence[Entry], signed: dict[int, str] | None = None) -> Walk:
    walk = Walk(1, GENESIS, signed or {})
    walk.over(entries)
    return walk


def signed_at(entries: Sequence[Entry], *numbers: int) -> dict[int, str]:
    return {number: entries[number - 1].digest for number in numbers}


def test_a_sound_chain_is_walked_to_its_end() -> None:
    entries = chain(6)
    walk = Walk(1, GENESIS, signed_at(entries, 2, 6))
    walk.over(entries[:4])
    assert walk.next == 5
    walk.over(entries[4:])
    walk.ends_at(6, entries[-1].digest, 6)

    assert (walk.next, walk.finding) == (7, None)


def test_it_starts_where_the_rest_was_pruned() -> None:
    entries = chain(6)
    walk = Walk(4, entries[2].digest, {})
    walk.over(entries[3:])
    walk.ends_at(6, entries[-1].digest, 6)
    assert (walk.next, walk.finding) == (7, None)

    walk = Walk(4, entries[1].digest, {})
    walk.over(entries[3:])
    assert walk.finding
    assert (walk.finding.first, walk.finding.last, walk.next) == (4, 4, 4)
    assert "does not follow" in walk.finding.problem


def test_what_is_missing_is_named_to_the_last() -> None:
    entries = chain(9)
    walk = walked([*entries[:2], *entries[5:]])

    assert walk.finding == Finding(3, 5, "missing: deleted from between others")


@pytest.mark.parametrize("signed", [(), (1,), (2,)])
def test_a_body_that_is_not_of_its_digest_is_blamed_alone(signed: tuple[int, ...]) -> None:
    entries = chain(6)
    entries[3] = replace(entries[3], body=entries[3].body + " ")
    walk = walked(entries, signed_at(entries, *signed))

    assert walk.finding == Finding(4, 4, "edited: the body does not have this digest")
    assert walk.next == 4


@pytest.mark.parametrize("changed", [{"at": 1}, {"act": "stop"}, {"actor": "s2"}])
def test_columns_that_the_body_does_not_say_are_blamed_alone(changed: dict[str, Any]) -> None:
    entries = chain(6)
    entries[3] = replace(entries[3], **changed)

    assert walked(entries).finding == Finding(
        4, 4, "edited: time, act or actor are not those of the body"
    )


@pytest.mark.parametrize(("signed", "first"), [((), 1), ((2,), 3), ((2, 3), 4)])
def test_where_two_disagree_all_since_the_last_checkpoint_may_be_to_blame(
    signed: tuple[int, ...], first: int
) -> None:
    entries = chain(6)
    vouched = signed_at(entries, *signed)
    said = {"number": 4, "previous": "f" * 64, "at": 104, "act": "ask", "actor": "s1"}
    entries[3] = said_anew(entries[3], said)
    assert walked(entries, vouched).finding == Finding(
        first, 4, "does not follow the entry before it: it or those before it were replaced"
    )

    entries[3] = said_anew(entries[3], said | {"number": 9})
    assert walked(entries, vouched).finding == Finding(
        first, 4, "in the wrong place: the body is that of entry 9"
    )


@pytest.mark.parametrize("body", ["", "nonsense", "null", "[4]", '"4"', "[" * 100_000])
def test_a_body_that_is_no_object_is_of_no_entry(body: str) -> None:
    entries = chain(3)
    entries[1] = said_anew(entries[1], body)
    finding = walked(entries).finding

    assert finding == Finding(1, 2, "in the wrong place: the body is that of entry None")


@pytest.mark.parametrize(("right", "first"), [((), 1), ((2,), 3)])
def test_another_digest_than_the_one_signed_is_made_anew(
    right: tuple[int, ...], first: int
) -> None:
    entries = chain(6)
    walk = walked(entries, signed_at(entries, *right) | {4: "f" * 64})

    assert walk.finding == Finding(
        first, 4, "made anew: the checkpoint of entry 4 signed another digest"
    )
    assert walk.next == 4


def test_the_first_finding_stands() -> None:
    entries = chain(6)
    entries[1] = replace(entries[1], at=1)
    entries[4] = replace(entries[4], at=1)
    walk = walked(entries)
    walk.ends_at(9, "f" * 64, 12)

    assert walk.finding
    assert (walk.finding.first, walk.finding.last) == (2, 2)


@pytest.mark.parametrize(
    ("number", "digest", "newest", "signed", "expected"),
    [
        (9, None, 6, (), Finding(7, 9, "missing: cut off at the end")),
        (6, None, 8, (), Finding(7, 8, "inserted after the end")),
        (6, "f" * 64, 6, (), Finding(6, 6, "the head of the chain names another digest")),
        (6, None, 6, (2, 6), None),
        (6, None, 6, (), None),
        (
            6,
            None,
            6,
            (2, 7, 9, 8),
            Finding(3, 9, "cut off after entry 6: checkpoints signed more; the rest is unproved"),
        ),
    ],
)
def test_the_end_is_held_against_head_and_checkpoints(
    number: int,
    digest: str | None,
    newest: int,
    signed: tuple[int, ...],
    expected: Finding | None,
) -> None:
    entries = chain(9)
    walk = walked(entries[:6], signed_at(entries, *signed))
    walk.ends_at(number, digest or entries[5].digest, newest)

    assert walk.finding == expected
