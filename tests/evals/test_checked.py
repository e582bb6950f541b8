"""Files beside suites: what is wrong with one is told by its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.errors import BadSuite
from evals.judging.agreement import read_labelled
from evals.presets.configuration import configuration_of
from evals.suites.case import ToolCall
from evals.suites.far_answers import FarAnswer, digest_of_answers, read_answers
from tests.evals.suites import file_of

READERS: dict[str, Callable[[Path], Any]] = {
    "configuration": lambda path: configuration_of(str(path)),
    "labels": read_labelled,
    "answers": read_answers,
}
WRONG = [
    (
        "configuration",
        "name: a\nsettings: [1]\n",
        "line 2: Expected keys with values for `settings`",
    ),
    ("configuration", "name: a b\n", "line 1: Expected what fits .* for `name`, got text"),
    ("configuration", "name: a\nabuot: b\n", "line 2: Expected one of name, about.*, got `abuot`"),
    ("configuration", "name: [\n", "line 2: Expected YAML, got"),
    ("configuration", "settings: {}\n", "line 1: Expected `name`, got none"),
    ("configuration", "- 1\n", "line 1: Expected keys with values, got a list"),
    ("configuration", "", "line 1: Expected keys with values, got nothing"),
    ("configuration", "name: a\nrecreates:\n  chunk: 1\n", "line 3: Expected a key that is known"),
    ("configuration", "name: a\njudge: {url: 3}\n", "line 2: Expected `judge.model`, got none"),
    ("configuration", "name: a\nabout: &x b\n", "line 2: Expected plain values, got an anchor"),
    (
        "labels",
        "- {words: a, sentence: b, supported: true}\n",
        "Expected a list for `0.words`, got text",
    ),
    (
        "labels",
        "- {words: [a], sentence: b, supported: x1}\n",
        "Expected true or false for `0.supp",
    ),
    ("labels", "- {words: [a], sentence: b, supported: true}\n- 3\n", "line 2: Expected keys with"),
    ("labels", "- {words: [a], sentence: b, supported: true, w: 1}\n", "got `0.w`"),
    ("labels", "a: 1\n", "line 1: Expected a list, got keys with values"),
    ("answers", "answers: []\n", "line 1: Expected at least 1 for `answers`, got a list"),
    ("answers", "answers:\n  - title: a\n", "line 2: Expected `answers.0.tool`, got none"),
    (
        "answers",
        "answers:\n  - {tool: a b, title: c}\n",
        "line 2: Expected the exact name of a tool",
    ),
    (
        "answers",
        "answers:\n  - {tool: a, title: c, txet: d}\n",
        "Expected a key that is known there",
    ),
    ("answers", "- tool: a\n", "line 1: Expected keys with values, got a list"),
]


@pytest.mark.parametrize(("kind", "text", "told"), WRONG)
def test_what_is_wrong_is_told_by_its_line(tmp_path: Path, kind: str, text: str, told: str) -> None:
    with pytest.raises(BadSuite, match=told) as caught:
        READERS[kind](file_of(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert all(each.startswith(str(tmp_path)) for each in lines)
    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize("kind", READERS)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "not-utf-8.yaml"
    path.write_bytes(b"name: \xff\n")
    with pytest.raises(BadSuite, match="line 1: Expected UTF-8"):
        READERS[kind](path)
    with pytest.raises(BadSuite, match="Expected a"):
        READERS[kind](tmp_path / "nowhere.yaml")


def test_what_far_systems_say_is_read(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "answers:\n"
        "  - {tool: desk.look_up, arguments: {key: OPS-7, most: 3}, title: 'OPS-7: dark'}\n"
        "  - {tool: today, title: Today, text: It is Monday., ids: [d1]}\n",
    )
    assert read_answers(path) == (
        FarAnswer(ToolCall("desk.look_up", {"key": "OPS-7", "most": 3}), "OPS-7: dark"),
        FarAnswer(ToolCall("today"), "Today", "It is Monday.", ("d1",)),
    )
    before = digest_of_answers(path)
    path.write_text(path.read_text().replace("Monday", "Sunday"))
    assert digest_of_answers(path) != before
