"""Settings of signing in: an OpenID Connect provider, or a proxy that names people."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, field_validator

from deploy.options.group import Address, Group


class SignIn(Group):
    """Who else vouches for people."""

    oidc_issuer: Address = Field(
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
