"""What a search brings: how much of it a page says it shows, and all of it in a file."""

from __future__ import annotations

import re
from typing import Any

import pytest

from retrieval.audit.event import Act
from tests.assistant.export.made import notes_in, rendered
from tests.assistant.http_client import client, read
from tests.assistant.http_documents import make_held, make_version
from tests.assistant.http_world import Notes, ShelfLibrary, make_parts

MORE = "These are only the first results: there are more."


def shelf(count: int) -> ShelfLibrary:
    """Return a library of so many documents that speak of pallets."""
    return ShelfLibrary(
        [
            make_held(
                make_version(at, f"{at:032x}", f"Paper {at}"),
                ("text", f"Pallets of paper {at} are stacked.", 0),
            )
            for at in range(1, count + 1)
        ]
    )


async def page_of(count: int, number: int = 1) -> tuple[str, list[str], str]:
    """Return what a page of results says of their count, its links to files, and their label."""
    async with client(make_parts(shelf(count))) as http:
        text = (await http.get("/search", params={"q": "pallets", "page": number})).text
    links = [values.get("href") or "" for _, values in read(text).elements]
    said = re.findall(r'id="count">(.*?)</p>', text, re.DOTALL)[0].strip()
    label = re.findall(r'<p class="save">(.*?):', text)[0]
    return said, [each for each in links if each.startswith("/export/")], label


async def saved(count: int, address: str, **more: Any) -> Any:
    async with client(make_parts(shelf(count), **more)) as http:
        return await http.get(address)


@pytest.mark.parametrize(
    ("count", "number", "said"),
    [
        (5, 1, "5 results from 5 documents"),
        (45, 1, "20 results from 20 documents on this page; more follow"),
        (45, 2, "Page 2: 20 results from 20 documents; more follow"),
        (45, 3, "Page 3, the last: 5 results from 5 documents"),
    ],
)
async def test_a_page_says_what_of_all_it_shows(count: int, number: int, said: str) -> None:
    assert (await page_of(count, number))[0] == said


@pytest.mark.parametrize(
    ("count", "number", "label", "expected", "is_part"),
    [
        (1, 1, "Save this result with footnotes", 1, False),
        (18, 1, "Save these 18 results with footnotes", 18, False),
        (45, 1, "Save all results with footnotes, 50 at most", 45, False),
        (45, 3, "Save all results with footnotes, 50 at most", 45, False),
        (55, 2, "Save all results with footnotes, 50 at most", 50, True),
    ],
)
async def test_a_file_has_all_results_from_the_first(
    count: int, number: int, label: str, expected: int, is_part: bool
) -> None:
    _, links, said = await page_of(count, number)
    assert said == label
    [markdown] = [each for each in links if each.endswith("form=md")]
    told = await saved(count, markdown)
    assert len(notes_in(rendered(told.content))) == expected
    assert (MORE in told.text) is is_part


async def test_what_leaves_is_on_record_and_nothing_leaves_without() -> None:
    notes = Notes()
    await saved(3, "/export/found?q=pallets&form=md", record=notes)
    [event] = [each for each in notes.events if each.act is Act.TAKE_OUT]
    assert len(event.about["passages"]) == 3  # type: ignore[arg-type]
    told = await saved(3, "/export/found?q=pallets&form=md", record=Notes(fails_at=0))
    assert told.status_code == 503
    assert "stacked" not in told.text


@pytest.mark.parametrize(
    ("query", "status"), [("", 404), ("q=zebra", 404), ("q=pallets&text=x", 422)]
)
async def test_nothing_found_is_no_file(query: str, status: int) -> None:
    assert (await saved(3, f"/export/found?{query}")).status_code == status
