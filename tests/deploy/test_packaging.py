"""What is installed is whole: every file in a folder of ours goes into a wheel."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("assistant", "connectors", "deploy", "evals", "ingest", "retrieval", "tools")
LISTING = """
from setuptools import Distribution
distribution = Distribution({"script_name": "setup.py"})
distribution.parse_config_files()
command = distribution.get_command_obj("build_py")
command.build_lib = "built"
command.ensure_finalized()
for package, module, path in command.find_all_modules():
    print(path)
for package, folder, build, names in command.get_data_files_without_manifest():
    for name in names:
        print(f"{folder}/{name}")
"""


def packaged() -> set[str]:
    """Return what a build takes along, as setuptools lists it without building anything."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LISTING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(done.stdout.splitlines())


def kept() -> set[str]:
    """Return every file in our folders."""
    files = (each for folder in FOLDERS for each in (ROOT / folder).rglob("*"))
    return {
        each.relative_to(ROOT).as_posix()
        for each in files
        if each.is_file() and "__pycache__" not in each.parts
    }


@pytest.mark.slow
def test_every_file_goes_into_a_wheel_and_no_test_does() -> None:
    taken = packaged()
    assert sorted(kept() - taken) == []
    assert sorted(taken - kept()) == ["pincite.py"]


def test_what_is_named_is_there() -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found = described["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(found) == [f"{each}*" for each in FOLDERS]
