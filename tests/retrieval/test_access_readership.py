"""Who reads a version: what is stated and what is added, made one and kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from retrieval import readership
from retrieval.readership import NOBODY, Readership, intersect, readerships, write
from tests.shelves import Shelves

NAMES = ("user:ann", "user:bob", "group:legal", "everyone")
names = st.frozensets(st.sampled_from(NAMES))
who = st.builds(Readership, names, names)


def is_named(name: str, readers: frozenset[str]) -> bool:
    return name in readers or "everyone" in readers


@given(names, names)
def test_named_by_both_is_whom_both_name(one: frozenset[str], other: frozenset[str]) -> None:
    both = intersect(one, other)

    for name in NAMES:
        assert is_named(name, both) is (is_named(name, one) and is_named(name, other))


@given(who, who)
def test_the_past_is_read_by_its_own_readers_who_may_read_the_newest(
    old: Readership, newest: Readership
) -> None:
    past = old.under(newest)

    assert past.readers == intersect(old.readers, newest.readers)
    assert past.denied == old.denied | newest.denied


@given(who, who)
def test_joined_is_what_both_sides_name(one: Readership, other: Readership) -> None:
    both = one.joined(other)

    assert both == Readership(one.readers | other.readers, one.denied | other.denied)


@given(who, who)
def test_is_within_what_names_all_its_readers_and_denies_no_more(
    one: Readership, other: Readership
) -> None:
    covers = "everyone" in other.readers or not one.readers - other.readers

    assert one.is_within(other) is (covers and not other.denied - one.denied)


@given(who)
def test_is_within_itself(one: Readership) -> None:
    assert one.is_within(one)


async def test_what_is_written_is_read_and_only_changes_are_written(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readership, "_PIECE", 2)
    ids = [await shelves.put(f"{at}.txt", readers=frozenset()) for at in range(5)]
    names = frozenset({"user:ann", "group:legal"})
    wanted = {
        ids[0]: Readership(names, frozenset({"user:eve"})),
        ids[1]: Readership(denied=names),
        ids[2]: Readership(names),
        ids[4]: Readership(frozenset({"everyone"})),
    }
    async with shelves.database.transaction() as connection:
        assert await readerships(connection, ids) == {}
        assert await write(connection, wanted | {ids[3]: NOBODY}) == wanted.keys()
        assert await readerships(connection, ids) == wanted
        assert await readerships(connection, ids[1:2]) == {ids[1]: wanted[ids[1]]}
        assert await write(connection, wanted) == set()

        wanted[ids[2]] = Readership(frozenset({"user:bob"}))
        wanted[ids[4]] = NOBODY
        assert await write(connection, wanted) == {ids[2], ids[4]}
        del wanted[ids[4]]
        assert await readerships(connection, ids) == wanted


async def test_names_are_read_a_piece_at_a_time(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readership, "_PIECE", 2)
    asked: list[tuple[object, ...]] = []

    def listen(_c: object, _u: object, statement: str, values: tuple[object, ...], *_: object):
        asked.append(values)

    async with shelves.database.transaction() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", listen)
        await readerships(connection, [11, 12, 13, 14, 15])

    assert [{*values} - {False, True} for values in asked] == [{11, 12}, {13, 14}, {15}]
