from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.rows import is_row, row_heads
from assistant.support import choose, tells_something
from retrieval.documents import Passage, Span
from tests.retrieval.made_candidates import WORDS, passage_of, retrieved_of, version_of

NAMES = "Site | Pallets | Rate per pallet and week"
ROWS = ["Hamburg | 2,400 | EUR 7.35", "Venlo | 900 | EUR 7.10", "Malmö | 120 | EUR 11.80"]


def passage_in_lines(number: int, *lines: str) -> Passage:
    text = "\n".join(lines)
    spans, start = [], 100
    for line in lines:
        spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    return replace(passage_of(number, version_of(1, "Rates"), text), sentences=tuple(spans))


def heads(*passages: Passage) -> dict[str, str]:
    """Return the head of each row that has one, by the row."""
    found = row_heads(passages).of
    texts = {
        (each.id, span.start): each.text[span.start - 100 : span.end - 100]
        for each in passages
        for span in each.sentences
    }
    return {texts[place]: head for place, head in found.items()}


def test_the_first_row_names_the_columns_of_the_others() -> None:
    passage = passage_in_lines(1, "The rates are these.", NAMES, *ROWS, "They are net.")
    assert heads(passage) == dict.fromkeys(ROWS, NAMES)
    assert row_heads([passage]).names == {(1, passage.sentences[1].start)}


def test_a_table_goes_on_in_the_next_passage_and_in_no_other() -> None:
    first, second = passage_in_lines(1, NAMES, *ROWS[:2]), passage_in_lines(2, *ROWS[2:])
    assert heads(second, first) == dict.fromkeys(ROWS, NAMES)
    assert heads(first, replace(second, ordinal=5)) == dict.fromkeys(ROWS[:2], NAMES)


@pytest.mark.parametrize(
    "lines",
    [
        ROWS,
        [NAMES],
        ["Ann | Director | All", "Ben | Manager | Some", "Eve | Analyst | None"],
        ["Site | Pallets", *ROWS],
        [NAMES, "They differ.", *ROWS],
    ],
)
def test_what_names_no_columns_is_no_head(lines: list[str]) -> None:
    assert heads(passage_in_lines(1, *lines)) == {}


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        (ROWS[0], True),
        ("Role: Duty manager; Deputy: Ann", True),
        ("Note: see below", False),
        ("The rate is EUR 7; the site is Venlo.", False),
    ],
)
def test_a_row_has_cells(sentence: str, is_one: bool) -> None:
    assert is_row(sentence) is is_one


@pytest.mark.parametrize(
    ("sentence", "tells"),
    [
        (ROWS[1], True),
        ("Role: Manager; Deputy: Ann", True),
        ("5.2 Liability of the carrier . . . . . . . . 12", False),
        ("5.2 Liability of the carrier .......... 12", False),
        ("From: Ann at the desk\nTo: Ben at the dock\nDate: 1 May 2026", False),
        ("The limit is set by the board.", True),
        ("From Monday on the limit is set by the board.", True),
    ],
)
def test_contents_and_heads_of_letters_answer_nothing_and_rows_do(
    sentence: str, tells: bool
) -> None:
    assert tells_something(sentence) is tells


async def test_a_row_is_found_by_the_names_of_its_columns() -> None:
    retrieved = await retrieved_of("What is the rate per pallet in Venlo?", [("Rates", "x y.")])
    passage = passage_in_lines(1, NAMES, *ROWS)
    found = (replace(retrieved.found[0], passage=passage),)
    evidence = choose(replace(retrieved, found=found), WORDS.terms)
    assert [each.text for each in evidence] == ROWS[1:2]
    assert evidence[0].headed == f"{NAMES}\n{ROWS[1]}"


async def test_rows_without_names_of_columns_are_facts_of_their_own() -> None:
    retrieved = await retrieved_of("What is the yearly rent in Venlo?", [("Lease", "x y.")])
    rows = ["Property in Venlo | Unit 14", "Yearly rent | GBP 218,400 a year"]
    found = (replace(retrieved.found[0], passage=passage_in_lines(1, *rows)),)
    evidence = choose(replace(retrieved, found=found), WORDS.terms)
    assert {each.text for each in evidence} == set(rows)
