"""Finding in a real library: nothing readable is missed, nothing else is counted or shown."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from retrieval.access import Principal
from retrieval.documents import Kind, Scope, Status, Version, now, start_of
from retrieval.retriever import Found
from retrieval.search.catalogue import Catalogue
from retrieval.search.choice import UNDATED, Choice, Facet
from retrieval.search.finder import Finder, Results
from retrieval.search.syntax import read_query
from retrieval.search.wanted import Sort
from retrieval.search.wish import Window
from retrieval.tables import versions
from tests.shelves import Shelves

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob")
LEGAL = frozenset({"group:legal"})
BOARD = frozenset({"group:board"})


@dataclass(frozen=True, slots=True)
class Brought:
    found: Sequence[Found]


@dataclass
class Shared:
    """Ranks by how many words are shared, and brings `most` at most."""

    shelves: Shelves
    most: int = 200
    asked: list[Scope] = field(default_factory=list)

    async def retrieve(
        self, question: str, *, principal: Principal, scope: Scope, limit: int
    ) -> Brought:
        self.asked.append(scope)
        ids = await self.shelves.passage_ids()
        there = await self.shelves.library.passages(ids, principal=principal)
        words = set(question.casefold().split())
        scored = [
            Found(each, float(len(words & set(each.text.casefold().split()))))
            for each in there.values()
            if scope.admits(each.version)
        ]
        scored = [each for each in scored if each.score]
        scored.sort(key=lambda each: (-each.score, each.passage.text))
        return Brought(scored[: min(self.most, limit)])


def finder(shelves: Shelves, most: int = 200) -> Finder:
    return Finder(Catalogue(shelves.database), shelves.library, Shared(shelves, most))


async def find(
    shelves: Shelves,
    typed: str,
    *,
    principal: Principal = ANN,
    ticked: Choice | None = None,
    most: int = 200,
    as_of: int | None = None,
    **window: Any,
) -> Results:
    return await finder(shelves, most).find(
        read_query(typed),
        ticked or Choice(),
        Window(**window),
        principal=principal,
        as_of=now() if as_of is None else as_of,
    )


def texts(results: Results) -> list[str]:
    return [each.passage.text for each in results.found]


async def test_a_phrase_is_found_though_the_index_does_not_bring_it(shelves: Shelves) -> None:
    for at in range(30):
        await shelves.put(f"{at}.txt", f"Paper {at}.\nThe notice period is {at} weeks.")
    results = await find(shelves, '"period is 17 weeks"', most=0)
    assert texts(results) == ["The notice period is 17 weeks."]
    assert (results.places, results.tally.total, results.is_whole) == (1, 1, True)


async def test_a_phrase_may_stand_across_passages(shelves: Shelves) -> None:
    await shelves.put("a.txt", "It says that either party\nmay end it.\nNothing else.")
    results = await find(shelves, '"either party may end"')
    assert texts(results) == ["It says that either party\nmay end it."]
    assert results.places == 1


@pytest.mark.parametrize("gap", ["  ", "\n\n", " \n \t", "\u00a0 \u202f", " " * 40, "\r\n"])
async def test_a_phrase_is_found_whatever_lies_between_its_words(
    shelves: Shelves, gap: str
) -> None:
    await shelves.put("a.txt", f"so one{gap}two{gap}\u201cthree\u201d it is")
    await shelves.put("b.txt", f"one{gap}or{gap}two{gap}three")
    results = await find(shelves, '"one two"', most=0)
    assert (results.places, results.tally.total) == (1, 1)


async def test_what_the_index_brings_comes_first_and_the_rest_follows(shelves: Shelves) -> None:
    for at in range(5):
        await shelves.put(f"{at}.txt", f"one two {at}", effective_from=date(2020 + at, 1, 1))
    results = await find(shelves, '"one two" 3', most=1)
    assert texts(results) == ["one two 3", "one two 4", "one two 2", "one two 1", "one two 0"]


async def test_windows_follow_each_other_without_gap(shelves: Shelves) -> None:
    for at in range(7):
        await shelves.put(f"{at}.txt", f"one two {at}", effective_from=date(2020 + at, 1, 1))
    seen: list[str] = []
    for skip in (0, 3, 6):
        results = await find(shelves, '"one two"', most=2, skip=skip, limit=3)
        seen += texts(results)
        assert results.has_more == (skip < 6)
    assert sorted(seen) == [f"one two {at}" for at in range(7)]


async def test_a_document_must_have_every_phrase_and_a_passage_no_unwanted_word(
    shelves: Shelves,
) -> None:
    await shelves.put("a.txt", "red apple\ngreen pear\nred apple, draft")
    await shelves.put("b.txt", "red apple")
    results = await find(shelves, '"red apple" "green pear" -draft')
    assert texts(results) == ["red apple\ngreen pear"]


@pytest.mark.parametrize(
    "typed",
    ["red apple", '"red apple"', "kind:policy", "title:bee", "source:fold red", "-pear red"],
)
async def test_what_is_new_is_the_same_figure_without_results(shelves: Shelves, typed: str) -> None:
    for at in range(6):
        kind = Kind.POLICY if at % 2 else Kind.TICKET
        await shelves.put(f"{at}.txt", f"red apple {at}\ngreen pear", kind=kind, title=f"Bee {at}")
    async with shelves.database.transaction() as connection:
        await connection.execute(update(versions).values(added_at=1_000 + versions.c.id))
        await connection.execute(update(versions).values(in_force_start=0))
    seen = set()
    for since in (0, 1_003, 1_006, 2_000):
        shown = await find(shelves, typed, since=since)
        counted = await find(shelves, typed, since=since, limit=0)
        assert (counted.fresh, counted.found) == (shown.fresh, ())
        seen.add(counted.fresh)
    assert 0 in seen
    assert len(seen) > 2


async def test_the_index_is_not_asked_how_much_is_new_where_nothing_came(shelves: Shelves) -> None:
    await shelves.put("a.txt", "red apple", kind=Kind.POLICY)
    ranking = Shared(shelves)
    looking = Finder(Catalogue(shelves.database), shelves.library, ranking)
    for kind, since, asked in ((Kind.POLICY, 0, 1), (Kind.TICKET, 0, 1), (Kind.POLICY, 2**40, 1)):
        ticked, window = Choice({Facet.KIND: frozenset({kind.value})}), Window(limit=0, since=since)
        wanted = read_query("red apple")
        await looking.find(wanted, ticked, window, principal=ANN, as_of=now())
        assert len(ranking.asked) == asked


async def test_fields_alone_list_documents(shelves: Shelves) -> None:
    await shelves.put("a.txt", "First.\nSecond.", kind=Kind.POLICY, title="Bees")
    await shelves.put("b.txt", "Third.", kind=Kind.POLICY, title="Ants")
    await shelves.put("c.txt", "Fourth.", kind=Kind.TICKET)
    results = await find(shelves, "kind:policy", sort=Sort.TITLE)
    assert texts(results) == ["Third.", "First."]


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("owner:raman", {"Lease"}),
        ("party:acme", {"Lease", "Supply"}),
        ('party:"acme gmbh"', {"Lease"}),
        ("title:lease", {"Lease"}),
        ("title:leas", set()),
        ("after:2024-06-01", {"Supply"}),
        ("before:2024-06-01", {"Lease"}),
        ("words owner:raman", {"Lease"}),
        ("words owner:nobody", set()),
        ("words source:fold", {"Lease", "Supply", "Other"}),
        ("words after:2024-01-02 before:2030-01-01 kind:contract", {"Supply"}),
    ],
)
async def test_what_is_named_must_hold(shelves: Shelves, typed: str, titles: set[str]) -> None:
    contract = {"kind": Kind.CONTRACT}
    await shelves.put(
        "a.txt",
        "some words",
        title="Lease",
        owner="Legal, Priya Raman",
        parties=("Acme GmbH",),
        effective_from=date(2024, 1, 1),
        **contract,
    )
    await shelves.put(
        "b.txt",
        "more words",
        title="Supply",
        parties=("Acme Inc", "Zed"),
        effective_from=date(2025, 1, 1),
        **contract,
    )
    if "words" in typed:
        await shelves.put("c.txt", "other words", title="Other")
    results = await find(shelves, typed)
    assert {each.passage.version.title for each in results.found} == titles
    assert results.tally.total == len(titles)


async def test_what_is_typed_counts_over_what_is_ticked(shelves: Shelves) -> None:
    await shelves.put("a.txt", "words", kind=Kind.POLICY)
    ticked = Choice({Facet.KIND: frozenset({"ticket"})})
    results = await find(shelves, "words kind:policy", ticked=ticked)
    assert results.choice.of(Facet.KIND) == {"policy"}
    assert texts(results) == ["words"]


async def test_history_is_found_when_asked_for_and_as_it_stood(shelves: Shelves) -> None:
    day = date(2024, 1, 1)
    await shelves.put("a.txt", "old words", effective_from=day)
    await shelves.put("a.txt", "new words", effective_from=date(2025, 1, 1))
    assert texts(await find(shelves, '"words"')) == ["new words"]
    assert texts(await find(shelves, '"words" status:superseded')) == ["old words"]
    then = start_of(date(2024, 6, 1))
    assert texts(await find(shelves, '"words"', as_of=then)) == ["old words"]
    assert texts(await find(shelves, '"words"', as_of=start_of(date(2023, 1, 1)))) == []


async def test_more_text_than_can_be_looked_through_is_said(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.search.looking.MOST_TEXTS", 2)
    for at in range(3):
        await shelves.put(f"{at}.txt", "one two", effective_from=date(2020 + at, 1, 1))
    results = await find(shelves, '"one two"', most=0)
    assert not results.is_whole
    assert [each.passage.version.effective_from for each in results.found] == [
        date(2022, 1, 1),
        date(2021, 1, 1),
    ]


async def test_an_unreadable_twin_changes_nothing(shelves: Shelves, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    bare = Shelves(tmp_path / "other")
    await bare.database.migrate()
    for at in range(4):
        facts: dict[str, Any] = {"owner": f"Owner {at}", "parties": (f"Party {at}",)}
        facts["effective_from"] = date(2020 + at, 1, 1)
        for each in (shelves, bare):
            await each.put(f"{at}.txt", f"one two {at}", **facts)
        await shelves.put(f"{at}-board.txt", f"one two {at}", readers=BOARD, **facts)
        hidden = {"owner": "Hidden", "parties": ("Hidden",), "kind": Kind.TICKET}
        await shelves.put(f"{at}-hidden.txt", "one two", readers=BOARD, **hidden)
        denied = {"denied": frozenset({"user:ann"}), "owner": "Denied"}
        await shelves.put(f"{at}-denied.txt", "one two", **denied)
    for typed in (
        '"one two"',
        "one",
        "kind:other",
        "owner:hidden",
        "party:1",
        "title:txt",
        "-two one",
    ):
        mine, its = await find(shelves, typed), await find(bare, typed)
        assert mine.tally == its.tally
        assert texts(mine) == texts(its)
        assert (mine.places, mine.has_more, mine.choice) == (its.places, its.has_more, its.choice)
    await bare.database.close()


async def test_glass_and_shut_sources_count_as_they_do_for_reading(shelves: Shelves) -> None:
    await shelves.put("a.txt", "one two", readers=BOARD)
    document = await shelves.document_id("a.txt")
    assert (await find(shelves, '"one two"')).tally.total == 0
    glass = replace(ANN, glass=frozenset({document}))
    assert (await find(shelves, '"one two"', principal=glass)).tally.total == 1
    shut = replace(glass, shut=frozenset({"folder"}))
    assert (await find(shelves, '"one two"', principal=shut)).tally.total == 0


async def test_who_reads_along_is_kept_out_of_counts_too(shelves: Shelves) -> None:
    await shelves.put(
        "a.txt", "One two.", readers=frozenset({"everyone"}), denied=frozenset({"group:legal"})
    )
    for person, expected in ((BOB, 1), (ANN, 0), (BOB.together([ANN]), 0)):
        results = await find(shelves, "kind:other", principal=person)
        alone = await shelves.library.all_versions(principal=person)
        assert (results.tally.total, len(alone)) == (expected, expected)


NAMES = ("everyone", "group:legal", "group:board", "user:ann", "user:bob")
DAYS = [None, date(2020, 5, 1), date(2023, 1, 1), date(2999, 1, 1)]
PLANS = st.lists(
    st.fixed_dictionaries({
        "kind": st.sampled_from(Kind),
        "readers": st.frozensets(st.sampled_from(NAMES), max_size=2),
        "denied": st.frozensets(st.sampled_from(NAMES[1:]), max_size=1),
        "status": st.sampled_from([Status.DRAFT, Status.APPROVED]),
        "owner": st.sampled_from(["", "Ann", "Bea"]),
        "parties": st.frozensets(st.sampled_from(["Acme", "Zed", "Öl"]), max_size=2).map(tuple),
        "effective_from": st.sampled_from(DAYS),
        "expires_on": st.sampled_from([None, date(2024, 1, 1)]),
    }),
    max_size=8,
)  # fmt: skip
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        Facet.KIND: st.frozensets(st.sampled_from([each.value for each in Kind]), min_size=1),
        Facet.STATUS: st.frozensets(st.sampled_from([each.value for each in Status]), min_size=1),
        Facet.OWNER: st.just(frozenset({"Ann"})),
        Facet.PARTY: st.frozensets(st.sampled_from(["Acme", "Öl"]), min_size=1),
        Facet.YEAR: st.frozensets(st.sampled_from(["2020", "2023", UNDATED]), min_size=1),
    },
)


@settings(max_examples=25, deadline=None)
@given(PLANS, CHOICES, st.sampled_from(["kind", '"one two"', "title:txt"]))
def test_counts_are_those_of_counting_what_one_reads(
    plans: list[dict[str, Any]], picked: dict[Facet, frozenset[str]], typed: str
) -> None:
    """Count by hand what each of two people may read: figures and list must say the same."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_migrated(), Path(folder) / "library.db")
        asyncio.run(_counted(Path(folder), plans, Choice(picked), typed))


@cache
def _migrated() -> Path:
    """Return an empty library, made once."""
    folder = Path(tempfile.mkdtemp(prefix="pincite-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    async def migrate() -> None:
        shelves = Shelves(folder)
        await shelves.database.migrate()
        await shelves.database.close()

    asyncio.run(migrate())
    return folder / "library.db"


async def _counted(folder: Path, plans: list[dict[str, Any]], picked: Choice, typed: str) -> None:
    shelves = Shelves(folder)
    try:
        await _compare(shelves, plans, picked, typed)
    finally:
        await shelves.database.close()


async def _compare(
    shelves: Shelves, plans: list[dict[str, Any]], picked: Choice, typed: str
) -> None:
    for at, plan in enumerate(plans):
        await shelves.put(f"{at}.txt", f"One two {at}. kind", **plan)
    instant = now()
    for person in (ANN, BOB, BOB.together([ANN])):
        listed = await shelves.library.all_versions(principal=person)
        results = await find(
            shelves, typed, principal=person, ticked=picked, limit=50, as_of=instant
        )
        wanted = {facet: set(results.choice.of(facet) or ()) for facet in Facet}
        stand = [each for each in listed if _stands(each, instant)]
        for facet in Facet:
            others = {key: some for key, some in wanted.items() if some and key is not facet}
            fit = [each for each in stand if _fits(each, others, instant)]
            count = Counter(value for each in fit for value in _values(each, instant)[facet])
            assert results.tally.counts[facet] == count
        fit = [
            each for each in stand if _fits(each, {k: v for k, v in wanted.items() if v}, instant)
        ]
        assert results.tally.total == len(fit)
        shown = {each.passage.version.id for each in results.found}
        assert shown == {each.id for each in fit}


def _stands(version: Version, instant: int) -> bool:
    return version.in_force.start <= instant or version.in_force.end <= instant


def _values(version: Version, instant: int) -> dict[Facet, set[str]]:
    year = str(version.effective_from.year) if version.effective_from else UNDATED
    return {
        Facet.KIND: {version.kind.value},
        Facet.STATUS: {version.status_at(instant).value},
        Facet.SOURCE: {version.source},
        Facet.OWNER: {version.owner} - {""},
        Facet.PARTY: set(version.parties),
        Facet.YEAR: {year},
    }


def _fits(version: Version, wanted: dict[Facet, set[str]], instant: int) -> bool:
    values = _values(version, instant)
    return all(some & values[facet] for facet, some in wanted.items())
