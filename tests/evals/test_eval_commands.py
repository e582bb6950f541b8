"""`pincite eval` as it is typed: exit codes, reports, baselines, and what wrong input is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from deploy import control
from deploy.operations.operation import Event
from tests.deploy.homes import Home
from tests.evals.small import LEASE, SUITE, write_suite


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", settings={"FAKE_DIMENSION": "512"})


@pytest.fixture
def suite(tmp_path: Path) -> str:
    return str(write_suite(tmp_path))


def runs(home: Home) -> list[str]:
    return [line.split()[0] for line in home.run("eval", "list").out.splitlines()[1:]]


def test_a_run_prints_its_figures_and_writes_reports(
    home: Home, suite: str, tmp_path: Path
) -> None:
    done = home.run(
        *("eval", "run", suite, "--gate", "--json", "a.json", "--junit", "a.xml"),
        *("--html", "a.html"),
    )

    assert done.code == 0, done.err
    assert "citation_exactness" in done.out
    assert "The gate is open." in done.out
    [run] = json.loads((tmp_path / "a.json").read_text())["runs"]
    assert (run["cases"], run["asked"], run["gate"]) == (4, 4, [])
    assert run["corpus"] == "papers"
    tree = ElementTree.parse(tmp_path / "a.xml").getroot()
    [listed] = tree
    assert listed.get("tests") == "5"
    assert [case.get("name") for case in listed.iter("testcase")] == [
        "notice",
        "rent",
        "support",
        "chair",
        "gate",
    ]
    assert "<html" in (tmp_path / "a.html").read_text()
    assert runs(home) == [run["id"]]


def test_a_closed_gate_has_its_own_exit_code(home: Home, tmp_path: Path) -> None:
    suite = write_suite(
        tmp_path, SUITE.replace("access_leak: {at_most: 0}", "doc_r_at_10: {at_least: 1.1}")
    )
    suite.write_text(suite.read_text().replace("{at_least: 1.1}", "{at_most: 0.5}"))

    done = home.run("eval", "run", str(suite), "--gate")

    assert done.code == 4
    assert "doc_r_at_10 1 of 3 cases: at most 0.5 is allowed" in done.out
    assert home.run("eval", "run", str(suite)).code == 0


def test_a_baseline_is_stored_and_compared_with(home: Home, suite: str, tmp_path: Path) -> None:
    assert home.run("eval", "run", suite).code == 0
    stored = home.run("eval", "baseline", "latest")
    assert stored.code == 0
    assert "small, served" in stored.out
    assert home.run("eval", "baseline", "latest", "--out", "kept.jsonl").code == 0

    again = home.run("eval", "run", suite, "--gate", "--baseline", "kept.jsonl")
    assert again.code == 0, again.out
    second, first = runs(home)
    compared = home.run("eval", "compare", first, second, "--json", "c.json", "--html", "c.html")
    assert compared.code == 0, compared.err
    assert "4 cases compared" in compared.out
    found = json.loads((tmp_path / "c.json").read_text())
    assert {each["verdict"] for each in found["overall"]} == {"cannot tell"}
    assert "<html" in (tmp_path / "c.html").read_text()


def test_configurations_are_swept_side_by_side(home: Home, suite: str, tmp_path: Path) -> None:
    done = home.run(
        *("eval", "sweep", suite, "--configs", "served,open-webui,small-passages"),
        *("--svg", "s.svg"),
    )

    assert done.code == 0, done.err
    assert "open-webui" in done.out
    assert ElementTree.parse(tmp_path / "s.svg").getroot().tag.endswith("svg")
    assert len(list((home.folder / "evaluations").glob("*/run.json"))) == 3


def test_gold_words_are_exported_with_their_characters(
    home: Home, suite: str, tmp_path: Path
) -> None:
    done = home.run("eval", "export", suite, "queries.jsonl")

    assert done.code == 0, done.err
    lines = [json.loads(line) for line in (tmp_path / "queries.jsonl").read_text().splitlines()]
    gold = {line["query_id"]: line["gold"] for line in lines}
    [notice], [rent] = gold["notice"], gold["rent"]
    assert LEASE[notice["start"] : notice["end"]] == notice["words"]
    assert LEASE[rent["start"] : rent["end"]] == "is due on the first day"
    Path(suite).write_text(Path(suite).read_text().replace("is due on the", "is due on no"))
    lost = home.run("eval", "export", suite, "queries.jsonl")
    assert lost.code == 2
    assert "Case `rent`" in lost.told


def test_a_suite_of_which_every_case_fails_is_no_success(
    home: Home, suite: str, tmp_path: Path
) -> None:
    text = Path(suite).read_text()
    Path(suite).write_text(text.replace("as: ann", "as: zoe").replace("as: bob", "as: zoe"))

    done = home.run("eval", "run", suite, "--json", "a.json")

    assert done.code in (1, 2)


def test_a_limited_run_is_resumed_or_begun(home: Home, suite: str) -> None:
    done = home.run("eval", "run", suite, "--limit", "2", "--seed", "3", "--resume")

    assert done.code == 0, done.err
    assert "2 cases" in done.out


def test_a_library_at_hand_is_asked_in_place(home: Home, tmp_path: Path) -> None:
    write_suite(tmp_path)
    assert home.run("add", str(tmp_path / "papers")).code == 0
    text = SUITE.replace("corpus: [papers]\n", "").replace(
        "people:\n  ann: [legal]\n  bob: []\n", ""
    )
    lines = [each for each in text.splitlines() if not each.strip().startswith("as:")]
    suite = tmp_path / "own.yaml"
    suite.write_text("\n".join(lines))

    done = home.run("eval", "run", str(suite))

    assert done.code == 0, done.err
    assert (
        json.loads(next((home.folder / "evaluations").glob("*/run.json")).read_text())["corpus"]
        == ""
    )


def test_what_comes_along_is_listed(home: Home) -> None:
    assert "golden:" in home.run("eval", "list", "--suites").out
    configurations = home.run("eval", "list", "--configs").out
    assert "open-webui: A re-creation" in configurations
    assert "No runs yet" in home.run("eval", "list").out


def test_a_suite_of_ones_own_is_run_by_its_name_and_a_damaged_run_hides_none(
    home: Home, suite: str, tmp_path: Path
) -> None:
    folder = home.folder / "evaluations" / "suites"
    folder.mkdir(parents=True)
    text = Path(suite).read_text().replace("corpus: [papers]", "corpus: [../../../papers]")
    (folder / "ours.yaml").write_text(text)
    assert "small" not in home.run("eval", "list", "--suites").out.split("ours: ")[0]
    assert "ours: A small suite (4 cases; your own)" in home.run("eval", "list", "--suites").out

    assert home.run("eval", "run", "ours", "--limit", "1").code == 0
    torn = home.folder / "evaluations" / "20260101T000000Z-small-aaaaaa"
    torn.mkdir()
    (torn / "run.json").write_text("{")

    listed = home.run("eval", "list")
    assert listed.code == 0
    assert len(listed.out.splitlines()) == 2
    assert "aaaaaa/run.json" in listed.told
    assert "Remove its folder" in listed.told
    (folder / "golden.yaml").write_text(text)
    both = home.run("eval", "run", "golden")
    assert both.code == 2
    assert "got two" in both.told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "gloden"), "Did you mean `golden`?"),
        (("run", "SUITE", "--config", "nothing"), "open-webui"),
        (("run", "SUITE", "--baseline", "none.jsonl", "--gate"), "none.jsonl"),
        (("compare", "latest", "latest"), "eval list"),
        (("baseline", "../../etc"), "eval list"),
        (("sweep", "SUITE", "--configs", "served,none"), "none"),
        (("check", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_wrong_input_is_told(home: Home, suite: str, arguments: tuple[str, ...], told: str) -> None:
    done = home.run("eval", *(suite if each == "SUITE" else each for each in arguments))

    assert done.code == 2
    assert told in done.told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name: x\nsettings: {no_such: 1}\n", "no_such"),
        ("name: x\nsettings: {pincite_home: /tmp}\n", "pincite_home"),
        ("name: x\nsettings: {fusion: other}\n", "fusion"),
        ("name: x\nsettings: {MODEL_SECONDS: -1}\n", "MODEL_SECONDS"),
        ("- a\n", "keys with values"),
        ("name: [\n", "YAML"),
        ("name: x\nrecreates: {product: y}\n", "recreates"),
    ],
)
def test_a_wrong_configuration_is_told_with_its_place(
    home: Home, suite: str, tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "own.yaml").write_text(content)

    done = home.run("eval", "run", suite, "--config", "own.yaml")

    assert done.code == 2
    assert told in done.told


def test_a_suite_is_checked_before_it_is_asked(home: Home, suite: str, tmp_path: Path) -> None:
    assert "stands where it should" in home.run("eval", "check", suite).out
    path = Path(suite)
    path.write_text(path.read_text().replace("is due on the first day", "is due on no day"))

    done = home.run("eval", "check", suite)

    assert done.code == 2
    assert "small, rent: its gold is not in papers/lease.txt" in done.told


async def test_a_library_that_a_server_has_is_not_taken_from_it(home: Home, tmp_path: Path) -> None:
    suite = tmp_path / "own.yaml"
    suite.write_text(
        "suite: own\ncases:\n  - id: one\n    question: What is it?\n"
        "    expects: {answerable: false}\n"
    )
    home.folder.mkdir()

    async def nothing(_: str, __: object):  # type: ignore[no-untyped-def]
        for event in list[Event]():
            yield event

    server = await control.listen(home.folder, nothing)
    async with server:
        done = await asyncio.to_thread(home.run, "eval", "run", str(suite))

    assert done.code == 1
    assert "Stop `pincite serve`" in done.told
