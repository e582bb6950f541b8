"""What a run was made with: digests of what could change its figures."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from deploy.options.model import Model
from deploy.options.parsing import Parsing
from deploy.options.shelves import Shelves
from deploy.options.tools import Tools
from deploy.parts import Parts
from deploy.settings import Settings
from evals.presets.configuration import Configuration
from evals.running.result import Stamp
from evals.suites.case import Suite
from evals.suites.far_answers import digest_of_answers

_ROOT: Final = Path(__file__).parents[2]
_OURS: Final = ("assistant", "connectors", "deploy", "evals", "ingest", "retrieval", "tools")
_COUNTED: Final = (".py", ".json")
_PLACES: Final = frozenset(
    ("database_url", "index_url", "index_collection", "pincite_sync_minutes", "tools_policy")
)
_LENGTH: Final = 12


async def stamp_of(suite: Suite, configuration: Configuration, parts: Parts, seed: int) -> Stamp:
    """Return the stamp of a run of this suite over these parts."""
    settings = parts.settings
    return Stamp(
        suite=suite.name,
        suite_digest=suite.digest,
        configuration=configuration.label,
        settings=f"{settings_digest(settings)} {configuration.digest()}",
        library=await parts.census.digest(),
        embedder=parts.embedder.name,
        model=settings.model_name if settings.model_url else "",
        code=code(),
        seed=seed,
        tools=_tools(suite, parts),
    )


def _tools(suite: Suite, parts: Parts) -> str:
    """Return a short hash of the policy of tools and of what is said in their place, if any."""
    if parts.workbench is None:
        return ""
    answers = digest_of_answers(Path(suite.answers)) if suite.answers else ""
    told = f"{parts.workbench.policy.digest} {answers}"
    return hashlib.sha256(told.encode()).hexdigest()[:_LENGTH]


def settings_digest(settings: Settings) -> str:
    """Return a short hash of the settings that an answer can depend on: not of where things lie."""
    groups = (Model, Parsing, Shelves, Tools)
    names = {name for group in groups for name in group.model_fields} - _PLACES
    secrets = {name for name in names if name.endswith("_key")}
    told = settings.model_dump_json(include=names - secrets)
    return hashlib.sha256(told.encode()).hexdigest()[:_LENGTH]


@cache
def code() -> str:
    """Return the version of this program, and a short hash of its modules and weights."""
    files = [
        path
        for folder in _OURS
        for path in (_ROOT / folder).rglob("*")
        if path.suffix in _COUNTED and "__pycache__" not in path.parts
    ]
    told = hashlib.sha256()
    for path in sorted([*files, _ROOT / "pincite.py"]):
        told.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{_version()} {told.hexdigest()[:_LENGTH]}"


def _version() -> str:
    try:
        return version("pincite")
    except PackageNotFoundError:
        return "unknown"
