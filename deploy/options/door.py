"""Settings of where Pincite lies and listens, and of who asks there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from deploy.options.group import Address, Group
from retrieval.access import reader
from retrieval.errors import BadRequest

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Door(Group):
    """Home, address and who is let in without signing in."""

    pincite_home: Path = Field(Path(".pincite"), description="Folder for everything Pincite keeps.")
    pincite_host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Only a loopback one while PINCITE_SIGN_IN is off.",
    )
    pincite_port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    pincite_url: Address = Field(
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
    pincite_token: SecretStr = Field(
        SecretStr(""),
        description="Token with which `pincite mcp` asks a running server. The server itself "
        "needs none.",
    )
    pincite_questions_each: int = Field(
        8,
        ge=1,
        le=1024,
        description="How many questions one person may have open at once, on the web, with tokens "
        "and on the command line together; and as many searches.",
    )

    @field_validator("pincite_user")
    @classmethod
    def _a_name(cls, name: str) -> str:
        try:
            reader(f"user:{name}")
        except BadRequest as error:
            raise ValueError(f"names without spaces or commas ({error})") from error
        return name

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if self.pincite_sign_in == "off" and self.pincite_host not in LOOPBACK:
            raise ValueError(
                "PINCITE_HOST: a loopback address while PINCITE_SIGN_IN is off, because whoever "
                f"reaches {self.pincite_host} would be {self.pincite_user}."
            )
        return self

    @property
    def home(self) -> Path:
        """Return the absolute path of the folder for everything Pincite keeps."""
        return self.pincite_home.expanduser().absolute()

    def address(self) -> str:
        """Return the address at which browsers reach this server."""
        host = f"[{self.pincite_host}]" if ":" in self.pincite_host else self.pincite_host
        return self.pincite_url or f"http://{host}:{self.pincite_port}"
