"""`pincite review` from a lie to an approved answer, through the whole program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.homes import Home
from tests.deploy.test_review_operations import ALTERED, home
from tests.deploy.test_writing import NOTICE, SAID

__all__ = ["home"]

pytestmark = pytest.mark.slow


def test_a_case_is_taken_answered_from_sources_and_told_first(home: Home, tmp_path: Path) -> None:
    [case] = home.run("review", "list", "--order", "oldest", "--json").json["cases"]
    number = str(case["id"])
    [waiting] = home.run("review", "waiting", "--json").json["waiting"]
    assert (waiting["kind"], waiting["open"], waiting["free"]) == ("withheld", 1, 1)
    assert home.run("review", "assign", number, "--json").json["assignee"] == "me"
    assert home.run("review", "assign", number, "--to", "rita").code != 0
    shown = home.run("review", "show", number, "--json").json
    place = shown["sentences"][0]["citations"][0]
    pin = {key: place[key] for key in ("document", "version", "start", "end")}
    wanted: dict[str, Any] = {
        "question": NOTICE,
        "sentences": [{"text": ALTERED, "citations": [pin]}],
        "readers": ["group:legal", "user:me"],
        "review_by": "2028-01-01",
    }
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(wanted))
    checked = home.run("review", "check", number, "--file", str(file), "--json").json
    assert [each["is_carried"] for each in checked["sentences"]] == [False]
    refused = home.run("review", "publish", number, "--file", str(file))
    assert refused.code != 0
    assert "by hand" in refused.told
    wanted["sentences"][0]["text"] = SAID
    file.write_text(json.dumps(wanted))
    made = home.run("review", "publish", number, "--file", str(file), "--json").json
    assert (made["state"], made["newest"]["owner"]) == ("published", "me")
    answer = home.run("ask", NOTICE, "--as", "ann", "--json").json
    assert (answer["mode"], answer["approved"]["id"]) == ("approved", made["id"])
    assert "Approved answer, by me" in home.run("ask", NOTICE, "--as", "ann").out
    withdrawn = home.run("review", "approved", "withdraw", str(made["id"]), "--json").json
    assert withdrawn["state"] == "withdrawn"
    assert home.run("ask", NOTICE, "--as", "ann", "--json").json.get("mode") != "approved"


def test_a_file_that_is_no_answer_is_told(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    for content in (b"{", b"[]", b'{"question": 7}'):
        file.write_bytes(content)
        refused = home.run("review", "publish", "1", "--file", str(file))
        assert refused.code != 0
        assert "Expected" in refused.told
    assert home.run("review", "check", "1", "--file", str(tmp_path / "none.json")).code != 0
