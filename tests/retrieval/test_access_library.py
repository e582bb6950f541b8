"""Every door of the library opens for readers only, and onto nothing else than what was asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from retrieval.access import Principal
from retrieval.documents import Page, Passage, Version
from retrieval.errors import NotFound
from tests.shelves import Shelves, today

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob")
LEGAL = frozenset({"group:legal"})


async def put_pages(shelves: Shelves, uri: str, *pages: Page) -> Version:
    version = await shelves.version(uri, f"Words of {uri}.", readers=LEGAL)
    staged = await shelves.shelf.stage(replace(version, pages=pages))
    await shelves.shelf.publish(staged)
    document = await shelves.document_id(uri)
    return await shelves.library.version(document, None, principal=ANN)


async def test_pages_are_of_the_version_asked_for_and_for_its_readers(shelves: Shelves) -> None:
    first, second = Page(1, 0, 5, 600.0, 800.0, b"one"), Page(2, 5, 9, 600.0, 800.0, b"two")
    other = Page(1, 0, 3, 300.0, 400.0, b"other")
    ours = await put_pages(shelves, "a.pdf", second, first)
    theirs = await put_pages(shelves, "b.pdf", other)
    library = shelves.library

    bare = [replace(each, boxes=b"") for each in (first, second)]
    assert await library.pages(ours, principal=ANN) == bare
    assert await library.pages(theirs, principal=ANN) == [replace(other, boxes=b"")]
    assert await library.page(ours, 1, principal=ANN) == first
    assert await library.page(ours, 2, principal=ANN) == second
    assert await library.page(theirs, 1, principal=ANN) == other
    for version, number, principal in ((theirs, 2, ANN), (ours, 0, ANN), (ours, 1, BOB)):
        with pytest.raises(NotFound):
            await library.page(version, number, principal=principal)
    with pytest.raises(NotFound):
        await library.pages(ours, principal=BOB)


async def test_a_number_that_no_version_has_is_not_found(shelves: Shelves) -> None:
    version = await put_pages(shelves, "a.pdf")
    for number in (0, 2):
        with pytest.raises(NotFound):
            await shelves.library.version(version.document_id, number, principal=ANN)


async def test_the_current_version_of_each_document_is_given_to_its_readers(
    shelves: Shelves,
) -> None:
    later = {"effective_from": date(2998, 1, 1)}
    for words, day in (("One.", {}), ("Two.", later)):
        await shelves.put("a.txt", words, readers=LEGAL)
        await shelves.put("b.txt", words, readers=LEGAL, **day)
        await shelves.put("c.txt", words, readers=LEGAL, effective_from=date(2999, 1, len(day) + 1))
    await shelves.put("d.txt", readers=frozenset({"user:bob"}))
    ids = {f"{name}.txt": await shelves.document_id(f"{name}.txt") for name in "abcd"}
    current = shelves.library.current

    found = await current([*ids.values(), ids["a.txt"], "none"], principal=ANN)
    numbers = {each.uri: each.number for each in found.values()}
    assert numbers == {"a.txt": 2, "b.txt": 1, "c.txt": 2}, "in force now, else the newest"
    assert found.keys() == {ids[uri] for uri in numbers}
    assert (await current(ids.values(), principal=BOB)).keys() == {ids["d.txt"]}
    assert await current([ids["a.txt"]], principal=BOB) == {}


async def test_the_stretch_between_two_passages_is_of_their_version(shelves: Shelves) -> None:
    text = "One line.\nAnother.\n\nThe last.\nAnd more."
    await shelves.put("b.txt", "Something else of a length that is enough.", readers=LEGAL)
    await shelves.put("a.txt", text, readers=LEGAL)
    run = await passages(shelves, "a.txt")
    whole = await shelves.library.stretch(run[1:-1], principal=ANN)

    assert (whole.id, whole.text) == (run[1].id, "Another.\n\nThe last.")
    assert (whole.start, whole.end) == (run[1].start, run[-1].start - 1)
    assert whole.sentences == tuple(span for each in run[1:-1] for span in each.sentences)
    assert await shelves.library.stretch(run[:1], principal=ANN) is run[0]
    assert (await shelves.library.stretch(run[:2], principal=ANN)).text == "One line.\nAnother."
    with pytest.raises(NotFound):
        await shelves.library.stretch(run, principal=BOB)


async def passages(shelves: Shelves, uri: str) -> list[Passage]:
    ids = await shelves.passage_ids()
    found = await shelves.library.candidates(ids, principal=ANN, scope=today())
    made = [each.make() for each in found.values() if each.version.uri == uri]
    return sorted(made, key=lambda each: each.start)


async def test_candidates_are_read_however_many_there_are(shelves: Shelves) -> None:
    await shelves.put("a.txt", "\n".join(f"Line {at}." for at in range(1_003)), readers=LEGAL)
    ids = await shelves.passage_ids()

    found = await shelves.library.candidates(ids, principal=ANN, scope=today())
    assert found.keys() == set(ids)
    assert await shelves.library.candidates(ids, principal=BOB, scope=today()) == {}
