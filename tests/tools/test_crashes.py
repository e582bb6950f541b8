"""Whenever a process is killed, there is one effect or none, and the record says which."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.retrieval.people_databases import run_server

__all__ = ["run_server"]

ROOT = Path(__file__).parent.parent.parent


def crashed(home: Path, url: str, steps: list[int]) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.tools.crashing", str(home), url, json.dumps(steps)]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(each: dict[str, Any]) -> str:
    """Check one call, and return in which window its process was killed."""
    before, after = each["crashed"], each["settled"]
    noted = after["noted"]
    assert after["same"], each
    assert noted.count("confirm") <= 1, each
    match before["standing"]:
        case "waiting":
            assert (before["asked"], after["asked"]) == (0, 0), each
            assert (after["standing"], after["told"]) == ("expired", 1), each
            assert noted[-1] == "expired", each
            assert not {"begin", "done"} & set(noted), each
            return "before"
        case "doing" if each["late"]:
            assert after["standing"] == "unknown", each
            assert after["asked"] == before["asked"] <= 1, each
            assert noted[-1] == "unknown", each
        case "doing":
            assert after["standing"] == "done", each
            assert after["asked"] == before["asked"] + 1, each
            assert noted[-2:] == ["again", "done"], each
        case "done":
            assert (before["asked"], after["asked"]) == (1, 1), each
            assert noted[-1] == "done", each
            assert after["told"] == 1, each
            return f"told {before['told']}"
        case other:
            raise AssertionError(other)
    return f"doing {before['asked']}"


def run(tmp_path: Path, url: str, steps: list[int]) -> Counter[str]:
    found = [check(each) for each in crashed(tmp_path, url, steps)]
    print(Counter(found))
    return Counter(found)


@pytest.mark.slow
def test_a_killed_process_leaves_one_effect_or_none(tmp_path: Path) -> None:
    windows = run(tmp_path, f"sqlite:///{tmp_path}/library.db", [*range(1, 140, 12), 100_000])
    assert {"before", "doing 0", "told 1"} <= set(windows)


@pytest.mark.deep
def test_a_process_killed_at_any_turn_of_its_loop(tmp_path: Path) -> None:
    windows = run(tmp_path, f"sqlite:///{tmp_path}/library.db", [*range(160), 100_000])
    assert {"before", "doing 0", "doing 1", "told 0", "told 1"} <= set(windows)


@pytest.mark.deep
def test_a_process_killed_at_any_turn_of_its_loop_on_postgres(tmp_path: Path, server: str) -> None:
    windows = run(tmp_path, server, [*range(0, 200, 2), 100_000])
    assert {"before", "doing 0", "doing 1", "told 1"} <= set(windows)
