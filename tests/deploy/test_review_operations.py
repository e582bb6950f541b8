"""`pincite review`: the queue at the command line, through the whole program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.deploy.homes import Home, write_documents
from tests.deploy.test_writing import NOTICE, SAID, Citing
from tests.models import running

pytestmark = pytest.mark.slow
ALTERED = SAID.replace("ninety", "sixty")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which a lie to ann was withheld; only `me` and legal may read its source."""
    folder = tmp_path_factory.mktemp("review")
    own = Home(folder / "home")
    write_documents(folder / "documents")
    readers = ("--readers", "user:me", "--readers", "group:legal")
    assert own.run("add", str(folder / "documents"), *readers).code == 0
    assert own.run("people", "add", "ann", "--group", "legal").code == 0
    assert own.run("people", "add", "rita", "--role", "reviewer").code == 0
    with running(Citing((ALTERED, "ninety days"))) as model:
        named = {"MODEL_URL": model.url, "MODEL_NAME": "Some-8B", "MODEL_FIRST_WORD_SECONDS": "30"}
        asked = replace(own, settings=named).run("ask", NOTICE, "--as", "ann", "--json")
    assert asked.json["outcome"] == "refusal"
    return own


def test_who_may_not_read_the_sources_sees_only_that_there_is_a_case(home: Home) -> None:
    [case] = home.run("review", "list", "--as", "rita", "--json").json["cases"]
    assert not case["is_readable"]
    number = str(case["id"])
    for command in (("list",), ("show", number)):
        told = home.run("review", *command, "--as", "rita").out
        assert "not yours to read" in told
        assert "notice" not in told
        assert "sixty" not in told
    refused = home.run("review", "resolve", number, "--as", "rita")
    missing = home.run("review", "resolve", "999", "--as", "rita")
    assert refused.code == missing.code != 0
    assert refused.err == missing.err


@pytest.mark.parametrize("arguments", [("list", "--state", "some"), ("show", "7")])
def test_what_is_not_there_is_told(home: Home, arguments: tuple[str, ...]) -> None:
    refused = home.run("review", *arguments)
    assert refused.code != 0
    assert "Expected" in refused.err


def test_a_case_is_shown_resolved_once_and_gone_when_its_asker_is_erased(home: Home) -> None:
    """What was written behind the answer is there though the command that asked has ended."""
    [case] = home.run("review", "list", "--json").json["cases"]
    assert (case["kind"], case["question"], case["is_readable"]) == ("withheld", NOTICE, True)
    number = str(case["id"])
    shown = home.run("review", "show", number).out
    assert ALTERED in shown
    assert "ninety days" in shown
    assert "ann" not in shown.split()
    resolved = home.run("review", "resolve", number, "--note", "Seen to.", "--json").json
    assert (resolved["state"], resolved["closing_note"]) == ("resolved", "Seen to.")
    again = home.run("review", "dismiss", number)
    assert again.code != 0
    assert "resolved" in again.told
    assert "Nothing waits" in home.run("review", "list").out
    assert '"resolve"' in home.run("audit", "export", "--json").out
    assert home.run("audit", "hold", "ann", "--reason", "case 7").code == 0
    assert home.run("audit", "erase", "ann").code != 0
    assert len(home.run("review", "list", "--state", "any", "--json").json["cases"]) == 1
    assert home.run("audit", "release", "ann").code == 0
    assert home.run("audit", "erase", "ann", "--json").json["cases"] == 1
    assert home.run("review", "list", "--state", "any", "--json").json["cases"] == []
