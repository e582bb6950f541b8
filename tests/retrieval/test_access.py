"""The one access rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.access import AclFilter, Principal, acl_for, reader
from retrieval.errors import BadRequest

ANN = Principal.person("ann", ["legal"])
names = st.sampled_from(["user:ann", "user:bob", "group:legal", "group:hr", "everyone"])
places = st.sampled_from(["a", "b"])


def may_read(
    principal: Principal,
    *readers: str,
    denied: tuple[str, ...] = (),
    source: str = "a",
    document_id: str = "d",
) -> bool:
    acl = acl_for(principal)
    return acl.allows(readers, denied=denied, source=source, document_id=document_id)


@given(
    st.frozensets(names, min_size=1),
    st.frozensets(places),
    st.frozensets(places),
    st.frozensets(names),
    st.frozensets(names),
    st.frozensets(names),
    places,
    places,
)
def test_the_rule_is_what_the_module_says(
    keys: frozenset[str],
    shut: frozenset[str],
    glass: frozenset[str],
    barred: frozenset[str],
    readers: frozenset[str],
    denied: frozenset[str],
    source: str,
    document_id: str,
) -> None:
    acl = acl_for(Principal("someone", keys, shut, glass, barred))
    expected = True
    if not keys & readers and document_id not in glass:
        expected = False
    if (keys | barred) & denied or source in shut:
        expected = False

    came = acl.allows(readers, denied=denied, source=source, document_id=document_id)

    assert came is expected


people = st.builds(
    lambda name, groups, shut, glass, barred: replace(
        Principal.person(name, groups), shut=shut, glass=glass, barred=barred
    ),
    st.sampled_from(["ann", "bob", "eve"]),
    st.frozensets(st.sampled_from(["legal", "hr", "it"])),
    st.frozensets(places),
    st.frozensets(places),
    st.frozensets(names),
)
readerships = st.tuples(st.frozensets(names), st.frozensets(names), places, places)


@given(st.lists(people, min_size=1, max_size=4), readerships)
def test_people_together_read_what_names_a_key_of_all_and_denies_no_key_of_any(
    everybody: list[Principal], readership: tuple[frozenset[str], frozenset[str], str, str]
) -> None:
    readers, denied, source, document_id = readership
    place = {"denied": denied, "source": source, "document_id": document_id}
    together = everybody[0].together(everybody[1:])

    may_all = acl_for(together).allows(readers, **place)

    is_shared = any(all(name in each.keys for each in everybody) for name in readers)
    is_refused = any((each.keys | each.barred) & denied for each in everybody)
    assert may_all is (
        is_shared and not is_refused and not any(source in each.shut for each in everybody)
    )
    if may_all:
        assert all(acl_for(each).allows(readers, **place) for each in everybody)


@given(st.lists(people, min_size=2, max_size=4), readerships)
def test_one_more_who_reads_along_opens_nothing(
    everybody: list[Principal], readership: tuple[frozenset[str], frozenset[str], str, str]
) -> None:
    readers, denied, source, document_id = readership
    place = {"denied": denied, "source": source, "document_id": document_id}
    first, *others = everybody

    more = acl_for(first.together(others)).allows(readers, **place)
    fewer = acl_for(first.together(others[1:])).allows(readers, **place)

    assert fewer or not more
    assert first.together(others) == first.together(others[:1]).together(others[1:])
    assert first.together(others) == first.together(reversed(others))


def test_what_bars_is_no_key() -> None:
    barred = Principal("ann", ANN.keys, barred=frozenset({"user:bob"}))

    assert not may_read(barred, "user:bob")
    assert not may_read(barred, "user:ann", denied=("user:bob",))
    assert may_read(barred, "user:ann")


def test_nobody_reads_what_has_no_readers() -> None:
    assert not may_read(ANN)


@pytest.mark.parametrize("name", ["user:ann", "group:legal", "everyone"])
def test_a_denial_of_any_key_wins(name: str) -> None:
    assert not may_read(ANN, "user:ann", "group:legal", "everyone", denied=(name,))
    assert may_read(ANN, "user:ann", denied=("user:bob", "group:hr"))


def test_nobody_reads_what_comes_from_a_shut_source() -> None:
    shut = Principal("ann", ANN.keys, shut=frozenset({"b"}))

    assert may_read(shut, "user:ann", source="a")
    assert not may_read(shut, "user:ann", source="b")


def test_glass_stands_in_for_a_reader_and_for_nothing_else() -> None:
    glass = Principal("ann", ANN.keys, shut=frozenset({"b"}), glass=frozenset({"d"}))

    assert may_read(glass, document_id="d")
    assert not may_read(glass, document_id="e")
    assert not may_read(glass, document_id="d", denied=("group:legal",))
    assert not may_read(glass, document_id="d", source="b")


def test_a_filter_carries_all_that_the_principal_has() -> None:
    bob = frozenset({"user:bob"})
    acl = acl_for(Principal("ann", ANN.keys, frozenset({"b"}), frozenset({"d"}), bob))

    assert (acl.keys, acl.shut, acl.glass) == (ANN.keys, {"b"}, {"d"})
    assert acl.refusable == ANN.keys | bob


@pytest.mark.parametrize("mint", [object, lambda: None])
def test_a_filter_is_made_for_a_principal_only(mint: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="acl_for"):
        AclFilter(frozenset({"everyone"}), frozenset(), frozenset(), frozenset(), mint())


def test_a_filter_cannot_be_empty() -> None:
    with pytest.raises(ValueError, match="empty"):
        acl_for(Principal("nobody", frozenset()))


def test_a_person_answers_to_their_own_key_their_groups_and_everyone() -> None:
    assert Principal.person("ann", ["legal"]).keys == {"user:ann", "group:legal", "everyone"}


@pytest.mark.parametrize(
    "name", ["", "ann", "user:", "user:a b", "Everyone", "group:x,y", "role:x"]
)
def test_refuses_a_malformed_reader_and_says_what_was_expected(name: str) -> None:
    with pytest.raises(BadRequest, match="user:NAME"):
        reader(name)


def test_a_name_has_an_end_and_so_has_the_message() -> None:
    assert reader(f"user:{'x' * 127}") == f"user:{'x' * 127}"
    with pytest.raises(BadRequest, match=f"got 'user:{'x' * 75}'"):
        reader(f"user:{'x' * 128}")


def test_a_person_is_called_what_they_are_called() -> None:
    assert Principal.person("ann", ["legal"]).name == "ann"
