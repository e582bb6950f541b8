"""Settings: the only place that reads the environment. One wrong value refuses to start.

They come from environment variables, or from one file of `NAME=value` lines
(`$PINCITE_HOME/pincite.env`, or the file that PINCITE_SETTINGS names). The environment wins.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from retrieval.access import Principal, reader
from retrieval.errors import BadRequest


class SettingsError(Exception):
    """A setting is wrong: the message names it, what was expected and what to do."""


class Settings(BaseModel):
    """Every setting, with its default. Field names in capitals are the variables' names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pincite_home: Path = Field(Path(".pincite"), description="Folder for everything Pincite keeps.")
    pincite_host: Literal["127.0.0.1", "localhost", "::1"] = Field(
        "127.0.0.1",
        description="Address to listen on. Loopback only: there is no sign-in yet.",
    )
    pincite_port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    pincite_user: str = Field(
        "me", description="Who asks when nobody else is named, on the command line and the web."
    )
    pincite_people: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description='Who is in which groups, as JSON: {"ann": ["legal"], "bob": []}.',
    )
    pincite_sync_minutes: int = Field(
        5, ge=1, le=1440, description="How often `serve` looks for changes at every source."
    )
    database_url: str = Field(
        "", description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME. Default: in home."
    )
    index_url: str = Field(
        "", description="Address of a Qdrant server. Default: Qdrant Edge in this process."
    )
    index_api_key: SecretStr = Field(SecretStr(""), description="API key of the Qdrant server.")
    index_collection: str = Field("pincite", description="Collection on the Qdrant server.")
    index_grpc: bool = Field(False, description="Speak gRPC to the Qdrant server.")
    index_ca_file: Path | None = Field(
        None, description="File with the certificate authority of the Qdrant server, if private."
    )
    index_shards: int = Field(1, ge=1, le=256, description="Shards of a new collection.")
    index_replicas: int = Field(1, ge=1, le=16, description="Replicas of a new collection.")
    embedding_model: str = Field(
        "",
        description="Folder of a sentence-transformers model; with EMBEDDING_URL, a model's name.",
    )
    embedding_url: str = Field(
        "", description="Server with an OpenAI-style /v1/embeddings. Default: embed in-process."
    )
    embedding_key: SecretStr = Field(SecretStr(""), description="Key for the embeddings server.")
    parse_seconds: int = Field(60, ge=1, le=3600, description="Longest time to read one file.")
    parse_memory_mb: int = Field(
        1024, ge=256, le=65536, description="Most memory to read one file with, in MiB."
    )
    parse_max_mb: int = Field(100, ge=1, le=10_000, description="Largest file to read, in MB.")

    @field_validator("pincite_people", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "{}")
        except ValueError as error:
            raise ValueError(f'JSON such as {{"ann": ["legal"]}} ({error})') from error

    @field_validator("pincite_people")
    @classmethod
    def _well_named(cls, people: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, groups in people.items():
            _check_names([f"user:{name}", *(f"group:{group}" for group in groups)])
        return people

    @field_validator("pincite_user")
    @classmethod
    def _a_name(cls, name: str) -> str:
        _check_names([f"user:{name}"])
        return name

    @field_validator("index_url", "embedding_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("an address that starts with http:// or https://")
        return url.rstrip("/")

    def database(self) -> str:
        """Return the URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'library.db'}"

    @property
    def home(self) -> Path:
        """Return the absolute path of the folder for everything Pincite keeps."""
        return self.pincite_home.expanduser().absolute()

    def principal(self, name: str | None = None) -> Principal:
        """Return the principal of a person: groups from PINCITE_PEOPLE.

        Raises:
            BadRequest: people are listed, and this one is not among them.
        """
        person = self.pincite_user if name is None else name
        if name is not None and self.pincite_people and name not in self.pincite_people:
            known = ", ".join(sorted(self.pincite_people))
            raise BadRequest(
                f"Expected one of the people in PINCITE_PEOPLE ({known}), got {name[:80]!r}."
            )
        return Principal.person(person, self.pincite_people.get(person, ()))


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
        raise SettingsError(_told(error)) from error


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
            raise SettingsError(f"{name} in {path}: no such setting.{_nearest(name)}")
    return {name.lower(): value for name, value in values.items()}


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    own = {"PINCITE_SETTINGS", "PINCITE_BENCH_DATA"}
    for name in sorted(environment):
        is_ours = name.startswith("PINCITE_") and name not in own
        if is_ours and name.lower() not in Settings.model_fields:
            raise SettingsError(f"{name}: no such setting.{_nearest(name)}")


def _nearest(name: str) -> str:
    known = [field.upper() for field in Settings.model_fields]
    close = difflib.get_close_matches(name.upper(), known, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{hint} deploy/env.example lists them all."


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0])
    came = "a secret" if "key" in field else repr(first["input"])[:80]
    expected = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    meaning = Settings.model_fields[field].description
    return (
        f"{field.upper()}: expected {expected}, got {came}. {meaning} "
        "Change it in the environment or the settings file; deploy/env.example lists them all."
    )


def _check_names(names: list[str]) -> None:
    for name in names:
        try:
            reader(name)
        except BadRequest as error:
            raise ValueError(f"names without spaces or commas ({error})") from error
