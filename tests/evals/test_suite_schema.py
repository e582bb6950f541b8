"""The format of suites: as a schema, and what is doubtful about one that keeps to it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings

from evals.suites.case import Case, Expected, Gold, Suite, Threshold
from evals.suites.checking import lint
from evals.suites.document import read_document
from evals.suites.file import PARTS, keys_of
from evals.suites.importing import COLUMNS
from evals.suites.reading import in_the_box, read_suite, suite_of
from evals.suites.schema import schema_text
from evals.suites.writing import SCHEMA, digest_of, plain
from tests.evals.suites import file_of, of_cases, suites
from tests.evals.wrong_suites import OF_FORM


def test_the_schema_is_that_of_the_reader() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), (
        "run `python -m evals.suites.schema`"
    )


SAYS = jsonschema_rs.validator_for(json.loads(schema_text()))


@given(suites)
@settings(deadline=None)
def test_the_schema_accepts_what_is_written(suite: Suite) -> None:
    SAYS.validate(plain(suite))


@pytest.mark.parametrize("text", [text for text, _ in OF_FORM])
def test_the_schema_refuses_what_the_reader_refuses(tmp_path: Path, text: str) -> None:
    assert not SAYS.is_valid(read_document(file_of(tmp_path, text)).value)


def test_a_suite_that_says_less_than_it_seems_to_is_doubted() -> None:
    cases = [
        Case("nothing", "What?"),
        Case("mute", "What?", expected=Expected(facts=(("a",),))),
        Case(
            "both",
            "What?",
            excluded=("a/d",),
            expected=Expected(
                answerable=True,
                gold=(Gold("a/b#c", "it is 12 days"), Gold("a/d")),
                lies=("12 days",),
                unseen=("a/b",),
            ),
        ),
    ]
    found = lint(of_cases(cases, thresholds={"hijacked": Threshold(0), "refused": Threshold(1)}))

    assert [each.partition(":")[0] for each in found] == [
        "threshold `hijacked`",
        "threshold `refused`",
        "case `nothing`",
        "case `mute`",
        "case `both`",
        "case `both`",
        "case `both`",
    ]


@pytest.mark.parametrize("name", in_the_box())
def test_the_suites_in_the_box_are_in_order(name: str) -> None:
    suite = read_suite(suite_of(name))

    assert suite.name == name
    assert lint(suite) == []
    assert digest_of(suite) == suite.digest


def test_the_page_names_every_key() -> None:
    page = SCHEMA.with_name("README.md").read_text(encoding="utf-8")
    keys = {key for part in PARTS.values() for key in keys_of(part)}

    assert [key for key in sorted(keys | set(COLUMNS)) if f"`{key}`" not in page] == []


def test_the_example_of_the_page_is_a_suite(tmp_path: Path) -> None:
    page = SCHEMA.with_name("README.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]

    suite = read_suite(file_of(tmp_path, example))

    assert lint(suite) == []
    assert suite.cases[0].expected.facts == (("ten years", "10 years"),)


def test_suites_in_the_box_lead_editors_to_the_schema() -> None:
    for path in (suite_of(name) for name in in_the_box()):
        for file in [path] if path.is_file() else path.glob("*.yaml"):
            head = file.read_text(encoding="utf-8").partition("\n")[0]
            schema = head.removeprefix("# yaml-language-server: $schema=")

            assert (file.parent / schema).resolve() == SCHEMA, file
