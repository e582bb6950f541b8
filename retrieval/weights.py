"""Fitted weights: JSON files that lie beside the code that uses them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrieval.errors import Damaged


def weights_of(path: Path, features: Sequence[str], made_by: str) -> dict[str, Any]:
    """Return what a file of weights says, or raise `Damaged` if it is of other features.

    `made_by` is the program that makes the file anew.
    """
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if data["features"] != list(features):
        raise Damaged(
            f"Expected weights for {', '.join(features)} in {path}, got {data['features']}. "
            f"Install Pincite again, or run {made_by}."
        )
    return data
