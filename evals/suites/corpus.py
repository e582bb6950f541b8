"""What a suite brings: files and folders to take in, and the people who ask."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import yaml

from evals.errors import BadSuite
from evals.suites.case import Suite
from retrieval.documents import Version

DEMO: Final = "demo"
"""The word for what the product brings along to try it: its sources and its people."""

_FOLDER: Final = Path(__file__).parents[2] / "deploy" / "demo"


def name_of(version: Version) -> str:
    """Return what a suite calls a document: `source/path`, with `#record` inside one."""
    return f"{version.source}/{version.uri}"


def corpus_of(suite: Suite) -> list[Path]:
    """Return the files and folders to take in, none for a suite that asks the library at hand.

    Raises:
        BadSuite: one of them is not there.
    """
    found: list[Path] = []
    for entry in suite.corpus:
        found += sorted((_FOLDER / "sources").iterdir()) if entry == DEMO else [Path(entry)]
    for path in found:
        if not path.exists():
            raise BadSuite(
                f"Suite `{suite.name}`: Expected its corpus at {path}, which is not there."
            )
    return found


@cache
def _people() -> dict[str, tuple[str, ...]]:
    listed = yaml.safe_load((_FOLDER / "people.yaml").read_text(encoding="utf-8"))["people"]
    return {name: tuple(groups) for name, groups in listed.items()}


def demo_people() -> dict[str, tuple[str, ...]]:
    """Return the people of the demonstration with their groups."""
    return dict(_people())
