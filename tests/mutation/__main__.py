"""Mutation testing of the access rule, the record and the gate: `make mutate [ONLY=gate]`.

Runs mutmut in a copy of the tree, with those tests that reach what was changed, and fails where
less than `LEAST` of a part's mutants is killed. A mutant that hangs the tests counts as killed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.equivalent import EQUIVALENT

ROOT = Path(__file__).parents[2]
LEAST = 0.9
CODE = ("assistant", "connectors", "deploy", "evals", "ingest", "retrieval", "tools", "tests")
_OPTIONS = ("-p", "no:cacheprovider", "-p", "tests.mutation.patience")
PEOPLE, AUDIT = "retrieval/people", "retrieval/audit"
TESTS = "tests/retrieval"


@dataclass(frozen=True, slots=True)
class Part:
    """What is mutated together, and the quick tests that are to notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    too_slow: tuple[str, ...] = ()
    package: str = "retrieval"


PARTS = {
    "access": Part(
        (
            "retrieval/access.py",
            "retrieval/library.py",
            "retrieval/passage_ids.py",
            "retrieval/readership.py",
            "retrieval/timeline.py",
            f"{PEOPLE}/glass.py",
            f"{PEOPLE}/grants.py",
            f"{PEOPLE}/owning.py",
            f"{PEOPLE}/principals.py",
        ),
        (
            f"{TESTS}/test_access*.py",
            f"{TESTS}/test_directory.py",
            f"{TESTS}/test_glass*.py",
            f"{TESTS}/test_grants.py",
            f"{TESTS}/test_library.py",
            f"{TESTS}/people",
        ),
        (
            f"{TESTS}/test_directory.py::test_reaches_what_walking_the_edges_reaches",
            f"{TESTS}/test_grants.py::test_more_documents_than_one_piece_are_all_reached",
            f"{TESTS}/test_library.py::test_a_number_that_is_taken_is_not_given_again",
        ),
    ),
    "record": Part(
        (f"{AUDIT}/*",),
        (f"{TESTS}/audit",),
        (
            f"{TESTS}/audit/test_processes.py",
            f"{TESTS}/audit/test_operations.py",
            f"{TESTS}/audit/test_record.py::test_any_text_is_kept_and_the_chain_verifies",
            f"{TESTS}/audit/test_record.py::test_canonical_json_reads_back_and_is_written_the_same",
            f"{TESTS}/audit/test_tampering.py::test_every_change_is_found_where_it_is",
        ),
    ),
    "gate": Part(
        (
            "tools/call.py",
            "tools/fields.py",
            "tools/gate.py",
            "tools/matching.py",
            "tools/patterns.py",
            "tools/policy_file.py",
            "tools/policy_fit.py",
            "tools/policy_reading.py",
            "tools/words.py",
        ),
        tuple(
            f"tests/tools/test_{each}.py"
            for each in ("call", "gate*", "matching", "patterns", "policy*", "words")
        ),
        (
            "tests/tools/test_gate.py::test_the_gate_can_reach_no_model_and_no_network",
            "tests/tools/test_gate_generated.py::test_the_gate_always_answers",
            "tests/tools/test_call.py::test_one_call_has_one_spelling",
            "tests/tools/test_call.py::test_two_calls_never_share_a_spelling",
            "tests/tools/test_words.py::test_no_hidden_character_passes_anywhere",
        ),
        "tools",
    ),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the line as it is, the line as it was changed to, and what came of it."""

    name: str
    file: str
    was: str
    became: str
    is_killed: bool

    @property
    def is_equivalent(self) -> bool:
        """Return whether the program does the same with it."""
        return (self.file, self.was, self.became) in EQUIVALENT

    def place(self) -> str:
        """Return file and line; where the line stands more than once, the first."""
        lines = (ROOT / self.file).read_text(encoding="utf-8").splitlines()
        at = next((at for at, line in enumerate(lines, 1) if line.strip() == self.was), 0)
        return f"{self.file}:{at}"


def main() -> int:
    """Run the parts asked for and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--keep",
        type=Path,
        help="a folder to work in; there survivors are tried again, and what was killed is not",
    )
    given = parser.parse_args()
    enough = True
    for name in given.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="pincite-mutation-") as temporary:
            folder = (given.keep or Path(temporary)) / name
            _copy(folder, PARTS[name])
            _forget_survivors(folder)
            _mutmut(folder, "run", "--max-children", str(given.jobs))
            enough &= report(name, list(_mutants(folder)))
    return 0 if enough else 1


def report(part: str, mutants: Sequence[Mutant]) -> bool:
    """Print what became of each file's mutants; return whether enough were killed."""
    counted = [each for each in mutants if each.is_killed or not each.is_equivalent]
    row = "{:34} {:>8} {:>7} {:>10} {:>9}"
    print(row.format(part, "mutants", "killed", "equivalent", "survived"))
    for file in sorted({each.file for each in mutants}):
        of_file = [each for each in mutants if each.file == file]
        real = [each for each in counted if each.file == file]
        killed = sum(each.is_killed for each in real)
        same = len(of_file) - len(real)
        print(row.format(file, len(of_file), killed, same, len(real) - killed))
    for each in counted:
        if not each.is_killed:
            print(f"\n{each.place()} {each.name}\n  - {each.was}\n  + {each.became}")
    killed = sum(each.is_killed for each in counted)
    score = killed / len(counted) if counted else 0.0
    print(f"\n{part}: {killed} of {len(counted)} killed, {score:.1%} (at least {LEAST:.0%})\n")
    return score >= LEAST


def _copy(folder: Path, part: Part) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules", "screenshots")
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True, ignore=unwanted)
    shutil.copy(ROOT / "pincite.py", folder)
    tests = [
        found.relative_to(ROOT).as_posix()
        for pattern in part.tests
        for found in sorted(ROOT.glob(pattern))
    ]
    deselected = [f"--deselect={each}" for each in part.too_slow]
    settings = {
        "source_paths": [f"{part.package}/"],
        "only_mutate": list(part.files),
        "do_not_mutate": ["retrieval/audit/migrations/*"],
        "also_copy": [*(each for each in CODE if each != part.package), "pincite.py"],
        "pytest_add_cli_args": [*_OPTIONS, "-m", "not deep and not slow"],
        "pytest_add_cli_args_test_selection": [*tests, *deselected],
        "timeout_multiplier": 3.0,
        "timeout_constant": 5.0,
        "use_git_change_detection": False,
    }
    values = (f"{key} = {json.dumps(value)}" for key, value in settings.items())
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = "\n".join(["", "[tool.mutmut]", *values, ""])
    (folder / "pyproject.toml").write_text(project + section, encoding="utf-8")


def _forget_survivors(folder: Path) -> None:
    """Have mutmut try again what survived in this folder before."""
    for path in (folder / "mutants").rglob("*.meta"):
        notes = json.loads(path.read_text(encoding="utf-8"))
        codes = notes["exit_code_by_key"]
        notes["exit_code_by_key"] = {
            name: code if _is_killed(code) else None for name, code in codes.items()
        }
        path.write_text(json.dumps(notes), encoding="utf-8")


def _is_killed(code: int | None) -> bool:
    from mutmut.stats import status_by_exit_code

    return status_by_exit_code[code] in ("killed", "timeout")


def _mutmut(folder: Path, *arguments: str) -> None:
    script = folder / "tests/mutation/operators.py"
    done = subprocess.run([sys.executable, str(script), *arguments], cwd=folder, check=False)
    if done.returncode:
        raise SystemExit(f"mutmut ended with {done.returncode}; what it wrote stands above.")


def _mutants(folder: Path) -> Iterator[Mutant]:
    """Yield what mutmut noted; it finds its own files in the current folder only."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    before = Path.cwd()
    os.chdir(folder)
    try:
        for notes in sorted(Path("mutants").rglob("*.meta")):
            file = notes.relative_to("mutants").with_suffix("").as_posix()
            codes = json.loads(notes.read_text(encoding="utf-8"))["exit_code_by_key"]
            for name, code in codes.items():
                diff = get_diff_for_mutant(name, path=file).splitlines()[2:]
                was, became = (_changed(diff, sign) for sign in "-+")
                yield Mutant(name.rpartition(".")[2], file, was, became, _is_killed(code))
    finally:
        os.chdir(before)


def _changed(diff: Sequence[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in diff if line.startswith(sign))


if __name__ == "__main__":
    sys.exit(main())
