"""Suites from question sets and tables, and back."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.errors import BadSuite
from evals.sets import read_queries
from evals.suites.case import Case, Expected, Gold, Suite
from evals.suites.commands import export_suite, import_suite, schema
from evals.suites.exporting import to_queries, to_table
from evals.suites.importing import COLUMNS, from_queries, from_table
from evals.suites.reading import read_suite
from evals.suites.schema import schema_text
from evals.suites.writing import written
from tests.evals.suites import WHOLE, file_of, of_cases, suites

SETS = Path(os.environ.get("PINCITE_BENCH_DATA", "/nonexistent"))

QUESTION = {
    "query_id": "q/1",
    "query": "How long is the lease?",
    "answers": ["", "five years", "60 months"],
    "gold": [{"doc_id": "lease.txt", "start": 10, "end": 20}],
    "answerable": True,
    "category": "Term",
    "exclude_doc": "ticket-1",
    "history": [
        {"role": "user", "text": "Who is the landlord?"},
        {"role": "assistant", "text": "Kranzau."},
    ],
    "about_doc": "somebody else's key",
    "distractor_doc": None,
}


def questions(folder: Path, *values: object) -> Path:
    return file_of(folder, "".join(f"{json.dumps(each)}\n" for each in values), "queries.jsonl")


def test_reads_the_common_format(tmp_path: Path) -> None:
    corpus = tmp_path / "leases" / "corpus.jsonl"
    unanswerable = {"query_id": 2, "query": "And the deposit?", "gold": [], "answers": ["12"]}

    suite = from_queries(questions(tmp_path, QUESTION, unanswerable), corpus, name="leases")

    assert suite.corpus == (str(corpus),)
    assert suite.cases == (
        Case(
            id="q/1",
            question="How long is the lease?",
            earlier=("Who is the landlord?",),
            category="Term",
            excluded=("leases/corpus.jsonl#ticket-1",),
            expected=Expected(
                answerable=True,
                gold=(Gold("leases/corpus.jsonl#lease.txt", "", 10, 20),),
                answer="five years",
            ),
        ),
        Case(id="2", question="And the deposit?", expected=Expected(answerable=False)),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: Expected a JSON object"),
        ("[" * 100_000, "line 2: Expected a JSON object"),
        ("[]", "line 2: Expected a JSON object with query_id"),
        ('{"query_id": "a"}', "line 2: Expected a JSON object with query_id"),
        ('{"query_id": "a", "query": 3}', "line 2, case `a`: Expected text"),
        ('{"query_id": "a", "query": ""}', "line 2, case `a`: Expected text that can be seen"),
        ('{"query_id": "q/1", "query": "b"}', "case `q/1`: Expected an id that no other case"),
        ('{"query_id": "a", "query": "b", "gold": 3}', "line 2: Expected a list for `gold`"),
        ('{"query_id": "a", "query": "b", "gold": [3]}', "line 2: Expected gold as a list"),
        (
            '{"query_id": "a", "query": "b", "gold": [{"doc_id": "d", "start": 5}]}',
            "line 2, case `a`: Expected a value for `expects.gold.1.end`, got nothing",
        ),
        (
            '{"query_id": "a", "query": "b", "gold": [{"doc_id": "d", "start": 5, "end": 5}]}',
            "line 2, case `a`: Expected `end` after `start`",
        ),
        ('{"query_id": "a", "query": "b", "answerable": "no"}', "Expected true or false"),
        ('{"query_id": "a", "query": "b", "history": [{"role": "user"}]}', "`earlier.1`"),
        ('{"query_id": "a", "query": "b", "excluded": "c"}', "Expected a list for `excluded`"),
        (
            '{"query_id": "a", "query": "b", "answerable": true, "answers": "c"}',
            "Expected a list for `answers`",
        ),
        ('{"query_id": "a", "query": "b", "kinds": ["c"]}', "Expected one of .* for `kinds.1`"),
    ],
)
def test_a_line_that_is_no_question_is_told(tmp_path: Path, line: str, told: str) -> None:
    path = file_of(tmp_path, f"{json.dumps(QUESTION)}\n{line}\n", "queries.jsonl")

    with pytest.raises(BadSuite, match=told):
        from_queries(path)


def test_an_empty_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSuite, match="Expected at least one case"):
        from_queries(file_of(tmp_path, "\n\n", "queries.jsonl"))


@given(suites)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_questions_come_back_the_same(tmp_path: Path, suite: Suite) -> None:
    stated = [_stating(case) for case in suite.cases]
    places = {(case.id, gold): (3, 9) for case in stated for gold in case.expected.gold}

    text = to_queries(replace(suite, cases=tuple(stated)), places=places)

    path = file_of(tmp_path, text, "queries.jsonl")
    assert from_queries(path).cases == tuple(stated)
    for query, case in zip(read_queries(path), stated, strict=True):
        assert (query.id, query.text) == (case.id, case.question)
        assert len(query.gold) == len(case.expected.gold)


def _stating(case: Case) -> Case:
    """Return a case that says whether it is answerable: the common format always does."""
    if case.expected.answerable is not None:
        return case
    return replace(case, expected=replace(case.expected, answerable=True))


def test_words_without_their_place_are_told() -> None:
    suite = of_cases([Case("a", "b", expected=Expected(answerable=True, gold=(Gold("d", "e"),)))])

    with pytest.raises(BadSuite, match="Case `a`: Expected gold by characters"):
        to_queries(suite)


def test_documents_are_named_as_their_corpus_names_them(tmp_path: Path) -> None:
    corpus = tmp_path / "leases" / "corpus.jsonl"
    path = questions(tmp_path, QUESTION)
    suite = from_queries(path, corpus)

    exported = json.loads(to_queries(suite, corpus=corpus))

    assert exported["gold"] == QUESTION["gold"]
    assert exported["exclude_doc"] == "ticket-1"
    with pytest.raises(BadSuite, match="Expected documents of the corpus"):
        to_queries(suite, corpus=tmp_path / "other.jsonl")


TABLE = """\
id,question,as,answerable,document,words,facts,not,earlier
lease,How long is it?,ann,TRUE,contracts/lease.pdf,five years,"five years
60 months",six years,Who lets it?
,,,,contracts/old.pdf,5 years,Hamburg,,And where?
deposit,"And the deposit, then?",,no,,,,,
"""


def test_reads_a_table(tmp_path: Path) -> None:
    suite = from_table(file_of(tmp_path, TABLE, "cases.csv"), name="leases")

    assert suite.name == "leases"
    assert suite.cases == (
        Case(
            id="lease",
            question="How long is it?",
            person="ann",
            earlier=("Who lets it?", "And where?"),
            expected=Expected(
                answerable=True,
                gold=(
                    Gold("contracts/lease.pdf", "five years"),
                    Gold("contracts/old.pdf", "5 years"),
                ),
                facts=(("five years", "60 months"), ("Hamburg",)),
                lies=("six years",),
            ),
        ),
        Case("deposit", "And the deposit, then?", expected=Expected(answerable=False)),
    )


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheet_of_another_country_is_read(tmp_path: Path, delimiter: str) -> None:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(csv.reader(StringIO(TABLE)))
    other = file_of(tmp_path, f"\ufeff{text.getvalue()}", "other.csv")

    assert from_table(other) == from_table(file_of(tmp_path, TABLE, "cases.csv"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: Expected columns out of|Expected a column `id`"),
        ("id,note\n", "line 1: Expected a column `question`"),
        ("id,question,fact\n", "did you mean `facts`"),
        ("id,question,id\n", "each once, got `id`"),
        ("id,question\n", "Expected at least one case"),
        ("id,question\na,b,c\n", "line 2: Expected 2 cells, got 3"),
        ('id,question\na,"b\n', "Expected CSV"),
        ("id,question\na,\n", "line 2: Expected a question"),
        ("id,question,note\na,b,\nc,,d\n", "line 3: Expected a question"),
        ("id,question\n,b\n", "line 2: Expected `id`, got none"),
        ("id,question\na,b\na,c\n", "line 3, case `a`: Expected an id|line 2, case `a`: Expected"),
        ("id,question,answerable\na,b,perhaps\n", "line 2: Expected true or false"),
        ("id,question,document,start\na,b,d,ten\n", "line 2: Expected a whole number for `start`"),
        ("id,question,words\na,b,d\n", "line 2, case `a`: Expected `document`, got none"),
        ("id,question,as_of\na,b,1.3.2026\n", "line 2, case `a`: Expected a day as YYYY-MM-DD"),
    ],
)
def test_a_table_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadSuite, match=told):
        from_table(file_of(tmp_path, text, "cases.csv"))


@given(suites)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_comes_back_the_same(tmp_path: Path, suite: Suite) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(to_table(suite), encoding="utf-8", newline="")

    assert from_table(path).cases == suite.cases


@pytest.mark.parametrize("start", ["=1+1", "+49", "-8 °C", "@sum", "'=1"])
def test_a_table_computes_nothing(tmp_path: Path, start: str) -> None:
    suite = of_cases([Case(start, start)])

    text = to_table(suite)

    _, row = csv.reader(StringIO(text, newline=""))
    assert row[:2] == [f"'{start}", f"'{start}"]
    assert from_table(file_of(tmp_path, text, "cases.csv")).cases == suite.cases


def run(command: click.Command, *arguments: object) -> str:
    result = CliRunner().invoke(command, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands_bring_a_set_there_and_back(tmp_path: Path) -> None:
    queries, suite = questions(tmp_path, QUESTION), tmp_path / "leases.yaml"
    table, other = tmp_path / "leases.csv", tmp_path / "other.yaml"

    assert "1 cases" in run(import_suite, queries, suite, "--name", "leases")
    run(export_suite, suite, table)
    run(import_suite, table, other, "--name", "leases")
    run(export_suite, other, tmp_path / "again.jsonl")

    assert read_suite(other) == read_suite(suite)
    assert from_queries(tmp_path / "again.jsonl", name="leases") == read_suite(suite)
    assert run(schema) == schema_text()
    assert table.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)


def test_the_commands_tell_what_is_wrong(tmp_path: Path) -> None:
    suite = file_of(tmp_path, "suite: s\ncases: [{id: a, question: b}]\n")
    for arguments, told in (
        ([suite, tmp_path / "a.xlsx"], "ends in .csv, .jsonl or .yaml"),
        (["nowhere", tmp_path / "a.csv"], "or the path of one"),
    ):
        result = CliRunner().invoke(export_suite, [str(each) for each in arguments])

        assert result.exit_code == 2
        assert told in result.output


@pytest.mark.slow
@pytest.mark.skipif(not SETS.exists(), reason="PINCITE_BENCH_DATA is not set")
def test_the_sets_of_others_are_read_and_come_back(tmp_path: Path) -> None:
    found = sorted(SETS.glob("*/queries.jsonl"))
    assert found
    for queries in found:
        suite = from_queries(queries, queries.with_name("corpus.jsonl"))
        listed = read_queries(queries)

        assert [case.id for case in suite.cases] == [query.id for query in listed]
        assert [case.expected.answerable for case in suite.cases] == [
            query.is_answerable for query in listed
        ]
        assert read_suite(file_of(tmp_path, written(suite, tmp_path))) == suite
        table = tmp_path / "cases.csv"
        table.write_text(to_table(suite), encoding="utf-8", newline="")
        assert from_table(table).cases == suite.cases


ODD = st.sampled_from(
    [*"&*!|>-{}[]:,#?=\"'\n\t\r0.~", "<<: *a", "---\n", "1e999", "\x00", "é", "\x85"]
)
CHANGES = st.lists(st.tuples(st.integers(0), st.integers(0, 12), ODD), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("text", "name", "read"),
    [
        (WHOLE, "suite.yaml", read_suite),
        (TABLE, "cases.csv", from_table),
        (json.dumps(QUESTION), "queries.jsonl", from_queries),
    ],
)
@given(changes=CHANGES)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_damaged_is_read_or_told(
    tmp_path: Path,
    text: str,
    name: str,
    read: Callable[[Path], Suite],
    changes: list[tuple[int, int, str]],
) -> None:
    for place, gone, odd in changes:
        at = place % len(text)
        text = text[:at] + odd + text[at + gone :]
    path = file_of(tmp_path, text, name)

    with contextlib.suppress(BadSuite):
        assert read(path).digest
