"""The one access rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.access import AclFilter, Principal, acl_for, reader
from retrieval.errors import BadRequest

names = st.sampled_from(["user:ann", "user:bob", "group:legal", "group:hr", "everyone"])


@given(st.frozensets(names, min_size=1), st.frozensets(names))
def test_allows_if_and_only_if_the_sets_meet(keys: frozenset[str], readers: frozenset[str]) -> None:
    assert acl_for(Principal("someone", keys)).allows(readers) == bool(keys & readers)


def test_nobody_reads_what_has_no_readers() -> None:
    assert not acl_for(Principal.person("ann", ["legal"])).allows(())


def test_a_filter_is_made_for_a_principal_only() -> None:
    with pytest.raises(TypeError, match="acl_for"):
        AclFilter(frozenset({"everyone"}), object())


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
