"""The demonstration: one command, three questions, three answers with their pincites."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deploy.homes import REAL, Home

pytestmark = pytest.mark.slow


def test_the_demonstration_answers_three_questions_with_pincites(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", program=REAL)

    done = home.run("demo", "--no-serve")

    assert done.code == 0, done.err
    _, *replies = re.split(r"^\w+ asks: ", done.out, flags=re.M)
    summary = done.out[: done.out.index(" asks: ")]
    assert len(re.findall(r"\d+ new.*passages indexed", summary)) == 3
    assert len(replies) == 3
    for reply in replies:
        assert "Here is what your sources say" in reply, reply
        assert re.search(r"“[^”]+” \[\d+, (?:page \d+, )?characters \d+–\d+\]", reply), reply
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert [path.name for path in home.folder.iterdir()] == ["demo"]
