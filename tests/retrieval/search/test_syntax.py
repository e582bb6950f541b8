"""Queries as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.documents import Kind, Status
from retrieval.search.syntax import FIELDS, MOST_PIECES, read_query
from retrieval.search.wanted import Wanted

WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
PHRASE = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


def test_reads_every_sort_of_piece() -> None:
    wanted = read_query(
        'notice "ninety (90) days" -draft -"by post" kind:policy status:approved source:contracts '
        'owner:ann party:"Acme GmbH" title:lease after:2024-01-01 before:2024-12-31'
    )
    assert wanted == Wanted(
        words="notice",
        phrases=("ninety (90) days",),
        without=("draft", "by post"),
        titles=("lease",),
        kinds=frozenset({Kind.POLICY}),
        statuses=frozenset({Status.APPROVED}),
        sources=("contracts",),
        owners=("ann",),
        parties=("Acme GmbH",),
        after=date(2024, 1, 1),
        before=date(2024, 12, 31),
    )


@pytest.mark.parametrize(
    ("typed", "piece", "told", "words"),
    [
        ("colour:red wine", "colour:red", "there is no field colour:", "colour:red wine"),
        ("after:2024-02-30 x", "after:2024-02-30", "takes a day like", "x"),
        ("before:yesterday x", "before:yesterday", "takes a day like", "x"),
        ("kind:memo x", "kind:memo", "is one of contract, policy, ticket, other", "x"),
        ("status:old x", "status:old", "is one of draft", "x"),
        ("-kind:policy x", "-kind:policy", "only words and phrases", "x"),
        ('x "to the end', '"to the end', "not closed", "x"),
    ],
)
def test_says_what_could_not_be_used_and_goes_on_with_the_rest(
    typed: str, piece: str, told: str, words: str
) -> None:
    wanted = read_query(typed)
    assert wanted.words == words
    [mistake] = wanted.mistakes
    assert mistake.piece == piece
    assert told in mistake.told


@pytest.mark.parametrize(
    "typed",
    [
        "state-of-the-art",
        "http://example.org/a",
        "at 12:30",
        "-18 degrees",
        "note: this",
        "a - b",
        "kind: policy",
    ],
)
def test_ordinary_writing_is_words(typed: str) -> None:
    assert read_query(typed) == Wanted(words=typed)


def test_takes_quotation_marks_of_every_make() -> None:
    for typed in ("“a b”", "„a b“", "«a b»", '"a b"'):
        assert read_query(typed).phrases == ("a b",)


def test_of_several_days_the_narrowest_counts() -> None:
    wanted = read_query("after:2024-01-01 after:2025-01-01 before:2026-01-01 before:2025-06-01")
    assert (wanted.after, wanted.before) == (date(2025, 1, 1), date(2025, 6, 1))


def test_counts_how_many_phrases_there_are() -> None:
    typed = " ".join(f'"w{at}"' for at in range(MOST_PIECES + 1))
    wanted = read_query(typed)
    assert len(wanted.phrases) == MOST_PIECES
    assert "at most" in wanted.mistakes[0].told


@given(st.text(max_size=200))
def test_reads_anything_whatever(typed: str) -> None:
    wanted = read_query(typed)
    assert all(each.strip() for each in (*wanted.phrases, *wanted.without, *wanted.titles))
    assert all(len(each.piece) <= 40 for each in wanted.mistakes)


@given(st.text(st.characters(exclude_characters=':"-“”„‟«»', exclude_categories=["Cs"])))
def test_text_without_marks_is_all_words(typed: str) -> None:
    assert read_query(typed) == Wanted(words=" ".join(typed.split()))


@given(
    st.lists(PHRASE, max_size=3, unique=True),
    st.lists(PHRASE, max_size=3, unique=True),
    st.lists(PHRASE, max_size=3, unique=True),
    st.randoms(use_true_random=False),
)
def test_pieces_count_the_same_in_any_order(
    phrases: list[str], without: list[str], titles: list[str], random: object
) -> None:
    pieces = [f'"{each}"' for each in phrases] + [f'-"{each}"' for each in without]
    pieces += [f'title:"{each}"' for each in titles]
    random.shuffle(pieces)  # type: ignore[attr-defined]
    wanted = read_query(" ".join(pieces))
    assert set(wanted.phrases) == set(phrases)
    assert set(wanted.without) == set(without)
    assert set(wanted.titles) == set(titles)
    assert not wanted.mistakes
    assert not wanted.words


def test_every_field_is_known() -> None:
    days = {"after", "before"}
    for name in FIELDS:
        value = {"kind": "policy", "status": "draft"}.get(
            name, "2024-01-01" if name in days else "x"
        )
        assert read_query(f"{name}:{value}") != Wanted()
        assert not read_query(f"{name}:{value}").mistakes
