"""What every training program shares: where a set lies, halves by document, the written file."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from deploy.parts import Parts
from evals.scratch import taken_in


def arguments(about: str | None, out: Path) -> argparse.Namespace:
    """Return what was typed: `data`, the folder of the sets, and `out`, the file to write."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--out", type=Path, default=out, help="file to write")
    return parser.parse_args()


@asynccontextmanager
async def library_of(data: Path, name: str) -> AsyncIterator[Parts]:
    """Take the corpus of a set in, open to everyone, and lend the parts."""
    async with taken_in([data / name / "corpus.jsonl"], readers=["everyone"]) as parts:
        yield parts


def share_of(document: str, shares: int) -> int:
    """Return which of so many shares a document falls into, the same wherever it is asked."""
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % shares


def write(path: Path, weights: dict[str, Any]) -> None:
    """Write weights as JSON."""
    path.write_text(json.dumps(weights, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
