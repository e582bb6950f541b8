"""`pincite eval drafts`, through the whole program: report, draft, accept, erase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals.suites.reading import read_suite
from tests.deploy.homes import Home, write_documents
from tests.deploy.test_writing import NOTICE, SAID, Citing
from tests.models import running

pytestmark = pytest.mark.slow
ALTERED = SAID.replace("ninety", "sixty")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which a lie to ann was withheld; only `me` and legal may read its source."""
    folder = tmp_path_factory.mktemp("drafts")
    own = Home(folder / "home")
    write_documents(folder / "documents")
    readers = ("--readers", "user:me", "--readers", "group:legal")
    assert own.run("add", str(folder / "documents"), *readers).code == 0
    assert own.run("people", "add", "ann", "--group", "legal").code == 0
    assert own.run("people", "add", "ed", "--role", "evaluator").code == 0
    with running(Citing((ALTERED, "ninety days"))) as model:
        named = {"MODEL_URL": model.url, "MODEL_NAME": "Some-8B", "MODEL_FIRST_WORD_SECONDS": "30"}
        asked = replace(own, settings=named).run("ask", NOTICE, "--as", "ann", "--json")
    assert asked.json["outcome"] == "refusal"
    return own


def test_a_case_is_drafted_shown_accepted_and_gone_when_its_asker_is_erased(
    home: Home, tmp_path: Path
) -> None:
    [case] = home.run("review", "list", "--json").json["cases"]
    number = str(case["id"])
    assert home.run("eval", "drafts", "make", number).code != 0, "no reader reported it"
    for _ in range(2):
        drafted = home.run("review", "draft", number, "--json")
        assert drafted.json["draft"] == "waiting"
    [draft] = home.run("eval", "drafts", "list", "--json").json["drafts"]
    assert (draft["number"], draft["question"]) == (case["id"], NOTICE)
    shown = home.run("eval", "drafts", "show", number)
    assert NOTICE in shown.out
    assert "ninety days" in shown.out
    assert "ann" not in shown.out.split()
    hidden = home.run("eval", "drafts", "show", number, "--as", "ed")
    missing = home.run("eval", "drafts", "show", "999", "--as", "ed")
    assert hidden.code == missing.code != 0
    assert hidden.err == missing.err
    assert "1 more" in home.run("eval", "drafts", "list", "--as", "ed").out
    accept = ("eval", "drafts", "accept", number, "--suite", "leases")
    assert home.run(*accept).code != 0, "nothing is expected yet"
    told = home.run(*accept, "--words", "ninety days", "--fact", "ninety days | 90 days")
    assert (told.code, f"leases.yaml: review-{number}" in told.out) == (0, True)
    path = home.folder / "evaluations" / "suites" / "leases.yaml"
    [kept] = read_suite(path).cases
    assert kept.expected.facts == (("ninety days", "90 days"),)
    out = tmp_path / "all.yaml"
    imported = ("eval", "import", "--from", "review", str(out))
    assert home.run(*imported, "--name", "found-wrong").code == 0
    assert read_suite(out).name == "found-wrong"
    assert [each.id for each in read_suite(out).cases] == [kept.id]
    assert home.run("eval", "drafts", "discard", number).code != 0
    ran = home.run("eval", "run", str(path))
    assert ran.code == 0, ran.told
    [rows] = (home.folder / "evaluations").glob("*/rows.jsonl")
    assert kept.id in rows.read_text()
    assert home.run("audit", "erase", "ann").code == 0
    assert not path.exists()
    assert rows.read_text() == ""
    assert home.run("eval", "drafts", "list", "--state", "any", "--json").json["drafts"] == []
    assert home.run(*imported).code != 0
