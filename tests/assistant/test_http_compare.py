"""Comparing over HTTP: both sides under the reader's rights, both on record."""

from __future__ import annotations

import re

import pytest

from assistant.comparing import compare
from assistant.http.compare_pages import SHOWN_AT_ONCE, shown_rows
from tests.assistant.http_client import BOARD, CONTRACT, POLICY, client, offences, read
from tests.assistant.http_world import BOB, Notes, asking_as, make_parts

VERSIONS = f"/compare/{POLICY}/1/with/{POLICY}/2"


async def test_two_versions_stand_side_by_side_with_the_words_that_differ() -> None:
    async with client() as http:
        page = (await http.get(VERSIONS)).text
    assert "Two versions compared" in page
    assert "1 paragraph differs" in page
    assert [re.sub("<[^>]*>", "", each) for each in re.findall("<del>.*?</del>", page)[1:]] == [
        "only on the left: 45"
    ]
    assert [re.sub("<[^>]*>", "", each) for each in re.findall("<ins>.*?</ins>", page)[1:]] == [
        "only on the right: 60"
    ]
    assert offences(page) == []


async def test_the_same_has_no_difference() -> None:
    async with client() as http:
        page = (await http.get(f"/compare/{POLICY}/1/with/{POLICY}/1")).text
    assert "No difference" in page


async def test_both_openings_are_on_record() -> None:
    notes = Notes()
    async with client(make_parts(record=notes)) as http:
        await http.get(f"/compare/{CONTRACT}/1/with/{POLICY}/2")
    opened = [(each.about["document"], each.about["version"]) for each in notes.events]
    assert opened == [(CONTRACT, 1), (POLICY, 2)]


async def test_what_cannot_be_noted_is_not_compared() -> None:
    async with client(make_parts(record=Notes(fails_at=1))) as http:
        told = await http.get(f"/compare/{CONTRACT}/1/with/{POLICY}/2")
    assert told.status_code == 503
    assert "allowance" not in told.text


@pytest.mark.parametrize(
    "path",
    [
        f"/compare/{CONTRACT}/1",
        f"/compare/{CONTRACT}/1/with/{POLICY}/1",
        f"/compare/{POLICY}/1/with/{CONTRACT}/1",
        f"/compare/{POLICY}/1/with/{BOARD}/1",
        f"/compare/{POLICY}/1/with/{POLICY}/9",
        f"/compare/{'0' * 32}/1/with/{POLICY}/1",
    ],
)
async def test_neither_side_opens_to_who_may_not_read_it(path: str) -> None:
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        told = await http.get(path)
        missing = await http.get(f"/compare/{'f' * 32}/1/with/{POLICY}/1")
    assert told.status_code == missing.status_code == 404
    assert told.content == missing.content


async def test_another_version_or_document_is_chosen() -> None:
    async with client() as http:
        page = (await http.get(f"/compare/{POLICY}/2", params={"q": "notice terminate"})).text
    links = [values.get("href") for tag, values in read(page).elements if tag == "a"]
    assert VERSIONS in links
    assert f"/compare/{POLICY}/2/with/{CONTRACT}/1" in links


async def test_what_one_may_not_read_is_not_offered() -> None:
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        page = (await http.get(f"/compare/{POLICY}/2", params={"q": "notice canary board"})).text
    assert CONTRACT not in page
    assert BOARD not in page


def test_a_long_comparison_comes_in_parts_that_leave_nothing_out() -> None:
    many = SHOWN_AT_ONCE * 2 + 7
    left = [
        text
        for at in range(many)
        for text in (f"same {at}", f"x{at} old", f"mid {at}", f"end {at}")
    ]
    right = [
        text
        for at in range(many)
        for text in (f"same {at}", f"x{at} new", f"mid {at}", f"end {at}")
    ]
    comparison = compare(left, right)
    assert comparison.differences == many
    numbers = [
        each.number for part in (1, 2, 3) for each in shown_rows(comparison, part) if each.number
    ]
    assert numbers == list(range(1, many + 1))
    assert shown_rows(comparison, 4) == []


def long_text(many: int, word: str) -> list[str]:
    texts = [(f"same {at}", f"x{at} {word}", f"mid {at}", f"end {at}") for at in range(many)]
    return [each for text in texts for each in text]
