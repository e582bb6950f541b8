"""`pincite tools`: what the file of tools says, and whether it can be meant."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import deploy.opening
from deploy import equipping
from deploy.own_tools import OWN
from deploy.settings import Settings, read_settings
from deploy.tooling import tools
from pincite import join
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR, KeptRecord
from tests.retrieval.hashed_embedder import HashedEmbedder
from tests.tools.far.intranet import written
from tests.tools.test_mcp_tools import Rooms, rooms
from tools.policy import Policy
from tools.policy_file import read_policy

__all__ = ["rooms"]

GOOD = """\
systems:
  intranet:
    shape: openapi
    url: http://127.0.0.1:9
    where: inside
    file: rooms.json
    operations: [book]
tools:
  search:
    allow: [{for: [everyone], by: [web, api]}]
    seen by: asker
  intranet.book:
    allow: [{for: [group:staff], by: [web], when: {room: [r1], seats: {at most: 4}}}]
    seen by: [group:staff]
    revision: REVISION
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PINCITE_HOME", str(tmp_path))
    written(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(tools, arguments)


def json_of(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def write(home: Path, text: str = GOOD) -> Path:
    """Write a file of tools in which the revision is that of the operation."""
    path = home / "tools.yaml"
    path.write_text(GOOD.replace("    revision: REVISION\n", ""), encoding="utf-8")
    rows = {each["name"]: each for each in json_of("list")["tools"]}
    path.write_text(text.replace("REVISION", rows["intranet.book"]["revision"]), encoding="utf-8")
    return path


def test_what_can_be_meant_is_sound(home: Path) -> None:
    path = write(home)

    assert json_of("check") == {
        "file": str(path),
        "digest": json_of("list")["digest"],
        "tools": 2,
        "found": [],
        "is_sound": True,
    }
    assert "is sound: yes" in run("check").stdout


def test_what_can_never_apply_is_told(home: Path) -> None:
    path = write(home, GOOD.replace("REVISION", "other").replace("search:", "serch:"))

    done = run("check")

    assert done.exit_code == 1
    assert (
        "serch: Expected a tool that there is, got none of this name (did you mean `search`?)"
        in (done.stderr)
    )
    assert "intranet.book: Expected `revision: " in done.stderr
    assert len(json.loads(run("check", str(path), "--json").stdout)["found"]) == 2


def test_a_mistake_is_told_with_its_line_and_never_as_a_trace(home: Path) -> None:
    other = home / "other.yaml"
    other.write_text("tools:\n  search:\n    allow: []\nsystems:\n  x: {shape: y}\n")

    done = run("check", str(other))

    assert done.exit_code == 2
    assert f"{other}, line 3: Expected a list of allowances" in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_without_a_file_it_is_said_where_one_belongs(home: Path) -> None:
    for command in ("check", "list"):
        done = run(command)
        assert done.exit_code == 2
        assert f"Write {home / 'tools.yaml'}, or name a file in TOOLS_POLICY" in done.stderr
    assert run("check", str(home / "none")).exit_code == 2


def test_the_example_can_be_meant(home: Path) -> None:
    example = Path(deploy.opening.__file__).with_name("tools.example.yaml")

    found = json_of("check", str(example))

    assert (found["is_sound"], found["tools"]) == (True, 10)


def test_every_tool_is_shown_with_who_may_use_it(home: Path) -> None:
    write(home)

    rows = {each["name"]: each for each in json_of("list")["tools"]}

    assert rows.keys() == {*(each.name for each in OWN), "intranet.book"}
    assert rows["intranet.book"] | {"revision": "", "says": ""} == {
        "name": "intranet.book",
        "effect": "changes",
        "is_open": True,
        "says": "",
        "system": "intranet",
        "revision": "",
        "allow": [
            {
                "for": ["group:staff"],
                "by": ["web"],
                "when": {"room": ["r1"], "seats": {"at most": 4}},
            }
        ],
        "approver": "self",
        "seen_by": ["group:staff"],
        "read_by": "asker",
        "at_most": {"turn": 8, "day": 100},
        "always_confirm": False,
    }
    assert rows["search"]["seen_by"] == "asker"
    assert not rows["today"]["is_open"]
    shown = run("list").stdout
    assert '    group:staff by web, room ["r1"], seats {"at most": 4}' in shown
    assert "today  denied  " in shown
    assert "search  reads  " in shown


def test_a_tool_that_is_not_as_it_was_accepted_is_shown_as_denied(home: Path) -> None:
    write(home, GOOD.replace("REVISION", "other"))

    rows = {each["name"]: each for each in json_of("list")["tools"]}

    assert not rows["intranet.book"]["is_open"]


def test_the_file_that_a_setting_names_is_the_one_in_force(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(home)
    monkeypatch.setenv("TOOLS_POLICY", str(home / "elsewhere.yaml"))
    assert run("list").exit_code == 2
    path.rename(home / "elsewhere.yaml")
    assert json_of("list")["file"] == str(home / "elsewhere.yaml")


@pytest.fixture
def with_rooms(home: Path, rooms: Rooms) -> Rooms:
    system = f"shape: mcp, url: '{rooms.address}/mcp', where: inside, names: [book, gone]"
    (home / "tools.yaml").write_text(f"systems:\n  rooms: {{{system}}}\ntools: {{}}\n")
    return rooms


async def on_record(home: Path) -> list[dict[str, Any]]:
    record = await KeptRecord.open(home / "audit")
    entries = await record.latest(Choice(), OPERATOR, limit=100)
    await record.close()
    return [each for each in entries if each["act"] == "tool"]


def test_nothing_is_accepted_that_cannot_be_noted(home: Path, with_rooms: Rooms) -> None:
    (home / "audit").write_text("no folder")
    done = CliRunner().invoke(tools, ["accept", "rooms", "--yes"], input="token-of-ann\n")
    assert done.exit_code != 0
    assert not (home / "mcp").exists()


def test_the_file_is_read_once_until_it_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = write(home), list[Path]()

    def reading(path: Path) -> Policy:
        read.append(path)
        return read_policy(path)

    monkeypatch.setattr("deploy.equipping.read_policy", reading)
    settings = read_settings()
    equipping.look(settings)
    first, _ = equipping.read_file(path)
    assert len(read) == 1
    path.write_text(path.read_text().replace("[web, api]", "[web]"))
    second, _ = equipping.read_file(path)
    assert len(read) == 2
    assert first.digest != second.digest


def test_what_a_server_offers_counts_once_it_was_looked_at_and_accepted(
    home: Path, with_rooms: Rooms
) -> None:
    runner = CliRunner()
    no = runner.invoke(tools, ["accept", "rooms"], input="token-of-ann\nn\n")
    assert (no.exit_code, (home / "mcp").exists()) == (1, False)
    assert "new: book (" in no.stdout
    assert '"pattern": "^[A-Z][0-9]{2}$"' in no.stdout
    assert "rooms offers no tool 'gone'." in no.stderr
    assert "token-of-ann" not in no.output

    yes = runner.invoke(tools, ["accept", "rooms"], input="token-of-ann\ny\n")
    assert yes.exit_code == 0, yes.output
    rows = {each["name"]: each for each in json_of("list")["tools"]}
    assert f"rooms.book: revision: {rows['rooms.book']['revision']}" in yes.stdout

    noted = [each["about"] for each in asyncio.run(on_record(home))]
    told = [f"rooms.book {rows['rooms.book']['revision']}"]
    assert noted == [{"did": "accept", "system": "rooms", "tools": told}]

    again = runner.invoke(tools, ["accept", "rooms", "--yes"], input="token-of-ann\n")
    assert "Nothing is new." in again.stdout
    with_rooms.says = "Book another room."
    changed = runner.invoke(tools, ["accept", "rooms", "--yes"], input="token-of-ann\n")
    assert "changed: book (" in changed.stdout


def test_only_a_server_that_answers_can_be_accepted(home: Path, with_rooms: Rooms) -> None:
    runner = CliRunner()
    other = runner.invoke(tools, ["accept", "room"])
    assert other.exit_code == 2
    assert "Expected the name of an MCP server (rooms), got 'room'" in other.stderr
    odd = runner.invoke(tools, ["accept", "rooms"], input="ä\n")
    assert (odd.exit_code, "none that can be sent" in odd.stderr) == (2, True)
    path = home / "tools.yaml"
    path.write_text(path.read_text().replace("/mcp'", "/away'"))
    away = runner.invoke(tools, ["accept", "rooms"], input="token-of-ann\n")
    assert (away.exit_code, "got no answer" in away.stderr) == (1, True)


@pytest.mark.slow
async def test_what_is_shown_is_what_is_joined(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home)

    async def embedder(_: Settings) -> HashedEmbedder:
        return HashedEmbedder(64)

    monkeypatch.setattr(deploy.opening, "open_embedder", embedder)
    shown = {each["name"] for each in json_of("list")["tools"]}
    async with join(read_settings()) as parts:
        assert parts.workbench
        assert parts.workbench.tools.keys() == shown
