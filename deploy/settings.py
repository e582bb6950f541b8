"""Settings: the only place that reads the environment. One wrong value refuses to start.

They come from environment variables, or from one file of `NAME=value` lines
(`$PINCITE_HOME/pincite.env`, or the file that PINCITE_SETTINGS names). The environment wins.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, Self

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from deploy.misset import nearest, told
from retrieval.access import reader
from retrieval.audit.retention import DEFAULT_DAYS, check_retention
from retrieval.errors import BadRequest

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """A setting is wrong: the message names it, what was expected and what to do."""


class Settings(BaseModel):
    """Every setting, with its default. Field names in capitals are the variables' names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pincite_home: Path = Field(Path(".pincite"), description="Folder for everything Pincite keeps.")
    pincite_host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Only a loopback one while PINCITE_SIGN_IN is off.",
    )
    pincite_port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    pincite_url: str = Field(
        "",
        description="Address that people use, such as https://pincite.example.org. Default: "
        "the address listened on.",
    )
    pincite_user: str = Field(
        "me",
        description="Who asks on the command line when nobody else is named, and on the web "
        "while PINCITE_SIGN_IN is off.",
    )
    pincite_sign_in: Literal["on", "off"] = Field(
        "on",
        description="Whether people must sign in. Off: whoever reaches the port is PINCITE_USER.",
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect provider to sign in with. Default: local accounts alone."
    )
    oidc_client_id: str = Field("", description="What the provider calls this server.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Its secret there.")
    oidc_groups_claim: str = Field("groups", description="Claim that lists a person's groups.")
    oidc_name_claim: str = Field(
        "preferred_username", description="Claim that names a person who comes for the first time."
    )
    oidc_title: str = Field(
        "your organisation", description="What the button calls the provider: Sign in with ..."
    )
    oidc_ca_file: Path | None = Field(
        None, description="File with the certificate authority of the provider, if private."
    )
    oidc_adds_people: bool = Field(
        True, description="Whether people whom the provider knows come in without an invitation."
    )
    proxy_networks: tuple[str, ...] = Field(
        (),
        description="Networks of a proxy that signs people in itself and names them in headers, "
        "as JSON. Default: such headers are not believed.",
    )
    proxy_user_header: str = Field(
        "X-Forwarded-User", description="Header in which that proxy names the person."
    )
    proxy_groups_header: str = Field(
        "", description="Header in which it lists their groups, with commas between."
    )
    proxy_adds_people: bool = Field(
        False, description="Whether people whom it names come in without an invitation."
    )
    audit_url: str = Field(
        "", description="Database of the record, as DATABASE_URL. Default: one in home."
    )
    audit_checkpoints: Path | None = Field(
        None,
        description="File for the signed checkpoints of the record. Put it on another disk or "
        "host. Default: in home.",
    )
    audit_days: int = Field(
        DEFAULT_DAYS, ge=1, le=36_500, description="How long the record is kept, in days."
    )
    audit_profile: str = Field(
        "standard",
        description="The fewest days allowed: standard, 184, or hipaa, 2,192.",
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
    model_url: str = Field(
        "",
        description="Address of the language model's server, such as http://127.0.0.1:30000. "
        "Default: no model; answers are the sources' own words.",
    )
    model_name: str = Field("", description="What that server calls the model.")
    model_key: SecretStr = Field(SecretStr(""), description="API key of that server.")
    model_ca_file: Path | None = Field(
        None, description="File with the certificate authority of that server, if private."
    )
    model_first_word_seconds: float = Field(
        2, gt=0, le=60, description="Longest time to the first word of an answer."
    )
    model_seconds: float = Field(30, gt=0, le=600, description="Longest time for a whole answer.")
    model_most_tokens: int = Field(
        500, ge=50, le=4000, description="How long an answer may become, in tokens."
    )
    model_prompt_tokens: int = Field(
        7000,
        ge=1000,
        le=1_000_000,
        description="How long a prompt may be, in tokens reckoned at two bytes; with "
        "MODEL_MOST_TOKENS it must fit into what the model is served with.",
    )
    model_at_once: int = Field(16, ge=1, le=1024, description="Answers written at once.")
    model_waiting: int = Field(16, ge=0, le=4096, description="How many more may wait for that.")
    parse_seconds: int = Field(60, ge=1, le=3600, description="Longest time to read one file.")
    parse_memory_mb: int = Field(
        1024, ge=256, le=65536, description="Most memory to read one file with, in MiB."
    )
    parse_max_mb: int = Field(100, ge=1, le=10_000, description="Largest file to read, in MB.")

    @field_validator("proxy_networks", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "[]")
        except ValueError as error:
            raise ValueError(f'JSON such as ["10.1.0.0/16"] ({error})') from error

    @field_validator("proxy_networks")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for each in networks:
            ip_network(each)
        return networks

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.pincite_sign_in == "off" and self.pincite_host not in LOOPBACK:
            raise ValueError(
                "PINCITE_HOST: a loopback address while PINCITE_SIGN_IN is off, because whoever "
                f"reaches {self.pincite_host} would be {self.pincite_user}."
            )
        if self.model_url and not self.model_name:
            raise ValueError(
                "MODEL_NAME: expected what the server at MODEL_URL calls the model, got nothing. "
                "`curl MODEL_URL/v1/models` lists the names."
            )
        try:
            check_retention(self.audit_days, self.audit_profile)
        except BadRequest as error:
            raise ValueError(str(error)) from error
        return self

    @field_validator("pincite_user")
    @classmethod
    def _a_name(cls, name: str) -> str:
        _check_names([f"user:{name}"])
        return name

    @field_validator("index_url", "embedding_url", "model_url", "pincite_url", "oidc_issuer")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("an address that starts with http:// or https://")
        return url.rstrip("/")

    @field_validator("model_url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if "@" in url:
            raise ValueError(
                "an address without a name and a password; the key goes into MODEL_KEY"
            )
        return url

    def database(self) -> str:
        """Return the URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'library.db'}"

    @property
    def home(self) -> Path:
        """Return the absolute path of the folder for everything Pincite keeps."""
        return self.pincite_home.expanduser().absolute()

    def digest(self) -> str:
        """Return a short hash of every setting but the secrets, to name this state of them."""
        told = self.model_dump_json(
            exclude={"index_api_key", "embedding_key", "model_key", "oidc_client_secret"}
        )
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def address(self) -> str:
        """Return the address at which browsers reach this server."""
        host = f"[{self.pincite_host}]" if ":" in self.pincite_host else self.pincite_host
        return self.pincite_url or f"http://{host}:{self.pincite_port}"


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


def _check_names(names: list[str]) -> None:
    for name in names:
        try:
            reader(name)
        except BadRequest as error:
            raise ValueError(f"names without spaces or commas ({error})") from error
