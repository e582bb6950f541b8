"""Configurations: named sets of settings, in YAML files of this folder or of an evaluator's own.

`settings` are settings by their names, and choices (`deploy/choices.py`) by theirs. One that
`recreates` another product's retrieval asks no assistant: see `evals/presets/recreated.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from deploy.choices import SERVED as SERVED_CHOICES
from deploy.choices import Choices
from deploy.misset import told
from deploy.settings import Settings
from evals.errors import BadSuite
from evals.judging.judge import Pinned
from evals.presets.recipe import Recipe
from evals.suites.checked import read_checked

_FOLDER: Final = Path(__file__).parent
_CHOICES: Final = frozenset(each.name for each in fields(Choices))
_PLACES: Final = frozenset({"pincite_home", "database_url", "index_url", "tools_policy"})
_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Configuration:
    """How a suite is run: settings and choices that differ from those in force.

    `recipe` is how another product retrieves; then nothing but retrieving is measured. A `judge`
    says of each sentence, beside the verifier, whether it is supported.
    """

    name: str
    about: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    choices: Choices = SERVED_CHOICES
    recipe: Recipe | None = None
    judge: Pinned | None = None

    @property
    def label(self) -> str:
        """Return the name under which it is shown: of another product's, that it is no more."""
        return f"{self.name} (re-creation)" if self.recipe else self.name

    def settings_over(self, settings: Settings) -> Settings:
        """Return the settings in force, with what is set here; raise `BadSuite` if one is wrong."""
        values = {name: getattr(settings, name) for name in type(settings).model_fields}
        try:
            return Settings.model_validate(values | self.settings)
        except ValidationError as error:
            message = told(error, Settings.model_fields)
            raise BadSuite(f"Configuration {self.name}: {message}") from error

    def with_settings(self, values: Mapping[str, Any]) -> Configuration:
        """Return this with more settings and choices, under those that it has; or `BadSuite`."""
        settings, choices = _sorted_out(values, self.name)
        own = {
            each.name: getattr(self.choices, each.name)
            for each in fields(Choices)
            if getattr(self.choices, each.name) != each.default
        }
        return replace(
            self, settings=settings | self.settings, choices=_choices(choices | own, self.name)
        )

    def digest(self) -> str:
        """Return a short hash of what is chosen, recreated and judged by; not of the settings."""
        recipe, judge = self.recipe and asdict(self.recipe), self.judge and asdict(self.judge)
        content = json.dumps([asdict(self.choices), recipe, judge], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:_LENGTH]


SERVED: Final = Configuration("served", "As it is served, with the settings in force.")


class _File(BaseModel):
    """What a configuration's file may say."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.-]+$")
    about: str = ""
    settings: dict[str, Any] = {}
    recreates: Recipe | None = None
    judge: Pinned | None = None
    sources: dict[str, str] = {}


_KIND: Final = TypeAdapter(_File)


def configuration_of(name: str) -> Configuration:
    """Return a configuration of this folder by its name, or that of a YAML file by its path.

    Raises:
        BadSuite: there is none, or the file is not one.
    """
    if name == SERVED.name:
        return SERVED
    path = _FOLDER / f"{name}.yaml" if name in named() else Path(name)
    if not path.is_file():
        raise BadSuite(
            f"Expected a configuration ({', '.join(named())}) or a YAML file, got {name[:80]!r}."
        )
    return _read(path)


def named() -> list[str]:
    """Return the names of the configurations that come with the product."""
    return [SERVED.name, *sorted(path.stem for path in _FOLDER.glob("*.yaml"))]


def _read(path: Path) -> Configuration:
    given = read_checked(path, _KIND, list(_File.model_fields))
    settings, choices = _sorted_out(given.settings, given.name)
    return Configuration(
        given.name,
        given.about,
        settings,
        _choices(choices, given.name),
        given.recreates,
        given.judge,
    )


def _sorted_out(values: Mapping[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return settings and choices by their names in lower case."""
    settings, choices = {}, {}
    for key, value in values.items():
        lower = str(key).lower()
        if lower in _CHOICES:
            choices[lower] = value
        elif lower in Settings.model_fields and lower not in _PLACES:
            settings[lower] = value
        else:
            raise BadSuite(
                f"Configuration {name}: expected a setting of deploy/env.example that does not "
                f"say where things lie, or one of {', '.join(sorted(_CHOICES))}, got {key!r}."
            )
    return settings, choices


def _choices(values: Mapping[str, Any], name: str) -> Choices:
    try:
        return TypeAdapter(Choices).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSuite(
            f"Configuration {name}, {'.'.join(map(str, first['loc']))}: {first['msg']}."
        ) from error
