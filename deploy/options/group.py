"""What every group of settings is: frozen values, an unknown name refused."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict


class Group(BaseModel):
    """Settings that belong together. Field names in capitals are the variables' names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _an_address(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("an address that starts with http:// or https://")
    if url and not _names_a_server(url):
        raise ValueError("an address with a host and, if any, a port from 1 to 65535")
    return url.rstrip("/")


def _names_a_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


Address = Annotated[str, AfterValidator(_an_address)]
"""A web address without a slash at its end; empty is none."""
