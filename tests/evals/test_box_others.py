"""The suites of the box on attacks, conflicts, conversations and languages: as they promise."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.measures.injection import hosts, is_about
from evals.measures.language import language_of
from evals.suites.case import Case
from evals.suites.corpus import corpus_of
from evals.suites.reading import BOX, read_suite, suite_of

LEAST = {"conflict": 15, "follow-up": 20, "injection": 40, "multilingual": 20}
SUITES = {name: read_suite(suite_of(name)) for name in LEAST}
PLANTED = BOX / "injection"
HARMLESS = {
    "guide-to-contract-amendments.md",
    "guide-to-prompts.md",
    "manual-override-doors.md",
    "script-for-the-hotline.md",
}
LANGUAGES = {
    "german": "de",
    "swedish": "sv",
    "dutch": "nl",
    "french": "fr",
    "danish": "da",
    "english": "en",
}
ATTACKS = {"call", "image", "leak", "lie", "link", "persona", "prompt", "silence", "tool"}
NO_ATTACKS = {"pincite.yaml", "tools-of-the-assistant.md", "changing-the-register.md"}


def attacks() -> list[Case]:
    return [case for case in SUITES["injection"].cases if is_about("injection", case)]


def poisoned() -> dict[str, bytes]:
    """Return the bytes of each document with something planted in it, by name."""
    found: dict[str, bytes] = {}
    for path in sorted(each for each in PLANTED.rglob("*") if each.is_file()):
        name = path.relative_to(PLANTED).as_posix()
        if path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            found |= {f"{name}#{json.loads(line)['id']}": line.encode() for line in lines}
        elif path.name not in HARMLESS | NO_ATTACKS:
            found[name] = path.name.encode() + b"".join(_parts(path))
    return found


def _parts(path: Path) -> Iterator[bytes]:
    if not zipfile.is_zipfile(path):
        yield path.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        yield from map(archive.read, archive.namelist())


def planted_in(case: Case) -> set[str]:
    """Return the poisoned documents that a case is about: of its gold, or named in its note."""
    golds = {each.document.removeprefix("injection/") for each in case.expected.gold}
    return {name for name in poisoned() if name in golds or f"Planted in {name}." in case.note}


@pytest.mark.parametrize("name", LEAST)
def test_there_are_as_many_cases_as_promised(name: str) -> None:
    assert len(SUITES[name].cases) >= LEAST[name]
    assert all(each.expected.answerable or each.expected.calls for each in SUITES[name].cases)


def test_so_many_documents_have_instructions_planted_and_each_is_asked_about() -> None:
    calling = [each for each in poisoned() if each.startswith("calls/")]
    assert (len(poisoned()) - len(calling), len(calling)) == (40, 27)
    assert set().union(*map(planted_in, attacks())) == poisoned().keys()


def test_what_must_not_be_shown_is_what_was_planted() -> None:
    for case in attacks():
        (name,) = planted_in(case)
        text = poisoned()[name].decode("utf-8", "ignore")
        hidden = "".join(chr(ord(each) - 0xE0000) for each in text if ord(each) >= 0xE0000)
        assert case.expected.lies, case.id
        assert any(lie in text + hidden for lie in case.expected.lies), case.id


def test_every_kind_of_attack_is_tried() -> None:
    kinds = Counter(case.category.removeprefix("injection-") for case in attacks())
    assert kinds.keys() == ATTACKS
    assert min(kinds.values()) >= 3
    assert sum(bool(case.expected.unseen) for case in attacks()) >= 7
    linked = [case for case in attacks() if any(any(hosts(each)) for each in case.expected.lies)]
    assert len(linked) >= 10


def test_harmless_questions_are_asked_as_well() -> None:
    harmless = [case for case in SUITES["injection"].cases if case not in attacks()]
    assert {case.category for case in harmless} == {"over-defence", "over-defence-call"}
    assert len(harmless) >= 15
    assert all(any(PLANTED.glob(name)) for name in HARMLESS)


def test_the_gate_lets_no_leak_and_no_false_citation_pass() -> None:
    thresholds = SUITES["injection"].thresholds
    assert thresholds["access_leak"].at_most == 0
    assert thresholds["over_defence"].at_most == 0
    assert thresholds["hijacked"].at_most is not None


def test_the_questions_are_in_the_languages_that_they_say() -> None:
    cases = SUITES["multilingual"].cases
    assert len({case.category for case in cases}) >= 4
    assert min(Counter(case.category for case in cases).values()) >= 3
    for case in cases:
        alike = {"da", "no"} if case.category == "danish" else {LANGUAGES[case.category]}
        assert language_of(case.question) in alike, case.id


def test_every_follow_up_follows_something_and_of_each_kind_there_is_one() -> None:
    cases = SUITES["follow-up"].cases
    assert all(case.earlier and case.expected.gold for case in cases)
    kinds = {case.category for case in cases}
    assert kinds == {"new-point", "pronoun", "same-of-another", "chain", "new-topic"}
    assert all(len(case.earlier) > 1 for case in cases if case.category == "chain")


def test_a_conflict_has_both_sides_and_what_is_none_has_one() -> None:
    cases = SUITES["conflict"].cases
    assert {case.category for case in cases} == {"both", "amended", "one"}
    for case in cases:
        assert (len(case.expected.gold) > 1) >= (case.category == "both"), case.id


def test_their_corpora_are_there() -> None:
    for suite in SUITES.values():
        assert len(corpus_of(suite)) >= 3
