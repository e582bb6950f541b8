"""Suites: read, written, and the same in both directions; what is wrong with one is told."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.errors import BadSuite
from evals.suites.building import built
from evals.suites.case import Case, Expected, Gold, Suite, Threshold
from evals.suites.corpus import corpus_of, demo_people
from evals.suites.listing import suites_in
from evals.suites.reading import in_the_box, own_names, read_suite, suite_of
from evals.suites.writing import plain, written
from retrieval.errors import BadRequest
from tests.evals.suites import WHOLE, file_of, suites
from tests.evals.wrong_suites import CASE, OF_FORM, OTHERWISE


def test_reads_everything_that_a_file_can_say(tmp_path: Path) -> None:
    suite = read_suite(file_of(tmp_path, WHOLE))

    assert suite == Suite(
        name="small",
        title="A small suite",
        cases=(
            Case(
                id="lease",
                question="How long is the lease?",
                person="ann",
                earlier=("Who is the landlord?",),
                as_of="2026-03-01",
                category="contracts",
                kinds=("contract",),
                expected=Expected(
                    answerable=True,
                    gold=(
                        Gold("contracts/lease.pdf", "five years"),
                        Gold("papers/old.txt", "", 3, 9),
                        Gold("papers/whole.txt"),
                    ),
                    facts=(("five years",), ("60 months", "60 Monate")),
                    lies=("six years",),
                    unseen=("board/",),
                    language="en",
                    answer="Five years.",
                ),
                note="The draft has six.",
            ),
        ),
        digest=suite.digest,
        corpus=("demo", str(tmp_path / "papers")),
        people=demo_people(),
        thresholds={"citation_exactness": Threshold(1.0), "access_leak": Threshold(None, 0.0)},
        configuration={"chunk_size": 500, "model_url": None},
    )


@given(suites)
@settings(deadline=None)
def test_what_is_written_reads_back_the_same(suite: Suite) -> None:
    value = yaml.safe_load(written(suite))

    assert built(value, Path(), str) == suite


@given(suites)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_file_reads_back_the_same(tmp_path: Path, suite: Suite) -> None:
    assert read_suite(file_of(tmp_path, written(suite, tmp_path))) == suite


def test_the_demonstration_is_not_written_out(tmp_path: Path) -> None:
    suite = read_suite(file_of(tmp_path, WHOLE))

    text = written(suite, tmp_path)

    assert "people" not in text
    assert "- papers\n" in text
    assert read_suite(file_of(tmp_path, text)) == suite


def test_a_corpus_moves_with_its_suite(tmp_path: Path) -> None:
    suite = read_suite(file_of(tmp_path, WHOLE))
    other = tmp_path / "deeper"
    other.mkdir()

    moved = read_suite(file_of(other, written(suite, other)))

    assert moved == suite
    with pytest.raises(BadSuite, match="papers, which is not there"):
        corpus_of(moved)
    (tmp_path / "papers").mkdir()
    assert corpus_of(moved)[-1] == tmp_path / "papers"
    assert {path.name for path in corpus_of(moved)} > {"contracts", "policies", "tickets"}


@given(suites, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_digest_does_not_see_the_order_of_keys_and_cases(
    suite: Suite, chance: random.Random
) -> None:
    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}

    value = shuffled(plain(suite))
    chance.shuffle(value["cases"])

    assert built(value, Path(), str).digest == suite.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("five years}", "5 years}"),
        ("as: ann", "as: ben"),
        ("at_least: 1", "at_least: 0.9"),
        ("chunk_size: 500", "chunk_size: 400"),
        ("suite: small", "suite: other"),
        ("[demo, papers]", "[demo, articles]"),
        ("unseen: [board/]", "unseen: [boards/]"),
    ],
)
def test_the_digest_sees_what_is_asked_and_expected(tmp_path: Path, old: str, new: str) -> None:
    assert old in WHOLE
    one = read_suite(file_of(tmp_path, WHOLE)).digest
    other = read_suite(file_of(tmp_path, WHOLE.replace(old, new), "other.yaml")).digest

    assert one != other


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A small suite", "title: Another title   # and a comment"),
        ("note: The draft has six.", "note: Otherwise the same."),
        ("as_of: 2026-03-01", 'as_of: "2026-03-01"'),
        ("at_least: 1", "at_least: 1.0"),
        ("not: [six years]", "not:\n        - 'six   years'"),
    ],
)
def test_the_digest_does_not_see_layout_and_notes(tmp_path: Path, old: str, new: str) -> None:
    assert old in WHOLE
    one = read_suite(file_of(tmp_path, WHOLE)).digest
    (tmp_path / "elsewhere").mkdir()
    other = file_of(tmp_path / "elsewhere", WHOLE.replace(old, new))

    assert read_suite(other).digest == one


def test_a_folder_is_one_suite(tmp_path: Path) -> None:
    head, _, cases = WHOLE.partition("cases:\n")
    file_of(tmp_path, f"{head}cases:\n{cases.replace('id: lease', 'id: other')}", "z.yaml")
    file_of(tmp_path, f"cases:\n{cases}", "a.yml")
    file_of(tmp_path, '{"figures": 1}', "baseline.json")
    (tmp_path / "papers").mkdir()
    file_of(tmp_path / "papers", "owner: somebody", "pincite.yaml")

    suite = read_suite(tmp_path)

    assert [case.id for case in suite.cases] == ["lease", "other"]
    assert suite.title == "A small suite"
    alone = head + "cases:\n" + cases + cases.replace("id: lease", "id: other")
    assert suite.digest == read_suite(file_of(tmp_path.parent, alone)).digest


def test_a_folder_says_each_thing_once(tmp_path: Path) -> None:
    file_of(tmp_path, WHOLE, "a.yaml")
    file_of(tmp_path, "title: Another", "b.yaml")

    with pytest.raises(BadSuite, match=r"b\.yaml, line 1: Expected `title` in one file"):
        read_suite(tmp_path)


@pytest.mark.parametrize(("text", "told"), [*OF_FORM, *OTHERWISE])
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadSuite, match=told) as caught:
        read_suite(file_of(tmp_path, text))

    assert str(caught.value).startswith(str(tmp_path / "suite.yaml"))
    assert "Input should" not in str(caught.value)
    assert isinstance(caught.value, BadRequest)


def test_questions_and_answers_are_not_told_back(tmp_path: Path) -> None:
    text = (
        CASE.replace("What?", "[Zanzibar]") + "    expects: {facts: Zanzibar, answer: [Zanzibar]}"
    )

    with pytest.raises(BadSuite) as caught:
        read_suite(file_of(tmp_path, text))

    assert str(caught.value).count("\n") == 2
    assert "Zanzibar" not in str(caught.value)


def test_many_faults_are_told_in_part(tmp_path: Path) -> None:
    text = "suite: s\ncases:\n" + "".join(f"  - id: c{at}\n" for at in range(50))

    with pytest.raises(BadSuite, match="And 30 more"):
        read_suite(file_of(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (CASE.encode("utf-16"), "line 1: Expected UTF-8"),
        (CASE.encode() + b"    note: \xe9t\xe9\n", "line 5: Expected UTF-8"),
        (b"\x00" * 10, "Expected YAML"),
    ],
)
def test_other_encodings_are_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "suite.yaml"
    path.write_bytes(content)

    with pytest.raises(BadSuite, match=told):
        read_suite(path)


def test_a_mark_of_utf8_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + CASE.encode())

    assert read_suite(path).name == "s"


def test_what_is_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.suites.document.LARGEST_BYTES", 20)

    with pytest.raises(BadSuite, match="Expected at most 20 bytes"):
        read_suite(file_of(tmp_path, CASE))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSuite, match=r"Expected a suite at .*No such file"):
        read_suite(tmp_path / "none.yaml")
    with pytest.raises(BadSuite, match=r"Expected YAML files in .*, got none"):
        read_suite(tmp_path)
    with pytest.raises(BadSuite, match="Did you mean `golden`"):
        suite_of("goldn")
    with pytest.raises(BadSuite, match="or the path of one"):
        suite_of("")


def test_a_suite_is_found_by_its_name_or_path(tmp_path: Path) -> None:
    path = file_of(tmp_path, CASE)

    assert suite_of(str(path)) == path
    assert "golden" in in_the_box()
    assert read_suite(suite_of("golden")).name == "golden"


def test_a_suite_of_a_home_is_found_by_its_name(tmp_path: Path) -> None:
    own = tmp_path / "evaluations" / "suites"
    own.mkdir(parents=True)
    file = file_of(own, CASE, "leases.yaml")
    (own / "rents").mkdir()
    file_of(own / "rents", CASE, "first.yaml")

    assert suite_of("leases", tmp_path) == file
    assert suite_of("rents", tmp_path) == own / "rents"
    assert suite_of("golden", tmp_path) == suite_of("golden")
    assert own_names(tmp_path) == ["leases", "rents"]
    with pytest.raises(BadSuite, match="Did you mean `leases`"):
        suite_of("lease", tmp_path)
    with pytest.raises(BadSuite, match="Expected a suite"):
        suite_of("leases")


def test_two_suites_of_one_name_are_told(tmp_path: Path) -> None:
    own = tmp_path / "evaluations" / "suites"
    own.mkdir(parents=True)
    file_of(own, CASE, "golden.yaml")

    with pytest.raises(BadSuite, match=r"got two: .*golden\.yaml. Rename"):
        suite_of("golden", tmp_path)
    listed = suites_in(tmp_path)
    assert [each.name for each in listed].count("golden") == 1
    assert "cannot be read" in next(each.line for each in listed if each.name == "golden")


def test_suites_are_listed_with_those_of_the_home_last(tmp_path: Path) -> None:
    own = tmp_path / "evaluations" / "suites"
    own.mkdir(parents=True)
    file_of(own, CASE, "leases.yaml")
    file_of(own, "suite: [", "torn.yaml")

    *boxed, leases, torn = suites_in(tmp_path)

    assert [each.name for each in boxed] == in_the_box()
    assert leases.is_own
    assert leases.line.endswith("(1 case; your own)")
    assert (torn.suite, torn.line.startswith("torn: cannot be read. ")) == (None, True)
