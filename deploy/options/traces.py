"""Settings of traces: a Langfuse of your own, and whether words go there."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from deploy.options.group import Address, Group

_PARTS = ("langfuse_url", "langfuse_public_key", "langfuse_secret_key")


class Traces(Group):
    """Where traces of answers go."""

    langfuse_url: Address = Field(
        "",
        description="Address of your own Langfuse, such as https://langfuse.example.org, for "
        "traces of answers: ids and figures. Default: nothing is traced.",
    )
    langfuse_public_key: SecretStr = Field(
        SecretStr(""), description="Public key of a project there."
    )
    langfuse_secret_key: SecretStr = Field(SecretStr(""), description="Secret key of that project.")
    langfuse_ca_file: Path | None = Field(
        None, description="File with the certificate authority of Langfuse, if private."
    )
    traces_text: bool = Field(
        False,
        description="Whether traces carry the words of questions, sources and answers too. Whoever "
        "can look into that Langfuse can then read them, whatever their rights are here.",
    )

    @field_validator("langfuse_url")
    @classmethod
    def _is_bare(cls, url: str) -> str:
        if any(mark in url for mark in "@?#"):
            raise ValueError(
                "an address without a name, a password or a query; the keys go into "
                "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY"
            )
        return url

    @field_validator("langfuse_public_key", "langfuse_secret_key")
    @classmethod
    def _is_printable(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if not (text.isascii() and text.isprintable()) or " " in text or ":" in text:
            raise ValueError("a key as Langfuse shows it, such as pk-lf-... or sk-lf-...")
        return key

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        values = (self.langfuse_url, self.langfuse_public_key, self.langfuse_secret_key)
        missing = [name.upper() for name, value in zip(_PARTS, values, strict=True) if not value]
        if 0 < len(missing) < len(_PARTS):
            raise ValueError(
                f"{missing[0]}: expected a value, because others of {', '.join(_PARTS).upper()} "
                "are set, got nothing. Set all three to send traces, or none."
            )
        return self
