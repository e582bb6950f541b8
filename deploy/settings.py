"""Settings: the only place that reads the environment. One wrong value refuses to start.

They come from environment variables, or from one file of `NAME=value` lines
(`$PINCITE_HOME/pincite.env`, or the file that PINCITE_SETTINGS names). The environment wins.
A group of them lies in a file of `deploy/options`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from deploy.misset import nearest, told
from deploy.options.door import Door
from deploy.options.model import Model
from deploy.options.parsing import Parsing
from deploy.options.record import Record
from deploy.options.shelves import Shelves
from deploy.options.signin import SignIn
from deploy.options.slack import Slack
from deploy.options.tools import Tools
from deploy.options.traces import Traces


class SettingsError(Exception):
    """A setting is wrong: the message names it, what was expected and what to do."""


# Pydantic lays out the fields of the last base first: this is deploy/env.example from its end.
class Settings(Traces, Parsing, Slack, Tools, Model, Shelves, Record, SignIn, Door):
    """Every setting, with its default. Field names in capitals are the variables' names."""

    def database(self) -> str:
        """Return the URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'library.db'}"

    def uploads(self) -> Path:
        """Return the folder in which uploaded files lie."""
        return (self.uploads_folder or self.home / "uploads").absolute()

    def tools_file(self) -> Path | None:
        """Return the file that says which tools there are, None where there are none."""
        usual = self.home / "tools.yaml"
        return self.tools_policy or (usual if usual.exists() else None)

    def slack_file(self) -> Path | None:
        """Return the file that says who of Slack is who here, None where there is none."""
        usual = self.home / "slack.yaml"
        return self.slack_rules or (usual if usual.exists() else None)

    def digest(self) -> str:
        """Return a short hash of every setting but the secrets, to name this state of them."""
        fields = type(self).model_fields
        secrets = {name for name, field in fields.items() if field.annotation is SecretStr}
        told = self.model_dump_json(exclude=secrets)
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force.

    Raises:
        SettingsError: a value is not what was expected, or a name is unknown.
    """
    environment = os.environ if environment is None else environment
    values = _file_values(environment)
    for name in Settings.model_fields:
        if name.upper() in environment:
            values[name] = environment[name.upper()]
    _refuse_unknown(environment)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(told(error, Settings.model_fields)) from error


def _file_values(environment: Mapping[str, str]) -> dict[str, Any]:
    named = environment.get("PINCITE_SETTINGS")
    home = environment.get("PINCITE_HOME", ".pincite")
    path = Path(named) if named else Path(home).expanduser() / "pincite.env"
    if not path.is_file():
        if named:
            raise SettingsError(
                f"PINCITE_SETTINGS: expected a file of NAME=value lines, got {named!r}, which is "
                "not there. Create it from deploy/env.example, or unset the variable."
            )
        return {}
    values = dotenv_values(path, interpolate=False)
    for name in values:
        if name.lower() not in Settings.model_fields:
            raise SettingsError(
                f"{name} in {path}: no such setting.{nearest(name, Settings.model_fields)}"
            )
    return {name.lower(): value for name, value in values.items()}


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    own = {"PINCITE_SETTINGS", "PINCITE_BENCH_DATA"}
    for name in sorted(environment):
        is_ours = name.startswith("PINCITE_") and name not in own
        if is_ours and name.lower() not in Settings.model_fields:
            raise SettingsError(f"{name}: no such setting.{nearest(name, Settings.model_fields)}")
