"""A home folder, documents, and the command line run on them as a stranger would."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FAKE = ("-m", "tests.deploy.command_line")
REAL = ("-c", "import pincite; pincite.main()")

CONTRACT = """\
Master agreement between Norvik and Halden

Either party may end this agreement with a notice of ninety days.

Norvik pays every invoice within thirty days of receiving it.
"""
POLICY = "# Travel\n\n## Hotels\n\nA hotel may cost 140 euros a night.\n"
TICKETS = [
    {"id": 7, "title": "Printer jams", "text": "The printer on floor two jams every morning."},
    {"id": 8, "title": "Badge lost", "text": "A lost badge costs twenty euros to replace."},
]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one object on standard output."""
        return json.loads(self.out)

    @property
    def told(self) -> str:
        """Return the message, on one line."""
        return " ".join(self.err.split())


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder and what is set in the environment beside it."""

    folder: Path
    program: Sequence[str] = FAKE
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the whole environment of a command: nothing of ours leaks in."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "PYTHONPATH": str(ROOT),
            "PINCITE_HOME": str(self.folder),
            "PINCITE_SIGN_IN": "off",
            **self.settings,
            **more,
        }

    def command(self, *arguments: str | bytes) -> list[str | bytes]:
        """Return a command line as the system takes it."""
        return [sys.executable, *self.program, *arguments]

    def run(
        self, *arguments: str | bytes, before: Callable[[], None] | None = None, **more: str
    ) -> Done:
        """Run a command to its end; a trace on the terminal is a fault whatever the command."""
        if self.program is FAKE and before is None:
            done = nursery().run(self, arguments, self.environment(**more))
        else:
            done = self._started(arguments, before, self.environment(**more))
        assert "Traceback" not in done.err, done.err
        return done

    def _started(
        self,
        arguments: Sequence[str | bytes],
        before: Callable[[], None] | None,
        environment: Mapping[str, str],
    ) -> Done:
        ended = subprocess.run(
            self.command(*arguments),
            cwd=self.folder.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            preexec_fn=before,
        )
        return Done(ended.returncode, ended.stdout, ended.stderr)


class Nursery:
    """Runs commands in processes that need not import everything first; ends with us."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *FAKE, "--nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, home: Home, arguments: Sequence[str | bytes], environment: Mapping[str, str]
    ) -> Done:
        """Run one command to its end."""
        assert self._process.stdin
        assert self._process.stdout
        with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("r") as err:
            order = {
                "arguments": [os.fsdecode(each) for each in arguments],
                "folder": str(home.folder.parent),
                "environment": dict(environment),
                "out": out.name,
                "err": err.name,
            }
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return Done(code, out.read(), err.read())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@functools.cache
def nursery() -> Nursery:
    """Return the one nursery of this test run."""
    opened = Nursery()
    atexit.register(opened.close)
    return opened


def write_documents(folder: Path) -> None:
    """Write a contract, a policy and two tickets."""
    folder.mkdir(parents=True)
    (folder / "master.txt").write_text(CONTRACT)
    (folder / "travel.md").write_text(POLICY)
    (folder / "tickets.jsonl").write_text("\n".join(json.dumps(each) for each in TICKETS))
