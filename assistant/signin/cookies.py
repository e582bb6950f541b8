"""The cookies of signing in, and the tokens that bind a form to one of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie: for this host and all its paths, out of reach of scripts.

    Under HTTPS its name starts with `__Host-`, so that no other host of the domain can set it.
    """

    name: str
    is_secure: bool
    seconds: int | None = None

    def read(self, connection: HTTPConnection) -> str:
        """Return the value that came, or an empty string."""
        return connection.cookies.get(self._full_name, "")

    def write(self, response: Response, value: str) -> None:
        """Set the value. `lax`, not `strict`: a sign-in provider sends the browser back here."""
        response.set_cookie(
            self._full_name,
            value,
            max_age=self.seconds,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(
            self._full_name, path="/", secure=self.is_secure, httponly=True, samesite="lax"
        )

    @property
    def _full_name(self) -> str:
        return f"__Host-{self.name}" if self.is_secure else self.name


def new_secret() -> str:
    """Return 256 random bits as 43 characters."""
    return secrets.token_urlsafe(32)


def derived(secret: str, purpose: str) -> str:
    """Return what only somebody who has the secret can know, another for each purpose."""
    digest = hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_derived(value: str, secret: str, purpose: str) -> bool:
    """Return whether a value was derived from the secret; takes as long whatever the value."""
    return bool(secret) and hmac.compare_digest(
        value.encode("utf-8", "replace"), derived(secret, purpose).encode()
    )
