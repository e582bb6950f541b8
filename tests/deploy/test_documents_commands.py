"""Documents at the command line, in the name of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.homes import Home

pytestmark = pytest.mark.slow


def test_what_a_person_decides_at_the_command_line_counts_and_is_undone(tmp_path: Path) -> None:
    home, papers = Home(tmp_path / "home"), tmp_path / "papers"
    papers.mkdir()
    (papers / "lease.md").write_text("# Lease\n\nThe lease ends in June.\n")
    assert home.run("add", str(papers), "--new-versions", "draft").code == 0

    def asked(*arguments: str) -> Any:
        return home.run("documents", *arguments, "--json").json

    [listed] = asked("list")["documents"]
    document = listed["document"]
    dry = asked("decide", document, "--status", "approved", "--dry-run")
    act = asked("decide", document, "--status", "approved", "--note", "Read.")
    [after] = asked("list", "--status", "approved")["documents"]
    undone = asked("undo", act["act"], "--note", "Too early.")
    [back] = asked("list")["documents"]
    history = asked("show", document)["decisions"]

    assert (listed["status"], dry["total"]) == ("draft", 1)
    assert after["document"] == document
    assert undone["undoes"] == act["act"]
    assert back["status"] == "draft"
    assert [each["kind"] for each in history] == ["undo", "decide"]
    assert home.run("documents", "decide", document, "--status", "odd").code != 0
