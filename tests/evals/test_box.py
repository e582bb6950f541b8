"""The suites in the box: as many cases as promised, and what they state of their corpus is true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.acting import principal_of
from deploy.parts import Parts
from deploy.settings import Settings
from evals.measures.access import covers
from evals.measures.wording import plain, says, says_one_of
from evals.running.asking import question_of
from evals.running.rereading import place_of
from evals.scratch import taken_in
from evals.suites.case import Case, Suite
from evals.suites.checking import lint
from evals.suites.corpus import corpus_of, name_of
from evals.suites.reading import in_the_box, read_suite, suite_of
from retrieval.documents import Scope, Version
from tests.retrieval.hashed_embedder import HashedEmbedder

LEAST = {
    "golden": 60,
    "refusal": 40,
    "access": 40,
    "as-of": 20,
}
SUITES = {name: read_suite(suite_of(name)) for name in in_the_box()}


def each_case() -> Iterator[tuple[Suite, Case]]:
    return ((suite, case) for suite in SUITES.values() for case in suite.cases)


@pytest.mark.parametrize("name", LEAST)
def test_there_are_as_many_cases_as_promised(name: str) -> None:
    assert len(SUITES[name].cases) >= LEAST[name]


def test_refusals_are_of_questions_that_have_no_answer() -> None:
    assert not any(case.expected.answerable for case in SUITES["refusal"].cases)


def test_access_asks_by_everybody_for_what_is_hidden_and_for_what_is_not() -> None:
    cases = SUITES["access"].cases
    hidden = [case for case in cases if case.expected.unseen]
    answered = {case.question for case in cases if case.expected.answerable}
    assert len(hidden) >= LEAST["access"]
    assert {case.person for case in hidden} == set(SUITES["access"].people)
    assert len([case for case in hidden if case.question in answered]) >= 10


def test_the_day_is_stated_wherever_it_decides() -> None:
    assert all(case.as_of for case in SUITES["as-of"].cases)


def test_golden_asks_of_every_format_in_the_demonstration() -> None:
    asked = {
        gold.document.partition("#")[0]
        for case in SUITES["golden"].cases
        for gold in case.expected.gold
    }
    formats = {path.suffix for folder in corpus_of(SUITES["golden"]) for path in folder.iterdir()}
    assert {f".{name.rpartition('.')[2]}" for name in asked} == formats - {".yaml", ".bak"}


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_a_suite_says_what_it_tells_and_closes_its_gate(suite: Suite) -> None:
    assert suite.title
    assert len(suite.about) > 200
    assert all(case.category for case in suite.cases)
    assert suite.thresholds["citation_exactness"].at_least == 1
    if any(case.expected.unseen for case in suite.cases):
        assert suite.thresholds["access_leak"].at_most == 0


def test_no_question_is_in_two_suites_of_one_corpus_and_no_name_is_given_twice() -> None:
    names = Counter(case.id for _, case in each_case())
    homes: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    for suite, case in each_case():
        if not case.earlier:
            homes[suite.corpus, plain(case.question)].add(suite.name)
    assert not [name for name, count in names.items() if count > 1]
    assert not {key: found for key, found in homes.items() if len(found) > 1}


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
def test_nothing_about_a_suite_is_doubtful(suite: Suite) -> None:
    assert lint(suite) == []


def test_nothing_is_required_and_forbidden_at_once() -> None:
    for _, case in each_case():
        for lie in case.expected.lies:
            assert not any(says_one_of(plain(lie), fact) for fact in case.expected.facts), case.id
            assert not says(plain(case.expected.answer), lie), case.id


@pytest.mark.slow
@pytest.mark.parametrize("corpus", sorted({suite.corpus for suite in SUITES.values()}))
async def test_what_a_case_states_of_its_corpus_is_true(
    corpus: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hashed(_: Settings) -> HashedEmbedder:
        return HashedEmbedder()

    monkeypatch.setattr("deploy.opening.open_embedder", hashed)
    suites = [suite for suite in SUITES.values() if suite.corpus == corpus]
    async with taken_in(corpus_of(suites[0]), people=suites[0].people) as parts:
        shelves = {person: await Shelf.of(parts, person) for person in suites[0].people}
        known = {name_of(each) for shelf in shelves.values() for each in shelf.versions}
        for suite in suites:
            for case in suite.cases:
                scope = (await question_of(parts, case)).scope
                texts = shelves[case.person].in_force(scope)
                assert list(faults(case, texts, known)) == [], case.id
                if suite.name in LEAST:
                    assert list(unfounded(case, texts)) == [], case.id


@dataclass(frozen=True, slots=True)
class Shelf:
    """All versions that a person may read, with their texts."""

    versions: dict[Version, str]

    @classmethod
    async def of(cls, parts: Parts, person: str) -> Shelf:
        principal = await principal_of(parts, person)
        versions = await parts.library.all_versions(principal=principal)
        texts = [(await parts.library.text(each, principal=principal)).text for each in versions]
        return cls(dict(zip(versions, texts, strict=True)))

    def in_force(self, scope: Scope) -> dict[str, str]:
        """Return the texts of what is in force on a day, by name."""
        return {name_of(each): text for each, text in self.versions.items() if scope.admits(each)}


def faults(case: Case, texts: dict[str, str], known: set[str]) -> Iterator[str]:
    """Yield what a case states of documents that is not so, given what its person may read."""
    for gold in case.expected.gold:
        if gold.document not in texts:
            yield f"{case.person} may not read {gold.document} on that day"
        elif gold.words and place_of(gold.words, texts[gold.document]) is None:
            yield f"no such words in {gold.document}: {gold.words}"
    for held in case.expected.unseen:
        if not any(covers(held, name) for name in known):
            yield f"no such document: {held}"
        if any(covers(held, name) for name in texts):
            yield f"{case.person} may read {held} on that day"


def unfounded(case: Case, texts: dict[str, str]) -> Iterator[str]:
    """Yield the facts of which no wording stands in the documents that hold the gold."""
    together = plain(" ".join(texts[gold.document] for gold in case.expected.gold))
    for fact in case.expected.facts:
        if not says_one_of(together, fact):
            yield f"nowhere in the gold: {fact}"
