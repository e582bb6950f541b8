"""launch.sh serves nothing that was not checked, and gives the server our flags."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "deploy" / "sglang" / "launch.sh"
KEY = "k" * 40


@dataclass(frozen=True)
class Bench:
    """A folder with stand-ins for the two programs that the script runs."""

    folder: Path

    @property
    def template(self) -> Path:
        return self.folder / "models" / "tiny-1.jinja"

    @property
    def keys(self) -> Path:
        return self.template.with_suffix(".yaml")

    def verify(self, code: int, family: str = "chatml") -> None:
        model = {
            "folder": "/models/with a space/tiny",
            "chat_template": str(self.template),
            "weights": "ab" * 32,
            "family": family,
        }
        told = json.dumps({"is_sound": code == 0, "models": [model]})
        self._program("pincite", f"echo \"$@\" > '{self.folder}/asked'; echo '{told}'; exit {code}")

    def run(self, *arguments: str, key_file: str = "key") -> subprocess.CompletedProcess[str]:
        self._program("python-of-sglang", f"printf '%s\\n' \"$@\" > '{self.folder}/given'; env")
        return subprocess.run(
            ["bash", str(SCRIPT), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "PINCITE": str(self.folder / "pincite"),
                "SGLANG_PYTHON": str(self.folder / "python-of-sglang"),
                "MODEL_KEY_FILE": str(self.folder / key_file),
            },
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def given(self) -> list[str]:
        path = self.folder / "given"
        return path.read_text().splitlines() if path.exists() else []

    def _program(self, name: str, does: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o700)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.template.parent.mkdir()
    (tmp_path / "key").write_text(KEY + "\n")
    made.verify(0)
    return made


def after(given: list[str], flag: str) -> str:
    """Return the value that counts: the last one."""
    return given[len(given) - given[::-1].index(flag)]


def test_a_checked_model_is_served_with_our_flags(bench: Bench) -> None:
    done = bench.run("tiny-1")

    assert done.returncode == 0, done.stderr
    assert (bench.folder / "asked").read_text().strip() == "models verify tiny-1 --json"
    given = bench.given
    assert given[:2] == ["-m", "sglang.launch_server"]
    for flag, value in {
        "--model-path": "/models/with a space/tiny",
        "--served-model-name": "tiny-1",
        "--weight-version": "ab" * 32,
        "--load-format": "safetensors",
        "--chat-template": str(bench.template),
        "--grammar-backend": "xgrammar",
        "--tool-call-parser": "qwen25",
        "--host": "127.0.0.1",
    }.items():
        assert after(given, flag) == value
    assert "--trust-remote-code" not in given
    assert "HF_HUB_OFFLINE=1" in done.stdout


def test_a_changed_model_is_not_served(bench: Bench) -> None:
    bench.verify(1)

    assert bench.run("tiny-1").returncode == 1
    assert not bench.given


def test_keys_are_in_a_file_of_the_owner_and_not_on_the_command_line(bench: Bench) -> None:
    bench.run("tiny-1")
    first = bench.keys.read_text()
    bench.run("tiny-1")

    assert KEY not in " ".join(bench.given)
    assert after(bench.given, "--config") == str(bench.keys)
    assert stat.S_IMODE(bench.keys.stat().st_mode) == 0o600
    assert re.fullmatch(
        rf'api-key: "{KEY}"\nadmin-api-key: "[0-9a-f]{{64}}"\n', bench.keys.read_text()
    )
    assert bench.keys.read_text() != first


def test_size_and_speed_may_be_changed(bench: Bench) -> None:
    bench.run("tiny-1", "--tp-size", "2", "--host", "10.0.0.7", "--context-length", "8192")

    assert after(bench.given, "--tp-size") == "2"
    assert after(bench.given, "--host") == "10.0.0.7"
    assert after(bench.given, "--context-length") == "8192"


@pytest.mark.parametrize(("family", "parser"), [("llama3", "llama3"), ("gemma", "")])
def test_the_tool_parser_is_that_of_the_family(bench: Bench, family: str, parser: str) -> None:
    bench.verify(0, family)
    bench.run("tiny-1")

    assert ("--tool-call-parser" in bench.given) == bool(parser)
    assert not parser or after(bench.given, "--tool-call-parser") == parser


@pytest.mark.parametrize(
    "more",
    [
        ("--trust-remote-code",),
        ("--trust-remote",),
        ("--chat-template", "x.jinja"),
        ("--chat-template=x.jinja",),
        ("--api-key", "x"),
        ("--config", "x.yaml"),
        ("--model-path", "elsewhere"),
        ("--load-format", "pt"),
        ("--log-requests",),
        ("--enable-custom-logit-processor",),
        ("--host", "0.0.0.0"),
        ("--host", "::"),
        ("--host", ""),
        ("--host=0.0.0.0",),
        ("--tp-size",),
        ("--tp-size", "--trust-remote-code"),
        ("elsewhere",),
    ],
)
def test_what_would_open_a_door_is_refused(bench: Bench, more: tuple[str, ...]) -> None:
    done = bench.run("tiny-1", *more)

    assert done.returncode == 2
    assert "expected" in done.stderr
    assert not bench.given


def test_without_a_name_or_a_good_key_nothing_starts(bench: Bench) -> None:
    (bench.folder / "short").write_text("secret\n")
    (bench.folder / "odd").write_text('x" \n' * 40)

    for done in (
        bench.run(),
        bench.run("tiny-1", key_file="none"),
        bench.run("tiny-1", key_file="short"),
        bench.run("tiny-1", key_file="odd"),
    ):
        assert done.returncode == 2
        assert "expected" in done.stderr
    assert not bench.given
