"""When each registered model was last verified, and what differed: a file beside the register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.audit import durably
from retrieval.errors import Damaged

_NAME = "verified.json"


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification of a model with these weights; `troubles` is what differed."""

    at: int
    weights: str
    troubles: tuple[str, ...]


def verified(home: Path) -> dict[str, Verified]:
    """Return the last verification of each model, by name; `Damaged` if that cannot be read."""
    path = home / "models" / _NAME
    with durably.told("read", path):
        if not path.exists():
            return {}
        content = path.read_text(encoding="ascii")
    try:
        return {
            name: Verified(int(each["at"]), str(each["weights"]), tuple(map(str, each["troubles"])))
            for name, each in json.loads(content).items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"Expected {path} as Pincite wrote it, got something else. Remove it and verify the "
            "models again."
        ) from error


def keep(home: Path, found: Mapping[str, Verified]) -> None:
    """Keep these verifications beside those of other models; they are on record already."""
    folder = home / "models"
    with durably.told("write", folder / _NAME), durably.alone(folder):
        kept = {**verified(home), **found}
        told = {name: asdict(each) for name, each in sorted(kept.items())}
        durably.write(folder / _NAME, (json.dumps(told, indent=1) + "\n").encode("ascii"))
